"""Every quantity is declared once, with unit, meaning and source, and belongs to a scenario."""

from __future__ import annotations

import csv
import importlib
import re
from pathlib import Path

import pytest

from market.parameters import Declaration, ParameterGroup, declarations
from scenarios.scenario import GROUPS, Scenario
from scenarios.sellers import SPEC_OF_KIND

ROOT = Path(__file__).parents[2]
FACTS = ROOT / "scenarios" / "evidence" / "facts.csv"
DECLARED: list[Declaration] = [
    *declarations(Scenario),
    *(item for kind, model in SPEC_OF_KIND.items() for item in declarations(model, prefix=f"sellers.<{kind}>.")),
]


@pytest.mark.parametrize("declaration", DECLARED, ids=lambda declaration: declaration.key)
def test_a_parameter_says_what_it_is_and_where_its_value_comes_from(declaration: Declaration) -> None:
    assert declaration.unit
    assert len(declaration.meaning) > 5
    assert declaration.source in ("assumed", "derived") or re.fullmatch(r"fact \d+\.\d\d", declaration.source)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", declaration.name)


def test_every_fact_that_is_named_is_in_the_evidence() -> None:
    with FACTS.open(newline="", encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    named = {item.source.removeprefix("fact ") for item in DECLARED if item.source.startswith("fact ")}
    assert named <= known


def test_every_declared_group_is_part_of_a_scenario() -> None:
    groups = set()
    for path in [*(ROOT / "market").glob("*.py"), *(ROOT / "agents").glob("*.py")]:
        if "(ParameterGroup)" in path.read_text() and path.stem != "parameters":
            module = importlib.import_module(f"{path.parent.name}.{path.stem}")
            groups |= {
                value
                for value in vars(module).values()
                if isinstance(value, type) and issubclass(value, ParameterGroup) and value.__module__ == module.__name__
            }
    assert groups <= set(GROUPS.values())


def test_a_symbol_stands_for_one_parameter_of_its_group() -> None:
    for model in GROUPS.values():
        symbols = [item.symbol for item in declarations(model) if item.symbol]
        assert len(symbols) == len(set(symbols)), f"{model.__name__} uses a symbol twice"
