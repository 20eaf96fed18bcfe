"""Points of a design run in both arms by the sweep engine, and what opening the weights does at each of them.

An experiment is a list of points, each some dotted settings laid over one scenario. It is written as a design file, so
that the folder it leaves is one of a sweep: stopped and started again it goes on, and `commonweight sweep` can repeat
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from scenarios.design import Design
from scenarios.design_reading import design_of
from scenarios.reading import read_scenario
from scenarios.scenario import Scenario
from scenarios.writing import value_text
from simulation.answering.comparison import Comparison, compare_arms, paths_of_frames, tail_weights, thresholds_of
from simulation.results.errors import StorageError
from simulation.sweeping.folder import PLAN
from simulation.sweeping.keeping import is_finished
from simulation.sweeping.plan import Plan, PlannedRun
from simulation.sweeping.sweep import sweep
from simulation.sweeping.work import scenario_of

ARMS = ("closed", "open")
Say = Callable[[str], None]
Bar = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


@dataclass(frozen=True)
class Request:
    """Which scenario is asked, with what laid over it, in how many worlds."""

    scenario: str  # a shipped name or a file
    settings: Mapping[str, Any]  # dotted keys laid over it at every point
    pairs: int
    companies: int | None = None
    months: int | None = None
    calibration: str | None = None

    @property
    def resolved(self) -> Scenario:
        """The scenario as it stands before any point is laid over it."""
        stated = {
            "companies.count": self.companies, "horizon.months": self.months, "companies.calibration": self.calibration
        }
        return read_scenario(
            self.scenario, overrides=dict(self.settings) | {k: v for k, v in stated.items() if v is not None}
        )


@dataclass(frozen=True)
class Workforce:
    """Who computes the worlds, and who is told."""

    workers: int | None = None
    threads: int = 1
    say: Say = lambda line: None
    progress: Bar | None = None
    found_in: tuple[Path, ...] = ()  # folders of sweeps whose finished runs are taken over


@dataclass(frozen=True)
class PairedPoint:
    """One point in both arms; `comparison` is None where no pair of its worlds came through."""

    number: int
    name: str
    scenario: Scenario
    draws: tuple[int, ...]  # of the pairs that came through
    failed: int  # pairs that did not
    comparison: Comparison | None


def paired_design(
    request: Request, points: Mapping[str, Mapping[str, Any]], *, title: str, command: str
) -> Design:
    """The design that runs every named point in both arms, keeping the months the answer is measured over.

    Raises a `ScenarioError` that names the point and key of whatever is refused.
    """
    scenario = request.resolved
    last = scenario.horizon.months - 1
    first = max(last + 1 - scenario.answer.tail_months, 0)
    path = Path(request.scenario)
    named = path.name if request.scenario.endswith(".toml") else request.scenario
    lines = [
        "schema = 1", f"title = {value_text(title)}", f"scenarios = [{value_text(named)}]",
        f"arms = [{', '.join(value_text(arm) for arm in ARMS)}]", f"draws = {request.pairs}", 'method = "list"',
    ]  # fmt: skip
    for key, value in (("companies", request.companies), ("months", request.months)):
        lines += [] if value is None else [f"{key} = {value}"]
    lines += [] if request.calibration is None else [f"calibrations = [{value_text(request.calibration)}]"]
    for name, settings in points.items():
        lines += ["", "[[experiments]]", f"name = {value_text(name)}", "[experiments.set]"]
        lines += [f"{value_text(key)} = {value_text(value)}" for key, value in {**request.settings, **settings}.items()]
    lines += ["", "[keep]", 'tables = ["indicators"]', f"window = [{first}, {last}]", ""]
    folder = path.parent if request.scenario.endswith(".toml") else Path()
    return design_of("\n".join(lines), label=command, folder=folder)


def run_points(design: Design, out: Path, *, workforce: Workforce) -> list[PairedPoint]:
    """Run whatever is missing of a paired design in the folder `out`, then compare the arms of every point.

    Raises StorageError where the folder cannot be used or no world came through.
    """
    sweep(
        design, out, workers=workforce.workers, threads=workforce.threads, say=workforce.say,
        progress=workforce.progress, found_in=workforce.found_in,
    )  # fmt: skip
    points = list(_points(design, out))
    if all(point.comparison is None for point in points):
        raise StorageError(f"{out}: every world failed; the table runs says why and how to repeat each")
    return points


def _points(design: Design, out: Path) -> Iterator[PairedPoint]:
    """Every point, in the order of the design, from the parts in the folder."""
    for number, group in groupby(Plan(out / PLAN, design), key=lambda run: run.point):
        runs = list(group)
        scenario = scenario_of(out, runs[0].scenario, runs[0].overrides)
        found = {(run.arm, run.draw): run for run in runs if is_finished(out, run.digest, design.keep)}
        draws = sorted({run.draw for run in runs})
        kept = tuple(draw for draw in draws if all((arm, draw) in found for arm in ARMS))
        yield PairedPoint(
            number=number, name=runs[0].experiment, scenario=scenario, draws=kept, failed=len(draws) - len(kept),
            comparison=_comparison(out, scenario, {arm: [found[arm, draw] for draw in kept] for arm in ARMS}),
        )  # fmt: skip


def _comparison(out: Path, scenario: Scenario, runs: Mapping[str, Sequence[PlannedRun]]) -> Comparison | None:
    if not runs["open"]:
        return None
    closed, open_ = (
        paths_of_frames([pq.read_table(out / "indicators" / f"{run.digest}.parquet").to_pandas() for run in runs[arm]])
        for arm in ARMS
    )
    months = next(iter(closed.values())).shape[1]
    weights = tail_weights(months, months)
    return compare_arms(
        "", closed, open_, money_weights=weights, level_weights=weights, thresholds=thresholds_of(scenario)
    )
