"""What sellers pay each other and others: rents, overhead, staff, marketplaces, distillation, wear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.sellers import ModelLab, Seller
from market.accounts import HOUSEHOLDS, REST_OF_ECONOMY
from market.flows import Flow
from market.goods import Route
from market.labour import loaded_wage
from market.money import to_cents
from market.pooling import shared_staff
from market.units import MONTHS_PER_YEAR, TOKENS_PER_MTOK, CentsArray, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.capacity import Capacity
from simulation.month.compute import Compute
from simulation.month.dealing import pay_with_credits
from simulation.month.paying import pay_or_owe
from simulation.month.service import Service
from simulation.month.tariffs import Tariffs
from simulation.month.training import detected
from simulation.world import OTHER, SELF_RENTERS, World


@dataclass(frozen=True)
class Rents:
    """USD paid for GPU-hours."""

    training: FloatArray  # (trainers,)
    serving: FloatArray  # (buyers,)
    overhead: FloatArray  # (buyers,)
    shortfall: FloatArray  # (buyers,) for hours reserved and not used
    reserved: FloatArray  # (buyers, clouds) for reserved hours used
    below_posted: FloatArray  # (buyers,) serving hours at what was paid less their price on demand, mostly negative


def book_wear_and_arrivals(world: World, *, capacity: Capacity) -> None:
    """Book what was delivered and what wore out, for every owner of machines."""
    owners = np.array([world.ledger.code(owner) for owner in capacity.arrivals])
    delivered = [arrived.machine_cents + arrived.site_cents for arrived in capacity.arrivals.values()]
    worn = [capacity.depreciation_cents[owner] for owner in capacity.arrivals]
    world.ledger.book(Flow.DELIVERY, debit=owners, credit=owners, cents=delivered)
    world.ledger.book(Flow.DEPRECIATION, debit=owners, credit=owners, cents=worn)


def pay_rents(world: World, assumptions: Scenario, *, tariffs: Tariffs, compute: Compute) -> Rents:
    """Labs, releasers, hosters and other demand pay the clouds for the hours they held; overhead goes with serving."""
    buyers, ledger = world.buyers, world.ledger
    price = tariffs.cloud_price
    trainers = len(world.trainers)
    dearer = assumptions.frontier.compute_price_multiplier
    reserved = compute.contracts.reserved.price
    reserved_training = compute.reserved_training * reserved * dearer
    reserved_serving = compute.reserved_serving * reserved
    training = (compute.training_held - compute.reserved_training) * price * dearer + reserved_training
    serving = (compute.serving_held - compute.reserved_serving) * price + reserved_serving
    shortfall = compute.contracts.shortfall * reserved
    hosting = world.hosting_buyers
    self_rent = np.array([name == SELF_RENTERS for name in buyers.names])
    renters = np.flatnonzero(~hosting & ~self_rent)
    payers = [ledger.code(REST_OF_ECONOMY if name == OTHER else name) for name in np.array(buyers.names)[renters]]
    bills = ((Flow.COMPUTE_RENT, serving), (Flow.COMPUTE_RENT, training), (Flow.TAKE_OR_PAY_SHORTFALL, shortfall))
    for flow, owed in bills:
        in_money = to_cents(owed[renters])
        if flow == Flow.COMPUTE_RENT:
            in_money = pay_with_credits(world, payers=np.array(payers), cents=in_money)
        pay_or_owe(
            ledger,
            flow,
            payer=np.repeat(payers, len(world.clouds)),
            payee=np.tile(codes_of(world.clouds), len(payers)),
            cents=in_money.ravel(),
        )
    if compute.spot is not None:
        ledger.pay(
            Flow.COMPUTE_RENT, payer=REST_OF_ECONOMY, payee=codes_of(world.clouds), cents=to_cents(compute.spot.paid)
        )
    serves_models = np.zeros(len(buyers.names))
    for (seller, _), service in compute.services.items():
        row = buyers.index(seller)
        serves_models[row] += service.held * compute.served_share[row]
    mean_price = np.divide(
        serving.sum(axis=1),
        compute.serving_held.sum(axis=1),
        out=np.zeros(len(buyers.names)),
        where=compute.serving_held.sum(axis=1) > 0,
    )
    overhead = assumptions.selfhost.overhead * serves_models * mean_price
    payers = [row for row, name in enumerate(buyers.names) if name not in (SELF_RENTERS, OTHER)]
    pay_or_owe(
        ledger,
        Flow.OTHER_COSTS,
        payer=np.array([world.code_of[buyers.names[row]] for row in payers]),
        payee=REST_OF_ECONOMY,
        cents=to_cents(overhead[payers]),
    )
    return Rents(
        training=training[:trainers].sum(axis=1),
        serving=serving.sum(axis=1),
        overhead=overhead,
        shortfall=shortfall.sum(axis=1),
        reserved=reserved_serving + reserved_training,
        below_posted=(serving - compute.serving_held * price).sum(axis=1),
    )


def tokens_by_host(world: World, service: Service) -> dict[str, float]:
    """Tokens that every seller of models serves."""
    tokens: dict[str, float] = {}
    for offer in world.book.offers:
        if offer.route in (Route.CLOSED_API, Route.HOSTED_OPEN):
            tokens[offer.host] = tokens.get(offer.host, 0.0) + float(service.tokens_by_offer[offer.code])
    return tokens


def serving_staff(
    world: World, assumptions: Scenario, *, service: Service, efficiency: float
) -> dict[str, tuple[float, float]]:
    """Staff (FTE) and its cost (USD a month) of every seller that serves models."""
    staff = {}
    for name, volume in tokens_by_host(world, service).items():
        if volume > 0:
            people = float(shared_staff(volume, efficiency=efficiency, selfhost=assumptions.selfhost))
            wage = float(loaded_wage(volume / efficiency, assumptions.labour))
            staff[name] = (people, people * wage / MONTHS_PER_YEAR)
    return staff


def pay_marketplace_cuts(world: World, assumptions: Scenario, *, revenue_by_offer: CentsArray) -> None:
    """Labs leave the clouds that resold their interface a share of the sale."""
    resold = [o for o in world.book.offers if o.route == Route.CLOSED_API and o.cloud and revenue_by_offer[o.code]]
    if resold:
        pay_or_owe(
            world.ledger,
            Flow.MARKETPLACE_CUT,
            payer=np.array([world.code_of[o.seller] for o in resold]),
            payee=np.array([world.code_of[o.cloud] for o in resold]),
            cents=np.rint(assumptions.cloud.marketplace_cut * revenue_by_offer[[o.code for o in resold]]).astype(
                np.int64
            ),
        )


def buy_distillation(world: World, assumptions: Scenario, *, month: int, tariffs: Tariffs) -> float:
    """Labs that started a distilled run last month buy the frontier's answers at its posted price; USD.

    In every month of such a run it may be found out, which ends distillation for good.
    """
    spent = 0.0
    for lab in world.labs:
        run = lab.run
        if run is None or run.distillation <= 0:
            continue
        if detected(world, assumptions, lab=lab, month=month):
            lab.distils = False
        if run.started != month - 1:
            continue
        others = (other for other in world.labs if other is not lab and "frontier" in other.models)
        leader = max(others, key=_frontier_quality, default=None)
        if leader is None:
            continue
        offer = world.book.codes(seller=leader.name, route=Route.CLOSED_API)[0]
        bill = assumptions.frontier.distillation_tokens / TOKENS_PER_MTOK * float(tariffs.sheet.price[offer])
        pay_or_owe(world.ledger, Flow.DISTILL_TOKENS, payer=lab.name, payee=leader.name, cents=to_cents(bill))
        spent += bill
    return spent


def _frontier_quality(lab: ModelLab) -> float:
    return lab.models["frontier"].quality


def pay_wages(world: World, *, staff: dict[str, tuple[float, float]], training_staff: FloatArray) -> None:
    """Wages of serving staff and of the researchers that go with training; households spend what they earn."""
    payers = np.array([world.code_of[name] for name in staff], dtype=np.int64)
    ledger = world.ledger
    serving = to_cents(np.array([cost for _, cost in staff.values()]))
    pay_or_owe(ledger, Flow.WAGES, payer=payers, payee=HOUSEHOLDS, cents=serving)
    pay_or_owe(ledger, Flow.WAGES, payer=codes_of(world.trainers), payee=HOUSEHOLDS, cents=to_cents(training_staff))


def codes_of(sellers: Sequence[Seller]) -> IntArray:
    return np.array([seller.code for seller in sellers], dtype=np.int64)
