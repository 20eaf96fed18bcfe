"""What a worker does: one run of a sweep, from its settings to its part files; only a few words go back."""

from __future__ import annotations

import json
import os
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from scenarios.design import Keep
from scenarios.draft import Draft
from scenarios.reading import drafted, with_overrides
from scenarios.scenario import Scenario
from simulation.results.digest import canonical_json, code_digest
from simulation.results.errors import StorageError
from simulation.results.reading import LOCK
from simulation.results.storage import ResultsWriter
from simulation.sweeping.keeping import kept_table, parts_in_order, within

FAILURES = "failures"
DONE, FAILED, LOST, STOP = "done", "failed", "lost", "stop"
_ONE_AT_A_TIME = threading.Lock()  # the kernels' thread pool serves one world at a time, whoever's threads ask


@dataclass(frozen=True)
class Task:
    """One run for a worker: everything it needs beside the code and the folder."""

    folder: Path
    digest: str
    run: str
    scenario: str  # name of a file of the folder's scenarios
    overrides: Mapping[str, Any]
    arm: str
    draw: int
    keep: Keep
    threads: int
    code: str


@dataclass(frozen=True)
class Outcome:
    """What became of a task: `done`, `failed` (its row says why), `lost` (the worker ended) or `stop` (all must)."""

    digest: str
    status: str
    problem: str = ""
    seconds: float = 0.0


def compute(task: Task) -> Outcome:
    """Compute one run and write its parts; whatever goes wrong in its world is told and written down."""
    began = time.perf_counter()
    problem = _cannot_work(task)
    if problem:
        return Outcome(task.digest, STOP, problem)
    writer = ResultsWriter(task.folder)
    try:
        try:
            with _ONE_AT_A_TIME:
                tables = _simulated(task)
        except Exception as failure:
            problem = " ".join(f"{type(failure).__name__}: {failure}".split())
            write_failure(writer, task.digest, problem, detail=traceback.format_exc())
            return Outcome(task.digest, FAILED, problem, time.perf_counter() - began)
        for name in parts_in_order(task.keep):
            frame, notes = tables[name]
            writer.write_table(
                kept_table(name, task.keep), frame, part=task.digest, notes=notes, small=name == "indicators"
            )
    except StorageError as failure:
        return Outcome(task.digest, STOP, str(failure))
    (task.folder / FAILURES / f"{task.digest}.json").unlink(missing_ok=True)
    return Outcome(task.digest, DONE, seconds=time.perf_counter() - began)


def write_failure(writer: ResultsWriter, digest: str, problem: str, *, detail: str = "") -> None:
    """Write down why a run failed."""
    writer.write_file(f"{FAILURES}/{digest}.json", canonical_json({"error": problem, "detail": detail}).encode())


def scenario_of(folder: Path, name: str, overrides: Mapping[str, Any]) -> Scenario:
    """The scenario of a run, laid over the resolved file in the sweep's folder."""
    return _laid_over(str(folder), name, canonical_json(overrides))


@lru_cache(maxsize=4)
def _laid_over(folder: str, name: str, overrides: str) -> Scenario:
    return with_overrides(_draft(folder, name), json.loads(overrides))


@lru_cache(maxsize=64)
def _draft(folder: str, name: str) -> Draft:
    return drafted(Path(folder) / "scenarios" / f"{name}.toml")


def _simulated(task: Task) -> dict[str, tuple[pd.DataFrame, dict[str, Any]]]:
    """The tables of a world as they are kept, with the notes of their files."""
    from simulation.economy import ComputeEconomy

    scenario = scenario_of(task.folder, task.scenario, task.overrides)
    economy = ComputeEconomy(scenario, draw=task.draw, arm=task.arm, threads=task.threads, tables=task.keep.tables)
    economy.run()
    run = economy.results(task.keep.tables)
    kept = {}
    for name in task.keep.tables:
        notes = {"not_modelled": list(run.manifest["not_modelled"])} if name == "indicators" else {}
        kept[name] = within(getattr(run, name), name, task.keep, run=task.run), notes
    return kept


def _cannot_work(task: Task) -> str:
    """Why this process cannot take part in the sweep; empty where it can."""
    if code_digest() != task.code:
        return (
            f"process {os.getpid()} on {os.uname().nodename} runs other code than the sweep was started with; "
            "give every worker the same version and start the same command again"
        )
    if not (task.folder / LOCK).exists():
        return (
            f"{os.uname().nodename} does not see {task.folder}; choose an --out on a file system that all workers share"
        )
    return ""
