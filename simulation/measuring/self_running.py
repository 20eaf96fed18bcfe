"""Indicators of self-running: projects, misperception, and who would do better with another offer (M10, section 4.1).

What needs every offer of a workload is measured on the panel, and on some of the workloads in production.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents import census
from agents.choice import Menu, choose, menu_of
from agents.choice_plain import column, own_costs, pairs, visible_costs
from agents.offers import API_CLASS, NONE, Circumstances, OfferTerms, offer_terms
from agents.terms import Terms, Weights, Workloads, terms, weights
from agents.vouchers import own_part
from market.chance import Mechanism
from market.units import BoolArray, FloatArray, IntArray
from simulation.month.conditions import circumstances_of
from simulation.month.reveal import Revelation
from simulation.world import MonthRecord, World

MOST_MEASURED = 4096  # workloads in production whose other options are looked at


def self_running(world: World, record: MonthRecord) -> dict[str, float]:
    """Projects begun and given up, misperception, reversal and regret of the month."""
    revealed: Revelation = record.revealed
    market = _market_of(world, record)
    return {
        "poc_started": revealed.pilots_begun,
        "poc_to_production": revealed.production_begun,
        "abandoned": revealed.given_up,
        "self_running_share": _self_running_share(world, record),
        **_on_panel(world, record, market),
        **_reversals(world, record, market),
    }


def _self_running_share(world: World, record: MonthRecord) -> float:
    """Companies that run a model themselves, with people of their own, over all."""
    companies = world.companies
    runs = np.zeros(companies.rows, dtype=bool)
    runs[companies.company[record.demand.projects.production]] = True
    return _share_of(runs, companies.weight)


def _on_panel(world: World, record: MonthRecord, market: _Market) -> dict[str, float]:
    """Perceived over true cost, and regret, over the workloads of the panel; firm weighted."""
    companies = world.companies
    rows, stands_for = world.panel.sample(
        census.of_ready_companies(companies.live, companies.ready, companies.company)
    )
    if not len(rows):
        return {"perceived_over_true_cost": np.nan, "regret": np.nan}
    weight = stands_for * companies.weight[companies.company[rows]]
    factors, offers, shared = _facing(world, record, rows, market), market.offers, market.shared
    best = best_in_truth(world, factors, market.menu, shared)
    return {
        "perceived_over_true_cost": _misperception(record, factors, offers, shared, weight),
        "regret": _share_of(best != companies.held[rows], weight),
    }


@dataclass(frozen=True)
class _Market:
    """What all workloads face as the month ends."""

    circumstances: Circumstances
    offers: OfferTerms
    menu: Menu
    shared: Weights


def _market_of(world: World, record: MonthRecord) -> _Market:
    now = record.assumptions
    circumstances = circumstances_of(world, now, month=record.month)
    offers = offer_terms(
        record.demand.sheet, demand=now.demand, selfhost=now.selfhost, circumstances=circumstances
    )
    return _Market(circumstances, offers, menu_of(offers), weights(now.demand, now.lockin, now.selfhost))


def _facing(world: World, record: MonthRecord, rows: IntArray, market: _Market) -> Terms:
    """Terms of the workloads `rows` as the month ends; stigma left aside."""
    now, companies = record.assumptions, world.companies
    workloads = Workloads.of(
        companies, need=record.demand.need, own_part=own_part(companies.size_class, now.policy),
    )
    workloads = replace(workloads, stigma=np.zeros(companies.rows))
    return terms(
        workloads, rows, sheet=record.demand.sheet, demand=now.demand, lockin=now.lockin, selfhost=now.selfhost,
        labour=now.labour, circumstances=market.circumstances,
    )


def best_in_truth(world: World, factors: Terms, menu: Menu, shared: Weights) -> IntArray:
    """Offer with the largest true value plus taste to each workload, -1 none: what it would hold without illusions.

    Costs are the true ones, frictions count as far as they are real, and what a move would cost is left out, since it
    is not the fault of the offer.
    """
    nothing = np.zeros_like(factors.gross)
    real = shared.friction_real
    seen = factors._replace(
        privacy=nothing, holdup=nothing, friction_hosted=real * factors.friction_hosted,
        friction_own=real * factors.friction_own, friction_foreign=real * factors.friction_foreign,
        work_api=nothing, work_own=nothing, work_cloud=nothing, egress=nothing, retraining=nothing,
        change_vendor=nothing, change_within=nothing, first_use=nothing, new_account=nothing,
    )  # fmt: skip
    return choose(world.chance, seen, menu, shared._replace(true_beliefs=1)).code.astype(np.int64)


def _misperception(
    record: MonthRecord, factors: Terms, offers: OfferTerms, shared: Weights, weight: FloatArray
) -> float:
    """Mean perceived over true cost of the cheapest way to run a model oneself; NaN where there is none."""
    own = offers.order[~offers.metered[offers.order]]
    if not len(own):
        return np.nan
    if record.assumptions.belief.true_beliefs:
        return 1.0
    true = own_costs(factors, offers, shared, own)
    believed = visible_costs(factors, offers, own) * column(factors.hidden)
    cheapest = true.argmin(axis=1)[:, None]
    true, believed = (np.take_along_axis(costs, cheapest, axis=1)[:, 0] for costs in (true, believed))
    paid = true > 0
    if not paid.any():
        return np.nan
    return float(np.average(believed[paid] / true[paid], weights=weight[paid]))


def _reversals(world: World, record: MonthRecord, market: _Market) -> dict[str, float]:
    """Workloads in production that cost more than the interface their company would else use, over all; firm weighted.

    A reversal is regretted where in truth, tastes included, another way to serve the workload would be better.
    """
    companies, demand = world.companies, record.demand
    rows = some_of(world, demand.projects.production)
    if not len(rows):
        return {"reversal_rate": np.nan, "regretted_reversal_rate": np.nan}
    factors, offers, shared = _facing(world, record, rows, market), market.offers, market.shared
    every = pairs(factors, offers, shared)
    interface = every.considered & (offers.nest[every.codes] == API_CLASS)
    best = np.where(interface, every.true, -np.inf).argmax(axis=1)[:, None]
    would_pay = np.take_along_axis(every.cost, best, axis=1)[:, 0]
    wanted, at = demand.wanted, np.searchsorted(demand.live_rows, rows)
    reversal: BoolArray = interface.any(axis=1) & ((wanted.bill + wanted.staff + wanted.other)[at] > would_pay)
    in_truth = best_in_truth(world, factors, market.menu, shared)
    alone = (in_truth != NONE) & ~offers.metered[np.where(in_truth != NONE, in_truth, 0)]
    weight = companies.weight[companies.company[rows]]
    return {
        "reversal_rate": _share_of(reversal, weight),
        "regretted_reversal_rate": _share_of(reversal & ~alone, weight),
    }


def some_of(world: World, rows: IntArray) -> IntArray:
    """All of `rows` where they are few, else those with the smallest permanent random numbers."""
    if len(rows) <= MOST_MEASURED:
        return rows
    number = world.chance.uniform(Mechanism.PANEL, entity=rows)
    return np.sort(rows[np.argpartition(number, MOST_MEASURED)[:MOST_MEASURED]])


def _share_of(flag: BoolArray, weight: FloatArray) -> float:
    """Weighted share of those with a flag."""
    return float(np.average(flag, weights=weight))
