"""Sellers who choose quantities: Cournot's equilibrium with linear demand, and its monthly adjustment rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from market.units import FloatArray


@dataclass(frozen=True, slots=True)
class CournotEquilibrium:
    """Outcome of a Cournot market."""

    price: float
    quantity: FloatArray  # (firms,)
    profit: FloatArray  # (firms,)
    consumer_surplus: float


def cournot(
    intercept: float, slope: float, cost: npt.ArrayLike, capacity: npt.ArrayLike | None = None
) -> CournotEquilibrium:
    """Cournot equilibrium with inverse demand p = intercept - slope * Q and unit cost per firm (one number: one firm).

    `capacity` (firms,) bounds each quantity where given. A firm that the price does not cover stays out. Each firm's
    first-order condition is q = (p - cost)/slope within [0, capacity], so the price is the root of a decreasing,
    piecewise linear function and is found exactly. Raises `ValueError` for a slope that is not positive, or for costs
    or capacities that are not finite or do not match. Source: Tirole 1988, ch. 5.
    """
    costs = np.atleast_1d(np.asarray(cost, dtype=np.float64))
    limits = np.full(len(costs), np.inf) if capacity is None else np.atleast_1d(np.asarray(capacity, dtype=np.float64))
    if not (np.isfinite(slope) and slope > 0 and np.isfinite(intercept)):
        raise ValueError(f"demand intercept {intercept:g} and slope {slope:g} must be finite, the slope above 0")
    if costs.ndim != 1 or len(costs) == 0 or not np.isfinite(costs).all():
        raise ValueError("cost must be one finite unit cost per firm")
    if limits.shape != costs.shape or not (limits >= 0).all():
        raise ValueError(f"capacity must be {len(costs)} numbers, one per firm, none of them negative")
    price = _clearing_price(intercept, slope, costs, limits)
    quantity = np.minimum(np.maximum((price - costs) / slope, 0.0), limits)
    total = float(quantity.sum())
    return CournotEquilibrium(price, quantity, (price - costs) * quantity, 0.5 * slope * total**2)


def _clearing_price(intercept: float, slope: float, cost: FloatArray, capacity: FloatArray) -> float:
    """Root of intercept - sum over firms of min(max(p - cost, 0), slope * capacity) - p, linear between its kinks."""
    kinks = np.concatenate([cost, (cost + slope * capacity)[np.isfinite(capacity)]])
    kinks = np.sort(kinks)
    supplied = np.minimum(np.maximum(kinks[:, None] - cost, 0.0), slope * capacity).sum(axis=1)
    passed = int(np.sum(intercept - supplied - kinks > 0))
    if passed == 0:
        return intercept
    low = kinks[passed - 1]
    active = np.sum((cost <= low) & (low < cost + slope * capacity))
    return float(low + (intercept - supplied[passed - 1] - low) / (1.0 + active))


def cournot_best_response(
    *, price: float, total: float, own: FloatArray, slope: float, cost: FloatArray, capacity: FloatArray | None = None
) -> FloatArray:
    """Best quantity of each seller against the others' last quantities (sellers,), with demand seen as a line.

    The line passes through last month's `price` and `total` quantity with d price / d quantity = -slope, slope > 0.
    Bounded by 0 and, where given, `capacity` (sellers,).
    """
    intercept = price + slope * total
    best = np.maximum((intercept - slope * (total - own) - cost) / (2.0 * slope), 0.0)
    return best if capacity is None else np.minimum(best, capacity)


def damped_cournot_step(quantity: FloatArray, best_response: FloatArray, sellers: int) -> FloatArray:
    """Next quantities: the share 2/(sellers + 1) of the way to the best response.

    Simultaneous best responses cycle with three sellers and diverge with more. With this step the total of a linear
    market lands on its equilibrium at once, and what sets sellers apart shrinks by 1/(sellers + 1) a month (model.md
    section 6).
    """
    return quantity + 2.0 / (sellers + 1) * (best_response - quantity)
