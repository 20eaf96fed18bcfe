"""Numbers read off paths and books of the answer: where a dollar rests, the cycle of rents, adoption by size."""

from __future__ import annotations

from typing import Any

import numpy as np

from market.estimators import Interval, paired_mean
from market.units import FloatArray
from paper.figures import adoption_by_size, where_a_dollar_goes
from paper.library import Library
from paper.words import direction, number, with_interval
from simulation.timeline import month_name

Numbers = dict[str, Any]


def of_dollar(results: Library) -> Numbers:
    """Cents of a dollar by where they rest: both arms and the change."""
    found: Numbers = {}
    for row in where_a_dollar_goes.data(results).to_dict("records"):
        change = Interval(row["change"], row["change_low"], row["change_high"])
        found |= {
            f"{row['stage']}.{row['code']}.closed": number(100 * row["closed"], 0),
            f"{row['stage']}.{row['code']}.open": number(100 * row["open"], 0),
            f"{row['stage']}.{row['code']}.change": with_interval(change, 1, factor=100.0),
        }  # fmt: skip
    return found


def of_cycle(results: Library) -> Numbers:
    """When rents on demand are highest in the open arm, what they are at the end, how often hours are short, and how
    much rents swing in either arm.
    """
    paths = results.paths("answer", "open")
    swings = {arm: _swing(results.paths("answer", arm)["gpu_hour_price"], results.tail()) for arm in ("closed", "open")}
    more = paired_mean(swings["open"] - swings["closed"])
    rent, load = (np.nanmean(paths[name], axis=0) for name in ("gpu_hour_price", "load"))
    peak = int(np.nanargmax(rent))
    fleet = paths["gpu_fleet_h100e"].mean(axis=0)
    return {
        "peak": number(float(rent[peak])), "peak_month": month_name(peak), "end": number(float(np.nanmean(rent[-12:]))),
        "short_months": str(int((load > 1.0).sum())), "months": str(len(load)),
        "fleet_growth": number(float(fleet[-1] / fleet[0]), 0),
        "swing.closed": number(float(swings["closed"].mean())), "swing.open": number(float(swings["open"].mean())),
        "swing.change": with_interval(more, 2), "swing.direction": direction(more),
    }  # fmt: skip


def _swing(rent: FloatArray, months: range) -> FloatArray:
    """Standard deviation over `months` of the logarithm of a rent (draws, months), by draw."""
    return np.asarray(np.nanstd(np.log(rent[:, months.start : months.stop]), axis=1, ddof=1))


def of_adoption(results: Library) -> Numbers:
    """Adoption by size over the last months, and the largest change of it by opening."""
    frame, months = adoption_by_size.data(results), results.tail()
    kept = frame[frame["month"].between(months.start, months.stop - 1) & (frame["arm"] == "open")]
    levels = kept.groupby("size_class")["adoption"].mean()
    changes = [adoption_by_size.change(frame, name, "adoption", months).value for name in adoption_by_size.CLASSES]
    return {
        "small": number(float(levels["10-49"]), 0), "large": number(float(levels["250+"]), 0),
        "most_change": number(float(np.abs(changes).max()), 1),
    }  # fmt: skip
