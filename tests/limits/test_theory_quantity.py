"""Limits with a known solution: quantities, capacities and captive buyers (L08-L12, L23, L24, L27, L37)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.demand import NestedDemand
from market.indicators import hhi, lerner_index
from market.pricing import (
    annuity,
    cournot,
    cournot_best_response,
    damped_cournot_step,
    scarcity_price,
    target_return,
    uniform_price_auction,
)


def line_of_companies(intercept, *, offers=1, companies=2000):
    """Companies with evenly spaced reservation values and no tastes: demand Q = intercept - lowest price."""
    value = (np.arange(companies) + 0.5) / companies * intercept
    return NestedDemand(
        base=np.repeat(value[:, None], offers, axis=1), metered=np.ones(offers, dtype=bool),
        volume=np.full(companies, 1e6), reference_price=np.ones(companies), sigma=np.zeros(companies),
        weight=np.full(companies, intercept / companies), nest=np.zeros(offers, dtype=np.int64),
        model=np.zeros(offers, dtype=np.int64), elasticity=0.0, lam_model=0.6, lam_host=0.35,
    )  # fmt: skip


def test_l08_a_linear_monopolist_stops_half_way():
    found = cournot(100, 1, 20)
    assert (found.price, found.quantity[0], found.profit[0], found.consumer_surplus) == (60, 40, 1600, 800)
    assert lerner_index(found.price, 20) == pytest.approx(1 / (found.price / found.quantity[0]))
    assert cournot(100, 1, 21).price - found.price == pytest.approx(0.5)


@pytest.mark.parametrize(("firms", "price", "quantity"), [(2, 140 / 3, 80 / 3), (3, 40.0, 20.0)])
def test_l09_cournot_prices_fall_with_rivals(firms, price, quantity):
    found = cournot(100, 1, np.full(firms, 20.0))
    assert found.price == pytest.approx(price)
    np.testing.assert_allclose(found.quantity, quantity)


@settings(max_examples=100, deadline=None)
@given(cost=st.lists(st.floats(0, 60), min_size=1, max_size=8), slope=st.floats(0.1, 10))
def test_l09_mean_lerner_index_is_concentration_over_elasticity(cost, slope):
    found = cournot(100, slope, cost)
    total = found.quantity.sum()
    elasticity = found.price / (slope * total)
    share = found.quantity / total
    margin = lerner_index(np.full(len(cost), found.price), cost)
    assert float(share @ margin) == pytest.approx(hhi(share) / elasticity, rel=1e-9)
    assert found.price == pytest.approx(100 - slope * total, rel=1e-12)
    assert (np.asarray(cost)[found.quantity == 0] >= found.price).all()


def test_a_firm_too_dear_for_the_market_stays_out():
    found = cournot(100, 1, [20.0, 20.0, 50.0])
    assert found.quantity[2] == 0
    assert found.price == pytest.approx(140 / 3)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_firm_with_a_capacity_wants_another_quantity(data):
    firms = data.draw(st.integers(1, 6))
    cost = np.array(data.draw(st.lists(st.floats(0, 120), min_size=firms, max_size=firms)))
    capacity = np.array(data.draw(st.lists(st.floats(0, 60), min_size=firms, max_size=firms)))
    found = cournot(100, 1.5, cost, capacity)
    best = cournot_best_response(
        price=found.price,
        total=float(found.quantity.sum()),
        own=found.quantity,
        slope=1.5,
        cost=cost,
        capacity=capacity,
    )
    np.testing.assert_allclose(best, found.quantity, atol=1e-9)


def test_l10_capacities_chosen_before_a_price_war_are_cournot_quantities():
    capacity = cournot(100, 1, [20.0, 20.0]).quantity
    np.testing.assert_allclose(capacity, 80 / 3)
    clearing = 100 - capacity.sum()
    assert clearing == pytest.approx(140 / 3)
    prices = np.linspace(0.5, 99.5, 991)
    served_after_rival = np.minimum(np.maximum(100 - prices - capacity[1], 0), capacity[0])
    as_the_cheaper = np.minimum(100 - prices, capacity[0])
    revenue = prices * np.where(prices > clearing, served_after_rival, as_the_cheaper)
    assert revenue.max() <= clearing * capacity[0] + 1e-9


def test_l11_the_cheaper_of_two_equal_products_sells_just_below_the_rivals_cost():
    demand, tick = line_of_companies(10.0, offers=2), 0.01
    prices = np.arange(1.0, 3.0, tick)
    profit = [(p - 1.0) * demand.quantities(np.array([p, 1.3]))[0] for p in prices]
    assert prices[int(np.argmax(profit))] == pytest.approx(1.3 - tick, abs=1e-9)


def test_l12_two_margins_in_a_row_sell_half_as_much_as_one():
    lab = lambda wholesale: cournot(100, 1, wholesale)  # noqa: E731
    cloud = cournot(100, 2, 20)
    assert cloud.price == 60
    downstream = lab(cloud.price)
    assert (downstream.price, downstream.quantity[0]) == (80, 20)
    assert (cloud.profit[0], downstream.profit[0], downstream.consumer_surplus) == (800, 400, 200)
    integrated = lab(20)
    assert (integrated.price, integrated.profit[0], integrated.consumer_surplus) == (60, 1600, 800)


@pytest.mark.parametrize("sellers", [1, 2, 3, 5, 12])
def test_damped_best_responses_reach_cournot_where_plain_ones_cycle_or_diverge(sellers):
    quantity, cost = np.linspace(1, 6, sellers), np.full(sellers, 20.0)
    for _ in range(600):
        total = float(quantity.sum())
        best = cournot_best_response(price=100 - total, total=total, own=quantity, slope=1.0, cost=cost)
        quantity = damped_cournot_step(quantity, best, sellers)
    np.testing.assert_allclose(quantity, cournot(100, 1, cost).quantity, rtol=1e-9)


def test_l23_a_uniform_price_auction_charges_the_first_rejected_bid():
    bid = (np.arange(1, 101) - 0.5) / 100
    price, sold = uniform_price_auction(bid, np.ones(100), 30)
    assert price == pytest.approx(0.695)
    np.testing.assert_array_equal(sold > 0, bid > 0.7)


def test_l23_a_marginal_bidder_gets_what_is_left_and_sets_the_price():
    price, sold = uniform_price_auction(np.array([3.0, 2.0, 1.0]), np.array([10.0, 10.0, 10.0]), 15)
    assert price == 2.0
    np.testing.assert_array_equal(sold, [10, 5, 0])
    assert uniform_price_auction(np.array([3.0]), np.array([10.0]), 15)[0] == 0.0


def test_l24_a_scarcity_price_alone_rests_where_load_is_on_target():
    amount, supply, target, response = 7.0, 4.0, 0.78, 0.5
    rest = amount / (target * supply)
    price, gaps = np.array([rest * 1.001]), []
    for _ in range(6):
        gaps.append(float(np.log(price[0] / rest)))
        price = scarcity_price(
            price, load=amount / price / supply, target_return=np.array([np.nan]), floor=np.array([0.01]),
            response=response, pull=0.0, load_target=target, load_cap=np.inf,
        )  # fmt: skip
    np.testing.assert_allclose(np.divide(gaps[1:], gaps[:-1]), 1 - response * target, rtol=1e-3)


def test_a_pull_to_cost_leaves_a_lasting_scarcity_premium_and_never_sells_below_avoidable_cost():
    price = np.array([14.0, 0.3])
    for _ in range(400):
        price = scarcity_price(
            price, load=np.array([1.0, 0.1]), target_return=np.array([1.8, 1.8]), floor=np.array([0.22, 1.1]),
            response=1.4, pull=0.62, load_target=0.78, load_cap=1.45,
        )  # fmt: skip
    assert price[0] == pytest.approx(1.8 * np.exp(1.4 / 0.62 * 0.22))
    assert price[1] == 1.1


@pytest.mark.parametrize(("switching_cost", "price"), [(15.0, 35.0), (50.0, 60.0)])
def test_l27_captive_buyers_pay_their_switching_cost_up_to_the_monopoly_price(switching_cost, price):
    demand = line_of_companies(100.0, offers=2)
    base = demand.base.copy()
    base[:, 1] -= switching_cost
    captive = NestedDemand(**{**{f: getattr(demand, f) for f in demand.__dataclass_fields__}, "base": base})
    tick = 0.05
    prices = np.arange(20.0, 90.0, tick)
    profit = [(p - 20) * captive.quantities(np.array([p, 20.0]))[0] for p in prices]
    assert prices[int(np.argmax(profit))] == pytest.approx(price, abs=1.01 * tick)


def test_l37_the_rental_break_even_of_an_accelerator():
    assert annuity(0.10, 60) == pytest.approx(0.02124704, abs=5e-9)
    assert annuity(0.0, 60) == pytest.approx(1 / 60)
    lasting = {"capex": 45_000.0, "opex": 160 / 730, "wacc": 0.10, "life_months": 60, "load": 0.85}
    assert target_return(**lasting) == pytest.approx(1.7987, abs=5e-5)
    assert target_return(**lasting, price_decline=0.15) == pytest.approx(2.44, abs=5e-3)
