"""Capacity arrives and leaves: machines and sites ordered earlier start, old ones retire (docs/model.md M4, M5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.sellers import CloudProvider
from agents.sovereignty import RESERVED
from market.fleet import Commissioned, Fleet
from market.units import FloatArray
from scenarios.scenario import Scenario
from simulation.world import World


@dataclass(frozen=True)
class Capacity:
    """What can run this month."""

    supply: FloatArray  # (clouds,) GPU-hours
    accelerators: FloatArray  # (clouds,) H100e
    arrivals: dict[str, Commissioned]  # by owner
    depreciation_cents: dict[str, int]  # by owner
    own_site_supply: float  # GPU-hours of the rest of the economy's own sites
    company_supply: float  # GPU-hours of servers the companies own
    serving_efficiency: float  # tokens per GPU-hour over those of month 0


def owners(world: World) -> dict[str, Fleet]:
    """Every fleet by the name of its owner."""
    return {
        **{cloud.name: cloud.fleet for cloud in world.clouds},
        "rest_of_economy": world.other_fleet,
        "companies": world.company_fleet,
    }


def commission_capacity(world: World, assumptions: Scenario, *, month: int) -> Capacity:
    """Retire, energise and power on every fleet; wear is booked at settlement."""
    invest = assumptions.invest
    arrivals, depreciation = {}, {}
    for owner, fleet in owners(world).items():
        arrivals[owner] = fleet.commission(
            month,
            power_per_gpu=invest.power_per_gpu,
            site_life=invest.shell_life_months,
            machine_life=invest.life_months if owner != "companies" else assumptions.selfhost.server_life_months,
        )
        depreciation[owner] = fleet.depreciation_cents(month)
    availability = assumptions.invest.availability
    return Capacity(
        supply=np.array([cloud.fleet.supply(availability) for cloud in world.clouds]),
        accelerators=np.array([cloud.fleet.count for cloud in world.clouds]),
        arrivals=arrivals,
        depreciation_cents=depreciation,
        own_site_supply=world.other_fleet.supply(availability),
        company_supply=world.company_fleet.supply(availability),
        serving_efficiency=float(world.calendar.serving_efficiency[month]),
    )


def is_hyperscaler(cloud: CloudProvider) -> bool:
    """Whether a cloud counts among the hyperscalers."""
    return cloud.role == "hyperscaler"


def is_outside(cloud: CloudProvider) -> bool:
    """Whether a cloud rents to everybody and is no hyperscaler: those on whose rent the market is quoted."""
    return cloud.role not in ("hyperscaler", *RESERVED)
