"""The phase map: which class most pairs of worlds are in, over two parameters, and where the toy draws its boundaries.

A cell's colour says how much of labs' loss goes to clouds, darker meaning more; its hatching which way small companies'
access goes; its letters and the number below them the class and how many of its pairs are in it. A thick frame marks a
class that the mean has on its 95% intervals.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.answering.figures import STYLE, saved_as
from simulation.answering.verdict import NO_LAB_LOSS, TABLE
from simulation.experiments.mapping import FINE, PhaseMap, boundaries, modal_class

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.2  # inches
FAILED = "FAILED"
SHADES = ("#DCEFF7", "#F2B84B", "#A63A00")  # little, part, most to clouds: light to dark, also in grey
INK = ("#1A1A1A", "#1A1A1A", "#FFFFFF")
HATCHES = ("", "...", "////")  # access wider, flat, narrower
CODES = {
    "SPREAD": "S", "SPREAD+PARTIAL SHIFT": "S+P", "WIDER BUT RE-CONTROLLED": "W-R", "DILUTION": "D",
    "PARTIAL SHIFT": "P", "PURE SHIFT": "PURE", "LEVELLING DOWN": "L", "EROSION": "E", "CAPTURE": "C",
    NO_LAB_LOSS: "N", FAILED: "!", "": "!",
}  # fmt: skip
LINES: tuple[tuple[str, Any], ...] = (("#0072B2", "--"), ("#0072B2", "-"), ("#000000", ":"))


def map_figure(found: PhaseMap) -> dict[str, bytes]:
    """The figure as `pdf` and `png` bytes; the same map gives the same bytes."""
    return saved_as(draw(found))


def draw(found: PhaseMap) -> Figure:
    """Draw the map."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        height = 1.9 + 0.52 * len(found.y.values)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.add_subplot()
        present = _draw_cells(axes, found)
        handles = _draw_boundaries(axes, found)
        _label_axes(axes, found)
        axes.legend(
            handles=[*_class_handles(present), *handles], loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=6.2,
            handlelength=2.6, handleheight=1.3, borderaxespad=0.0,
        )  # fmt: skip
        scenario = found.request.resolved
        figure.suptitle(
            f"Where open weights spread and where they shift, {scenario.name} world", fontsize=9.0, fontweight="bold",
            x=0.008, ha="left",
        )  # fmt: skip
        figure.supxlabel(_explanation(found), fontsize=5.5, color="#555555", x=0.008, ha="left")
    return figure


def _draw_cells(axes: Axes, found: PhaseMap) -> list[str]:
    """Every cell; returns the classes that occur, in the order of the table."""
    from matplotlib.patches import Rectangle

    present = set()
    for row, cells in enumerate(found.cells):
        for column, cell in enumerate(cells):
            name, share = modal_class(cell)
            present.add(name or FAILED)
            face, ink, hatch = look_of(name)
            axes.add_patch(
                Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=face, hatch=hatch, edgecolor="#8A8A8A",
                          linewidth=0.3, zorder=1)
            )  # fmt: skip
            verdict = None if cell.comparison is None else cell.comparison.verdict
            if verdict is not None and verdict.classes == (name,):
                axes.add_patch(
                    Rectangle((column - 0.45, row - 0.45), 0.9, 0.9, facecolor="none", edgecolor="#000000",
                              linewidth=1.6, zorder=2)
                )  # fmt: skip
            box = {"boxstyle": "round,pad=0.15", "facecolor": face, "edgecolor": "none"}
            label = CODES[name] if not name else f"{CODES[name]}\n{100 * share:.0f}%"
            axes.text(
                column, row, label, ha="center", va="center", color=ink, fontsize=6.8, zorder=5, bbox=box,
                linespacing=1.05,
            )  # fmt: skip
    axes.set_xlim(-0.5, len(found.x.values) - 0.5)
    axes.set_ylim(-0.5, len(found.y.values) - 0.5)
    every = [*(name for row in TABLE for name in row), NO_LAB_LOSS, FAILED]
    return [name for name in every if name in present]


def _draw_boundaries(axes: Axes, found: PhaseMap) -> list[Any]:
    """The toy's boundaries as far as they cross the map; returns what the legend shows of each."""
    from matplotlib.lines import Line2D

    handles = []
    for (label, field), (colour, dashes) in zip(boundaries(found).items(), LINES, strict=True):
        at_x = np.arange(field.shape[1]) / FINE
        at_y = np.arange(field.shape[0]) / FINE
        crosses = np.isfinite(field).any() and np.nanmin(field) < 0 < np.nanmax(field)
        if crosses:
            masked = np.ma.masked_invalid(field)  # type: ignore[no-untyped-call]
            axes.contour(at_x, at_y, masked, levels=[0.0], colors=["#FFFFFF"], linewidths=3.4, zorder=3)
            axes.contour(
                at_x, at_y, masked, levels=[0.0], colors=[colour], linestyles=[dashes], linewidths=1.7, zorder=4
            )
        where = "" if crosses else f" ({side_of(field)})"
        handles.append(Line2D([], [], color=colour, linestyle=dashes, linewidth=1.7, label=f"{label}{where}"))
    return handles


def side_of(field: Any) -> str:
    """On which side of a boundary that does not cross the map the whole map lies."""
    if not np.isfinite(field).any():
        return "unknown"
    return "whole map above" if np.nanmin(field) >= 0 else "whole map below"


def _label_axes(axes: Axes, found: PhaseMap) -> None:
    for axis, name in ((found.x, "x"), (found.y, "y")):
        unit = "" if axis.unit in ("1", "") else f" ({axis.unit})"
        label = "\n".join(textwrap.wrap(axis.meaning, width=78 if name == "x" else 16 * len(axis.values)))
        getattr(axes, f"set_{name}ticks")(range(len(axis.values)), [_short(value) for value in axis.values])
        getattr(axes, f"set_{name}label")(f"{label}\n{axis.key}{unit}")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _class_handles(present: list[str]) -> list[Any]:
    from matplotlib.patches import Patch

    handles = []
    for name in present:
        face, _, hatch = look_of("" if name == FAILED else name)
        handles.append(
            Patch(facecolor=face, hatch=hatch, edgecolor="#8A8A8A", linewidth=0.3, label=f"{CODES[name]}  {name}")
        )
    return handles


def look_of(name: str) -> tuple[str, str, str]:
    """Colour, ink and hatching of a class."""
    for row, names in enumerate(TABLE):
        if name in names:
            column = names.index(name)
            return SHADES[column], INK[column], HATCHES[row]
    return ("#FFFFFF", "#1A1A1A", "") if name == NO_LAB_LOSS else ("#FFFFFF", "#1A1A1A", "xxxx")


def _explanation(found: PhaseMap) -> str:
    scenario = found.request.resolved
    return textwrap.fill(
        f"{found.request.pairs} paired worlds of {scenario.companies.count:,} companies and {scenario.horizon.months} "
        f"months in each cell, {scenario.companies.calibration} calibration, the same draws in all. Letters: the class "
        "most pairs are in, and how many of them; darker: more of labs' loss goes to clouds; dots: access flat, "
        "strokes: narrower; thick frame: the mean is in this class on its 95% intervals. "
        f"Toy: {found.theory.name}, at the concentration of the cell's closed worlds.",
        width=172,
    )


def _short(value: Any) -> str:
    """A value of an axis as a tick."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if 1_000 <= abs(value) < 1e8 else f"{value:.4g}"
