"""Prices of GPU-hours and reservations as an economist would watch them: no cobweb, nobody pays for idle years."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.sellers import CloudProvider
from market.fleet import Fleet
from market.pricing import heeded_load
from market.units import FloatArray
from simulation import ComputeEconomy
from simulation.month.orders import _power_at
from simulation.run import Run

MONTHS = 48


def test_a_cloud_heeds_the_market_and_one_outside_it_only_itself() -> None:
    load, machines = np.array([0.5, 1.1, 2.0]), np.array([3.0, 1.0, 0.0])
    np.testing.assert_allclose(heeded_load(load, machines=machines, own=0.25), [0.6125, 0.7625, 2.0])
    np.testing.assert_allclose(heeded_load(load, machines=machines, own=1.0), load)
    np.testing.assert_allclose(heeded_load(load, machines=np.zeros(3), own=0.25), load)
    by_month = np.array([load, load + 1.0])
    both = heeded_load(by_month, machines=machines, own=0.25)
    np.testing.assert_allclose(both[1, :2], both[0, :2] + 1.0)


@pytest.mark.parametrize("draw", [1, 2])
def test_prices_that_follow_the_market_swing_less(run_of_world: Callable[..., Run], draw: int) -> None:
    """Orders go to the cheapest, whose price then rises: a cobweb where each cloud looks at its own load alone."""
    own, market = (
        _changes(run_of_world({"pricing.own_load": part}, months=MONTHS, draw=draw)) for part in (1.0, 0.35)
    )
    assert np.abs(market).mean() < 0.7 * np.abs(own).mean()
    assert np.corrcoef(own[1:], own[:-1])[0, 1] < -0.3  # up and down in turn


def test_a_developer_that_trains_now_and_then_owes_little(run_of_world: Callable[..., Run]) -> None:
    flows = run_of_world(None, months=MONTHS).flows
    state = flows[flows["payer"] == "state_backed"].groupby("flow", observed=True)["cents"].sum()
    assert state["compute_rent"] > 0
    assert state.get("take_or_pay_shortfall", 0) < 0.1 * state["compute_rent"]


def test_a_failed_entrant_expects_nothing(economy_of: Callable[..., ComputeEconomy]) -> None:
    economy = economy_of(None, months=6)
    seat = next(cloud for cloud in economy.world.clouds if not cloud.alive and cloud.fleet.count == 0)
    assert isinstance(seat, CloudProvider)
    seat.planned_share = 0.5  # what it was founded for, before it failed
    economy.step()
    assert seat.demand_history[-1] == pytest.approx(0.0)


def test_power_at_arrival_leaves_out_sites_that_go_off_before() -> None:
    fleet = Fleet()
    fleet.install_site(commissioned=-10, megawatts=5.0, cents=100, life=14)  # goes off in month 4
    fleet.install_site(commissioned=-10, megawatts=2.0, cents=100, life=40)
    fleet.order_site(arrival=6, megawatts=1.0, cents=10)
    assert _power_at(fleet, first=1, last=3) == pytest.approx(7.0)
    assert _power_at(fleet, first=1, last=4) == pytest.approx(2.0)
    assert _power_at(fleet, first=1, last=6) == pytest.approx(3.0)


def _changes(run: Run) -> FloatArray:
    """Monthly changes of the logarithm of the price on demand after the first year."""
    return np.diff(np.log(run.indicators["gpu_hour_price"].to_numpy()[12:]))
