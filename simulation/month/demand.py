"""Companies choose their suppliers (docs/model.md M1, M11): births, readiness, reviews, choice, and what they then
want.

Decisions rest on last month's bulletin and on posted tariffs; each company sees the same sheet, so their order cannot
matter. What is chosen here is served, rationed and paid in later phases of the month.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from agents.choice import Choices, Menu
from agents.companies import Companies
from agents.offers import NONE, Circumstances, OfferSheet, OfferTerms, offer_terms
from agents.terms import Workloads
from agents.usage import Usage, use
from agents.vouchers import at_full_price, own_part
from market.goods import SELF_NEST
from market.units import CodeArray, FloatArray, IntArray, weighted_count
from scenarios.scenario import Scenario
from simulation.month.births import become_ready, birth_hazard, births_and_retirements, commit_births, next_jevons
from simulation.month.conditions import circumstances_of, dominant_vendor, needs_level, needs_now
from simulation.month.hiring import Positions, announce, attended, company_positions, staffing_of
from simulation.month.incidents import (
    Incidents,
    incidents_of_month,
    reviewed_for_incidents,
    users_who_left,
    with_incidents,
)
from simulation.month.projects import (
    Projects,
    choose_with_projects,
    forced_reviews,
    opening_states,
    set_up_overruns,
    with_overruns,
)
from simulation.month.public_compute import within_reach
from simulation.month.reviews import Moves, choices_of, commit_choices, moves_of, rows_under_review, taste_months
from simulation.month.sovereignty import call_in, must_move, within_bloc
from simulation.month.tariffs import Tariffs
from simulation.month.tenancies import Tenancies, review_tenancies
from simulation.world import World


@dataclass(frozen=True)
class Demand:
    """What the companies hold after this month's reviews, and what they want at the posted tariffs."""

    sheet: OfferSheet
    need: FloatArray  # (slots,) points
    live_rows: npt.NDArray[np.int64]  # slots that hold an offer
    code: npt.NDArray[np.int64]  # offer each of them holds
    owner: IntArray  # company that each of them belongs to
    segment: IntArray  # segment of that company
    weight: FloatArray  # real firms behind each of them
    wanted: Usage  # of live_rows, per firm, before any shortage
    tokens_by_offer: FloatArray  # (offers,) tokens wanted by real firms
    hours_by_offer: FloatArray  # (offers,) GPU-hours held by self-run workloads of real firms
    tenants_by_offer: FloatArray  # (offers,) effective number of equal tenants
    users_by_offer: FloatArray  # (offers,) real workloads
    reviewed: int
    moves: Moves
    projects: Projects
    tenancies: Tenancies
    positions: Positions
    incidents: Incidents | None  # None where models cause none


def choose_suppliers(world: World, assumptions: Scenario, *, month: int, tariffs: Tariffs, threads: int) -> Demand:
    """Live through the month's births, learning and reviews, and state what everybody wants."""
    companies = world.companies
    tenancies = review_tenancies(world, assumptions, month=month, price=tariffs.cloud_price)
    trend = needs_level(world, assumptions, month=month)
    ended, offer_left = _births(world, assumptions, month=month, trend=trend, tariffs=tariffs)
    learned = become_ready(
        companies,
        world.peers,
        assumptions.adopt,
        chance=world.chance,
        month=month,
        bulletin=world.bulletin,
        used_sellers=world.used_sellers,
        uses_open=world.uses_open,
        sellers=world.to_come_across(),
    )
    known = within_bloc(world, within_reach(world, learned.known))
    companies.commit("readiness", ready=learned.ready, aware_open=learned.aware_open, known=known)

    call_in(world)
    need = needs_now(world, assumptions, month=month)
    circumstances = circumstances_of(world, assumptions, month=month)
    sheet = tariffs.sheet
    offers = offer_terms(sheet, demand=assumptions.demand, selfhost=assumptions.selfhost, circumstances=circumstances)
    state = opening_states(world, ended=ended)
    forced = forced_reviews(world, state, month=month)
    looks_around = np.zeros(companies.slots, dtype=bool)
    looks_around[rows_under_review(world, assumptions, month=month, sheet=sheet)] = True
    looks_around[forced] = True
    looks_around[reviewed_for_incidents(world)] = True
    looks_around |= must_move(world, assumptions, sheet=sheet)
    rows, waiting = attended(
        world, assumptions, month=month, rows=np.flatnonzero(looks_around), sheet=sheet, forced=forced
    )
    companies.commit("choice", rows=rows, waiting=False)
    companies.commit("choice", rows=waiting, waiting=True)
    borne = own_part(companies.size_class, assumptions.policy)
    workloads = Workloads.of(companies, need=need, dominant=dominant_vendor(world, rows=rows), own_part=borne)
    renewed = taste_months(world, assumptions, month=month, rows=rows)

    def choose(places: IntArray, menu: Menu, believing: Workloads) -> Choices:
        return choices_of(
            world, assumptions, workloads=believing, rows=rows[places], sheet=sheet, menu=menu,
            circumstances=circumstances, taste_month=renewed[places], threads=threads,
        )  # fmt: skip

    choices, projects = choose_with_projects(
        world, assumptions, month=month, rows=rows, state=state, workloads=workloads, sheet=sheet, offers=offers,
        choose=choose,
    )  # fmt: skip
    before = commit_choices(world, month=month, rows=rows, choices=choices, sheet=sheet, taste_month=renewed)
    moves = moves_of(
        rows=rows, before=before, choices=choices, sheet=sheet, ended=ended, offer_left=offer_left,
        clouds_alive=np.array([cloud.alive for cloud in world.clouds]),
    )  # fmt: skip
    moves = replace(moves, migration=moves.migration * set_up_overruns(projects, rows))
    return _wants(
        world,
        assumptions,
        month=month,
        workloads=Workloads.of(companies, need=need, dominant=workloads.dominant, own_part=borne),
        sheet=sheet,
        offers=offers,
        circumstances=circumstances,
        need=need,
        reviewed=len(rows),
        moves=moves,
        projects=projects,
        tenancies=tenancies,
        threads=threads,
    )


def _births(
    world: World, assumptions: Scenario, *, month: int, trend: float, tariffs: Tariffs
) -> tuple[IntArray, CodeArray]:
    """Let workloads end and begin, at a hazard that follows the Jevons stock and the adequacy of what is in use.

    Returns the slots whose workload ended, and what each held.
    """
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
    offer_left = companies.held[changed.ended]
    commit_births(companies, changed, month=month)
    return changed.ended, offer_left


def _wants(
    world: World,
    assumptions: Scenario,
    *,
    month: int,
    workloads: Workloads,
    sheet: OfferSheet,
    offers: OfferTerms,
    circumstances: Circumstances,
    need: FloatArray,
    reviewed: int,
    moves: Moves,
    projects: Projects,
    tenancies: Tenancies,
    threads: int,
) -> Demand:
    """Use of every workload that holds an offer, and its totals by offer over real firms."""
    companies: Companies = world.companies
    rows = np.flatnonzero(companies.live & (companies.held != NONE))
    positions = company_positions(
        world, assumptions, workloads=workloads, rows=rows, offers=offers, circumstances=circumstances,
        projects=projects,
    )  # fmt: skip
    announce(world, assumptions, positions)
    staffing = staffing_of(world, assumptions, month=circumstances.staffing.month)
    circumstances = replace(circumstances, staffing=staffing)
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
    if workloads.own_part is not None:
        wanted = at_full_price(wanted, workloads.own_part[companies.company[rows]])
    code = companies.held[rows].astype(np.int64)
    wanted = with_overruns(wanted, projects, rows=rows, price=offers.price[code])
    owner = companies.company[rows]
    weight = companies.weight[owner]
    count = len(sheet.available)
    users = weighted_count(code, weight, count)
    incidents = incidents_of_month(
        world, assumptions, month=month, rows=rows, users=users,
        left=users_who_left(world, leavers=moves.leavers, offer_left=moves.offer_left),
        delivered=wanted.gross,
    )  # fmt: skip
    wanted = with_incidents(wanted, incidents)
    tokens = weighted_count(code, weight * wanted.tokens, count)
    squares = weighted_count(code, weight * wanted.tokens**2, count)
    own = sheet.nest[code] == SELF_NEST
    hours = weighted_count(code[own], (weight * wanted.gpu_hours_held)[own], count)
    return Demand(
        sheet=sheet,
        need=need,
        live_rows=rows,
        code=code,
        owner=owner,
        segment=companies.segment[owner].astype(np.int64),
        weight=weight,
        wanted=wanted,
        tokens_by_offer=tokens,
        hours_by_offer=hours,
        tenants_by_offer=np.divide(tokens**2, squares, out=np.zeros(count), where=squares > 0),
        users_by_offer=users,
        reviewed=reviewed,
        moves=moves,
        projects=projects,
        tenancies=tenancies,
        positions=positions,
        incidents=incidents,
    )
