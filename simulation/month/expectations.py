"""What investors remember and expect: demand, margins, what they can afford, whether a machine pays (docs/model.md
M4).
"""

from __future__ import annotations

import numpy as np

from agents.conduct import damped_forecast, expected_rent, pays_off, trend_growth
from agents.finance import debt_limit
from agents.regulator import PUBLIC
from agents.sellers import CloudProvider
from agents.sovereignty import RESERVED, SOVEREIGN
from market.units import CENTS_PER_DOLLAR, HOURS_PER_MONTH, FloatArray
from scenarios.scenario import Scenario
from simulation.month.bloc_use import BlocUse
from simulation.month.cloud_prices import cost_price
from simulation.month.compute import Compute
from simulation.month.dealing import tell_partners
from simulation.month.public_compute import planned_hours
from simulation.month.quantities import compute_demand_slope
from simulation.month.sovereignty import mandated_hours
from simulation.month.tariffs import Tariffs
from simulation.world import World

ROUNDING = 2 / CENTS_PER_DOLLAR  # USD


def remember_demand(world: World, assumptions: Scenario, *, compute: Compute, use: BlocUse) -> FloatArray:
    """Add this month's desired GPU-hours to the clouds' memory; expected monthly log growth, herding included.

    use: that of the second bloc, which a quota makes the sovereign cloud plan for.
    """
    demanded = compute.cleared.demanded
    adaptation, memory, _, herd = assumptions.invest.outlook
    for cloud, hours_asked in zip(world.clouds, demanded, strict=True):
        hours = hours_asked
        if cloud.alive and cloud.planned_share > 0 and cloud.fleet.count == 0:  # an entrant that builds expects a share
            hours = cloud.planned_share * demanded.sum()
        if cloud.role == PUBLIC:  # told what to hold
            hours = planned_hours(world, assumptions)
        if cloud.role == SOVEREIGN:  # at least what the quota leaves for it
            hours = max(hours_asked, mandated_hours(assumptions, use))
        _adapt(cloud.demand_history, float(hours), adaptation=adaptation)
    _adapt(world.own_site_demand, assumptions.other.own_sites * compute.other_wanted, adaptation=adaptation)
    placed = compute.cleared.immediate + compute.cleared.deferrable + compute.cleared.opening_backlog
    tell_partners(world, assumptions, demanded=placed.sum(axis=2))
    own = np.array([trend_growth(np.asarray(c.demand_history), memory=memory) for c in world.clouds])
    in_market = [c for c in world.clouds if c.role not in RESERVED]
    history = np.array([c.demand_history[-memory - 1 :] for c in in_market]).sum(axis=0)
    market = trend_growth(history, memory=memory)
    return (1 - herd) * own + herd * market


def _adapt(history: list[float], latest: float, *, adaptation: float) -> None:
    """Add an expected level to a memory: the last one, moved part of the way to what was seen (adaptive
    expectations).
    """
    history.append(latest if not history else history[-1] + adaptation * (latest - history[-1]))


def own_site_growth(world: World, assumptions: Scenario) -> float:
    return trend_growth(np.asarray(world.own_site_demand), memory=assumptions.invest.outlook.memory)


def _is_backed(cloud: CloudProvider) -> bool:
    """Whether a cloud finds money for whatever it builds: the state pays, or a quota guarantees its sales."""
    return cloud.role == PUBLIC or (cloud.role == SOVEREIGN and cloud.planned_share > 0)


def _is_told(assumptions: Scenario, cloud: CloudProvider, *, mandated: float) -> bool:
    """Whether a cloud builds because the state or a quota wants it: the sovereign cloud as long as its machines, here
    and on order, would not serve the `mandated` GPU-hours at their usual load.
    """
    per_machine = assumptions.pricing.load_target * HOURS_PER_MONTH * assumptions.invest.availability
    short = (cloud.fleet.count + cloud.fleet.count_on_order) * per_machine < mandated
    return cloud.role == PUBLIC or (cloud.role == SOVEREIGN and short)


def affordable(world: World, assumptions: Scenario, *, cloud: CloudProvider, margin: float) -> float:
    """USD a cloud can put into machines and sites now: free cash and what the bank lends on its margin, less a cent for
    each of the two bills, which may be rounded up.
    """
    if not cloud.alive:
        return 0.0
    if _is_backed(cloud):
        return np.inf
    view = world.ledger.view(cloud.name)
    cash = max(view.deposits, 0) / CENTS_PER_DOLLAR * (1 - assumptions.invest.cash_kept)
    limit = cash + debt_limit(ebitda_year=margin, leverage=cloud.leverage, debt=view.debt / CENTS_PER_DOLLAR)
    return max(limit - ROUNDING, 0.0)


def worthwhile_orders(
    world: World, assumptions: Scenario, *, month: int, tariffs: Tariffs, compute: Compute, growth: FloatArray,
    use: BlocUse,
) -> list[bool]:  # fmt: skip
    """Whether a machine ordered now is expected to earn its user cost at each cloud (the gate of M4), or is wanted all
    the same. use: that of the second bloc."""
    invest, pricing = assumptions.invest, assumptions.pricing
    rented = compute.cleared.served.sum(axis=(0, 2))
    total = rented.sum()
    rent = float(tariffs.cloud_price.mean())
    elasticity = np.inf  # as a cloud sees it that takes the rent as given
    if invest.conduct > 0 and total > 0:
        elasticity = abs(compute_demand_slope(world, assumptions, rent=rent, month=month)) * rent / total
    mandated = mandated_hours(assumptions, use)
    verdicts = []
    for k, cloud in enumerate(world.clouds):
        told = _is_told(assumptions, cloud, mandated=mandated)
        if told or not cloud.alive:  # who is told to build, and who is gone
            verdicts.append(told)
            continue
        if cloud.planned_share > 0 and cloud.fleet.count + cloud.fleet.count_on_order == 0:
            # an entrant knows no load of its own: it goes on while what it was founded on holds
            verdicts.append(world.finances.returns["cloud"] >= cloud.wacc)
            continue
        expected = damped_forecast(
            cloud.demand_history[-1], float(growth[k]), horizon=invest.gpu_lead_months, damping=invest.outlook.damping
        )
        planned = (cloud.fleet.count + cloud.fleet.count_on_order) * HOURS_PER_MONTH * invest.availability
        load = min(expected / planned, pricing.load_cap) if planned > 0 else pricing.load_target
        verdicts.append(
            pays_off(
                expected_price=expected_rent(
                    load, cost_price=cost_price(assumptions, machine_price=world.vendor.machine_price, wacc=cloud.wacc),
                    pricing=pricing,
                ),
                load=min(load, 1.0),
                machine_price=world.vendor.machine_price * (1 + assumptions.policy.chip_tax),
                invest=invest,
                wacc=cloud.wacc,
                price_decline=assumptions.chip.price_decline,
                market_share=float(rented[k] / total) if total > 0 else 0.0,
                elasticity=elasticity,
            )
        )
    return verdicts
