"""Reading a results folder, whichever command wrote it: each table as a frame, when it is first asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulation.results.schema import empty_frame
from simulation.results.tables import TABLES

MANIFEST = "manifest.json"
LOCK = ".commonweight.lock"  # marks a folder as ours, finished or not
FORMAT = "commonweight results"
SCHEMA = 1


class StorageError(Exception):
    """A results folder cannot be used, written or read; the message is one line that says what to do."""


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
        """One row per release and dated change."""
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
        from simulation.results.querying import connect

        return connect(self.folder).execute(query).df()

    def table(self, name: str) -> pd.DataFrame:
        """Read one table whole: parts in the order of scenario, calibration, draw and arm."""
        parts = sorted((self.folder / name).glob("*.parquet"))
        if not parts:
            return empty_frame(TABLES[name])
        try:
            frames = [pq.read_table(path).to_pandas() for path in parts]
        except (OSError, pa.ArrowException) as error:
            raise StorageError(f"{self.folder}: table {name} is damaged ({error}); run again") from error
        frames.sort(key=_order_of_run)
        return pd.concat(frames, ignore_index=True)


def open_results(folder: str | os.PathLike[str]) -> Results:
    """Open a folder written with `--out`. Raises StorageError if it is not one, or was not finished."""
    results = Results(Path(folder))
    _ = results.manifest
    return results


def _order_of_run(frame: pd.DataFrame) -> tuple[Any, ...]:
    """The keys of the run a part belongs to."""
    keys = [key for key in ("scenario", "calibration", "draw", "arm") if key in frame.columns]
    return tuple(frame[keys].iloc[0]) if len(frame) else ()


def read_manifest(folder: Path) -> Mapping[str, Any]:
    """The manifest of a complete folder."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except FileNotFoundError as error:
        reason = "was not finished; run again with the same --out" if (folder / LOCK).exists() else "holds no results"
        raise StorageError(f"{folder}: {reason} (no {MANIFEST})") from error
    except (OSError, ValueError) as error:
        raise StorageError(f"{folder / MANIFEST}: cannot be read ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise StorageError(f"{folder / MANIFEST}: not a results folder of this project")
    if manifest["schema"] != SCHEMA:
        raise StorageError(f"{folder}: results of schema {manifest['schema']}; this version reads {SCHEMA}")
    return manifest
