"""The command that judges the claims of the essay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulation.commands.options import (
    AsJson,
    Work,
    World,
    refuse_too_large,
    set_threads,
    setting,
    with_options,
)


@with_options
def claims(
    only: Annotated[str | None, typer.Option("--only", metavar="C13,C22", help="Judge these claims alone.")] = None,
    pairs: Annotated[int | None, typer.Option("--pairs", metavar="N", help="Draws of every world.")] = None,
    *,
    world: World,
    work: Work,
    as_json: AsJson = False,
) -> None:
    """Judge the claims: what would support or refute each was written down first; then its worlds are run."""
    from scenarios.claims import chosen_claims

    chosen = chosen_claims(only)
    baseline = world.of("baseline", pairs=pairs)
    folder = work.out if work.out is not None else Path("results") / "claims"
    set_threads(work.threads)
    from scenarios.scenario import CALIBRATIONS

    refuse_too_large(baseline, worlds=work.at_a_time())
    from simulation.console import progress_bar
    from simulation.judging.claims import judge
    from simulation.judging.needs import Size
    from simulation.judging.report import claims_json, claims_text, save

    size = Size(
        draws=baseline.answer.pairs, calibrations=(world.calibration,) if world.calibration else CALIBRATIONS,
        companies=world.companies, months=world.months,
    )  # fmt: skip
    laid_over = dict(setting(text) for text in world.settings or ())
    judgements = judge(
        chosen, folder, size=size, settings=laid_over, workers=work.workers, threads=work.threads,
        say=lambda line: typer.echo(line, err=True), progress=progress_bar,
    )
    save(judgements, folder)
    title = (
        f"Claims: {baseline.companies.count:,} companies, {baseline.horizon.months} months, {size.draws} pairs, "
        f"95% intervals over pairs; the estimate is that of each claim's first criterion"
    )
    typer.echo(claims_json(judgements) if as_json else claims_text(judgements, title=title))
    typer.echo(f"Results: {folder}", err=True)
