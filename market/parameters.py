"""Declared parameters: each quantity of the model is stated once, with unit, meaning, bounds and source.

A parameter group is a frozen pydantic model that lives beside the equations that use it. The one declaration of a field
feeds validation, the scenario files, the JSON schema for editors and the parameter table:

    class SelfHosting(ParameterGroup):
        \"\"\"What a company pays to run an open model itself.\"\"\"

        overhead: float = quantity(
            0.35, unit="share", meaning="GPU-hours lost to redundancy", low=0.2, high=0.5, symbol="oh"
        )
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

Number = int | float
Value = Number | bool | str | tuple[Number, ...]

_DECLARATION = "declaration"
ABSURD = 1000  # times the range of the sweep: no value that far out is meant


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known about one parameter before any scenario gives it a value."""

    key: str  # dotted name as written in a scenario file: "selfhost.overhead"
    name: str
    type: str  # "number", "integer", "text", "flag" or "list"
    default: Value
    unit: str
    meaning: str
    source: str  # "fact 2.05", "derived" or "assumed"
    symbol: str  # symbol of model.md, appendix A; empty where the model has none
    low: Value | None  # range of the sweep: not enforced
    high: Value | None
    least: Number | None  # hard bounds: a value outside is refused
    most: Number | None
    options: tuple[str, ...]  # named alternatives of a text parameter
    entries: int | None  # number of entries of a list; None: any

    @property
    def assumed(self) -> bool:
        """Whether no fact supports the default value."""
        return self.source == "assumed"


class DeclarationError(ValueError):
    """A parameter is declared in a way that contradicts itself."""


class ParameterGroup(BaseModel):
    """A frozen, strict group of declared parameters: `true` is not 1, `"3"` is not 3, NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _lists_become_tuples(cls, values: Any) -> Any:
        """Let a list of a scenario file stand for a tuple, so that a frozen group holds nothing that can change."""
        if not isinstance(values, dict):
            return values
        return {name: _as_tuple(value) for name, value in values.items()}

    @field_validator("*", mode="after")
    @classmethod
    def _within_hard_bounds(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse a value outside the hard bounds, or a text that is not one of the named alternatives."""
        field = cls.model_fields[info.field_name or ""]
        stated = _stated(field.json_schema_extra)
        if stated is not None:
            _refuse_outside(value, stated)
        return value


def quantity(
    default: Any,
    *,
    unit: str,
    meaning: str,
    low: Any = None,
    high: Any = None,
    source: str = "assumed",
    symbol: str = "",
    least: Number | None = 0,
    most: Number | None = None,
    any_length: bool = False,
) -> Any:
    """Declare a number, or a tuple of numbers, as a field of a `ParameterGroup`.

    `low` and `high` are the range of the sweep (a tuple, or one number for every entry, where the default is a tuple)
    and are not enforced; `least` and `most` are hard bounds, on every entry, and are. `least` is 0 unless it is given;
    `least=None` leaves the quantity free below; `most` is `ABSURD` times the largest of default and range unless given,
    so that a slip of the pen is refused where it is read. A tuple keeps the number of entries of its default unless
    `any_length`. Raises `DeclarationError` where default or range contradict the bounds.
    """
    if most is None:
        largest = max((abs(number) for value in (default, low, high) for number in _numbers(value)), default=0)
        most = ABSURD * largest if largest > 0 else None
    stated: dict[str, Any] = {
        "unit": unit, "meaning": meaning, "source": source, "symbol": symbol,
        "low": low, "high": high, "least": least, "most": most, "options": (),
        "entries": len(default) if isinstance(default, tuple) and not any_length else None,
    }
    _refuse_contradiction(default, stated)
    schema: dict[str, Any] = {_DECLARATION: stated}
    if not isinstance(default, tuple):
        schema |= {name: bound for name, bound in (("minimum", least), ("maximum", most)) if bound is not None}
    return Field(default, description=f"{meaning} [{unit}]", json_schema_extra=schema)


def choice(default: str, options: tuple[str, ...], *, meaning: str, source: str = "assumed", symbol: str = "") -> Any:
    """Declare a text with named alternatives as a field of a `ParameterGroup`; `default` must be one of `options`."""
    stated: dict[str, Any] = {
        "unit": "one of " + "|".join(options), "meaning": meaning, "source": source, "symbol": symbol,
        "low": None, "high": None, "least": None, "most": None, "options": tuple(options), "entries": None,
    }
    _refuse_contradiction(default, stated)
    return Field(default, description=meaning, json_schema_extra={_DECLARATION: stated, "enum": list(options)})


def flag(default: bool, *, meaning: str, source: str = "assumed", symbol: str = "") -> Any:
    """Declare a yes-or-no parameter as a field of a `ParameterGroup`."""
    stated: dict[str, Any] = {
        "unit": "true|false", "meaning": meaning, "source": source, "symbol": symbol,
        "low": None, "high": None, "least": None, "most": None, "options": (), "entries": None,
    }
    return Field(default, description=meaning, json_schema_extra={_DECLARATION: stated})


def declarations(group: type[BaseModel], prefix: str = "") -> Iterator[Declaration]:
    """Walk the declared parameters of a model, groups inside groups included, in the order they are written.

    Fields that carry no declaration (a title, a table of sellers) are passed over.
    """
    for name, field in group.model_fields.items():
        key = f"{prefix}{name}"
        annotation = field.annotation
        stated = _stated(field.json_schema_extra)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from declarations(annotation, prefix=f"{key}.")
        elif stated is not None:
            yield Declaration(key=key, name=name, type=_type_name(annotation), default=field.get_default(), **stated)


def declaration_of(group: type[BaseModel], key: str) -> Declaration:
    """The declaration of one dotted key of a model; raises `KeyError` where the model declares no such parameter."""
    for declaration in declarations(group):
        if declaration.key == key:
            return declaration
    raise KeyError(key)


def _stated(extra: Any) -> dict[str, Any] | None:
    return extra.get(_DECLARATION) if isinstance(extra, dict) else None


def _as_tuple(value: Any) -> Any:
    return tuple(_as_tuple(entry) for entry in value) if isinstance(value, list) else value


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) is tuple:
        return "list"
    return {bool: "flag", int: "integer", float: "number", str: "text"}.get(annotation, "list")


def _numbers(value: Any) -> Iterator[Number]:
    """Every number of a value, tuples inside tuples included; a flag or a text holds none."""
    if isinstance(value, tuple):
        for entry in value:
            yield from _numbers(entry)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def _short(number: Number) -> str:
    """A number for a message; a whole number of absurd length is cut."""
    text = f"{number:g}" if isinstance(number, float) else str(number)
    return text if len(text) <= 20 else f"{text[:17]}..."


def _refuse_outside(value: Any, stated: dict[str, Any]) -> None:
    """Raise `ValueError` where a value leaves its hard bounds or its named alternatives."""
    if stated["options"] and value not in stated["options"]:
        raise ValueError(f"{value!r} is not one of {', '.join(stated['options'])}")
    if value == ():
        raise ValueError("the list is empty; give at least one number")
    if stated["entries"] is not None and isinstance(value, tuple) and len(value) != stated["entries"]:
        raise ValueError(f"the list has {len(value)} entries; give {stated['entries']}")
    least, most, unit = stated["least"], stated["most"], stated["unit"]
    for number in _numbers(value):
        if least is not None and number < least:
            raise ValueError(f"{_short(number)} is below the least allowed value {least:g} ({unit})")
        if most is not None and number > most:
            raise ValueError(f"{_short(number)} is above the greatest allowed value {most:g} ({unit})")


def _refuse_contradiction(default: Any, stated: dict[str, Any]) -> None:
    """Raise `DeclarationError` where a default or a range is outside the bounds, or the range the wrong way round."""
    if not stated["meaning"] or not stated["unit"] or not stated["source"]:
        raise DeclarationError(f"a parameter with default {default!r} lacks a meaning, a unit or a source")
    for role, value in (("default", default), ("low", stated["low"]), ("high", stated["high"])):
        if value is None:
            continue
        if not all(math.isfinite(number) for number in _numbers(value)):
            raise DeclarationError(f"{stated['meaning']}: {role} {value!r} is not finite")
        try:
            _refuse_outside(value, stated)
        except ValueError as reason:
            raise DeclarationError(f"{stated['meaning']}: {role}: {reason}; widen least/most or correct it") from reason
    low, high = tuple(_numbers(stated["low"])), tuple(_numbers(stated["high"]))
    if low and high and len(low) == len(high) and any(below > above for below, above in zip(low, high, strict=True)):
        raise DeclarationError(f"{stated['meaning']}: low {stated['low']!r} is above high {stated['high']!r}")
