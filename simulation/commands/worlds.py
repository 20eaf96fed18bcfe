"""Commands that simulate: the answer, one world, the evidence, one company."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulation.commands.experiments import answer_by_structure
from simulation.commands.options import (
    Arm,
    AsJson,
    BadInput,
    Draw,
    Out,
    ScenarioName,
    Threads,
    Work,
    World,
    refuse_arm,
    refuse_too_large,
    refuse_unusable,
    set_threads,
    with_options,
)

if TYPE_CHECKING:
    from scenarios import Scenario


@with_options
def answer(
    scenario: ScenarioName = "baseline",
    pairs: Annotated[int | None, typer.Option("--pairs", metavar="N", help="Pairs of worlds.")] = None,
    *,
    world: World,
    work: Work,
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
    assumptions = world.of(scenario)
    counted: Scenario = world.of(scenario, pairs=pairs)
    count = counted.answer.pairs
    if structures:
        answer_by_structure(scenario, world, work, pairs=count, as_json=as_json)
        return
    folder = work.out if work.out is not None else Path("results") / f"answer-{assumptions.name}"
    set_threads(work.threads)
    refuse_too_large(assumptions, worlds=work.at_a_time(2 * count))
    refuse_unusable(folder, "answer")
    from simulation import compare
    from simulation.answering.report import answer_text
    from simulation.answering.report_json import answer_json
    from simulation.console import progress_bar

    with progress_bar("worlds") as progress:
        found = compare(
            assumptions, pairs=count, workers=work.workers, threads=work.threads, full=full, out=folder,
            progress=progress,
        )  # fmt: skip
    typer.echo(answer_json(found) if as_json else answer_text(found))
    typer.echo(f"Results: {folder}", err=True)


@with_options
def run(
    scenario: ScenarioName,
    draw: Draw = 1,
    arm: Arm = "open",
    *,
    world: World,
    threads: Threads = 1,
    out: Out = None,
) -> None:
    """Simulate one world and print its path by year; with --out, write every table."""
    refuse_arm(arm)
    assumptions = world.of(scenario)
    set_threads(threads)
    refuse_too_large(assumptions, worlds=1)
    if out is not None:
        refuse_unusable(out, "run")
    from simulation import simulate
    from simulation.console import path_by_year, progress_bar
    from simulation.telling.story import story_text

    with progress_bar("months") as progress:
        simulated = simulate(assumptions, draw=draw, arm=arm, threads=threads, progress=progress, out=out)
    typer.echo(path_by_year(simulated))
    typer.echo(f"\n{story_text(simulated)}")
    if out is not None:
        typer.echo(f"Results: {out}", err=True)


@with_options
def targets(
    scenario: ScenarioName = "baseline",
    draws: Annotated[int, typer.Option("--draws", min=1, max=1000, metavar="N", help="Random worlds.")] = 8,
    *,
    world: World,
    work: Work,
    as_json: AsJson = False,
) -> None:
    """Compare the open arm with the evidence of 2023 to 2025: every moment, its band, and whether it is inside."""
    assumptions = world.of(scenario)
    set_threads(work.threads)
    refuse_too_large(assumptions, worlds=work.at_a_time(draws))
    if work.out is not None:
        refuse_unusable(work.out, "targets")
    from simulation.console import progress_bar, world_named
    from simulation.moments.targets import judge_targets
    from simulation.moments.targets_report import targets_json, targets_text

    with progress_bar("worlds") as progress:
        found = judge_targets(
            assumptions, draws=draws, workers=work.workers, threads=work.threads, out=work.out, progress=progress
        )
    title = world_named(assumptions, arm="open", draws=f"{draws} draws" if draws > 1 else "draw 1")
    typer.echo(targets_json(found) if as_json else targets_text(found, title=title))
    if work.out is not None:
        typer.echo(f"Results: {work.out}", err=True)


@with_options
def portrait(
    company: Annotated[int, typer.Option("--company", min=0, metavar="N", help="Row of the company, from 0.")],
    scenario: ScenarioName = "baseline",
    draw: Draw = 1,
    arm: Arm = "open",
    *,
    world: World,
    threads: Threads = 1,
    as_json: AsJson = False,
) -> None:
    """Follow one company: what it could choose, what it chose, paid and got, and who stands behind it."""
    refuse_arm(arm)
    assumptions = world.of(scenario)
    if company >= assumptions.companies.count:
        raise BadInput(f"--company: {company} does not exist; rows run from 0 to {assumptions.companies.count - 1}")
    set_threads(threads)
    refuse_too_large(assumptions, worlds=1)
    from simulation import ComputeEconomy
    from simulation.console import progress_bar, world_named
    from simulation.telling.portrait import follow
    from simulation.telling.portrait_text import story_json
    from simulation.telling.portrait_text import story_text as company_story

    with progress_bar("months") as progress:
        story = follow(ComputeEconomy(assumptions, draw=draw, arm=arm, threads=threads), company, progress=progress)
    title = world_named(assumptions, arm=arm, draws=f"draw {draw}")
    typer.echo(story_json(story) if as_json else company_story(story, title=title))
