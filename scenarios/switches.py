"""Switches of the factorial: conditions under which openness may spread or shift (docs/model.md section 4.5).

A switch that is off leaves the scenario as it is; one that is on lays its settings over it. One whose mechanism the
economy does not have yet is declared all the same, and skipped by name until its parameters exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.scenario import Scenario

OPEN = "weights open"
ELASTIC = "compute elastic"


@dataclass(frozen=True)
class Switch:
    """One condition; `settings` are dotted keys, empty for the arm itself."""

    name: str
    meaning: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def missing(self, scenario: Scenario) -> tuple[str, ...]:
        """Parameters that the economy does not have."""
        known = {item.key for item, _ in scenario.parameters()}
        return tuple(key for key in self.settings if key not in known)


SWITCHES = (
    Switch(OPEN, "weights are published: the open arm rather than the closed one"),
    Switch(
        ELASTIC, "machines and sites arrive within a month, the vendor's output follows orders, nobody waits to order",
        {"invest.gpu_lead_months": 1, "invest.shell_lead_months": 1, "invest.site_lead_months": 1,
         "invest.powered_share": 1.0, "invest.option_value": 1.0, "chip.output_growth_max": (1.0,),
         "chip.scarcity_exponent": 0.0},
    ),
    Switch(
        "talent elastic", "three times the specialists, and as many come as wages call for",
        {"labour.stock_multiplier": 3.0, "labour.entry_elasticity": 3.0},
    ),
    Switch(
        "beliefs true", "companies know what running a model themselves costs, and no project runs out of hand",
        {"belief.true_beliefs": 1, "belief.tail_prob": 0.0},
    ),
    Switch(
        "portability", "moving between suppliers takes half the work, and data leave a cloud free of charge",
        {"policy.portability": True, "lockin.egress": 0.0},
    ),
    Switch(
        "easy entry", "four times as many entrants of every kind, and all clouds at three points less cost of capital",
        {"finance.entry": 4.0, "invest.wacc_shift": -0.03},
    ),
    Switch("readability", "published models come with code and data", {"open.readability": 1.0}),
)  # fmt: skip


def present_switches(scenario: Scenario) -> tuple[tuple[Switch, ...], dict[str, tuple[str, ...]]]:
    """The switches the economy has, and by name the parameters that the others lack."""
    missing = {switch.name: switch.missing(scenario) for switch in SWITCHES}
    there = tuple(switch for switch in SWITCHES if not missing[switch.name])
    return there, {name: keys for name, keys in missing.items() if keys}
