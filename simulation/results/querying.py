"""A results folder as a database: DuckDB reads the Parquet parts in place, so that no sweep is too large for memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simulation.results.errors import BadFolder
from simulation.results.parts import AGAIN, damaged_part, one_line, unreadable_part
from simulation.results.schema import KEY_COLUMNS
from simulation.results.tables import TABLES

if TYPE_CHECKING:
    import duckdb

_RUN_KEYS = [column.name for column in KEY_COLUMNS[:-1]]


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection with one view per table of the folder, `runs` always among them.

    Where the folder is no sweep's, a run is told by its scenario, calibration, arm and draw. Raises BadFolder where a
    part is damaged or unlike the others of its table.
    """
    import duckdb

    if problem := damaged_part(folder):
        raise BadFolder(problem)
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
        monthly = next((n for n in TABLES if TABLES[n].monthly and any((folder / n).glob("*.parquet"))), None)
        if monthly is None:
            raise BadFolder(f"{folder}: holds no table of runs; name the folder of another command")
        keys = ", ".join(_RUN_KEYS)
        connection.execute(
            f"CREATE VIEW runs AS SELECT run, {keys}, row_number() OVER (ORDER BY {keys}, run) AS number, 1 AS point, "
            f"'' AS experiment, 'done' AS status "
            f"FROM (SELECT DISTINCT run, {keys} FROM {quoted(monthly)})"
        )
    return connection


@contextmanager
def reading(folder: Path, *, blame: bool = True) -> Iterator[None]:
    """Raise BadFolder where a query inside the block fails because of a damaged part, which it names.

    With `blame` the folder is at fault in any case, as the query is our own.
    """
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        problem = damaged_part(folder) or unreadable_part(folder)
        if not problem and not blame:
            raise
        raise BadFolder(problem or f"{folder}: its tables cannot be read ({one_line(error)}); {AGAIN}") from error


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
