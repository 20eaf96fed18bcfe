"""Estimates of a criterion from the values of its worlds: paired means, ratios, and differences of ratios.

Worlds of one draw share their luck, so every contrast is taken by draw first and its interval is over draws.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from market.estimators import CONFIDENCE, Interval, fieller_ratio, paired_mean
from market.units import FloatArray

SIGNS = {"level": (1.0,), "difference": (1.0, -1.0), "scenario": (1.0, -1.0), "interaction": (1.0, -1.0, -1.0, 1.0)}
NOTHING = Interval(np.nan, np.nan, np.nan)


def contrast(experiment: str, values: Sequence[FloatArray]) -> Interval:
    """What an experiment finds: a level, a difference of two worlds or a difference of two differences.

    values: one array (draws,) per world in the order of `Criterion.cells`. Draws that lack a world are left out.
    """
    table = np.stack(values)
    known = np.isfinite(table).all(axis=0)
    if not known.any():
        return NOTHING
    return paired_mean(np.asarray(SIGNS[experiment] @ table[:, known]))


def ratio(experiment: str, above: Sequence[FloatArray], below: Sequence[FloatArray]) -> Interval:
    """The same of a ratio: of levels, of differences between the arms, or what a scenario changes of either.

    Refused where a denominator cannot be told from 0.
    """
    signs = {"level": (1.0,), "scenario": (1.0,), "difference": (1.0, -1.0), "interaction": (1.0, -1.0)}[experiment]
    tops, bottoms = np.stack(above), np.stack(below)
    known = np.isfinite(tops).all(axis=0) & np.isfinite(bottoms).all(axis=0)
    if not known.any():
        return NOTHING
    width = len(signs)
    places = [slice(first, first + width) for first in range(0, len(above), width)]
    sides = [(np.asarray(signs @ tops[rows, known]), np.asarray(signs @ bottoms[rows, known])) for rows in places]
    if len(sides) == 1:
        return fieller_ratio(*sides[0])
    return ratio_difference(*sides)


def ratio_difference(here: tuple[FloatArray, FloatArray], there: tuple[FloatArray, FloatArray]) -> Interval:
    """Difference of two ratios of sums over the same draws, each side (numerator, denominator), both (draws,).

    Its variance is that of the linearised ratios; refused where either denominator cannot be told from 0. Source:
    Cochran 1977, Sampling Techniques, chapter 6.
    """
    ratios = [fieller_ratio(*side) for side in (here, there)]
    if any(found.refused for found in ratios):
        return Interval(np.nan, np.nan, np.nan, refused=True)
    value = ratios[0].value - ratios[1].value
    moved = [
        (above - found.value * below) / np.mean(below)
        for (above, below), found in zip((here, there), ratios, strict=True)
    ]
    count = len(moved[0])
    spread = np.std(moved[0] - moved[1], ddof=1) / np.sqrt(count)
    half = float(stdtrit(count - 1, 0.5 + CONFIDENCE / 2) * spread)
    return Interval(value, value - half, value + half)
