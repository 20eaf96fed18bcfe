"""Commands about many worlds: the sweep of a design, and what its results say."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulation.commands.options import AsJson, BadInput, Out, Threads, Workers, refusing_bad_folders, set_threads

if TYPE_CHECKING:
    from simulation.results.reading import Results
    from simulation.results.summary import Window
    from simulation.sweeping.shards import Shard
    from simulation.sweeping.sweep import Report

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A results folder.")]
Outcomes = Annotated[
    list[str] | None, typer.Option("--outcome", metavar="NAME", help="An indicator; may be repeated.")
]
WindowText = Annotated[
    str | None, typer.Option("--window", metavar="FIRST:LAST", help="Months that count, such as 96:119.")
]
_WINDOW = re.compile(r"(\d{1,4}):(\d{1,4})$")
_SHARD = re.compile(r"(\d{1,6})/(\d{1,6})$")


@refusing_bad_folders
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
    if cluster is not None:
        _refuse_cluster(cluster)
        if shard is not None:
            raise BadInput("--shard: a cluster shares out the runs by itself; give one of --cluster and --shard")
    set_threads(threads)
    from simulation.console import progress_bar
    from simulation.sweeping.sweep import sweep as run_sweep

    with tempfile.TemporaryDirectory() as nowhere:
        report = run_sweep(
            found, Path(nowhere) / "sweep" if out is None else out, workers=workers, threads=threads,
            cluster=cluster, shard=part, retry_failed=retry_failed, dry_run=dry_run,
            say=lambda line: typer.echo(line, err=not dry_run or shard is not None), progress=progress_bar,
        )
    if shard is not None and "SLURM_JOB_ID" not in os.environ:
        _print_job_array(design, out, part, workers=workers, report=report)
    if not dry_run and report.complete:
        typer.echo(f"Results: {out}", err=True)
    if not dry_run and report.failed:
        raise typer.Exit(1)


@refusing_bad_folders
def show(
    folder: Folder,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="KEY", help="Group by this; may be repeated.")
    ] = None,
    outcome: Outcomes = None,
    window: WindowText = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write a table instead: .csv, .dta or .parquet.")
    ] = None,
    table: Annotated[str, typer.Option("--table", metavar="NAME", help="Which table to export.")] = "indicators",
    as_json: AsJson = False,
) -> None:
    """Show what a results folder says: means by scenario with intervals, and what failed."""
    results = _opened(folder)
    if export is not None:
        from simulation.results.exporting import FORMATS
        from simulation.results.exporting import export as export_table

        if export.suffix not in FORMATS:
            raise BadInput(f"--export: {export} has no ending that is known; give {', '.join(FORMATS)}")
        rows = export_table(results, table, export)
        typer.echo(f"{export}: {rows:,} rows of {table}", err=True)
        return
    from simulation.results.summary import CannotSummarise, Sweep
    from simulation.results.summary_text import rows_as_json, show_text

    chosen = _window(window)
    try:
        sweep = Sweep(results)
        if as_json:
            typer.echo(rows_as_json(sweep.means(by or (), outcomes=outcome or (), window=chosen)))
        else:
            typer.echo(show_text(sweep, by=by or (), outcomes=outcome or (), window=chosen))
    except CannotSummarise as refusal:
        raise BadInput(str(refusal)) from refusal


@refusing_bad_folders
def compare(
    folder: Folder,
    by: Annotated[str, typer.Option("--by", metavar="KEY", help="What differs: scenario, arm, a parameter ...")] = (
        "scenario"
    ),
    against: Annotated[
        str | None, typer.Option("--against", metavar="VALUE", help="What the others are compared with.")
    ] = None,
    outcome: Outcomes = None,
    window: WindowText = None,
    as_json: AsJson = False,
) -> None:
    """Compare worlds that differ by one thing alone: paired differences with intervals."""
    results = _opened(folder)
    from simulation.results.summary import CannotSummarise, Sweep
    from simulation.results.summary_text import compare_text, rows_as_json

    chosen = _window(window)
    try:
        sweep = Sweep(results)
        if as_json:
            found = sweep.differences(by, against=against, outcomes=outcome or (), window=chosen)
            typer.echo(rows_as_json(found))
        else:
            typer.echo(compare_text(sweep, by=by, against=against, outcomes=outcome or (), window=chosen))
    except CannotSummarise as refusal:
        raise BadInput(str(refusal)) from refusal


def _opened(folder: Path) -> Results:
    """A complete results folder."""
    from simulation.results.reading import open_results

    return open_results(folder)


def _window(text: str | None) -> Window | None:
    """The months that `FIRST:LAST` names."""
    from simulation.results.summary import Window

    if text is None:
        return None
    match = _WINDOW.match(text)
    if not match or int(match[1]) > int(match[2]):
        raise BadInput(f'--window: "{text}" is no window; write the first and the last month, such as 96:119')
    return Window(int(match[1]), int(match[2]))


def _print_job_array(design: str, out: Path | None, part: Shard, *, workers: int | None, report: Report) -> None:
    """The batch script that runs every shard of the same sweep."""
    from simulation.sweeping.shards import slurm_script

    typer.echo(
        slurm_script(
            Path(design), out or Path("results") / f"sweep-{Path(design).stem}", shards=part.of, workers=workers or 1,
            seconds=report.seconds, companies=report.companies or 20_000,
        )
    )  # fmt: skip


def _refuse_cluster(address: str) -> None:
    from simulation.sweeping.cluster import BadCluster, refuse_address

    try:
        refuse_address(address)
    except BadCluster as refusal:
        raise BadInput(str(refusal)) from refusal


def _part(text: str | None) -> Shard:
    """The part that `I/N` names."""
    from simulation.sweeping.shards import Shard

    if text is None:
        return Shard()
    match = _SHARD.match(text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise BadInput(f'--shard: "{text}" is no part; write 1/8 for the first of eight')
    return Shard(int(match[1]), int(match[2]))
