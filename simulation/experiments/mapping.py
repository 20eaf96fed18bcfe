"""`map`: the class of the answer over two parameters, with the boundary that the three-layer toy draws.

Every cell is a number of paired worlds, classed one by one and together by the code of the verdict. The toy is asked
at the concentration and with the spare compute that the cell's own closed worlds have, so that what separates map and
theory is everything the toy leaves out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from market.toy import Prior, prior, prior_with_curvature, prior_with_supply_slope
from market.units import FloatArray
from scenarios.writing import value_text
from simulation.answering.comparison import Comparison
from simulation.answering.verdict import CLASSES
from simulation.experiments.axes import Axis
from simulation.experiments.paired import PairedPoint, Request, Workforce, paired_design, run_points
from simulation.experiments.structures import point_row
from simulation.experiments.telling import named_csv
from simulation.results.storage import ResultsWriter

TABLE, FIGURE = "map.csv", "map"


@dataclass(frozen=True)
class Theory:
    """Which toy draws the boundary; the plain one asks for linear demand and Cournot clouds."""

    supply_slope: float | None = None  # of compute over that of demand, competitive clouds
    curvature: float | None = None  # of demand, with spare compute

    @property
    def name(self) -> str:
        """The toy in words."""
        if self.supply_slope is not None:
            return f"competitive clouds with a supply slope {self.supply_slope:g} times that of demand"
        if self.curvature is not None:
            return f"spare compute and demand of curvature {self.curvature:g}"
        return "Cournot clouds with the spare compute of the cell, linear demand"

    def prior(self, cloud_hhi: float, lab_hhi: float, room: float) -> Prior:
        """Theta and Sigma of the toy."""
        if self.supply_slope is not None:
            return prior_with_supply_slope(lab_hhi, self.supply_slope)
        if self.curvature is not None:
            return prior_with_curvature(cloud_hhi, lab_hhi, self.curvature)
        return prior(cloud_hhi, lab_hhi, room)


@dataclass(frozen=True)
class Conditions:
    """What the toy needs to know of a place on the map, from its closed worlds."""

    cloud_hhi: float
    lab_hhi: float
    room: float  # capacity over what is used: one over the load

    @classmethod
    def of(cls, comparison: Comparison) -> Conditions:
        """Means over the closed worlds of a cell; without demand for compute there is room without end."""
        cloud, lab, load = (float(np.nanmean(comparison.closed[name])) for name in ("cloud_hhi", "api_hhi", "load"))
        return cls(cloud, lab, 1.0 / load if load > 0 else np.inf)


@dataclass(frozen=True)
class PhaseMap:
    """Cells over two axes, in rows of y."""

    request: Request
    x: Axis
    y: Axis
    cells: tuple[tuple[PairedPoint, ...], ...]  # [y][x]
    theory: Theory

    def conditions(self, cell: PairedPoint) -> Conditions | None:
        """What the toy needs to know of a cell; None where no world came through, or closed labs sell nothing."""
        if cell.comparison is None:
            return None
        found = Conditions.of(cell.comparison)
        return found if np.isfinite([found.cloud_hhi, found.lab_hhi]).all() and found.lab_hhi > 0 else None

    def toy(self, cell: PairedPoint) -> Prior | None:
        """What the toy says of a cell."""
        at = self.conditions(cell)
        return None if at is None else self.theory.prior(at.cloud_hhi, at.lab_hhi, at.room)

    def grid(self, number: Callable[[PairedPoint], float]) -> FloatArray:
        """A number of every cell, (y, x)."""
        return np.array([[number(cell) for cell in row] for row in self.cells])


def phase_map(
    request: Request, x: Axis, y: Axis, out: Path, *, workforce: Workforce, theory: Theory | None = None
) -> PhaseMap:
    """Run the map in the folder `out` and leave its table and figure there."""
    from simulation.experiments.map_figure import map_figure

    design = paired_design(request, map_points(x, y), title=f"Phase map of {x.key} and {y.key}", command="map")
    cells = run_points(design, out, workforce=workforce)
    wide = len(x.values)
    found = PhaseMap(
        request, x, y, tuple(tuple(cells[row * wide : (row + 1) * wide]) for row in range(len(y.values))),
        theory or Theory(),
    )  # fmt: skip
    writer = ResultsWriter(out)
    writer.write_file(TABLE, named_csv(map_rows(found)).encode())
    for kind, content in map_figure(found).items():
        writer.write_file(f"{FIGURE}.{kind}", content)
    return found


def map_points(x: Axis, y: Axis) -> dict[str, dict[str, Any]]:
    """What is laid over the scenario in every cell, in rows of y."""
    return {
        f"{x.key}={value_text(at_x)}, {y.key}={value_text(at_y)}": {x.key: at_x, y.key: at_y}
        for at_y, at_x in itertools.product(y.values, x.values)
    }


def map_rows(found: PhaseMap) -> list[dict[str, Any]]:
    """One row per cell: its place, classes and their frequencies, coefficients, and what the toy says."""
    rows = []
    for at_y, row in zip(found.y.values, found.cells, strict=True):
        for at_x, cell in zip(found.x.values, row, strict=True):
            shares: Mapping[str, float] = {} if cell.comparison is None else cell.comparison.class_shares
            at, toy = found.conditions(cell), found.toy(cell)
            known = {"cloud_hhi": None, "lab_hhi": None, "room": None} if at is None else dict(vars(at))
            rows.append(
                {found.x.key: at_x, found.y.key: at_y, **point_row(cell), **known,
                 "toy_theta": toy and toy.theta, "toy_sigma": toy and toy.sigma}
                | {f"frequency {name}": shares.get(name, 0.0) for name in CLASSES}
            )  # fmt: skip
    return rows


def modal_class(cell: PairedPoint) -> tuple[str, float]:
    """The class most of a cell's pairs are in, the first in the table among equals, and its frequency."""
    if cell.comparison is None:
        return "", 0.0
    shares = cell.comparison.class_shares
    name = max(shares, key=lambda each: shares[each])
    return name, shares[name]


def boundaries(found: PhaseMap) -> dict[str, FloatArray]:
    """Fields (fine y, fine x) whose zero lines are the toy's boundaries, by label.

    Conditions are taken linearly between cells, the toy is solved at every place in between.
    """
    theta, sigma = toy_between(
        found.grid(lambda c: _known(found.conditions(c), "cloud_hhi")),
        found.grid(lambda c: _known(found.conditions(c), "lab_hhi")),
        found.grid(lambda c: 1.0 / _known(found.conditions(c), "room")), found.theory,
    )  # fmt: skip
    answer = found.request.resolved.answer
    return {
        f"toy: Theta = {answer.theta_low:.2f}": theta - answer.theta_low,
        f"toy: Theta = {answer.theta_high:.2f}": theta - answer.theta_high,
        "toy: shift = spread": theta - sigma,
    }


def toy_between(
    cloud_hhi: FloatArray, lab_hhi: FloatArray, load: FloatArray, theory: Theory
) -> tuple[FloatArray, FloatArray]:
    """Theta and Sigma of the toy at and between cells whose closed worlds have these conditions, (y, x) each.

    Returns two fields (fine y, fine x), nan where a condition is unknown.
    """
    cloud, lab, use = (_between(grid) for grid in (cloud_hhi, lab_hhi, load))
    theta, sigma = np.full(cloud.shape, np.nan), np.full(cloud.shape, np.nan)
    for y, x in np.argwhere(np.isfinite(cloud) & np.isfinite(lab) & np.isfinite(use)):
        room = 1.0 / use[y, x] if use[y, x] > 0 else np.inf
        solved = theory.prior(float(cloud[y, x]), float(lab[y, x]), float(room))
        theta[y, x], sigma[y, x] = solved.theta, solved.sigma
    return theta, sigma


FINE = 12  # places between two cells at which the toy is solved


def _between(grid: FloatArray) -> FloatArray:
    """A grid (rows, columns) taken linearly at `FINE` places from each cell to the next; nan spreads to neighbours."""
    rows, columns = grid.shape
    at_y = np.linspace(0, rows - 1, (rows - 1) * FINE + 1)
    at_x = np.linspace(0, columns - 1, (columns - 1) * FINE + 1)
    low_y = np.minimum(at_y.astype(int), rows - 2)
    low_x = np.minimum(at_x.astype(int), columns - 2)
    part_y, part_x = (at_y - low_y)[:, None], (at_x - low_x)[None, :]
    corner = [[grid[np.ix_(low_y + dy, low_x + dx)] for dx in (0, 1)] for dy in (0, 1)]
    upper = (1 - part_x) * corner[0][0] + part_x * corner[0][1]
    lower = (1 - part_x) * corner[1][0] + part_x * corner[1][1]
    return np.asarray((1 - part_y) * upper + part_y * lower)


def _known(at: Conditions | None, name: str) -> float:
    return float("nan") if at is None else float(getattr(at, name))
