"""The open arm of the baseline beside what was observed from 2023 to 2025: where it can be trusted, and where not.

Six paths that the calibration is judged by. Hatched boxes are the bands of the evidence over the time it was observed
in, diamonds the observed values (`scenarios/evidence/targets.csv`).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper import drawing
from paper.library import Library
from scenarios.moments import Target, targets

NEEDS = ("answer",)
Panel = tuple[str, str, list[tuple[Any, ...]], list[tuple[str, float]]]
PANELS: tuple[Panel, ...] = (  # title, unit, [(column, label, factor, colour, dashes)], [(target, factor)]
    ("adoption", "% of companies", [("adoption", "all", 100.0, "#000000", drawing.SOLID),
                                    ("adoption_large", "250 and more", 100.0, drawing.OPEN, drawing.DASHED),
                                    ("adoption_small", "10 to 49", 100.0, drawing.CLOSED, drawing.DOTTED)],
     [("T13a", 100.0), ("T13b", 100.0)]),
    ("open models' share of tokens", "%",
     [("open_share_enterprise", "enterprises", 100.0, drawing.OPEN, drawing.SOLID),
      ("open_share_developer", "developers", 100.0, drawing.CLOSED, drawing.DASHED)],
     [("T5a", 100.0), ("T5b", 100.0), ("T6", 100.0)]),
    ("rent of a GPU-hour", "USD",
     [("gpu_hour_price_contract", "one-year contract", 1.0, drawing.OPEN, drawing.SOLID),
      ("gpu_hour_price", "on demand", 1.0, drawing.CLOSED, drawing.DASHED)],
     [("T15a", 1.0), ("T15b", 1.0), ("T15d", 1.0)]),
    ("lag of open models", "months", [("open_lag_months", "", 1.0, "#000000", drawing.SOLID)], [("T12", 1.0)]),
    ("concentration", "HHI", [("cloud_hhi", "clouds", 1.0, "#000000", drawing.SOLID),
                                        ("api_hhi", "labs", 1.0, drawing.CLOSED, drawing.DASHED)],
     [("T2a", 1e-4), ("T4c", 1e-4)]),
    ("capital spending, four giants", "USD bn a year",
     [("capex_big_four_usd", "", 12e-9, "#000000", drawing.SOLID)], []),
)  # fmt: skip
OBSERVED_CAPEX = {2023: 168.0, 2024: 256.0, 2025: 410.0}  # USD bn, fact 2.01
_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?")


def data(results: Library) -> pd.DataFrame:
    """Mean and percentiles over draws of every path, by month; of capital spending, of its means of calendar years."""
    paths = results.paths("answer", "open")
    months = results.answer().basis.months
    rows = []
    for title, unit, lines, _ in PANELS:
        for column, label, factor, *_ in lines:
            values = _as_drawn(factor * paths[column], title)
            for month in range(values.shape[1]):
                known = values[:, month][np.isfinite(values[:, month])]
                low, high = np.quantile(known, drawing.MOST_BAND) if len(known) else (np.nan, np.nan)
                mean = known.mean() if len(known) else np.nan
                rows.append((title, label, unit, month, mean, low, high))
    frame = pd.DataFrame(rows, columns=["panel", "line", "unit", "month", "mean", "p10", "p90"])
    return frame[frame["month"] < months]


def caption(results: Library) -> str:
    """What is shown, and what lines, bands and boxes are."""
    answer = results.answer()
    return (
        f"The baseline beside the evidence: open arm, {results.size}, {answer.basis.calibration} calibration. Lines "
        "are means over draws, bands run from the 10th to the 90th percentile of draws; capital spending is that of "
        "calendar years. Hatched boxes are the bands that count as observed, over the time of observation; diamonds "
        "are observed values. Dotted verticals mark the end of the evidence: what lies to the right is not calibrated."
    )


def draw(results: Library) -> Figure:
    """Draw the six panels."""
    figure = drawing.new_figure(102.0)
    known = {target.id: target for target in targets()}
    paths = results.paths("answer", "open")
    for place, (title, unit, lines, bands) in enumerate(PANELS):
        axes = figure.add_subplot(2, 3, place + 1)
        for column, label, factor, colour, dashes in lines:
            values = _as_drawn(factor * paths[column], title)
            drawing.draw_path(axes, values, colour=colour, label=label, dashes=dashes)
        for name, factor in bands:
            _draw_target(axes, known[name], factor)
        if "capital" in title:
            axes.plot([year + 0.5 for year in OBSERVED_CAPEX], list(OBSERVED_CAPEX.values()), marker="D",
                      markersize=3.2, color=drawing.INK, linestyle="none", zorder=5)  # fmt: skip
        axes.axvline(2026.0, color=drawing.GREY, linewidth=0.7, linestyle=":")
        axes.set_ylabel(unit)
        axes.set_ylim(bottom=0.0)
        axes.set_xlim(2023.0, 2023.0 + max(values.shape[1], 36) / 12.0)
        drawing.whole_years(axes, most=4)
        drawing.titled(axes, "abcdef"[place], title)
        if any(label for _, label, *_ in lines):
            axes.legend(loc="upper right" if "rent" in title else "best", fontsize=drawing.small())
    return figure


def _as_drawn(values: np.ndarray, title: str) -> np.ndarray:
    """A path (draws, months) as its panel shows it: capital spending, which is observed by year, as means of years."""
    return _by_year(values) if "capital" in title else values


def _by_year(values: np.ndarray) -> np.ndarray:
    """Means of calendar years, at every month of the year; (draws, months)."""
    whole = values.copy()
    for start in range(0, values.shape[1], 12):
        whole[:, start : start + 12] = values[:, start : start + 12].mean(axis=1, keepdims=True)
    return whole


def _draw_target(axes: Axes, target: Target, factor: float) -> None:
    """The band of a moment over its window."""
    first, _, last = target.window.replace("..", " ").partition(" ")
    start, end = _time(first, last=False), _time(last or first, last=True)
    drawing.draw_evidence(axes, start, end, factor * target.low, factor * target.high, factor * target.value)


def _time(text: str, *, last: bool) -> float:
    """A year or month of a window as a point in time, the end of it if it is the last."""
    match = _DATE.match(text)
    if match is None:
        raise ValueError(f"{text} is no date")
    year, month = int(match[1]), int(match[2] or 0)
    if month:
        return year + (month - 1 + last) / 12.0
    return float(year + last)
