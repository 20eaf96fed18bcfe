"""Commands that tell what can be run and what is assumed."""

from __future__ import annotations

from typing import Annotated

import typer

from simulation.commands.options import AsJson, ScenarioName, read_with


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
        found = read_with(name)
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
