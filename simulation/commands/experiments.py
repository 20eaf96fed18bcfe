"""Commands about what the answer depends on: the phase map, and the answer under rival structures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulation.commands.options import (
    Arm,
    AsJson,
    BadInput,
    ScenarioName,
    Work,
    World,
    refuse_arm,
    refuse_too_large,
    refuse_unusable,
    set_threads,
    setting,
    with_options,
)

if TYPE_CHECKING:
    from scenarios.scenario import Scenario
    from simulation.experiments.paired import Request, Workforce

PAIRS_OF_A_CELL = 4
Pairs = Annotated[int | None, typer.Option("--pairs", min=1, metavar="N", help="Pairs of worlds at every point.")]
AXIS = "KEY, KEY=V1,V2,... or KEY=LOW:HIGH:LEVELS; also concentration, slack, lag or readability."


@with_options
def map_(
    scenario: ScenarioName = "baseline",
    x: Annotated[str, typer.Option("--x", metavar="KEY", help=f"Across: {AXIS}")] = "slack",
    y: Annotated[str, typer.Option("--y", metavar="KEY", help=f"Down: {AXIS}")] = "lag",
    supply_slope: Annotated[
        float | None,
        typer.Option("--supply-slope", min=0.0, metavar="E", help="Draw the toy whose supply is E times as steep."),
    ] = None,
    curvature: Annotated[
        float | None, typer.Option("--curvature", metavar="D", help="Draw the toy whose demand has this curvature.")
    ] = None,
    pairs: Pairs = PAIRS_OF_A_CELL,
    *,
    world: World,
    work: Work,
    as_json: AsJson = False,
) -> None:
    """Map the class of the answer over two parameters, with the boundary that theory draws."""
    if supply_slope is not None and curvature is not None:
        raise BadInput("--curvature: the toy has either a supply slope or a curvature; give one of them")
    if curvature is not None and (curvature <= -1 or curvature == 0):
        raise BadInput(f"--curvature: {curvature:g} has no closed form; give a number above -1 that is not 0")
    request, stands = asked(scenario, world, pairs)
    set_threads(work.threads)
    from scenarios.errors import BadDesign
    from simulation.experiments.axes import read_axis
    from simulation.experiments.map_text import map_json, map_text
    from simulation.experiments.mapping import Theory, phase_map

    axes: dict[str, str] = {}
    try:
        across, down = read_axis(x, stands, option="--x"), read_axis(y, stands, option="--y")
        axes = {f".set.{across.key}": "--x", f".set.{down.key}": "--y"}
        if across.key == down.key:
            raise BadInput(f"--y: {down.key} is on the other axis too; give another parameter")
        folder = work.out or Path("results") / f"map-{stands.name}"
        found = phase_map(
            request, across, down, folder, workforce=workforce(stands, work), theory=Theory(supply_slope, curvature)
        )
    except BadDesign as refusal:
        place = next((option for end, option in axes.items() if refusal.key.endswith(end)), refusal.key)
        raise BadInput(f"{place}: {refusal.problem}; {refusal.remedy}") from refusal
    typer.echo(map_json(found) if as_json else map_text(found))
    typer.echo(f"Results: {folder}", err=True)


@with_options
def attribute(
    scenario: ScenarioName = "baseline",
    switch: Annotated[
        list[str] | None,
        typer.Option("--switch", metavar="NAME", help="Only this switch; may be repeated. Each doubles the worlds."),
    ] = None,
    no_mediation: Annotated[
        bool, typer.Option("--no-mediation", help="Leave out the channels, each held at its closed path.")
    ] = False,
    pairs: Pairs = PAIRS_OF_A_CELL,
    *,
    world: World,
    work: Work,
    as_json: AsJson = False,
) -> None:
    """Say what the effect of open weights is made of: a factorial over switches, and the channels it runs through."""
    request, stands = asked(scenario, world, pairs)
    refuse_unknown_switches(switch, stands)
    set_threads(work.threads)
    from simulation.experiments.attributing import attribute as attributed
    from simulation.experiments.attribution_text import attribution_json, attribution_text
    from simulation.experiments.mediating import mediate

    folder = work.out or Path("results") / f"attribute-{stands.name}"
    crew = workforce(stands, work)
    found = attributed(request, folder, workforce=crew, only=switch)
    channels = None
    if not no_mediation:
        with progress("draws") as told:
            channels = mediate(
                request.resolved, request.pairs, folder, workers=work.workers, threads=work.threads, progress=told
            )
    typer.echo(attribution_json(found, channels) if as_json else attribution_text(found, channels))
    typer.echo(f"Results: {folder}", err=True)


@with_options
def power(
    scenario: ScenarioName = "baseline",
    draws: Annotated[int, typer.Option("--draws", min=1, max=1000, metavar="N", help="Random worlds.")] = 8,
    arm: Arm = "open",
    *,
    world: World,
    work: Work,
    as_json: AsJson = False,
) -> None:
    """Say who has power, actor by actor: to deny, to reprice, to be needed; with the networks as GraphML."""
    refuse_arm(arm)
    stands = world.of(scenario)
    if stands.horizon.months < 2:
        raise BadInput("--months: 1 is too short to raise a price in; give at least 2")
    set_threads(work.threads)
    folder = work.out or Path("results") / f"power-{stands.name}"
    refuse_too_large(stands, worlds=2 * work.at_a_time(draws))
    refuse_unusable(folder, "power")
    from simulation.experiments.power import power as measured
    from simulation.experiments.power_text import power_json, power_text

    with progress("worlds") as told:
        found = measured(stands, draws, folder, arm=arm, workers=work.workers, threads=work.threads, progress=told)
    typer.echo(power_json(found) if as_json else power_text(found))
    typer.echo(f"Results: {folder}", err=True)


def refuse_unknown_switches(named: list[str] | None, stands: Scenario) -> None:
    """Refuse a switch that is not declared, or whose mechanism the economy lacks."""
    from scenarios.switches import OPEN, SWITCHES
    from scenarios.wording import nearest

    missing = {each.name: each.missing(stands) for each in SWITCHES if each.name != OPEN}
    for name in named or ():
        if name not in missing:
            raise BadInput(f'--switch: "{name}" is none of them; {nearest(name, list(missing))}')
        if missing[name]:
            raise BadInput(f"--switch: {name} needs {', '.join(missing[name])}, which the economy does not have yet")


def answer_by_structure(scenario: str, world: World, work: Work, *, pairs: int, as_json: bool) -> None:
    """Answer the question under every rival structure, and say whether the class is the same."""
    request, stands = asked(scenario, world, pairs)
    set_threads(work.threads)
    from simulation.experiments.structures import structures_by, structures_json, structures_text

    folder = work.out or Path("results") / f"structures-{stands.name}"
    found = structures_by(request, folder, workforce=workforce(stands, work))
    typer.echo(structures_json(found) if as_json else structures_text(found))
    typer.echo(f"Results: {folder}", err=True)


def asked(scenario: str, world: World, pairs: int | None) -> tuple[Request, Scenario]:
    """What an experiment is asked for, and the scenario it begins from; refuses what the scenario refuses."""
    stands = world.of(scenario)
    from simulation.experiments.paired import Request

    laid_over: dict[str, Any] = dict(setting(text) for text in world.settings or ())
    for key in ("companies.count", "horizon.months", "companies.calibration", "answer.pairs"):
        if key in laid_over:
            option = {"companies.count": "--companies", "horizon.months": "--months", "answer.pairs": "--pairs",
                      "companies.calibration": "--calibration"}[key]  # fmt: skip
            raise BadInput(f"--set: {key} has an option of its own here; give {option}")
    draws = pairs or stands.answer.pairs
    return Request(scenario, laid_over, draws, world.companies, world.months, world.calibration), stands


def workforce(stands: Scenario, work: Work) -> Workforce:
    """Who computes the worlds, told on stderr; refuses worlds that memory cannot hold."""
    from simulation.experiments.paired import Workforce

    refuse_too_large(stands, worlds=work.at_a_time())
    return Workforce(
        workers=work.workers, threads=work.threads, say=lambda line: typer.echo(line, err=True), progress=progress
    )


def progress(what: str) -> AbstractContextManager[Callable[[int, int], None]]:
    """A bar on stderr."""
    from simulation.console import progress_bar

    return progress_bar(what)
