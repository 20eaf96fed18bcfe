"""The shipped scenarios: each a question, an expectation stated beforehand, and what differs from the baseline."""

from __future__ import annotations

import re

import pytest

from scenarios import read_scenario, shipped_names
from scenarios.errors import ScenarioNotFound
from scenarios.numbers import numbered
from scenarios.scenario import TEXTS

NUMBERS = numbered(shipped_names())
DIFFERENT = [name for name in NUMBERS if name != "baseline"]


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_scenario_asks_something_expects_something_and_differs_from_the_baseline(name: str) -> None:
    scenario, baseline = read_scenario(name), read_scenario("baseline")
    assert scenario.title and scenario.title != baseline.title
    assert scenario.question.endswith("?") and scenario.question != baseline.question
    assert scenario.expected
    assert scenario.claims and all(re.fullmatch(r"C(0[1-9]|[1-3]\d|4[0-3])", claim) for claim in scenario.claims)
    ours, theirs = scenario.resolved(), baseline.resolved()
    assert any(ours[key] != theirs[key] for key in theirs if key not in TEXTS)


def test_no_two_scenarios_are_the_same_world() -> None:
    worlds = [
        str({key: value for key, value in read_scenario(name).resolved().items() if key not in TEXTS})
        for name in NUMBERS
    ]
    assert len(set(worlds)) == len(worlds)


def test_a_scenario_is_reached_by_its_number_in_either_case() -> None:
    for name, number in NUMBERS.items():
        assert read_scenario(number) == read_scenario(number.lower()) == read_scenario(name)


def test_variants_are_lettered_in_the_order_of_their_names() -> None:
    assert numbered(["s06_b", "s06_a", "s07_x", "baseline", "limits/frozen"]) == {
        "baseline": "S00", "s06_a": "S06a", "s06_b": "S06b", "s07_x": "S07",
    }  # fmt: skip
    assert NUMBERS["s06_linux_like"] == "S06a" and NUMBERS["s06_linux_like_strong"] == "S06b"
    assert NUMBERS["s28_misuse_by_weights"] == "S28a" and NUMBERS["s28_misuse_through_api"] == "S28b"
    assert NUMBERS["s28_reaction_to_misuse_by_weights"] == "S28c"


@pytest.mark.parametrize(
    ("number", "remedy"),
    [("S01", "baseline with --arm closed"), ("S06", "did you mean S06a (s06_linux_like) or S06b"), ("S99", "did you")],
)
def test_a_number_without_a_file_is_told_what_to_write(number: str, remedy: str) -> None:
    with pytest.raises(ScenarioNotFound, match=re.escape(remedy) if number != "S99" else "no scenario has this name"):
        read_scenario(number)
