"""What a sweep says: means by scenario, and paired differences, each with its 95% interval.

A run counts by the mean of an indicator over a window of months. The runs of one draw share their luck, so they are
averaged first and the interval is Student's over draws; where there is one draw only, it is over points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from market.estimators import paired_mean
from scenarios.wording import nearest
from simulation.results.indicator_table import INDICATORS
from simulation.results.querying import columns_of, connect, literal, quoted, quoted_list, reading
from simulation.results.reading import Results

TAIL = 24  # months that count where neither design nor reader says which
HEADLINES = (
    "access_small", "access_mean", "adoption", "open_share_tokens", "price_closed", "price_open", "gpu_hour_price",
    "profit_lab", "profit_cloud", "profit_chip", "consumer_surplus", "welfare", "control_cloud", "control_max",
)  # fmt: skip
AXES = ("scenario", "experiment", "calibration", "arm")
_REFERENCES = ("baseline", "closed", "iceberg")  # what others are compared with where the reader does not say


class CannotSummarise(ValueError):
    """What was asked for is not in the results; the message is one line that says what is."""


@dataclass(frozen=True)
class Window:
    """Months that count: from `first` to `last`, or the last `tail` of every run."""

    first: int | None = None
    last: int | None = None
    tail: int | None = TAIL

    @property
    def sql(self) -> str:
        """Condition on `month` and, for a tail, `last_month` of the run."""
        if self.first is not None or self.last is not None:
            first, last = self.first or 0, "32767" if self.last is None else str(self.last)
            return f"month BETWEEN {first} AND {last}"
        return "TRUE" if self.tail is None else f"month > last_month - {self.tail}"


class Sweep:
    """The results of many worlds, asked by SQL: obtained from a results folder of any command."""

    def __init__(self, results: Results) -> None:
        self.results = results
        with reading(results.folder):
            self.base = connect(results.folder)
        if "indicators" not in [row[0] for row in self.rows("SHOW TABLES")]:
            raise CannotSummarise(f"{results.folder}: the table indicators was not kept; read the others with --export")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query in SQL finds. Raises BadFolder where a part of the folder is damaged."""
        with reading(self.results.folder):
            return self.base.execute(query).fetchall()

    def frame(self, query: str) -> pd.DataFrame:
        """The same as a frame."""
        with reading(self.results.folder):
            return self.base.execute(query).df()

    @cached_property
    def factors(self) -> tuple[str, ...]:
        """Parameters that vary."""
        return tuple(self.results.manifest.get("factors", ()))

    @cached_property
    def varying(self) -> tuple[str, ...]:
        """Which of `AXES` take more than one value; the scenario always counts."""
        counts = [f"count(DISTINCT {quoted(axis)})" for axis in AXES]
        found = self.rows(f"SELECT {', '.join(counts)} FROM runs")[0]
        return tuple(axis for axis, count in zip(AXES, found, strict=True) if count > 1 or axis == "scenario")

    def window(self) -> Window:
        """The window the design states, else the last `TAIL` months."""
        first, last = self.results.manifest.get("keep", {}).get("window", (0, None))
        return Window(tail=None) if first or last is not None else Window()

    def outcomes(self, wanted: Sequence[str] = ()) -> tuple[str, ...]:
        """The indicators asked for, else those the design keeps, else the headlines; raises CannotSummarise."""
        kept = [name for name in columns_of(self.base, "indicators") if name in _DECLARED]
        for name in wanted:
            if name not in kept:
                raise CannotSummarise(f'--outcome: "{name}" is no indicator kept here; {nearest(name, kept)}')
        chosen = self.results.manifest.get("keep", {}).get("outcomes", ())
        return tuple(dict.fromkeys(wanted)) or tuple(chosen) or tuple(name for name in HEADLINES if name in kept)

    def means(
        self, by: Sequence[str] = (), *, outcomes: Sequence[str] = (), window: Window | None = None
    ) -> pd.DataFrame:
        """Means by the keys `by` (by default, the axes that vary), one row per outcome and group.

        Columns: outcome, the keys, mean, low, high, runs. Raises CannotSummarise for a key or outcome that is not here.
        """
        by = tuple(dict.fromkeys(by)) or self.varying
        for key in by:
            self.refuse_key(key)
        outcomes = self.outcomes(outcomes)
        unit = self._unit()
        means = ", ".join(f"avg({quoted(name)}) AS {quoted(name)}" for name in outcomes)
        keys = quoted_list(by, of="r")
        rows = self.frame(
            f"WITH per_run AS ({self._per_run(outcomes, window or self.window())}) "
            f"SELECT {keys}, {unit} AS unit, count(DISTINCT r.run) AS runs, min(r.number) AS first, {means} "
            f"FROM runs r JOIN per_run USING (run) GROUP BY ALL ORDER BY first, unit"
        )
        found = []
        for group, part in _groups(rows, by):
            for name in outcomes:
                interval = _interval(part[name])
                found.append({
                    "outcome": name, **dict(zip(by, group, strict=True)), "mean": interval.value, "low": interval.low,
                    "high": interval.high, "runs": int(part["runs"].sum()),
                })  # fmt: skip
        frame = pd.DataFrame(found, columns=["outcome", *by, "mean", "low", "high", "runs"])
        return _in_order(frame, outcomes)

    def differences(
        self, by: str = "scenario", *, against: str | None = None, outcomes: Sequence[str] = (),
        window: Window | None = None,
    ) -> pd.DataFrame:
        """Paired differences along one key: worlds alike in all else, draw included, and month by month.

        Columns: outcome, the key, against, reference (its mean), mean, difference, low, high, pairs. Raises
        CannotSummarise where the key takes one value only, or no two worlds differ by it alone.
        """
        self.refuse_key(by)
        outcomes = self.outcomes(outcomes)
        reference = self._reference(by, against)
        unit = self._unit(of="b")
        shared = [key for key in ("scenario", "calibration", "arm", "draw", "experiment") if key != by]
        if by != "experiment" and "experiment" not in self.varying:
            shared += [key for key in self.factors if key != by]
        alike = " AND ".join(f"a.{quoted(key)} IS NOT DISTINCT FROM b.{quoted(key)}" for key in shared)
        pairs = (
            f"SELECT DISTINCT a.run AS before, b.run AS after, b.{quoted(by)} AS key, {unit} AS unit, "
            f"b.number AS number FROM runs a JOIN runs b ON {alike} "
            f"WHERE CAST(a.{quoted(by)} AS VARCHAR) = {literal(reference)} "
            f"AND CAST(b.{quoted(by)} AS VARCHAR) <> {literal(reference)}"
        )
        columns = ", ".join(
            f"avg(a.{c}) FILTER ({both}) AS {quoted(name + ':a')}, avg(b.{c}) FILTER ({both}) AS {quoted(name + ':b')}"
            for name in outcomes
            if (c := quoted(name)) and (both := f"WHERE isfinite(a.{c}) AND isfinite(b.{c})")
        )
        means = ", ".join(
            f"avg({quoted(f'{name}:{side}')}) AS {quoted(f'{name}:{side}')}" for name in outcomes for side in "ab"
        )
        rows = self.frame(
            f"WITH pairs AS ({pairs}), months AS ({self._months(outcomes, window or self.window())}), per_pair AS ("
            f"SELECT p.key, p.unit, p.number, p.before, p.after, {columns} FROM pairs p "
            f"JOIN months a ON a.run = p.before JOIN months b ON b.run = p.after AND b.month = a.month GROUP BY ALL) "
            f"SELECT key, unit, count(*) AS pairs, min(number) AS first, {means} FROM per_pair GROUP BY key, unit "
            f"ORDER BY first, unit"
        )
        if rows.empty:
            self.months_counted(window)  # says so where it is the window that is empty
            raise CannotSummarise(f"--by {by}: no two worlds differ by {by} alone, so that there is nothing to pair")
        found = []
        for (key,), part in _groups(rows, ("key",)):
            for name in outcomes:
                before, after = part[f"{name}:a"], part[f"{name}:b"]
                interval = _interval(after - before)
                found.append({
                    "outcome": name, by: key, "against": reference, "reference": before.mean(), "mean": after.mean(),
                    "difference": interval.value, "low": interval.low, "high": interval.high,
                    "pairs": int(part["pairs"].sum()),
                })  # fmt: skip
        return _in_order(pd.DataFrame(found), outcomes)

    def paths(self, by: Sequence[str], *, outcome: str) -> pd.DataFrame:
        """Mean of an outcome by the keys `by` and month over the runs of a group that have a value: the keys, month,
        value. Raises CannotSummarise for a key or outcome that is not here."""
        for key in by:
            self.refuse_key(key)
        (name,) = self.outcomes((outcome,))
        value = f"avg(i.{quoted(name)}) FILTER (WHERE isfinite(i.{quoted(name)}))"
        return self.frame(
            f"SELECT {quoted_list(by, of='r')}, i.month, {value} AS value, min(r.number) AS first FROM indicators i "
            f"JOIN runs r ON r.run = i.run GROUP BY ALL ORDER BY first, i.month"
        ).drop(columns="first")

    def units(self) -> tuple[int, str]:
        """Over how many of what the intervals are taken."""
        (draws,) = self.rows("SELECT count(DISTINCT draw) FROM runs")[0]
        if draws > 1:
            return int(draws), "draws"
        (points,) = self.rows("SELECT count(DISTINCT point) FROM runs")[0]
        return int(points), "points of one draw"

    def months_counted(self, window: Window | None = None) -> tuple[int, int]:
        """First and last month that count in any run."""
        rows = self._months((), window or self.window())
        first, last = self.rows(f"SELECT min(month), max(month) FROM ({rows})")[0]
        if first is None:
            raise CannotSummarise("--window: no month of these results lies in it")
        return int(first), int(last)

    def refuse_key(self, key: str) -> None:
        """Raise CannotSummarise for a key that the runs do not have."""
        known = [*AXES, "draw", "point", *self.factors]
        if key not in known:
            raise CannotSummarise(f'--by: "{key}" is nothing that these runs differ by; {nearest(key, known)}')

    def _reference(self, by: str, against: str | None) -> str:
        """The value that others are compared with: the one asked for, the usual one, else the first of the design."""
        rows = self.rows(
            f"SELECT CAST({quoted(by)} AS VARCHAR), min(number) AS first FROM runs GROUP BY 1 ORDER BY first"
        )
        values = [str(value) for value, _ in rows]
        if not values:
            raise CannotSummarise(f"{self.results.folder}: holds no month of any world to compare")
        if len(values) < 2:
            raise CannotSummarise(f"--by {by}: every world has {by} = {values[0]}, so that there is nothing to compare")
        if against is not None and against not in values:
            raise CannotSummarise(f'--against: no world has {by} = "{against}"; {nearest(against, values)}')
        usual = [value for value in _REFERENCES if value in values]
        return against or (usual or values)[0]

    def _unit(self, of: str = "r") -> str:
        return f"{of}.draw" if self.units()[1] == "draws" else f"{of}.point"

    def _months(self, outcomes: Sequence[str], window: Window) -> str:
        """Rows of the indicators that count."""
        names = quoted_list(("run", "month", *outcomes))
        if "last_month" not in window.sql:
            return f"SELECT {names} FROM indicators WHERE {window.sql}"
        return (
            f"SELECT {names} FROM (SELECT *, max(month) OVER (PARTITION BY run) AS last_month FROM indicators) "
            f"WHERE {window.sql}"
        )

    def _per_run(self, outcomes: Sequence[str], window: Window) -> str:
        """The mean of each outcome over the months of a run in which it has a value."""
        means = ", ".join(
            f"avg({quoted(name)}) FILTER (WHERE isfinite({quoted(name)})) AS {quoted(name)}" for name in outcomes
        )
        return f"SELECT run, {means} FROM ({self._months(outcomes, window)}) GROUP BY run"


_DECLARED = {column.name for column in INDICATORS.own_columns}


def _groups(rows: pd.DataFrame, by: Sequence[str]) -> list[tuple[tuple[Any, ...], pd.DataFrame]]:
    """The rows of each combination of keys, in the order of the design."""
    return [
        (key if isinstance(key, tuple) else (key,), part)
        for key, part in rows.groupby(list(by), sort=False, dropna=False)
    ]


def _interval(values: pd.Series) -> Any:
    """Mean and interval over the units that have a value."""
    numbers = values.to_numpy(dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    return paired_mean(numbers if len(numbers) else np.array([np.nan]))


def _in_order(frame: pd.DataFrame, outcomes: Sequence[str]) -> pd.DataFrame:
    """Rows outcome by outcome, groups in the order they came."""
    order = {name: place for place, name in enumerate(outcomes)}
    return frame.sort_values("outcome", key=lambda names: names.map(order), kind="stable", ignore_index=True)
