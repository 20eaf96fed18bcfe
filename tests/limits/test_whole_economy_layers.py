"""The whole economy reduced to three layers: Cournot clouds and labs, elastic or bound (L08, L09, L12-L15, L46).

Every world is a scenario of scenarios/limits run month by month, its last months held against `market.toy` at several
numbers of firms, intercepts, slopes and costs. Quantities are in units of 1e7 Mtok a month, money in 1e7 USD a month.
"""

from __future__ import annotations

import numpy as np
import pytest

from market.estimators import Interval
from market.pricing import cournot
from market.toy import Opening, three_layer
from market.units import TOKENS_PER_MTOK
from scenarios import read_scenario
from simulation.answering.answer import answer_from_runs
from simulation.run import Run

CLOSE = 5e-3  # relative; the companies are 5,000 steps of a line
UNIT = 1e7  # Mtok or USD a month
LAST = 3  # months


def outcome(run: Run) -> dict[str, float]:
    """Prices, quantity and money of the last months, by the names of `market.toy.Layers`."""
    last = run.indicators.sort_values("month").tail(LAST)
    return {
        "price": float(last["price_paid"].mean()),
        "wholesale_price": float(last["cloud_price_usd"].mean()),
        "quantity": float(last["tokens_served"].mean()) / TOKENS_PER_MTOK / UNIT,
        "profit_cloud": float(last["profit_cloud"].mean()) / UNIT,
        "profit_lab": float(last["profit_lab"].mean()) / UNIT,
        "consumer_surplus": float(last["consumer_surplus_systematic"].mean()) / UNIT,
    }


def assert_same(name: str, expected: Opening, world, overrides) -> None:
    """Each number of each arm, and both coefficients, as in the closed form."""
    found = {arm: outcome(world(name, arm, overrides)) for arm in ("closed", "open")}
    scale = expected.closed.profit_lab
    for arm, numbers in found.items():
        for quantity, value in numbers.items():
            wanted = getattr(getattr(expected, arm), quantity)
            assert value == pytest.approx(wanted, rel=CLOSE, abs=CLOSE * scale if wanted == 0 else 0), (arm, quantity)
    loss = found["closed"]["profit_lab"] - found["open"]["profit_lab"]
    theta = (found["open"]["profit_cloud"] - found["closed"]["profit_cloud"]) / loss
    sigma = (found["open"]["consumer_surplus"] - found["closed"]["consumer_surplus"]) / loss
    assert theta == pytest.approx(expected.theta, rel=0.01)
    assert sigma == pytest.approx(expected.sigma, rel=0.01, abs=0.01)


def test_where_everybody_sells_at_cost_all_surplus_reaches_the_companies(world, layers):
    for arm in ("open", "closed", "absent"):
        found = outcome(world("competitive", arm, layers(3, 2)))
        assert (found["price"], found["wholesale_price"]) == pytest.approx((20, 20))
        assert found["quantity"] == pytest.approx(80, rel=1e-3)
        assert found["consumer_surplus"] == pytest.approx(3200, rel=1e-3)
        assert abs(found["profit_cloud"]) + abs(found["profit_lab"]) < 1


@pytest.mark.parametrize(("clouds", "labs"), [(3, 2), (1, 2), (2, 1), (4, 3), (2, 5), (1, 1)])
def test_l13_opening_moves_rent_by_the_number_of_clouds_and_spreads_it_by_the_number_of_labs(
    clouds, labs, world, layers
):
    assert_same("three_layer", three_layer(clouds, labs, 100, 1, 20), world, layers(clouds, labs))


def test_l13_clouds_may_be_founded_by_number(world, layers):
    generated = layers(0, 3) | {"cloud.fringe_count": 3, "cloud.neocloud_count": 1}
    assert_same("three_layer", three_layer(4, 3, 100, 1, 20), world, generated)


@pytest.mark.parametrize(
    ("intercept", "cost", "firms", "log_tokens"),
    [(1000.0, 1.0, 1e6, 9.0), (100.0, 60.0, 2.5e5, 9.0), (30.0, 0.0, 3e6, 8.5)],
)
def test_l13_other_intercepts_costs_and_slopes_change_the_prices_and_not_the_coefficients(
    intercept, cost, firms, log_tokens, world, layers
):
    most = firms * 10**log_tokens / TOKENS_PER_MTOK / UNIT  # what all would use at price 0
    overrides = layers(2, 3) | {
        "pop.value_median": intercept / 2, "invest.opex": cost, "pop.real_firms": firms,
        "pop.log_volume_mean": [log_tokens] * 4,
    }
    assert_same("three_layer", three_layer(2, 3, intercept, intercept / most, cost), world, overrides)


@pytest.mark.parametrize("labs", [1, 2, 3])
def test_l08_l09_labs_on_compute_at_cost_sell_what_cournot_says(labs, world, layers):
    found = outcome(world("three_layer", "closed", layers(2, labs) | {"pricing.rule_cloud": "at_cost"}))
    expected = cournot(100, 1, np.full(labs, 20.0))
    assert found["price"] == pytest.approx(expected.price, rel=CLOSE)
    assert found["quantity"] == pytest.approx(expected.quantity.sum(), rel=CLOSE)
    assert found["profit_lab"] == pytest.approx(expected.profit.sum(), rel=CLOSE)
    assert abs(found["profit_cloud"]) < 1


def test_l12_an_integrated_price_gives_companies_four_times_what_a_double_margin_leaves_them(world, layers):
    double = outcome(world("three_layer", "closed", layers(1, 1)))
    single = outcome(world("three_layer", "closed", layers(1, 1) | {"pricing.rule_cloud": "at_cost"}))
    assert (double["wholesale_price"], double["price"]) == pytest.approx((60, 80), rel=CLOSE)
    assert single["consumer_surplus"] / double["consumer_surplus"] == pytest.approx(4, rel=0.01)


@pytest.mark.parametrize(
    ("name", "capacity", "clouds", "labs"),
    [("capacity_bound", 30, 3, 2), ("capacity_binds_when_open", 45, 3, 2), ("capacity_bound", 30, 4, 3),
     ("capacity_bound", 30, 2, 5), ("capacity_binds_when_open", 45, 2, 2)],
)  # fmt: skip
def test_l15_where_capacity_binds_rent_moves_and_nothing_spreads(name, capacity, clouds, labs, world, layers):
    expected = three_layer(clouds, labs, 100, 1, 20, capacity=capacity)
    assert_same(name, expected, world, layers(clouds, labs))


@pytest.mark.parametrize(
    ("name", "clouds", "label", "theta"),
    [("capacity_bound", 3, "PURE SHIFT", 1.0), ("capacity_binds_when_open", 3, "WIDER BUT RE-CONTROLLED", 0.96875),
     ("three_layer", 3, "SPREAD+PARTIAL SHIFT", 0.5), ("three_layer", 1, "WIDER BUT RE-CONTROLLED", 1.5)],
)  # fmt: skip
def test_l46_the_answer_classes_the_limits_as_theory_does(name, clouds, label, theta, world, layers):
    overrides = layers(clouds, 2)
    runs = {arm: [world(name, arm, overrides, draw) for draw in (1, 2)] for arm in ("closed", "open")}
    answer = answer_from_runs(read_scenario(name, overrides=overrides), closed=runs["closed"], open_=runs["open"])
    assert answer.verdict.label == label
    assert isinstance(answer.theta, Interval) and not answer.theta.refused
    assert answer.theta.value == pytest.approx(theta, rel=0.01)
