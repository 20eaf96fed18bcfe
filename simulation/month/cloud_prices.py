"""What clouds ask for a GPU-hour, on demand and reserved, and what each buyer pays for one (docs/model.md M2)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.conduct import contract_brand
from agents.sovereignty import SOVEREIGN
from market.pricing import contract_prices, cost_plus, heeded_load, scarcity_price, target_return
from market.units import BoolArray, FloatArray
from scenarios.scenario import Scenario
from simulation.month import quantities
from simulation.month.algorithms import algorithmic_prices
from simulation.month.capacity import Capacity, is_outside
from simulation.month.dealing import hours_that_may_move
from simulation.month.interests import stakes_in_customers
from simulation.month.interfaces import POSTED_TO, ROUNDS
from simulation.month.reserving import contract_quotes, machines_on_market, reserves
from simulation.month.sovereignty import marked_up_like_others
from simulation.world import World

MARKING_UP = ("scarcity+markup", "P2", "P9")


class CloudTariffs(NamedTuple):
    """What clouds ask for a GPU-hour on demand, and what it is built on; (clouds,) USD per GPU-hour unless stated."""

    scarcity: FloatArray  # follows load and the cost of machines, whatever the rule
    cost: FloatArray  # what a cloud's own rule marks up; the price where it marks up nothing
    price: FloatArray
    plan: FloatArray | None  # GPU-hours under Cournot
    gap: float  # largest relative move that a cloud still wants


def cloud_tariffs(world: World, assumptions: Scenario, *, month: int, capacity: Capacity) -> CloudTariffs:
    """Prices of GPU-hours on demand: those that follow from a cloud alone first, then best responses to them."""
    pricing, invest = assumptions.pricing, assumptions.invest
    rules = np.array([assumptions.cloud_rule(cloud.name) for cloud in world.clouds])
    cost_price = cost_prices(world, assumptions)
    avoidable = np.full(len(world.clouds), invest.opex)
    scarcity = scarcity_price(
        np.array([cloud.scarcity_price for cloud in world.clouds]),
        load=heeded_load(world.bulletin.load, machines=machines_on_market(world), own=pricing.own_load),
        target_return=cost_price,
        floor=avoidable,
        response=pricing.scarcity_response,
        pull=pricing.cost_pull,
        load_target=pricing.load_target,
        load_cap=pricing.load_cap,
    )
    scarcity = np.where(capacity.supply > 0, scarcity, cost_price)
    if month == 0:
        scarcity = np.array([cloud.scarcity_price for cloud in world.clouds])
    regulated = cost_plus(cost_price, markup=pricing.markup_public)
    cost = np.select(
        [rules == "P2", rules == "P5", rules == "P6", rules == "at_cost"],
        [avoidable, cost_price, regulated, avoidable], default=scarcity,
    )  # fmt: skip
    price, plan, gap = cost.copy(), None, 0.0
    planning = rules == "cournot"
    if planning.any():
        plan, market_price = quantities.cloud_plans(world, assumptions, capacity=capacity, month=month)
        price[planning] = market_price
        cost = np.where(planning & (plan < capacity.supply), avoidable, np.where(planning, market_price, cost))
    marks_up = np.isin(rules, MARKING_UP)
    if marks_up.any():
        on_market = clouds_on_market(world)
        supplying = (capacity.supply > 0) & on_market
        price, gap = _contract_prices(
            world, assumptions, cost=np.where(marks_up, cost, price), capacity=capacity, on_market=on_market,
            marks_up=marks_up,
        )  # fmt: skip
        price = algorithmic_prices(world, assumptions, price=price, cost=cost, supplying=supplying)
        price = marked_up_like_others(world, price=price, cost=cost, supply=capacity.supply)
    return CloudTariffs(scarcity, cost, price, plan, gap)


def clouds_on_market(world: World) -> BoolArray:
    """Clouds whose customers may go elsewhere: all but the sovereign one; (clouds,)."""
    return np.array([cloud.role != SOVEREIGN for cloud in world.clouds])


def cost_prices(world: World, assumptions: Scenario) -> FloatArray:
    """Cost prices of all clouds at last month's price of machines, USD per GPU-hour; (clouds,)."""
    machine = world.bulletin.machine_price
    return np.array([cost_price(assumptions, machine_price=machine, wacc=cloud.wacc) for cloud in world.clouds])


def cost_price(assumptions: Scenario, *, machine_price: float, wacc: float) -> float:
    """USD per GPU-hour at which a machine bought at `machine_price` earns its user cost (rule P5)."""
    return target_return(
        capex=machine_price * (1 + assumptions.policy.chip_tax),
        opex=assumptions.invest.opex,
        wacc=wacc,
        life_months=assumptions.invest.life_months,
        load=assumptions.pricing.load_normal,
        price_decline=assumptions.chip.price_decline,
    )


def quotes_of_contracts(world: World, assumptions: Scenario, *, scarcity: FloatArray, price: FloatArray) -> FloatArray:
    """What clouds quote for a reservation; the price on demand in a world without them; (clouds,)."""
    if not reserves(assumptions):
        return price
    return contract_quotes(
        world, assumptions, scarcity=scarcity, price=price, cost=cost_prices(world, assumptions)
    )


def _contract_prices(
    world: World, assumptions: Scenario, *, cost: FloatArray, capacity: Capacity, on_market: BoolArray,
    marks_up: BoolArray,
) -> tuple[FloatArray, float]:  # fmt: skip
    """Bertrand prices over cost on the accounts that may switch, and the largest move still wanted.

    A cloud that does not mark up (`marks_up` (clouds,)) posts its `cost`, and the others answer that. One without
    machines, or not on this market (`on_market` (clouds,)), sells nothing and asks its cost.
    """
    pricing, bulletin = assumptions.pricing, world.bulletin
    works = np.flatnonzero((capacity.supply > 0) & on_market)
    if works.size == 0:
        works = np.arange(len(cost))
    elsewhere = stakes_in_customers(world, assumptions, capacity=capacity)
    prices, gap = contract_prices(
        cost[works],
        hours=hours_that_may_move(world, bulletin.hours_by_buyer),
        brand=contract_brand(world.clouds, pricing)[works],
        spread=pricing.brand_spread,
        allowed=np.ascontiguousarray((world.buyers.allowed * (capacity.supply > 0) > 0)[:, works]),
        self_hours=bulletin.self_rent_hours[works],
        self_slope=np.diag(bulletin.self_rent_slope[works]),
        interest=np.eye(len(works)),
        elsewhere=None if elsewhere is None else elsewhere[works],
        markup_most=np.where(marks_up[works], pricing.markup_most, 0.0),
        start=bulletin.cloud_price[works],
        tolerance=POSTED_TO,
        rounds=ROUNDS,
    )
    posted = cost.copy()
    posted[works] = prices
    return posted, gap


def gpu_price_paid(world: World, *, cloud_price: FloatArray, share: FloatArray) -> FloatArray:
    """Mean USD per GPU-hour each buyer pays at this month's tariffs: by the hours it holds, else by where it would buy.

    A cloud that hosts uses its own machines at the price it could rent them for; (buyers,).
    """
    held = world.buyers.serving + world.buyers.training
    total = held.sum(axis=1, keepdims=True)
    where = np.where(total > 0, np.divide(held, total, out=np.zeros_like(held), where=total > 0), share)
    absent = ~in_business(world)
    if absent.any():  # what they would pay is never asked; a price of nothing would mislead
        where[absent] = 1.0 / len(cloud_price)
    return np.asarray(where @ cloud_price)


def in_business(world: World) -> BoolArray:
    """Buyers of compute that are alive, those that sell nothing included; (buyers,)."""
    sellers = [world.seller(name) for name in world.buyers.names]
    return np.array([seller is None or seller.alive for seller in sellers])


def rent_outside(world: World, *, price: FloatArray, weight: FloatArray) -> float:
    """Mean price of a GPU-hour outside the hyperscalers; of all clouds where there are only hyperscalers."""
    outside = np.array([is_outside(cloud) for cloud in world.clouds]) & (weight > 0)
    if not outside.any():
        outside = weight > 0
    if not outside.any():
        return float(price.mean())
    return float((price * weight)[outside].sum() / weight[outside].sum())
