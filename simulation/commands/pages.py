"""Commands of the packages above this one, which are named here and loaded when asked for: `app`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from simulation.commands.options import BadInput


def app(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="N", help="Port; 0: any free one.")] = 8765,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Address to listen at; another one opens it to others.")
    ] = "127.0.0.1",
    results: Annotated[
        Path | None, typer.Option("--results", metavar="DIR", help="Whose results folders the page may show.")
    ] = None,
) -> None:
    """Open the market in the browser: explore it, compare the arms, take the evidence away."""
    if find_spec("solara") is None:
        raise BadInput("app: the page needs Solara; install the extra `app`, or use `make app`")
    if results is not None and not results.is_dir():
        raise BadInput(f"--results: {results} is no folder")
    serving = import_module("app.serving")
    try:
        serving.serve(host=host, port=port, results=results)
    except serving.PortTaken as refusal:
        raise BadInput(str(refusal)) from refusal
