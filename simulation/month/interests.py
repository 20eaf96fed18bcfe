"""What firms that own parts of each other reckon with when they price: the interest matrix H of rule P2 (M2, M12).

A cloud with a stake in a lab gains where the lab's rivals pay more for compute, and loses part of what the lab itself
pays. An owned lab reckons with compute of its owner at opportunity cost. Sources: Salop and Scheffman (1983) on raising
rivals' costs, O'Brien and Salop (2000) on partial ownership, Spengler (1950) on double margins.
"""

from __future__ import annotations

import numpy as np

from agents.conduct import contract_brand
from agents.offers import OfferSheet
from market.goods import Route
from market.pooling import marginal_gpu_hours_per_mtok
from market.pricing import contract_shares
from market.selection import one_of
from market.units import FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.capacity import Capacity
from simulation.month.dealing import commanded_by, hours_that_may_move, net_of_cut
from simulation.world import World

STEP = 0.05  # part of its price by which an hour gets dearer to see what the rivals' customers do


def incomes(world: World, assumptions: Scenario) -> FloatArray:
    """Part of each seller's profit that every seller receives, itself included; (sellers, sellers)."""
    held = np.eye(len(world.sellers))
    if not assumptions.deal.active:
        return held
    for tie in world.deals.invested:
        held[tie.cloud, tie.lab] = assumptions.deal.stake
    if assumptions.deal.integration:
        for lab in world.labs:
            if lab.parent:
                held[world.code_of[lab.parent], lab.code] = 1.0
    return held


def interest_of_sellers(world: World, assumptions: Scenario) -> FloatArray:
    """Interest of whoever controls each seller in the profit of every seller, per unit of its own; (sellers, sellers).

    A passive stake moves the holder's prices only; where the holder commands the lab, it sets the lab's prices too.
    """
    held = incomes(world, assumptions)
    controller = np.arange(len(held))
    for lab, cloud in commanded_by(world, assumptions).items():
        code = world.code_of[lab]
        if held[world.code_of[cloud], code] > 0:
            controller[code] = world.code_of[cloud]
    income = held[controller]
    return np.asarray(income / np.diagonal(income)[:, None])


def interest_of_offers(world: World, assumptions: Scenario, *, codes: IntArray, net: FloatArray) -> FloatArray:
    """H of the given offers, each margin counted at what its seller keeps (`net`, of a dollar); (codes, codes)."""
    owner = world.book.seller[codes].astype(np.int64)
    held = interest_of_sellers(world, assumptions)[owner[:, None], owner[None, :]]
    return np.asarray(held * net[None, :] / net[:, None])


def transfer_prices(
    world: World, assumptions: Scenario, *, gpu_price: FloatArray, mark_up: FloatArray, share: FloatArray
) -> FloatArray:
    """USD per GPU-hour that each buyer reckons with when it prices; (buyers,).

    What it pays, except for the hours of an owned lab at its owner: those cost the group what they would fetch before
    the owner's `mark_up` (clouds,). Paid is the market price all the same. share (buyers, clouds).
    """
    if not (assumptions.deal.active and assumptions.deal.integration):
        return gpu_price
    reckoned = gpu_price.copy()
    held = world.buyers.serving + world.buyers.training
    for lab in world.labs:
        if lab.parent:
            row, cloud = world.buyers.index(lab.name), world.code_of[lab.parent]
            total = held[row].sum()
            part = held[row, cloud] / total if total > 0 else share[row, cloud]
            reckoned[row] -= part * mark_up[cloud]
    return reckoned


def stakes_in_customers(world: World, assumptions: Scenario, *, capacity: Capacity) -> FloatArray | None:
    """What a dollar more per GPU-hour brings each cloud through the labs it has a part in, USD a month; (clouds,).

    Customers that the labs win from rivals whose compute got dearer, less what the labs pay for their own; None where
    no cloud has a part in a lab. Rivals pass the rise on in full; last month's panel answers.
    """
    clouds = len(world.clouds)
    part = incomes(world, assumptions)[:clouds, [lab.code for lab in world.labs]]  # (clouds, labs)
    if not part.any() or world.last_panel is None:
        return None
    allowed = world.buyers.allowed * (capacity.supply > 0) > 0
    brand = contract_brand(world.clouds, assumptions.pricing)
    share = contract_shares(brand, world.bulletin.cloud_price, assumptions.pricing.brand_spread, allowed)
    rows = [world.buyers.index(lab.name) for lab in world.labs]
    hours = hours_that_may_move(world, world.bulletin.hours_by_buyer)
    own = share[rows] * hours[rows][:, None]  # (labs, clouds)
    gained = np.zeros(clouds)
    for cloud in np.flatnonzero(part.any(axis=1)):
        won = _won_from_rivals(world, assumptions, cloud=int(cloud), part=part[cloud], share=share, capacity=capacity)
        gained[cloud] = won - float(part[cloud] @ own[:, cloud])
    return gained


def _won_from_rivals(
    world: World, assumptions: Scenario, *, cloud: int, part: FloatArray, share: FloatArray, capacity: Capacity
) -> float:
    """Profit of a cloud's labs, by its part in them, on customers of rivals whose compute there costs a dollar more."""
    assert world.last_panel is not None
    sheet, demand = world.last_panel.sheet, world.last_panel.demand
    labs = np.array([lab.code for lab in world.labs])
    seller = world.book.seller.astype(np.int64)
    own = one_of(seller, labs[part > 0])
    hours = hours_at_parent(
        world, assumptions, parent=world.clouds[cloud].name, sheet=sheet, share=share, capacity=capacity
    )
    rivals = ~own & (seller != cloud)
    posted = sheet.available & np.isfinite(world.bulletin.offer_price)
    price = np.where(posted, world.bulletin.offer_price, 1.0)
    rise = np.where(rivals & posted, hours * (1 + assumptions.selfhost.overhead), 0.0)
    step = STEP * float(world.bulletin.cloud_price[cloud])  # USD per GPU-hour
    more = demand.metered_quantities(price + step * rise) - demand.metered_quantities(price)
    weight = np.zeros(len(world.sellers))
    weight[labs] = part
    cost, kept = world.deals.unit_cost, net_of_cut(world, assumptions, codes=np.arange(len(price)))
    margin = np.where(own & posted & np.isfinite(cost), price * kept - cost, 0.0)
    return float((weight[seller] * margin * more).sum() / step)


def hours_at_parent(
    world: World, assumptions: Scenario, *, parent: str, sheet: OfferSheet, share: FloatArray, capacity: Capacity
) -> FloatArray:
    """GPU-hours per million tokens of each metered offer that run on the parent's machines; (offers,)."""
    hours = np.zeros(len(sheet.route))
    if not parent:
        return hours
    metered = np.flatnonzero(sheet.route <= Route.HOSTED_OPEN)
    held = world.buyers.serving
    total = held.sum(axis=1, keepdims=True)
    where = np.where(total > 0, np.divide(held, total, out=np.zeros_like(held), where=total > 0), share)
    hosts = [world.buyers.index(world.book.offers[code].host) for code in metered]
    hours[metered] = where[hosts, world.code_of[parent]] * marginal_gpu_hours_per_mtok(
        active=sheet.active[metered], tenants=world.bulletin.tenants[metered],
        efficiency=capacity.serving_efficiency, selfhost=assumptions.selfhost,
    )  # fmt: skip
    return hours
