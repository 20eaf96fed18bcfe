"""The moments that the world of 2023-2025 is judged by: `scenarios/evidence/targets.csv`, one row each."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

EVIDENCE = Path(__file__).parent / "evidence" / "targets.csv"
_DEPENDENT = "DEPENDENT"


@dataclass(frozen=True)
class Target:
    """One moment: what is measured in the simulation, its observed value, and the band that counts as inside."""

    id: str
    moment: str
    definition: str
    value: float
    low: float
    high: float
    window: str  # a year, a month, or from one to another
    facts: tuple[str, ...]  # ids in facts.csv

    @property
    def counted(self) -> bool:
        """Whether it counts as a pass of its own: a moment that follows from others is reported only."""
        return not self.definition.startswith(_DEPENDENT)


@cache
def targets() -> tuple[Target, ...]:
    """Every target in the order of the file."""
    with EVIDENCE.open(newline="", encoding="utf-8") as file:
        return tuple(
            Target(
                id=row["id"], moment=row["moment"], definition=row["definition in the simulation"],
                value=float(row["value"]), low=float(row["low"]), high=float(row["high"]), window=row["window"],
                facts=tuple(row["facts"].split(";")),
            )
            for row in csv.DictReader(file)
        )  # fmt: skip
