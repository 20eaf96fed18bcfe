"""What running an open model oneself costs by volume, above the water and below, beside the bill of an interface.

A quick look shows the machines at average load, as a newcomer in the model sees them (docs/model.md, M10); machines for
peaks and in reserve, overhead, people and tools come on top. The shaded boxes are the three tiers of the essay that
this project answers (facts 4.01 to 4.03).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from market.serving import Calibration, self_host_cost
from paper import drawing
from paper.library import Library

NEEDS = ("answer",)
VOLUMES = 10.0 ** np.linspace(7.0, 12.0, 101)  # tokens a month
TIERS = (  # tokens a month, USD a year: the essay's budgets, at the volumes of M7's reference table
    ("internal", (3e7, 3e8), (125e3, 190e3)), ("customer", (3e9, 5e9), (500e3, 820e3)),
    ("core", (1e11, 2e11), (6e6, 12e6)),
)  # fmt: skip
LOOK: dict[Calibration, tuple[str, tuple[float | None, float | None]]] = {
    "iceberg": (drawing.OPEN, drawing.SOLID), "lean": (drawing.CLOSED, drawing.DASHED),
}  # fmt: skip


def data(results: Library) -> pd.DataFrame:
    """USD a year by volume: total and visible cost under both calibrations, closed interface and hosted open model."""
    price, hosted = price_paid(results), hosted_price(results)
    rows = []
    for volume in VOLUMES:
        mtok = 12.0 * volume / 1e6  # a year
        row = {"tokens_per_month": volume, "api": mtok * price, "hosted": mtok * hosted}
        for calibration in LOOK:
            cost = self_host_cost(float(volume), calibration=calibration)
            row |= {f"{calibration}_total": cost.total, f"{calibration}_visible": cost.visible,
                    f"{calibration}_staff_share": cost.staff / cost.total}  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


def caption(results: Library) -> str:
    """What lines and boxes are, and where self-hosting pays."""
    ends = {name: [_said(break_even(results, name, rival)) for rival in ("api", "hosted")] for name in LOOK}
    said = "; ".join(f"under {name} {api}, and than the hosted model {hosted}" for name, (api, hosted) in ends.items())
    return (
        "Cost of running an open model oneself. Left: USD a year by volume under both calibrations, the bills of a "
        f"closed interface and of a hosted open model at the mean prices of 2025 in the open arm "
        f"(${price_paid(results):.2f} and ${hosted_price(results):.2f} per million tokens, {results.size}), and the "
        "essay's three tiers (boxes). Right: what a quick look shows, the machines "
        "at average load, and people, in % of the total; steps are whole copies of a model. Both are closed forms "
        "without uncertainty of their own; the two calibrations bracket what is not known. Self-hosting is cheaper "
        f"than the closed interface {said}."
    )


def price_paid(results: Library) -> float:
    """Mean price of closed interfaces in 2025, open arm, USD per million tokens; the last year of a shorter run."""
    return _price_of_2025(results, "price_closed")


def hosted_price(results: Library) -> float:
    """Mean price of hosted open models in the same year and arm."""
    return _price_of_2025(results, "price_open")


def _price_of_2025(results: Library, column: str) -> float:
    path = results.paths("answer", "open")[column]
    year = path[:, 24:36] if path.shape[1] >= 36 else path[:, -12:]
    return float(np.nanmean(year))


def break_even(results: Library, calibration: Calibration, rival: str = "api") -> float:
    """Tokens a month from which self-hosting stays below `api`, or `hosted`; infinite if it never does."""
    frame = data(results)
    dearer = np.flatnonzero(frame[f"{calibration}_total"].to_numpy() > frame[rival].to_numpy())
    if not len(dearer):
        return float(VOLUMES[0])
    return float(VOLUMES[dearer[-1] + 1]) if dearer[-1] + 1 < len(VOLUMES) else float("inf")


def draw(results: Library) -> Figure:
    """Draw cost by volume and what lies below the water."""
    frame = data(results)
    figure = drawing.new_figure(76.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.45, 1.0))
    x = frame["tokens_per_month"]
    for name, (low, high), (least, most) in TIERS:
        left.add_patch(Rectangle((low, least), high - low, most - least, facecolor="#E8E0C8", edgecolor=drawing.INK,
                                 linewidth=0.7, hatch="....", zorder=1))  # fmt: skip
        left.annotate(name, ((low * high) ** 0.5, most), (0, 3), textcoords="offset points", ha="center", va="bottom",
                      fontsize=drawing.small())  # fmt: skip
    for calibration, (colour, dashes) in LOOK.items():
        left.plot(x, frame[f"{calibration}_total"], color=colour, dashes=dashes, label=f"self-hosting, {calibration}")
        left.plot(x, frame[f"{calibration}_visible"], color=colour, linewidth=0.8, dashes=drawing.DOTTED,
                  label=f"visible part, {calibration}")  # fmt: skip
    left.plot(x, frame["api"], color=drawing.INK, linewidth=1.6, dashes=(6, 1.5, 1.2, 1.5), label="closed interface")
    left.plot(x, frame["hosted"], color=drawing.INK, linewidth=1.0, dashes=(1.5, 1.5), label="hosted open model")
    left.set_xscale("log")
    left.set_yscale("log")
    left.set_xlim(float(VOLUMES[0]), float(VOLUMES[-1]))
    left.set_ylim(1e3, 1e8)
    left.set_xlabel("tokens a month")
    left.set_ylabel("USD a year")
    left.legend(loc="upper left", fontsize=drawing.small())
    drawing.titled(left, "a", "cost by volume")
    _draw_hidden(right, frame)
    return figure


def _draw_hidden(axes: Axes, frame: pd.DataFrame) -> None:
    x = frame["tokens_per_month"]
    for calibration, (colour, dashes) in LOOK.items():
        axes.plot(x, 100.0 * frame[f"{calibration}_visible"] / frame[f"{calibration}_total"], color=colour,
                  dashes=dashes, label=f"visible, {calibration}")  # fmt: skip
        axes.plot(x, 100.0 * frame[f"{calibration}_staff_share"], color=colour, dashes=drawing.DOTTED, linewidth=0.9,
                  label=f"people, {calibration}")  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(float(VOLUMES[0]), float(VOLUMES[-1]))
    axes.set_ylim(0.0, 1.5 * axes.dataLim.ymax)  # room for the legend
    axes.set_xlabel("tokens a month")
    axes.set_ylabel("% of total cost")
    axes.legend(loc="upper left", fontsize=drawing.small())
    drawing.titled(axes, "b", "above and below the water")


def _said(volume: float) -> str:
    if not np.isfinite(volume):
        return "at no volume shown"
    if volume <= VOLUMES[0]:
        return "at every volume shown"
    return f"from {volume / 1e9:.2g} billion tokens a month on"
