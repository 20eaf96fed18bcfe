"""Rules that a scenario asks for: algorithms, cost plus, penetration, auction, in a whole economy."""

from __future__ import annotations

import numpy as np
import pytest

from market.flows import Flow
from simulation.month.algorithms import PricingAlgorithms
from simulation.month.cloud_prices import cost_prices

SPOT = {"spot.part": 0.2}


def test_learning_clouds_ask_more_over_cost_than_best_responses(economy_of):
    learning, bertrand = (
        economy_of({"pricing.rule_cloud": rule, "deal.active": False}, months=10) for rule in ("P9", "scarcity+markup")
    )
    asked = [
        (e.record.tariffs.cloud_price / e.record.tariffs.scarcity_price - 1)[e.record.capacity.supply > 0]
        for e in (learning, bertrand)
    ]
    assert np.median(asked[0]) > 1.2 * np.median(asked[1])
    known = learning.world.algorithms
    assert isinstance(known, PricingAlgorithms)
    assert (known.position > known.game.at_bertrand).any()


def test_algorithms_learn_the_same_in_both_arms_and_in_a_fork(economy_of):
    open_, closed = (economy_of({"pricing.rule_cloud": "P9"}, months=3, arm=arm) for arm in ("open", "closed"))
    np.testing.assert_array_equal(
        open_.world.algorithms.strategies.answer, closed.world.algorithms.strategies.answer
    )
    twin = open_.fork()
    open_.run(2)
    twin.run(2)
    np.testing.assert_array_equal(open_.record.tariffs.cloud_price, twin.record.tariffs.cloud_price)


def test_without_the_rule_nobody_learns(economy_of):
    assert economy_of(months=2).world.algorithms is None


def test_a_regulated_cloud_posts_its_full_cost_and_a_margin_whatever_the_load(economy_of):
    economy = economy_of({"sellers.hyperscaler_3.pricing_rule": "P6", "pricing.markup_public": 0.05}, months=7)
    at = economy.world.code_of["hyperscaler_3"]
    before = cost_prices(economy.world, economy.assumptions)
    economy.step()
    assert economy.record.tariffs.cloud_price[at] == pytest.approx(1.05 * before[at], rel=1e-12)


def test_labs_that_penetrate_sell_below_cost_and_reprice_for_good(economy_of):
    economy = economy_of({"pricing.rule_lab": "P7", "pricing.penetration_months": 4, "deal.active": False}, months=4)
    world = economy.world
    own = [offer.code for offer in world.book.offers if offer.seller == "lab_1" and not offer.cloud]
    price, cost = economy.record.tariffs.sheet.price[own], economy.record.tariffs.unit_cost[own]
    np.testing.assert_allclose(price, 0.7 * cost)
    economy.step()
    assert set(world.repriced) >= {"lab_1", "lab_2", "lab_3", "lab_4"}
    price, cost = economy.record.tariffs.sheet.price[own], economy.record.tariffs.unit_cost[own]
    assert (price >= cost).all()


@pytest.mark.parametrize("part", [0.2, 0.9], ids=["machines are left", "bids are left"])
def test_the_auction_sells_what_stands_idle_below_the_price_on_demand(economy_of, part):
    """Machines stand idle since other demand does not jump, fewer than all who bid would take where many bid."""
    economy = economy_of({"spot.part": part, "other.jump": 2.0}, months=6)
    record = economy.record
    sale = record.compute.spot
    idle = record.compute.cleared.supply - record.compute.cleared.served.sum(axis=(0, 2))
    assert idle.sum() > 0.01 * record.compute.cleared.supply.sum()
    assert sale.hours.sum() == pytest.approx(min(sale.wanted, idle.sum()))
    assert (sale.price > economy.assumptions.invest.opex) == (sale.wanted > idle.sum()) == (part == 0.9)
    assert economy.assumptions.invest.opex <= sale.price <= record.tariffs.rent
    assert sale.surplus >= 0


def test_an_auction_without_idle_machines_sells_nothing_and_has_no_price(economy_of):
    """Other demand jumps beyond what clouds can deliver in half a year."""
    economy = economy_of(SPOT | {"other.jump": 20.0}, months=6)
    assert not economy.record.compute.spot.hours.any()
    assert np.isnan(economy.recorder.indicators.latest("gpu_hour_price_spot"))


def test_hours_at_auction_are_rows_of_the_market_and_part_of_what_others_pay(run_of_world):
    run = run_of_world(SPOT, months=6)
    hours = run.market[run.market["service"] == "gpu_hours"]
    spot = hours[hours["contract"] == "spot"]
    assert len(spot)
    assert set(spot["segment"]) == {"other"}
    paid = run.flows[(run.flows["flow"] == Flow.COMPUTE_RENT.name.lower()) & (run.flows["payer"] == "rest_of_economy")]
    booked = hours[hours["segment"] == "other"].groupby("month")["revenue_cents"].sum()
    np.testing.assert_array_equal(booked, paid.groupby("month")["cents"].sum().reindex(booked.index))
    assert np.isfinite(run.indicators["gpu_hour_price_spot"]).any()


def test_without_interruptible_demand_there_is_no_auction(economy_of):
    assert economy_of(months=1).record.compute.spot is None
