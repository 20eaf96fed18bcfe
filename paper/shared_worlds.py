"""Worlds that several experiments need, run once and in one go.

Map, factorial, structures and sensitivity all move some parameters of one scenario and compare its arms. Those of the
same scenario and size are one sweep in the folder `worlds`; each then finds its runs there by their digests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from paper.plan import ALL, Experiment
from paper.sensitivity import sensitivity_points
from paper.stamps import WORLDS
from scenarios.structures import STRUCTURES
from simulation.experiments.attributing import chosen_switches, switch_points
from simulation.experiments.axes import read_axis
from simulation.experiments.mapping import map_points
from simulation.experiments.paired import Workforce, paired_design
from simulation.results.digest import canonical_json
from simulation.sweeping.sweep import sweep

Points = Mapping[str, Mapping[str, Any]]


def run_shared(experiments: Sequence[Experiment], out: Path, workforce: Workforce) -> tuple[Path, ...]:
    """Run what experiments share, a sweep for every scenario and size that more than one asks for; their folders."""
    groups: dict[str, list[Experiment]] = {}
    for experiment in experiments:
        if experiment.kind in POINTS:
            groups.setdefault(canonical_json(vars(experiment.request)), []).append(experiment)
    folders = []
    for number, group in enumerate((group for group in groups.values() if len(group) > 1), start=1):
        settings: dict[str, Mapping[str, Any]] = {}
        for experiment in group:
            for laid_over in POINTS[experiment.kind](experiment).values():
                settings.setdefault(canonical_json(laid_over), laid_over)
        points = {f"world {place}": laid_over for place, laid_over in enumerate(settings.values(), start=1)}
        names = ", ".join(experiment.name for experiment in group)
        design = paired_design(group[0].request, points, title=f"Worlds of {names}", command=WORLDS)
        folders.append(out / WORLDS / str(number))
        sweep(
            design, folders[-1], workers=workforce.workers, threads=workforce.threads, say=workforce.say,
            progress=workforce.progress,
        )  # fmt: skip
    return tuple(folders)


def _map(experiment: Experiment) -> Points:
    stands = experiment.request.resolved
    return map_points(*(read_axis(experiment.arguments[name], stands, option=name) for name in ("x", "y")))


def _attribute(experiment: Experiment) -> Points:
    named = experiment.arguments["switches"]
    return switch_points(chosen_switches(experiment.request, None if named == ALL else named))


def _structures(experiment: Experiment) -> Points:
    only = experiment.arguments.get("only")
    return {each.name: each.settings for each in STRUCTURES if only is None or each.name in only}


POINTS: Mapping[str, Callable[[Experiment], Points]] = {
    "map": _map, "attribute": _attribute, "structures": _structures, "sensitivity": sensitivity_points,
}  # fmt: skip
