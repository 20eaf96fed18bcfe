"""Whether the parts of a results folder are all there, whole and alike, by what their footers say.

Reading a footer takes about a millisecond; the values themselves are not looked at.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from simulation.results.schema import KEY_COLUMNS, RUN_COLUMN, Table, empty_frame
from simulation.results.tables import RUNS, TABLES

NOTES = b"commonweight"  # key of the notes in a part's footer
READERS = 8  # footers read at a time
AGAIN = "run the same command again"
DELETE = f"delete it and {AGAIN}"


@dataclass(frozen=True)
class Footer:
    """What the footer of a part says."""

    schema: pa.Schema  # without metadata
    rows: int
    header: Mapping[bytes, bytes] | None = None


def footer_of(path: Path) -> Footer | None:
    """The footer of a part; None where there is no file, or one that is no whole Parquet file."""
    try:
        with pq.ParquetFile(path) as file:
            return Footer(file.schema_arrow.remove_metadata(), file.metadata.num_rows, file.metadata.metadata)
    except (OSError, pa.ArrowException):
        return None


def notes_of(header: Mapping[bytes, bytes] | None) -> Mapping[str, Any] | None:
    """The notes of a part; None where its header has none that can be read."""
    try:
        notes = json.loads((header or {})[NOTES])
    except (KeyError, ValueError):
        return None
    return notes if isinstance(notes, dict) else None


@lru_cache(maxsize=64)
def declared_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a part of a table, without metadata."""
    return pa.Schema.from_pandas(empty_frame(table), preserve_index=False).remove_metadata()


def is_sound(path: Path, schema: pa.Schema, *, rows: int | None = None, noted: bool = False) -> bool:
    """Whether a part is whole, has the columns of `schema`, so many rows, and names in its notes what is not modelled.

    None stands for any number of rows; without `noted` the notes are not asked for.
    """
    footer = footer_of(path)
    if footer is None or footer.schema != schema or (rows is not None and footer.rows != rows):
        return False
    return not noted or isinstance((notes_of(footer.header) or {}).get("not_modelled"), list)


def missing_parts(folder: Path, manifest: Mapping[str, Any]) -> str:
    """Which table has other parts than the manifest counts, and what to do; empty where all are there."""
    for name, expected in manifest["tables"].items():
        found = len(list((folder / name).glob("*.parquet"))) if name in TABLES else expected
        if found != expected:
            return f"{folder}: table {name} has {_parts(found)} where the manifest counts {expected}; {AGAIN}"
    if manifest["command"] == "sweep" and not manifest["tables"].get(RUNS.name):
        return f"{folder}: table {RUNS.name} is missing; {AGAIN}"
    return ""


def _parts(count: int) -> str:
    return f"{count:,} part{'' if count == 1 else 's'}"


def unreadable_part(folder: Path) -> str:
    """Which part cannot be read to its end, and what to do; empty where none is damaged. Reads all there is."""
    return next((problem for name in TABLES for path in sorted((folder / name).glob("*.parquet"))
                 if (problem := _unreadable(path))), "")  # fmt: skip


def _unreadable(path: Path) -> str:
    try:
        pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        return f"{path}: damaged ({one_line(error)}); {DELETE}"
    return ""


def one_line(error: Exception) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split())


def damaged_part(folder: Path, names: Iterable[str] = tuple(TABLES)) -> str:
    """Which part of some tables is damaged or unlike the others of its table, and what to do; empty where none is."""
    in_sweep = any((folder / RUNS.name).glob("*.parquet"))
    return next((problem for name in names if (problem := _damaged_part(folder, name, in_sweep=in_sweep))), "")


def _damaged_part(folder: Path, name: str, *, in_sweep: bool) -> str:
    paths = sorted((folder / name).glob("*.parquet"))
    footers = _footers(paths)
    schemas = Counter(footer.schema for footer in footers if footer is not None)
    declared = {column.name for column in TABLES[name].columns}
    usual = max(schemas, key=lambda schema: (schemas[schema], len(declared & set(schema.names))), default=None)
    filled = name == "indicators" and any(footer is not None and footer.rows for footer in footers)
    for path, footer in zip(paths, footers, strict=True):
        if footer is None:
            return f"{path}: damaged, no whole Parquet file; {DELETE}"
        if usual is not None and footer.schema != usual:
            return f"{path}: damaged, {_difference(footer.schema, usual)}; {DELETE}"
        if filled and not footer.rows:
            return f"{path}: damaged, it has no rows; {DELETE}"
    lacking = [] if usual is None else [key for key in _keys_of(name, in_sweep=in_sweep) if key not in usual.names]
    return f"{folder}: table {name} is damaged, it has no column {lacking[0]}; {AGAIN}" if lacking else ""


def _footers(paths: Sequence[Path]) -> list[Footer | None]:
    """The footers of some parts without their headers; equal schemas are kept once, so that many parts take no room."""
    known: dict[pa.Schema, pa.Schema] = {}
    with ThreadPoolExecutor(READERS) as readers:
        return [
            None if footer is None else Footer(known.setdefault(footer.schema, footer.schema), footer.rows)
            for footer in readers.map(footer_of, paths)
        ]


def _keys_of(name: str, *, in_sweep: bool) -> list[str]:
    """Columns without which a table cannot be read."""
    if name == RUNS.name:
        return [column.name for column in RUNS.columns]
    if not TABLES[name].monthly:
        return []
    return [column.name for column in ((RUN_COLUMN, *KEY_COLUMNS) if in_sweep else KEY_COLUMNS)]


def _difference(schema: pa.Schema, usual: pa.Schema) -> str:
    """How a part differs from the others of its table."""
    lacking = [name for name in usual.names if name not in schema.names]
    if lacking:
        return f"it has no column {lacking[0]}"
    unknown = [name for name in schema.names if name not in usual.names]
    if unknown:
        return f"it has a column {unknown[0]} that the others have not"
    other = [field.name for field in usual if schema.field(field.name).type != field.type]
    return f"its column {other[0]} is of another type" if other else "its columns are in another order"
