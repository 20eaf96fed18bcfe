"""The second bloc's cloud: founded without machines where a scenario ever has a quota; the last of the clouds (M16)."""

from __future__ import annotations

import mesa

from agents.conduct import cost_of_capital, leverage_of
from agents.sellers import CloudProvider
from agents.sovereignty import SECOND_BLOC, SOVEREIGN, SOVEREIGN_CLOUD
from market.fleet import Fleet
from scenarios.scenario import Scenario
from simulation.founders.machines import founding_rent


def found_sovereign_cloud(model: mesa.Model, scenario: Scenario, *, first_code: int) -> list[CloudProvider]:
    """The sovereign cloud, a private firm financed like a neocloud; nobody where the scenario has no quota. Its place
    is that of a reserved seat: whether it exists shifts nobody else's luck.
    """
    if not scenario.foresees_sovereign_compute:
        return []
    cloud = CloudProvider(
        model, name=SOVEREIGN_CLOUD, code=first_code, wacc=cost_of_capital(scenario.invest, role="neocloud"),
        role=SOVEREIGN, fleet=Fleet(), legacy_share=0.0, scarcity_price=founding_rent(scenario),
        leverage=leverage_of(scenario.invest, role="neocloud"), brand=0.0,
    )  # fmt: skip
    cloud.seat, cloud.jurisdiction = True, SECOND_BLOC
    return [cloud]
