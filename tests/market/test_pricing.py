"""Price rules: panels with owners, floors and dead products; contracts for compute; rules of thumb."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.demand import NestedDemand
from market.parameters import declarations
from market.pricing import (
    NoEquilibriumError,
    Pricing,
    adaptive_markup,
    bertrand_prices,
    contract_prices,
    contract_shares,
    interest_matrix,
)


def market_of(seed, *, accounts=60, offers=12, elasticity=0.1, lam_model=0.6, lam_host=0.35):
    """Companies of very different size and value facing twelve offers, eight of them sold by the token."""
    draw = np.random.default_rng(seed)
    volume = 10 ** draw.normal(7, 0.8, accounts)
    worth = 30 * np.exp(draw.normal(0, 0.7, accounts)) * volume / 1e6
    base = worth[:, None] * draw.uniform(0.1, 1.0, (accounts, offers))
    base[draw.random((accounts, offers)) > 0.7] = -np.inf
    metered = np.arange(offers) < 8
    demand = NestedDemand(
        base=base, metered=metered, volume=volume, reference_price=np.full(accounts, 6.0), sigma=0.15 * worth,
        weight=draw.uniform(1, 50, accounts), nest=(~metered).astype(np.int64), model=draw.integers(0, 4, offers),
        elasticity=elasticity, lam_model=lam_model, lam_host=lam_host,
    )  # fmt: skip
    cost = draw.uniform(0.1, 2.0, 8)
    return demand, cost, draw.integers(0, 4, 8)


@pytest.mark.parametrize("seed", range(6))
def test_first_order_conditions_hold_at_bertrand_prices(seed):
    demand, cost, owner = market_of(seed)
    interest, movable = interest_matrix(owner), np.arange(8)
    price = bertrand_prices(demand, cost=cost, interest=interest, movable=movable, start=np.full(12, 4.0))
    response = demand.response(price, movable)
    condition = response.quantity + (interest * response.derivative.T) @ (price[movable] - cost)
    np.testing.assert_allclose(condition / response.quantity, 0, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_prices_found_do_not_depend_on_where_the_search_begins_or_on_the_order_of_offers(seed):
    demand, cost, owner = market_of(seed)
    low = bertrand_prices(
        demand, cost=cost, interest=interest_matrix(owner), movable=np.arange(8), start=np.full(12, 0.5)
    )
    back = np.arange(8)[::-1]
    high = bertrand_prices(
        demand, cost=cost[back], interest=interest_matrix(owner[back]), movable=back, start=np.full(12, 9.0)
    )
    np.testing.assert_allclose(low[:8], high[:8], rtol=1e-6)


def test_merging_all_sellers_raises_every_price_they_set():
    demand, cost, _ = market_of(1)
    prices = [
        bertrand_prices(
            demand, cost=cost, interest=interest_matrix(owner), movable=np.arange(8), start=np.full(12, 4.0)
        )
        for owner in (np.arange(8), np.zeros(8, dtype=int))
    ]
    assert (prices[1][:8] > prices[0][:8]).all()


def test_a_price_never_falls_below_its_floor_and_others_answer_to_it():
    demand, cost, owner = market_of(2)
    interest, movable, start = interest_matrix(owner), np.arange(8), np.full(12, 4.0)
    free = bertrand_prices(demand, cost=cost, interest=interest, movable=movable, start=start)
    lowest = np.full(8, 1e-6)
    lowest[3] = 1.05 * free[3]
    bound = bertrand_prices(demand, cost=cost, interest=interest, movable=movable, start=start, lowest=lowest)
    assert bound[3] == pytest.approx(lowest[3])
    response = demand.response(bound, movable)
    condition = response.quantity + (interest * response.derivative.T) @ (bound[:8] - cost)
    np.testing.assert_allclose((condition / response.quantity)[np.arange(8) != 3], 0, atol=1e-6)
    assert condition[3] < 0


def test_an_offer_nobody_can_choose_keeps_its_price_and_one_nobody_wants_is_sold_at_cost():
    demand, cost, owner = market_of(3)
    base = demand.base.copy()
    base[:, 2] = -np.inf
    base[:, 5] = np.where(np.isfinite(base[:, 5]), -1e6 * demand.sigma, -np.inf)
    demand = replace(demand, base=base)
    price = bertrand_prices(
        demand, cost=cost, interest=interest_matrix(owner), movable=np.arange(8), start=np.full(12, 4.0)
    )
    assert price[2] == 4.0
    assert price[5] == pytest.approx(cost[5], rel=1e-6)
    np.testing.assert_array_equal(price[8:], 4.0)


def test_sellers_without_a_resting_point_are_named():
    demand, cost, owner = market_of(4)
    with pytest.raises(NoEquilibriumError, match=r"lab-a.*move"):
        bertrand_prices(
            demand, cost=cost, interest=interest_matrix(owner), movable=np.arange(8), start=np.full(12, 4.0),
            names=["lab-a"] * 8, rounds=1,
        )  # fmt: skip


def test_a_seller_passes_a_cost_rise_on_and_loses_sales():
    demand, cost, owner = market_of(5)
    interest, movable = interest_matrix(owner), np.arange(8)
    cheap = bertrand_prices(demand, cost=cost, interest=interest, movable=movable, start=np.full(12, 4.0))
    dearer = cost.copy()
    dearer[0] *= 1.2
    dear = bertrand_prices(demand, cost=dearer, interest=interest, movable=movable, start=cheap)
    assert dear[0] > cheap[0]
    assert demand.quantities(dear)[0] < demand.quantities(cheap)[0]


def test_a_growing_share_raises_the_markup_and_an_unknown_one_leaves_it():
    markup = adaptive_markup(
        np.array([0.5, 0.5, 0.5, 0.5, 3.0]), share=np.array([0.3, 0.1, 0.2, 0.2, 0.4]),
        share_before=np.array([0.2, 0.2, 0.2, 0.0, 0.1]), speed=0.04, least=0.0, most=3.0,
    )  # fmt: skip
    np.testing.assert_allclose(markup, [0.51, 0.49, 0.5, 0.5, 3.0])


def test_contract_buyers_prefer_cheap_and_branded_clouds_among_those_allowed():
    brand, allowed = np.array([0.3, 0.0, 0.0]), np.array([[True, True, True], [False, True, False], [False] * 3])
    share = contract_shares(brand, np.array([2.0, 2.0, 1.8]), 0.1, allowed)
    np.testing.assert_allclose(share.sum(axis=1), [1, 1, 0])
    assert share[0, 0] > share[0, 2] > share[0, 1]
    assert share[0, 0] / share[0, 1] == pytest.approx(np.exp(3))


def test_contract_prices_are_lerner_markups_of_the_buyers_logit():
    clouds, spread, cost = 4, 0.1, np.full(4, 2.0)
    price, _ = contract_prices(
        cost, hours=np.array([100.0, 50.0]), brand=np.zeros(clouds), spread=spread,
        allowed=np.ones((2, clouds), dtype=bool), self_hours=np.zeros(clouds), self_slope=np.zeros((clouds, clouds)),
        interest=np.eye(clouds), markup_most=3.0, start=cost,
    )  # fmt: skip
    np.testing.assert_allclose((price - cost) / price, spread / (1 - 1 / clouds), rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_contract_prices_satisfy_their_conditions_with_stakes_and_self_renters(seed):
    draw = np.random.default_rng(seed)
    clouds, buyers = 5, 7
    cost, brand = draw.uniform(1, 5, clouds), np.where(np.arange(clouds) < 2, 0.3, 0.0)
    allowed = draw.random((buyers, clouds)) < 0.7
    hours, self_hours = draw.uniform(0, 1e6, buyers), draw.uniform(0, 1e6, clouds)
    self_slope = -np.diag(self_hours * draw.uniform(1, 4, clouds) / cost)
    interest = np.eye(clouds)
    interest[0, 3] = 0.2
    price, gap = contract_prices(
        cost, hours=hours, brand=brand, spread=0.1, allowed=allowed, self_hours=self_hours, self_slope=self_slope,
        interest=interest, markup_most=3.0, start=cost * 1.2,
    )  # fmt: skip
    assert gap <= 1e-8
    assert (price >= cost * (1 - 1e-9)).all() and (price <= 4 * cost * (1 + 1e-9)).all()
    share = contract_shares(brand, price, 0.1, allowed)
    step = 1e-6
    for k in range(clouds):
        moved = price.copy()
        moved[k] *= 1 + step
        change = (contract_shares(brand, moved, 0.1, allowed) - share).T @ hours / (step * price[k]) + self_slope[:, k]
        condition = hours @ share[:, k] + self_hours[k] + (interest[k] * (price - cost)) @ change
        if price[k] < 4 * cost[k] * (1 - 1e-9):
            assert condition / (hours @ share[:, k] + self_hours[k]) == pytest.approx(0, abs=1e-4)


def test_what_a_stake_brings_elsewhere_shrinks_with_the_buyers_who_leave():
    """Cloud 0 gains `stake` dollars per hour that contract buyers hold with it: its condition is a Lerner rule."""
    clouds, spread, cost, stake = 4, 0.1, np.full(4, 2.0), 0.5
    bought = {"hours": np.array([100.0, 50.0]), "brand": np.zeros(clouds), "spread": spread,
              "allowed": np.ones((2, clouds), dtype=bool), "self_hours": np.zeros(clouds),
              "self_slope": np.zeros((clouds, clouds)), "interest": np.eye(clouds), "markup_most": 3.0}  # fmt: skip
    elsewhere = np.array([stake * 150.0 / clouds, 0.0, 0.0, 0.0])
    price, gap = contract_prices(cost, start=cost, elsewhere=elsewhere, **bought)
    assert gap <= 1e-8
    share = contract_shares(np.zeros(clouds), price, spread, bought["allowed"])[0]
    np.testing.assert_allclose((price[0] - cost[0]) / price[0], (1 + stake) * spread / (1 - share[0]), rtol=1e-6)
    few, _ = contract_prices(cost, start=cost, elsewhere=elsewhere / 100, **(bought | {"hours": bought["hours"] / 100}))
    np.testing.assert_allclose(few, price, rtol=1e-6)


def test_others_answer_the_price_of_a_cloud_that_may_not_mark_up():
    clouds, spread, cost = 4, 0.1, np.array([1.5, 2.0, 2.0, 2.0])
    hours, free, nothing = np.array([100.0]), np.ones((1, clouds), dtype=bool), np.zeros(clouds)
    price, gap = contract_prices(
        cost, hours=hours, brand=nothing, spread=spread, allowed=free, self_hours=nothing,
        self_slope=np.zeros((clouds, clouds)), interest=np.eye(clouds), markup_most=np.array([0.0, 3.0, 3.0, 3.0]),
        start=cost,
    )  # fmt: skip
    share = contract_shares(nothing, price, spread, free)[0]
    assert gap <= 1e-8 and price[0] == 1.5
    np.testing.assert_allclose(((price - cost) / price)[1:], spread / (1 - share[1:]), rtol=1e-6)


def test_a_cloud_whose_buyers_have_nowhere_else_to_go_takes_the_highest_markup():
    price, _ = contract_prices(
        np.full(2, 2.0), hours=np.array([10.0]), brand=np.zeros(2), spread=0.1, allowed=np.array([[True, False]]),
        self_hours=np.zeros(2), self_slope=np.zeros((2, 2)), interest=np.eye(2), markup_most=3.0, start=np.full(2, 2.0),
    )  # fmt: skip
    np.testing.assert_allclose(price, [8.0, 2.0])


def test_every_price_parameter_states_its_symbol():
    stated = list(declarations(Pricing, "pricing."))
    assert len({declaration.symbol for declaration in stated}) == len(stated)
    assert {d.symbol for d in stated} >= {"kappa_p", "kappa_c", "util_star", "brand", "tau_b", "ups", "mu_max"}
