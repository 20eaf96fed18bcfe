"""Estimates of a criterion from the values of its worlds: paired means, ratios, and differences of ratios.

Worlds of one draw share their luck, so every contrast is taken by draw first and its interval is over draws.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from market.estimators import Interval, fieller_ratio, paired_mean
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
    """The same of a ratio of sums over draws: of levels, of differences between the arms, or what a scenario changes.

    Refused where the denominator has not one sign in all worlds, or, of a difference, cannot be told from 0.
    """
    of_levels = experiment in ("level", "scenario")
    signs = (1.0,) if of_levels else (1.0, -1.0)
    tops, bottoms = np.stack(above), np.stack(below)
    known = np.isfinite(tops).all(axis=0) & np.isfinite(bottoms).all(axis=0)
    if not known.any():
        return NOTHING
    places = [slice(first, first + len(signs)) for first in range(0, len(above), len(signs))]
    sides = [(np.asarray(signs @ tops[rows, known]), np.asarray(signs @ bottoms[rows, known])) for rows in places]
    if not all(_has_one_sign(side[1]) if of_levels else not fieller_ratio(*side).refused for side in sides):
        return Interval(np.nan, np.nan, np.nan, refused=True)
    return fieller_ratio(*sides[0]) if experiment == "difference" else _linearised(sides)


def _linearised(sides: Sequence[tuple[FloatArray, FloatArray]]) -> Interval:
    """A ratio of sums, or the difference of two over the same draws; each side (numerator, denominator), both (draws,).

    The variance is that of the linearised ratios. Source: Cochran 1977, Sampling Techniques, chapter 6.
    """
    ratios = [float(above.sum() / below.sum()) for above, below in sides]
    moved = [
        (above - found * below) / below.mean() + found for (above, below), found in zip(sides, ratios, strict=True)
    ]
    return paired_mean(moved[0] - moved[1] if len(moved) > 1 else moved[0])


def _has_one_sign(values: FloatArray) -> bool:
    """Whether all values are above 0, or all below."""
    return bool((values > 0).all() or (values < 0).all())
