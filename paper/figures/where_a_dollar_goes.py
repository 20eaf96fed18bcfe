"""Whom a dollar that companies spend on AI reaches first, and with whom it comes to rest, with closed and open weights.

Both are read from the books by the account of `simulation.measuring.spending`: a firm's dollars from companies are
spent like all its others, machines count as they wear out, and what a firm earns above its costs rests with its owners,
before tax. What it pays to people, for energy and materials and to banks leaves the industry. A firm that spends more
than it earns passes on all of a customer's dollar; investors pay the rest of its bills. The months of the answer are
one account, so that a training run is set against what a lab earns before and after it.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from market.accounts import COMPANIES
from market.estimators import Interval, paired_mean
from paper import drawing
from paper.library import ARMS, Library
from simulation.measuring.spending import (
    INPUTS,
    LENDERS,
    OTHER_SELLERS,
    PEOPLE,
    POWER,
    PROFIT,
    SUPPLIERS,
    WRITTEN_OFF,
    Passage,
    passages,
)

NEEDS = ("answer",)
NAMES = {"lab": "labs", "releaser": "releasers", "host": "hosters", "cloud": "clouds", "public": "public cloud",
         "chip": "chip vendor"}  # fmt: skip
CODE_OF_END = {  # of the account's ends: the code they are shown under
    PEOPLE: "household", POWER: "rest", SUPPLIERS: "rest", INPUTS: "rest", LENDERS: "bank", WRITTEN_OFF: WRITTEN_OFF,
    OTHER_SELLERS: OTHER_SELLERS,
}  # fmt: skip
END_NAMES = {"household": "people", "rest": "energy and materials", "bank": "bank", WRITTEN_OFF: "written off",
             OTHER_SELLERS: "other sellers"}  # fmt: skip
ORDER = (*NAMES, *END_NAMES)
LOOK = {  # colour, hatching: told apart in grey
    "lab": ("lab", ""), "releaser": ("releaser", ""), "host": ("host", "...."), "cloud": ("cloud", "////"),
    "public": ("public", ""), "chip": ("chip", "\\\\\\\\"), "household": ("specialists", "..."), "rest": ("state", ""),
    "bank": ("other", "xxxx"), WRITTEN_OFF: ("other", "++"), OTHER_SELLERS: ("companies", ""),
}  # fmt: skip


def data(results: Library) -> pd.DataFrame:
    """Share of a dollar by stage, arm and who holds it: means over draws, and the paired change with its interval."""
    found = {arm: shares_by_draw(results, arm) for arm in ARMS}
    rows = []
    for stage in ("first", "last"):
        for holder in ORDER:
            closed, open_ = (np.array([draw[stage][holder] for draw in found[arm]]) for arm in ARMS)
            change = paired_mean(open_ - closed)
            rows.append(
                (stage, (NAMES | END_NAMES)[holder], holder, closed.mean(), open_.mean(),
                 change.value, change.low, change.high)
            )  # fmt: skip
    return pd.DataFrame(
        rows, columns=["stage", "holder", "code", "closed", "open", "change", "change_low", "change_high"]
    )


def caption(results: Library) -> str:
    """What is shown, and what whiskers are."""
    tail = results.tail()
    return (
        "Where a dollar goes that companies spend on AI. Left: who is paid first, and with whom it comes to rest after "
        f"suppliers have paid theirs (means over {results.size}, months {tail.start} to {tail.stop - 1} as one "
        "account). What rests with firms is profit before tax; machines count as they wear out, and clouds' ordinary "
        "business is left out. Right: the paired change of where it comes to rest, open less closed, with 95% "
        "intervals over pairs."
    )


def draw(results: Library) -> Figure:
    """Draw the bars and the changes."""
    frame = data(results)
    figure = drawing.new_figure(78.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1.0))
    _draw_bars(left, frame)
    last = frame[(frame["stage"] == "last") & ((frame["closed"] > 0.002) | (frame["open"] > 0.002))]
    estimates = [Interval(row.change, row.change_low, row.change_high) for row in last.itertuples()]
    for place, (row, estimate) in enumerate(zip(last.itertuples(), estimates, strict=True)):
        drawing.draw_interval(right, place, estimate, colour=drawing.COLOURS[LOOK[row.code][0]], factor=100.0)
    drawing.zero_line(right)
    drawing.name_rows(right, [str(row.holder) for row in last.itertuples()])
    right.set_xlim(*drawing.limits_clear_of(estimates, factor=100.0))
    right.set_xlabel("cents of a dollar, open less closed")
    drawing.titled(right, "b", "change of where it rests")
    return figure


def _draw_bars(axes: Axes, frame: pd.DataFrame) -> None:
    """First stop and rest, closed above open."""
    from matplotlib.patches import Patch

    bars = [(stage, arm) for stage in ("first", "last") for arm in ARMS]
    shown: dict[str, str] = {}
    for place, (stage, arm) in enumerate(bars):
        start = 0.0
        for row in frame[frame["stage"] == stage].itertuples():
            share = 100.0 * getattr(row, arm)
            colour, hatch = LOOK[str(row.code)]
            axes.barh(place + 0.35 * (place > 1), share, left=start, height=0.72, color=drawing.COLOURS[colour],
                      hatch=hatch, edgecolor="white", linewidth=0.4)  # fmt: skip
            if share > 9.0:
                axes.text(start + share / 2, place + 0.35 * (place > 1), f"{share:.0f}", ha="center", va="center",
                          fontsize=drawing.small(), bbox={"boxstyle": "round,pad=0.12", "facecolor": "white",
                                                          "edgecolor": "none", "alpha": 0.85})  # fmt: skip
            if share > 0.3:
                shown[str(row.code)] = str(row.holder)
            start += share
    labels = [f"{stage},\n{arm}" for stage in ("paid first", "at rest") for arm in ARMS]
    axes.set_yticks([0, 1, 2.35, 3.35], labels)
    axes.set_ylim(3.85, -0.5)
    axes.set_xlim(0.0, 100.0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("cents of a dollar")
    handles = [
        Patch(facecolor=drawing.COLOURS[LOOK[code][0]], hatch=LOOK[code][1], edgecolor="white", label=shown[code])
        for code in ORDER if code in shown
    ]  # fmt: skip
    axes.legend(handles=handles, ncols=4, loc="upper center", bbox_to_anchor=(0.45, -0.19), columnspacing=0.9,
                handlelength=1.3, fontsize=drawing.small())  # fmt: skip
    drawing.titled(axes, "a", "companies' spending")


def shares_by_draw(results: Library, arm: str) -> list[dict[str, dict[str, float]]]:
    """For every draw the share of a dollar by first recipient, and by where it rests."""
    tables, tail, scenario = results.results("answer"), results.tail(), results.scenario("answer").name
    flows, sellers = (
        rows[(rows["scenario"] == scenario) & (rows["arm"] == arm) & rows["month"].between(tail.start, tail.stop - 1)]
        for rows in (tables.flows, tables.sellers)
    )
    layers = {draw: dict(zip(rows["seller"], rows["layer"], strict=True)) for draw, rows in sellers.groupby("draw")}
    return [shares(passages(rows, layers[draw])) for draw, rows in flows.groupby("draw")]


def shares(found: list[Passage]) -> dict[str, dict[str, float]]:
    """Parts of companies' spending by who is paid first, and by where it rests; NaN where nothing was spent."""
    layer = {passage.source: passage.layer for passage in found}
    first, last = dict.fromkeys(ORDER, 0), dict.fromkeys(ORDER, 0)
    for passage in found:
        code = passage.layer if passage.target == PROFIT else CODE_OF_END.get(passage.target) or layer[passage.target]
        if passage.source == COMPANIES:
            first[code] += passage.cents
        if passage.ends:
            last[code] += passage.cents
    spent = sum(first.values()) or math.nan
    return {
        "first": {code: cents / spent for code, cents in first.items()},
        "last": {code: cents / spent for code, cents in last.items()},
    }
