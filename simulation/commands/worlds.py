"""Commands that simulate: the answer, one world, the evidence, one company."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulation.commands.experiments import answer_by_structure
from simulation.commands.options import (
    Arm,
    AsJson,
    BadInput,
    Calibration,
    Companies,
    Draw,
    Months,
    Out,
    ScenarioName,
    Settings,
    Threads,
    Workers,
    read_with,
    refuse_arm,
    refuse_too_large,
    refuse_unusable,
    set_threads,
)

if TYPE_CHECKING:
    from scenarios import Scenario


def answer(
    scenario: ScenarioName = "baseline",
    pairs: Annotated[int | None, typer.Option("--pairs", metavar="N", help="Pairs of worlds.")] = None,
    companies: Companies = None,
    months: Months = None,
    settings: Settings = None,
    calibration: Calibration = None,
    workers: Workers = None,
    threads: Threads = 1,
    out: Out = None,
    full: Annotated[
        bool, typer.Option("--full", help="Also the world without releasers, present values and the two channels.")
    ] = False,
    structures: Annotated[
        bool, typer.Option("--structures", help="The class under each rival structure instead: pricing, choice ...")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer the question: paired open and closed worlds, the verdict, a table and a figure."""
    if structures and full:
        raise BadInput("--structures: the full answer is given for one structure; give one of --full and --structures")
    options: dict[str, Any] = {"companies": companies, "months": months, "calibration": calibration}
    assumptions = read_with(scenario, settings=settings, **options)
    from simulation.workers import available_cores

    counted: Scenario = read_with(scenario, pairs=pairs, settings=settings, **options)
    count = counted.answer.pairs
    if structures:
        answer_by_structure(
            scenario, pairs=count, companies=companies, months=months, settings=settings, calibration=calibration,
            workers=workers, threads=threads, out=out, as_json=as_json,
        )  # fmt: skip
        return
    folder = out if out is not None else Path("results") / f"answer-{assumptions.name}"
    set_threads(threads)
    refuse_too_large(assumptions, worlds=min(workers or available_cores(), 2 * count))
    refuse_unusable(folder)
    from simulation import compare
    from simulation.console import progress_bar
    from simulation.report import answer_text
    from simulation.report_json import answer_json

    with progress_bar("worlds") as progress:
        found = compare(
            assumptions, pairs=count, workers=workers, threads=threads, full=full, out=folder, progress=progress
        )
    typer.echo(answer_json(found) if as_json else answer_text(found))
    typer.echo(f"Results: {folder}", err=True)


def run(
    scenario: ScenarioName,
    draw: Draw = 1,
    arm: Arm = "open",
    companies: Companies = None,
    months: Months = None,
    settings: Settings = None,
    calibration: Calibration = None,
    threads: Threads = 1,
    out: Out = None,
) -> None:
    """Simulate one world and print its path by year; with --out, write every table."""
    refuse_arm(arm)
    assumptions = read_with(scenario, companies=companies, months=months, calibration=calibration, settings=settings)
    set_threads(threads)
    refuse_too_large(assumptions, worlds=1)
    if out is not None:
        refuse_unusable(out)
    from simulation import simulate
    from simulation.console import path_by_year, progress_bar
    from simulation.story import story_text

    with progress_bar("months") as progress:
        world = simulate(assumptions, draw=draw, arm=arm, threads=threads, progress=progress, out=out)
    typer.echo(path_by_year(world))
    typer.echo(f"\n{story_text(world)}")
    if out is not None:
        typer.echo(f"Results: {out}", err=True)


def targets(
    scenario: ScenarioName = "baseline",
    draws: Annotated[int, typer.Option("--draws", min=1, max=1000, metavar="N", help="Random worlds.")] = 8,
    companies: Companies = None,
    months: Months = None,
    settings: Settings = None,
    calibration: Calibration = None,
    workers: Workers = None,
    threads: Threads = 1,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Compare the open arm with the evidence of 2023 to 2025: every moment, its band, and whether it is inside."""
    assumptions = read_with(scenario, companies=companies, months=months, calibration=calibration, settings=settings)
    set_threads(threads)
    from simulation.workers import available_cores

    refuse_too_large(assumptions, worlds=min(workers or available_cores(), draws))
    if out is not None:
        refuse_unusable(out)
    from simulation.console import progress_bar, world_named
    from simulation.targets import judge_targets
    from simulation.targets_report import targets_json, targets_text

    with progress_bar("worlds") as progress:
        found = judge_targets(
            assumptions, draws=draws, workers=workers, threads=threads, out=out, progress=progress
        )
    title = world_named(assumptions, arm="open", draws=f"{draws} draws" if draws > 1 else "draw 1")
    typer.echo(targets_json(found) if as_json else targets_text(found, title=title))
    if out is not None:
        typer.echo(f"Results: {out}", err=True)


def portrait(
    company: Annotated[int, typer.Option("--company", min=0, metavar="N", help="Row of the company, from 0.")],
    scenario: ScenarioName = "baseline",
    draw: Draw = 1,
    arm: Arm = "open",
    companies: Companies = None,
    months: Months = None,
    settings: Settings = None,
    calibration: Calibration = None,
    threads: Threads = 1,
    as_json: AsJson = False,
) -> None:
    """Follow one company: what it could choose, what it chose, paid and got, and who stands behind it."""
    refuse_arm(arm)
    assumptions = read_with(scenario, companies=companies, months=months, calibration=calibration, settings=settings)
    if company >= assumptions.companies.count:
        raise BadInput(f"--company: {company} does not exist; rows run from 0 to {assumptions.companies.count - 1}")
    set_threads(threads)
    refuse_too_large(assumptions, worlds=1)
    from simulation import ComputeEconomy
    from simulation.console import progress_bar, world_named
    from simulation.portrait import follow
    from simulation.portrait_text import story_json
    from simulation.portrait_text import story_text as company_story

    with progress_bar("months") as progress:
        story = follow(ComputeEconomy(assumptions, draw=draw, arm=arm, threads=threads), company, progress=progress)
    title = world_named(assumptions, arm=arm, draws=f"draw {draw}")
    typer.echo(story_json(story) if as_json else company_story(story, title=title))
