"""Reservations of the month: clouds quote one-year prices, buyers sign for their base load (docs/model.md M2, P8).

Labs, releasers, hosters and other buyers sign. Companies that rent machines pay posted prices, and what a cloud hosts
runs on its own machines: their running hours are not taken away from them instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.conduct import Invest, contract_brand, damped_forecast, trend_growth
from agents.sovereignty import RESERVED
from market.clearing import ClearedMarket, Priority
from market.fleet import KILOWATTS_PER_MEGAWATT, Fleet
from market.pricing import contract_shares, heeded_load
from market.reservations import (
    QuoteMemory,
    Reservation,
    Reserved,
    base_load,
    dependable_part,
    expected_prices,
    forward_price,
    hours_signed,
    hours_used,
    live,
    summed,
)
from market.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, BoolArray, FloatArray, running_sum
from scenarios.scenario import Scenario
from simulation.month.capacity import Capacity
from simulation.month.dealing import committed_hours
from simulation.world import SELF_RENTERS, World

FOLLOW_SCARCITY = ("scarcity+markup", "P3", "P9")


@dataclass(frozen=True)
class Contracts:
    """Reservations that hold this month, and how they are used."""

    book: tuple[Reservation, ...]
    signed: FloatArray  # (clouds,) GPU-hours a month signed this month
    reserved: Reserved
    for_serving: FloatArray  # (buyers, clouds) GPU-hours called for serving
    for_training: FloatArray  # (buyers, clouds) GPU-hours called for training
    shortfall: FloatArray  # (buyers, clouds) GPU-hours reserved and not called

    @property
    def any(self) -> bool:
        """Whether anything is reserved."""
        return len(self.book) > 0


class Idle(NamedTuple):
    """What a buyer owes in the months ahead for hours that it would use for training only."""

    hours: FloatArray  # (months ahead,) GPU-hours
    price: float  # USD per GPU-hour


def idle_commitments(contracts: Contracts, *, buyer: int, month: int) -> Idle:
    """Hours under contract from `month` on beyond what the buyer serves customers with now."""
    own = [each for each in contracts.book if each.buyer == buyer and each.end > month]
    if not own:
        return Idle(np.zeros(0), 0.0)
    price = running_sum(each.hours * each.price for each in own) / running_sum(each.hours for each in own)
    months = np.arange(month, max(each.end for each in own))[:, None]
    start, end, hours = np.array([(each.start, each.end, each.hours) for each in own]).T
    held = np.where((start <= months) & (months < end), hours, 0.0).sum(axis=1)
    return Idle(np.maximum(held - float(contracts.for_serving[buyer].sum()), 0.0), price)


def reserves(assumptions: Scenario) -> bool:
    """Whether reservations exist in this world."""
    return assumptions.reserve.most_of_supply > 0


def contract_quotes(
    world: World, assumptions: Scenario, *, scarcity: FloatArray, price: FloatArray, cost: FloatArray
) -> FloatArray:
    """Price each cloud quotes for a reservation signed now, USD per GPU-hour; (clouds,).

    It expects its scarcity price to follow its rule over the term, on every cloud's own forecast of demand and the
    machines it has and awaits; once new orders can arrive, loads are as they usually were. Posted price over scarcity
    price stays.
    Other rules are expected to post the same price, less the fall of machine prices.
    """
    pricing, months = assumptions.pricing, assumptions.reserve.term
    fall = (1 - assumptions.chip.price_decline) ** (np.arange(months) / MONTHS_PER_YEAR)
    expected = expected_prices(
        scarcity,
        load=heeded_load(
            expected_loads(world, assumptions, months=months), machines=machines_on_market(world), own=pricing.own_load
        ),
        cost=cost[None, :] * fall[:, None],
        floor=assumptions.invest.opex,
        response=pricing.scarcity_response,
        pull=pricing.cost_pull,
        load_target=pricing.load_target,
        load_cap=pricing.load_cap,
    )
    follows = np.array([assumptions.cloud_rule(cloud.name) in FOLLOW_SCARCITY for cloud in world.clouds])
    expected = np.where(follows[None, :], expected * (price / scarcity)[None, :], price[None, :] * fall[:, None])
    quotes = forward_price(expected, discount=assumptions.reserve.discount)
    return quotes * np.exp(world.quotes.correction) if learns(assumptions) else quotes


def learns(assumptions: Scenario) -> bool:
    """Whether clouds correct their quotes by how wrong earlier ones were."""
    return reserves(assumptions) and assumptions.reserve.learning > 0


def remember_quotes(
    world: World, assumptions: Scenario, *, month: int, quoted: FloatArray, posted: FloatArray
) -> QuoteMemory:
    """What clouds remember of the month's quotes and prices on demand (clouds,), and what they learnt from a term ago.

    Who was not in business over the whole term has nothing to learn from.
    """
    signed = month - assumptions.reserve.term + 1  # of the contracts that end now
    judges = np.array([cloud.alive and cloud.founded <= signed for cloud in world.clouds])
    return world.quotes.after(quoted=quoted, posted=posted, judges=judges, reserve=assumptions.reserve)


def expected_loads(world: World, assumptions: Scenario, *, months: int) -> FloatArray:
    """Load each cloud expects over the coming months; (months, clouds), the first for this month.

    Up to the lead time of machines by its forecast of demand over the machines it will have; from then on, when orders
    can answer, as it usually was. Who has less than a lead time of history knows only what is usual.
    """
    invest, outlook = assumptions.invest, assumptions.invest.outlook
    usual = usual_load(world.past_loads, target=assumptions.pricing.load_target, memory=invest.memory_months)
    usual = np.broadcast_to(usual, len(world.clouds))
    loads = np.tile(usual, (months, 1))
    loads[0] = np.where(world.bulletin.load > 0, world.bulletin.load, usual)
    for k, cloud in enumerate(world.clouds):
        if len(cloud.demand_history) < invest.gpu_lead_months or cloud.fleet.count <= 0:
            continue
        growth = trend_growth(np.asarray(cloud.demand_history), memory=outlook.memory)
        for ahead in range(1, min(invest.gpu_lead_months + 1, months)):
            demand = damped_forecast(cloud.demand_history[-1], growth, horizon=ahead, damping=outlook.damping)
            machines = machines_by(cloud.fleet, month=world.bulletin.month + 1 + ahead, invest=invest)
            loads[ahead, k] = demand / (machines * HOURS_PER_MONTH * invest.availability)
    return loads


def machines_on_market(world: World) -> FloatArray:
    """Accelerators at work at clouds that sell on the market, 0 at those the state or a quota sells for; (clouds,)."""
    return np.array([0.0 if cloud.role in RESERVED else cloud.fleet.count for cloud in world.clouds])


def usual_load(past: list[FloatArray], *, target: float, memory: int) -> FloatArray:
    """Mean load over the last `memory` months, at `target` in those before the first; (clouds,)."""
    recent = past[-memory:]
    total = np.sum(recent, axis=0) if recent else 0.0
    return np.asarray((total + (memory - len(recent)) * target) / memory)


def machines_by(fleet: Fleet, *, month: int, invest: Invest) -> float:
    """Accelerators at work by `month` if nothing more is ordered: those there and those awaited that find power."""
    power = fleet.megawatts + running_sum(site.count for site in fleet.sites_on_order if site.arrival <= month)
    room = power * KILOWATTS_PER_MEGAWATT / invest.power_per_gpu
    return max(fleet.count, min(fleet.count + fleet.waiting(month), room))


def sign_contracts(
    world: World, assumptions: Scenario, *, month: int, quotes: FloatArray, capacity: Capacity
) -> tuple[tuple[Reservation, ...], FloatArray]:
    """The month's book with the reservations signed now, and what was signed with each cloud; (clouds,) GPU-hours."""
    rules, buyers = assumptions.reserve, world.buyers
    book = live(world.reservations, month=month)
    held = summed(book, buyers=len(buyers.names), clouds=len(world.clouds))
    dependable = dependable_part(world.wanted_shares, usual=world.usual_hours, discount=rules.discount)
    base = base_load(
        world.usual_hours, discount=rules.discount, uncertainty=rules.uncertainty, dependable=dependable
    )
    wanted = base * may_sign(world)
    share = contract_shares(
        contract_brand(world.clouds, assumptions.pricing),
        quotes,
        assumptions.pricing.brand_spread,
        buyers.allowed * (capacity.supply > 0) > 0,
    )
    room = np.maximum(rules.most_of_supply * capacity.supply - held.hours.sum(axis=0), 0.0)
    committed = committed_hours(world, assumptions, usual=world.usual_hours * dependable, held=held, room=room)
    signed = committed + hours_signed(
        np.maximum(wanted - held.hours.sum(axis=1) - committed.sum(axis=1), 0.0),
        share=share,
        room=np.maximum(room - committed.sum(axis=0), 0.0),
    )
    new = tuple(
        Reservation(
            seller=int(k), buyer=int(b), hours=float(signed[b, k]), price=float(quotes[k]), start=month,
            end=month + rules.term,
        )
        for b, k in zip(*np.nonzero(signed >= 1.0), strict=True)
    )  # fmt: skip
    return (*book, *new), summed(new, buyers=len(buyers.names), clouds=len(world.clouds)).hours.sum(axis=0)


def may_sign(world: World) -> BoolArray:
    """Buyers that sign reservations; (buyers,)."""
    companies = np.array([name == SELF_RENTERS for name in world.buyers.names])
    return np.asarray(~(world.hosting_buyers | companies))


def call_contracts(
    world: World,
    *,
    book: tuple[Reservation, ...],
    signed: FloatArray,
    serving: FloatArray,
    training: FloatArray,
) -> Contracts:
    """Use what is reserved: for serving first, then for training; serving and training (buyers,) GPU-hours wanted."""
    reserved = summed(book, buyers=len(world.buyers.names), clouds=len(world.clouds))
    for_serving = hours_used(reserved.hours, wanted=serving)
    for_training = hours_used(reserved.hours - for_serving, wanted=training)
    return Contracts(
        book=book,
        signed=signed,
        reserved=reserved,
        for_serving=for_serving,
        for_training=for_training,
        shortfall=np.maximum(reserved.hours - for_serving - for_training, 0.0),
    )


@dataclass(frozen=True)
class ServedContracts:
    """Reserved hours that were served, GPU-hours; (buyers, clouds)."""

    serving: FloatArray
    training: FloatArray


def served_contracts(contracts: Contracts, cleared: ClearedMarket) -> ServedContracts:
    """What of the called hours the clouds served, reserved training that waited included."""
    rate = cleared.service_rate[:, Priority.RESERVED]
    waited = cleared.opening_backlog[:, :, Priority.RESERVED] * rate * (contracts.reserved.hours > 0)
    return ServedContracts(serving=contracts.for_serving * rate, training=contracts.for_training * rate + waited)


def wanted_share(usual: FloatArray, wanted: FloatArray) -> FloatArray:
    """Share of each buyer in the GPU-hours all wanted this month; (buyers,), nan of who wants none and never did."""
    total = wanted.sum()
    none = (wanted <= 0) & (usual <= 0)
    return np.where(none, np.nan, wanted / total if total > 0 else 0.0)


def adapted_hours(usual: FloatArray, wanted: FloatArray, *, adaptation: float) -> FloatArray:
    """Usual GPU-hours of each buyer after a month in which it wanted `wanted`; (buyers,), adaptive expectations."""
    return np.asarray(usual + adaptation * (wanted - usual))
