"""A design: which worlds a sweep runs, and what it keeps of each (docs/how_to/sweeps.md has the grammar of its file).

A design is a list of points, each some dotted settings; every point is run in every scenario, calibration, draw and
arm. Points are made one after the other, so that a design of a million runs takes no more memory than one of ten.
Draws are the same at every point unless the design says otherwise (common random numbers), so that differences between
points are not luck.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

METHODS = ("grid", "list", "latin_hypercube", "sobol")
SAMPLED = ("latin_hypercube", "sobol")
ARMS = ("open", "closed", "absent")
AXES = ("scenario", "calibration", "arm")  # what a factor or an experiment may set beside parameters
LEVELS = 3  # of a range in a grid: low, middle, high


@dataclass(frozen=True)
class Factor:
    """What varies: one dotted parameter or one of `AXES`, over a list of values or a range from `low` to `high`."""

    key: str
    values: tuple[Any, ...] = ()  # empty: a range
    low: float = 0.0
    high: float = 1.0
    whole: bool = False  # only whole numbers
    log: bool = False  # even in the logarithm
    levels: int = LEVELS

    def grid(self) -> tuple[Any, ...]:
        """The values a grid takes: those listed, or `levels` of the range, ends included, without repetition."""
        if self.values:
            return self.values
        steps = [place / (self.levels - 1) for place in range(self.levels)] if self.levels > 1 else [0.5]
        return tuple(dict.fromkeys(self._of_range(step) for step in steps))

    def at(self, unit: float) -> Any:
        """The value at `unit` in [0, 1): every listed value, and every whole number of a range, has an equal part."""
        if self.values:
            return self.values[min(int(unit * len(self.values)), len(self.values) - 1)]
        if self.whole and not self.log:
            return int(self.low) + min(int(unit * (self.high - self.low + 1)), int(self.high - self.low))
        return self._of_range(unit)

    def _of_range(self, unit: float) -> float | int:
        if unit in (0.0, 1.0):
            value = self.high if unit else self.low
        elif self.log:
            value = math.exp(math.log(self.low) + unit * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + unit * (self.high - self.low)
        return round(value) if self.whole else value


@dataclass(frozen=True)
class Keep:
    """What is kept of every run: tables, months from `first` to `last` (None: the end), every so many, which columns.

    `every` thins tables of one row a month or more; events and value capture are kept whole within the window.
    """

    tables: tuple[str, ...] = ("indicators",)
    first: int = 0
    last: int | None = None
    every: int = 1
    outcomes: tuple[str, ...] = ()  # columns of `indicators`; empty: all


@dataclass(frozen=True)
class Point:
    """One setting of the factors; `number` counts from 1, `experiment` is its name in a list."""

    number: int
    settings: Mapping[str, Any]
    experiment: str = ""


@dataclass(frozen=True)
class World:
    """One world of a design: what to read, what to lay over it, and which arm and draw to run."""

    point: Point
    source: str  # a shipped name, or the path of a file
    overrides: Mapping[str, Any]  # dotted keys, those of companies, months and calibration included
    arm: str
    draw: int


@dataclass(frozen=True)
class Design:
    """Everything a design file says; obtained from `scenarios.read_design`."""

    label: str  # file it was read from
    scenarios: tuple[str, ...] = ("baseline",)
    arms: tuple[str, ...] = ("open",)
    calibrations: tuple[str, ...] = ()  # empty: that of the scenario
    draws: int = 1
    common_draws: bool = True
    companies: int | None = None
    months: int | None = None
    method: str = "grid"
    points: int = 0  # of a sample
    seed: int = 1  # of a sample
    factors: tuple[Factor, ...] = ()
    experiments: tuple[Point, ...] = ()
    keep: Keep = field(default_factory=Keep)
    title: str = ""
    question: str = ""
    text: str = ""  # what the file says, word for word

    @property
    def keys(self) -> tuple[str, ...]:
        """Dotted parameters that vary, in the order of the file."""
        keys = [factor.key for factor in self.factors]
        keys += [key for point in self.experiments for key in point.settings]
        return tuple(key for key in dict.fromkeys(keys) if key not in AXES)

    @property
    def points_in_all(self) -> int:
        """Number of points."""
        if self.method == "list":
            return len(self.experiments)
        return self.points if self.method in SAMPLED else math.prod(len(factor.grid()) for factor in self.factors)

    @property
    def runs(self) -> int:
        """Number of worlds."""
        axes = {"scenario": self.scenarios, "calibration": self.calibrations or ("",), "arm": self.arms}
        if not any(set(point.settings) & set(AXES) for point in self.experiments):
            varied = {factor.key for factor in self.factors}
            crossed = math.prod(len(values) for axis, values in axes.items() if axis not in varied)
            return self.points_in_all * self.draws * crossed
        return self.draws * sum(
            math.prod(1 if axis in point.settings else len(values) for axis, values in axes.items())
            for point in self.experiments
        )

    def every_point(self) -> Iterator[Point]:
        """The points, one after the other and always the same."""
        if self.method == "list":
            yield from self.experiments
            return
        keys = [factor.key for factor in self.factors]
        if self.method in SAMPLED:
            from scenarios.sampling import unit_points

            rows = unit_points(self.method, points=self.points, factors=len(keys), seed=self.seed)
            for number, row in enumerate(rows, start=1):
                values = [factor.at(float(unit)) for factor, unit in zip(self.factors, row, strict=True)]
                yield Point(number, dict(zip(keys, values, strict=True)))
            return
        for number, combination in enumerate(itertools.product(*(f.grid() for f in self.factors)), start=1):
            yield Point(number, dict(zip(keys, combination, strict=True)))

    def worlds(self) -> Iterator[World]:
        """Every world, draws and arms of one point, scenario and calibration side by side."""
        for point in self.every_point():
            fixed = {key: value for key, value in point.settings.items() if key not in AXES}
            for source, calibration in itertools.product(
                self._axis(point, "scenario", self.scenarios), self._axis(point, "calibration", self.calibrations)
            ):
                overrides = self._common() | ({"companies.calibration": calibration} if calibration else {}) | fixed
                for draw, arm in itertools.product(self._draws_of(point), self._axis(point, "arm", self.arms)):
                    yield World(point=point, source=source, overrides=overrides, arm=arm, draw=draw)

    def _common(self) -> dict[str, Any]:
        """Overrides that hold at every point."""
        chosen = {"companies.count": self.companies, "horizon.months": self.months}
        return {key: value for key, value in chosen.items() if value is not None}

    def _axis(self, point: Point, axis: str, default: tuple[str, ...]) -> tuple[str, ...]:
        return (point.settings[axis],) if axis in point.settings else default or ("",)

    def _draws_of(self, point: Point) -> range:
        first = 1 if self.common_draws else 1 + (point.number - 1) * self.draws
        return range(first, first + self.draws)
