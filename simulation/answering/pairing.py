"""`compare`: paired open and closed worlds of one scenario, run in parallel, and the answer they give."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from market.units import FloatArray
from scenarios.scenario import Scenario
from scenarios.writing import resolved_toml
from simulation.answering.answer import Answer, answer_from_runs
from simulation.results.digest import run_digest
from simulation.results.storage import ResultsWriter, results_folder
from simulation.run import Run
from simulation.workers import available_cores, map_worlds

Progress = Callable[[int, int], None]  # worlds done, worlds in all
Watch = Callable[[Answer], None]  # the answer of the pairs that are complete so far

COMMAND = "answer"
FROZEN = "training frozen"
EQUAL = "compute per token equal"
BOTH_OFF = "both channels off"
NO_RELEASERS = "open less absent"
FROZEN_SUFFIX = "frozen_training"
_MINIATURE = {"companies": {"count": 64}, "horizon": {"months": 2}}


@dataclass(frozen=True)
class Assignment:
    """One world to compute: scenario, arm and draw, where to write it, and whose training it follows.

    Its digest is taken where it is assigned and travels with it, so that code which changes on disk meanwhile gives no
    world two names.
    """

    scenario: Scenario
    arm: str
    draw: int
    threads: int
    folder: Path | None = None
    training_path: FloatArray | None = None  # of another arm, as in `Run`; None: labs decide
    digest: str = field(init=False)  # who the resulting run is

    def __post_init__(self) -> None:
        variant = "" if self.training_path is None else "training of the closed arm"
        digest = run_digest(self.scenario.resolved(), arm=self.arm, draw=self.draw, variant=variant)
        object.__setattr__(self, "digest", digest)


def compare(
    scenario: Scenario,
    pairs: int = 16,
    *,
    workers: int | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    full: bool = False,
    out: str | os.PathLike[str] | None = None,
    watch: Watch | None = None,
    stop: threading.Event | None = None,
) -> Answer:
    """Answer the question for one scenario from `pairs` draws, each run open and closed.

    `workers` processes (all cores by default) compute whole worlds, each with `threads` kernel threads; neither changes
    a number. `full` adds the arm without releasers, present values, profits by ultimate owner, organic profits, and the
    four combinations of training frozen and compute per token equal. `out` names a results folder; worlds found there
    from an earlier, interrupted call are not run again. `progress` is told how many worlds are done, `watch` what the
    pairs complete so far say. `stop` ends all work once it is set, by the error `Stopped` of `simulation.workers`;
    worlds are then computed by processes of their own even if there is one worker.

    Runs in `.runs` keep their indicators only; the other tables are in the folder. Raises ValueError for no pairs,
    StorageError for a folder that cannot be used, BadFolder among them, WorkerLost if a process ends by itself.
    """
    if pairs < 1:
        raise ValueError(f"pairs = {pairs}: the answer compares pairs of worlds; use at least one, better sixteen")
    workers = workers or available_cores()
    answered = partial(
        _compare, scenario, pairs=pairs, workers=workers, threads=threads, progress=progress, full=full, watch=watch,
        stop=stop,
    )  # fmt: skip
    if out is None:
        return answered(folder=None)[0]
    with results_folder(out, command=COMMAND) as writer:
        answer, assignments = answered(folder=writer.folder)
        _write(writer, answer, assignments)
    return answer


def _compare(
    scenario: Scenario,
    *,
    pairs: int,
    workers: int,
    threads: int,
    progress: Progress | None,
    full: bool,
    folder: Path | None,
    watch: Watch | None,
    stop: threading.Event | None,
) -> tuple[Answer, list[Assignment]]:
    """Run every world the answer needs, those that follow another's training last."""
    base = scenario.model_copy(update={"lab": scenario.lab.model_copy(update={"training_spend": "endogenous"})})
    settings = {"": base, EQUAL: _renamed(base, "equal_compute", compute_per_token="equal")} if full else {"": base}
    headline = "frozen" if scenario.lab.training_spend == "frozen" else "open"

    def assigned(setting: str, arm: str) -> list[Assignment]:
        draws = range(1, pairs + 1)
        return [Assignment(settings[setting], arm=arm, draw=draw, threads=threads, folder=folder) for draw in draws]

    arms = ("closed", "open") if full or headline == "open" else ("closed",)
    first = {(setting, arm): assigned(setting, arm) for setting in settings for arm in arms}
    if full:
        first["", "absent"] = assigned("", "absent")
    following = [(setting, "frozen") for setting in settings] if full or headline == "frozen" else []
    counter = _Counter((len(first) + len(following)) * pairs, progress)
    follower = None if watch is None else _PairsSoFar(scenario, headline=headline, watch=watch)

    def done(run: Run) -> None:
        counter.add(run)
        if follower is not None:
            follower.add(run)

    run_all = partial(_run_all, workers=workers, threads=threads, done=done, stop=stop)
    runs = run_all(first)
    second = {
        (setting, arm): [
            _on_path_of(closed, world)
            for closed, world in zip(runs[setting, "closed"], assigned(setting, "open"), strict=True)
        ]
        for setting, arm in following
    }
    runs |= run_all(second) if second else {}
    answer = answer_from_runs(
        scenario,
        closed=runs["", "closed"],
        open_=runs["", headline],
        variants=_variants(runs) if full else None,
        full=full,
    )
    return answer, [world for worlds in (first | second).values() for world in worlds]


def _variants(runs: Mapping[tuple[str, str], list[Run]]) -> dict[str, tuple[list[Run], list[Run]]]:
    """The further comparisons of `full`: control and treated runs by version."""
    return {
        NO_RELEASERS: (runs["", "absent"], runs["", "open"]),
        FROZEN: (runs["", "closed"], runs["", "frozen"]),
        EQUAL: (runs[EQUAL, "closed"], runs[EQUAL, "open"]),
        BOTH_OFF: (runs[EQUAL, "closed"], runs[EQUAL, "frozen"]),
    }


class _Counter:
    """Counts the worlds done and tells the caller."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.done, self.total, self.progress = 0, total, progress

    def add(self, _run: Run) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)


class _PairsSoFar:
    """Collects the runs of the headline as they come and tells what the complete pairs say."""

    def __init__(self, scenario: Scenario, *, headline: str, watch: Watch) -> None:
        self.scenario, self.watch = scenario, watch
        suffix = f"+{FROZEN_SUFFIX}" if headline == "frozen" else ""
        self.names = {"closed": scenario.name, "open": scenario.name + suffix}
        self.runs: dict[str, dict[int, Run]] = {"closed": {}, "open": {}}

    def add(self, run: Run) -> None:
        """Take one run; a new pair is told."""
        if run.scenario.name != self.names.get(run.arm):
            return
        self.runs[run.arm][run.draw] = run
        if all(run.draw in of_arm for of_arm in self.runs.values()):
            draws = sorted(set(self.runs["closed"]) & set(self.runs["open"]))
            closed, open_ = ([of_arm[draw] for draw in draws] for of_arm in self.runs.values())
            self.watch(answer_from_runs(self.scenario, closed=closed, open_=open_))


def _run_all(
    groups: Mapping[tuple[str, str], list[Assignment]],
    *,
    workers: int,
    threads: int,
    done: Callable[[Run], None],
    stop: threading.Event | None,
) -> dict[tuple[str, str], list[Run]]:
    """The runs of every group, the draws of all groups side by side so that memory and time are even."""
    keys = list(groups)
    worlds = [world for worlds in zip(*groups.values(), strict=True) for world in worlds]
    small = miniature(worlds[0].scenario)
    runs = map_worlds(
        run_world,
        worlds,
        workers=workers,
        threads=threads,
        warm_up=partial(compile_kernels, small, threads),
        done=done,
        stop=stop,
    )
    return {key: runs[place :: len(keys)] for place, key in enumerate(keys)}


def run_world(world: Assignment) -> Run:
    """Compute one world, or read it if it is already in the folder; its indicators only."""
    from simulation import simulate

    writer = None if world.folder is None else ResultsWriter(world.folder)
    if writer is not None:
        finished = writer.finished_run(world.digest, scenario=world.scenario, arm=world.arm, draw=world.draw)
        if finished is not None and writer.has_run(world.digest):
            return finished
    run: Run = simulate(
        world.scenario, draw=world.draw, arm=world.arm, training_path=world.training_path, threads=world.threads
    )
    if writer is not None:
        writer.write_run(run, world.digest)
    return run.with_indicators_only()


def compile_kernels(small: Scenario, threads: int = 1) -> None:
    """Compile the kernels for so many threads, or load them, by running a very small world."""
    from simulation import simulate

    simulate(small, draw=1, arm="open", threads=threads)


def miniature(scenario: Scenario) -> Scenario:
    """The same scenario with few companies and two months."""
    groups = {group: getattr(scenario, group).model_copy(update=values) for group, values in _MINIATURE.items()}
    return scenario.model_copy(update=groups)


def _renamed(scenario: Scenario, suffix: str, **lab: Any) -> Scenario:
    """A variant of a scenario under a name of its own, so that its rows can be told apart."""
    group = scenario.lab.model_copy(update=lab)
    return scenario.model_copy(update={"name": f"{scenario.name}+{suffix}", "lab": group})


def _on_path_of(closed: Run, world: Assignment) -> Assignment:
    """The open world that trains what its closed twin trained."""
    frozen = _renamed(world.scenario, FROZEN_SUFFIX, training_spend="frozen")
    return Assignment(
        frozen,
        arm="open",
        draw=world.draw,
        threads=world.threads,
        folder=world.folder,
        training_path=closed.training_path,
    )


def _write(writer: ResultsWriter, answer: Answer, assignments: Sequence[Assignment]) -> None:
    """Write answer, figure and scenarios beside the runs, then the manifest."""
    from simulation.answering.figures import answer_figure

    writer.write_answers(answer.table)
    for kind, content in answer_figure(answer).items():
        writer.write_file(f"answer.{kind}", content)
    for scenario in {world.scenario.name: world.scenario for world in assignments}.values():
        writer.write_scenario(scenario.name, resolved_toml(scenario))
    writer.finish(
        command=COMMAND,
        runs=[
            {
                "digest": world.digest,
                "scenario": world.scenario.name,
                "calibration": world.scenario.companies.calibration,
                "arm": world.arm,
                "draw": world.draw,
            }
            for world in assignments
        ],
        not_modelled=list(answer.basis.not_modelled),
    )
