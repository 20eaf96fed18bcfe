"""Measures of concentration, inequality, margins and shares of value: pure functions of arrays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from math import factorial
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from market.units import FloatArray

_MOST_PLAYERS = 12
Player = TypeVar("Player", bound=Hashable)


def hhi(share: npt.ArrayLike) -> float:
    """Herfindahl-Hirschman index of sales or shares, on 0..1: the sum of squared shares; NaN where nothing is sold.

    The numbers are scaled to sum to 1. With n firms HHI = 1/n + n times the variance of shares.
    """
    sales = _not_negative(share, "share")
    total = sales.sum()
    return float(np.sum((sales / total) ** 2)) if total > 0 else np.nan


def lerner_index(price: npt.ArrayLike, marginal_cost: npt.ArrayLike) -> FloatArray:
    """(price - marginal cost)/price, elementwise: the share of the price that is margin."""
    prices = np.asarray(price, dtype=np.float64)
    return np.asarray((prices - np.asarray(marginal_cost, dtype=np.float64)) / prices)


def gini(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> float:
    """Gini coefficient of values that are not negative, each standing for `weights` units (default 1); NaN if all 0.

    Mean absolute difference over twice the mean, computed as 1 minus twice the area under the Lorenz curve.
    """
    population, amount = _lorenz(values, weights)
    if amount[-1] == 0:
        return np.nan
    return float(1.0 - np.sum(np.diff(population) * (amount[1:] + amount[:-1])) / amount[-1])


def palma(values: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> float:
    """Palma ratio: what the top tenth holds over what the bottom four tenths hold; NaN where these hold nothing."""
    population, amount = _lorenz(values, weights)
    bottom = float(np.interp(0.4, population, amount))
    top = float(amount[-1] - np.interp(0.9, population, amount))
    return top / bottom if bottom > 0 else np.nan


def shapley(players: Sequence[Player], value: Callable[[frozenset[Player]], float]) -> dict[Player, float]:
    """Shapley value of each of at most 12 players: its mean contribution over all orders of joining.

    `value` is asked once for each of the 2^n coalitions, the empty one included. Raises `ValueError` for more players
    or for one named twice. Source: Shapley 1953.
    """
    if len(set(players)) != len(players) or len(players) > _MOST_PLAYERS:
        raise ValueError(
            f"{len(players)} players; name at most {_MOST_PLAYERS}, each once: every one doubles the coalitions"
        )
    coalitions = range(1 << len(players))
    groups = (frozenset(player for bit, player in enumerate(players) if mask >> bit & 1) for mask in coalitions)
    worth = np.array([value(group) for group in groups], dtype=np.float64)
    return dict(zip(players, shapley_values(worth).tolist(), strict=True))


def shapley_values(worth: FloatArray) -> FloatArray:
    """Shapley value of each of n players from what every coalition of them is worth; (n,).

    worth (2^n,): bit k of a place says whether player k is in the coalition. Source: Shapley 1953.
    """
    count = len(worth).bit_length() - 1
    coalitions = np.arange(len(worth))
    part_of_orders = np.array(  # in which the player comes after just these others, by their number
        [factorial(others) * factorial(count - 1 - others) / factorial(count) for others in range(count)]
    )

    def of(player: int) -> float:
        others = coalitions[coalitions >> player & 1 == 0]
        added = worth[others | 1 << player] - worth[others]
        return float(part_of_orders[np.bitwise_count(others)] @ added)

    return np.array([of(player) for player in range(count)])


def _lorenz(values: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    """Cumulated share of the population and cumulated amount, poorest first, both beginning at 0."""
    amount = _not_negative(values, "values")
    weight = np.ones_like(amount) if weights is None else _not_negative(weights, "weights")
    if weight.shape != amount.shape or weight.sum() == 0:
        raise ValueError(f"values {amount.shape} and weights {weight.shape} must match, some weight above 0")
    order = np.argsort(amount)
    population = np.concatenate(([0.0], np.cumsum(weight[order])))
    return population / population[-1], np.concatenate(([0.0], np.cumsum((amount * weight)[order])))


def _not_negative(numbers: npt.ArrayLike, name: str) -> FloatArray:
    array = np.asarray(numbers, dtype=np.float64)
    if array.ndim != 1 or len(array) == 0 or not (np.isfinite(array) & (array >= 0)).all():
        raise ValueError(f"{name} must be a list of at least one finite number, none of them negative")
    return array
