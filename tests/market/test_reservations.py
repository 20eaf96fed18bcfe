"""Reservations by hand: quotes, base load, signing, use, take-or-pay."""

from __future__ import annotations

import numpy as np
import pytest

from market.pricing import scarcity_price
from market.reservations import (
    QuoteMemory,
    Reservation,
    Reserve,
    base_load,
    dependable_part,
    expected_prices,
    forward_price,
    hours_signed,
    hours_used,
    live,
    summed,
)

RULE = {"floor": 0.2, "response": 1.0, "pull": 0.5, "load_target": 0.8, "load_cap": 1.4}


def test_the_expected_path_is_the_scarcity_rule_played_forward():
    load, cost = np.array([[1.2], [0.9], [0.8]]), np.full((3, 1), 2.0)
    path = expected_prices(np.array([3.0]), load=load, cost=cost, **RULE)
    by_hand = [3.0]
    for month in range(2):
        by_hand.append(
            float(
                scarcity_price(
                    np.array([by_hand[-1]]), load=load[month], target_return=cost[month], floor=np.array([0.2]),
                    response=1.0, pull=0.5, load_target=0.8, load_cap=1.4,
                )[0]
            )
        )  # fmt: skip
    np.testing.assert_allclose(path[:, 0], by_hand)


def test_at_target_load_the_expected_price_returns_to_cost():
    path = expected_prices(np.array([8.0]), load=np.full((40, 1), 0.8), cost=np.full((40, 1), 2.0), **RULE)
    assert np.all(np.diff(path[:, 0]) < 0)
    assert path[-1, 0] == pytest.approx(2.0, rel=1e-6)
    assert path[1, 0] == pytest.approx(4.0)  # half of the distance in logarithms each month


def test_a_contract_costs_the_mean_expected_price_less_the_discount():
    assert forward_price(np.array([[4.0], [2.0]]), discount=0.2) == pytest.approx(2.4)


def test_where_rents_are_expected_to_fall_contracts_are_cheaper_than_the_discount_alone():
    falling = expected_prices(np.array([6.0]), load=np.full((12, 1), 0.8), cost=np.full((12, 1), 2.0), **RULE)
    assert forward_price(falling, discount=0.2)[0] < 0.8 * 6.0
    rising = expected_prices(np.array([2.0]), load=np.full((12, 1), 1.3), cost=np.full((12, 1), 2.0), **RULE)
    assert forward_price(rising, discount=0.2)[0] > 2.0


def test_base_load_is_the_newsvendors_fractile():
    level = np.array([100.0, 0.0])
    np.testing.assert_allclose(base_load(level, discount=0.5, uncertainty=0.4), level)
    fractile = np.exp(0.4 * -0.8416212)
    np.testing.assert_allclose(base_load(level, discount=0.2, uncertainty=0.4), level * fractile, rtol=1e-6)
    np.testing.assert_allclose(base_load(level, discount=0.2, uncertainty=0.0), level)
    assert not base_load(level, discount=0.0, uncertainty=0.4).any()


def test_who_needs_hours_now_and_then_counts_on_what_it_wanted_in_most_months():
    steady, bursts, unknown = [1.0] * 12, [0.0] * 4 + [1.0] + [0.0] * 7, [np.nan] * 12
    lull = [1.0] * 11 + [0.4]  # once in twelve months: less often than one in eight
    two_lulls = [0.3] + [1.0] * 10 + [0.4]
    past = list(np.array([steady, bursts, unknown, lull, two_lulls]).T / 5)  # of a market of five alike
    level = np.full(5, 100.0)
    dependable = dependable_part(past, usual=level, discount=0.12)
    np.testing.assert_allclose(dependable, [1.0, 0.0, 1.0, 1.0, 0.4])
    assert dependable_part([], usual=level, discount=0.12).tolist() == [1.0] * 5
    reserved = base_load(level, discount=0.12, uncertainty=0.1, dependable=dependable)
    np.testing.assert_allclose(reserved, [88.914, 0.0, 88.914, 88.914, 40.0], rtol=1e-4)


def test_growth_with_the_market_is_no_reason_to_doubt_and_a_first_burst_after_years_is():
    """Two buyers that grow by 10% a month, and one that served a little for a year and trains for the first time."""
    growing = 1.1 ** np.arange(12)
    wanted = np.array([growing, 2 * growing, [0.01] * 11 + [3.0]])
    dependable = dependable_part(list((wanted / wanted.sum(axis=0)).T), usual=wanted[:, -1], discount=0.12)
    assert dependable[:2].tolist() == [1.0, 1.0]
    assert dependable[2] < 0.01


def test_the_newsvendor_pays_least_in_the_mean():
    draws = np.exp(0.4 * np.random.default_rng(1).standard_normal(200_000))

    def bill(reserved, discount=0.3):
        return (1 - discount) * reserved + np.maximum(draws - reserved, 0.0).mean()

    best = float(base_load(np.array([1.0]), discount=0.3, uncertainty=0.4)[0])
    assert bill(best) < min(bill(0.9 * best), bill(1.1 * best), bill(0.0))


def test_a_cloud_that_is_asked_for_more_than_it_sells_serves_askers_alike():
    signed = hours_signed(
        np.array([100.0, 50.0]), share=np.array([[0.5, 0.5], [1.0, 0.0]]), room=np.array([60.0, 1000.0])
    )
    np.testing.assert_allclose(signed, [[30.0, 50.0], [30.0, 0.0]])


def test_reserved_hours_are_used_before_any_on_demand_and_the_rest_is_owed():
    reserved = np.array([[60.0, 20.0], [10.0, 0.0]])
    used = hours_used(reserved, wanted=np.array([40.0, 500.0]))
    np.testing.assert_allclose(used, [[30.0, 10.0], [10.0, 0.0]])
    assert not hours_used(np.zeros((1, 2)), wanted=np.array([7.0])).any()


def test_a_reservation_holds_for_its_term_at_its_price():
    book = (
        Reservation(seller=1, buyer=0, hours=10.0, price=4.0, start=3, end=15),
        Reservation(seller=1, buyer=0, hours=30.0, price=2.0, start=5, end=17),
    )
    assert live(book, month=4) == book[:1]
    assert live(book, month=14) == book
    assert live(book, month=15) == book[1:]
    held = summed(book, buyers=2, clouds=2)
    assert held.hours.tolist() == [[0.0, 40.0], [0.0, 0.0]]
    assert held.price[0, 1] == pytest.approx(2.5)
    assert held.price_paid.tolist() == [2.5, 0.0]
    assert not summed((), buyers=2, clouds=2).hours.any()


def test_a_cloud_learns_from_the_quote_whose_term_is_over_and_a_newcomer_does_not():
    rules = Reserve(discount=0.1, learning=0.5, term=2)
    memory = QuoteMemory(np.zeros(2))
    judges = np.array([True, False])
    for quote, price in ((0.9, 1.0), (1.8, 2.0)):  # the first was quoted for a mean price of 1, which is 1.5 instead
        memory = memory.after(quoted=np.full(2, quote), posted=np.full(2, price), judges=judges, reserve=rules)
    assert memory.correction == pytest.approx([0.5 * np.log(1.5), 0.0])
    memory = memory.after(quoted=np.full(2, 1.8), posted=np.full(2, 2.0), judges=judges, reserve=rules)
    assert memory.correction[0] == pytest.approx(0.5 * np.log(1.5))  # 1.8 was right, so that nothing is added


def test_quotes_that_come_true_are_not_corrected():
    rules = Reserve(learning=0.3, term=3)
    memory = QuoteMemory(np.zeros(1))
    for _ in range(9):
        fair = np.array([(1 - rules.discount) * 4.0])
        memory = memory.after(quoted=fair, posted=np.array([4.0]), judges=np.array([True]), reserve=rules)
    assert memory.correction == pytest.approx([0.0])
    assert len(memory.quoted) == len(memory.posted) == rules.term
