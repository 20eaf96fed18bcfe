"""Findings about specialists: what drought, abundance and slow training do to wages and to running models oneself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios import read_scenario
from simulation import simulate

KNOWING: dict[str, Any] = {  # who does not know what people cost does not mind what they cost
    "companies.count": 3000, "companies.panel": 256, "companies.calibration": "lean", "horizon.months": 36,
    "adopt.open_own_hazard": 0.3, "demand.friction_self": 0.0, "lockin.vendor_change": 0.0, "control.panel": 0,
    "belief.true_beliefs": 1,
}  # fmt: skip
DROUGHT, ABUNDANCE = {"labour.stock_multiplier": 0.5}, {"labour.stock_multiplier": 3.0, "labour.wage_multiplier": 0.7}
LATE = slice(-12, None)


@pytest.fixture(scope="module")
def world() -> Callable[..., pd.DataFrame]:
    known: dict[str, pd.DataFrame] = {}

    def of(change: dict[str, Any] | None = None) -> pd.DataFrame:
        key = repr(change)
        if key not in known:
            assumed = read_scenario("baseline", overrides=KNOWING | (change or {}))
            known[key] = simulate(assumed, draw=1, arm="open").indicators
        return known[key]

    return of


def late(table: pd.DataFrame, column: str) -> float:
    return float(np.nanmean(table[column].to_numpy()[LATE]))


def test_a_drought_of_talent_raises_wages_and_keeps_companies_out(world) -> None:
    """S11b."""
    baseline, drought = world(), world(DROUGHT)
    assert late(drought, "wage_index") > 1.2 * late(baseline, "wage_index")
    assert late(drought, "adoption") < 0.95 * late(baseline, "adoption")
    assert drought["fill_integration"].iloc[1:12].mean() < 0.9 * baseline["fill_integration"].iloc[1:12].mean()


def test_an_abundance_of_talent_lowers_wages_and_lets_companies_in(world) -> None:
    """S11a."""
    baseline, abundance = world(), world(ABUNDANCE)
    assert late(abundance, "wage_index") < 0.8 * late(baseline, "wage_index")
    assert late(abundance, "adoption") > 1.05 * late(baseline, "adoption")


def test_companies_that_know_the_cost_run_models_themselves_where_talent_is_abundant(world) -> None:
    assert late(world(DROUGHT), "self_running_share") < 0.9 * late(world(ABUNDANCE), "self_running_share")


def test_slow_training_makes_a_longer_boom_of_wages(world) -> None:
    quick, slow = world({"labour.training_months": 6}), world({"labour.training_months": 36})
    assert late(slow, "wage_index") > late(world(), "wage_index") > late(quick, "wage_index")
    assert late(slow, "time_to_hire") > late(quick, "time_to_hire")


def test_wages_that_do_not_answer_leave_positions_empty(world) -> None:
    stiff = world({"labour.wage_response": 0.0})
    assert (stiff["wage_index"] == 1.0).all() and (stiff["wage_rent"] == 0.0).all()


def test_without_harm_from_missing_people_companies_adopt_more(world) -> None:
    assert late(world({"staff.roles": False}), "adoption") > late(world(), "adoption")
