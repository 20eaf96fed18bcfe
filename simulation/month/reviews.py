"""Reviews: which workloads look around, what they then hold, and what moving costs them (docs/model.md M1, M11)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents import census
from agents.actor import as_heard
from agents.choice import Choices, Menu, choose, joined
from agents.offers import NONE, Circumstances, OfferSheet
from agents.preferences import Demand
from agents.terms import Workloads, terms, weights
from agents.usage import best_on_route
from agents.vouchers import in_full_dollars
from market.chance import Mechanism
from market.units import MONTHS_PER_YEAR, BoolArray, CodeArray, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.world import World

TOGETHER = 2**13  # workloads reviewed at a time: their terms stay in the processor's cache


@dataclass(frozen=True)
class Moves:
    """Which workloads were reviewed, what moving costs them, and which no longer use what they held."""

    rows: IntArray  # (reviewed,) slots
    migration: FloatArray  # (reviewed,) USD per firm paid this month for moving and first use
    egress: FloatArray  # (reviewed,) USD per firm paid to the cloud left
    cloud_left: IntArray  # (reviewed,) seller code, -1 none
    leavers: IntArray  # (leavers,) slots
    offer_left: IntArray  # (leavers,) what each of them held last month


def rows_under_review(world: World, assumptions: Scenario, *, month: int, sheet: OfferSheet) -> IntArray:
    """Live workloads of ready companies that are reviewed: by chance, new, or triggered by a bill, a better model, or
    an offer that ended."""
    companies, demand = world.companies, assumptions.demand
    triggers = census.Triggers(
        state=census.month_state(world.chance, Mechanism.REVIEW, month),
        chance=chance_of_review(demand, month=month),
        month=month,
        available=sheet.available,
        price=sheet.price,
        best=best_on_route(sheet)[sheet.route],
        quality=demand.quality_trigger,
        bill=1 + demand.bill_trigger,
    )
    candidates = census.of_ready_companies(companies.live, companies.ready, companies.company)
    rows: IntArray = census.under_review(
        candidates, companies.held, companies.taste_month, companies.accepted_price, companies.accepted_best, triggers
    )
    return rows


def chance_of_review(demand: Demand, *, month: int) -> float:
    """Chance that a workload is reviewed in `month` without a trigger: the same all year, or everybody at once."""
    if demand.review_timing == "together":
        return float(month % MONTHS_PER_YEAR == demand.review_month)
    return demand.review


def taste_months(world: World, assumptions: Scenario, *, month: int, rows: IntArray) -> CodeArray:
    """Month in the key of the reviewed workloads' tastes: now for those renewed, else as it was."""
    renewed = world.chance.uniform(Mechanism.TASTE_REFRESH, month=month, entity=rows) < assumptions.demand.taste_renewal
    return np.where(renewed, np.int16(month), world.companies.taste_month[rows])


def choices_of(
    world: World,
    assumptions: Scenario,
    *,
    workloads: Workloads,
    rows: IntArray,
    sheet: OfferSheet,
    menu: Menu,
    circumstances: Circumstances,
    taste_month: CodeArray,
    threads: int,
) -> Choices:
    """What the workloads `rows` choose from the menu, some at a time: terms are ten times the columns behind them."""
    shared = weights(
        assumptions.demand, assumptions.lockin, assumptions.selfhost, true_beliefs=assumptions.belief.true_beliefs
    )
    parts = []
    for first in range(0, max(len(rows), 1), TOGETHER):
        some = slice(first, first + TOGETHER)
        factors = terms(
            workloads,
            rows[some],
            sheet=sheet,
            demand=as_heard(assumptions.demand, assumptions.actor),
            lockin=assumptions.lockin,
            selfhost=assumptions.selfhost,
            labour=assumptions.labour,
            circumstances=circumstances,
        )
        factors = factors._replace(taste_month=taste_month[some].astype(np.int64))
        parts.append(choose(world.chance, factors, menu, shared, threads=threads))
    choices, borne = joined(parts), workloads.own_part
    return choices if borne is None else in_full_dollars(choices, borne[workloads.company[rows]])


def commit_choices(
    world: World, *, month: int, rows: IntArray, choices: Choices, sheet: OfferSheet, taste_month: CodeArray
) -> CodeArray:
    """Store what the workloads `rows` chose; returns what each of them held before."""
    companies = world.companies
    before = companies.held[rows]
    taken = choices.code != NONE
    at = np.where(taken, choices.code, 0)
    companies.commit("choice", tenure=np.minimum(companies.tenure, np.iinfo(np.int16).max - 1) + np.int16(1))
    companies.commit(
        "choice",
        rows=rows,
        held=choices.code,
        held_quality=np.where(taken, sheet.quality[at], 0.0),
        accepted_price=np.where(taken, sheet.price[at], 0.0),
        accepted_bill=np.where(taken, choices.cost, 0.0),
        accepted_best=np.where(taken, best_on_route(sheet)[sheet.route[at]], 0.0),
        taste=choices.taste,
        taste_month=taste_month,
        reviewed=month,
        tenure=np.where(choices.code == before, companies.tenure[rows], 1),
    )
    customers = companies.company[rows[taken]]
    accounts = companies.accounts.copy()
    np.bitwise_or.at(accounts, customers, np.left_shift(np.uint64(1), sheet.seller[at[taken]].astype(np.uint64)))
    companies.commit("choice", rows=customers, adopted=True)
    companies.commit("choice", accounts=accounts)
    return before


def moves_of(
    *, rows: IntArray, before: CodeArray, choices: Choices, sheet: OfferSheet, ended: IntArray, offer_left: CodeArray,
    clouds_alive: BoolArray,
) -> Moves:  # fmt: skip
    """Moves of the workloads `rows` that held `before`, and of the `ended` ones, which held `offer_left`.

    A cloud that is out of business (`clouds_alive` (clouds,)) charges nothing to who leaves it.
    """
    cloud = np.where(before != NONE, sheet.host_cloud[np.maximum(before, 0)], NONE).astype(np.int64)
    left = (before != NONE) & (choices.code != before)
    gone = offer_left != NONE
    return Moves(
        rows=rows,
        migration=choices.migration,
        egress=choices.egress,
        cloud_left=np.where((cloud >= 0) & clouds_alive[np.maximum(cloud, 0)], cloud, NONE),
        leavers=np.concatenate([rows[left], ended[gone]]),
        offer_left=np.concatenate([before[left], offer_left[gone]]).astype(np.int64),
    )
