"""A table of a results folder as one file for other programs: CSV, Stata, or one Parquet file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulation.results.errors import BadFolder, StorageError, no_room
from simulation.results.parts import one_line
from simulation.results.querying import columns_of, connect, literal, quoted, quoted_list, reading
from simulation.results.reading import Results
from simulation.results.schema import RUN_COLUMN, Column
from simulation.results.tables import TABLES

FORMATS = (".csv", ".dta", ".parquet")
STATA_NAME, STATA_LABEL = 32, 80  # longest name and label
EXACT = 2**53  # largest whole number a double holds exactly: Stata has no wider whole numbers
_ORDER = ("number", "run", "scenario", "calibration", "arm", "draw", "month")


def export(results: Results, table: str, path: Path) -> int:
    """Write a table to `path`, whose ending says how; the number of rows.

    CSV and Parquet are streamed, Stata holds the table in memory. Rows are in the order of their keys. Raises
    BadFolder for a table that is not kept or is damaged, another ending, or a place where nothing can be written,
    StorageError for numbers Stata cannot hold, or a disk that fills up.
    """
    if path.suffix not in FORMATS:
        raise BadFolder(f"{path}: cannot tell what to write; end the name in {', '.join(FORMATS)}")
    with reading(results.folder):
        return _exported(results, table, path)


def _exported(results: Results, table: str, path: Path) -> int:
    connection = connect(results.folder)
    kept = [str(row[0]) for row in connection.execute("SHOW TABLES").fetchall()]
    if table not in kept:
        raise BadFolder(f"{results.folder}: no table {table} is kept; there are {', '.join(sorted(kept))}")
    names = columns_of(connection, table)
    order = quoted_list(name for name in _ORDER if name in names)
    query = f"SELECT * FROM {quoted(table)} ORDER BY {order}" if order else f"SELECT * FROM {quoted(table)}"
    if path.suffix == ".dta":
        frame = connection.execute(query).df()
        _whole(path, lambda part: write_stata(frame, part, declared_columns(table), title=f"commonweight: {table}"))
        return len(frame)
    form = "FORMAT csv, HEADER" if path.suffix == ".csv" else "FORMAT parquet, COMPRESSION zstd"
    _whole(path, lambda part: connection.execute(f"COPY ({query}) TO {literal(str(part))} ({form})"))
    return int(connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchall()[0][0])


def declared_columns(table: str) -> dict[str, Column]:
    """The declared columns of a table by name."""
    return {column.name: column for column in (RUN_COLUMN, *TABLES[table].columns)}


def write_stata(frame: pd.DataFrame, path: Path, declared: dict[str, Column], *, title: str) -> None:
    """Write a frame as a Stata file with the meanings of the columns as labels.

    Names lose their dots and what is longer than Stata allows. Raises StorageError for whole numbers beyond 2^53.
    """
    names = stata_names(list(frame.columns))
    converted = {names[name]: _stata_values(name, frame[name]) for name in frame.columns}
    labels = {}
    for name in frame.columns:
        column = declared.get(str(name))
        text = str(name) if column is None else f"{column.meaning}{f' [{column.unit}]' if column.unit else ''}"
        labels[names[name]] = text[:STATA_LABEL]
    pd.DataFrame(converted).to_stata(
        path, write_index=False, version=118, variable_labels=labels, data_label=title[:STATA_LABEL]
    )


def stata_names(names: Sequence[str]) -> dict[str, str]:
    """A name Stata accepts for each, all different."""
    found: dict[str, str] = {}
    for name in names:
        plain = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name)[:STATA_NAME]
        number = 2
        while plain in found.values():
            plain = f"{plain[: STATA_NAME - len(str(number)) - 1]}_{number}"
            number += 1
        found[name] = plain
    return found


def _stata_values(name: str, values: pd.Series) -> Any:
    """Values in a type Stata has."""
    if values.dtype == np.int64:
        if len(values) and values.abs().max() > EXACT:
            raise StorageError(f"{name}: holds whole numbers beyond 2^53, which Stata cannot hold; export to CSV")
        return values.astype(np.float64)
    if values.dtype == np.bool_:
        return values.astype(np.int8)
    if values.dtype.kind in "if":
        return values
    return values.astype(object).where(values.notna(), "")


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write under a temporary name and rename, so that what has the final name is whole."""
    import duckdb

    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        write(temporary)
        os.replace(temporary, path)
    except (OSError, duckdb.IOException) as error:
        full = no_room(error) or "No space left" in str(error)
        kind, remedy = (StorageError, "free some room") if full else (BadFolder, "choose another place")
        raise kind(f"{path}: cannot write ({one_line(error)}); {remedy}") from error
    finally:
        temporary.unlink(missing_ok=True)
