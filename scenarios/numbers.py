"""Numbers of the shipped scenarios, S00 and following: the rows of a plan of experiments (docs/model.md section 5).

A file `s02_concentrated_cloud.toml` is row S02. Where a row has several files, they are its variants a, b, c in the
order of their names. S00 is the baseline; S01, the world without new open weights, is its closed arm and has no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BASELINE = "baseline"
CLOSED_ARM = "S01"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ROW = re.compile(r"s(\d{2})_")
_NUMBER = re.compile(r"[sS]\d{2}[a-z]?$")


def numbered(names: Iterable[str]) -> dict[str, str]:
    """Number of every name that has one, in order: {"baseline": "S00", "s06_linux_like": "S06a"}."""
    rows: dict[str, list[str]] = {}
    for name in sorted(names):
        match = _ROW.match(name)
        if match or name == BASELINE:
            rows.setdefault(match[1] if match else "00", []).append(name)
    return {
        name: f"S{row}{letter if len(variants) > 1 else ''}"
        for row, variants in sorted(rows.items())
        for name, letter in zip(variants, LETTERS, strict=False)
    }


def is_number(text: str) -> bool:
    """Whether a text is meant as the number of a scenario."""
    return _NUMBER.match(text) is not None


def named(number: str, names: Iterable[str]) -> str | None:
    """The name of a number; None where there is none, or only variants of it."""
    wanted = number[0].upper() + number[1:].lower()
    return next((name for name, found in numbered(names).items() if found == wanted), None)


def remedy_for(number: str, names: Iterable[str]) -> str | None:
    """What to write instead of a number that names no file; None where nothing is near."""
    wanted = number[0].upper() + number[1:].lower()
    if wanted == CLOSED_ARM:
        return "it is the closed arm of the baseline: baseline with --arm closed"
    variants = [f"{found} ({name})" for name, found in numbered(names).items() if found[:3] == wanted[:3]]
    return f"did you mean {' or '.join(variants)}?" if variants else None
