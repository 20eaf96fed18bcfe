"""Axes of the phase map: which parameter, over which values, as typed on the command line."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scenarios.errors import BadDesign
from scenarios.scenario import Scenario
from scenarios.wording import nearest_key, shown

LEVELS = 5
MOST_LEVELS = 100  # of one axis; a map of two such axes has ten thousand cells
NAMED: Mapping[str, tuple[str, tuple[Any, ...]]] = {  # short names: parameter, values where none are given
    "concentration": ("cloud.fringe_count", (1, 2, 4, 8, 12)),
    "slack": ("invest.order_multiplier", (0.5, 0.75, 1.0, 1.25, 1.5)),
    "lag": ("frontier.open_lag_override", (0, 6, 12, 18, 24)),
    "readability": ("open.readability", (0.0, 0.15, 0.35, 0.7, 1.0)),
}
DEFAULT_X, DEFAULT_Y = "slack", "lag"


@dataclass(frozen=True)
class Axis:
    """One parameter and the values it takes on the map, in the order drawn."""

    key: str
    values: tuple[Any, ...]
    unit: str
    meaning: str


def read_axis(text: str, scenario: Scenario, *, option: str) -> Axis:
    """The axis that `KEY`, `KEY=V1,V2,...` or `KEY=LOW:HIGH[:LEVELS]` names; KEY is dotted, or one of `NAMED`.

    Without values, those of the short name or `LEVELS` of the range the parameter is declared with. Raises `BadDesign`.
    """

    def refuse(problem: str, remedy: str) -> BadDesign:
        return BadDesign(file="map", key=option, problem=problem, remedy=remedy)

    key, sign, given = (part.strip() for part in text.partition("="))
    usual: tuple[Any, ...] = ()
    if key in NAMED:
        key, usual = NAMED[key]
    declared = {item.key: item for item, _ in scenario.parameters()}
    if key not in declared:
        raise refuse(f'no parameter is called "{key}"', f"{nearest_key(key, list(declared))}, or {', '.join(NAMED)}")
    item = declared[key]
    if sign and not given:
        raise refuse("no values after the sign =", f"write {key}=1,2,3 or {key}=LOW:HIGH")
    if sign and ":" in given:
        values = _spread(given, whole=item.type == "integer", refuse=refuse)
    elif sign:
        values = tuple(_value(part, refuse=refuse) for part in given.split(","))
    elif usual:
        values = usual
    elif item.options:
        values = tuple(item.options)
    elif isinstance(item.low, int | float) and isinstance(item.high, int | float):
        values = _even(float(item.low), float(item.high), LEVELS, whole=item.type == "integer")
    else:
        raise refuse(f"{key} is declared without a range", f"give its values: {key}=1,2,3")
    if item.type == "number":
        values = tuple(float(value) if type(value) is int else value for value in values)
    if len(values) > MOST_LEVELS:
        raise refuse(f"{len(values)} values", f"an axis takes {MOST_LEVELS} at most")
    if len(set(values)) < len(values):
        raise refuse(f"{shown(given)} names a value twice", "name each value once")
    if len(values) < 2:
        raise refuse("one value makes no axis", "give at least two")
    return Axis(key=key, values=values, unit=item.unit, meaning=item.meaning)


def _spread(text: str, *, whole: bool, refuse: Any) -> tuple[Any, ...]:
    parts = text.split(":")
    try:
        low, high = float(parts[0]), float(parts[1])
        levels = int(parts[2]) if len(parts) > 2 else LEVELS
    except (ValueError, IndexError):
        raise refuse(f"{shown(text)} is no range", "write LOW:HIGH or LOW:HIGH:LEVELS, such as 0:24:5") from None
    if not (-math.inf < low < high < math.inf and levels >= 2 and len(parts) <= 3):
        raise refuse(f"{shown(text)} is no range", "give LOW below HIGH, both finite, and at least two levels")
    if levels > MOST_LEVELS:
        raise refuse(f"{shown(text)} has {levels:,} levels", f"an axis takes {MOST_LEVELS} at most")
    return _even(low, high, levels, whole=whole)


def _even(low: float, high: float, levels: int, *, whole: bool) -> tuple[Any, ...]:
    """Values evenly from low to high, whole numbers without repetition."""
    values = [low + (high - low) * step / (levels - 1) for step in range(levels)]
    return tuple(dict.fromkeys(round(value) if whole else round(value, 10) for value in values))


def _value(text: str, *, refuse: Any) -> Any:
    """One value as TOML, or a bare word: a finite number, a text, true or false."""
    try:
        value = tomllib.loads(f"value = {text.strip()}")["value"]
    except RecursionError:
        raise refuse(f"{shown(text)} is nested too deep", "give plain values: KEY=1,2,3") from None
    except ValueError:
        return text.strip()
    if not isinstance(value, int | float | str):
        raise refuse(f"{shown(value)} is no plain value", "give numbers, words, true or false: KEY=1,2,3")
    if isinstance(value, float) and not math.isfinite(value):
        raise refuse(f"{shown(text.strip())} is not a finite number", "give finite numbers: KEY=1,2,3")
    return value
