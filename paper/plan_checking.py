"""Checking a list of experiments whole before anything runs: its tables and keys first, then what each of them names.

Whatever is wrong is one line: file, experiment, key, problem, remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paper.errors import BadPlan
from scenarios import ScenarioError, read_scenario, shipped_names
from scenarios.claims import Cell, read_claims
from scenarios.design import ARMS
from scenarios.draft import OVERRIDES
from scenarios.errors import BadDesign
from scenarios.numbers import numbered
from scenarios.scenario import CALIBRATIONS, Scenario
from scenarios.structures import STRUCTURES
from scenarios.switches import OPEN, SWITCHES
from scenarios.wording import nearest, nearest_key, short, shown
from simulation.experiments.axes import read_axis

SCHEMA, ALL, MOST_DRAWS = 1, "all", 10_000
TEXTS = ("name", "kind", "asks")
OF_SIZE = {"companies": "companies.count", "months": "horizon.months", "calibration": "companies.calibration"}
OF_FILE = ("schema", "sizes", "experiments")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_SIZED = ("companies", "months", "pairs")
_MAY_BE_ALL = ("claims", "scenarios", "switches")
_ASKED = (*_SIZED, "scenario")


@dataclass(frozen=True)
class Keys:
    """What an experiment of one kind states beside its name, kind and question."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every key it may have."""
        return self.needed + self.optional


KINDS: Mapping[str, Keys] = {
    "answer": Keys(_ASKED, ("calibration",)),
    "targets": Keys(_ASKED, ("calibration", "draws")),
    "claims": Keys((*_SIZED, "claims", "scenarios", "calibrations")),
    "map": Keys((*_ASKED, "calibration", "x", "y")),
    "attribute": Keys((*_ASKED, "calibration", "switches")),
    "structures": Keys((*_ASKED, "calibration"), ("only",)),
    "sensitivity": Keys((*_ASKED, "calibration", "parameters")),
    "power": Keys((*_ASKED, "arm"), ("calibration", "draws")),
}
_ANY = tuple(dict.fromkeys(key for kind in KINDS.values() for key in kind.all))


@dataclass(frozen=True)
class Place:
    """Where in a list of experiments something is."""

    file: str
    experiment: str = ""

    def refuse(self, key: str, problem: str, remedy: str) -> BadPlan:
        """The error for one key."""
        where = ": ".join(part for part in (self.file, short(self.experiment), short(key)) if part)
        return BadPlan(" ".join(f"{where}: {problem}; {remedy}".split()))

    def refused(self, key: str, refusal: ScenarioError) -> BadPlan:
        """The error for a scenario that is refused, told at what the file says of its size where that is to blame."""
        stated = next((name for name, parameter in OF_SIZE.items() if parameter == refusal.key), None)
        if refusal.file == OVERRIDES and stated is not None:
            return self.refuse(stated, refusal.problem, refusal.remedy)
        told = ": ".join(part for part in (refusal.file, refusal.key, refusal.problem) if part)
        return self.refuse(key, told, refusal.remedy or "name another scenario")


@dataclass(frozen=True)
class Stated:
    """One experiment at one size as the file states it."""

    place: Place
    kind: str
    arguments: Mapping[str, Any]
    overrides: Mapping[str, Any]  # what its size lays over every scenario

    def names(self, key: str) -> list[str] | None:
        """A list of names; None where all are meant."""
        found = self.arguments[key]
        if found == ALL and key in _MAY_BE_ALL:
            return None
        if not isinstance(found, list) or not found or not all(isinstance(name, str) for name in found):
            either = f" or {shown(ALL)}" if key in _MAY_BE_ALL else ""
            raise self.place.refuse(key, f"{shown(found)} is not a list of names", f'write {key} = ["..."]{either}')
        return found


def refuse_malformed(raw: Mapping[str, Any], size: str, file: str) -> None:
    """Raise `BadPlan` unless the file declares the size and holds tables of experiments, each with keys of its kind."""
    top = Place(file)
    for key in raw:
        if key not in OF_FILE:
            raise top.refuse(key, "no such key of a list of experiments", nearest(key, list(OF_FILE)))
    if type(raw.get("schema", SCHEMA)) is not int or raw.get("schema", SCHEMA) != SCHEMA:
        problem = f"{shown(raw['schema'])} is not a schema this version reads"
        raise top.refuse("schema", problem, f"write schema = {SCHEMA}")
    sizes = raw.get("sizes", {})
    if not isinstance(sizes, dict):
        raise top.refuse("sizes", f"{shown(sizes)} is not a table", "write [sizes.small] and companies, months, pairs")
    if size not in sizes:
        problem = f'no size is called "{size}"'
        raise top.refuse("sizes", problem, f"declared are {', '.join(sizes) or 'none'}; declare [sizes.{size}]")
    for name, table in sizes.items():
        _refuse_unknown(Place(file, f"sizes.{name}"), table, _ANY, "sizes share what experiments state")
    experiments = raw.get("experiments", [])
    if not isinstance(experiments, list) or not experiments or not all(isinstance(each, dict) for each in experiments):
        raise top.refuse("experiments", "a list of tables is expected", "begin each one with [[experiments]]")
    for number, table in enumerate(experiments, start=1):
        _refuse_malformed_experiment(table, tuple(sizes), file, number)
    _refuse_repetition(top, [table["name"] for table in experiments])


def refuse_impossible(stated: Stated) -> None:
    """Raise `BadPlan` for the first thing that an experiment lacks, or that cannot be what it is said to be."""
    place, arguments = stated.place, stated.arguments
    for key in KINDS[stated.kind].needed:
        if key not in arguments:
            raise place.refuse(key, "missing", f"an experiment of kind {stated.kind} states it, or its size does")
    for key in ("pairs", "draws"):
        if key in arguments and not (type(arguments[key]) is int and 1 <= arguments[key] <= MOST_DRAWS):
            problem = f"{shown(arguments[key])} does not fit"
            raise place.refuse(key, problem, f"give a whole number from 1 to {MOST_DRAWS:,}")
    if stated.kind == "claims":
        _refuse_others(stated, "claims", [claim.id for claim in read_claims()], fold=str.upper)
        _refuse_others(stated, "calibrations", list(CALIBRATIONS))
        stated.names("scenarios")
    elif not isinstance(arguments["scenario"], str) or not arguments["scenario"]:
        raise place.refuse("scenario", f"{shown(arguments['scenario'])} is no name", 'write scenario = "baseline"')


def refuse_inapplicable(stated: Stated, scenarios: Mapping[str, Scenario]) -> None:
    """Raise `BadPlan` for the first value that its scenarios, by what the file calls them, have no use for."""
    if stated.kind == "claims":
        _check_panel(stated, scenarios)
    elif stated.kind in _CHECKS:
        _CHECKS[stated.kind](stated, scenarios[stated.arguments["scenario"]])


def _refuse_malformed_experiment(table: Mapping[str, Any], sizes: Sequence[str], file: str, number: int) -> None:
    """Raise unless an experiment has its texts, a kind that exists, and no key that means nothing there."""
    place = Place(file, str(table.get("name", f"experiment {number}")))
    for key in TEXTS:
        if key not in table:
            raise place.refuse(key, "missing", "every experiment states it")
        if not isinstance(table[key], str) or not table[key]:
            raise place.refuse(key, f"{shown(table[key])} is not a text", f'write {key} = "..."')
    if not _NAME.fullmatch(table["name"]):
        problem = f"{shown(table['name'])} cannot be the name of a folder of results"
        raise place.refuse("name", problem, "use letters, digits and _, beginning with a letter")
    kind = table["kind"]
    if kind not in KINDS:
        remedy = f"{nearest(kind, list(KINDS))} (kinds are {', '.join(KINDS)})"
        raise place.refuse("kind", f"{shown(kind)} is none of them", remedy)
    _refuse_unknown(place, table, (*TEXTS, *sizes, *KINDS[kind].all), f"of kind {kind}")
    for size in sizes:
        if size in table:
            _refuse_unknown(Place(file, f"{place.experiment}.{size}"), table[size], KINDS[kind].all, f"of kind {kind}")


def _refuse_unknown(place: Place, table: Any, known: Sequence[str], what: str) -> None:
    """Raise for what is no table, or holds a key that is not known there."""
    if not isinstance(table, dict):
        raise place.refuse("", f"{shown(table)} is not a table", "write { companies = 400, pairs = 2 }")
    for key in table:
        if key not in known:
            raise place.refuse(key, f"no such key ({what})", nearest(key, list(known)))


def _refuse_repetition(place: Place, names: Sequence[str]) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise place.refuse(name, "an experiment is declared twice", "give each a name of its own")


def _refuse_others(stated: Stated, key: str, known: Sequence[str], *, fold: Callable[[str], str] = str) -> None:
    """Raise for a name in a list that is not among the known ones, or stands there twice."""
    named = stated.names(key) or ()
    for number, name in enumerate(named):
        if fold(name) not in known:
            raise stated.place.refuse(key, f"{shown(name)} is none of them", nearest(fold(name), list(known)))
        if name in named[:number]:
            raise stated.place.refuse(key, f"{shown(name)} is listed twice", "list it once")


def _check_panel(stated: Stated, scenarios: Mapping[str, Scenario]) -> None:
    """Raise for a scenario that has no number, by which the panel lists it."""
    for name in stated.names("scenarios") or ():
        if scenarios[Cell(name, "").name].name not in numbered(shipped_names()):
            raise stated.place.refuse("scenarios", f"{shown(name)} has no number", "name scenarios such as S02")


def _check_map(stated: Stated, scenario: Scenario) -> None:
    for key in ("x", "y"):
        if not isinstance(stated.arguments[key], str):
            problem = f"{shown(stated.arguments[key])} is no axis"
            raise stated.place.refuse(key, problem, f'write {key} = "slack=0.5,1.0"')
    try:
        across, down = (read_axis(stated.arguments[key], scenario, option=key) for key in ("x", "y"))
    except BadDesign as refusal:
        raise stated.place.refuse(refusal.key, refusal.problem, refusal.remedy) from refusal
    if across.key == down.key:
        raise stated.place.refuse("y", f"{down.key} is on the other axis too", "give another parameter")
    for key, axis in (("x", across), ("y", down)):
        for value in axis.values:
            _refuse_value(stated, key, axis.key, value)


def _refuse_value(stated: Stated, key: str, parameter: str, value: Any) -> None:
    """Raise where the scenario of an experiment refuses a value of an axis."""
    try:
        read_scenario(stated.arguments["scenario"], overrides={**stated.overrides, parameter: value})
    except ScenarioError as refusal:
        raise stated.place.refuse(key, f"{parameter}: {refusal.problem}", refusal.remedy) from refusal


def _check_switches(stated: Stated, scenario: Scenario) -> None:
    there = [switch.name for switch in SWITCHES if switch.name != OPEN and not switch.missing(scenario)]
    _refuse_others(stated, "switches", there)


def _check_structures(stated: Stated, scenario: Scenario) -> None:
    if "only" in stated.arguments:
        _refuse_others(stated, "only", [structure.name for structure in STRUCTURES])


def _check_parameters(stated: Stated, scenario: Scenario) -> None:
    declared = {item.key: item for item, _ in scenario.parameters()}
    for key in stated.names("parameters") or ():
        if key not in declared:
            raise stated.place.refuse("parameters", f"no parameter is called {shown(key)}", nearest_key(key, declared))
        if not all(isinstance(end, int | float) for end in (declared[key].low, declared[key].high)):
            raise stated.place.refuse("parameters", f"{key} is declared without a range", "take it from the list")


def _check_arm(stated: Stated, scenario: Scenario) -> None:
    arm = stated.arguments["arm"]
    if arm not in ARMS:
        raise stated.place.refuse("arm", f"{shown(arm)} is no arm", f"give one of {', '.join(ARMS)}")
    if scenario.horizon.months < 2:
        raise stated.place.refuse("months", "1 is too short to raise a price in", "give at least 2")


_CHECKS: Mapping[str, Callable[[Stated, Scenario], None]] = {
    "map": _check_map, "attribute": _check_switches, "structures": _check_structures, "sensitivity": _check_parameters,
    "power": _check_arm,
}  # fmt: skip
