"""The claims of the essay as declared before any run: what would support and what would refute each of them.

`scenarios/evidence/claims.toml` holds them. A claim has criteria, each an experiment with a measure and a boundary; or
it says why it cannot be tested here. Nothing below knows a claim by name. The grammar is in
docs/how_to/judging_claims.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from scenarios.errors import BadValue
from scenarios.numbers import BASELINE
from scenarios.wording import nearest, shown

CLAIMS = Path(__file__).parent / "evidence" / "claims.toml"
EXPERIMENTS = ("level", "difference", "scenario", "interaction", "closed_form")
DIRECTIONS = ("above", "below", "not_above", "not_below", "within")
TAIL, WHOLE = "tail", "all"
Built = TypeVar("Built")


@dataclass(frozen=True)
class Cell:
    """One kind of world that a criterion looks at, run under every draw and calibration."""

    scenario: str
    arm: str
    settings: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """What the experiment of a sweep is called."""
        extra = "".join(f" {key}={value}" for key, value in self.settings)
        return f"{self.scenario} {self.arm}{extra}"


@dataclass(frozen=True)
class Criterion:
    """One experiment that a claim must pass: what is measured where, and on which side of which number it must lie.

    `measure` is a column or an SQL aggregate of `table` over the months of `window` of one run; where `over` is given,
    their ratio counts. `settings` are laid over `scenario`, `against_settings` over `against`. A difference smaller
    than `rope` counts as none.
    """

    shows: str  # what it shows if it holds
    experiment: str  # one of EXPERIMENTS
    measure: str
    must: str  # one of DIRECTIONS
    threshold: float = 0.0
    rope: float = 0.0
    unit: str = ""
    over: str = ""
    label: str = ""  # the measure in words, where its SQL is long
    table: str = "indicators"
    window: str | tuple[int, int] = TAIL
    scenario: str = BASELINE
    against: str = BASELINE
    arm: str = "open"
    settings: tuple[tuple[str, Any], ...] = ()
    against_settings: tuple[tuple[str, Any], ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)  # of a closed form

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The worlds it needs: one, two or four, those of `scenario` first, each open arm before its closed one."""
        here, there = (self.scenario, self.settings), (self.against, self.against_settings)
        if self.experiment == "closed_form":
            return ()
        if self.experiment == "level":
            return (Cell(here[0], self.arm, here[1]),)
        if self.experiment == "scenario":
            return tuple(Cell(name, self.arm, settings) for name, settings in (here, there))
        sides = (here,) if self.experiment == "difference" else (here, there)
        return tuple(Cell(name, arm, settings) for name, settings in sides for arm in ("open", "closed"))


@dataclass(frozen=True)
class Claim:
    """One claim: its words, its criteria (all must hold), and what a reader must know of them."""

    id: str
    says: str
    criteria: tuple[Criterion, ...] = ()
    by_construction: str = ""  # what of it is true by what the model assumes; empty: nothing
    note: str = ""  # what a reader must know of it
    untestable: str = ""  # why it has no criteria

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The worlds that all its criteria need, each once."""
        return tuple(dict.fromkeys(cell for criterion in self.criteria for cell in criterion.cells))


@cache
def read_claims(path: Path = CLAIMS) -> tuple[Claim, ...]:
    """All claims in the order of their numbers. Raises `BadValue` for what is no claim."""
    with path.open("rb") as file:
        raw = tomllib.load(file)
    found = tuple(_claim(table, path.name) for table in raw["claims"])
    if len({claim.id for claim in found}) < len(found):
        raise BadValue(file=path.name, key="claims", problem="a claim is declared twice", remedy="keep one of them")
    return tuple(sorted(found, key=lambda claim: claim.id))


def chosen_claims(only: str | None) -> tuple[Claim, ...]:
    """The claims that a list such as "C13,C22" names; all of them for None. Raises `BadValue`."""
    every = {claim.id: claim for claim in read_claims()}
    if only is None:
        return tuple(every.values())
    wanted = [name.strip().upper() for name in only.split(",") if name.strip()]
    for name in wanted or [only]:
        if name not in every:
            remedy = f"claims are {min(every)} to {max(every)}; {nearest(name, list(every))}"
            raise BadValue(file="--only", problem=f"{shown(name)} is no claim", remedy=remedy)
    return tuple(claim for name, claim in every.items() if name in wanted)


def _claim(table: dict[str, Any], file: str) -> Claim:
    label = str(table.get("id", "?"))
    criteria = tuple(_criterion(raw, file, label) for raw in table.pop("criteria", ()))
    claim = _built(Claim, table | {"criteria": criteria}, file, label)
    if bool(claim.criteria) == bool(claim.untestable):
        problem = "has criteria and says that it is untestable" if criteria else "has no criteria and does not say why"
        raise BadValue(file=file, key=label, problem=problem, remedy='give criteria, or untestable = "why"')
    return claim


def _criterion(table: dict[str, Any], file: str, label: str) -> Criterion:
    raw = dict(table)
    for stated, name in (("set", "settings"), ("against_set", "against_settings")):
        raw[name] = tuple(sorted(raw.pop(stated, {}).items()))
    if isinstance(raw.get("window"), list):
        raw["window"] = tuple(raw["window"])
    criterion = _built(Criterion, raw, file, label)
    for value, known in ((criterion.experiment, EXPERIMENTS), (criterion.must, DIRECTIONS)):
        if value not in known:
            problem, remedy = f"{shown(value)} is none of them", f"give one of {', '.join(known)}"
            raise BadValue(file=file, key=label, problem=problem, remedy=remedy)
    return criterion


def _built(kind: type[Built], table: Mapping[str, Any], file: str, label: str) -> Built:
    try:
        return kind(**table)
    except TypeError as error:
        raise BadValue(file=file, key=label, problem=str(error), remedy="see docs/how_to/judging_claims.md") from None
