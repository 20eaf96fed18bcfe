"""What the manuscript says of the model itself, read from its declarations: sizes, entities, the month, the claims."""

from __future__ import annotations

import inspect
import re
from typing import Any

from scenarios import read_scenario, shipped_names
from scenarios.claims import read_claims
from scenarios.moments import targets
from scenarios.numbers import BASELINE, numbered
from scenarios.scenario import GROUPS
from scenarios.structures import STRUCTURES
from scenarios.switches import SWITCHES
from simulation.economy import ComputeEconomy
from simulation.results.tables import RUN_TABLES, TABLES

_STEP = re.compile(r"self\.(?:world\.)?(\w+)\(")


def of_model() -> dict[str, Any]:
    """Counts and lists of the baseline's declarations."""
    scenario = read_scenario(BASELINE)
    declared = list(scenario.parameters())
    kinds: dict[str, int] = {}
    for spec in scenario.sellers.values():
        kinds[spec.kind] = kinds.get(spec.kind, 0) + 1
    assumed = sum(item.assumed for item, _ in declared)
    sourced = sum(item.source.startswith("fact") for item, _ in declared)
    return {
        "model.parameters": str(len(declared)), "model.assumed": str(assumed), "model.sourced": str(sourced),
        "model.groups": str(len(GROUPS)), "model.months": str(scenario.horizon.months),
        "model.companies": f"{scenario.companies.count:,}",
        "model.firms": f"{scenario.pop.real_firms / 1e6:.0f} million",
        "model.labs": str(kinds.get("lab", 0)), "model.releasers": str(kinds.get("releaser", 0)),
        "model.hosters": str(kinds.get("hoster", 0)), "model.hyperscalers": str(kinds.get("cloud", 0)),
        "model.fringe": str(scenario.cloud.fringe_count), "model.neoclouds": str(scenario.cloud.neocloud_count),
        "model.tail": str(scenario.answer.tail_months), "model.phases": phases(),
        "model.phase_count": str(len(phases())), "model.scenarios": str(len(numbered(shipped_names())) - 1),
        "model.moments": str(sum(target.counted for target in targets())), "model.structures": str(len(STRUCTURES) - 1),
        "model.switches": str(len(SWITCHES) - 1), "model.tables": str(len(RUN_TABLES)),
        "model.columns": str(sum(len(TABLES[name].columns) for name in RUN_TABLES)),
        "model.theta_low": f"{scenario.answer.theta_low:.2f}", "model.theta_high": f"{scenario.answer.theta_high:.2f}",
        "model.rope": f"{100 * scenario.answer.rope_access:g}",
        "model.loss_counts": f"{100 * scenario.answer.rope_money:g}",
        "model.discount": f"{scenario.answer.discount_rate:.0%}",
        "model.control_horizon": str(scenario.control.horizon),
        "model.long_horizon": str(scenario.control.long_horizon),
    }  # fmt: skip


def phases() -> list[dict[str, str]]:
    """The phases of a month in their order: name and what each does, from `ComputeEconomy.step`."""
    body = inspect.getsource(ComputeEconomy.step)
    found = []
    for line in body.splitlines():
        match = _STEP.search(line)
        if match and not match[1].startswith("_"):
            comment = line.partition("#")[2].strip()
            told = inspect.getdoc(getattr(ComputeEconomy, match[1], None)) or comment
            found.append({"name": match[1], "does": (comment or told.partition("\n")[0]).rstrip(".")})
    return found


def of_claims_list() -> dict[str, Any]:
    """The claims as declared."""
    claims = read_claims()
    return {
        "claims_declared.count": str(len(claims)),
        "claims_declared.criteria": str(sum(len(claim.criteria) for claim in claims)),
        "claims_declared.untestable": str(sum(not claim.criteria for claim in claims)),
    }  # fmt: skip
