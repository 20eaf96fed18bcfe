"""The experiments of the paper as declared in `experiments/paper.toml`, at one of three sizes, and who each is."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from paper.errors import BadPlan
from paper.plan_checking import ALL as ALL
from paper.plan_checking import (
    OF_SIZE,
    TEXTS,
    Place,
    Stated,
    refuse_impossible,
    refuse_inapplicable,
    refuse_malformed,
)
from scenarios import ScenarioError, read_scenario, shipped_names
from scenarios.claims import CLAIMS, Cell, Claim, chosen_claims
from scenarios.moments import EVIDENCE
from scenarios.numbers import BASELINE, numbered
from scenarios.scenario import Scenario
from simulation.experiments.paired import Request
from simulation.results.digest import canonical_json, code_digest

PLAN = Path(__file__).parent / "experiments" / "paper.toml"
SIZES = ("full", "small", "tiny")
OWN_CODE = ("running.py", "scenario_panel.py", "sensitivity.py")


@dataclass(frozen=True)
class Experiment:
    """One experiment: what it asks, which machinery runs it, and with what."""

    name: str  # of its folder, and what figures and tables ask for
    kind: str
    asks: str
    arguments: Mapping[str, Any]

    @property
    def pairs(self) -> int:
        """Draws of every world."""
        return int(self.arguments.get("draws", self.arguments["pairs"]))

    @property
    def overrides(self) -> dict[str, Any]:
        """What its size lays over every scenario."""
        return {key: self.arguments[name] for name, key in OF_SIZE.items() if name in self.arguments}

    @property
    def scenario(self) -> Scenario:
        """Its scenario as it stands at this size."""
        return read_scenario(self.arguments["scenario"], overrides=self.overrides)

    @property
    def request(self) -> Request:
        """The same as the experiments on paired worlds take it."""
        stated = self.arguments
        return Request(
            stated["scenario"], {}, self.pairs, stated["companies"], stated["months"], stated["calibration"]
        )

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims it judges."""
        named = self.arguments["claims"]
        return chosen_claims(None if named == ALL else ",".join(named))

    @property
    def panel(self) -> tuple[str, ...]:
        """The scenarios that it runs in both arms: the baseline by its name, others by their numbers, as claims do."""
        named = self.arguments["scenarios"]
        if named != ALL:
            return tuple(named)
        return tuple(BASELINE if name == BASELINE else number for name, number in numbered(shipped_names()).items())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything its results depend on: what it runs, the scenarios, the code and the evidence."""
        identity = {
            "kind": self.kind, "arguments": dict(self.arguments), "code": f"{code_digest()}{_own_code()}",
            "scenarios": {name: found.resolved() for name, found in self.scenarios()}, "evidence": self._evidence(),
        }  # fmt: skip
        return hashlib.sha256(canonical_json(identity).encode()).hexdigest()

    def scenarios(self) -> Iterator[tuple[str, Scenario]]:
        """Every scenario that it runs, as it stands at this size, by what the experiment calls it."""
        if self.kind != "claims":
            yield self.arguments["scenario"], self.scenario
            return
        cells = {Cell(number, "") for number in self.panel}
        cells |= {Cell(c.scenario, "", c.settings) for claim in self.claims for c in claim.cells}
        for cell in sorted(cells, key=lambda cell: cell.name):
            yield cell.name, read_scenario(cell.scenario, overrides=self.overrides | dict(cell.settings))

    def _evidence(self) -> str:
        """What the results are held against: the chosen claims, or the moments."""
        if self.kind == "claims":
            return repr(self.claims) if self.arguments["claims"] != ALL else _sum_of(CLAIMS)
        return _sum_of(EVIDENCE) if self.kind == "targets" else ""


def read_plan(size: str, path: Path = PLAN) -> tuple[Experiment, ...]:
    """Every experiment at one size, in the order of the file, all of it checked. Raises `BadPlan`."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadPlan(f"{path}: cannot be read ({error.strerror}); name a list of experiments") from error
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise BadPlan(f"{path}: cannot be read as TOML ({reason}); see paper/experiments/paper.toml") from error
    refuse_malformed(raw, size, str(path))
    experiments = tuple(_experiment(dict(table), raw["sizes"], size) for table in raw["experiments"])
    for experiment in experiments:
        _refuse_unusable(experiment, str(path))
    return experiments


def _experiment(table: dict[str, Any], sizes: Mapping[str, Any], size: str) -> Experiment:
    texts = {key: table.pop(key) for key in TEXTS}
    by_size = {name: table.pop(name, {}) for name in sizes}
    return Experiment(**texts, arguments=dict(sizes[size]) | table | by_size[size])


def _refuse_unusable(experiment: Experiment, file: str) -> None:
    """Raise `BadPlan` for whatever would stop an experiment only once it is run."""
    stated = Stated(Place(file, experiment.name), experiment.kind, experiment.arguments, experiment.overrides)
    refuse_impossible(stated)
    key = "scenarios" if experiment.kind == "claims" else "scenario"
    try:
        refuse_inapplicable(stated, dict(experiment.scenarios()))
    except ScenarioError as refusal:
        raise stated.place.refused(key, refusal) from refusal


@cache
def _own_code() -> str:
    """The code of this package that makes results rather than words and pictures of them."""
    return "".join(_sum_of(Path(__file__).parent / name) for name in OWN_CODE)


def _sum_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
