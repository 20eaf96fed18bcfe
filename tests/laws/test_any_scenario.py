"""Whatever a scenario assumes within the declared bounds: it is refused, or it runs with exact books, or says why not.

The books are audited every month of every run, so a run that ends has kept them.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from market.parameters import Declaration, declaration_of
from scenarios import ScenarioError, read_scenario
from scenarios.scenario import Horizon
from simulation import simulate
from simulation.breakdown import EconomyBreakdown

SMALL = {"companies.count": 100, "horizon.months": 4}
APART = ("companies.count", "companies.panel", "horizon.months")  # they only make worlds larger
PARAMETERS = [(item, value) for item, value in read_scenario("baseline").parameters() if item.key not in APART]


def at_an_end(item: Declaration, value: Any, luck: random.Random) -> Any:
    """A value at a hard bound or at an end of the range of the sweep; None where there is none."""
    if item.type == "flag":
        return not value
    if item.options:
        return luck.choice(item.options)
    end = luck.choice([item.least, item.most, item.low, item.high])
    if end is None or (isinstance(value, tuple) and value and isinstance(value[0], tuple)):
        return None
    if isinstance(value, tuple):
        ends = end if isinstance(end, tuple) else (end,) * len(value)
        return [type(entry)(bound) for entry, bound in zip(value, ends, strict=True)]
    return type(value)(end)


@pytest.mark.parametrize("number", range(12))
def test_a_mutated_scenario_is_refused_or_runs(number: int) -> None:
    luck = random.Random(number)
    changed = {item.key: at_an_end(item, value, luck) for item, value in luck.sample(PARAMETERS, 1 + number % 4)}
    overrides = SMALL | {key: value for key, value in changed.items() if value is not None}
    try:
        run = simulate(read_scenario("baseline", overrides=overrides), arm=luck.choice(("open", "closed", "absent")))
    except (ScenarioError, EconomyBreakdown) as refusal:
        assert "\n" not in str(refusal)
    else:
        assert run.sellers.groupby("month")["deposits_cents"].sum().eq(0).all()


def test_the_longest_horizon_is_followed_to_its_end() -> None:
    months = declaration_of(Horizon, "months").most
    run = simulate(read_scenario("baseline", overrides={"companies.count": 50, "horizon.months": months}))
    assert run.indicators["month"].max() == months - 1
