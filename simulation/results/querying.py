"""A results folder as a database: DuckDB reads the Parquet parts in place, so that no sweep is too large for memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from simulation.results.reading import StorageError
from simulation.results.schema import KEY_COLUMNS
from simulation.results.tables import TABLES

if TYPE_CHECKING:
    import duckdb

_RUN_KEYS = [column.name for column in KEY_COLUMNS[:-1]]


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection with one view per table of the folder, `runs` always among them.

    Where the folder is no sweep's, a run is told by its scenario, calibration, arm and draw.
    """
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    sweep = any((folder / "runs").glob("*.parquet"))
    for name, table in TABLES.items():
        if not any((folder / name).glob("*.parquet")):
            continue
        keyed = table.monthly and not sweep
        run = f"concat_ws('|', {', '.join(_RUN_KEYS)}) AS run, " if keyed else ""
        parts = literal(f"{folder}/{name}/*.parquet")
        connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT {run}* FROM read_parquet({parts})")
    if not sweep:
        monthly = next((name for name in TABLES if TABLES[name].monthly and (folder / name).is_dir()), None)
        if monthly is None:
            raise StorageError(f"{folder}: holds no table of runs")
        keys = ", ".join(_RUN_KEYS)
        connection.execute(
            f"CREATE VIEW runs AS SELECT run, {keys}, row_number() OVER (ORDER BY {keys}, run) AS number, 1 AS point, "
            f"'' AS experiment, 'done' AS status "
            f"FROM (SELECT DISTINCT run, {keys} FROM {quoted(monthly)})"
        )
    return connection


def columns_of(connection: duckdb.DuckDBPyConnection, view: str) -> list[str]:
    """Names of the columns of a view."""
    return [str(row[0]) for row in connection.execute(f"DESCRIBE {quoted(view)}").fetchall()]


def quoted(name: str) -> str:
    """A name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def quoted_list(names: Iterable[str], *, of: str = "") -> str:
    """Names for SQL, each of the table `of`."""
    return ", ".join(f"{of}.{quoted(name)}" if of else quoted(name) for name in names)


def literal(text: str) -> str:
    """A text for SQL."""
    return "'" + text.replace("'", "''") + "'"
