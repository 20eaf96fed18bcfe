"""Clouds' ordinary business in money: fees, costs, capital spending, and the profit that is left out of AI's
(docs/model.md "Clouds' ordinary business").

The rest of the economy pays and is paid; the companies' accounts hold their AI alone.
"""

from __future__ import annotations

import numpy as np

from market.accounts import HOUSEHOLDS, REST_OF_ECONOMY
from market.books import ClosedMonth
from market.flows import Flow
from market.money import to_cents
from market.units import CENTS_PER_DOLLAR, MONTHS_PER_YEAR, FloatArray
from scenarios.scenario import Scenario
from simulation.month.capacity import is_hyperscaler
from simulation.month.paying import pay_or_owe
from simulation.month.tenancies import Tenancies
from simulation.world import World

EARNED = (Flow.LEGACY_CLOUD_FEE, Flow.LEGACY_CASH_FLOW)
SPENT = (Flow.LEGACY_COST, Flow.LEGACY_CAPEX)


def pay_ordinary_cloud_business(world: World, assumptions: Scenario, *, tenancies: Tenancies) -> None:
    """Fees and costs by tenancy, egress of who left, work of moving, capital spending and what pays for it."""
    ledger, clouds = world.ledger, np.array([cloud.code for cloud in world.clouds])
    revenue = tenancies.revenue
    cost = (1 - assumptions.cloud.legacy_margin) * revenue
    left = np.zeros(len(clouds))
    np.add.at(left, tenancies.left, tenancies.egress)
    for fees in (revenue, left):
        ledger.pay(Flow.LEGACY_CLOUD_FEE, payer=REST_OF_ECONOMY, payee=clouds, cents=to_cents(fees))
    pay_or_owe(ledger, Flow.LEGACY_COST, payer=clouds, payee=REST_OF_ECONOMY, cents=to_cents(cost))
    moving = to_cents(float(tenancies.work.sum()))
    ledger.pay(Flow.LEGACY_MIGRATION, payer=REST_OF_ECONOMY, payee=HOUSEHOLDS, cents=moving)

    spending = to_cents(capital_spending(world, assumptions, revenue=revenue))
    holders = np.arange(len(spending))
    other_lines = np.rint((1 - assumptions.cloud.legacy_capex_own) * spending).astype(np.int64)
    other_lines = np.where(holders < len(clouds), other_lines, spending)  # the giant sells no ordinary cloud services
    ledger.pay(Flow.LEGACY_CASH_FLOW, payer=REST_OF_ECONOMY, payee=holders, cents=other_lines)
    pay_or_owe(ledger, Flow.LEGACY_CAPEX, payer=holders, payee=REST_OF_ECONOMY, cents=spending)


def capital_spending(world: World, assumptions: Scenario, *, revenue: FloatArray) -> FloatArray:
    """Capital spending outside AI, USD a month; (sellers,), by ordinary revenue (clouds,) among hyperscalers.

    Exogenous and level, as it was from 2022 to 2023 (fact 2.01); none in a world without ordinary cloud business.
    """
    cloud = assumptions.cloud
    spending = np.zeros(len(world.code_of))
    if revenue.sum() <= 0:
        return spending
    total = cloud.legacy_capex / MONTHS_PER_YEAR
    giants = giant_codes(world)
    spending[giants] = cloud.legacy_capex_giant * total / max(len(giants), 1)
    weight = np.where([is_hyperscaler(c) for c in world.clouds], revenue, 0.0)
    if weight.sum() > 0:
        spending[: len(weight)] = (1 - cloud.legacy_capex_giant) * total * weight / weight.sum()
    return spending


def giant_codes(world: World) -> list[int]:
    """Releasers that another business pays for: the platform giant."""
    return [releaser.code for releaser in world.releasers if releaser.funding == "complement"]


def ordinary_profit(world: World, closed: ClosedMonth) -> FloatArray:
    """Accounting profit of everything outside AI by seller, USD a month as booked; (sellers,)."""
    count = len(world.code_of)
    cents = closed.flows.received(*EARNED)[:count] - closed.flows.paid(*SPENT)[:count]
    return np.asarray(cents / CENTS_PER_DOLLAR)


def operating_profit(world: World, closed: ClosedMonth) -> float:
    """Fees less costs of the clouds' ordinary business, after wear of its capital, USD a month."""
    count = len(world.clouds)
    fees = closed.flows.received(Flow.LEGACY_CLOUD_FEE)[:count].sum()
    return float(fees - closed.flows.paid(Flow.LEGACY_COST)[:count].sum()) / CENTS_PER_DOLLAR
