"""The plane between spread and shift: Theta across, small companies' access upwards, classes as regions."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from market.estimators import Interval
from market.units import FloatArray
from simulation.answering.answer import Answer
from simulation.answering.verdict import NO_LAB_LOSS, TABLE, Thresholds

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME_SIZE = 4.6  # points
NAME_COLUMNS, NAME_ROWS = 46, 26  # letters of that size that fit across the axes, and lines
PRIOR_COLOUR = "#0072B2"
REGION_COLOURS = ("#E3F2EA", "#F6F1DF", "#FAE3D6")  # little, part, most of labs' loss goes to clouds
REGION_STRENGTH = (1.0, 0.55, 0.8)  # access wider, flat, narrower


def draw_plane(axes: Axes, answer: Answer) -> None:
    """Every pair between spread and shift, the mean with its 95% box, the verdict's regions and the toy."""
    theta, gain = pair_points(answer)
    mean_gain = answer.headline.difference("access_small")
    thresholds = answer.thresholds
    horizontal = limits(theta, answer.theta, inside=(-0.1, 1.1), widest=(-2.0, 3.0))
    vertical = limits(100.0 * gain, _scaled(mean_gain, 100.0), inside=rows_in_view(thresholds), widest=(-30.0, 30.0))
    axes.set_xlim(*horizontal)
    axes.set_ylim(*vertical)
    _draw_regions(axes, thresholds, horizontal, vertical)
    beyond = np.sign(theta - np.clip(theta, *horizontal))  # pairs outside the axis stand at its end, as arrows
    for marker, side in (("o", 0), ("<", -1), (">", 1)):
        inside = beyond == side
        axes.scatter(
            np.clip(theta[inside], *horizontal), np.clip(100.0 * gain[inside], *vertical), s=9, marker=marker,
            facecolor="#555555", edgecolor="white", linewidth=0.3, alpha=0.85, zorder=3, clip_on=False,
            label="one pair" if marker == "o" else None,
        )  # fmt: skip
    of_this_world = list(answer.priors.items())[-2:]
    for style, (place, prior) in zip((":", "--"), of_this_world, strict=False):
        label = f"toy, {place.partition(', ')[2]}"
        axes.axvline(prior.theta, color=PRIOR_COLOUR, linewidth=0.9, linestyle=style, zorder=2, label=label)
    if not answer.theta.refused:
        _draw_mean(axes, answer.theta, _scaled(mean_gain, 100.0))
    axes.set_title("c  Spread or shift")
    axes.set_xlabel("Theta: cloud gain per dollar labs lose")
    axes.set_ylabel("access of small companies (points)")
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.45, -0.2), ncols=2, fontsize=5.6, handlelength=1.6, columnspacing=1.0
    )


def _draw_regions(
    axes: Axes, thresholds: Thresholds, horizontal: tuple[float, float], vertical: tuple[float, float]
) -> None:
    """Shade and name the nine classes as far as they are in view."""
    rope = 100.0 * thresholds.access
    width, height = horizontal[1] - horizontal[0], vertical[1] - vertical[0]
    rows = ((rope, vertical[1]), (-rope, rope), (vertical[0], -rope))
    columns = (
        (horizontal[0], thresholds.theta_low),
        (thresholds.theta_low, thresholds.theta_high),
        (thresholds.theta_high, horizontal[1]),
    )
    for row, (bottom, top) in enumerate(rows):
        for column, (start, end) in enumerate(columns):
            axes.fill_between(
                [start, end], bottom, top, color=REGION_COLOURS[column], alpha=REGION_STRENGTH[row],
                linewidth=0, zorder=0,
            )  # fmt: skip
            name = _fitted(TABLE[row][column], width=(end - start) / width, height=(top - bottom) / height)
            axes.text(
                (start + end) / 2.0, bottom + 0.015 * height, name, ha="center", va="bottom", color="#707070",
                fontsize=NAME_SIZE, zorder=1, linespacing=1.05,
            )  # fmt: skip


def _fitted(name: str, *, width: float, height: float) -> str:
    """A class name broken into lines that fit a region, given as shares of the axes; empty where nothing fits."""
    columns, rows = int(width * NAME_COLUMNS), int(height * NAME_ROWS)
    lines = textwrap.wrap(name.replace("+", "+ "), width=columns, break_long_words=False) if columns else []
    return "\n".join(lines) if 0 < len(lines) <= rows and max(map(len, lines)) <= columns else ""


def _draw_mean(axes: Axes, theta: Interval, gain: Interval) -> None:
    """The mean over pairs with its 95% box."""
    from matplotlib.patches import Rectangle

    box = Rectangle(
        (theta.low, gain.low), theta.high - theta.low, gain.high - gain.low, facecolor="none", edgecolor="#000000",
        linewidth=0.9, zorder=4,
    )  # fmt: skip
    axes.add_patch(box)
    axes.plot(
        theta.value,
        gain.value,
        marker="D",
        markersize=3.2,
        color="#000000",
        linestyle="none",
        zorder=5,
        label="mean, 95% box",
    )


def pair_points(answer: Answer) -> tuple[FloatArray, FloatArray]:
    """Theta and the change of access of every pair whose labs lose."""
    headline = answer.headline
    loss = headline.closed["profit_lab"] - headline.open["profit_lab"]
    gain = headline.open["profit_cloud"] - headline.closed["profit_cloud"]
    access = headline.open["access_small"] - headline.closed["access_small"]
    loses = np.array([name != NO_LAB_LOSS for name in headline.pair_classes])
    return gain[loses] / loss[loses], access[loses]


def limits(
    points: FloatArray, mean: Interval, *, inside: tuple[float, float], widest: tuple[float, float]
) -> tuple[float, float]:
    """Axis limits that hold the points, the mean and what must be seen, but no single pair beyond `widest`."""
    seen = np.concatenate([points, [value for value in (mean.low, mean.high) if np.isfinite(value)], inside])
    margin = 0.06 * (seen.max() - seen.min())
    ends = (np.nan_to_num(mean.low) - margin, np.nan_to_num(mean.high) + margin)
    return (
        float(max(min(widest[0], ends[0]), seen.min() - margin)),
        float(min(max(widest[1], ends[1]), seen.max() + margin)),
    )


def rows_in_view(thresholds: Thresholds) -> tuple[float, float]:
    """The band of access changes too small to matter, and as much again on both sides, in points."""
    return -200.0 * thresholds.access, 200.0 * thresholds.access


def _scaled(estimate: Interval, factor: float) -> Interval:
    """The same estimate in another unit."""
    return Interval(estimate.value * factor, estimate.low * factor, estimate.high * factor, estimate.refused)
