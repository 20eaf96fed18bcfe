"""The public cloud: founded without machines where a scenario ever wants one; the last of the clouds (M16)."""

from __future__ import annotations

import mesa

from agents.regulator import PUBLIC, PUBLIC_CLOUD
from agents.sellers import CloudProvider
from market.fleet import Fleet
from scenarios.scenario import Scenario
from simulation.founders.machines import founding_rent


def found_public_cloud(model: mesa.Model, scenario: Scenario, *, first_code: int) -> list[CloudProvider]:
    """The public cloud; nobody where the scenario wants none. Its place is that of a reserved seat: whether it exists
    shifts nobody else's luck.
    """
    if not scenario.foresees_public_compute:
        return []
    cloud = CloudProvider(
        model, name=PUBLIC_CLOUD, code=first_code, wacc=scenario.policy.public_rate, role=PUBLIC, fleet=Fleet(),
        legacy_share=0.0, scarcity_price=founding_rent(scenario), leverage=0.0, brand=0.0,
    )  # fmt: skip
    cloud.layer, cloud.seat = PUBLIC, True
    return [cloud]
