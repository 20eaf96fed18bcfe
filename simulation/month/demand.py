"""Companies choose their suppliers (docs/model.md M1, M11): births, readiness, reviews, choice, and what they then
want.

Decisions rest on last month's bulletin and on posted tariffs; each company sees the same sheet, so their order cannot
matter. What is chosen here is served, rationed and paid in later phases of the month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.choice import Choices, choose
from agents.companies import Companies
from agents.offers import Circumstances, OfferSheet, OfferTerms, offer_terms
from agents.terms import Workloads, terms, weights
from agents.usage import Usage, best_on_route, use
from market.chance import Mechanism
from market.goods import SELF_NEST
from market.units import FloatArray
from scenarios.scenario import Scenario
from simulation.month.births import become_ready, birth_hazard, births_and_retirements, next_jevons
from simulation.month.conditions import circumstances_of, dominant_vendor, needs_level, needs_now
from simulation.month.tariffs import Tariffs
from simulation.world import World

NONE = -1


@dataclass(frozen=True)
class Demand:
    """What the companies hold after this month's reviews, and what they want at the posted tariffs."""

    sheet: OfferSheet
    need: FloatArray  # (slots,) points
    live_rows: npt.NDArray[np.int64]  # slots that hold an offer
    code: npt.NDArray[np.int64]  # offer each of them holds
    weight: FloatArray  # real firms behind each of them
    wanted: Usage  # of live_rows, per firm, before any shortage
    tokens_by_offer: FloatArray  # (offers,) tokens wanted by real firms
    hours_by_offer: FloatArray  # (offers,) GPU-hours held by self-run workloads of real firms
    tenants_by_offer: FloatArray  # (offers,) effective number of equal tenants
    users_by_offer: FloatArray  # (offers,) real workloads
    reviewed: int
    migration: FloatArray  # (slots,) USD per firm paid this month for moving and first use
    egress: FloatArray  # (slots,) USD per firm
    egress_to: npt.NDArray[np.int64]  # (slots,) cloud left, -1
    held_before: npt.NDArray[np.int16]  # (slots,) offer held last month


def choose_suppliers(world: World, assumptions: Scenario, *, month: int, tariffs: Tariffs, threads: int) -> Demand:
    """Live through the month's births, learning and reviews, and state what everybody wants."""
    companies = world.companies
    held_before = companies.held
    trend = needs_level(world, assumptions, month=month)
    _births(world, assumptions, month=month, trend=trend, tariffs=tariffs)
    learned = become_ready(
        companies,
        world.peers,
        assumptions.adopt,
        chance=world.chance,
        month=month,
        bulletin=world.bulletin,
        used_sellers=world.used_sellers,
        uses_open=world.uses_open,
        seller_codes=np.arange(len(world.code_of) - 1),
    )
    companies.commit("readiness", ready=learned.ready, aware_open=learned.aware_open, known=learned.known)

    need = needs_now(world, assumptions, month=month)
    workloads = Workloads.of(companies, need=need, dominant=dominant_vendor(world))
    circumstances = circumstances_of(world, assumptions, month=month)
    sheet = tariffs.sheet
    offers = offer_terms(sheet, demand=assumptions.demand, selfhost=assumptions.selfhost, circumstances=circumstances)
    rows = rows_under_review(world, assumptions, month=month, sheet=sheet)
    shared = weights(assumptions.demand, assumptions.lockin, assumptions.selfhost)
    moved = _renew_tastes(world, assumptions, month=month, rows=rows)
    factors = terms(
        workloads,
        rows,
        sheet=sheet,
        demand=assumptions.demand,
        lockin=assumptions.lockin,
        selfhost=assumptions.selfhost,
        labour=assumptions.labour,
        circumstances=circumstances,
    )
    factors = factors._replace(taste_month=moved.astype(np.int64))
    choices = choose(world.chance, factors, offers, shared, threads=threads)
    migration, egress, egress_to = _commit_choices(world, rows=rows, choices=choices, sheet=sheet, taste_month=moved)
    return _wants(
        world,
        assumptions,
        workloads=Workloads.of(companies, need=need, dominant=workloads.dominant),
        sheet=sheet,
        offers=offers,
        circumstances=circumstances,
        need=need,
        reviewed=len(rows),
        migration=migration,
        egress=egress,
        egress_to=egress_to,
        held_before=held_before,
        threads=threads,
    )


def _births(world: World, assumptions: Scenario, *, month: int, trend: float, tariffs: Tariffs) -> None:
    """Let workloads end and begin, at a hazard that follows the Jevons stock and the adequacy of what is in use."""
    bulletin, needs, companies = world.bulletin, assumptions.needs, world.companies
    world.jevons = next_jevons(
        needs,
        jevons=world.jevons,
        price_ratio=float(bulletin.mean_price_paid / bulletin.founding_closed_price),
    )
    stalled = needs.stall_start <= month < needs.stall_start + needs.stall_months
    hazard = birth_hazard(needs, jevons=world.jevons, adequacy=bulletin.adequacy) * (0.0 if stalled else 1.0)
    reference = tariffs.reference_price
    if month == 0:
        companies.commit("births", reference_price=np.full(companies.slots, reference))
    changed = births_and_retirements(
        companies,
        assumptions.pop,
        needs,
        chance=world.chance,
        month=month,
        need_trend=trend,
        hazard=hazard,
        reference_price=reference,
    )
    companies.commit("births", **changed.columns)
    renewed = np.concatenate([changed.born, changed.ended])
    held, taste_month = companies.held.copy(), companies.taste_month.copy()
    held[renewed] = NONE
    taste_month[renewed] = month
    companies.commit("choice", held=held, taste_month=taste_month)


def rows_under_review(world: World, assumptions: Scenario, *, month: int, sheet: OfferSheet) -> npt.NDArray[np.int64]:
    """Live workloads of ready companies that are reviewed: by chance, new, or triggered by a bill, a better model, or
    an offer that ended."""
    companies, demand = world.companies, assumptions.demand
    slot = np.arange(companies.slots)
    by_chance = world.chance.uniform(Mechanism.REVIEW, month=month, entity=slot) < demand.review
    held = companies.held
    holds = held != NONE
    at = np.where(holds, held, 0)
    ended = holds & ~sheet.available[at]
    risen = best_on_route(sheet)[sheet.route[at]] - companies.accepted_best
    better = holds & (risen >= demand.quality_trigger)
    dearer = holds & (bill_ratio(world, sheet=sheet) >= 1 + demand.bill_trigger)
    new = companies.taste_month == month
    live = companies.live & companies.ready[companies.company]
    return np.flatnonzero(live & (by_chance | new | ended | better | dearer))


def bill_ratio(world: World, *, sheet: OfferSheet) -> FloatArray:
    """Price of the offer held over its price at the last review, by workload; 1 where none is held."""
    companies = world.companies
    holds = companies.held != NONE
    at = np.where(holds, companies.held, 0)
    return np.divide(
        sheet.price[at],
        companies.accepted_price,
        out=np.ones(companies.slots),
        where=holds & (companies.accepted_price > 0),
    )


def _renew_tastes(
    world: World, assumptions: Scenario, *, month: int, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.int16]:
    """Month in the key of the reviewed workloads' tastes: now for those renewed, else as it was."""
    renewed = world.chance.uniform(Mechanism.TASTE_REFRESH, month=month, entity=rows) < assumptions.demand.taste_renewal
    return np.where(renewed, np.int16(month), world.companies.taste_month[rows])


def _commit_choices(
    world: World,
    *,
    rows: npt.NDArray[np.int64],
    choices: Choices,
    sheet: OfferSheet,
    taste_month: npt.NDArray[np.int16],
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """Store what the reviewed workloads chose; returns what moving costs them (USD per firm) and whom they leave."""
    companies = world.companies
    before = companies.held[rows]
    taken = choices.code != NONE
    at = np.where(taken, choices.code, 0)
    columns = {
        "held": choices.code,
        "held_quality": np.where(taken, sheet.quality[at], 0.0),
        "accepted_price": np.where(taken, sheet.price[at], 0.0),
        "accepted_bill": np.where(taken, choices.cost, 0.0),
        "accepted_best": np.where(taken, best_on_route(sheet)[sheet.route[at]], 0.0),
        "taste": choices.taste,
        "taste_month": taste_month,
        "tenure": np.where(choices.code == before, companies.tenure[rows], 0),
    }
    committed = {}
    for name, values in columns.items():
        column = getattr(companies, name).copy()
        column[rows] = values
        committed[name] = column
    committed["tenure"] = np.minimum(committed["tenure"] + 1, np.iinfo(np.int16).max - 1)
    adopted = companies.adopted.copy()
    adopted[companies.company[rows[taken]]] = True
    accounts = companies.accounts.copy()
    opened = np.left_shift(np.uint64(1), sheet.seller[at[taken]].astype(np.uint64))
    np.bitwise_or.at(accounts, companies.company[rows[taken]], opened)
    companies.commit("choice", adopted=adopted, accounts=accounts, **committed)
    migration, egress = np.zeros(companies.slots), np.zeros(companies.slots)
    migration[rows] = choices.migration
    egress[rows] = choices.egress
    leaves = np.full(companies.slots, NONE, dtype=np.int64)
    leaves[rows] = np.where(before != NONE, sheet.host_cloud[np.maximum(before, 0)], NONE)
    return migration, egress, leaves


def _wants(
    world: World,
    assumptions: Scenario,
    *,
    workloads: Workloads,
    sheet: OfferSheet,
    offers: OfferTerms,
    circumstances: Circumstances,
    need: FloatArray,
    reviewed: int,
    migration: FloatArray,
    egress: FloatArray,
    egress_to: npt.NDArray[np.int64],
    held_before: npt.NDArray[np.int16],
    threads: int,
) -> Demand:
    """Use of every workload that holds an offer, and its totals by offer over real firms."""
    companies: Companies = world.companies
    rows = np.flatnonzero(companies.live & (companies.held != NONE))
    wanted = use(
        workloads,
        rows,
        offers=offers,
        demand=assumptions.demand,
        selfhost=assumptions.selfhost,
        labour=assumptions.labour,
        circumstances=circumstances,
        threads=threads,
    )
    code = companies.held[rows].astype(np.int64)
    weight = companies.weight[companies.company[rows]]
    count = len(sheet.available)
    tokens = np.bincount(code, weights=weight * wanted.tokens, minlength=count)
    squares = np.bincount(code, weights=weight * wanted.tokens**2, minlength=count)
    own = sheet.nest[code] == SELF_NEST
    hours = np.bincount(code[own], weights=(weight * wanted.gpu_hours_held)[own], minlength=count)
    return Demand(
        sheet=sheet,
        need=need,
        live_rows=rows,
        code=code,
        weight=weight,
        wanted=wanted,
        tokens_by_offer=tokens,
        hours_by_offer=hours,
        tenants_by_offer=np.divide(tokens**2, squares, out=np.zeros(count), where=squares > 0),
        users_by_offer=np.bincount(code, weights=weight, minlength=count),
        reviewed=reviewed,
        migration=migration,
        egress=egress,
        egress_to=egress_to,
        held_before=held_before,
    )
