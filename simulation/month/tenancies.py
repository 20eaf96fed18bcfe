"""The month's tenancies: companies move their ordinary business into a cloud, or from one to another (docs/model.md
"Clouds' ordinary business", M11), and what clouds earn by it.

Everyone compares the clouds' posted prices of the last year; nothing here depends on AI but through those prices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.conduct import contract_brand
from agents.tenancy import (
    ON_PREMISES,
    annualised_migration,
    attraction,
    destination,
    pick,
    quoted_discount,
    saving,
)
from market.chance import Mechanism
from market.units import GIGABYTES_PER_TERABYTE, MONTHS_PER_YEAR, FloatArray, IntArray, running_sum
from scenarios.scenario import Scenario
from simulation.founders.population import MIGRATION_WORK
from simulation.world import World

REVIEWED, CHOSEN, ARRIVED, RENEWED, QUOTED = range(5)  # subjects of the draws; quotes take one more for each cloud


@dataclass(frozen=True)
class Tenancies:
    """Who moved ordinary business this month, and what every cloud earns by it."""

    arrived: IntArray  # (arrivals,) rows that moved in from their premises
    moved: IntArray  # (moves,) rows that changed their cloud
    left: IntArray  # (moves,) cloud each of them left
    work: FloatArray  # (moves,) USD of work, real firms
    egress: FloatArray  # (moves,) USD charged by the cloud left, real firms
    revenue: FloatArray  # (clouds,) USD


def review_tenancies(world: World, assumptions: Scenario, *, month: int, price: FloatArray) -> Tenancies:
    """Let companies move in and between clouds at the posted prices (clouds,) USD per GPU-hour, and store it."""
    total = ordinary_revenue(world, assumptions, month=month)
    nobody = np.zeros(0, dtype=np.int64)
    if total <= 0:
        nothing = np.zeros(len(world.clouds))
        return Tenancies(
            arrived=nobody, moved=nobody, left=nobody, work=np.zeros(0), egress=np.zeros(0), revenue=nothing
        )
    rules, companies = assumptions.tenancy, world.companies
    world.posted_prices = [*world.posted_prices, price][-rules.price_memory :]
    price = np.mean(world.posted_prices, axis=0)
    offered = np.array([cloud.legacy_share for cloud in world.clouds])
    weights = attraction(
        price,
        brand=contract_brand(world.clouds, assumptions.pricing),
        machine_share=rules.machine_share,
        offered=offered,
        spread=rules.taste_spread,
    )
    everyone = np.arange(companies.rows)
    chance = world.chance

    looks = chance.uniform(Mechanism.TENANCY_REVIEW, month=month, entity=everyone, subject=REVIEWED) < rules.review
    rows = np.flatnonzero(looks & (companies.tenancy >= 0))
    bills = bills_of(world, total=total)
    data = companies.sum_by_company(companies.data_tb)[rows] * companies.weight[rows] * GIGABYTES_PER_TERABYTE
    egress = data * assumptions.lockin.egress
    years = years_of_bill(world, assumptions, rows=rows)
    own = companies.tenancy[rows].astype(np.int64)
    cost = annualised_migration(
        years_of_bill=years, egress=egress, bill=bills[rows], horizon=assumptions.lockin.horizon
    )
    quotes = QUOTED + np.arange(len(offered))
    gain = saving(
        price,
        own=own,
        machine_share=rules.machine_share,
        renewal=quoted_discount(
            chance.uniform(Mechanism.TENANCY_REVIEW, month=month, entity=rows, subject=RENEWED), rules.renewal_discount
        ),
        offer=quoted_discount(
            chance.uniform(Mechanism.TENANCY_REVIEW, month=month, entity=rows[:, None], subject=quotes[None, :]),
            rules.rival_discount,
        ),
        offered=offered,
    )
    gain = gain - cost[:, None]
    uniform = chance.uniform(Mechanism.TENANCY_REVIEW, month=month, entity=rows, subject=CHOSEN)
    to = destination(gain, attraction=weights, uniform=uniform)
    moves = to != ON_PREMISES

    hazard = -np.expm1(-rules.arrival)
    comes = chance.uniform(Mechanism.TENANCY_REVIEW, month=month, entity=everyone, subject=ARRIVED) < hazard
    arrived = np.flatnonzero(comes & (companies.tenancy == ON_PREMISES) & bool(weights.any()))
    chosen = chance.uniform(Mechanism.TENANCY_REVIEW, month=month, entity=arrived, subject=CHOSEN)
    into = pick(np.broadcast_to(weights, (len(arrived), len(weights))), chosen)
    _commit(world, rows=np.concatenate([rows[moves], arrived]), cloud=np.concatenate([to[moves], into]))
    return Tenancies(
        arrived=arrived,
        moved=rows[moves],
        left=own[moves],
        work=years[moves] * MONTHS_PER_YEAR * bills[rows[moves]],
        egress=egress[moves],
        revenue=revenue_by_cloud(world, total=total),
    )


def _commit(world: World, *, rows: IntArray, cloud: IntArray) -> None:
    """Store where the ordinary business of `rows` now runs; whoever has it in a cloud has an account there."""
    companies = world.companies
    opened = np.left_shift(np.uint64(1), cloud.astype(np.uint64))
    companies.commit("choice", rows=rows, tenancy=cloud, accounts=companies.accounts[rows] | opened)


def ordinary_revenue(world: World, assumptions: Scenario, *, month: int) -> float:
    """Ordinary revenue of all clouds, USD a month: exogenous."""
    cloud, served = assumptions.cloud, min(running_sum(c.legacy_share for c in world.clouds), 1.0)
    return float(cloud.legacy_revenue * (1 + cloud.legacy_growth) ** (month / MONTHS_PER_YEAR) * served)


def years_of_bill(world: World, assumptions: Scenario, *, rows: IntArray) -> FloatArray:
    """Work of moving the ordinary business of `rows`, years of bill: lognormal between companies, the same for ever."""
    rules = assumptions.tenancy
    luck = world.chance.normal(Mechanism.FOUNDING_TENANCY, entity=rows, subject=MIGRATION_WORK)
    return np.asarray(rules.migration_years * np.exp(rules.migration_spread * luck))


def bills_of(world: World, *, total: float) -> FloatArray:
    """Ordinary cloud bill of every row, USD a month of all its firms; (companies,), 0 on premises."""
    companies = world.companies
    bill = np.where(companies.tenancy >= 0, companies.legacy_bill, 0.0)
    tenants = float(bill.sum())
    return np.asarray(bill * (total / tenants)) if tenants > 0 else bill


def revenue_by_cloud(world: World, *, total: float) -> FloatArray:
    """Ordinary revenue of each cloud: the bills of its tenants; (clouds,) USD."""
    companies = world.companies
    at = companies.tenancy >= 0
    revenue = np.bincount(
        companies.tenancy[at], weights=bills_of(world, total=total)[at], minlength=len(world.clouds)
    )
    return np.asarray(revenue)
