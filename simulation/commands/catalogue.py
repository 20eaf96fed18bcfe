"""Commands that tell what can be run and what is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simulation.commands.options import AsJson, ScenarioName, read_with

if TYPE_CHECKING:
    from scenarios import Scenario


def scenarios(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one, resolved.")] = None,
    as_json: AsJson = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of scenario files.")] = False,
) -> None:
    """List the shipped scenarios, or print one with every parameter it assumes."""
    import json

    from scenarios import json_schema, resolved_toml

    if schema:
        typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    elif name is not None:
        found = read_with(name)
        plain = json.dumps(found.resolved(), indent=2, ensure_ascii=False)
        typer.echo(plain if as_json else resolved_toml(found).rstrip())
    elif as_json:
        rows = [
            {
                "name": name, "number": number, "title": found.title, "question": found.question,
                "claims": list(found.claims), "expected": found.expected,
            }
            for name, number, found in _shipped()
        ]  # fmt: skip
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        _list_scenarios()


def _shipped() -> list[tuple[str, str, Scenario]]:
    """Name, number and content of every shipped scenario."""
    from scenarios import read_scenario, shipped_names
    from scenarios.numbers import numbered

    numbers = numbered(shipped_names())
    return [(name, numbers.get(name, ""), read_scenario(name)) for name in shipped_names()]


def _list_scenarios() -> None:
    """One line per scenario: name, number, title; the closed arm of the baseline below it."""
    from scenarios.numbers import BASELINE, CLOSED_ARM

    listed = _shipped()
    width = max(len(name) for name, _, _ in listed)
    for name, number, found in listed:
        typer.echo(f"{name:<{width}}  {number:<4}  {found.title}")
        if name == BASELINE:
            typer.echo(f"{'  --arm closed':<{width}}  {CLOSED_ARM:<4}  The same world without new open weights")


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A scenario file, or the name of a shipped one.")],
) -> None:
    """Read a scenario and say whether it is valid."""
    found = read_with(file)
    typer.echo(
        f"{file}: valid; {found.horizon.months} months, {found.companies.count} companies, {len(found.sellers)} named "
        f"sellers, {len(found.shocks)} shocks"
    )


def parameters(
    scenario: ScenarioName = "baseline",
    assumed: Annotated[bool, typer.Option("--assumed", help="Only those that rest on no fact.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the parameters of a scenario: value, unit, range, source and meaning."""
    found = read_with(scenario)
    from simulation.console import parameters_json, parameters_text

    typer.echo(parameters_json(found, assumed=assumed) if as_json else parameters_text(found, assumed=assumed))
