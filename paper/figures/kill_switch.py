"""Who could deny service, and how much of realised value would be lost: exposure by layer with closed and open weights.

Exposure is the realised value lost where each firm of a layer withdraws, summed; with three months and with two years
to replace it. It is a table of its own, beside money and never mixed with it.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from market.estimators import Interval
from paper import drawing
from paper.library import Library
from paper.words import kill_switch_words

NEEDS = ("answer", "answer_lean")
LAYERS = (("lab", "labs"), ("releaser", "releasers"), ("cloud", "clouds"), ("host", "hosters"), ("chip", "chip vendor"),
          ("total", "all owners"))  # fmt: skip
HORIZONS = (("", "three months"), ("_long", "two years"))
CALIBRATIONS = {"answer": ("iceberg", "o", True), "answer_lean": ("lean", "s", False)}


def data(results: Library) -> pd.DataFrame:
    """Exposure in % of realised value: levels of both arms and the change, by calibration, layer and horizon."""
    rows = []
    for name, (calibration, *_) in CALIBRATIONS.items():
        headline = results.answer(name).headline
        for code, label in LAYERS:
            for end, horizon in HORIZONS:
                column = f"control_{code}{end}"
                closed, open_ = headline.levels(column)
                change = headline.difference(column)
                rows.append((calibration, label, horizon, code, 100 * closed, 100 * open_, 100 * change.value,
                             100 * change.low, 100 * change.high))  # fmt: skip
    columns = ["calibration", "layer", "horizon", "code", "closed", "open", "change", "change_low", "change_high"]
    return pd.DataFrame(rows, columns=columns)


def caption(results: Library) -> str:
    """What bars, points and lines are."""
    switch = results.answer().kill_switch
    return (
        f"Kill-switch exposure: part of realised value lost if the firms of a layer withdrew, each by itself, summed "
        f"({results.size}). Left: levels where a service must be replaced within three months. Right: paired change, "
        "open "
        "less closed, with three months (black) and with two years (grey) to replace it; lines are 95% intervals over "
        f"pairs, circles the iceberg, squares the lean calibration. Under the former: {kill_switch_words(switch)}."
    )


def draw(results: Library) -> Figure:
    """Draw levels and changes."""
    frame = data(results)
    figure = drawing.new_figure(66.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.3))
    near = frame[(frame["calibration"] == "iceberg") & (frame["horizon"] == "three months")]
    for place, row in enumerate(near.itertuples()):
        colour = drawing.COLOURS.get(str(row.code), drawing.INK)
        edge = {"height": 0.36, "edgecolor": colour, "linewidth": 0.9}
        left.barh(place - 0.2, row.closed, facecolor="white", hatch="////", **edge)
        left.barh(place + 0.2, row.open, facecolor=colour, **edge)
    drawing.name_rows(left, [str(row.layer) for row in near.itertuples()])
    left.set_xlabel("% of realised value")
    left.legend(handles=_arms(), loc="center right", fontsize=drawing.small())
    drawing.titled(left, "a", "exposure (iceberg)")
    estimates = []
    for calibration, marker, filled in CALIBRATIONS.values():
        for step, (_, horizon) in enumerate(HORIZONS):
            rows = frame[(frame["calibration"] == calibration) & (frame["horizon"] == horizon)]
            for place, row in enumerate(rows.itertuples()):
                estimates.append(Interval(row.change, row.change_low, row.change_high))
                offset = -0.27 + 0.18 * (2 * step + (calibration == "lean"))
                drawing.draw_interval(right, place + offset, estimates[-1], marker=marker, filled=filled, size=3.2,
                                      colour=(drawing.INK, "#8C8C8C")[step])  # fmt: skip
    drawing.zero_line(right)
    drawing.name_rows(right, [label for _, label in LAYERS])
    right.set_xlim(*drawing.limits_clear_of(estimates, most=2.0))
    right.set_xlabel("points of realised value, open less closed")
    drawing.titled(right, "b", "change")
    return figure


def _arms() -> list[object]:
    from matplotlib.patches import Patch

    return [Patch(facecolor="white", edgecolor=drawing.INK, hatch="////", label="closed"),
            Patch(facecolor=drawing.INK, edgecolor=drawing.INK, label="open")]  # fmt: skip
