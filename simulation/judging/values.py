"""Measures of runs: one number per world and draw, asked of a results folder by SQL."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from market.units import FloatArray
from scenarios.claims import TAIL, WHOLE, Cell, Criterion
from simulation.results.querying import connect, literal, quoted
from simulation.results.tables import TABLES

if TYPE_CHECKING:
    import duckdb

_COLUMN = re.compile(r"[a-z_0-9]+$")
_Measured = dict[tuple[str, str], dict[int, float]]  # (experiment, calibration) -> draw -> value


class Values:
    """The measures of the runs in a folder, each asked for once; a run without a value has NaN."""

    def __init__(self, folder: Path, *, months: int, tail: int) -> None:
        self.folder, self.months, self.tail = folder, months, tail
        self._known: dict[tuple[str, str, tuple[int, int]], _Measured] = {}

    @cached_property
    def base(self) -> duckdb.DuckDBPyConnection:
        """The folder as a database, NaN being nothing."""
        connection = connect(self.folder)
        present = [str(row[0]) for row in connection.execute("SHOW TABLES").fetchall()]
        for name in present:
            if name in TABLES and TABLES[name].monthly:
                connection.execute(f"CREATE VIEW {quoted(f'known {name}')} AS {without_nan(name)}")
        return connection

    def window(self, criterion: Criterion) -> tuple[int, int] | None:
        """First and last month that count; None where the worlds end before."""
        if criterion.window == TAIL:
            return max(self.months - self.tail, 0), self.months - 1
        if criterion.window == WHOLE:
            return 0, self.months - 1
        first, last = int(criterion.window[0]), int(criterion.window[1])
        return (first, min(last, self.months - 1)) if first < self.months else None

    def of(self, criterion: Criterion, measure: str, *, calibration: str, draws: int) -> dict[Cell, FloatArray]:
        """Values by cell, (draws,) each. Raises LookupError where the window lies beyond the end."""
        window = self.window(criterion)
        if window is None:
            raise LookupError(f"needs worlds of more than {criterion.window[0]} months")
        key = (criterion.table, measure, window)
        if key not in self._known:
            self._known[key] = self._asked(*key)
        found = {}
        for cell in criterion.cells:
            by_draw = self._known[key].get((cell.name, calibration), {})
            found[cell] = np.array([by_draw.get(draw, np.nan) for draw in range(1, draws + 1)])
        return found

    def _asked(self, table: str, measure: str, window: tuple[int, int]) -> _Measured:
        rows = self.base.execute(
            f"SELECT r.experiment, r.calibration, r.draw, CAST({aggregate(measure)} AS DOUBLE) "
            f"FROM (SELECT run, experiment, calibration AS calibration, draw AS draw, status FROM runs) r "
            f"JOIN (SELECT * EXCLUDE (scenario, calibration, arm, draw) FROM {quoted(f'known {table}')} "
            f"WHERE month BETWEEN {window[0]} AND {window[1]}) t "
            f"ON t.run = r.run WHERE r.status = {literal('done')} GROUP BY r.experiment, r.calibration, r.draw"
        ).fetchall()
        measured: _Measured = {}
        for experiment, calibration, draw, value in rows:
            number = np.nan if value is None else float(value)
            measured.setdefault((str(experiment), str(calibration)), {})[int(draw)] = number
        return measured


def aggregate(measure: str) -> str:
    """A measure as an SQL aggregate: a column alone is its mean over months."""
    return f"avg({quoted(measure)})" if _COLUMN.match(measure) else measure


def without_nan(table: str) -> str:
    """A query for a table whose NaN are nothing, so that aggregates leave them out."""
    floats = [column.name for column in TABLES[table].columns if column.dtype == "float64"]
    cleaned = ", ".join(f"CASE WHEN isfinite({quoted(c)}) THEN {quoted(c)} END AS {quoted(c)}" for c in floats)
    return f"SELECT * {f'REPLACE ({cleaned})' if cleaned else ''} FROM {quoted(table)}"
