"""What a set of claims needs to be run: one design of a sweep, in which every world stands once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scenarios.claims import Cell, Claim
from scenarios.writing import value_text


@dataclass(frozen=True)
class Size:
    """How large and how many the worlds are; None leaves it to the scenario."""

    draws: int
    calibrations: tuple[str, ...]
    companies: int | None = None
    months: int | None = None


def cells_of(claims: Sequence[Claim]) -> tuple[Cell, ...]:
    """The worlds of all claims, each once, in the order in which they are first needed."""
    return tuple(dict.fromkeys(cell for claim in claims for cell in claim.cells))


def tables_of(claims: Sequence[Claim]) -> tuple[str, ...]:
    """The tables that their measures read."""
    wanted = [c.table for claim in claims for c in claim.criteria if c.experiment != "closed_form"]
    return tuple(dict.fromkeys(["indicators", *wanted]))


def design_text(claims: Sequence[Claim], *, size: Size, settings: Mapping[str, Any]) -> str:
    """The design as a file for `commonweight sweep`; a criterion's own settings win over `settings`."""
    lines = ["schema = 1", 'title = "What the claims need"', f"draws = {size.draws}"]
    lines += [f"{name} = {value}" for name, value in (("companies", size.companies), ("months", size.months)) if value]
    lines += [f"calibrations = {value_text(size.calibrations)}", 'method = "list"', "", "[keep]"]
    lines += [f"tables = {value_text(tables_of(claims))}"]
    for cell in cells_of(claims):
        chosen = {"scenario": cell.scenario, "arm": cell.arm, **settings, **dict(cell.settings)}
        stated = ", ".join(f"{json.dumps(key)} = {value_text(value)}" for key, value in chosen.items())
        lines += ["", "[[experiments]]", f"name = {json.dumps(cell.name)}", f"set = {{{stated}}}"]
    return "\n".join(lines) + "\n"
