"""What opening the weights does in every scenario: to access of small companies, and to the profit of labs and clouds.

Spread is the first panel, shift the comparison of the other two: clouds gaining what labs lose would be a mirror image.
"""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.figure import Figure

from paper import drawing
from paper.classes import labs_lose
from paper.library import Library

NEEDS = ("claims",)
PANELS = (  # column, title, unit, factor, colour
    ("d_access_small", "access", "points, small companies", 100.0, "companies"),
    ("d_profit_lab", "labs' profit", "USD bn a month", 1e-9, "lab"),
    ("d_profit_cloud", "clouds' profit", "USD bn a month", 1e-9, "cloud"),
)
CALIBRATIONS = {"iceberg": ("o", True), "lean": ("s", False)}  # marker, filled
NAME_WIDTH = 44


def data(results: Library) -> pd.DataFrame:
    """One row per scenario and calibration."""
    return results.csv("claims", "scenarios.csv")


def caption(results: Library) -> str:
    """What points and lines are, and how often labs lose."""
    frame = data(results)
    first = frame[frame["calibration"] == frame["calibration"].iloc[0]]
    clear, failed = int(labs_lose(first).sum()), int((first["pairs"] == 0).sum())
    without = f" In {failed} of them no pair came through." if failed else ""
    kinds = " and ".join(
        f"{'filled circles' if filled else 'open squares'}: {name}"
        for name, (_, filled) in CALIBRATIONS.items() if name in set(frame["calibration"])
    )  # fmt: skip
    return (
        f"Open less closed in {first.shape[0]} scenarios, {int(frame['pairs'].max())} pairs of worlds each ({kinds} "
        f"calibration).{without} Lines are 95% intervals over pairs of worlds that share all luck; those beyond the "
        "panel end at its edge. Labs clearly lose, by more than counts as none, in "
        f"{clear} of {first.shape[0]} scenarios ({first['calibration'].iloc[0]} calibration): only there can shift be "
        "put as a ratio."
    )


def draw(results: Library) -> Figure:
    """Draw the three panels, scenarios downwards."""
    frame = data(results)
    names = list(dict.fromkeys(frame["scenario"]))
    titles = frame.drop_duplicates("scenario").set_index("scenario")["title"]
    figure = drawing.new_figure(max(40.0, 22.0 + 3.9 * len(names)))
    panels = figure.subplots(1, 3, sharey=True)
    present = [name for name in CALIBRATIONS if name in set(frame["calibration"])]
    for letter, axes, (column, title, unit, factor, colour) in zip("abc", panels, PANELS, strict=True):
        estimates = []
        for shift, calibration in enumerate(present):
            marker, filled = CALIBRATIONS[calibration]
            rows = frame[frame["calibration"] == calibration].to_dict("records")
            for row in rows:
                estimate = drawing.interval_of(row, column)
                estimates.append(estimate)
                place = names.index(row["scenario"]) + (0.32 * shift - 0.16 if len(present) > 1 else 0.0)
                drawing.draw_interval(axes, place, estimate, colour=drawing.COLOURS[colour], marker=marker,
                                      filled=filled, factor=factor, size=3.0)  # fmt: skip
        drawing.zero_line(axes)
        axes.set_xlim(*drawing.limits_clear_of(estimates, factor=factor, most=2.5))
        axes.set_xlabel(unit)
        drawing.titled(axes, letter, title)
        for place in range(0, len(names), 2):
            axes.axhspan(place - 0.5, place + 0.5, color="#F3F3F3", linewidth=0, zorder=0)
    drawing.name_rows(panels[0], [f"{_short(titles[name])}  {name}" for name in names])
    for axes in panels[1:]:
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    return figure


def _short(title: str) -> str:
    return textwrap.shorten(title, NAME_WIDTH, placeholder=" …")
