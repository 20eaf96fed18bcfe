"""What every figure shares: two journal formats, colours, and the few shapes that figures are made of.

A figure's `draw` knows no format: `Style.applied` sets widths, type and sizes around it, so that the same file serves
a two-column journal (sans serif, 89 and 183 mm) and a one-column one (serif, 82 and 160 mm). Type is 7 to 9 points at
final size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from market.estimators import Interval
from market.units import FloatArray
from simulation.answering.figures import LAYER_COLOURS
from simulation.timeline import FIRST_YEAR

MM = 1.0 / 25.4  # inches
INK, GREY = "#1A1A1A", "#6B6B6B"
COLOURS = dict(LAYER_COLOURS)
OPEN, CLOSED = "#0072B2", "#D55E00"  # the two arms: Okabe and Ito's blue and vermilion, apart in grey by dashes
SOLID, DASHED, DOTTED = (None, None), (4.0, 1.6), (1.2, 1.4)
MOST_BAND = (0.1, 0.9)  # quantiles of draws that a band spans


@dataclass(frozen=True)
class Style:
    """A journal's format: widths in mm, family and size of type."""

    name: str
    single: float
    double: float
    family: str
    font: str
    size: float  # points: type of axes and legends

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Set everything a figure inherits."""
        settings: dict[Any, Any] = {
            "font.family": self.family, f"font.{self.family}": [self.font], "mathtext.fontset": "stix",
            "font.size": self.size, "axes.labelsize": self.size, "xtick.labelsize": self.size,
            "ytick.labelsize": self.size, "legend.fontsize": self.size, "axes.titlesize": self.size + 0.5,
            "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 4.0, "axes.spines.top": False,
            "axes.spines.right": False, "axes.linewidth": 0.6, "axes.labelcolor": INK, "axes.edgecolor": INK,
            "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5, "ytick.major.size": 2.5,
            "legend.frameon": False, "legend.handlelength": 2.0, "legend.borderaxespad": 0.2,
            "legend.labelspacing": 0.3, "lines.linewidth": 1.2, "hatch.linewidth": 0.5, "patch.linewidth": 0.4,
            "pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "commonweight", "figure.dpi": 100,
            "axes.unicode_minus": True, "pdf.compression": 6,
        }  # fmt: skip
        token = _CURRENT.set(self)
        try:
            with mpl.rc_context(settings):
                yield
        finally:
            _CURRENT.reset(token)


STYLES = {
    "columns": Style("columns", 89.0, 183.0, "sans-serif", "DejaVu Sans", 7.0),
    "page": Style("page", 82.0, 160.0, "serif", "STIXGeneral", 8.5),
}
_CURRENT: ContextVar[Style] = ContextVar("style", default=STYLES["page"])


def new_figure(height: float, *, width: str = "double") -> Figure:
    """An empty figure, `single` or `double` wide in the current style and `height` mm high."""
    style = _CURRENT.get()
    engine = {"w_pad": 0.03, "h_pad": 0.03, "wspace": 0.04, "hspace": 0.05}
    figure = Figure(figsize=(getattr(style, width) * MM, height * MM), layout="constrained")
    figure.get_layout_engine().set(**engine)  # type: ignore[union-attr]
    return figure


def small() -> float:
    """Points of the smallest type that a figure may use: labels inside it."""
    return max(7.0, _CURRENT.get().size - 1.0)


def titled(axes: Axes, letter: str, title: str) -> None:
    """Letter and title of a panel."""
    axes.set_title(f"{letter}  {title}" if letter else title)


def years_of(months: int) -> FloatArray:
    """The calendar of so many months, in years."""
    return FIRST_YEAR + np.arange(months) / 12.0


def whole_years(axes: Axes, *, most: int) -> None:
    """Label whole years below, `most` of them at most."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=most, integer=True))


def draw_path(
    axes: Axes, paths: FloatArray, *, colour: str, label: str = "", dashes: Any = SOLID, band: bool = True,
    width: float = 1.3,
) -> None:  # fmt: skip
    """Mean over draws of paths (draws, months), with a band from the 10th to the 90th percentile of draws."""
    years = years_of(paths.shape[1])
    known = np.isfinite(paths).any(axis=0)
    shown = paths[:, known]
    if band and len(paths) > 1 and known.any():
        low, high = np.nanquantile(shown, MOST_BAND, axis=0)
        axes.fill_between(years[known], low, high, color=colour, alpha=0.16, linewidth=0)
    if known.any():
        axes.plot(
            years[known], np.nanmean(shown, axis=0), color=colour, dashes=dashes, label=label or None, linewidth=width
        )


def draw_evidence(axes: Axes, start: float, end: float, low: float, high: float, value: float) -> None:
    """The band of an observed moment over the time it was observed in, with the observed value."""
    from matplotlib.patches import Rectangle

    width = max(end - start, 0.14)
    middle = 0.5 * (start + end)
    axes.add_patch(
        Rectangle(
            (middle - width / 2, low), width, high - low, facecolor="none", edgecolor=INK, linewidth=0.8,
            hatch="////", alpha=0.65, zorder=4,
        )
    )  # fmt: skip
    axes.plot([middle], [value], marker="D", markersize=3.2, color=INK, linestyle="none", zorder=5)


def draw_interval(
    axes: Axes, place: float, estimate: Interval, *, colour: str = INK, marker: str = "o", factor: float = 1.0,
    filled: bool = True, size: float = 3.6,
) -> None:  # fmt: skip
    """A point with its 95% interval; nothing where there is no estimate."""
    if math.isnan(estimate.value) or estimate.refused:
        return
    bounds = (estimate.low, estimate.high)
    ends, at = [factor * (end if math.isfinite(end) else estimate.value) for end in bounds], [place, place]
    axes.plot(ends, at, color=colour, linewidth=1.1, solid_capstyle="butt", zorder=3)
    axes.plot(
        [factor * estimate.value], [place], marker=marker, markersize=size, color=colour, linestyle="none", zorder=4,
        markerfacecolor=colour if filled else "white", markeredgewidth=0.8,
    )  # fmt: skip


def zero_line(axes: Axes) -> None:
    """Where nothing changes."""
    axes.axvline(0.0, color=GREY, linewidth=0.6, zorder=1)


def name_rows(axes: Axes, labels: Sequence[str]) -> None:
    """Rows of a list, the first on top."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def interval_of(row: Any, name: str) -> Interval:
    """The estimate in the columns `name`, `name_low`, `name_high` of a row; nan where they are empty."""
    value, low, high = (float(row.get(f"{name}{end}", math.nan)) for end in ("", "_low", "_high"))
    return Interval(value, low, high, refused=math.isnan(value))


def limits_clear_of(estimates: Sequence[Interval], *, factor: float = 1.0, most: float = 3.0) -> tuple[float, float]:
    """Axis limits that hold every point, and intervals as far as `most` times the largest point."""
    points = np.array([factor * e.value for e in estimates if math.isfinite(e.value)])
    if not len(points):
        return (-1.0, 1.0)
    spread = max(float(np.abs(points).max()), 1e-12)
    ends = np.array([factor * end for e in estimates for end in (e.low, e.high) if math.isfinite(end)])
    within = np.sign(ends) * np.minimum(np.abs(ends), most * spread)
    seen = np.concatenate([points, within, [0.0]])
    margin = 0.05 * (seen.max() - seen.min() or 1.0)
    return float(seen.min() - margin), float(seen.max() + margin)
