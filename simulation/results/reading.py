"""Reading a results folder, whichever command wrote it: each table as a frame, when it is first asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulation.results.errors import BadFolder
from simulation.results.parts import AGAIN, DELETE, damaged_part, missing_parts, one_line
from simulation.results.schema import empty_frame
from simulation.results.tables import TABLES

if TYPE_CHECKING:
    import duckdb

MANIFEST = "manifest.json"
DESIGN = "design.toml"  # of a sweep
LOCK = ".commonweight.lock"  # marks a folder as ours, finished or not
FORMAT = "commonweight results"
SCHEMA = 1
_SHAPE: dict[str, Any] = {"schema": int, "command": str, "tables": dict, "runs": (list, int), "not_modelled": list}
_SHAPE_OF_SWEEP: dict[str, Any] = {"runs": int, "keep": dict, "factors": list}
_RUN = ("digest", "scenario", "calibration", "arm", "draw")  # what names a run in the manifest


@dataclass(frozen=True)
class Results:
    """A complete results folder; each table is read when it is first asked for."""

    folder: Path

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """What was run, with what code, and which columns are not modelled."""
        return read_manifest(self.folder)

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """One row per run and month."""
        return self.table("indicators")

    @cached_property
    def market(self) -> pd.DataFrame:
        """One row per offer, segment and month."""
        return self.table("market")

    @cached_property
    def sellers(self) -> pd.DataFrame:
        """One row per holder of money and month."""
        return self.table("sellers")

    @cached_property
    def cohorts(self) -> pd.DataFrame:
        """One row per group of companies and month."""
        return self.table("cohorts")

    @cached_property
    def flows(self) -> pd.DataFrame:
        """One row per kind of flow, payer, payee and month."""
        return self.table("flows")

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row per event: releases, entries, failures, incidents, rules and others (docs/model.md 4.8)."""
        return self.table("events")

    @cached_property
    def answers(self) -> pd.DataFrame:
        """One row per measure of the answer; empty if the command gave none."""
        return self.table("answers")

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run of a sweep: its settings, and whether it failed; empty for other commands."""
        return self.table("runs")

    def sql(self, query: str) -> pd.DataFrame:
        """What a query in SQL finds, the tables being views of the same names; nothing is read that it does not need.

        The way to results that are larger than memory: `sql("SELECT arm, avg(adoption) FROM indicators GROUP BY arm")`.
        """
        from simulation.results.querying import reading

        with reading(self.folder, blame=False):
            return self._connection.cursor().execute(query).df()

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        """The folder as a database."""
        from simulation.results.querying import connect

        return connect(self.folder)

    def table(self, name: str) -> pd.DataFrame:
        """Read one table whole: parts in the order of scenario, calibration, draw and arm.

        Raises BadFolder where a part is damaged, or has not the columns of the others.
        """
        parts = sorted((self.folder / name).glob("*.parquet"))
        if not parts:
            return empty_frame(TABLES[name])
        if problem := damaged_part(self.folder, [name]):
            raise BadFolder(problem)
        frames = [_frame(path) for path in parts]
        frames.sort(key=_order_of_run)
        return pd.concat(frames, ignore_index=True)


def open_results(folder: str | os.PathLike[str]) -> Results:
    """Open a folder written with `--out`. Raises BadFolder if it is not one, was not finished, or has lost parts."""
    results = Results(Path(folder))
    if problem := missing_parts(results.folder, results.manifest):
        raise BadFolder(problem)
    return results


def _frame(path: Path) -> pd.DataFrame:
    """The rows of one part."""
    try:
        return pq.read_table(path).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise BadFolder(f"{path}: damaged ({one_line(error)}); {DELETE}") from error


def _order_of_run(frame: pd.DataFrame) -> tuple[Any, ...]:
    """The keys of the run a part belongs to."""
    keys = [key for key in ("scenario", "calibration", "draw", "arm") if key in frame.columns]
    return tuple(frame[keys].iloc[0]) if len(frame) else ()


def read_manifest(folder: Path) -> Mapping[str, Any]:
    """The manifest of a complete folder, if it says all that readers ask of it. Raises BadFolder where it does not."""
    place = folder / MANIFEST
    try:
        manifest = json.loads(place.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        reason = "was not finished; run again with the same --out" if (folder / LOCK).exists() else "holds no results"
        raise BadFolder(f"{folder}: {reason} (no {MANIFEST})") from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadFolder(f"{place}: cannot be read ({one_line(error)}); {AGAIN}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BadFolder(f"{place}: not a results folder of this project")
    if manifest.get("schema", SCHEMA) != SCHEMA:
        raise BadFolder(f"{folder}: results of schema {manifest['schema']}; this version reads {SCHEMA}")
    if lacking := _lacking(manifest):
        raise BadFolder(f"{place}: damaged, {lacking} is missing or not what a manifest states there; {AGAIN}")
    return manifest


def _lacking(manifest: Mapping[str, Any]) -> str:
    """The first entry of a manifest that is not there or of another kind; empty where all are as they must be."""
    in_sweep = manifest.get("command") == "sweep"
    shape = _SHAPE | (_SHAPE_OF_SWEEP if in_sweep else {})
    for key, kind in shape.items():
        if not isinstance(manifest.get(key), kind) or isinstance(manifest[key], bool):
            return f'"{key}"'
    if not all(isinstance(count, int) for count in manifest["tables"].values()):
        return '"tables"'
    if in_sweep and not _is_kept(manifest["keep"]):
        return '"keep"'
    runs = manifest["runs"] if isinstance(manifest["runs"], list) else []
    for place, run in enumerate(runs, start=1):
        absent = next((key for key in _RUN if not isinstance(run, dict) or key not in run), None)
        if absent is not None:
            return f'"{absent}" of run {place}'
    return ""


def _is_kept(keep: Mapping[str, Any]) -> bool:
    """Whether the manifest of a sweep says which months and outcomes it keeps."""
    window, outcomes = keep.get("window"), keep.get("outcomes")
    return isinstance(window, list) and len(window) == 2 and isinstance(outcomes, list)
