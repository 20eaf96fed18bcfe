"""Reading one factor of a design: a list of values or a range, checked against the declaration of its parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from market.parameters import Declaration, declarations
from scenarios.design import ARMS, AXES, LEVELS, Factor
from scenarios.draft import Draft
from scenarios.errors import BadDesign, ScenarioError
from scenarios.reading import with_overrides
from scenarios.scenario import CALIBRATIONS, Scenario
from scenarios.sellers import SPEC_OF_KIND
from scenarios.wording import nearest, nearest_key, shown

RANGE_KEYS = ("low", "high", "scale", "levels")
MOST_LEVELS = 10_000
LARGEST_RANGE = 1e300


def read_factor(
    key: str, raw: Any, *, label: str, sampled: bool, source: Callable[[Any, str], str]
) -> Factor:
    """One factor of [factors]; `source` finds scenarios, for the factor `scenario`. Raises `BadDesign`."""
    place = f'factors."{key}"'

    def refuse(problem: str, remedy: str, part: str = "") -> BadDesign:
        return BadDesign(file=label, key=f"{place}{part and '.' + part}", problem=problem, remedy=remedy)

    if key in AXES:
        return _axis(key, raw, place=place, source=source, refuse=refuse)
    declaration = _declared(key)
    if declaration is None and not key.startswith("sellers."):
        known = [item.key for item in declarations(Scenario)]
        raise refuse("no such parameter", nearest_key(key, known) if "." in key else nearest(key, [*AXES, *known]))
    if isinstance(raw, list):
        if not raw:
            raise refuse("no values", "list at least one")
        for number, value in enumerate(raw):
            if any(value == other and type(value) is type(other) for other in raw[:number]):
                raise refuse(f"{shown(value)} is listed twice", "list it once")
        return Factor(key, values=tuple(raw))
    if not isinstance(raw, dict):
        remedy = f"write [{shown(raw)}], or {{low = ..., high = ...}}"
        raise refuse(f"{shown(raw)} is neither a list nor a range", remedy)
    for name in raw:
        if name not in RANGE_KEYS:
            raise refuse("no such key of a range", nearest(name, list(RANGE_KEYS)), name)
    if declaration is None or declaration.type not in ("number", "integer"):
        raise refuse("a range needs a parameter that is one number", "list its values instead: [..., ...]")
    low, high = (_bound(name, raw, declaration, refuse) for name in ("low", "high"))
    scale, levels = raw.get("scale", "linear"), raw.get("levels", LEVELS)
    if not low < high:
        raise refuse(f"low = {low:g} is not below high = {high:g}", "give a range that begins below its end")
    if scale not in ("linear", "log"):
        raise refuse(f"{shown(scale)} is no scale", 'write "linear" or "log"', "scale")
    if scale == "log" and low <= 0:
        raise refuse(f"the range begins at {low:g}, which has no logarithm", "begin above 0", "scale")
    if "levels" in raw and sampled:
        raise refuse("a sample has no levels", 'drop it, or write method = "grid"', "levels")
    if type(levels) is not int or not 1 <= levels <= MOST_LEVELS:
        raise refuse(f"{shown(levels)} does not fit", f"give a whole number from 1 to {MOST_LEVELS:,}", "levels")
    return Factor(key, low=low, high=high, whole=declaration.type == "integer", log=scale == "log", levels=levels)


def refuse_value(factor: Factor, draft: Draft, common: Mapping[str, Any], *, label: str, scenario: str) -> None:
    """Raise `BadDesign` where a scenario refuses a value of the factor taken alone, or an end of its range."""
    if factor.key in AXES:
        return
    for value in factor.values or (factor.at(0.0), factor.grid()[-1] if factor.levels > 1 else factor.high):
        try:
            with_overrides(draft, {**common, factor.key: value})
        except ScenarioError as refusal:
            elsewhere = "" if refusal.key == factor.key else f"{shown(value)} in {scenario}: {refusal.key}: "
            raise BadDesign(
                file=label, key=f'factors."{factor.key}"', problem=f"{elsewhere}{refusal.problem}",
                remedy=refusal.remedy,
            ) from None


def _axis(
    key: str, raw: Any, *, place: str, source: Callable[[Any, str], str], refuse: Callable[..., BadDesign]
) -> Factor:
    """A factor over scenarios, calibrations or arms."""
    if not isinstance(raw, list) or not raw:
        raise refuse(f"{shown(raw)} is not a list of names", f'write "{key}" = ["...", "..."]')
    if key == "scenario":
        values = [source(name, place) for name in raw]
    else:
        options = ARMS if key == "arm" else CALIBRATIONS
        for value in raw:
            if value not in options:
                raise refuse(f"{shown(value)} is no {key}", f"give some of {', '.join(options)}")
        values = raw
    for number, value in enumerate(values):
        if value in values[:number]:
            raise refuse(f"{shown(value)} is listed twice", "list it once")
    return Factor(key, values=tuple(values))


def _bound(name: str, raw: Mapping[str, Any], declaration: Declaration, refuse: Callable[..., BadDesign]) -> float:
    """One end of a range: what the file says, or the range the parameter is declared with."""
    value = raw.get(name, getattr(declaration, name))
    if value is None:
        raise refuse("missing, and the parameter is declared without a range", f"give {name} = ...", name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST_RANGE:
        raise refuse(f"{shown(value)} is not a finite number", f"give a number [{declaration.unit}]", name)
    if declaration.type == "integer" and value != int(value):
        raise refuse(f"{shown(value)} is not a whole number", f"give a whole number [{declaration.unit}]", name)
    return value


def _declared(key: str) -> Declaration | None:
    """The declaration of a dotted key, of a named seller whatever its kind."""
    for item in declarations(Scenario):
        if item.key == key:
            return item
    if key.startswith("sellers.") and key.count(".") == 2:
        prefix, name = key.rsplit(".", 1)
        for spec in SPEC_OF_KIND.values():
            for item in declarations(spec, prefix=f"{prefix}."):
                if item.name == name:
                    return item
    return None
