"""The table of a design file, its values taken out by type: what has the wrong one is refused in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.errors import BadDesign
from scenarios.wording import shown


class DesignTable:
    """The raw table of one design file."""

    def __init__(self, label: str, raw: Mapping[str, Any]) -> None:
        self.label, self.raw = label, raw

    def refuse(self, key: str, problem: str, remedy: str) -> BadDesign:
        """The error for one key of this file."""
        return BadDesign(file=self.label, key=key, problem=problem, remedy=remedy)

    def texts(self, key: str, *, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of texts at the top of the file, none twice."""
        return self.listed(key, self.raw[key]) if key in self.raw else default

    def listed(self, key: str, value: Any) -> tuple[str, ...]:
        """A value that must be a list of texts, none twice."""
        if not isinstance(value, list) or not value or not all(isinstance(entry, str) for entry in value):
            remedy = f'write {key.rpartition(".")[2]} = ["..."]'
            raise self.refuse(key, f"{shown(value)} is not a list of names", remedy)
        refuse_repetition(self.label, key, value)
        return tuple(value)

    def choices(self, key: str, options: Sequence[str], *, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of named alternatives."""
        for value in self.texts(key, default=default):
            if value not in options:
                raise self.refuse(key, f'"{value}" is none of them', f"give some of {', '.join(options)}")
        return self.texts(key, default=default)

    def one_of(self, key: str, options: Sequence[str], *, default: str) -> str:
        """One named alternative."""
        value = self.raw.get(key, default)
        if value not in options:
            raise self.refuse(key, f"{shown(value)} is none of them", f"give one of {', '.join(options)}")
        return str(value)

    def whole(self, key: str, *, least: int, most: int | None = None) -> int | None:
        """A whole number within bounds; None where the file does not say."""
        value = self.raw.get(key)
        if value is None:
            return None
        if type(value) is not int or value < least or (most is not None and value > most):
            bound = f" up to {most:,}" if most is not None else ""
            raise self.refuse(key, f"{shown(value)} does not fit", f"give a whole number from {least}{bound}")
        return value

    def flag(self, key: str) -> bool:
        """Yes or no, yes where the file does not say."""
        value = self.raw.get(key, True)
        if not isinstance(value, bool):
            raise self.refuse(key, f"{shown(value)} is not true or false", "write true or false")
        return value

    def text(self, key: str) -> str:
        """A text, empty where the file does not say."""
        value = self.raw.get(key, "")
        if not isinstance(value, str):
            raise self.refuse(key, f"{shown(value)} is not a text", "write it between quotation marks")
        return value

    def table(self, key: str) -> dict[str, Any]:
        """A table of the file with its dotted keys whole, however they were written."""
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            raise self.refuse(key, f"{shown(value)} is not a table", f"write [{key}] on its own line")
        return flattened(value) if key == "factors" else value


def refuse_repetition(label: str, key: str, values: Sequence[Any]) -> None:
    """Raise `BadDesign` where a value is listed twice."""
    for place, value in enumerate(values):
        if any(value == other and type(value) is type(other) for other in values[:place]):
            raise BadDesign(file=label, key=key, problem=f"{shown(value)} is listed twice", remedy="list it once")


def flattened(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted keys of nested tables: `a.b = 1` and `"a.b" = 1` alike; a table of a range stays one."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict) and value and not set(value) & {"low", "high", "scale", "levels"}:
            found |= flattened(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found
