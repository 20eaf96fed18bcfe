"""Sellers who plan quantities: the damped Cournot rule for clouds and for labs (docs/model.md section 6).

Both see demand as the line through what is demanded now. The labs' line is the secant of the panel's demand at one
price
for all; the clouds' line is what labs pass through of it, plus what other buyers of compute answer to the rent.
"""

from __future__ import annotations

import numpy as np

from agents.offers import OfferSheet
from market.demand import NestedDemand
from market.goods import Route
from market.pooling import marginal_gpu_hours_per_mtok
from market.pricing import cournot_best_response, damped_cournot_step
from market.units import FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.capacity import Capacity
from simulation.world import OTHER, World


def lab_plans(
    world: World, *, sheet: OfferSheet, codes: IntArray, cost: FloatArray, demand: NestedDemand
) -> tuple[FloatArray, FloatArray]:
    """Mtok each trainer plans (trainers,) and the price of the given offers (offers given,), USD per Mtok.

    Whoever sells a closed interface takes part, all of them with one good: the market price is where the panel wants
    their plans. It cannot stay above the price of an open model that is as good, and nobody sells below cost.
    """
    seller_of = world.book.seller[codes]
    players = np.unique(seller_of)
    unit = np.array([cost[seller_of == player].min() for player in players])
    price = float(np.mean(world.bulletin.offer_price[codes]))
    if not np.isfinite(price) or price <= 0:
        price = _first_price(demand, cost=float(unit.mean()))
    total = demand.total_at(price)
    slope = -demand.slope_at(price)
    at = players - world.trainers[0].code
    plan = np.full(len(players), total / len(players)) if world.lab_plan is None else world.lab_plan[at]
    posted = float(unit.max())
    if slope > 0:
        intercept = price + total / slope
        best = cournot_best_response(
            price=intercept - plan.sum() / slope, total=plan.sum(), own=plan, slope=1 / slope, cost=unit
        )
        plan = damped_cournot_step(plan, best, len(players))
        posted = max(intercept - plan.sum() / slope, float(unit.min()))
    rival = _equal_open_price(sheet=sheet, quality=float(sheet.quality[codes].max()))
    plans = np.zeros(len(world.trainers))
    plans[at] = plan
    return plans, np.maximum(np.minimum(posted, rival), cost)


def _first_price(demand: NestedDemand, *, cost: float) -> float:
    """Price from which sellers of one good set out: half of what is wanted at cost is still wanted; USD per Mtok."""
    half = 0.5 * demand.total_at(cost)
    highest = 2 * cost
    while 0 < half <= demand.total_at(highest):
        highest *= 2
    return demand.price_at(half, highest=highest)


def _equal_open_price(*, sheet: OfferSheet, quality: float) -> float:
    """Cheapest hosted open model at least as good as `quality`, USD per Mtok; infinite where there is none."""
    equal = sheet.available & (sheet.route == Route.HOSTED_OPEN) & (sheet.quality >= quality)
    return float(sheet.price[equal].min()) if equal.any() else np.inf


def cloud_plans(world: World, assumptions: Scenario, *, capacity: Capacity, month: int) -> tuple[FloatArray, float]:
    """GPU-hours each cloud plans (clouds,) and the rent at which the market takes them, USD per GPU-hour."""
    bulletin = world.bulletin
    rent = float(bulletin.cloud_price.mean())
    wanted = float(bulletin.hours_by_buyer.sum())
    opex = assumptions.invest.opex
    plan = world.cloud_plan
    if plan is None:
        plan = np.minimum(np.full(len(world.clouds), wanted / len(world.clouds)), capacity.supply)
    steepness = -compute_demand_slope(world, assumptions, rent=rent, month=month)
    if world.last_panel is None or steepness <= 0 or wanted <= 0:
        return plan, max(rent, opex)
    intercept = rent + wanted / steepness
    best = cournot_best_response(
        price=intercept - plan.sum() / steepness,
        total=plan.sum(),
        own=plan,
        slope=1 / steepness,
        cost=np.full(len(plan), opex),
    )
    # machines bound the step, not the answer it leads to: a cloud that lacks them moves up to all it has at once
    plan = np.minimum(damped_cournot_step(plan, best, len(plan)), capacity.supply)
    return plan, max(intercept - float(plan.sum()) / steepness, opex)


def compute_demand_slope(world: World, assumptions: Scenario, *, rent: float, month: int) -> float:
    """d GPU-hours / d rent of all buyers together (negative).

    Companies through the price of tokens, of which n Cournot labs pass n/(n+1) of a rise of cost and everybody else
    all; other demand by its elasticity; training inversely to the rent, since it spends a budget.
    """
    panel, bulletin = world.last_panel, world.bulletin
    slope: float = 0.0
    if panel is not None:
        price = bulletin.mean_price_paid
        hours = float(
            marginal_gpu_hours_per_mtok(
                active=bulletin.mean_active,
                tenants=bulletin.mean_tenants,
                efficiency=float(world.calendar.serving_efficiency[month]),
                selfhost=assumptions.selfhost,
            )
        )
        per_usd = hours * (1 + assumptions.selfhost.overhead)
        slope += hours * panel.demand.slope_at(price) * per_usd * pass_through(world, assumptions)
    other = bulletin.hours_by_buyer[world.buyers.index(OTHER)]
    slope -= assumptions.other.elasticity * other / rent
    slope -= bulletin.training_hours / rent
    return slope


def pass_through(world: World, assumptions: Scenario) -> float:
    """Share of a rise of the rent that reaches the price of tokens: n/(n+1) of n Cournot sellers of closed models,
    else all.
    """
    on_sale = np.flatnonzero(world.bulletin.offer_available & (world.book.route == Route.CLOSED_API))
    sellers = {world.book.offers[code].seller for code in on_sale}
    n = sum(assumptions.lab_rule(name) == "cournot" for name in sellers)
    return 1.0 if n == 0 or world.bulletin.open_at_cost else n / (n + 1)
