"""How far behind the frontier open weights are: the dated schedule of releasers and the measured lag.

Source: docs/model.md, section 11 point 7 (releases in the calibration window are an input, their last lags held) and
section 4.1 (open lag, target T12).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from market.units import FloatArray


def scheduled_lag(
    month: int, *, points: Sequence[tuple[float, float]], growth: float, growth_from: int, last_month: int
) -> float:
    """Months by which a releaser's models trail the frontier: straight lines between dated points, then growth.

    `points` are (month, months behind) in rising months; from `growth_from` on the lag grows by `growth` a month; after
    `last_month` it stays.
    """
    dated = min(month, last_month)
    months, lags = zip(*points, strict=True)
    return float(np.interp(dated, months, lags)) + growth * max(0, dated - growth_from)


def quality_months_ago(best_quality: FloatArray, *, months_ago: float, monthly_growth: float) -> float:
    """The frontier as it stood `months_ago`, points, between two months in proportion.

    `best_quality` holds the frontier of months 0 to now; before month 0 it is taken to have grown by `monthly_growth`.
    """
    date = len(best_quality) - 1 - months_ago
    if date <= 0:
        return float(best_quality[0] + date * monthly_growth)
    return float(np.interp(date, np.arange(len(best_quality)), best_quality))


def open_lag(best_closed: FloatArray, *, best_open: float, monthly_growth: float) -> float:
    """Months since a closed model first was at least as good as today's best open one; 0 where none is yet.

    `best_closed` holds the best closed quality of months 0 to now. Where the founding closed frontier was already as
    good, the date lies before month 0, on a past that grew by `monthly_growth` points a month; nan if it did not grow.
    """
    now = len(best_closed) - 1
    lead = float(best_closed[0]) - best_open
    if lead > 0 and monthly_growth == 0.0:
        return float("nan")
    if lead >= 0:
        return now + (lead / monthly_growth if lead > 0 else 0.0)
    reached = np.flatnonzero(best_closed >= best_open)
    return float(now - reached[0]) if reached.size else 0.0
