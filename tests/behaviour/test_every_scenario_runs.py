"""Every shipped scenario runs in both arms beyond its last dated change, its books balanced every month."""

from __future__ import annotations

import pytest

from scenarios import read_scenario, shipped_names
from scenarios.numbers import numbered
from simulation import simulate

COMPANIES, MONTHS = 60, 5


@pytest.mark.parametrize("arm", ["open", "closed"])
@pytest.mark.parametrize("name", numbered(shipped_names()))
def test_a_scenario_runs_to_the_end_in_both_arms(name: str, arm: str) -> None:
    last = max((month for shock in read_scenario(name).shocks for month in shock.changes()), default=0)
    months = max(MONTHS, last + 2)
    small = read_scenario(name, overrides={"companies.count": COMPANIES, "horizon.months": months})
    world = simulate(small, draw=1, arm=arm)
    assert list(world.indicators["month"]) == list(range(months))
    changed = world.events.loc[world.events["kind"] == "shock", "object"]
    assert set(changed) == {shock.parameter for shock in small.shocks}
