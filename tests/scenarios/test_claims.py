"""The declared claims: all 43, each with criteria that can fail either way, in words that exist."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from scenarios import read_scenario, shipped_names
from scenarios.claims import Claim, Criterion, chosen_claims, read_claims
from scenarios.errors import BadValue
from simulation.judging.closed_forms import closed_form
from simulation.judging.values import aggregate
from simulation.results.tables import TABLES

CRITERIA = [(claim.id, criterion) for claim in read_claims() for criterion in claim.criteria]
ARROW = {"str": pa.string(), "bool": pa.bool_(), "int16": pa.int16(), "int32": pa.int32(), "int64": pa.int64(),
         "float64": pa.float64()}  # fmt: skip


def test_every_claim_of_the_essay_is_declared_once() -> None:
    assert [claim.id for claim in read_claims()] == [f"C{number:02d}" for number in range(1, 44)]
    assert all(claim.says and (claim.criteria or claim.untestable) for claim in read_claims())


def test_a_claim_says_what_each_criterion_shows_and_says_it_once() -> None:
    for claim in read_claims():
        shows = [criterion.shows for criterion in claim.criteria]
        assert all(shows)
        assert len(set(shows)) == len(shows)


@pytest.mark.parametrize(("claim", "criterion"), CRITERIA)
def test_a_criterion_names_worlds_and_measures_that_exist(claim: str, criterion: Criterion) -> None:
    if criterion.experiment == "closed_form":
        assert closed_form(criterion.measure, "lean", criterion.arguments) > 0
        return
    for cell in criterion.cells:
        read_scenario(cell.scenario, overrides=dict(cell.settings))
    table = TABLES[criterion.table]
    empty = pa.table({column.name: pa.array([], type=ARROW[column.dtype]) for column in table.columns})
    connection = duckdb.connect()
    connection.register("measured", empty)
    for measure in filter(None, (criterion.measure, criterion.over)):
        assert connection.execute(f"SELECT {aggregate(measure)} FROM measured").fetchall() == [(None,)]


def test_a_difference_that_counts_has_a_size() -> None:
    contrasts = [c for _, c in CRITERIA if c.experiment in ("difference", "scenario", "interaction")]
    assert all(criterion.rope > 0 or criterion.threshold != 0 for criterion in contrasts)


def test_a_scenario_and_its_claims_know_each_other() -> None:
    """A claim that is judged in a scenario is named there."""
    missing = {
        (claim, criterion.scenario) for claim, criterion in CRITERIA
        if criterion.scenario != "baseline" and claim not in read_scenario(criterion.scenario).claims
    }
    assert missing == set()
    named = {claim for name in shipped_names() for claim in read_scenario(name).claims}
    assert named <= {claim.id for claim in read_claims()}


def test_claims_are_chosen_by_their_numbers() -> None:
    assert [claim.id for claim in chosen_claims(" c22,C13 ")] == ["C13", "C22"]
    assert chosen_claims(None) == read_claims()
    for wrong in ("C44", "", "openness"):
        with pytest.raises(BadValue, match="is no claim; claims are C01 to C43"):
            chosen_claims(wrong)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('id = "C01"\nsays = "a"', "has no criteria"),
        ('id = "C01"\nsays = "a"\nuntestable = "b"\n' + "[[claims.criteria]]\n" + 'shows = "s"\nexperiment = "level"\n'
         'measure = "load"\nmust = "above"', "has criteria and says"),
        ('id = "C01"\nsays = "a"\n[[claims.criteria]]\nshows = "s"\nexperiment = "level"\nmeasure = "load"\n'
         'must = "up"', '"up" is none of them'),
        ('id = "C01"\nsays = "a"\n[[claims.criteria]]\nshows = "s"\nexperiment = "guess"\nmeasure = "load"\n'
         'must = "above"', '"guess" is none of them'),
        ('id = "C01"\nsays = "a"\ncolour = "red"\nuntestable = "b"', "colour"),
    ],
)  # fmt: skip
def test_what_is_no_claim_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "claims.toml"
    path.write_text(f"[[claims]]\n{text}\n")
    with pytest.raises(BadValue, match=says):
        read_claims(path)


def test_a_claim_lists_each_world_once() -> None:
    criterion = Criterion(shows="s", experiment="interaction", measure="load", must="above", scenario="S02")
    claim = Claim("C01", "a", criteria=(criterion, criterion))
    assert [cell.name for cell in claim.cells] == ["S02 open", "S02 closed", "baseline open", "baseline closed"]
