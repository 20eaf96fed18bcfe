"""Where open weights spread access and where they shift rent to clouds, over slack of compute and lag of open models.

Letters and colour are the class most pairs of a cell are in, with its frequency; lines are the boundaries that the
three-layer theory draws at the concentration and load of the cells' own closed worlds.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from paper import drawing
from paper.classes import labs_lose
from paper.library import Library
from paper.words import counted
from simulation.answering.verdict import NO_LAB_LOSS, TABLE
from simulation.experiments.map_figure import CODES, FAILED, LINES, look_of, side_of
from simulation.experiments.mapping import FINE, Theory, toy_between

NEEDS = ("map",)
EVERY = [*(name for row in TABLE for name in row), NO_LAB_LOSS, FAILED]


def data(results: Library) -> pd.DataFrame:
    """One row per cell: place, class, frequencies, coefficients, and what the toy says."""
    return results.csv("map", "map.csv")


def caption(results: Library) -> str:
    """What colours, letters, frames and lines are."""
    frame, scenario = data(results), results.scenario("map")
    came = frame[frame["pairs"] > 0]
    refused, failed = int((~labs_lose(came)).sum()), len(frame) - len(came)
    without = f" In {counted(failed, 'cell')} (!) no pair of worlds came through." if failed else ""
    return (
        f"Phase map of the answer: {int(frame['pairs'].max())} paired worlds in each of {len(frame)} cells, the same "
        "draws "
        f"in all, {scenario.companies.calibration} calibration. Letters give the class most pairs of a cell are in, "
        "the "
        "number their part of the pairs, a frequency that shows the uncertainty over draws; a thick frame marks a "
        "class "
        "which the mean has on its 95% intervals. Darker: more of labs' loss goes to clouds; dots: access flat, "
        "strokes: "
        f"narrower. Lines: boundaries of the three-layer theory.{without} Labs do not clearly lose in {refused} of "
        f"{len(came)} cells, which then have no coefficient."
    )


def draw(results: Library) -> Figure:
    """Draw the map with its legend."""
    frame, scenario = data(results), results.scenario("map")
    across, down = frame.columns[:2]
    figure = drawing.new_figure(88.0)
    axes, beside = figure.subplots(1, 2, width_ratios=(1.5, 1.0))
    beside.set_axis_off()
    xs, ys = (list(dict.fromkeys(frame[name])) for name in (across, down))
    present = [_draw_cell(axes, row, xs.index(row[across]), ys.index(row[down])) for row in frame.to_dict("records")]
    lines = _draw_boundaries(axes, frame, (len(ys), len(xs)), scenario.answer.theta_low, scenario.answer.theta_high)
    _label(axes, results, xs, ys, across, down)
    patches = [
        Patch(facecolor=look_of(name)[0], hatch=look_of(name)[2], edgecolor="#8A8A8A", linewidth=0.3,
              label=f"{CODES[name]}: {name.capitalize()}")
        for name in EVERY if name in present
    ]  # fmt: skip
    beside.legend(handles=[*patches, *lines], loc="center left", bbox_to_anchor=(-0.08, 0.5), fontsize=drawing.small(),
                  handleheight=1.3, handlelength=2.2)  # fmt: skip
    return figure


def _draw_cell(axes: Axes, row: Mapping[str, object], x: int, y: int) -> str:
    """One cell; returns the class most of its pairs are in."""
    shares = json.loads(str(row["class_shares"])) if isinstance(row.get("class_shares"), str) else {}
    name = max(shares, key=lambda each: shares[each]) if shares else FAILED
    face, ink, hatch = look_of(name)
    axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=face, hatch=hatch, edgecolor="#8A8A8A", linewidth=0.3))
    if shares and str(row["class"]).partition(" (")[0] == name:
        axes.add_patch(
            Rectangle((x - 0.45, y - 0.45), 0.9, 0.9, facecolor="none", edgecolor="#000000", linewidth=1.4, zorder=2)
        )
    label = f"{CODES[name]}\n{100 * shares[name]:.0f}%" if shares else CODES[name]
    axes.text(x, y, label, ha="center", va="center", color=ink, zorder=5, linespacing=1.05, fontsize=drawing.small(),
              bbox={"boxstyle": "round,pad=0.12", "facecolor": face, "edgecolor": "none"})  # fmt: skip
    return name


def _draw_boundaries(axes: Axes, frame: pd.DataFrame, shape: tuple[int, int], low: float, high: float) -> list[Line2D]:
    """The theory's boundaries as far as they cross the map; returns their entries in the legend."""
    def grid(name: str) -> np.ndarray:
        return np.asarray(frame[name].to_numpy(dtype=float).reshape(shape))

    theta, sigma = toy_between(grid("cloud_hhi"), grid("lab_hhi"), 1.0 / grid("room"), Theory())
    fields = {f"theory: Theta = {low:.2f}": theta - low, f"theory: Theta = {high:.2f}": theta - high,
              "theory: shift = spread": theta - sigma}  # fmt: skip
    handles = []
    for (label, field), (colour, dashes) in zip(fields.items(), LINES, strict=True):
        crosses = np.isfinite(field).any() and np.nanmin(field) < 0 < np.nanmax(field)
        if crosses:
            place = (np.arange(field.shape[1]) / FINE, np.arange(field.shape[0]) / FINE)
            shown = np.ma.masked_invalid(field)
            axes.contour(*place, shown, levels=[0.0], colors=["#FFFFFF"], linewidths=3.2, zorder=3)
            axes.contour(*place, shown, levels=[0.0], colors=[colour], linestyles=[dashes], linewidths=1.6, zorder=4)
        where = "" if crosses else f"\n({side_of(field)})"
        handles.append(Line2D([], [], color=colour, linestyle=dashes, linewidth=1.6, label=f"{label}{where}"))
    return handles


def _label(axes: Axes, results: Library, xs: list[float], ys: list[float], across: str, down: str) -> None:
    declared = {item.key: item for item, _ in results.scenario("map").parameters()}
    for name, key, values in (("x", across, xs), ("y", down, ys)):
        item = declared[key]
        unit = "" if item.unit in ("", "1") else f" ({item.unit})"
        meaning = item.meaning.partition(";")[0]
        text = "\n".join(textwrap.wrap(f"{meaning}{unit}", width=52 if name == "x" else 34))
        getattr(axes, f"set_{name}ticks")(range(len(values)), [f"{value:g}" for value in values])
        getattr(axes, f"set_{name}label")(text)
    axes.set_xlim(-0.5, len(xs) - 0.5)
    axes.set_ylim(-0.5, len(ys) - 0.5)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


