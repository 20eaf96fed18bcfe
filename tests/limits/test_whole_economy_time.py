"""The whole economy over time: Bass adoption, inertia, a world at rest, an unused permission (L19, L26, L38, L39)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from scenarios import read_scenario
from simulation import ComputeEconomy
from simulation.run import Run

TABLES = ("indicators", "market", "sellers", "cohorts", "flows", "events")
STANDARD_ERRORS = 3
AT_REST = 30  # month
SOLVER_ROOM = ("price_gap",)  # distance from an exact rest point: noise below the tolerance of the price rules


def differences(one: Run, other: Run) -> list[str]:
    """Columns in which two runs are not the same bytes, their arm aside."""
    found = []
    for table in TABLES:
        left, right = (getattr(run, table).drop(columns="arm") for run in (one, other))
        if len(left) != len(right):
            found.append(f"{table}: {len(left)} and {len(right)} rows")
            continue
        found += [f"{table}.{name}" for name in left if not left[name].equals(right[name])]
    return found


def test_l19_adoption_through_readiness_alone_follows_the_bass_curve(world):
    paths = np.array([world("bass", draw=draw).indicators["adoption"].to_numpy() for draw in range(1, 5)])
    for months, expected in ((60, 0.324166), (120, 0.806342)):
        found = paths[:, months - 1]
        error = found.std(ddof=1) / np.sqrt(len(found))
        assert found.mean() == pytest.approx(expected, abs=STANDARD_ERRORS * error)
        assert error < 0.015


def test_l26_a_bonus_of_ln_19_keeps_nineteen_customers_of_twenty():
    economy = ComputeEconomy(read_scenario("inertia"), arm="closed")
    held = []
    for _ in range(economy.plan.horizon.months):
        economy.step()
        held.append(economy.companies.held.copy())
    assert min(month.min() for month in held) >= 0
    stays = np.array([now == before for before, now in pairwise(held)])
    error = np.sqrt(0.95 * 0.05 / stays.size)
    assert stays.mean() == pytest.approx(0.95, abs=STANDARD_ERRORS * error)
    assert 1 / (1 - stays.mean()) == pytest.approx(20, rel=0.06)


def test_l38_an_economy_that_nothing_pushes_comes_to_rest(world):
    path = world("frozen", "open").indicators.set_index("month")
    path = path.select_dtypes("number").drop(columns=["draw", *SOLVER_ROOM])
    size = path.abs().where(path != 0)
    change = (path.diff().abs() / size).loc[AT_REST:].max()
    assert change.max() < 1e-6, change.nlargest(5).to_dict()
    assert path["profit_cloud"].iloc[-1] != path["profit_cloud"].iloc[0]


@pytest.mark.parametrize("arm", ["closed", "absent"])
def test_l38_without_releasers_every_arm_is_the_same_bytes(arm, world):
    assert differences(world("frozen", "open"), world("frozen", arm)) == []


def test_l39_a_permission_never_used_changes_nothing(world):
    one, other = (world("nothing_to_release", arm) for arm in ("open", "closed"))
    assert differences(one, other) == []
    assert (one.indicators["open_share_tokens"] > 0).any()


def test_l39_the_arms_share_the_months_before_the_counterfactual_begins(world):
    overrides = {
        "companies.count": 500, "horizon.months": 10, "counterfactual.closed_from": 6, "release.cadence": 1,
    }
    arms = [world("baseline", arm, overrides).indicators.drop(columns="arm") for arm in ("open", "closed")]
    before = [path[path["month"] < 6].reset_index(drop=True) for path in arms]
    assert before[0].equals(before[1])
    assert not arms[0].equals(arms[1])
