"""Numbers read off paths, books and markets of the answer: where a dollar rests, who served what moves to open models,
the cycle of rents, adoption by size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from market.estimators import Interval, paired_mean
from market.units import FloatArray
from paper.figures import adoption_by_size, where_a_dollar_goes
from paper.library import Library
from paper.words import direction, number, with_interval
from simulation.calendar import calendar_of
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


def of_displacement(results: Library) -> Numbers:
    """Who served the tokens that run on open models where weights are open: labs' interfaces, those of releasers, or
    nobody; and what labs are paid for fewer tokens. Means over the answer's months; parts are of means over draws.
    """
    tail = results.tail()
    found = {arm: _mean_sales(results, arm) for arm in ("closed", "open")}
    more = {name: found["open"][name] - found["closed"][name] for name in found["open"]}
    added = paired_mean(more["open"])
    given_up = {name: -float(more[name].mean()) / added.value for name in ("lab", "releaser")}
    closed, open_ = ({name: float(sold.mean()) for name, sold in found[arm].items()} for arm in ("closed", "open"))
    lost = paired_mean(more["fees"] / closed["fees"])
    subscribed = calendar_of(results.scenario("answer")).subscriptions[tail.start : tail.stop].mean()
    price = [1e6 * arm["fees"] / arm["lab"] for arm in (closed, open_)]
    return {
        "any": direction(added) == "rises", "added": number(added.value * 1e-12, 0),
        "from_labs": number(100 * given_up["lab"], 0), "from_interfaces": number(100 * given_up["releaser"], 0),
        "new": number(100 * (1 - sum(given_up.values())), 0), "any_new": sum(given_up.values()) < 1,
        "lab_tokens": number(-100 * float(more["lab"].mean()) / closed["lab"], 0),
        "lab_fees": with_interval(lost, 1, factor=100.0),
        "lab_price.closed": number(price[0]), "lab_price.open": number(price[1]), "dearer": price[1] > price[0],
        "subscriptions": number(100 * float(subscribed) / closed["revenue"], 0),
    }  # fmt: skip


def _mean_sales(results: Library, arm: str) -> dict[str, FloatArray]:
    """Tokens a month by whose models or interfaces they run on, and what labs take in, USD; (draws,) each."""
    tail, paths = results.tail(), results.paths("answer", arm)

    def mean(path: FloatArray) -> FloatArray:
        return np.asarray(np.nanmean(path[:, tail.start : tail.stop], axis=1))

    sold = {name: mean(paths[f"{name}_share_tokens"] * paths["tokens_served"]) for name in ("open", "lab", "releaser")}
    return sold | {"fees": mean(paths["api_fees_lab"]), "revenue": mean(paths["revenue_lab"])}


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
