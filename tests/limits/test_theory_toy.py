"""Limits with a known solution: the three-layer economy of clouds, labs and users (L13-L16, model.md section 0)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.cournot import cournot
from market.indicators import hhi
from market.toy import ToyError, gain_of_integrated_cloud, prior, three_layer, with_curvature, with_supply_slope

NUMBERS = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (5, 3), (12, 7)]


def test_l13_successive_oligopoly_before_and_after_opening():
    world = three_layer(3, 2, 100, 1, 20)
    closed, opened = world.closed, world.open
    assert (closed.quantity, closed.price, closed.wholesale_price) == pytest.approx((40, 60, 40))
    assert (closed.profit_lab, closed.profit_cloud, closed.consumer_surplus) == pytest.approx((800, 800, 800))
    assert (opened.quantity, opened.price, opened.profit_lab) == pytest.approx((60, 40, 0))
    assert (opened.profit_cloud, opened.consumer_surplus) == pytest.approx((1200, 1800))
    assert (world.theta, world.sigma) == pytest.approx((0.5, 1.25))


@pytest.mark.parametrize(("clouds", "labs"), NUMBERS)
@pytest.mark.parametrize(("intercept", "slope", "cost"), [(100, 1, 20), (9, 0.25, 1.5), (1e4, 70, 0)])
def test_l14_shift_falls_with_cloud_rivals_and_spread_does_not(clouds, labs, intercept, slope, cost):
    world = three_layer(clouds, labs, intercept, slope, cost)
    assert world.theta == pytest.approx((1 + 1 / labs) / clouds)
    assert world.sigma == pytest.approx(1 + 1 / (2 * labs))
    expected = prior(1 / clouds, 1 / labs)
    assert (world.theta, world.sigma) == pytest.approx((expected.theta, expected.sigma))
    assert (world.theta > world.sigma * (1 + 1e-9)) == (clouds < 2 * (labs + 1) / (2 * labs + 1) - 1e-9)
    assert (world.theta > 1 + 1e-9) == (clouds < 1 + 1 / labs - 1e-9)


def test_l15_bound_capacity_hands_the_whole_rent_to_its_owner():
    bound = three_layer(3, 2, 100, 1, 20, capacity=30)
    assert (bound.closed.wholesale_price, bound.closed.price) == pytest.approx((55, 70))
    assert (bound.open.wholesale_price, bound.open.price) == pytest.approx((70, 70))
    assert (bound.theta, bound.sigma) == pytest.approx((1, 0))
    partly = three_layer(3, 2, 100, 1, 20, capacity=45)
    assert (partly.closed.profit_cloud, partly.open.profit_cloud) == pytest.approx((800, 1575))
    assert partly.open.consumer_surplus == pytest.approx(1012.5)
    assert (partly.theta, partly.sigma) == pytest.approx((0.96875, 0.265625))


@settings(max_examples=100, deadline=None)
@given(clouds=st.integers(1, 9), labs=st.integers(1, 9), share=st.floats(0.05, 0.999))
def test_l15_any_capacity_below_closed_sales_is_a_pure_shift(clouds, labs, share):
    free = three_layer(clouds, labs, 100, 1, 20)
    bound = three_layer(clouds, labs, 100, 1, 20, capacity=share * free.closed.quantity)
    assert bound.theta == pytest.approx(1)
    assert bound.sigma == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("clouds", "labs", "gain"), [(1, 2, 533.3 - 177.8), (2, 2, 237.0 - 316.0), (2, 4, 142.2 - 113.8), (3, 8, 0.0)]
)
def test_l16_a_cloud_that_owns_a_lab_opens_where_clouds_are_few_or_labs_many(clouds, labs, gain):
    found = gain_of_integrated_cloud(clouds, labs, 100, 1, 20)
    assert found == pytest.approx(gain, abs=0.1)
    assert (found > 1e-9) == (labs + 1 > clouds**2)


@pytest.mark.parametrize(
    ("supply_slope", "theta", "sigma"), [(0, 0, 1.25), (0.25, 0.24, 0.96), (1, 0.5625, 0.5625), (4, 0.84, 0.21)]
)
def test_steep_supply_of_compute_shifts_rent_without_any_cloud_concentration(supply_slope, theta, sigma):
    world = with_supply_slope(2, 100, 1, 20, supply_slope)
    assert (world.theta, world.sigma) == pytest.approx((theta, sigma))


@settings(max_examples=100, deadline=None)
@given(labs=st.integers(1, 20), slope=st.floats(0.1, 10), supply_slope=st.floats(0.01, 100))
def test_theta_over_sigma_is_the_ratio_of_slopes(labs, slope, supply_slope):
    world = with_supply_slope(labs, 100, slope, 20, supply_slope)
    assert world.theta / world.sigma == pytest.approx(supply_slope / slope, rel=1e-6)
    ratio = (slope * (1 + 1 / labs) + supply_slope) / (slope + supply_slope)
    assert world.sigma == pytest.approx(labs / 2 * (ratio**2 - 1), rel=1e-6)


def test_unequal_labs_break_the_concentration_formula():
    world = three_layer(1, 3, 100, 1, 20, lab_cost=[0.0, 5.0, 10.0])
    assert (world.theta, world.sigma) == pytest.approx((1.738, 1.290), abs=5e-4)


@settings(max_examples=60, deadline=None)
@given(cost=st.lists(st.floats(15, 25), min_size=1, max_size=6), labs=st.integers(1, 6))
def test_unequal_clouds_shift_by_their_actual_concentration(cost, labs):
    world = three_layer(len(cost), labs, 100, 1, cost)
    concentration = hhi(cournot(100, 1 + 1 / labs, cost).quantity)
    opened = hhi(cournot(100, 1, cost).quantity)
    assert opened == pytest.approx(concentration)
    assert world.theta == pytest.approx(concentration * (1 + 1 / labs))


@pytest.mark.parametrize(("clouds", "labs"), NUMBERS)
@pytest.mark.parametrize(
    ("curvature", "intercept", "slope", "cost"), [(2, 100, 1, 20), (0.5, 100, 3, 20), (1, 9, 2, 1)]
)
def test_curved_demand_follows_its_closed_form(clouds, labs, curvature, intercept, slope, cost):
    world, d = with_curvature(clouds, labs, intercept, slope, cost, curvature), curvature
    assert world.theta == pytest.approx((labs + d) / clouds * ((1 + d / labs) ** (1 / d) - 1))
    assert world.sigma == pytest.approx(labs / (1 + d) * ((1 + d / labs) ** ((1 + d) / d) - 1))


def test_that_rent_rises_only_under_monopoly_is_a_fact_of_linear_demand():
    assert with_curvature(2, 1, 100, 1, 20, 2).theta == pytest.approx(1.098, abs=5e-4)
    convex = with_curvature(1, 1, 1, -1, 2, -0.5)
    assert (convex.theta, convex.sigma) == pytest.approx((1.5, 2.0))
    nearly_exponential = with_curvature(1, 2, 10_020, 1e4, 20, 1e-4)
    assert nearly_exponential.theta == pytest.approx(nearly_exponential.sigma, rel=1e-3)


def test_the_prior_at_the_observed_concentrations():
    assert (prior(0.1485, 0.28).theta, prior(0.1485, 0.28).sigma) == pytest.approx((0.19, 1.14), abs=0.005)
    assert prior(0.2790, 0.28).theta == pytest.approx(0.36, abs=0.005)
    assert prior(1, 0.5).shift_exceeds_spread and prior(1, 0.5).provider_rent_rises
    assert not prior(0.1485, 0.28).shift_exceeds_spread


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 2, 100, 1, 20), "clouds"),
        ((2, 1.5, 100, 1, 20), "labs"),
        ((2, 2, 100, 0, 20), "slope"),
        ((2, 2, 10, 1, 20), "nothing is traded"),
        ((2, 2, 100, 1, [20.0, 20.0, 20.0]), "clouds"),
        ((2, 2, 100, 1, 20, -5), "capacity"),
    ],
)
def test_a_toy_without_trade_is_refused(arguments, message):
    with pytest.raises(ToyError, match=message):
        three_layer(*arguments)
    with pytest.raises(ToyError, match="stays out"):
        three_layer(1, 2, 100, 1, 20, lab_cost=[0.0, 60.0])


def test_profits_and_surplus_share_out_what_users_would_pay():
    for capacity in (None, 30, 45):
        for world in (three_layer(3, 2, 100, 1, 20, capacity).closed, three_layer(3, 2, 100, 1, 20, capacity).open):
            total = (100 - 20) * world.quantity - world.quantity**2 / 2
            assert world.profit_cloud + world.profit_lab + world.consumer_surplus == pytest.approx(total)
            assert np.isfinite(total)
