"""Consumers who leave subscriptions for open weights: whom it costs, who buys the hours, and what is off by default."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.conduct import Other, subscribers_kept
from simulation import ComputeEconomy
from simulation.month.training import lead_if_better
from simulation.run import Run
from simulation.world import OTHER

FLIGHT = {"other.subscriber_flight": 0.5}


def test_nobody_leaves_where_no_weights_are_public_and_most_where_they_are_as_good() -> None:
    other = Other(subscriber_flight=0.5, flight_scale=15.0)
    kept = subscribers_kept(np.array([-10.0, 0.0, 15.0, 60.0, np.inf]), other)
    assert kept == pytest.approx([0.5, 0.5, 1 - 0.5 / np.e, 1 - 0.5 * np.exp(-4), 1.0])
    assert (subscribers_kept(np.array([0.0, np.inf]), Other()) == 1.0).all()


def test_labs_take_in_the_path_less_what_left_and_who_leaves_buys_the_hours(
    economy_of: Callable[..., ComputeEconomy],
) -> None:
    economy = economy_of(FLIGHT, months=6)
    record = economy.record
    tariffs, compute = record.tariffs, record.compute
    announced = economy.world.calendar.subscriptions[record.month]
    assert 0 < tariffs.closed_lead < np.inf
    kept = subscribers_kept(tariffs.closed_lead, economy.plan.other)
    assert tariffs.subscription_revenue.sum() == pytest.approx(announced * kept)
    assert tariffs.fees_saved == pytest.approx(announced * (1 - kept))
    rented = compute.other_wanted - compute.other_own_hours
    by_others = compute.service_hours[economy.world.buyers.index(OTHER)]
    assert by_others + compute.subscription_hours.sum() == pytest.approx(rented)  # who leaves buys the same hours


def test_opening_costs_labs_subscriptions_only_where_consumers_may_leave(run_of_world: Callable[..., Run]) -> None:
    worlds = {
        (arm, flight): run_of_world(FLIGHT if flight else None, arm=arm, months=36)
        for arm in ("open", "closed") for flight in (False, True)
    }  # fmt: skip
    fees = {key: _consumer_fees(run).sum() for key, run in worlds.items()}
    assert fees["open", False] == pytest.approx(fees["closed", False], rel=1e-6)
    assert fees["open", True] < 0.95 * fees["closed", True]
    assert fees["closed", True] > 0.8 * fees["closed", False]
    assert worlds["open", False].indicators["subscribers_kept"].isna().all()  # nobody can leave
    kept, paid = worlds["open", True].indicators["subscribers_kept"], _consumer_fees(worlds["open", True])
    assert paid == pytest.approx(kept.to_numpy() * _consumer_fees(worlds["open", False]), rel=1e-6)


def _consumer_fees(run: Run) -> np.ndarray:
    """What consumers paid in each month, cents."""
    return run.flows.query("flow == 'consumer_fees'").groupby("month")["cents"].sum().to_numpy()


def test_only_the_best_closed_model_leads_open_weights(economy_of: Callable[..., ComputeEconomy]) -> None:
    world = economy_of(FLIGHT, months=1).world
    sellers = [lab for lab in world.labs if "frontier" in lab.models]
    first, second = sorted(sellers, key=lambda lab: -lab.models["frontier"].quality)[:2]
    ahead = first.models["frontier"].quality - second.models["frontier"].quality
    shift = np.array([-ahead - 9.0, 0.0, 4.0])
    of_first = lead_if_better(world, first, shift=shift, lead=20.0)
    assert of_first == pytest.approx([20.0 - ahead, 20.0, 24.0])
    of_second = lead_if_better(world, second, shift=np.array([-50.0, ahead / 2, ahead + 3.0]), lead=20.0)
    assert of_second == pytest.approx([20.0, 20.0, 23.0])
