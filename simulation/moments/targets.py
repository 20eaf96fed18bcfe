"""The moments of `scenarios/evidence/targets.csv` over several draws, and a verdict each.

A moment is judged by its mean over draws of the open arm; its interval is Student's over draws. Worlds are followed to
December 2025, where the last window ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from market.estimators import paired_mean
from scenarios.moments import Target, targets
from scenarios.scenario import Scenario
from scenarios.writing import resolved_toml
from simulation.answering.pairing import compile_kernels, miniature
from simulation.moments import moments_of
from simulation.moments.windows import MONTHS_NEEDED, Tables
from simulation.results.digest import run_digest
from simulation.results.schema import empty_in_all
from simulation.results.storage import ResultsWriter, results_folder
from simulation.workers import available_cores, map_worlds

INSIDE, OUTSIDE, NOT_COMPUTED = "inside", "outside", "not_computed"
DRAWS = 8
ARM = "open"
_MUST_FALL = {"T5b": "T5a"}  # a share that must also be below an earlier one


@dataclass(frozen=True)
class Finding:
    """One moment beside its evidence."""

    target: Target
    simulated: float  # mean over draws, NaN where not computed
    ci_low: float
    ci_high: float
    verdict: str
    reason: str  # why it is outside or not computed; empty inside
    by_draw: tuple[float, ...]  # NaN where a draw has no value


@dataclass(frozen=True)
class Measured:
    """What one world gave."""

    moments: Mapping[str, float | str]
    not_modelled: tuple[str, ...]


@dataclass(frozen=True)
class TargetsWorld:
    """One world to measure."""

    scenario: Scenario
    draw: int
    threads: int
    folder: Path | None
    digest: str = field(init=False)  # who the resulting run is

    def __post_init__(self) -> None:
        cut = "" if self.months == self.scenario.horizon.months else f"its first {self.months} months"
        digest = run_digest(self.scenario.resolved(), arm=ARM, draw=self.draw, variant=cut)
        object.__setattr__(self, "digest", digest)

    @property
    def months(self) -> int:
        """Months it is followed for."""
        return min(self.scenario.horizon.months, MONTHS_NEEDED)


def judge_targets(
    scenario: Scenario,
    *,
    draws: int = DRAWS,
    workers: int | None = None,
    threads: int = 1,
    out: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Simulate `draws` worlds of a scenario and judge every target.

    `out` names a results folder: the worlds' tables and `targets.csv`; worlds found there are not run again. `workers`
    and `threads` change no number. Raises StorageError for a folder that cannot be used, ValueError for no draws.
    """
    if draws < 1:
        raise ValueError(f"draws = {draws}: moments are means over worlds; use at least one, better eight")
    judged = partial(_judge, scenario, draws=draws, workers=workers, threads=threads, progress=progress)
    if out is None:
        return judged(folder=None)[0]
    with results_folder(out, command="targets") as writer:
        findings, worlds, not_modelled = judged(folder=writer.folder)
        _write(writer, findings, worlds, not_modelled=not_modelled)
    return findings


def _judge(
    scenario: Scenario, *, draws: int, workers: int | None, threads: int, folder: Path | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[Finding], list[TargetsWorld], tuple[str, ...]]:  # fmt: skip
    worlds = [TargetsWorld(scenario, draw=draw, threads=threads, folder=folder) for draw in range(1, draws + 1)]
    done = 0

    def count(_: object) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, draws)

    measured = map_worlds(
        measure_world, worlds, workers=workers or available_cores(), threads=threads,
        warm_up=partial(compile_kernels, miniature(scenario), threads), done=count,
    )  # fmt: skip
    not_modelled = empty_in_all(world.not_modelled for world in measured)
    return findings_of([world.moments for world in measured]), worlds, not_modelled


def measure_world(world: TargetsWorld) -> Measured:
    """The moments of one world, simulated now or read from its folder."""
    from simulation.economy import ComputeEconomy

    writer = None if world.folder is None else ResultsWriter(world.folder)
    if writer is not None and (finished := _finished(writer, world)) is not None:
        return finished
    economy = ComputeEconomy(world.scenario, draw=world.draw, arm=ARM, threads=world.threads)
    economy.run(world.months)
    run = economy.results()
    if writer is not None:
        writer.write_run(run, world.digest)
    return Measured(moments_of(Tables.of(run)), tuple(run.manifest["not_modelled"]))


def _finished(writer: ResultsWriter, world: TargetsWorld) -> Measured | None:
    """The moments of a world that was written in full before; None if it was not."""
    run = writer.finished_run(world.digest, scenario=world.scenario, arm=ARM, draw=world.draw)
    if run is None:
        return None
    others = {
        name: pq.read_table(writer.folder / name / f"{world.digest}.parquet").to_pandas()
        for name in Tables.__dataclass_fields__
        if name != "indicators"
    }
    return Measured(moments_of(Tables(indicators=run.indicators, **others)), tuple(run.manifest["not_modelled"]))


def findings_of(by_draw: Sequence[Mapping[str, float | str]]) -> list[Finding]:
    """Every target judged on the moments of the draws, in the order of the evidence."""
    found: dict[str, Finding] = {}
    for target in targets():
        earlier = found.get(_MUST_FALL.get(target.id, ""))
        found[target.id] = judged(target, [draw[target.id] for draw in by_draw], earlier=earlier)
    return list(found.values())


def judged(target: Target, values: Sequence[float | str], *, earlier: Finding | None = None) -> Finding:
    """A target beside its values, one per draw; a text says why a draw has none. `earlier` must be above it."""
    numbers = np.array([np.nan if isinstance(value, str) else value for value in values])
    reasons = sorted({value for value in values if isinstance(value, str)})
    known = numbers[np.isfinite(numbers)]
    by_draw = tuple(numbers.tolist())
    if known.size == 0:
        reason = "; ".join(reasons) or "no value"
        return Finding(target, np.nan, np.nan, np.nan, NOT_COMPUTED, reason, by_draw)
    mean = paired_mean(known)
    reason = _miss(target, mean.value, earlier)
    verdict = OUTSIDE if reason else INSIDE
    return Finding(target, mean.value, mean.low, mean.high, verdict, reason, by_draw)


def _miss(target: Target, value: float, earlier: Finding | None) -> str:
    """By how much a value misses; empty where it does not."""
    if value < target.low:
        return f"{target.low - value:.3g} below {target.low:g}"
    if value > target.high:
        return f"{value - target.high:.3g} above {target.high:g}"
    if earlier is not None and not value < earlier.simulated:
        return f"not below {earlier.target.id} ({earlier.simulated:.3g})"
    return ""


def targets_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """The table of `targets.csv`."""
    return pd.DataFrame(
        [
            {
                "id": finding.target.id, "moment": finding.target.moment, "value": finding.target.value,
                "low": finding.target.low, "high": finding.target.high, "simulated": finding.simulated,
                "ci_low": finding.ci_low, "ci_high": finding.ci_high, "verdict": finding.verdict,
            }
            for finding in findings
        ]
    )  # fmt: skip


def _write(
    writer: ResultsWriter, findings: Sequence[Finding], worlds: Sequence[TargetsWorld], *, not_modelled: Sequence[str]
) -> None:
    """Write `targets.csv` and the scenario beside the runs, then the manifest."""
    scenario = worlds[0].scenario
    writer.write_file("targets.csv", targets_frame(findings).to_csv(index=False, lineterminator="\n").encode())
    writer.write_scenario(scenario.name, resolved_toml(scenario))
    identities = [
        {
            "digest": world.digest, "scenario": scenario.name, "calibration": scenario.companies.calibration,
            "arm": ARM, "draw": world.draw, "months": world.months,
        }
        for world in worlds
    ]  # fmt: skip
    writer.finish(command="targets", runs=identities, not_modelled=list(not_modelled))
