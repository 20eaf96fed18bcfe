"""Commands of the package `paper`, which stands above this one: named here and loaded when asked for."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from simulation.commands.options import BadInput, Out, Threads, Workers, refusing_bad_folders, set_threads

Style = Annotated[str, typer.Option("--style", metavar="page|columns", help="Journal with one column, or with two.")]


@refusing_bad_folders
def paper(
    small: Annotated[bool, typer.Option("--small", help="Few and small worlds: minutes instead of hours.")] = False,
    typeset: Annotated[
        bool, typer.Option("--typeset", help="Run nothing: stop at the first result that is missing or stale.")
    ] = False,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Another list of experiments (.toml).")
    ] = None,
    out: Out = None,
    style: Style = "page",
    workers: Workers = None,
    threads: Threads = 1,
) -> None:
    """Make the working paper: run what is missing, draw figures and tables, and typeset the PDF."""
    if find_spec("typst") is None:
        raise BadInput("paper: typesetting needs typst; install the extra `paper`, or use `make paper`")
    set_threads(threads)
    size = "small" if small else "full"
    folder = out or Path("results") / ("paper-small" if small else "paper")
    building = import_module("paper.building")
    made = building.build(
        folder, size=size, plan=plan, run_missing=not typeset, style=style, workers=workers, threads=threads,
        say=lambda line: typer.echo(line, err=True),
    )  # fmt: skip
    typer.echo(made)


def figure(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A figure, or the file of one's own (.py); none lists them.")
    ] = None,
    results: Annotated[
        Path | None, typer.Option("--results", metavar="DIR", help="The folder of a paper, or of one command.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option("--figures", metavar="DIR", help="A folder with figures of one's own.")
    ] = None,
    style: Style = "page",
    out: Out = None,
) -> None:
    """Draw one figure from results: PDF and SVG, with its data and the command beside them."""
    gallery = import_module("paper.gallery")
    folders = [] if figures is None else [figures]
    if name is None:
        for known, path in gallery.figure_names(folders).items():
            typer.echo(f"{known:<22}  {gallery.find_figure(str(path)).sentence}")
        return
    found = gallery.find_figure(name, folders)
    if results is None:
        raise BadInput("--results: missing; name the folder of a paper, or of one command")
    if style not in import_module("paper.drawing").STYLES:
        raise BadInput(f'--style: "{style}" is no style; give page or columns')
    from simulation.results.errors import StorageError

    try:
        library = import_module("paper.library").open_library(results)
        for path in gallery.write_figure(found, library, out or results / "figures", style=style):
            typer.echo(path)
    except StorageError as refusal:
        raise BadInput(str(refusal)) from refusal
