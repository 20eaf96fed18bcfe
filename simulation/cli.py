"""The command line `commonweight`: results to stdout, progress to stderr, and one line for whatever goes wrong.

Exit codes: 0 done, 1 a run failed, 2 bad input, 130 interrupted. Everything heavy is imported by the command that needs
it, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from simulation.commands import catalogue, claims, experiments, pages, papers, sweeps, worlds
from simulation.commands.options import BadInput
from simulation.results.errors import StorageError, disk_full, no_room

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
UsageError: Any = typer.BadParameter.__mro__[1]  # typer carries its own click and names only this child of the class

app = typer.Typer(
    name="commonweight",
    help="Do open model weights spread access to AI, or shift control to whoever owns the compute? An economy answers.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)

COMMANDS = (
    worlds.answer, worlds.run, worlds.targets, worlds.portrait, sweeps.sweep, sweeps.show, sweeps.compare,
    claims.claims, experiments.attribute, experiments.power, papers.paper, papers.figure, pages.app,
    catalogue.scenarios, catalogue.check, catalogue.parameters,
)
for command in COMMANDS:
    app.command()(command)
app.command("map")(experiments.map_)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"commonweight {version('commonweight')}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line and end with its exit code."""
    if sys.stderr is None:  # closed by whoever started us, who wants to hear nothing
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        sys.exit(_complain("output: it is closed, so that nothing can be printed; send it to a file", BAD_INPUT))
    sys.exit(exit_code(sys.argv[1:]))


def exit_code(arguments: list[str]) -> int:
    """Run one command; whatever goes wrong is one line on stderr and a code."""
    try:
        command = typer.main.get_command(app)
        outcome = command.main(args=arguments or ["--help"], prog_name="commonweight", standalone_mode=False)
        sys.stdout.flush()
        code = outcome if isinstance(outcome, int) else DONE
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except typer.Exit as end:
        code = end.exit_code
    except UsageError as refusal:
        return _complain(_of_usage(refusal), BAD_INPUT)
    except BadInput as refusal:
        return _complain(str(refusal), BAD_INPUT)
    except BrokenPipeError:  # the reader left: nothing more to print to
        _print_nothing_more()
        return DONE
    except Exception as failure:
        known = _known_failure(failure)
        if known is None:
            raise
        return _complain(*known)
    return _complain("interrupted", INTERRUPTED) if code == INTERRUPTED else code


def _known_failure(failure: Exception) -> tuple[str, int] | None:
    """One line and an exit code for a failure the project foresees; None for a defect, which keeps its traceback."""
    from scenarios import ScenarioError

    if isinstance(failure, ScenarioError):
        return str(failure), BAD_INPUT
    if isinstance(failure, StorageError):
        return str(failure), FAILED
    if "simulation.workers" in sys.modules:
        from simulation.workers import WorkerLost

        if isinstance(failure, WorkerLost):
            return str(failure), FAILED
    if "simulation.breakdown" in sys.modules:
        from simulation.breakdown import EconomyBreakdown

        if isinstance(failure, EconomyBreakdown):
            return str(failure), FAILED
    if "simulation.sweeping.cluster" in sys.modules:
        from simulation.sweeping.cluster import BadCluster

        if isinstance(failure, BadCluster):
            return str(failure), BAD_INPUT
    if no_room(failure):
        named = getattr(failure, "filename", None)
        if named is None:
            _print_nothing_more()
        return disk_full(named or "output"), FAILED
    if isinstance(failure, MemoryError):
        return "memory ran out; use fewer --companies or --workers", FAILED
    return None


def _of_usage(refusal: Any) -> str:
    """What is wrong with an option as typed, in one line; one with bounds names them."""
    cause, option = refusal.__cause__, getattr(refusal, "param", None)
    if not hasattr(cause, "errors") or option is None or not option.opts:
        return " ".join(refusal.format_message().split())
    from scenarios.wording import short

    found = cause.errors()[0]
    declared = option.get_runtime_param().parameter_info
    whole = found["type"].startswith("int") or isinstance(declared.min, int)
    bounds = "" if declared.min is None else f" from {declared.min:g}"
    bounds += "" if declared.max is None else f" to {declared.max}"
    noun = "a whole number" if whole else "a number"
    return f"{option.opts[0]}: {short(str(found['input']))} does not fit; give {noun}{bounds}"


def _print_nothing_more() -> None:
    """Send what is left to print nowhere, so that the end of the program does not fail of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"commonweight: {message}\n")
    return code
