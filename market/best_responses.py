"""Mutual best responses of sellers who post prices, compiled: the search behind `market.bertrand.bertrand_search`.

The zeta map answers prices with prices; `market.rest_point` extrapolates from round to round. A search takes dozens of
rounds a month, each too short for the interpreter between its parts. The plain twin is in
tests/market/test_best_responses.py.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from market.compiling import kernel
from market.nestedlogit import Panel, Tastes, Tree, new_desk
from market.residual import Kin, ResidualDemand, new_pulls, respond
from market.rest_point import DAMPINGS, MEMORY, extrapolated, largest, remember
from market.units import BoolArray, FloatArray, IntArray


class Sellers(NamedTuple):
    """What sellers reckon with when they price the movable offers; (M,) unless stated."""

    cost: FloatArray  # USD/Mtok
    interest: FloatArray  # (M, M) matrix H of `market.bertrand`
    floor: FloatArray  # lowest price, USD/Mtok
    offered: BoolArray  # some account can choose it


def best_responses(
    demand: ResidualDemand, sellers: Sellers, *, start: FloatArray, tolerance: float, rounds: int
) -> tuple[FloatArray, FloatArray]:
    """Prices (M,) in mutual best response and the relative move each still wants, searched from `start` (M,)."""
    found, move = _search(
        demand.tree, demand.panel, demand.tastes, demand.price, demand.places, demand.kin, sellers, np.log(start),
        tolerance, rounds,
    )  # fmt: skip
    return np.exp(found), move


@kernel
def zeta_prices(
    quantity: FloatArray, derivative: FloatArray, top: FloatArray, price: FloatArray, cost: FloatArray,
    interest: FloatArray,
) -> FloatArray:  # fmt: skip
    """Prices (M,) that the zeta map answers to `price` (M,): cost - Lambda^-1 (Q + (H o (D - Lambda)') (p - c)).

    Lambda is the own derivative without its top-level term, D the derivatives. Where demand is numerically zero the
    answer is half the way down to cost.
    """
    wanted = np.empty(len(price))
    for j in range(len(price)):
        margin, own = price[j] - cost[j], derivative[j, j] - top[j]
        gained = quantity[j] + interest[j, j] * top[j] * margin
        for k in range(len(price)):
            if k != j:
                gained += interest[j, k] * derivative[k, j] * (price[k] - cost[k])
        wanted[j] = cost[j] - gained / own if own < 0 else cost[j] + 0.5 * max(margin, 0.0)
    return wanted


@kernel
def _search(
    tree: Tree, panel: Panel, tastes: Tastes, posted: FloatArray, movable: IntArray, kin: Kin, sellers: Sellers,
    start: FloatArray, tolerance: float, rounds: int,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """`rest_point` of the logarithms of prices, of the zeta map on residual demand."""
    count, price = len(movable), posted.copy()
    desk, pulls = new_desk(tree, panel, tastes), new_pulls(count, len(panel.sigma))
    best, best_move = start.copy(), np.full(count, np.inf)
    places, moves = np.empty((MEMORY, count)), np.empty((MEMORY, count))
    for damping in DAMPINGS:
        place, known = best.copy(), 0
        for _ in range(rounds):
            own = np.exp(place)
            for k in range(count):
                price[movable[k]] = own[k]
            quantity, derivative, top = respond(tree, panel, tastes, price, movable, kin, desk, pulls)
            wanted = zeta_prices(quantity, derivative, top, own, sellers.cost, sellers.interest)
            move = np.zeros(count)
            for k in range(count):
                if sellers.offered[k]:
                    move[k] = np.log(max(wanted[k], sellers.floor[k])) - place[k]
            size = largest(move)
            if size <= tolerance:
                return place + move, np.abs(move)
            if size < largest(best_move):
                best, best_move = place, move
            elif size > 2.0 * largest(best_move):
                known = 0
            known = remember(places, moves, known, place, move)
            place = extrapolated(places, moves, known, damping)
    return best, np.abs(best_move)
