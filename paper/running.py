"""Every kind of experiment, run by the machinery of `simulation` into one results folder; finished worlds are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from paper.errors import BadPlan
from paper.plan import ALL, Experiment
from paper.scenario_panel import judge_and_compare
from paper.sensitivity import run_sensitivity
from simulation.answering.pairing import compare
from simulation.console import progress_bar
from simulation.experiments.attributing import attribute
from simulation.experiments.axes import read_axis
from simulation.experiments.mapping import phase_map
from simulation.experiments.mediating import mediate
from simulation.experiments.paired import Workforce
from simulation.experiments.power import power
from simulation.experiments.structures import structures_by
from simulation.moments.targets import judge_targets

Runner = Callable[[Experiment, Path, Workforce], None]


def run(experiment: Experiment, folder: Path, workforce: Workforce) -> None:
    """Run what is missing of an experiment in its folder. Raises `BadPlan` for a kind that does not exist."""
    if experiment.kind not in RUNNERS:
        raise BadPlan(f"{experiment.name}: no kind is called {experiment.kind}; kinds are {', '.join(RUNNERS)}")
    RUNNERS[experiment.kind](experiment, folder, workforce)


def _answer(experiment: Experiment, folder: Path, workforce: Workforce) -> None:
    with progress_bar("worlds") as progress:
        compare(
            experiment.scenario, experiment.pairs, workers=workforce.workers, threads=workforce.threads, out=folder,
            progress=progress,
        )  # fmt: skip


def _targets(experiment: Experiment, folder: Path, workforce: Workforce) -> None:
    with progress_bar("worlds") as progress:
        judge_targets(
            experiment.scenario, draws=experiment.pairs, workers=workforce.workers, threads=workforce.threads,
            out=folder, progress=progress,
        )  # fmt: skip


def _map(experiment: Experiment, folder: Path, workforce: Workforce) -> None:
    stands = experiment.request.resolved
    across, down = (read_axis(experiment.arguments[name], stands, option=name) for name in ("x", "y"))
    phase_map(experiment.request, across, down, folder, workforce=workforce)


def _attribute(experiment: Experiment, folder: Path, workforce: Workforce) -> None:
    named = experiment.arguments["switches"]
    attribute(experiment.request, folder, workforce=workforce, only=None if named == ALL else named)
    with progress_bar("draws") as progress:
        mediate(
            experiment.request.resolved, experiment.pairs, folder, workers=workforce.workers,
            threads=workforce.threads, progress=progress,
        )  # fmt: skip


def _structures(experiment: Experiment, folder: Path, workforce: Workforce) -> None:
    structures_by(experiment.request, folder, workforce=workforce, only=experiment.arguments.get("only"))


def _power(experiment: Experiment, folder: Path, workforce: Workforce) -> None:
    with progress_bar("worlds") as progress:
        power(
            experiment.scenario, experiment.pairs, folder, arm=experiment.arguments["arm"],
            workers=workforce.workers, threads=workforce.threads, progress=progress,
        )  # fmt: skip


RUNNERS: Mapping[str, Runner] = {
    "answer": _answer, "targets": _targets, "claims": judge_and_compare, "map": _map, "attribute": _attribute,
    "structures": _structures, "sensitivity": run_sensitivity, "power": _power,
}  # fmt: skip
