"""The end of a sweep: the table of runs, what describes the folder, and the manifest."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.reading import shipped_names
from scenarios.writing import value_text
from simulation.results.errors import StorageError
from simulation.results.parts import footer_of, is_sound, notes_of
from simulation.results.reading import open_results
from simulation.results.schema import empty_in_all
from simulation.results.storage import ResultsWriter, remove_manifest
from simulation.results.tables import RUN_TABLES, RUNS
from simulation.sweeping.folder import flush_folder
from simulation.sweeping.keeping import is_finished, parts_in_order
from simulation.sweeping.plan import BATCH, Plan, PlannedRun
from simulation.sweeping.work import DONE, FAILED, FAILURES

RUNS_FILE = f"{RUNS.name}/runs.parquet"
_ARROW = {"str": pa.string(), "int32": pa.int32()}
_OPTIONS = {"companies.count": "--companies", "horizon.months": "--months", "companies.calibration": "--calibration"}


def finish(writer: ResultsWriter, plan: Plan) -> int:
    """Write the table of runs, drop parts of runs that are not in the plan, describe the folder; how many failed.

    Nothing is finished while a run is missing: raises StorageError.
    """
    from simulation.sweeping.describing import describe

    folder, keep = writer.folder, plan.design.keep
    remove_manifest(folder)
    counts = write_runs(writer, plan)
    _drop_others(folder, plan)
    not_modelled = _not_modelled(folder, plan)
    for name in (*parts_in_order(keep), "runs"):
        if (folder / name).is_dir():
            flush_folder(folder / name)
    facts: dict[str, Any] = {
        "command": "sweep", "title": plan.design.title, "runs": counts[DONE] + counts[FAILED], "failed": counts[FAILED],
        "keep": {"tables": list(keep.tables), "window": [keep.first, keep.last], "every": keep.every,
                 "outcomes": list(keep.outcomes)},
        "factors": list(plan.factors.names), "plan": plan.fingerprint, "not_modelled": not_modelled,
    }  # fmt: skip
    describe(writer, plan, facts)
    writer.write_manifest(**facts)
    flush_folder(folder)
    return counts[FAILED]


def is_complete(folder: Path, plan: Plan) -> bool:
    """Whether the folder was finished for this plan, and neither manifest nor table of runs is damaged or missing."""
    try:
        manifest = open_results(folder).manifest
    except StorageError:
        return False
    return manifest.get("plan") == plan.fingerprint and is_sound(folder / RUNS_FILE, runs_schema(plan), rows=plan.runs)


def runs_schema(plan: Plan) -> pa.Schema:
    """Columns of the table of runs, those of the parameters that vary before the last three."""
    own = [pa.field(column.name, _ARROW[column.dtype]) for column in RUNS.columns]
    return pa.schema([*own[:-3], *plan.factors, *own[-3:]])


def write_runs(writer: ResultsWriter, plan: Plan) -> dict[str, int]:
    """Write the table of runs, batch by batch, and count them by what became of them."""
    schema = runs_schema(plan)
    counts = {DONE: 0, FAILED: 0}

    def fill(file: Any) -> None:
        with pq.ParquetWriter(file, schema, compression="zstd") as parts:
            rows: list[dict[str, Any]] = []
            for row in _rows(writer.folder, plan):
                counts[row["status"]] += 1
                rows.append(row)
                if len(rows) == BATCH:
                    parts.write_table(pa.Table.from_pylist(rows, schema=schema))
                    rows = []
            parts.write_table(pa.Table.from_pylist(rows, schema=schema))

    writer.write_with(RUNS_FILE, fill)
    return counts


def failure_of(folder: Path, digest: str) -> str | None:
    """Why a run failed; None where it did not."""
    try:
        return str(json.loads((folder / FAILURES / f"{digest}.json").read_text())["error"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError):
        return "failed; its report cannot be read"


def command_of(planned: PlannedRun) -> str:
    """The command that repeats a run; a scenario that is not shipped is read from the results folder."""
    shipped = planned.source in shipped_names() or not planned.source.endswith(".toml")
    scenario = planned.source if shipped else f"scenarios/{planned.scenario}.toml"
    words = ["commonweight", "run", scenario, "--draw", str(planned.draw), "--arm", planned.arm]
    for key, value in planned.overrides.items():
        words += [_OPTIONS[key], str(value)] if key in _OPTIONS else ["--set", f"{key}={value_text(value)}"]
    return shlex.join(words)


def _rows(folder: Path, plan: Plan) -> Iterator[dict[str, Any]]:
    keep = plan.design.keep
    for planned in plan:
        error = None if is_finished(folder, planned.digest, keep) else failure_of(folder, planned.digest)
        if error is None and not is_finished(folder, planned.digest, keep):
            raise StorageError(f"{folder}: run {planned.number} is missing; start the same command again")
        yield {
            "run": planned.run, "number": planned.number, "point": planned.point, "experiment": planned.experiment,
            "scenario": planned.scenario, "calibration": planned.calibration, "arm": planned.arm, "draw": planned.draw,
            "status": DONE if error is None else FAILED, "error": error or "", "command": command_of(planned),
        } | dict(planned.values)  # fmt: skip


def _drop_others(folder: Path, plan: Plan) -> None:
    """Remove parts and failures of runs that are not in the plan, such as those of older code."""
    wanted = {planned.run for planned in plan}
    tables = parts_in_order(plan.design.keep)
    for name in (*RUN_TABLES, FAILURES):
        if not (folder / name).is_dir():
            continue
        with os.scandir(folder / name) as entries:
            for entry in entries:
                if entry.name.partition(".")[0][:16] not in wanted or (name in RUN_TABLES and name not in tables):
                    os.unlink(entry.path)


def _not_modelled(folder: Path, plan: Plan) -> list[str]:
    """Columns of the indicators that no run has filled, in the order of the table."""
    if "indicators" not in plan.design.keep.tables:
        return []
    paths = (folder / "indicators" / f"{planned.digest}.parquet" for planned in plan)
    common = empty_in_all(_not_modelled_in(path) for path in paths if path.is_file())
    outcomes = plan.design.keep.outcomes
    return [name for name in common if not outcomes or name in outcomes]


def _not_modelled_in(path: Path) -> list[str]:
    """The same of one run."""
    footer = footer_of(path)
    notes = None if footer is None else notes_of(footer.header)
    if notes is None:
        raise StorageError(f"{path}: damaged while the sweep ran; start the same command again")
    return list(notes["not_modelled"])
