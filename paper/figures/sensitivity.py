"""How far each assumption moves what opening does when it alone goes to the ends of its declared range.

Sorted by how far the effect on access of small companies moves; the grey band is the scenario itself with its interval.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper import drawing
from paper.library import Library

NEEDS = ("sensitivity",)
PANELS = (  # column, title, unit, factor
    ("d_access_small", "access", "points, small companies", 100.0),
    ("d_profit_cloud", "profit of clouds", "USD bn a month", 1e-9),
)
LOOK = {"low": ("#56B4E9", "<", False), "high": ("#D55E00", ">", True)}
MOST = 20  # assumptions shown


def data(results: Library) -> pd.DataFrame:
    """One row per parameter and end of its range, those that move access most first."""
    frame = results.csv("sensitivity", "sensitivity.csv")
    usual = frame[frame["parameter"].isna()]["d_access_small"].iloc[0]
    moved = (frame["d_access_small"] - usual).abs().groupby(frame["parameter"]).max().sort_values(ascending=False)
    order = {name: place for place, name in enumerate(moved.index)}
    return frame.assign(order=frame["parameter"].map(order).fillna(-1)).sort_values(["order", "end"]).drop(
        columns="order"
    )


def caption(results: Library) -> str:
    """What triangles, lines and the band are."""
    frame = data(results)
    ends = frame.groupby("parameter")["end"].nunique()
    parameters, one = len(ends), int((ends == 1).sum())
    shown = min(parameters, MOST)
    stands = f"; {one} of them to one end only, since the scenario stands at the other" if one else ""
    return (
        f"Sensitivity of what opening does (open less closed) to {parameters} assumptions, each moved alone to the "
        f"ends of its declared range{stands}. At each point {int(frame['pairs'].max())} pairs of worlds; the {shown} "
        "that move access most are shown. Open triangles: low end, filled: high end; lines are 95% intervals over "
        "pairs and end at the edge where they are wider than the panel. Grey: the scenario as it is, with its "
        "interval. One at a time: interactions are not seen."
    )


def draw(results: Library) -> Figure:
    """Draw both panels."""
    frame = data(results)
    names = [name for name in dict.fromkeys(frame["parameter"]) if isinstance(name, str)][:MOST]
    figure = drawing.new_figure(24.0 + 4.6 * len(names))
    panels = figure.subplots(1, 2, sharey=True)
    for letter, axes, (column, title, unit, factor) in zip("ab", panels, PANELS, strict=True):
        _draw_panel(axes, frame, names, column, factor)
        axes.set_xlabel(unit)
        drawing.titled(axes, letter, title)
    drawing.name_rows(panels[0], names)
    panels[1].tick_params(axis="y", length=0)
    panels[1].spines["left"].set_visible(False)
    return figure


def _draw_panel(axes: Axes, frame: pd.DataFrame, names: list[str], column: str, factor: float) -> None:
    usual = drawing.interval_of(frame[frame["parameter"].isna()].iloc[0], column)
    estimates = [usual]
    axes.axvspan(factor * usual.low, factor * usual.high, color="#E4E4E4", linewidth=0, zorder=0)
    axes.axvline(factor * usual.value, color=drawing.INK, linewidth=0.8, linestyle=":")
    for row in frame[frame["parameter"].isin(names)].to_dict("records"):
        colour, marker, filled = LOOK[row["end"]]
        estimates.append(drawing.interval_of(row, column))
        place = names.index(row["parameter"]) + (-0.17 if row["end"] == "low" else 0.17)
        drawing.draw_interval(axes, place, estimates[-1], colour=colour, marker=marker, filled=filled, factor=factor,
                              size=4.0)  # fmt: skip
    drawing.zero_line(axes)
    axes.set_xlim(*drawing.limits_clear_of(estimates, factor=factor, most=2.0))
