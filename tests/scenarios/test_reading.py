"""A scenario says how it differs; everything else comes from what it extends, and from the declarations."""

from __future__ import annotations

import pickle
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from scenarios import read_scenario, resolved_toml, shipped_names
from scenarios.errors import BadInheritance
from scenarios.reading import SHIPPED
from scenarios.scenario import GROUPS, json_schema

Write = Callable[..., Path]


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_scenario_is_valid(name: str) -> None:
    assert read_scenario(name).title


def test_a_file_that_states_everything_extends_nothing(tmp_path: Path) -> None:
    shipped = SHIPPED / "baseline.toml"
    copy = tmp_path / "baseline.toml"
    copy.write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    assert read_scenario(copy) == read_scenario(shipped) == read_scenario("baseline")


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_scenario_can_be_named_by_its_path(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = SHIPPED / f"{name}.toml"
    monkeypatch.chdir(path.parent)
    assert read_scenario(path) == read_scenario(path.name) == read_scenario(name)


@pytest.mark.parametrize("forgotten", ["leverage_neocloud", "sellers"])
def test_a_file_that_states_nearly_everything_is_told_what_it_lacks(write: Write, forgotten: str) -> None:
    text = (SHIPPED / "baseline.toml").read_text(encoding="utf-8")
    lines = text[: text.index("[sellers")] if forgotten == "sellers" else re.sub(f"{forgotten} = .*", "", text)
    with pytest.raises(BadInheritance, match=rf"extends: missing, and the file does not state \S*{forgotten};"):
        read_scenario(write(lines, whole=True))


def test_a_scenario_can_extend_a_complete_one_beside_it(write: Write) -> None:
    text = (SHIPPED / "baseline.toml").read_text(encoding="utf-8")
    write(text.replace("months = 120", "months = 60"), name="root.toml", whole=True)
    assert read_scenario(write(extends="root")).horizon.months == 60


def test_a_scenario_differs_from_its_parent_only_where_it_says_so(write: Write) -> None:
    baseline = read_scenario("baseline")
    mine = read_scenario(write("[selfhost]\noverhead = 0.41\n"))
    assert mine.selfhost.overhead == 0.41
    assert mine.name == "mine"
    same = mine.selfhost.model_copy(update={"overhead": baseline.selfhost.overhead})
    assert same == baseline.selfhost
    assert all(getattr(mine, group) == getattr(baseline, group) for group in GROUPS if group != "selfhost")


def test_the_nearest_of_a_chain_of_ancestors_wins(write: Write) -> None:
    write("[selfhost]\noverhead = 0.2\n[horizon]\nmonths = 48\n", name="grandparent.toml")
    write("[selfhost]\noverhead = 0.3\n", name="parent.toml", extends="grandparent")
    child = read_scenario(write(name="child.toml", extends="parent"))
    assert (child.selfhost.overhead, child.horizon.months) == (0.3, 48)


def test_overrides_are_laid_over_the_file(write: Write) -> None:
    path = write("[selfhost]\noverhead = 0.2\n")
    mine = read_scenario(path, overrides={"selfhost.overhead": 0.3, "horizon.months": 12})
    assert (mine.selfhost.overhead, mine.horizon.months) == (0.3, 12)


def test_a_seller_can_be_added_changed_and_left_out(write: Write) -> None:
    baseline = read_scenario("baseline")
    hoster = next(iter(baseline.of_kind("hoster")))
    text = f'[sellers.{hoster}]\nkind = "none"\n[sellers.newcomer]\nkind = "hoster"\n'
    mine = read_scenario(write(text))
    assert set(mine.sellers) == set(baseline.sellers) - {hoster} | {"newcomer"}


def test_the_order_of_sellers_in_a_file_means_nothing(write: Write) -> None:
    one = '[sellers.alpha]\nkind = "hoster"\n[sellers.beta]\nkind = "hoster"\n'
    other = '[sellers.beta]\nkind = "hoster"\n[sellers.alpha]\nkind = "hoster"\n'
    assert list(read_scenario(write(one)).sellers) == list(read_scenario(write(other)).sellers)


def test_a_whole_number_stands_for_a_real_one(write: Write) -> None:
    assert read_scenario(write("[selfhost]\noverhead = 0\n")).selfhost.overhead == 0.0


def test_a_scenario_cannot_be_changed() -> None:
    baseline = read_scenario("baseline")
    with pytest.raises(ValidationError):
        baseline.selfhost.overhead = 0.5  # type: ignore[misc]
    with pytest.raises(ValidationError):
        baseline.horizon = baseline.horizon  # type: ignore[misc]


@pytest.mark.parametrize("name", shipped_names())
def test_a_resolved_scenario_reads_back_as_the_same_scenario(tmp_path: Path, name: str) -> None:
    original = read_scenario(name)
    path = tmp_path / "copy.toml"
    path.write_text(resolved_toml(original))
    assert read_scenario(path) == original


def test_a_resolved_scenario_keeps_shocks_and_missing_sellers(write: Write, tmp_path: Path) -> None:
    hoster = next(iter(read_scenario("baseline").of_kind("hoster")))
    text = (
        f'title = "a \\"quoted\\" title"\n[sellers.{hoster}]\nkind = "none"\n'
        "[[shocks]]\nmonth = 3\nparameter = 'selfhost.overhead'\nramp_to = 0.5\nmonths = 4\n"
    )
    original = read_scenario(write(text))
    path = tmp_path / "copy.toml"
    path.write_text(resolved_toml(original))
    assert read_scenario(path) == original
    assert original.shocks


def test_a_resolved_scenario_states_every_parameter_with_its_source() -> None:
    baseline = read_scenario("baseline")
    text = resolved_toml(baseline)
    table = tomllib.loads(text)
    assert all(set(table[group]) == set(model.model_fields) for group, model in GROUPS.items())
    assert text.count(" · ") >= 2 * sum(1 for _ in baseline.parameters())


def test_a_scenario_travels_to_a_worker_process() -> None:
    baseline = read_scenario("baseline")
    assert pickle.loads(pickle.dumps(baseline)) == baseline


def test_the_editors_schema_knows_every_group() -> None:
    assert set(GROUPS) < set(json_schema()["properties"])


def test_the_sources_of_the_shipped_facts_are_the_declared_ones() -> None:
    sources = {declaration.source for declaration, _ in read_scenario("baseline").parameters()}
    assert all(source in ("assumed", "derived") or source.startswith("fact ") for source in sources)
