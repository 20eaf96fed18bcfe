"""The public cloud in the month: for whom it is, how large it gets, who pays for its machines (docs/model.md M16).

It rents machines and hosts public weights at cost, capital at the state's rate included, for small and medium companies
only. What its receipts do not pay of new machines and sites the government does.
"""

from __future__ import annotations

import numpy as np

from agents.regulator import PUBLIC, public_machines
from agents.vouchers import LARGE
from market.accounts import BANK, GOVERNMENT
from market.flows import Flow
from market.units import HOURS_PER_MONTH, MaskArray
from scenarios.scenario import Scenario
from simulation.world import World


def within_reach(world: World, known: MaskArray) -> MaskArray:
    """Sellers known (companies,) with the public cloud added for those it is for, and removed for all others."""
    for cloud in (cloud for cloud in world.clouds if cloud.role == PUBLIC):
        bit = np.left_shift(np.uint64(1), np.uint64(cloud.code))
        known = np.where(world.companies.size_class < LARGE, known | bit, known & ~bit)
    return known


def planned_hours(world: World, assumptions: Scenario) -> float:
    """GPU-hours a month whose usual capacity is the public cloud's share of all machines, here or on order."""
    others = sum(c.fleet.count + c.fleet.count_on_order for c in world.clouds if c.role != PUBLIC)
    machines = public_machines(assumptions.policy.public_compute, others)
    per_machine = assumptions.pricing.load_target * HOURS_PER_MONTH * assumptions.invest.availability
    return machines * per_machine / (1 + assumptions.invest.reserve)


def fund_public_cloud(world: World) -> None:
    """The government pays what the public cloud had to borrow this month."""
    for cloud in (cloud for cloud in world.clouds if cloud.role == PUBLIC):
        missing = world.ledger.view(cloud.code).debt
        if missing > 0:
            world.ledger.pay(Flow.PUBLIC_COMPUTE_CAPEX, payer=GOVERNMENT, payee=cloud.code, cents=missing)
            world.ledger.pay(Flow.PRINCIPAL, payer=cloud.code, payee=BANK, cents=missing)
