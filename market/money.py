"""Money: dollars become integer cents once, and a total in cents is split without losing any.

Prices and quantities are float64; an invoice is rounded once, half to even, after the amount has been multiplied by the
number of real firms its row stands for. From then on every sum is a sum of int64, so that conservation is an equality.
"""

from __future__ import annotations

from typing import overload

import numpy as np
import numpy.typing as npt

from market.units import CENTS_PER_DOLLAR, Cents, CentsArray, FloatArray

LARGEST_AMOUNT: Cents = 2**53
"""Largest amount of one posting, in cents (90 trillion dollars): beyond it float64 no longer holds each cent."""

_MANTISSA_BITS = 53


class MoneyError(ValueError):
    """An amount cannot become cents: it is not finite, too large, or too coarsely represented."""


@overload
def to_cents(dollars: float, weight: float = 1.0) -> Cents: ...


@overload
def to_cents(dollars: FloatArray, weight: float | FloatArray = 1.0) -> CentsArray: ...


@overload
def to_cents(dollars: float, weight: FloatArray) -> CentsArray: ...


def to_cents(dollars: float | FloatArray, weight: float | FloatArray = 1.0) -> Cents | CentsArray:
    """Cents owed for `dollars` per firm by `weight` firms, rounded once, half to even.

    `dollars` (any shape, USD) and `weight` (real firms of the row, broadcast) are float64; returns int64 of the
    broadcast shape, or an int for two scalars. Raises MoneyError for float32 (off by cents above $0.2 million), for
    NaN and infinity, and for amounts above LARGEST_AMOUNT.
    """
    if isinstance(dollars, float) and isinstance(weight, float):
        owed = float(dollars) * float(weight) * CENTS_PER_DOLLAR
        if abs(owed) <= LARGEST_AMOUNT:
            return round(owed)
    for name, given in (("dollars", dollars), ("weight", weight)):
        if isinstance(given, (np.ndarray, np.generic)) and given.dtype in (np.float32, np.float16):
            raise MoneyError(f"{name} is {given.dtype}: too coarse to hold cents; compute the amount in float64")
    with np.errstate(over="ignore", invalid="ignore"):
        amount = np.asarray(np.multiply(dollars, weight), dtype=np.float64)
        amount *= CENTS_PER_DOLLAR
        smallest, largest = amount.min(initial=0.0), amount.max(initial=0.0)
    if not (smallest >= -LARGEST_AMOUNT and largest <= LARGEST_AMOUNT):  # nor where one of them is NaN
        _refuse_amount(amount=amount, payable=np.abs(amount) <= LARGEST_AMOUNT)
    cents = np.rint(amount, out=amount).astype(np.int64)
    return int(cents) if cents.ndim == 0 else cents


def _refuse_amount(*, amount: FloatArray, payable: npt.NDArray[np.bool_]) -> None:
    first = int(np.flatnonzero(~payable.ravel())[0])
    culprit = amount.ravel()[first] / CENTS_PER_DOLLAR
    reason = "is not a finite amount" if not np.isfinite(culprit) else "is more than one posting can carry"
    where = f"element {first}" if amount.ndim else "the amount"
    raise MoneyError(f"{where} is {culprit:g} USD: it {reason}; look at the price and the quantity it comes from")


def apportion(total_cents: Cents, weights: npt.ArrayLike, codes: npt.NDArray[np.integer] | None = None) -> CentsArray:
    """Integer shares of `total_cents` in proportion to `weights`, adding up to the total exactly.

    `weights` (n,) are non-negative; `codes` (n,) are the permanent codes of those who share, by default their
    position. Each receives the whole cents of its quota; the cents left over go to the largest remainders, and of
    equal remainders to the lowest code, so that relabelling or reordering the holders moves no cent (Hamilton's
    method; Balinski and Young 2001). Quotas are computed in whole numbers, hence exactly. Returns int64 (n,).
    Raises MoneyError if the total is negative or not a whole number, if a weight is negative or not finite, or if
    there is money to share and no weight.
    """
    if isinstance(total_cents, bool) or not isinstance(total_cents, (int, np.integer)) or total_cents < 0:
        raise MoneyError(f"cannot apportion {total_cents!r}: the total is a non-negative whole number of cents")
    shares_in = np.asarray(weights, dtype=np.float64)
    if shares_in.ndim != 1 or not (np.isfinite(shares_in) & (shares_in >= 0)).all():
        raise MoneyError("cannot apportion: weights form one row of finite, non-negative numbers")
    whole_weights = _as_whole_numbers(shares_in)
    whole = whole_weights.sum() if whole_weights.size else 0
    if whole == 0:
        if total_cents:
            raise MoneyError(f"cannot apportion {total_cents} cents: all weights are zero, nobody is entitled to them")
        return np.zeros(shares_in.size, dtype=np.int64)
    quotas = whole_weights * int(total_cents)
    cents: CentsArray = (quotas // whole).astype(np.int64)
    remainders = quotas % whole
    by_code = np.arange(shares_in.size) if codes is None else np.argsort(np.asarray(codes), kind="stable")
    by_remainder = by_code[np.argsort(-remainders[by_code], kind="stable")]
    cents[by_remainder[: int(total_cents) - int(cents.sum())]] += 1
    return cents


def _as_whole_numbers(weights: FloatArray) -> npt.NDArray[np.object_]:
    """The weights times a common power of two, as Python integers (n,): exact, for every float64 is dyadic."""
    mantissa, exponent = np.frexp(weights)
    positive = weights > 0
    lowest = exponent[positive].min() if positive.any() else 0
    shift = np.where(positive, exponent - lowest, 0).astype(object)
    whole: npt.NDArray[np.object_] = np.ldexp(mantissa, _MANTISSA_BITS).astype(np.int64).astype(object) << shift
    return whole
