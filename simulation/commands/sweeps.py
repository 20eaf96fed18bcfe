"""Commands about many worlds: the sweep of a design, and what its results say."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulation.commands.options import BadInput, Out, Threads, Workers, set_threads

if TYPE_CHECKING:
    from simulation.sweeping.sweep import Shard

_SHARD = re.compile(r"(\d{1,6})/(\d{1,6})$")


def sweep(
    design: Annotated[str, typer.Argument(metavar="DESIGN", help="A design file (.toml).")],
    out: Out = None,
    workers: Workers = None,
    threads: Threads = 1,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler (tcp://...), or slurm.")
    ] = None,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="I/N", help="Only every N-th run, from the I-th.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run again what failed before.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many runs, how long and how large.")
    ] = False,
) -> None:
    """Run every world of a design; started again, it goes on where it stopped."""
    from scenarios import read_design
    from simulation.sweeping.keeping import refuse_unkeepable

    found = read_design(design)
    refuse_unkeepable(found)
    part = _part(shard)
    if out is None and not dry_run:
        raise BadInput("--out: missing; name a folder for the results")
    set_threads(threads)
    from simulation.console import progress_bar
    from simulation.sweeping.sweep import sweep as run_sweep

    with tempfile.TemporaryDirectory() as nowhere:
        elsewhere = dry_run and (out is None or not out.exists())  # a dry run leaves nothing behind
        report = run_sweep(
            found, Path(nowhere) / "sweep" if elsewhere or out is None else out, workers=workers, threads=threads,
            cluster=cluster, shard=part, retry_failed=retry_failed, dry_run=dry_run,
            say=lambda line: typer.echo(line, err=not dry_run), progress=progress_bar,
        )
    if not dry_run and report.complete:
        typer.echo(f"Results: {out}", err=True)
    if not dry_run and report.failed:
        raise typer.Exit(1)


def show() -> None:
    """Later."""


def compare() -> None:
    """Later."""


def _part(text: str | None) -> Shard:
    """The part that `I/N` names."""
    from simulation.sweeping.sweep import Shard

    if text is None:
        return Shard()
    match = _SHARD.match(text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise BadInput(f'--shard: "{text}" is no part; write 1/8 for the first of eight')
    return Shard(int(match[1]), int(match[2]))
