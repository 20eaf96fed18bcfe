"""Exogenous paths bend where the scenario says so, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios import Scenario, read_scenario
from scenarios.shocks import Shock
from simulation.calendar import Calendar, calendar_of

MONTHS = 48


@pytest.fixture
def baseline() -> Scenario:
    return read_scenario("baseline", overrides={"horizon.months": MONTHS})


def shocked(scenario: Scenario, parameter: str, shape: str, value: object, month: int = 20) -> Calendar:
    shock = Shock(month=month, parameter=parameter, shape=shape, value=value)
    return calendar_of(scenario.model_copy(update={"shocks": (shock,)}))


def test_intensity_compounds_by_year(baseline: Scenario) -> None:
    rates = baseline.needs.intensity_growth
    path = calendar_of(baseline).intensity
    assert path[0] == baseline.needs.intensity_start
    assert path[24] / path[0] == pytest.approx((1 + rates[0]) ** 12 * (1 + rates[1]) ** 12)


def test_other_demand_waits_jumps_and_then_grows(baseline: Scenario) -> None:
    other, path = baseline.other, calendar_of(baseline).other_demand
    assert path[other.jump_first] == pytest.approx(other.level)
    assert path[other.jump_first + other.jump_months] == pytest.approx(other.level * other.jump)
    assert path[13] / path[12] == pytest.approx(1 + other.growth[1])


def test_a_stall_holds_intensity_and_delays_what_comes_after(baseline: Scenario) -> None:
    free = calendar_of(baseline).intensity
    needs = baseline.needs.model_copy(update={"stall_start": 10, "stall_months": 6})
    stalled = calendar_of(baseline.model_copy(update={"needs": needs})).intensity
    np.testing.assert_allclose(stalled[:11], free[:11])
    np.testing.assert_allclose(stalled[11:17], free[10])
    np.testing.assert_allclose(stalled[17:], free[11:-6])


def test_serving_software_gets_better_fast_and_then_slower(baseline: Scenario) -> None:
    frontier, path = baseline.frontier, calendar_of(baseline).serving_efficiency
    assert path[0] == 1.0
    assert path[24] == pytest.approx((1 + frontier.serving_progress) ** 2)
    until = frontier.serving_slowdown
    assert path[until + 24] / path[until] == pytest.approx((1 + frontier.serving_late_progress) ** 2)
    assert frontier.serving_late_progress < frontier.serving_progress


@pytest.mark.parametrize(
    ("parameter", "value", "path"),
    [
        ("needs.intensity_growth", tuple([0.0] * 10), "intensity"),
        ("needs.trend", tuple([40.0] * 10), "needs"),
        ("other.growth", tuple([0.1] * 9), "other_demand"),
        ("other.subscription_growth", 0.2, "subscriptions"),
        ("frontier.serving_progress", 1.5, "serving_efficiency"),
        ("lab.seed_growth", (0.05, 0.05), "seed_equity"),
    ],
)
def test_a_dated_change_of_a_rate_bends_the_path_from_its_month_on(
    baseline: Scenario, parameter: str, value: object, path: str
) -> None:
    before, after = getattr(calendar_of(baseline), path), getattr(shocked(baseline, parameter, "step_to", value), path)
    np.testing.assert_allclose(after[:20], before[:20])
    assert (after[20:] != before[20:]).all()
    assert abs(after[20] / before[20] - 1) < 0.2  # no jump


@pytest.mark.parametrize(
    ("parameter", "path"),
    [
        ("needs.intensity_start", "intensity"), ("other.level", "other_demand"),
        ("other.subscriptions", "subscriptions"), ("lab.seed_equity", "seed_equity"),
    ],
)  # fmt: skip
def test_a_dated_change_of_a_level_lifts_the_path(baseline: Scenario, parameter: str, path: str) -> None:
    before, after = getattr(calendar_of(baseline), path), getattr(shocked(baseline, parameter, "step_by", 1.5), path)
    np.testing.assert_allclose(after[:20], before[:20])
    np.testing.assert_allclose(after[20:], 1.5 * before[20:])
