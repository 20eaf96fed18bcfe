"""The claims of the essay, one row each: supported, refuted, undecided, or not testable in this model.

What would support and what would refute each was written down before it was run (`scenarios/evidence/claims.toml`).
"""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from paper import drawing
from paper.library import Library
from simulation.judging.verdicts import DEPENDS, FAILS, HOLDS, REFUTED, SUPPORTED, UNDECIDED, UNMEASURED, UNTESTABLE

NEEDS = ("claims",)
LOOK = {  # marker, colour, filled: told apart by shape as well
    SUPPORTED: ("o", "#009E73", True), REFUTED: ("X", "#D55E00", True), DEPENDS: ("D", "#E69F00", False),
    UNTESTABLE: ("_", "#6B6B6B", True),
}  # fmt: skip
PARTS = {HOLDS: "#009E73", UNDECIDED: "#E4E4E4", FAILS: "#D55E00", UNMEASURED: "#FFFFFF"}
HATCH = {HOLDS: "", UNDECIDED: "", FAILS: "////", UNMEASURED: "...."}
WIDTH = 44  # characters of a claim's words


def data(results: Library) -> pd.DataFrame:
    """One row per claim: its words, its verdict, and how many of its criteria hold, fail or are undecided."""
    claims, criteria = results.csv("claims", "claims.csv"), results.csv("claims", "criteria.csv")
    counts = criteria.groupby(["claim", "outcome"]).size().unstack(fill_value=0)
    parts = counts.reindex(columns=list(PARTS), fill_value=0).reset_index()
    kept = claims[["claim", "says", "verdict", "depends_on", "by_construction"]]
    return kept.merge(parts, on="claim", how="left").fillna(dict.fromkeys(PARTS, 0))


def caption(results: Library) -> str:
    """What marks and bars are, and how many claims end how."""
    frame = data(results)
    counts = ", ".join(f"{number} {name}" for name, number in frame["verdict"].value_counts().items())
    built = int(((frame["verdict"] == SUPPORTED) & frame["by_construction"].notna()).sum())
    criteria = results.csv("claims", "criteria.csv")
    calibrations = " and ".join(dict.fromkeys(criteria["calibration"]))
    return (
        f"The {len(frame)} claims of the essay ({counts}; {built} of those supported are so by construction in part or "
        "whole, marked *). Bars: how many of a claim's criteria hold, are undecided because the 95% interval over "
        f"{int(criteria['pairs'].max())} pairs reaches the boundary, fail, or were not measured, under the "
        f"{calibrations} calibration. A claim is supported where all that were measured hold, refuted where all that "
        "were measured fail, not testable where none was, and depends otherwise."
    )


def draw(results: Library) -> Figure:
    """Draw the claims in two columns."""
    frame = data(results)
    half = -(-len(frame) // 2)
    figure = drawing.new_figure(max(40.0, 20.0 + 4.15 * half))
    panels = figure.subplots(1, 2)
    for axes, rows in zip(panels, (frame.iloc[:half], frame.iloc[half:]), strict=True):
        _draw_column(axes, rows, half)
    handles: list[Artist] = [
        Line2D([], [], linestyle="none", marker=marker, color=colour, markersize=5, label=name, markeredgewidth=1.4,
               markerfacecolor=colour if filled else "white")
        for name, (marker, colour, filled) in LOOK.items()
    ]  # fmt: skip
    handles += [
        Patch(facecolor=shade, hatch=HATCH[name], edgecolor=drawing.INK, linewidth=0.4, label=f"criteria: {name}")
        for name, shade in PARTS.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, columnspacing=1.4, handletextpad=0.4)
    return figure


def _draw_column(axes: Axes, rows: pd.DataFrame, height: int) -> None:
    labels = []
    for place, row in enumerate(rows.to_dict("records")):
        marker, colour, filled = LOOK[row["verdict"]]
        axes.plot([0.0], [place], marker=marker, color=colour, markersize=5, linestyle="none", markeredgewidth=1.4,
                  markerfacecolor=colour if filled else "white")  # fmt: skip
        whole, start = sum(float(row[name]) for name in PARTS), 0.6
        for name, shade in PARTS.items():
            part = 2.2 * float(row[name]) / whole if whole else 0.0
            if part:
                axes.barh(place, part, left=start, height=0.62, facecolor=shade, hatch=HATCH[name],
                          edgecolor=drawing.INK, linewidth=0.4)  # fmt: skip
            start += part
        star = "*" if isinstance(row["by_construction"], str) and row["verdict"] == SUPPORTED else ""
        labels.append(f"{textwrap.shorten(row['says'], WIDTH, placeholder=' …')}  {row['claim']}{star}")
    axes.set_yticks(range(len(labels)), labels, fontsize=drawing.small())
    axes.set_ylim(height - 0.5, -0.5)
    axes.set_xlim(-0.4, 2.9)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
