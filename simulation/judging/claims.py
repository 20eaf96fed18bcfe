"""`judge`: what the claims need is run, each world once, and every claim is judged on what its criteria find."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from market.estimators import Interval
from scenarios import read_design, read_scenario
from scenarios.claims import Claim, Criterion
from simulation.judging.closed_forms import closed_form
from simulation.judging.estimating import contrast, ratio
from simulation.judging.needs import Size, cells_of, design_text
from simulation.judging.values import Values
from simulation.judging.verdicts import UNDECIDED, UNMEASURED, Finding, Judgement, judged, outcome

Progress = Callable[[int, int], None]
NO_RATIO = "no ratio: its denominator cannot be told from 0"
CHANCE = "the interval reaches the boundary"
FEW = "one pair gives no interval"


def judge(
    claims: Sequence[Claim],
    out: Path,
    *,
    size: Size,
    settings: Mapping[str, Any] | None = None,
    workers: int | None = None,
    threads: int = 1,
    say: Callable[[str], None] = lambda line: None,
    progress: Callable[[str], AbstractContextManager[Progress]] | None = None,
) -> tuple[Judgement, ...]:
    """Run what is missing in the folder `out` of what `claims` need, and judge them.

    Worlds are shared between claims and found again by digest. `settings` are laid over every world. Raises
    ScenarioError for settings that are refused, StorageError for a folder that cannot be used.
    """
    settings = settings or {}
    sizes = {"companies.count": size.companies, "horizon.months": size.months}
    known = {key: value for key, value in sizes.items() if value is not None}
    baseline = read_scenario("baseline", overrides=dict(settings) | known)
    if cells_of(claims):
        from simulation.sweeping.sweep import sweep

        with tempfile.TemporaryDirectory() as elsewhere:
            file = Path(elsewhere) / "design.toml"
            file.write_text(design_text(claims, size=size, settings=settings), encoding="utf-8")
            sweep(read_design(file), out, workers=workers, threads=threads, say=say, progress=progress)
    values = Values(out, months=baseline.horizon.months, tail=baseline.answer.tail_months)
    return tuple(
        judged(claim, [
            found(criterion, values, calibration=calibration, draws=size.draws)
            for criterion in claim.criteria for calibration in size.calibrations
        ])
        for claim in claims
    )  # fmt: skip


def found(criterion: Criterion, values: Values, *, calibration: str, draws: int) -> Finding:
    """What one criterion finds under one calibration."""
    if criterion.experiment == "closed_form":
        value = closed_form(criterion.measure, calibration, criterion.arguments)
        estimate = Interval(value, value, value)
        return Finding(criterion, calibration, estimate, 0, outcome(criterion, estimate))
    try:
        measured = [
            values.of(criterion, measure, calibration=calibration, draws=draws)
            for measure in (criterion.measure, criterion.over) if measure
        ]  # fmt: skip
    except LookupError as refusal:
        nothing = Interval(np.nan, np.nan, np.nan)
        return Finding(criterion, calibration, nothing, 0, UNMEASURED, str(refusal))
    columns = [[found[cell] for cell in criterion.cells] for found in measured]
    complete = int(np.isfinite(np.stack([column for worlds in columns for column in worlds])).all(axis=0).sum())
    estimate = ratio(criterion.experiment, *columns) if criterion.over else contrast(criterion.experiment, *columns)
    if not complete:
        return Finding(criterion, calibration, estimate, 0, UNMEASURED, "the worlds give no value of it")
    said = outcome(criterion, estimate)
    why = "" if said != UNDECIDED else NO_RATIO if estimate.refused else CHANCE if complete > 1 else FEW
    return Finding(criterion, calibration, estimate, complete, said, why)
