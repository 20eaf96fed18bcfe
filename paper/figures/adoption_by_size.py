"""Who uses AI and what they get of it, by size of company, with closed and open weights.

Adoption counts companies whose main workload is served; value is what a company of the class realises.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from market.estimators import Interval, paired_mean
from market.units import FloatArray
from paper import drawing
from paper.library import ARMS, Library

NEEDS = ("answer",)
CLASSES = ("10-49", "50-249", "250+")
LOOK = {"10-49": ("#E69F00", drawing.SOLID, "o"), "50-249": ("#009E73", drawing.DASHED, "s"),
        "250+": ("#0072B2", drawing.DOTTED, "^")}  # fmt: skip


def data(results: Library) -> pd.DataFrame:
    """Adoption and realised value per company by size class, arm, draw and month."""
    rows = results.results("answer").cohorts
    rows = rows[rows["scenario"] == results.scenario("answer").name]
    rows = rows.assign(
        adopters=rows["companies"].where(rows["route"] != "none", 0.0),
        self_running=rows["companies"].where(rows["route"].isin(("self_rent", "on_prem", "on_device")), 0.0),
    )
    sums = rows.groupby(["size_class", "arm", "draw", "month"])[
        ["companies", "adopters", "self_running", "gross_value_cents"]
    ].sum()
    found = sums.assign(
        adoption=100.0 * sums["adopters"] / sums["companies"],
        self_running_share=100.0 * sums["self_running"] / sums["companies"],
        value_usd=sums["gross_value_cents"] / 100.0 / sums["companies"],
    )
    return found[["adoption", "self_running_share", "value_usd"]].reset_index()


def caption(results: Library) -> str:
    """What lines, bands and points are."""
    tail = results.tail()
    return (
        f"Adoption by size of company ({results.size}). Left: companies whose main workload is served, open arm; "
        "means, with "
        "bands from the 10th to the 90th percentile of draws. Middle and right: paired change, open less closed, of "
        f"adoption and of realised value per company, means over months {tail.start} to {tail.stop - 1} with 95% "
        "intervals "
        "over pairs."
    )


def draw(results: Library) -> Figure:
    """Draw the path and the two changes."""
    frame = data(results)
    figure = drawing.new_figure(60.0)
    first, second, third = figure.subplots(1, 3, width_ratios=(1.5, 1.0, 1.0))
    for name in CLASSES:
        colour, dashes, _ = LOOK[name]
        path = _paths(frame, name, "open", "adoption")
        drawing.draw_path(first, path, colour=colour, label=f"{name} employees", dashes=dashes)
    first.set_ylabel("% of companies")
    first.set_ylim(0.0, 1.3 * first.dataLim.ymax)  # room for the legend
    first.legend(loc="upper left", fontsize=drawing.small())
    drawing.whole_years(first, most=5)
    drawing.titled(first, "a", "adoption, open arm")
    months = results.tail()
    for axes, letter, column, title, unit in (
        (second, "b", "adoption", "change of adoption", "points"),
        (third, "c", "value_usd", "change of value", "% of closed"),
    ):
        estimates = [change(frame, name, column, months) for name in CLASSES]
        for place, (name, estimate) in enumerate(zip(CLASSES, estimates, strict=True)):
            drawing.draw_interval(axes, place, estimate, colour=LOOK[name][0], marker=LOOK[name][2], size=4.5)
        drawing.zero_line(axes)
        drawing.name_rows(axes, list(CLASSES))
        axes.set_xlim(*drawing.limits_clear_of(estimates))
        axes.set_xlabel(unit)
        drawing.titled(axes, letter, title)
    return figure


def change(frame: pd.DataFrame, size_class: str, column: str, months: range) -> Interval:
    """Open less closed over the last months, in points, or in % of the closed mean for value."""
    closed, open_ = (
        np.nanmean(_paths(frame, size_class, arm, column, months=months), axis=1) for arm in ARMS
    )
    scale = 100.0 / closed.mean() if column == "value_usd" and closed.mean() > 0 else 1.0
    return paired_mean(scale * (open_ - closed))


def _paths(frame: pd.DataFrame, size_class: str, arm: str, column: str, months: range | None = None) -> FloatArray:
    """(draws, months) of one class in one arm."""
    rows = frame[(frame["size_class"] == size_class) & (frame["arm"] == arm)]
    if months is not None:
        rows = rows[rows["month"].between(months.start, months.stop - 1)]
    table = rows.pivot_table(index="draw", columns="month", values=column, dropna=False)
    return np.asarray(table.to_numpy(dtype=np.float64))
