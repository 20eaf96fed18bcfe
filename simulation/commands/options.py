"""What the commands share: their options, how these are laid over a scenario, and what is refused before any work."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from scenarios import Scenario

MOST_WORKERS = 1024
LAST_DRAW = 2**31 - 1
_BY_NAME = inspect.Parameter.KEYWORD_ONLY

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


@dataclass(frozen=True)
class World:
    """How a scenario is laid out: its size, its settings, and what self-hosting is taken to cost."""

    companies: Companies = None
    months: Months = None
    settings: Settings = None
    calibration: Calibration = None

    def of(self, scenario: str, *, pairs: int | None = None) -> Scenario:
        """The scenario with these laid over it."""
        return read_with(
            scenario, pairs=pairs, companies=self.companies, months=self.months, calibration=self.calibration,
            settings=self.settings,
        )  # fmt: skip


@dataclass(frozen=True)
class Work:
    """Who computes, and where the results go."""

    workers: Workers = None
    threads: Threads = 1
    out: Out = None

    def at_a_time(self, worlds: int | None = None) -> int:
        """Worlds that will be in memory at once, where there are no more than `worlds`."""
        from simulation.workers import available_cores

        most = self.workers or available_cores()
        return most if worlds is None else min(most, worlds)


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command with each argument that is a group of options (`World`, `Work`) written out, option by option.

    The command line shows the options in the order of the signature, a group's where the group stands.
    """
    written = inspect.signature(command, eval_str=True)
    groups: dict[str, Any] = {
        name: each.annotation for name, each in written.parameters.items() if is_dataclass(each.annotation)
    }
    spread = [
        option
        for name, each in written.parameters.items()
        for option in (_options_of(groups[name]) if name in groups else [each.replace(kind=_BY_NAME)])
    ]

    @functools.wraps(command)
    def called(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        refusing_bad_folders(command)(**given)

    called.__signature__ = written.replace(parameters=spread)  # type: ignore[attr-defined]
    return called


def refusing_bad_folders(command: Callable[..., None]) -> Callable[..., None]:
    """The command with a folder in which it cannot write, or whose results it cannot read, refused as bad input."""

    @functools.wraps(command)
    def called(*arguments: Any, **given: Any) -> None:
        try:
            command(*arguments, **given)
        except Exception as failure:
            if not _is_bad_folder(failure):
                raise
            raise BadInput(str(failure)) from failure

    return called


def _is_bad_folder(failure: Exception) -> bool:
    """Whether a results folder is to blame; what defines that is not loaded only to say no."""
    if "simulation.results.reading" not in sys.modules:
        return False
    from simulation.results.errors import BadFolder

    return isinstance(failure, BadFolder)


def _options_of(group: Any) -> list[inspect.Parameter]:
    """The options of a group, as parameters of a command."""
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name, _BY_NAME, annotation=hints[field.name],
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
        )
        for field in fields(group)
    ]  # fmt: skip


def read_with(scenario: str, *, settings: list[str] | None = None, **options: Any) -> Scenario:
    """The scenario with the options of the command line laid over it."""
    from scenarios import ScenarioError, read_scenario
    from scenarios.draft import OVERRIDES

    keys = {
        "companies": "companies.count", "months": "horizon.months", "pairs": "answer.pairs",
        "calibration": "companies.calibration",
    }
    overrides = dict(setting(text) for text in settings or ())
    given = {keys[option]: (option, value) for option, value in options.items() if value is not None}
    overrides |= {key: value for key, (_, value) in given.items()}
    try:
        return read_scenario(scenario, overrides=overrides)
    except ScenarioError as refusal:
        if refusal.file == OVERRIDES and refusal.key in given:
            raise BadInput(f"--{given[refusal.key][0]}: {refusal.problem}; {refusal.remedy}") from refusal
        raise


def setting(text: str) -> tuple[str, Any]:
    """Key and value of one --set: the value as TOML, or a bare word."""
    key, sign, value = (part.strip() for part in text.partition("="))
    if not sign or not key or not value:
        raise BadInput(f'--set: "{text}" is no setting; write group.parameter=value, such as selfhost.overhead=0.3')
    try:
        parsed = tomllib.loads(f"value = {value}")
    except RecursionError:
        raise BadInput(f"--set: {key}: lists nested too deep; write the value as a scenario declares it") from None
    except ValueError:
        return key, value
    return (key, parsed["value"]) if set(parsed) == {"value"} else (key, value)


def refuse_arm(arm: str) -> None:
    if arm not in ("open", "closed", "absent"):
        raise BadInput(f'--arm: "{arm}" is no arm; give open, closed or absent')


def refuse_unusable(folder: Path, command: str) -> None:
    """Take the results folder of a command once before any work, so that a bad one is refused at once.

    What it holds stays as it is.
    """
    from simulation.results.errors import StorageError
    from simulation.results.storage import results_folder

    try:
        with results_folder(folder, command=command):
            pass
    except StorageError as refusal:
        raise BadInput(str(refusal)) from refusal


def refuse_too_large(scenario: Scenario, *, worlds: int) -> None:
    """Refuse worlds that this machine's memory cannot hold."""
    from simulation.memory import shortage

    problem = shortage(scenario.companies.count, worlds=worlds)
    if problem:
        raise BadInput(f"companies.count: {problem}")


def set_threads(threads: int) -> None:
    """Tell numba how many threads the kernel may use, before it is loaded: afterwards it refuses to hear of it."""
    if "numba" not in sys.modules:
        os.environ["NUMBA_NUM_THREADS"] = str(threads)
