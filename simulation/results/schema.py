"""Columns and tables of results, the check of what is written, and the collection of one run's rows.

A floating column may be NaN, which says "no denominator" or "no such mechanism"; columns of other types are always
filled, and nothing is infinite. The tables are declared in `simulation/results/tables.py` and
`simulation/results/indicator_table.py`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd


class TableError(ValueError):
    """A table does not have the columns, types or values its schema declares."""


@dataclass(frozen=True)
class Column:
    """One column of a result table.

    `dtype` is a pandas name: str, bool, int16, int32, int64 or float64. `required` refuses NaN where the answer would
    otherwise rest on nothing.
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    required: bool = False


KEY_COLUMNS = (
    Column("scenario", "str", "", "name of the scenario"),
    Column("calibration", "str", "", "calibration of self-hosting costs: iceberg or lean"),
    Column("arm", "str", "", "open (weights may be released), closed (no new weights), absent (no releaser's models)"),
    Column("draw", "int32", "", "number of the random world, from 1; the same luck in every arm"),
    Column("month", "int16", "month", "the month just simulated; 0 is January 2023"),
)
RUN_COLUMN = Column("run", "str", "", "which run of the sweep; the same in `runs`, where its settings stand")


@dataclass(frozen=True)
class Table:
    """The schema of one result table: its columns in order, the keys of the run and month first if it is `monthly`.

    In the folder of a sweep (`in_sweep`) the run stands before them.
    """

    name: str
    row: str
    own_columns: tuple[Column, ...]
    monthly: bool = True
    in_sweep: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column, the keys included."""
        keys = KEY_COLUMNS if self.monthly else ()
        return (RUN_COLUMN, *keys, *self.own_columns) if self.in_sweep else (*keys, *self.own_columns)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise TableError(f"{self.name}: no column `{name}`{_nearest(name, [column.name for column in self.columns])}")


class TableBuilder:
    """Collects the rows of one table for one run, month by month, and returns them as a checked frame.

    Rows are kept as arrays, so that a month costs a few array copies and no frame. Columns that are NaN throughout,
    never given ones among them, are listed by `not_modelled`.
    """

    def __init__(self, table: Table, *, scenario: str, calibration: str, arm: str, draw: int) -> None:
        self.table = table
        self._declared = {column.name: column for column in table.own_columns}
        self._keys = {"scenario": scenario, "calibration": calibration, "arm": arm, "draw": draw}
        self._months: list[int] = []
        self._lengths: list[int] = []
        self._parts: list[dict[str, npt.NDArray[Any]]] = []

    def append(self, month: int, **columns: npt.ArrayLike) -> None:
        """Add the rows of one month: arrays of one common length, or scalars that hold for every row.

        Raises TableError for a column the schema does not have, one it needs, a wrong type or unequal lengths.
        """
        declared = self._declared
        for name in columns:
            if name not in declared:
                raise TableError(f"{self.table.name}: no column `{name}`{_nearest(name, list(declared))}")
        part = {name: _column_values(self.table.name, declared[name], values) for name, values in columns.items()}
        for name, column in declared.items():
            if name not in part and (column.dtype != "float64" or column.required):
                raise TableError(
                    f"{self.table.name}, month {month}: column `{name}` is missing; it must always be filled"
                )
        rows = _common_length(self.table.name, part)
        self._months.append(month)
        self._lengths.append(rows)
        self._parts.append(part)

    @property
    def not_modelled(self) -> tuple[str, ...]:
        """Columns that are NaN in every row so far, in the order of the schema."""
        given = {name for part in self._parts for name, values in part.items() if _has_value(values)}
        return tuple(column.name for column in self.table.own_columns if column.name not in given)

    def latest(self, name: str) -> float:
        """The number of a column in the last month of a table with a row a month; NaN where there is none."""
        part = self._parts[-1] if self._parts else {}
        return float(part[name].flat[0]) if name in part else float("nan")

    def month_frame(self, month: int) -> pd.DataFrame:
        """The rows of one month, without the keys of the run and columns nobody gave; KeyError for an unknown month."""
        if month not in self._months:
            raise KeyError(f"{self.table.name}: month {month} has no rows")
        place = self._months.index(month)
        part, rows = self._parts[place], self._lengths[place]
        return pd.DataFrame({name: _stretched(part[name], rows=rows) for name in self._declared if name in part})

    def frame(self) -> pd.DataFrame:
        """The table of the whole run, keys first, checked against its schema."""
        rows = int(np.sum(self._lengths, dtype=np.int64))
        data: dict[str, Any] = {
            "scenario": pd.array([self._keys["scenario"]] * rows, dtype="str"),
            "calibration": pd.array([self._keys["calibration"]] * rows, dtype="str"),
            "arm": pd.array([self._keys["arm"]] * rows, dtype="str"),
            "draw": np.full(rows, self._keys["draw"], dtype=np.int32),
            "month": np.repeat(np.array(self._months, dtype=np.int16), self._lengths),
        }
        for column in self.table.own_columns:
            data[column.name] = self._joined(column)
        return checked(self.table, pd.DataFrame(data))

    def _joined(self, column: Column) -> Any:
        """One column over all months, NaN where a month did not give it."""
        pieces = [
            _stretched(part[column.name], rows=rows) if column.name in part else np.full(rows, np.nan)
            for part, rows in zip(self._parts, self._lengths, strict=True)
        ]
        if column.dtype == "str":
            return pd.array(np.concatenate([np.empty(0, dtype=object), *pieces]), dtype="str")
        return np.concatenate([np.empty(0, dtype=column.dtype), *pieces]).astype(column.dtype, copy=False)


def checked(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in the order of the schema, if types are as declared, nothing is infinite and no NaN is refused.

    Raises TableError naming table, column and remedy.
    """
    expected = [column.name for column in table.columns]
    missing = [name for name in expected if name not in frame.columns]
    if missing:
        raise TableError(
            f"{table.name}: column `{missing[0]}` is missing; fill it, or declare it away in "
            "simulation/results/tables.py"
        )
    unknown = [name for name in frame.columns if name not in expected]
    if unknown:
        raise TableError(f"{table.name}: no column `{unknown[0]}` is declared{_nearest(unknown[0], expected)}")
    for column in table.columns:
        _check_values(table.name, column, frame[column.name])
    return frame if list(frame.columns) == expected else frame[expected]


def empty_in_all(worlds: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Columns that are `not_modelled` in every one of some worlds, in the order of the first."""
    common: tuple[str, ...] | None = None
    for names in worlds:
        common = tuple(names) if common is None else tuple(name for name in common if name in names)
    return common or ()


def empty_frame(table: Table) -> pd.DataFrame:
    """A frame with the columns of a table and no rows."""
    return pd.DataFrame({column.name: pd.Series(dtype=column.dtype) for column in table.columns})


def _column_values(table: str, column: Column, values: npt.ArrayLike) -> npt.NDArray[Any]:
    """Values as an array of the declared type; refuses a conversion that would lose something."""
    if column.dtype == "str":
        return np.asarray(values, dtype=object)
    if type(values) is float and column.dtype == "float64":
        return np.array(values)
    array = np.asarray(values)
    if array.dtype == column.dtype:
        return array.copy()
    target = np.dtype(column.dtype)
    if target.kind == "i" and array.dtype.kind in "iu":
        limits = np.iinfo(target)
        if array.size and (array.min() < limits.min or array.max() > limits.max):
            raise TableError(f"{table}.{column.name}: {array.max()} does not fit {column.dtype}")
    elif not np.can_cast(array.dtype, target, casting="same_kind") or (target.kind != "b" and array.dtype.kind == "b"):
        raise TableError(
            f"{table}.{column.name}: {array.dtype} where {column.dtype} is declared; convert it where it is born"
        )
    return array.astype(target)


def _common_length(table: str, part: dict[str, npt.NDArray[Any]]) -> int:
    """The number of rows the columns of a month agree on."""
    lengths = {values.shape for values in part.values()}
    if len(lengths) == 1 and len(next(iter(lengths))) == 1:
        return int(next(iter(lengths))[0])
    if lengths == {()}:
        return 1
    try:
        shape = np.broadcast_shapes(*(values.shape for values in part.values()), (1,) if _all_scalar(part) else ())
    except ValueError as error:
        found = {name: values.shape for name, values in part.items() if values.shape}
        raise TableError(f"{table}: columns of one month differ in length: {found}") from error
    if len(shape) != 1:
        raise TableError(f"{table}: columns must have one dimension, found shape {shape}")
    return int(shape[0])


def _has_value(values: npt.NDArray[Any]) -> bool:
    """Whether some row holds something; NaN says nothing."""
    return values.dtype.kind != "f" or not bool(np.isnan(values).all())


def _stretched(values: npt.NDArray[Any], *, rows: int) -> npt.NDArray[Any]:
    """One value per row."""
    if values.ndim == 0:
        return np.full(rows, values)
    return values if values.shape == (rows,) else np.broadcast_to(values, (rows,))


def _all_scalar(part: dict[str, npt.NDArray[Any]]) -> bool:
    return all(values.ndim == 0 for values in part.values())


def _check_values(table: str, column: Column, values: pd.Series) -> None:
    """Type, infinity and NaN of one column of a frame."""
    if str(values.dtype) != column.dtype:
        raise TableError(f"{table}.{column.name}: {values.dtype} where {column.dtype} is declared")
    if column.dtype == "str" and values.isna().any():
        raise TableError(f"{table}.{column.name}: a text is missing; use the empty text where none applies")
    if column.dtype != "float64":
        return
    numbers = values.to_numpy()
    if np.isinf(numbers).any():
        raise TableError(
            f"{table}.{column.name}: infinite in row {int(np.argmax(np.isinf(numbers)))}; no denominator is NaN"
        )
    if column.required and np.isnan(numbers).any():
        raise TableError(
            f"{table}.{column.name}: NaN in row {int(np.argmax(np.isnan(numbers)))}; the answer rests on this column"
        )


def _nearest(name: str, names: list[str]) -> str:
    """A hint with the nearest known name, or nothing."""
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""
