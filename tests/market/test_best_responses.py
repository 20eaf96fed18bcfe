"""The compiled search for mutual best responses beside its plain twin, and the fixed-point step that both use."""

from __future__ import annotations

import numpy as np
import pytest

from market.bertrand import bertrand_search, interest_matrix
from market.best_responses import zeta_prices
from market.residual import ResidualDemand
from market.rest_point import MEMORY, extrapolated, largest, remember, rest_point
from market.units import FloatArray
from tests.market.test_pricing import market_of


def zeta_map(demand: ResidualDemand, price: FloatArray, cost: FloatArray, interest: FloatArray) -> FloatArray:
    """The zeta map with NumPy: cost - Lambda^-1 (Q + (H o (D - Lambda)') (p - c))."""
    response = demand.response(price)
    margin, own = price - cost, np.diagonal(response.derivative) - response.top
    gained = response.quantity + (interest * (response.derivative - np.diag(own)).T) @ margin
    return np.where(own < 0, cost - gained / np.where(own < 0, own, -1.0), cost + 0.5 * np.maximum(margin, 0.0))


@pytest.mark.parametrize("seed", range(4))
def test_the_compiled_search_is_that_of_its_plain_twin(seed: int) -> None:
    demand, cost, owner = market_of(seed)
    interest, movable, start = interest_matrix(owner), np.arange(8), np.full(12, 4.0)
    found, move = bertrand_search(
        demand, cost=cost, interest=interest, movable=movable, start=start, lowest=cost, tolerance=1e-9
    )
    residual, offered = demand.residual(start, movable), demand.feasible[movable]

    def answer(log_price: FloatArray) -> FloatArray:
        wanted = np.log(np.maximum(zeta_map(residual, np.exp(log_price), cost, interest), cost))
        return np.where(offered, wanted, log_price)

    expected, left = rest_point(answer, np.log(np.maximum(start[movable], cost)), tolerance=1e-9)
    np.testing.assert_allclose(found[movable], np.exp(expected), rtol=1e-8)
    assert move.max() <= 1e-9
    assert left.max() <= 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_the_compiled_zeta_map_is_that_of_its_plain_twin(seed: int) -> None:
    demand, cost, owner = market_of(seed)
    price, interest = np.random.default_rng(seed).uniform(0.5, 6.0, 8), interest_matrix(owner)
    residual = demand.residual(np.full(12, 4.0), np.arange(8))
    response = residual.response(price)
    found = zeta_prices(response.quantity, response.derivative, response.top, price, cost, interest)
    np.testing.assert_allclose(found, zeta_map(residual, price, cost, interest), rtol=1e-12)


def test_a_linear_answer_is_solved_once_as_many_moves_are_known_as_it_has_dimensions() -> None:
    turn, shift = np.array([[0.5, -0.3], [0.4, 0.2]]), np.array([0.2, -0.1])
    calls = []

    def answer(place: FloatArray) -> FloatArray:
        calls.append(place)
        return turn @ place + shift

    found, move = rest_point(answer, np.zeros(2), tolerance=1e-12)
    np.testing.assert_allclose(found, np.linalg.solve(np.eye(2) - turn, shift), rtol=1e-12)
    assert move.max() <= 1e-12
    assert len(calls) <= 5


def test_only_the_last_places_are_remembered() -> None:
    places, moves, known = np.empty((MEMORY, 1)), np.empty((MEMORY, 1)), 0
    for number in range(MEMORY + 2):
        known = remember(places, moves, known, np.array([float(number)]), np.array([-float(number)]))
    assert known == MEMORY
    np.testing.assert_array_equal(places[:, 0], np.arange(2, MEMORY + 2))
    np.testing.assert_array_equal(moves, -places)


def test_no_step_takes_a_logarithm_further_than_one() -> None:
    places, moves = np.zeros((MEMORY, 2)), np.zeros((MEMORY, 2))
    known = remember(places, moves, 0, np.array([1.0, 1.0]), np.array([3.0, -0.5]))
    np.testing.assert_array_equal(extrapolated(places, moves, known, 1.0), [2.0, 0.5])


def test_the_largest_move_is_unknown_where_one_is() -> None:
    assert largest(np.array([])) == 0.0
    assert largest(np.array([0.5, -2.0])) == 2.0
    assert np.isnan(largest(np.array([1.0, np.nan, 3.0])))
