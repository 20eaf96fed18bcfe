"""The paper rebuilds itself: what is there stays, what is missing or stale is named, and the same results give the same
bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from paper import plan, running
from paper.building import build
from paper.errors import BadManuscript, BadPlan, MissingResult, StaleResult
from paper.gallery import figure_names
from paper.plan import read_plan
from paper.tabular import table_names
from paper.typesetting import SOURCE, refuse_unknown_names
from scenarios import read_scenario

SIZE = "tiny"


def test_the_paper_is_built_with_every_figure_and_table(built: Path) -> None:
    assert (built / "paper.pdf").read_bytes().startswith(b"%PDF")
    for name in figure_names():
        for kind in ("pdf", "svg", "csv", "json"):
            assert (built / "figures" / f"{name}.{kind}").stat().st_size > 0
    for name in table_names():
        for kind in ("tex", "typ"):
            assert (built / "tables" / f"{name}.{kind}").stat().st_size > 0


def test_building_again_runs_nothing_and_gives_the_same_bytes(
    copied: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("an experiment was run again")

    monkeypatch.setattr(running, "run", refuse)
    build(copied, size=SIZE, workers=1)
    for place in ("paper.pdf", "numbers.json", *(f"figures/{n}.{k}" for n in figure_names() for k in ("pdf", "svg"))):
        ours, theirs = (folder / place for folder in (copied, built))
        content = ours.read_bytes().replace(str(copied).encode(), str(built).encode())
        assert content == theirs.read_bytes(), place


def test_a_deleted_result_stops_the_build_and_is_named(copied: Path) -> None:
    (copied / "results" / "claims" / "claims.csv").unlink()
    with pytest.raises(MissingResult, match=r"claims\.csv is missing"):
        build(copied, size=SIZE, run_missing=False)


def test_a_deleted_world_stops_the_build_and_is_named(copied: Path) -> None:
    world = min((copied / "results" / "answer" / "indicators").glob("*.parquet"))
    world.unlink()
    with pytest.raises(MissingResult, match=f"answer: .*{world.name} is missing"):
        build(copied, size=SIZE, run_missing=False)


def test_an_edited_number_stops_the_build_and_is_named(copied: Path) -> None:
    table = copied / "results" / "map" / "map.csv"
    table.write_text(table.read_text().replace("0", "1", 1))
    with pytest.raises(StaleResult, match=r"map\.csv is not what was written there"):
        build(copied, size=SIZE, run_missing=False)


def test_an_experiment_that_never_finished_stops_the_build_and_is_named(copied: Path) -> None:
    shutil.rmtree(copied / "results" / "map")
    (copied / "stamps" / "map.json").unlink()
    with pytest.raises(MissingResult, match=r"result map .* is missing or unfinished"):
        build(copied, size=SIZE, run_missing=False)


def test_a_result_of_other_code_or_scenarios_stops_the_build_and_is_named(copied: Path) -> None:
    stamp = copied / "stamps" / "structures.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"digest": "of another time"}))
    with pytest.raises(StaleResult, match=r"result structures .* is stale"):
        build(copied, size=SIZE, run_missing=False)


def test_a_deleted_table_is_made_again_from_the_worlds_that_are_there(copied: Path) -> None:
    table = copied / "results" / "structures" / "structures.csv"
    before = table.read_bytes()
    table.unlink()
    (experiment,) = (each for each in read_plan(SIZE) if each.name == "structures")
    running.run(experiment, table.parent, running.Workforce(workers=1, say=_told_nothing_to_do))
    assert table.read_bytes() == before


def _told_nothing_to_do(line: str) -> None:
    assert "to do" not in line


def test_another_scenario_makes_only_what_depends_on_it_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {each.name: each.digest for each in read_plan(SIZE)}

    def read(name: str, *, overrides: dict[str, object] | None = None) -> object:
        changed = {"selfhost.overhead": 0.3} if name == "S17" else {}
        return read_scenario(name, overrides=(overrides or {}) | changed)

    monkeypatch.setattr(plan, "read_scenario", read)
    after = {each.name: each.digest for each in read_plan(SIZE)}
    assert {name for name in before if before[name] != after[name]} == {"claims"}


def test_the_same_experiment_at_another_size_is_another_result() -> None:
    small, tiny = ({each.name: each.digest for each in read_plan(size)} for size in ("small", "tiny"))
    assert not set(small.values()) & set(tiny.values())


def test_a_number_that_no_result_gives_stops_the_build_and_is_named(copied: Path) -> None:
    text = copied / "manuscript" / "results.typ"
    text.write_text(text.read_text() + '\nAccess #num("answer.acces_small.changed").\n')
    named = r"results\.typ, line \d+: no result is called answer\.acces_small\.changed"
    with pytest.raises(BadManuscript, match=named):
        refuse_unknown_names(copied)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("schema = [", "cannot be read as TOML"),
        ("[sizes.full]\n[[experiments]]\nname = 'a'\nkind = 'answer'", "a: asks: missing"),
        ("[sizes.small]\n", 'no size is called "full"; declared are small'),
    ],
)
def test_a_list_of_experiments_that_is_none_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    with pytest.raises(BadPlan, match=problem) as refusal:
        read_plan("full", path)
    assert "\n" not in str(refusal.value)


def test_every_size_declares_every_experiment() -> None:
    names = [[each.name for each in read_plan(size)] for size in plan.SIZES]
    assert names[0] == names[1] == names[2]
    assert SOURCE.is_dir()
