"""The command line `commonweight`: results to stdout, progress to stderr, and one line for whatever goes wrong.

Exit codes: 0 done, 1 a run failed, 2 bad input, 130 interrupted. Everything heavy is imported by the command that needs
it, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from scenarios import Scenario

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
MOST_WORKERS = 1024
LAST_DRAW = 2**31 - 1
UsageError: Any = typer.BadParameter.__mro__[1]  # typer carries its own click and names only this child of the class

app = typer.Typer(
    name="commonweight",
    help="Do open model weights spread access to AI, or shift control to whoever owns the compute? An economy answers.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A shipped scenario (baseline, S02) or a .toml file.")
]
Companies = Annotated[int | None, typer.Option("--companies", metavar="N", help="Companies simulated.")]
Months = Annotated[int | None, typer.Option("--months", metavar="N", help="Months from January 2023.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one parameter; may be repeated.")
]
Calibration = Annotated[
    str | None, typer.Option("--calibration", metavar="iceberg|lean", help="What self-hosting is taken to cost.")
]
Threads = Annotated[int, typer.Option("--threads", min=1, max=256, metavar="N", help="Threads of the company kernel.")]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, max=MOST_WORKERS, metavar="N", help="Worlds at a time (default: one per core)."),
]
Draw = Annotated[int, typer.Option("--draw", min=1, max=LAST_DRAW, metavar="N", help="Number of the random world.")]
Arm = Annotated[str, typer.Option("--arm", metavar="open|closed|absent", help="The licence regime.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the results.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


class BadInput(Exception):
    """What was typed cannot be used; the message is one line."""


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


@app.command()
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
    as_json: AsJson = False,
) -> None:
    """Answer the question: paired open and closed worlds, the verdict, a table and a figure."""
    options: dict[str, Any] = {"companies": companies, "months": months, "calibration": calibration}
    assumptions = _read(scenario, settings=settings, **options)
    from simulation.workers import available_cores

    count = _read(scenario, pairs=pairs, settings=settings, **options).answer.pairs
    folder = out if out is not None else Path("results") / f"answer-{assumptions.name}"
    _set_threads(threads)
    _refuse_too_large(assumptions, worlds=min(workers or available_cores(), 2 * count))
    _refuse_unusable(folder)
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


@app.command()
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
    _refuse_arm(arm)
    assumptions = _read(scenario, companies=companies, months=months, calibration=calibration, settings=settings)
    _set_threads(threads)
    _refuse_too_large(assumptions, worlds=1)
    if out is not None:
        _refuse_unusable(out)
    from simulation import simulate
    from simulation.console import path_by_year, progress_bar
    from simulation.story import story_text

    with progress_bar("months") as progress:
        world = simulate(assumptions, draw=draw, arm=arm, threads=threads, progress=progress, out=out)
    typer.echo(path_by_year(world))
    typer.echo(f"\n{story_text(world)}")
    if out is not None:
        typer.echo(f"Results: {out}", err=True)


@app.command()
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
    assumptions = _read(scenario, companies=companies, months=months, calibration=calibration, settings=settings)
    _set_threads(threads)
    from simulation.workers import available_cores

    _refuse_too_large(assumptions, worlds=min(workers or available_cores(), draws))
    if out is not None:
        _refuse_unusable(out)
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


@app.command()
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
    _refuse_arm(arm)
    assumptions = _read(scenario, companies=companies, months=months, calibration=calibration, settings=settings)
    if company >= assumptions.companies.count:
        raise BadInput(f"--company: {company} does not exist; rows run from 0 to {assumptions.companies.count - 1}")
    _set_threads(threads)
    _refuse_too_large(assumptions, worlds=1)
    from simulation import ComputeEconomy
    from simulation.console import progress_bar, world_named
    from simulation.portrait import follow
    from simulation.portrait_text import story_json
    from simulation.portrait_text import story_text as company_story

    with progress_bar("months") as progress:
        story = follow(ComputeEconomy(assumptions, draw=draw, arm=arm, threads=threads), company, progress=progress)
    title = world_named(assumptions, arm=arm, draws=f"draw {draw}")
    typer.echo(story_json(story) if as_json else company_story(story, title=title))


@app.command()
def scenarios(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one, resolved.")] = None,
    as_json: AsJson = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of scenario files.")] = False,
) -> None:
    """List the shipped scenarios, or print one with every parameter it assumes."""
    import json

    from scenarios import json_schema, read_scenario, resolved_toml, shipped_names

    if schema:
        typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    elif name is not None:
        found = _read(name)
        plain = json.dumps(found.resolved(), indent=2, ensure_ascii=False)
        typer.echo(plain if as_json else resolved_toml(found).rstrip())
    else:
        listed = [(shipped, read_scenario(shipped)) for shipped in shipped_names()]
        if as_json:
            rows = [{"name": shipped, "title": found.title, "question": found.question} for shipped, found in listed]
            typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        else:
            width = max(len(shipped) for shipped, _ in listed)
            for shipped, found in listed:
                typer.echo(f"{shipped:<{width}}  {found.title}")


@app.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A scenario file, or the name of a shipped one.")],
) -> None:
    """Read a scenario and say whether it is valid."""
    found = _read(file)
    typer.echo(
        f"{file}: valid; {found.horizon.months} months, {found.companies.count} companies, {len(found.sellers)} named "
        f"sellers, {len(found.shocks)} shocks"
    )


@app.command()
def parameters(
    scenario: ScenarioName = "baseline",
    assumed: Annotated[bool, typer.Option("--assumed", help="Only those that rest on no fact.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the parameters of a scenario: value, unit, range, source and meaning."""
    found = _read(scenario)
    from simulation.console import parameters_json, parameters_text

    typer.echo(parameters_json(found, assumed=assumed) if as_json else parameters_text(found, assumed=assumed))


def main() -> None:
    """Run the command line and end with its exit code."""
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
        return _complain(" ".join(refusal.format_message().split()), BAD_INPUT)
    except BadInput as refusal:
        return _complain(str(refusal), BAD_INPUT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nothing more to print to
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
    if "simulation.results" in sys.modules:
        from simulation.results import StorageError

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
    if isinstance(failure, MemoryError):
        return "memory ran out; use fewer --companies or --workers", FAILED
    return None


def _read(scenario: str, *, settings: list[str] | None = None, **options: Any) -> Scenario:
    """The scenario with the options of the command line laid over it."""
    from scenarios import ScenarioError, read_scenario
    from scenarios.draft import OVERRIDES

    keys = {
        "companies": "companies.count", "months": "horizon.months", "pairs": "answer.pairs",
        "calibration": "companies.calibration",
    }
    overrides = dict(_setting(text) for text in settings or ())
    given = {keys[option]: (option, value) for option, value in options.items() if value is not None}
    overrides |= {key: value for key, (_, value) in given.items()}
    try:
        return read_scenario(scenario, overrides=overrides)
    except ScenarioError as refusal:
        if refusal.file == OVERRIDES and refusal.key in given:
            raise BadInput(f"--{given[refusal.key][0]}: {refusal.problem}; {refusal.remedy}") from refusal
        raise


def _setting(text: str) -> tuple[str, Any]:
    """Key and value of one --set: the value as TOML, or a bare word."""
    key, sign, value = (part.strip() for part in text.partition("="))
    if not sign or not key or not value:
        raise BadInput(f'--set: "{text}" is no setting; write group.parameter=value, such as selfhost.overhead=0.3')
    try:
        parsed = tomllib.loads(f"value = {value}")
    except ValueError:
        return key, value
    return (key, parsed["value"]) if set(parsed) == {"value"} else (key, value)


def _refuse_arm(arm: str) -> None:
    if arm not in ("open", "closed", "absent"):
        raise BadInput(f'--arm: "{arm}" is no arm; give open, closed or absent')


def _refuse_unusable(folder: Path) -> None:
    """Take the results folder once before any work, so that a bad one is refused at once."""
    from simulation.results import StorageError
    from simulation.storage import results_folder

    try:
        with results_folder(folder):
            pass
    except StorageError as refusal:
        raise BadInput(str(refusal)) from refusal


def _refuse_too_large(scenario: Scenario, *, worlds: int) -> None:
    """Refuse worlds that this machine's memory cannot hold."""
    from simulation.memory import shortage

    problem = shortage(scenario.companies.count, worlds=worlds)
    if problem:
        raise BadInput(f"companies.count: {problem}")


def _set_threads(threads: int) -> None:
    """Tell numba how many threads the kernel may use, before it is loaded: afterwards it refuses to hear of it."""
    if "numba" not in sys.modules:
        os.environ["NUMBA_NUM_THREADS"] = str(threads)


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"commonweight: {message}\n")
    return code
