"""Writing a scenario back as TOML: every parameter with its value, and beside it unit, meaning and source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from market.parameters import Declaration, declarations
from scenarios.reading import read_scenario
from scenarios.scenario import GROUPS, SCHEMA, Scenario
from scenarios.sellers import ABSENT

WIDTH = 120


def resolved_toml(scenario: Scenario, *, comments: bool = True) -> str:
    """A complete scenario file that reads back as the same scenario.

    It extends the baseline like every scenario, and names as absent the sellers that only the baseline founds.
    """
    missing = [name for name in _baseline_sellers() if name not in scenario.sellers]
    lines = [f"schema = {SCHEMA}", 'extends = "baseline"', f"name = {value_text(scenario.name)}"]
    lines += [f"{text} = {value_text(getattr(scenario, text))}" for text in ("title", "question", "claims", "expected")]
    for group in GROUPS:
        lines += ["", *_table(group, getattr(scenario, group), comments=comments)]
    for name, spec in scenario.sellers.items():
        lines += ["", *_table(f"sellers.{name}", spec, comments=comments)]
    for name in missing:
        lines += ["", f"[sellers.{name}]", f"kind = {value_text(ABSENT)}"]
    for shock in scenario.shocks:
        lines += ["", "[[shocks]]", f"month = {shock.month}", f"parameter = {value_text(shock.parameter)}"]
        lines += [f"{shock.shape} = {value_text(shock.value)}"]
        lines += [f"months = {shock.months}"] if shock.months else []
    return "\n".join(lines) + "\n"


def _table(name: str, group: BaseModel, *, comments: bool) -> list[str]:
    """One group or seller: a head line, then a line per key, with the declaration beside it."""
    declared = {declaration.name: declaration for declaration in declarations(type(group))}
    meaning = (type(group).__doc__ or "").strip().splitlines()[0]
    lines = [f"[{name}]" + (f"  # {meaning}" if comments and meaning else "")]
    for key in type(group).model_fields:
        line = f"{key} = {value_text(getattr(group, key))}"
        if comments and key in declared:
            comment = f"# {_comment(declared[key])}"
            fits = len(line) + 2 + len(comment) <= WIDTH
            lines += [f"{line}  {comment}"] if fits else [comment, line]
        else:
            lines.append(line)
    return lines


def _comment(declaration: Declaration) -> str:
    """Unit, meaning and source of a parameter in one line."""
    return f"{declaration.unit} · {declaration.meaning} · {declaration.source}"


def value_text(value: Any) -> str:
    """A value in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        raise TypeError("a table inside a value has no place in a scenario file")
    if isinstance(value, Iterable):
        return "[" + ", ".join(value_text(entry) for entry in value) + "]"
    return str(value)


def _number(value: float) -> str:
    """The shortest form that reads back as the same number: 0.35, 2e25."""
    text = repr(value)
    if 1e-4 <= abs(value) < 1e6 or value == 0:
        return text
    for digits in range(17):
        mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
        if float(f"{mantissa}e{exponent}") == value:
            break
    return f"{mantissa}e{int(exponent)}"


def _baseline_sellers() -> list[str]:
    return list(read_scenario("baseline").sellers)
