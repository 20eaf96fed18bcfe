"""The phase map as printed and as JSON."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from market.toy import prior_with_curvature, prior_with_supply_slope
from simulation.answering.verdict import MEANING
from simulation.console import aligned, as_json
from simulation.experiments.map_figure import CODES
from simulation.experiments.mapping import PhaseMap, boundaries, map_rows, modal_class
from simulation.experiments.paired import PairedPoint
from simulation.experiments.telling import interval_text, wrapped

CURVATURES = (-0.5, 2.0)
STEEPEST = 1e3


def map_text(found: PhaseMap) -> str:
    """The class of every cell, Theta beside the toy's, and where the toy's boundaries run."""
    scenario = found.request.resolved
    head = (
        f"{scenario.name}, {scenario.companies.calibration} calibration: {found.request.pairs} pairs of "
        f"{scenario.companies.count:,} companies in each cell, {scenario.horizon.months} months"
    )
    across = f"across: {found.x.key} ({found.x.meaning})"
    down = f"down: {found.y.key} ({found.y.meaning})"
    used = [name for name in CODES if any(name and name == modal_class(c)[0] for row in found.cells for c in row)]
    return "\n".join(
        [
            wrapped(head), across, down, "",
            "Class most pairs are in, with its frequency; * the mean is in it on its 95% intervals",
            _grid(found, _class_of), "",
            "Theta, cloud gain per dollar labs lose (-: labs do not clearly lose), and the toy's in brackets",
            _grid(found, lambda cell: _theta_of(found, cell)), "",
            *(f"{CODES[name]}: {name}, {MEANING[name]}" for name in used), "",
            *(wrapped(line) for line in theory_lines(found)),
        ]
    )  # fmt: skip


def theory_lines(found: PhaseMap) -> list[str]:
    """What the toy says of the map, and how its extensions move the boundary."""
    lines = [f"Toy ({found.theory.name}), at the concentration of each cell's closed worlds:"]
    for label, field in boundaries(found).items():
        known = field[np.isfinite(field)]
        if known.size == 0:
            where = "unknown: closed labs sell nothing"
        elif known.min() < 0 < known.max():
            where = f"crosses the map; {100 * (known >= 0).mean():.0f}% of it lies above"
        else:
            where = "the whole map lies above" if known.min() >= 0 else "the whole map lies below"
        lines.append(f"  {label.removeprefix('toy: ')}: {where}")
    labs = [at.lab_hhi for row in found.cells for cell in row if (at := found.conditions(cell)) is not None]
    clouds = [at.cloud_hhi for row in found.cells for cell in row if (at := found.conditions(cell)) is not None]
    if labs:
        lab, cloud = float(np.mean(labs)), float(np.mean(clouds))
        answer = found.request.resolved.answer
        low, high = (_slope_at(lab, theta) for theta in (answer.theta_low, answer.theta_high))
        bent = ", ".join(
            f"Theta {prior_with_curvature(cloud, lab, d).theta:.2f} and Sigma "
            f"{prior_with_curvature(cloud, lab, d).sigma:.2f} at curvature {d:g}" for d in CURVATURES
        )
        lines += [
            f"Supply slope: with competitive clouds Theta reaches {answer.theta_low:.2f} and {answer.theta_high:.2f} "
            f"where supply is {low:.2f} and {high:.2f} times as steep as demand, and shift exceeds spread above 1 "
            f"(labs' concentration {lab:.2f}).",
            f"Curvature of demand, with spare compute and clouds' concentration {cloud:.2f}: {bent}.",
        ]
    return lines


def map_json(found: PhaseMap) -> str:
    """Axes, cells and what the toy says, as JSON."""
    axes = {
        name: {"key": axis.key, "values": list(axis.values), "unit": axis.unit, "meaning": axis.meaning}
        for name, axis in (("x", found.x), ("y", found.y))
    }
    return as_json({**axes, "cells": map_rows(found), "theory": theory_lines(found)})


def _slope_at(lab_hhi: float, theta: float) -> float:
    """Supply slope over demand slope at which the toy's Theta reaches a level, by bisection."""
    low, high = 0.0, STEEPEST
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if prior_with_supply_slope(lab_hhi, middle).theta < theta else (low, middle)
    return high


def _grid(found: PhaseMap, text: Callable[[PairedPoint], str]) -> str:
    """Cells in rows of y, the highest first, as the figure has them."""
    rows = [["", *(str(value) for value in found.x.values)]]
    for at_y, cells in reversed(list(zip(found.y.values, found.cells, strict=True))):
        rows.append([str(at_y), *(text(cell) for cell in cells)])
    return aligned(rows)


def _class_of(cell: PairedPoint) -> str:
    name, share = modal_class(cell)
    if cell.comparison is None:
        return "failed"
    sure = "*" if cell.comparison.verdict.classes == (name,) else ""
    return f"{CODES[name]}{sure} {100 * share:.0f}%"


def _theta_of(found: PhaseMap, cell: PairedPoint) -> str:
    if cell.comparison is None:
        return "failed"
    toy = found.toy(cell)
    value = interval_text(cell.comparison.theta).split(" ")[0]
    return value if toy is None else f"{value} ({toy.theta:.2f})"
