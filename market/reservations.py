"""One-year contracts for GPU-hours (rule P8): what a cloud quotes for them, how many a buyer commits to, what is owed.

A reservation is take-or-pay: hours not used are paid at the contract price. The forward price is the mean price on
demand expected over the term, less a discount for the commitment; a buyer reserves up to where the chance of using one
hour more falls to the price ratio (newsvendor), so the base load of its demand.

Source: docs/model.md M2, P8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from market.parameters import ParameterGroup, quantity
from market.units import BoolArray, FloatArray

_ROUNDING = 1e-9  # of a product that should be a whole number


class Reserve(ParameterGroup):
    """Reservations of compute."""

    most_of_supply: float = quantity(
        0.8, unit="share", meaning="part of its machine-hours that a cloud sells in advance; 0: no reservations",
        low=0.4, high=0.9, most=1.0, symbol="reserve_most",
    )  # fmt: skip
    discount: float = quantity(
        0.12, unit="share", meaning="contract price below the price on demand expected over the term", low=0.08,
        high=0.5, most=0.9, source="fact 1.20", symbol="reserve_disc",
    )  # fmt: skip
    term: int = quantity(
        12, unit="months", meaning="length of a reservation", low=12, high=36, least=1, most=60, source="fact 2.12",
        symbol="reserve_term",
    )  # fmt: skip
    uncertainty: float = quantity(
        0.4, unit="ln GPU-hours", meaning="spread of a buyer's need over the term, as it plans with", low=0.2, high=0.8,
        symbol="reserve_sd",
    )  # fmt: skip
    learning: float = quantity(
        0.0, unit="1/month", low=0, high=0.1, most=1.0, symbol="reserve_learn",
        meaning="part of the error of a quote whose term is over that corrects later ones; 0: none",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reservation:
    """GPU-hours a month that a buyer must take or pay for."""

    seller: int  # cloud
    buyer: int  # row of the buyer of compute
    hours: float  # GPU-hours a month
    price: float  # USD per GPU-hour
    start: int  # first month
    end: int  # first month without it


@dataclass(frozen=True)
class Reserved:
    """Live reservations in sums; (buyers, clouds)."""

    hours: FloatArray  # GPU-hours a month
    value: FloatArray  # USD a month if all are used

    @property
    def price(self) -> FloatArray:
        """Mean contract price, USD per GPU-hour; 0 where nothing is reserved."""
        return np.asarray(np.divide(self.value, self.hours, out=np.zeros_like(self.hours), where=self.hours > 0))

    @property
    def price_paid(self) -> FloatArray:
        """Mean contract price of each buyer, USD per GPU-hour; (buyers,), 0 where it reserves nothing."""
        hours = self.hours.sum(axis=1)
        return np.asarray(np.divide(self.value.sum(axis=1), hours, out=np.zeros_like(hours), where=hours > 0))


def live(book: Sequence[Reservation], *, month: int) -> tuple[Reservation, ...]:
    """Reservations that hold in `month`."""
    return tuple([reservation for reservation in book if reservation.start <= month < reservation.end])


def summed(book: Sequence[Reservation], *, buyers: int, clouds: int) -> Reserved:
    """Hours and value of the reservations in `book` by buyer and cloud."""
    hours, value = np.zeros((buyers, clouds)), np.zeros((buyers, clouds))
    if book:
        place = np.array([reservation.buyer * clouds + reservation.seller for reservation in book])
        each, price = np.array([(reservation.hours, reservation.price) for reservation in book]).T
        np.add.at(hours.reshape(-1), place, each)
        np.add.at(value.reshape(-1), place, each * price)
    return Reserved(hours=hours, value=value)


def expected_prices(
    price: FloatArray, *, load: FloatArray, cost: FloatArray, floor: float, response: float, pull: float,
    load_target: float, load_cap: float,
) -> FloatArray:  # fmt: skip
    """Scarcity prices expected over the coming months if rule P3 goes on, USD per GPU-hour; (months, clouds).

    price (clouds,) now; load and cost (months, clouds) expected: ln x' = ln x + response (min(load, cap) - target) +
    pull ln(cost/x), never below `floor`. The first month is this one, at `price`.
    """
    path = np.empty_like(load)
    log_price = np.log(price)
    for month in range(len(load)):
        path[month] = log_price
        step = response * (np.minimum(load[month], load_cap) - load_target)
        log_price = np.maximum(log_price + step + pull * (np.log(cost[month]) - log_price), np.log(floor))
    return np.asarray(np.exp(path))


def forward_price(expected: FloatArray, *, discount: float) -> FloatArray:
    """Contract price at signing: mean expected price on demand over the term less the discount; (clouds,).

    expected (months, clouds). Unlike the price on demand it does not follow the month's scarcity: it falls below where
    rents are expected to fall and stands above where they are expected to rise.
    """
    return np.asarray((1.0 - discount) * expected.mean(axis=0))


@dataclass(frozen=True)
class QuoteMemory:
    """What clouds quoted and then charged on demand over the last term, and what they have learnt from it."""

    correction: FloatArray  # (clouds,) ln of what quotes are raised by
    quoted: tuple[FloatArray, ...] = ()  # (clouds,) USD per GPU-hour, by month
    posted: tuple[FloatArray, ...] = ()  # (clouds,) price on demand, by month

    def after(self, *, quoted: FloatArray, posted: FloatArray, judges: BoolArray, reserve: Reserve) -> QuoteMemory:
        """The memory after a month with these quotes and prices on demand; (clouds,).

        Error correction: clouds that can judge (`judges`) the quote of a term ago, which is over now, move theirs by a
        part of ln(mean price on demand over the term, less the discount / quote).
        """
        quotes, prices = (*self.quoted, quoted)[-reserve.term :], (*self.posted, posted)[-reserve.term :]
        if len(quotes) < reserve.term:
            return QuoteMemory(self.correction, quotes, prices)
        due = (1.0 - reserve.discount) * np.mean(prices, axis=0)
        error = np.log(np.divide(due, quotes[0], out=np.ones(len(due)), where=judges))
        return QuoteMemory(self.correction + reserve.learning * error, quotes, prices)


def base_load(
    level: FloatArray, *, discount: float, uncertainty: float, dependable: FloatArray | float = 1.0
) -> FloatArray:
    """GPU-hours a buyer wants under contract: the newsvendor's critical fractile of its need over the term.

    Need is lognormal around `level` (buyers,); the last hour reserved is used with chance 1 - discount, so that it
    costs what it saves. A buyer whose need comes and goes counts only on the `dependable` part of the level (buyers,).
    Without a discount nobody commits; without uncertainty everybody reserves all that it can count on.
    """
    if discount <= 0:
        return np.zeros_like(level)
    return np.asarray(level * np.minimum(np.exp(uncertainty * ndtri(discount)), dependable))


def dependable_part(past: Sequence[FloatArray], *, usual: FloatArray, discount: float) -> FloatArray:
    """Part of its `usual` GPU-hours that a buyer wanted in all but a share `discount` of remembered months; (buyers,).

    past: its share in what all buyers wanted, by month, each (buyers,), nan where there was nothing to go by. Shares
    let a market grow without giving reason to doubt. 1 without a memory. It is the newsvendor's fractile of what was
    lived through, so that nobody commits for a year to what it trains in a month.
    """
    if not past:
        return np.ones(len(usual))
    shares = np.sort(np.array(past), axis=0)  # nan last
    known = np.isfinite(shares).sum(axis=0)
    place = np.minimum(np.floor(discount * known + _ROUNDING).astype(np.int64), np.maximum(known - 1, 0))
    hours = shares[place, np.arange(shares.shape[1])] * usual.sum()
    part = np.divide(hours, usual, out=np.ones(len(usual)), where=(known > 0) & (usual > 0))
    return np.asarray(np.minimum(part, 1.0))


def hours_signed(missing: FloatArray, *, share: FloatArray, room: FloatArray) -> FloatArray:
    """New reservations, GPU-hours a month; (buyers, clouds).

    missing (buyers,) hours each still wants under contract, placed by `share` (buyers, clouds); a cloud asked for more
    than its `room` (clouds,) serves askers alike.
    """
    asked = missing[:, None] * share
    total = asked.sum(axis=0)
    part = np.divide(room, total, out=np.ones_like(room), where=total > room)
    return np.asarray(asked * part)


def hours_used(reserved: FloatArray, *, wanted: FloatArray) -> FloatArray:
    """Reserved hours a buyer uses: all it wants, spread over its contracts alike; (buyers, clouds).

    reserved (buyers, clouds) GPU-hours, wanted (buyers,). The rest is a shortfall, paid and not used.
    """
    total = reserved.sum(axis=1)
    part = np.divide(np.minimum(wanted, total), total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(reserved * part[:, None])
