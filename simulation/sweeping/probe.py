"""A timed probe: what a run of the design costs in time and disk, measured on a worker before the sweep begins."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulation.results.errors import StorageError
from simulation.results.storage import ResultsWriter
from simulation.sweeping.crew import Crew
from simulation.sweeping.keeping import NOT_THINNED, within
from simulation.sweeping.work import DONE, STOP, Outcome, Task, compute, scenario_of

BUDGET = 4.0  # seconds of simulating, after founding
LEAST_MONTHS = 2
DIGEST = "probe"
PATIENCE = 1.0
MOST_TRIES = 10


@dataclass(frozen=True)
class Probe:
    """The first months of one run, to be timed."""

    task: Task

    @property
    def digest(self) -> str:
        """What the crew calls it."""
        return DIGEST


@dataclass(frozen=True)
class Measured:
    """What one world cost: seconds of founding it and of a month of it, bytes kept of the whole run."""

    companies: int
    founding: float
    month: float
    bytes: float
    digest: str = DIGEST
    status: str = DONE


@dataclass
class Load:
    """Runs to be done, as sums over them: their number, companies, months, and companies times months."""

    runs: int = 0
    companies: int = 0
    months: int = 0
    company_months: int = 0

    def add(self, *, companies: int, months: int) -> None:
        """One more run."""
        self.runs += 1
        self.companies += companies
        self.months += months
        self.company_months += companies * months


@dataclass(frozen=True)
class Estimate:
    """What runs cost: founding and a month, each as a constant and per company in seconds; bytes of a run."""

    founding: float
    founding_per_company: float
    month: float
    month_per_company: float
    bytes: float

    def seconds(self, load: Load) -> float:
        """Seconds of one core for so much work."""
        return (
            self.founding * load.runs + self.founding_per_company * load.companies + self.month * load.months
            + self.month_per_company * load.company_months
        )  # fmt: skip


def answer(task: Task | Probe) -> Outcome | Measured:
    """What a worker does with whatever it is given."""
    return measure(task.task) if isinstance(task, Probe) else compute(task)


def measure(task: Task) -> Measured | Outcome:
    """Found a world, simulate its first months within the budget, and see how large its tables are."""
    from simulation.economy import ComputeEconomy

    scenario = scenario_of(task.folder, task.scenario, task.overrides)
    try:
        began = time.perf_counter()
        economy = ComputeEconomy(
            scenario, draw=task.draw, arm=task.arm, threads=task.threads, tables=task.keep.tables
        )
        founded = time.perf_counter()
        while economy.month < scenario.horizon.months and (
            economy.month < LEAST_MONTHS or time.perf_counter() - founded < BUDGET
        ):
            economy.step()
        stepped = time.perf_counter()
        run = economy.results(task.keep.tables)
    except Exception as failure:  # a run that fails is no reason not to begin: its row will say why
        return Outcome(DIGEST, STOP, str(failure))
    return Measured(
        companies=scenario.companies.count, founding=founded - began, month=(stepped - founded) / economy.month,
        bytes=sum(_bytes_kept(getattr(run, name), name, task, economy.month, scenario.horizon.months)
                  for name in task.keep.tables),
    )  # fmt: skip


def _bytes_kept(frame: pd.DataFrame, name: str, task: Task, simulated: int, months: int) -> float:
    """Bytes of a table of the whole run, from the months simulated."""
    keep = task.keep
    every = 1 if name in NOT_THINNED else keep.every
    window = ((months - 1 if keep.last is None else keep.last) - keep.first + 1) / every
    return _bytes(within(frame, name, replace(keep, first=0, last=None, every=1), run=task.run)) * (
        window / simulated if window > simulated else 1.0
    )


def estimate(crew: Crew, tasks: Sequence[Task]) -> Estimate | None:
    """What runs cost, from a probe of the smallest and the largest of them; None where no probe came through."""
    measured = [found for task in tasks if isinstance(found := _asked(crew, Probe(task)), Measured)]
    if not measured:
        return None
    small, large = measured[0], measured[-1]
    span = max(large.companies - small.companies, 1)
    founding = max(large.founding - small.founding, 0.0) / span
    month = max(large.month - small.month, 0.0) / span
    return Estimate(
        founding=small.founding - founding * small.companies, founding_per_company=founding,
        month=small.month - month * small.companies, month_per_company=month,
        bytes=sum(found.bytes for found in measured) / len(measured),
    )


def _asked(crew: Crew, probe: Probe) -> Measured | Outcome | None:
    """What the crew found; None where it was lost time and again."""
    for _ in range(MOST_TRIES):
        while not crew.free():
            crew.outcomes(PATIENCE)
        crew.give(probe)  # type: ignore[arg-type]
        while not (found := crew.outcomes(PATIENCE)):
            pass
        if isinstance(found[0], Measured) or found[0].status == STOP:
            return found[0]
    return None


def read_estimate(path: Path, fingerprint: str) -> Estimate | None:
    """The estimate of an earlier start of the same sweep."""
    try:
        stored = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return Estimate(**stored["estimate"]) if stored.get("fingerprint") == fingerprint else None


def write_estimate(folder: Path, name: str, found: Estimate, fingerprint: str) -> None:
    """Remember an estimate for the next start."""
    text = json.dumps({"fingerprint": fingerprint, "estimate": asdict(found)})
    try:
        ResultsWriter(folder).write_file(name, text.encode())
    except StorageError:
        return  # it is measured again


def _bytes(frame: pd.DataFrame) -> int:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), buffer, compression="snappy")
    return len(buffer.getvalue())
