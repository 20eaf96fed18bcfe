"""`sweep`: every world of a design, computed by whoever is at hand, each once, until nothing is missing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scenarios.design import Design
from scenarios.design_reading import read_design
from simulation.console import size_text, time_text
from simulation.results.digest import code_digest
from simulation.results.storage import ResultsWriter, locked, remove_manifest
from simulation.sweeping.crew import Crew, local_crew
from simulation.sweeping.driver import Tally, drive
from simulation.sweeping.finishing import failure_of, finish, is_complete
from simulation.sweeping.folder import ESTIMATE, prepare, rehearsal_folder, room_left, sweep_folder
from simulation.sweeping.keeping import is_finished, refuse_unkeepable
from simulation.sweeping.mending import damaged_runs, forget
from simulation.sweeping.plan import Plan, PlannedRun
from simulation.sweeping.probe import Estimate, Load, answer, estimate, read_estimate, write_estimate
from simulation.sweeping.shards import Shard
from simulation.sweeping.taking import take_over
from simulation.sweeping.work import FAILURES, Outcome, Task, write_failure
from simulation.workers import available_cores

Progress = Callable[[int, int], None]  # runs done, runs in all
Say = Callable[[str], None]
WHOLE = Shard()
START = 4.0  # seconds until a worker is ready
PATIENCE = 600.0  # seconds for another shard to finish the folder


@dataclass(frozen=True)
class Report:
    """What a call of `sweep` came to."""

    runs: int  # of the design, or of the shard
    found: int  # finished before
    failed: int  # of all
    complete: bool  # whether the whole design is finished and the folder complete
    seconds: float | None = field(default=None, compare=False)  # of one core that the missing runs were to take
    companies: int = field(default=0, compare=False)  # of the largest of the missing runs


@dataclass
class _Survey:
    """What is in the folder already, in numbers alone."""

    runs: int = 0
    missing: int = 0
    failed: int = 0
    load: Load | None = None
    smallest: PlannedRun | None = None
    largest: PlannedRun | None = None


def sweep(
    design: Design | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    workers: int | None = None,
    threads: int = 1,
    cluster: str | None = None,
    shard: Shard = WHOLE,
    retry_failed: bool = False,
    dry_run: bool = False,
    found_in: Sequence[Path] = (),
    say: Say = lambda line: None,
    progress: Callable[[str], AbstractContextManager[Progress]] | None = None,
) -> Report:
    """Run what is missing of a design in the folder `out`, and finish the folder when nothing is.

    `workers` processes of this machine (all cores by default) compute whole worlds, or those of a Dask scheduler at the
    address `cluster`, or of a batch system (`slurm`); neither they nor `shard` change a number. Runs that failed stay
    failed unless `retry_failed`. `dry_run` stops after saying, through `say`, what would be done, and leaves the folder
    as it is. Runs that sweeps in the folders `found_in` have finished, and of which they keep the same, are taken from
    there. `progress` makes a bar for so many runs. Raises ScenarioError for a design that is refused, StorageError for
    a folder that cannot be used, WorkerLost where no worker lives.
    """
    design = design if isinstance(design, Design) else read_design(os.fspath(design))
    refuse_unkeepable(design)
    folder = Path(out)
    place = rehearsal_folder(folder, design) if dry_run else sweep_folder(folder, shard=shard.name)
    with place as writer:
        return _Sweep(
            writer, folder, design, workers=workers or available_cores(), threads=threads, cluster=cluster, shard=shard,
            retry_failed=retry_failed, found_in=found_in, say=say, progress=progress,
        ).run(dry_run=dry_run)


class _Sweep:
    """One call of `sweep` on the results in `folder`; the writer stands elsewhere in a dry run."""

    def __init__(
        self, writer: ResultsWriter, folder: Path, design: Design, *, workers: int, threads: int, cluster: str | None,
        shard: Shard, retry_failed: bool, found_in: Sequence[Path], say: Say,
        progress: Callable[[str], AbstractContextManager[Progress]] | None,
    ) -> None:  # fmt: skip
        self.writer, self.folder, self.design = writer, folder, design
        self.workers, self.threads, self.cluster, self.shard = workers, threads, cluster, shard
        self.retry_failed, self.say, self.progress = retry_failed, say, progress
        self.found_in = found_in
        self.plan: Plan = prepare(writer, design)

    def run(self, *, dry_run: bool) -> Report:
        """Do what is missing."""
        self._forget_damaged(dry_run=dry_run)
        if not dry_run and take_over(self.plan, self.folder, self.found_in):
            remove_manifest(self.folder)
        survey = self._survey()
        self.say(self._headline(survey))
        seconds = None
        if survey.missing:
            with self._crew(1 if dry_run else min(self.workers, survey.missing)) as crew:
                seconds = self._tell_cost(survey, self._estimated(crew, survey))
                if not dry_run:
                    remove_manifest(self.folder)
                    self._work(crew, survey)
        complete = not survey.missing and is_complete(self.folder, self.plan)
        failed = survey.failed
        if not dry_run:
            complete, failed = self._finished()
        companies = 0 if survey.largest is None else survey.largest.companies
        return Report(survey.runs, survey.runs - survey.missing, failed, complete, seconds, companies)

    def _forget_damaged(self, *, dry_run: bool) -> None:
        """Have finished runs of this shard whose parts are damaged count as missing, and say so."""
        damaged = damaged_runs(self.folder, filter(self.shard.has, self.plan), self.design.keep)
        if damaged:
            again = "would be computed again" if dry_run else "are computed again"
            self.say(f"{_count(len(damaged), 'run')} with damaged parts in {self.folder} {again}")
        if damaged and not dry_run:
            remove_manifest(self.folder)
            forget(self.folder, damaged, self.design.keep)

    def _work(self, crew: Crew, survey: _Survey) -> None:
        """Have every missing run computed."""
        bar = self.progress or _no_progress
        found = survey.runs - survey.missing
        with bar("runs") as advance:
            advance(found, survey.runs)

            def heard(tally: Tally, outcome: Outcome) -> None:
                advance(min(found + tally.finished, survey.runs), survey.runs)

            def given_up(task: Task, problem: str) -> None:
                write_failure(self.writer, task.digest, f"its worker was {problem}, time and again")

            tally = drive((self._task(planned) for planned in self._missing()), crew, heard=heard, given_up=given_up)
        if tally.failed:
            self.say(f"{tally.failed:,} runs failed; the table runs says why and how to repeat each")

    def _finished(self) -> tuple[bool, int]:
        """Complete the folder if every run of the design is finished, whoever computed it."""
        survey = self._survey(whole=True)
        if survey.missing:
            self.say(f"{survey.missing:,} of {survey.runs:,} runs of the design are left to other shards")
            return False, survey.failed
        if is_complete(self.folder, self.plan):
            return True, survey.failed
        if not self.shard.name:
            return True, finish(self.writer, self.plan)
        return True, _finish_together(self.writer, self.plan)

    def _survey(self, *, whole: bool = False) -> _Survey:
        """Count what is finished, what failed and what is missing, and what the latter will take."""
        survey, load = _Survey(), Load()
        for planned in self.plan:
            if not whole and not self.shard.has(planned):
                continue
            survey.runs += 1
            if is_finished(self.folder, planned.digest, self.design.keep):
                continue
            failed = (self.folder / FAILURES / f"{planned.digest}.json").exists()
            survey.failed += failed
            if failed and (whole or not self.retry_failed):
                continue
            survey.missing += 1
            load.add(companies=planned.companies, months=planned.months)
            if survey.smallest is None or planned.companies < survey.smallest.companies:
                survey.smallest = planned
            if survey.largest is None or planned.companies > survey.largest.companies:
                survey.largest = planned
        survey.load = load
        return survey

    def _missing(self) -> Iterator[PlannedRun]:
        """Runs of this shard that are to be computed, looked up one by one."""
        for planned in self.plan:
            if not self.shard.has(planned) or is_finished(self.folder, planned.digest, self.design.keep):
                continue
            if self.retry_failed or failure_of(self.folder, planned.digest) is None:
                yield planned

    def _task(self, planned: PlannedRun) -> Task:
        return Task(
            folder=self.writer.folder.absolute(), digest=planned.digest, run=planned.run, scenario=planned.scenario,
            overrides=planned.overrides, arm=planned.arm, draw=planned.draw, keep=self.design.keep,
            threads=self.threads, code=code_digest(),
        )  # fmt: skip

    @contextmanager
    def _crew(self, workers: int) -> Iterator[Crew]:
        if self.cluster is not None:
            from simulation.sweeping.cluster import cluster_crew

            with cluster_crew(self.cluster, workers=self.workers, compute=answer, say=self.say) as crew:
                yield crew
            return
        with local_crew(workers, threads=self.threads, compute=answer, warm_up=warm_up) as local:
            yield local

    def _estimated(self, crew: Crew, survey: _Survey) -> Estimate | None:
        """What the missing runs will cost: remembered from an earlier start, or probed."""
        found = read_estimate(self.folder / ESTIMATE, self.plan.fingerprint)
        if found is None and survey.smallest is not None and survey.largest is not None:
            sizes = {planned.companies: planned for planned in (survey.smallest, survey.largest)}
            found = estimate(crew, [self._task(planned) for planned in sizes.values()])
            if found is not None:
                write_estimate(self.writer.folder, ESTIMATE, found, self.plan.fingerprint)
        return found

    def _headline(self, survey: _Survey) -> str:
        done = survey.runs - survey.missing
        part = f" of shard {self.shard.number}/{self.shard.of}" if self.shard.name else ""
        earlier = f", {done:,} finished before" if done else ""
        failed = f" ({survey.failed:,} failed)" if survey.failed else ""
        points, draws = self.design.points_in_all, self.design.draws
        return f"{survey.runs:,} runs{part}: {_count(points, 'point')}, {_count(draws, 'draw')}{earlier}{failed}"

    def _tell_cost(self, survey: _Survey, found: Estimate | None) -> float | None:
        """Say what the missing runs will take, where a probe came through; seconds of one core."""
        if found is None or survey.load is None:
            self.say("time and disk: not known; the probe failed as the runs may")
            return None
        at_once = "" if self.cluster else f" with {_count(self.workers, 'worker')}"
        seconds = found.seconds(survey.load) / (1 if self.cluster else self.workers) + START
        needed = found.bytes * survey.missing
        room = room_left(self.folder)
        short = "" if needed < room else f", and only {size_text(room)} are free"
        core = " of one core" if self.cluster else ""
        self.say(
            f"{survey.missing:,} to do: about {time_text(seconds)}{core}{at_once}, "
            f"{size_text(needed)} on the disk{short}"
        )
        return found.seconds(survey.load)


def warm_up() -> None:
    """Compile the kernels, or load them."""
    from scenarios import read_scenario
    from simulation.answering.pairing import compile_kernels, miniature

    compile_kernels(miniature(read_scenario("baseline")))


def _finish_together(writer: ResultsWriter, plan: Plan) -> int:
    """Finish the folder as one of several shards: whoever comes first does it."""
    with locked(writer.folder, ".commonweight.finishing.lock", patience=PATIENCE):
        if not is_complete(writer.folder, plan):
            return finish(writer, plan)
    return sum(failure_of(writer.folder, planned.digest) is not None for planned in plan)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@contextmanager
def _no_progress(what: str) -> Iterator[Progress]:
    yield lambda done, total: None
