"""Paired estimates: differences between worlds that share every draw, ratios of them, and what a difference is made of.

A ratio is estimated from sums over pairs, never as a mean of ratios; where the interval of its denominator reaches 0 it
is refused (model.md section 4.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import nctdtrinc, ndtri, stdtrit

from market.units import FloatArray

CONFIDENCE = 0.95
POWER = 0.8  # chance with which an effect should be found that is there
_MORE_FOR_SPREAD = 8  # pairs beyond the normal approximation at which Student's interval is narrow enough


@dataclass(frozen=True, slots=True)
class Interval:
    """A point estimate with its confidence interval; NaN bounds where one pair, or an unstable ratio, allows none."""

    value: float
    low: float
    high: float
    refused: bool = False

    def __neg__(self) -> Interval:
        """The interval of minus the quantity."""
        return Interval(-self.value, -self.high, -self.low, self.refused)


def paired_mean(difference: FloatArray, *, confidence: float = CONFIDENCE) -> Interval:
    """Mean of the differences of pairs (pairs,) with Student's interval."""
    count, mean = len(difference), float(np.mean(difference))
    if count < 2:
        return Interval(mean, np.nan, np.nan)
    half = float(stdtrit(count - 1, 0.5 + confidence / 2) * np.std(difference, ddof=1) / np.sqrt(count))
    return Interval(mean, mean - half, mean + half)


def least_detectable(difference: FloatArray, *, confidence: float = CONFIDENCE, power: float = POWER) -> float:
    """Smallest mean difference that as many pairs as these (pairs,) would tell from 0 with chance `power`; NaN for one.

    In the unit of `difference`. Told from 0 means that the interval of `paired_mean` leaves it out on the side of the
    effect: the t statistic then follows the noncentral t distribution.
    """
    count = len(difference)
    if count < 2:
        return float("nan")
    critical = stdtrit(count - 1, 0.5 + confidence / 2)
    errors = nctdtrinc(count - 1, 1 - power, critical)  # standard errors the effect must be away from 0
    return float(errors * np.std(difference, ddof=1) / np.sqrt(count))


def pairs_to_tell(
    estimate: Interval, *, pairs: int, distance: float, confidence: float = CONFIDENCE
) -> float:
    """Pairs at which an interval from `pairs` would reach at most `distance` to either side, if more were like them.

    Two at least; infinite for no distance, NaN where the estimate has no interval.
    """
    half = (estimate.high - estimate.low) / 2
    if pairs < 2 or np.isnan(half):
        return float("nan")
    if distance <= 0:
        return float("inf")
    above = 0.5 + confidence / 2
    spread = half * np.sqrt(pairs) / stdtrit(pairs - 1, above)
    normal = np.maximum(np.ceil((ndtri(above) * spread / distance) ** 2), 2.0)
    counts = normal + np.arange(_MORE_FOR_SPREAD)
    reached = stdtrit(counts - 1, above) * spread / np.sqrt(counts)
    return float(counts[np.argmax(reached <= distance)])


def fieller_ratio(numerator: FloatArray, denominator: FloatArray, *, confidence: float = CONFIDENCE) -> Interval:
    """Ratio of the sums over pairs, both (pairs,), with Fieller's interval.

    The interval holds every ratio r for which the mean of numerator - r * denominator cannot be told from 0. Refused
    (value and bounds NaN) where the denominator itself cannot be told from 0 or there are fewer than two pairs.
    Source: Fieller 1954, Journal of the Royal Statistical Society B 16.
    """
    count = len(numerator)
    if count < 2:
        return Interval(np.nan, np.nan, np.nan, refused=True)
    above, below = float(np.mean(numerator)), float(np.mean(denominator))
    covariance = np.cov(numerator, denominator, ddof=1) * (stdtrit(count - 1, 0.5 + confidence / 2) ** 2 / count)
    (var_above, cov), (_, var_below) = covariance.tolist()
    quadratic = below**2 - var_below
    if quadratic <= 0:
        return Interval(np.nan, np.nan, np.nan, refused=True)
    linear = above * below - cov
    root = float(np.sqrt(max(linear**2 - quadratic * (above**2 - var_above), 0.0)))
    return Interval(above / below, (linear - root) / quadratic, (linear + root) / quadratic)


@dataclass(frozen=True, slots=True)
class BennetSplit:
    """A difference of profit taken apart; every field in USD and shaped like the inputs; the parts sum to the whole."""

    price: FloatArray
    volume: FloatArray
    training: FloatArray

    @property
    def total(self) -> FloatArray:
        """The difference of profit that was taken apart."""
        return self.price + self.volume + self.training


def bennet_split(
    *, profit: tuple[FloatArray, FloatArray], price: tuple[FloatArray, FloatArray],
    hours: tuple[FloatArray, FloatArray], training_hours: tuple[FloatArray, FloatArray],
) -> BennetSplit:  # fmt: skip
    """Split the difference of cloud profit between two worlds, each quantity as (closed, open), by month or cloud.

    price USD/GPU-hour · hours GPU-hours sold in all · training_hours those sold for training. Price part = mean hours *
    difference of price; training part = mean price * difference of training hours; volume part = the rest: other hours,
    hosting, and costs. Source: Bennet 1920; model.md section 11 point 2.
    """
    of_price = _mean(hours) * _change(price)
    of_training = _mean(price) * _change(training_hours)
    return BennetSplit(price=of_price, volume=_change(profit) - of_price - of_training, training=of_training)


def _mean(pair: tuple[FloatArray, FloatArray]) -> FloatArray:
    return np.asarray(0.5 * (pair[0] + pair[1]))


def _change(pair: tuple[FloatArray, FloatArray]) -> FloatArray:
    return np.asarray(pair[1] - pair[0])
