"""The rent of compute swings while machines arrive late: scarcity, the answer of supply, and what opening changes.

Rent, load, machines and the yearly growth of machines in both arms.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from market.units import FloatArray
from paper import drawing
from paper.library import ARMS, Library

NEEDS = ("answer",)
PANELS = (  # column, title, unit, factor
    ("gpu_hour_price", "rent on demand", "USD per GPU-hour", 1.0),
    ("load", "hours wanted over supplied", "ratio", 1.0),
    ("gpu_fleet_h100e", "accelerators in use", "million H100e", 1e-6),
    ("growth", "growth of accelerators", "% a year", 100.0),
)
LOOK = {"closed": (drawing.CLOSED, drawing.DASHED), "open": (drawing.OPEN, drawing.SOLID)}


def data(results: Library) -> pd.DataFrame:
    """Mean and percentiles over draws of every path, by arm and month."""
    rows = []
    for arm in ARMS:
        for column, *_, factor in PANELS:
            values = factor * path(results, arm, column)
            for month in range(values.shape[1]):
                known = values[:, month][np.isfinite(values[:, month])]
                if len(known):
                    low, high = np.quantile(known, drawing.MOST_BAND)
                    rows.append((column, arm, month, known.mean(), low, high))
    return pd.DataFrame(rows, columns=["series", "arm", "month", "mean", "p10", "p90"])


def caption(results: Library) -> str:
    """What lines and bands are."""
    return (
        f"Price cycle and capacity ({results.size}): blue and solid with open, vermilion and dashed with closed "
        "weights. "
        "Lines are means over draws, bands run from the 10th to the 90th percentile of draws; both arms share all "
        "luck, so "
        "that lines that lie together are the same economy until opening changes it."
    )


def draw(results: Library) -> Figure:
    """Draw the four panels."""
    figure = drawing.new_figure(84.0)
    panels = figure.subplots(2, 2, sharex=True).ravel()
    for letter, axes, (column, title, unit, factor) in zip("abcd", panels, PANELS, strict=True):
        for arm in ARMS:
            colour, dashes = LOOK[arm]
            drawing.draw_path(axes, factor * path(results, arm, column), colour=colour, dashes=dashes, label=arm)
        axes.set_ylabel(unit)
        if column in ("gpu_hour_price", "gpu_fleet_h100e"):
            axes.set_ylim(bottom=0.0)
        if column == "load":
            axes.axhline(1.0, color=drawing.GREY, linewidth=0.6)
        drawing.whole_years(axes, most=6)
        drawing.titled(axes, letter, title)
    panels[0].legend(loc="upper right")
    return figure


def path(results: Library, arm: str, column: str) -> FloatArray:
    """A series of one arm, (draws, months); growth is over twelve months, nan in the first year."""
    paths = results.paths("answer", arm)
    if column != "growth":
        return paths[column]
    fleet = paths["gpu_fleet_h100e"]
    growth = np.full(fleet.shape, np.nan)
    growth[:, 12:] = fleet[:, 12:] / fleet[:, :-12] - 1.0
    return growth
