"""How messages about scenarios show values and offer the nearest name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from market.parameters import Declaration, declarations
from scenarios.scenario import GROUPS, TEXTS

LONGEST_NAME = 300  # characters of a name or path in a message
_DEEPEST_LIST = 3  # lists within lists that a message shows


def shown(value: Any) -> str:
    """A value as it would stand in the file, cut short."""
    text = _written(value, _DEEPEST_LIST)
    return text if len(text) <= 40 else f"{text[:37]}..."


def short(name: str) -> str:
    """A name or path as a message gives it: whole, unless it is absurdly long."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."


def _written(value: Any, depth: int) -> str:
    """A value as it would stand in the file; lists deeper than `depth` are dots."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(entry, depth - 1) for entry in value) if depth else '...'}]"
    if isinstance(value, int) and value.bit_length() > LONGEST_NAME:
        return "a number of absurd length"
    return f'"{value}"' if isinstance(value, str) else str(value)


def nearest(name: str, names: list[str]) -> str:
    """A remedy that offers the nearest of `names`."""
    stem = Path(name).stem if name.endswith(".toml") else name
    close = difflib.get_close_matches(stem, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]}?"
    return f"there {'are' if len(names) != 1 else 'is'} {', '.join(names)}" if names else "there is none"


def nearest_key(key: str, nearby: Iterable[str]) -> str:
    """The nearest parameter: by its symbol in model.md, by its name in another group, or by spelling."""
    last = key.rpartition(".")[2]
    nearby = list(nearby)
    everywhere = [declaration for group, model in GROUPS.items() for declaration in declarations(model, f"{group}.")]
    by_symbol = [declaration.key for declaration in everywhere if last in (declaration.symbol, declaration.name)]
    same_group = [found for found in by_symbol if found in nearby]
    endings = {name.rpartition(".")[2]: name for name in nearby}
    close = [endings[ending] for ending in difflib.get_close_matches(last, endings, n=1, cutoff=0.6)]
    wide = difflib.get_close_matches(key, [declaration.key for declaration in everywhere], n=1, cutoff=0.6)
    for guess in (same_group, close, by_symbol, wide, difflib.get_close_matches(key, nearby, n=1, cutoff=0.0)):
        if guess:
            return f"did you mean {guess[0]}?"
    return "see commonweight parameters"


def nearest_group(name: str, table: object) -> str:
    """The nearest group; where none is near, the group in which the table's first key belongs."""
    close = difflib.get_close_matches(name, GROUPS, n=1, cutoff=0.6)
    if close or not isinstance(table, dict) or not table:
        return nearest_key(name, close or ("schema", "extends", "shocks", "sellers", *TEXTS, *GROUPS))
    return nearest_key(f"{name}.{next(iter(table))}", ())


def expected(complaint: str, declaration: Declaration | None) -> str:
    if "finite" in complaint:
        return "a finite number"
    if declaration is not None:
        return {
            "number": "a number", "integer": "a whole number", "text": "a text", "flag": "true or false",
            "list": "a list of numbers",
        }[declaration.type]
    return {"string_type": "a text", "tuple_type": "a list"}.get(complaint, "valid here")


def remedy(declaration: Declaration | None, complaint: str) -> str:
    """What a parameter accepts, from its own declaration."""
    if declaration is None:
        return "write a text between quotation marks" if complaint == "string_type" else "see commonweight parameters"
    if declaration.options:
        return "give one of " + ", ".join(f'"{option}"' for option in declaration.options)
    if declaration.type == "flag":
        return "write true or false"
    noun = {"number": "a number", "integer": "a whole number", "list": "a list of numbers"}[declaration.type]
    if declaration.entries is not None:
        noun = f"a list of {declaration.entries} numbers"
    bounds = ""
    if declaration.least is not None:
        bounds += f" from {declaration.least:g}"
    if declaration.most is not None:
        bounds += f" up to {declaration.most:g}"
    return f"give {noun}{bounds} [{declaration.unit}]"
