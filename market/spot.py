"""The spot market for compute: hours that nobody reserved or rented go to the highest bids at one price (rule P4).

Everybody who values an hour above the posted price rents it there. Work that can be interrupted and is worth less bids
for what is left idle, down to the avoidable cost of running a machine. Source: docs/model.md M2 (P4), L23.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.parameters import ParameterGroup, quantity
from market.pricing import uniform_price_auction
from market.units import FloatArray


class Spot(ParameterGroup):
    """The spot market for idle machines."""

    part: float = quantity(
        0.0, unit="share", meaning="part of other demand that can be interrupted and bids for idle hours; 0: no market",
        low=0.0, high=0.3, most=1.0, symbol="spot_part",
    )  # fmt: skip
    bids: int = quantity(
        50, unit="bids", meaning="blocks of demand that bid, each at its own value", low=20, high=200, least=1,
        most=10_000, source="derived", symbol="spot_bids",
    )  # fmt: skip


@dataclass(frozen=True)
class SpotSale:
    """One month's auction."""

    price: float  # USD per GPU-hour; the reserve price where no bid was rejected
    hours: FloatArray  # (clouds,) GPU-hours sold
    wanted: float  # GPU-hours bid for
    surplus: float  # USD, what winners would have paid less what they pay

    @property
    def paid(self) -> FloatArray:
        """What each cloud receives, USD; (clouds,)."""
        return self.price * self.hours


def bids_below(
    posted: float, *, reserve: float, level: float, founding: float, elasticity: float, bids: int
) -> tuple[FloatArray, FloatArray]:
    """Bids (USD per GPU-hour) and the GPU-hours each asks for, highest first; (bids,) both.

    Demand level (price/founding)^-elasticity between the posted price and the reserve price, in blocks of equal hours,
    each bid at the value of its middle hour. Nothing where the posted price is no higher than the reserve price.
    """
    at_posted, at_reserve = (level * (price / founding) ** -elasticity for price in (posted, reserve))
    if at_reserve <= at_posted or elasticity <= 0:
        return np.zeros(0), np.zeros(0)
    block = (at_reserve - at_posted) / bids
    middle = at_posted + block * (np.arange(bids) + 0.5)
    return np.asarray(founding * (middle / level) ** (-1.0 / elasticity)), np.full(bids, block)


def spot_sale(bid: FloatArray, hours: FloatArray, *, idle: FloatArray, reserve: float) -> SpotSale:
    """Sell idle GPU-hours (clouds,) to the highest bids at the first rejected one, never below the reserve price.

    Clouds sell in proportion to what stands idle. Bids below the reserve price are none.
    """
    allowed = bid >= reserve
    bid, hours = bid[allowed], hours[allowed]
    capacity = float(idle.sum())
    rejected, sold = uniform_price_auction(bid, hours, capacity)
    price = max(rejected, reserve)
    total = float(sold.sum())
    by_cloud = idle * (total / capacity) if capacity > 0 else np.zeros_like(idle)
    return SpotSale(price=price, hours=by_cloud, wanted=float(hours.sum()), surplus=float(((bid - price) * sold).sum()))
