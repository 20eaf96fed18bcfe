"""The shipped baseline and the declarations say the same: neither can drift from the other unnoticed."""

from __future__ import annotations

import difflib

import numpy as np
import pytest

from scenarios import read_scenario, resolved_toml
from scenarios.reading import SHIPPED
from scenarios.scenario import GROUPS

BASELINE = SHIPPED / "baseline.toml"
ONLY_WHEN_RESOLVED = ('extends = "baseline"', 'name = "baseline"')  # the root has neither


@pytest.mark.parametrize("group", GROUPS)
def test_the_values_of_the_baseline_are_the_declared_ones(group: str) -> None:
    stated, declared = getattr(read_scenario("baseline"), group), GROUPS[group]()
    drifted = [
        f"{group}.{name}: baseline.toml has {getattr(stated, name)!r}, the declaration {getattr(declared, name)!r}"
        for name in GROUPS[group].model_fields
        if getattr(stated, name) != getattr(declared, name)
    ]
    assert not drifted, "\n".join(drifted)


def test_the_baseline_states_every_parameter_with_its_declared_unit_meaning_and_source() -> None:
    printed = [line for line in resolved_toml(read_scenario("baseline")).splitlines() if line not in ONLY_WHEN_RESOLVED]
    written = BASELINE.read_text(encoding="utf-8").splitlines()
    difference = difflib.unified_diff(written, printed, "scenarios/baseline.toml", "as declared", lineterm="", n=1)
    assert written == printed, "write these lines into the baseline:\n" + "\n".join(difference)


def test_every_value_lies_in_the_range_declared_as_plausible():
    """What is called a low or a high end elsewhere, such as in the sensitivity of the paper, is one."""
    ranged = 0
    for declaration, value in read_scenario("baseline").parameters():
        if declaration.low is None or declaration.high is None:
            continue
        ranged += 1
        for number, low, high in np.broadcast(value, declaration.low, declaration.high):
            assert low <= number <= high, declaration.key
    assert ranged > 100
