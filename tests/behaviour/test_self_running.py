"""Findings about running models oneself: what illusion, advice, luck and reputation do to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios import read_scenario
from simulation import simulate

TEMPTING: dict[str, Any] = {
    "companies.count": 3000, "companies.panel": 256, "companies.calibration": "lean", "horizon.months": 36,
    "adopt.open_own_hazard": 0.3, "demand.friction_self": 0.0, "lockin.vendor_change": 0.0,
}  # fmt: skip
ICEBERG_OFF = {"belief.true_beliefs": 1, "belief.prior_sd": 0.1, "belief.tail_prob": 0.0}  # S10


@pytest.fixture(scope="module")
def world() -> Callable[..., pd.DataFrame]:
    known: dict[str, pd.DataFrame] = {}

    def of(change: dict[str, Any] | None = None) -> pd.DataFrame:
        key = repr(change)
        if key not in known:
            assumed = read_scenario("baseline", overrides=TEMPTING | (change or {}))
            known[key] = simulate(assumed, draw=1, arm="open").indicators
        return known[key]

    return of


def test_most_companies_think_that_running_a_model_is_cheaper_than_it_is(world) -> None:
    assert (world()["perceived_over_true_cost"] < 0.8).all()
    assert (world(ICEBERG_OFF)["perceived_over_true_cost"] == 1.0).all()


def test_companies_that_know_the_cost_try_less_and_regret_less(world) -> None:
    """S10: without the illusion and the runaway projects there are fewer pilots and few regretted reversals."""
    believing, knowing = world(), world(ICEBERG_OFF)
    assert knowing["poc_started"].sum() < 0.8 * believing["poc_started"].sum()
    assert knowing["abandoned"].sum() < 0.1 * believing["abandoned"].sum()
    late = slice(-12, None)
    regretted = [np.nanmean(each["regretted_reversal_rate"].to_numpy()[late]) for each in (believing, knowing)]
    assert regretted[1] < regretted[0]


def test_independent_advice_prevents_pilots_that_would_fail(world) -> None:
    alone, advised = world(), world({"belief.advice_reach": 1.0})
    assert advised["poc_started"].sum() < 0.8 * alone["poc_started"].sum()
    assert advised["abandoned"].sum() < alone["abandoned"].sum()


def test_the_more_a_pilot_reveals_the_fewer_projects_are_given_up(world) -> None:
    naive, telling = world(), world({"belief.pilot_reveals": 1.0, "belief.pilot_sd": 0.05})
    assert telling["abandoned"].sum() < 0.7 * naive["abandoned"].sum()


def test_patient_companies_give_up_less(world) -> None:
    patient = world({"belief.tolerance_low": 30.0, "belief.tolerance_high": 40.0})
    assert patient["abandoned"].sum() < 0.2 * world()["abandoned"].sum()


def test_every_project_given_up_was_in_production_and_every_wave_is_an_event(world) -> None:
    table = world()
    assert table["abandoned"].sum() <= table["poc_to_production"].sum()
    assert (table["abandoned"] >= 0).all()
