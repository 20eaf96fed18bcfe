"""The quota for sovereign compute in the month: who is called in, for whom the bloc's cloud is, who pays (M16).

The sovereign cloud is a private firm that rents machines and hosts public weights for the second bloc's companies. The
quota guarantees its sales, so that investors pay what its receipts do not of new machines and sites.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.offers import NONE, OfferSheet
from agents.sellers import CloudProvider
from agents.sovereignty import NOBODY, SECOND_BLOC, machines_for, next_line
from market.units import HOURS_PER_MONTH, BoolArray, FloatArray, MaskArray
from scenarios.scenario import Scenario
from simulation.month.bloc_use import BlocUse, sovereign_clouds
from simulation.month.capacity import is_outside
from simulation.world import World

if TYPE_CHECKING:
    from simulation.month.compute import Compute


def law_of_next_month(world: World, assumptions: Scenario, *, compute: Compute, use: BlocUse) -> float:
    """Sensitivity from which the second bloc's workloads are called in next month."""
    quota, clouds = assumptions.policy.sovereign_quota, sovereign_clouds(world)
    if quota == 0 or not clouds:
        return NOBODY
    cleared, code = compute.cleared, clouds[0].code
    usable = assumptions.pricing.load_target * float(cleared.supply[code])
    return next_line(
        world.sovereign_line, sensitivity=world.companies.sensitivity[use.slots].astype(np.float64), hours=use.hours,
        at_home=use.at_home, quota=quota, room=max(usable - float(cleared.demanded[code]), 0.0),
    )  # fmt: skip


def call_in(world: World) -> None:
    """Tell every workload of the second bloc whether the law calls it in this month."""
    companies = world.companies
    if world.sovereign_line == NOBODY and not companies.called_in.any():
        return
    of_bloc = companies.jurisdiction[companies.company] == SECOND_BLOC
    companies.commit("law", called_in=of_bloc & (companies.sensitivity >= world.sovereign_line))


def must_move(world: World, assumptions: Scenario, *, sheet: OfferSheet) -> BoolArray:
    """Workloads that hold an offer which the law forbids them: they look around until they have left it; (slots,)."""
    companies = world.companies
    held = companies.held
    exposed = sheet.exposure[np.maximum(held, 0)] > assumptions.demand.exposure_sovereign
    return np.asarray(companies.called_in & companies.live & (held != NONE) & exposed)


def within_bloc(world: World, known: MaskArray) -> MaskArray:
    """Sellers known (companies,) with the sovereign cloud added for its bloc, and removed for all others."""
    for cloud in sovereign_clouds(world):
        bit = np.left_shift(np.uint64(1), np.uint64(cloud.code))
        known = np.where(world.companies.jurisdiction == SECOND_BLOC, known | bit, known & ~bit)
    return known


def mandated_hours(assumptions: Scenario, use: BlocUse) -> float:
    """GPU-hours a month that the quota leaves for the sovereign cloud: beside what runs on companies' own machines."""
    total, own = float(use.hours.sum()), float(use.hours[use.own].sum())
    return max(assumptions.policy.sovereign_quota * total - own, 0.0)


def introduce_to_vendor(assumptions: Scenario, cloud: CloudProvider) -> None:
    """The vendor counts what the sovereign cloud first plans as it counts what others bought, like an entrant's."""
    if cloud.past_purchases == 0 and cloud.demand_history[-1] > 0:
        per_machine = HOURS_PER_MONTH * assumptions.invest.availability
        cloud.past_purchases = machines_for(
            cloud.demand_history[-1], load=assumptions.pricing.load_target, hours_per_machine=per_machine
        )


def marked_up_like_others(world: World, *, price: FloatArray, cost: FloatArray, supply: FloatArray) -> FloatArray:
    """Prices (clouds,) USD per GPU-hour, with the sovereign cloud's mark-up over its scarcity price that of the market.

    It stands for all providers that the bloc admits: the law gives them their customers, and no more power over
    price than clouds have elsewhere. supply: (clouds,) GPU-hours; the market is quoted outside the hyperscalers.
    """
    priced = price.copy()
    for cloud in sovereign_clouds(world):
        outside = supply * np.array([is_outside(other) for other in world.clouds])
        mark_up = float(outside @ price) / float(outside @ cost) if outside.any() else 1.0
        priced[cloud.code] = cost[cloud.code] * mark_up
    return priced
