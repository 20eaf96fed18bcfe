"""Every cent of the month: sales, bills, wages, rents, energy, interest and equity (docs/model.md section 3).

Order: incomes first, then wages, energy, suppliers, interest; what is still missing the bank lends. Nothing here
decides
anything; amounts follow from prices posted and quantities served.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.accounts import REST_OF_ECONOMY
from market.flows import Flow
from market.labour import staff_by_role
from market.misuse import Harm
from market.money import to_cents
from market.units import CENTS_PER_DOLLAR, CentsArray, FloatArray
from scenarios.scenario import Scenario
from simulation.month.capacity import Capacity
from simulation.month.company_trade import CompanyMonth, companies_trade
from simulation.month.compute import Compute
from simulation.month.dealing import expire_credits, pay_revenue_shares
from simulation.month.debts import pay_dividends, pay_taxes, service_debt
from simulation.month.demand import Demand
from simulation.month.funding import (
    fund_independent_releasers,
    fund_labs,
    fund_releasers,
    pay_damages,
    pay_interest,
    spend_household_income,
)
from simulation.month.hiring import AtWork, at_work
from simulation.month.misuse import harm_of_month
from simulation.month.ordinary import pay_ordinary_cloud_business
from simulation.month.paying import pay_or_owe
from simulation.month.seller_costs import (
    book_wear_and_arrivals,
    buy_distillation,
    pay_marketplace_cuts,
    pay_rents,
    pay_wages,
    serving_staff,
    tokens_by_host,
)
from simulation.month.service import Service
from simulation.month.tariffs import Tariffs
from simulation.world import World


@dataclass(frozen=True)
class Accounts:
    """What was paid in the month, beyond what the ledger says."""

    company: CompanyMonth
    bill_by_slot: CentsArray  # (live rows,) metered bills of whole rows
    own_hours: FloatArray  # (companies,) GPU-hours on own premises, real firms
    spend: FloatArray  # (companies,) USD per firm on AI, staff included
    surplus: FloatArray  # (companies,) systematic USD per firm
    realised: FloatArray  # (companies,) gross value served, USD per firm
    revenue_by_offer: CentsArray  # (offers,)
    serving_staff: dict[str, tuple[float, float]]  # FTE and USD by seller
    training_rent: FloatArray  # (trainers,) USD
    training_staff_cost: FloatArray  # (trainers,) USD
    serving_rent: FloatArray  # (buyers,) USD
    overhead: FloatArray  # (buyers,) USD
    shortfall: FloatArray  # (buyers,) USD paid for hours reserved and not used
    reserved_rent: FloatArray  # (buyers, clouds) USD paid for reserved hours used
    below_posted: FloatArray  # (buyers,) USD paid for serving hours less their price on demand
    opex: FloatArray  # (clouds,) USD
    equity: FloatArray  # (labs,) USD
    revenue_share: FloatArray  # (labs,) USD paid to partners
    distillation: float  # USD
    specialists: AtWork | None  # None without a labour market
    harm: Harm | None  # to the rest of the economy; None where nobody follows misuse


def settle_accounts(
    world: World,
    assumptions: Scenario,
    *,
    month: int,
    capacity: Capacity,
    tariffs: Tariffs,
    demand: Demand,
    compute: Compute,
    service: Service,
) -> Accounts:
    """Post the month's payments in the ledger and update the companies' rows."""
    ledger = world.ledger
    book_wear_and_arrivals(world, capacity=capacity)
    expire_credits(world, month=month)
    equity = fund_labs(world, assumptions, month=month)
    if assumptions.finance.enforced:
        fund_independent_releasers(world, assumptions, month=month)
    pay_ordinary_cloud_business(world, assumptions, tenancies=demand.tenancies)
    ledger.pay(
        Flow.CONSUMER_FEES,
        payer=REST_OF_ECONOMY,
        payee=np.array([lab.code for lab in world.labs], dtype=np.int64),
        cents=to_cents(tariffs.subscription_revenue),
    )
    companies = companies_trade(world, assumptions, tariffs=tariffs, demand=demand, service=service)
    rents = pay_rents(world, assumptions, tariffs=tariffs, compute=compute)
    staff = serving_staff(world, assumptions, service=service, efficiency=capacity.serving_efficiency)
    pay_marketplace_cuts(world, assumptions, revenue_by_offer=companies.revenue_by_offer)
    shared = pay_revenue_shares(
        world, assumptions, revenue_by_offer=companies.revenue_by_offer,
        subscriptions=to_cents(tariffs.subscription_revenue),
    )  # fmt: skip
    training_staff = assumptions.frontier.research_staff * rents.training
    distillation = buy_distillation(world, assumptions, month=month, tariffs=tariffs)
    pay_wages(world, staff=staff, training_staff=training_staff)
    busy = compute.cleared.served.sum(axis=(0, 2))
    if compute.spot is not None:
        busy = busy + compute.spot.hours
    opex = assumptions.invest.opex * busy
    pay_or_owe(
        ledger,
        Flow.POWER_OPEX,
        payer=np.array([cloud.code for cloud in world.clouds]),
        payee=REST_OF_ECONOMY,
        cents=to_cents(opex),
    )
    tokens = tokens_by_host(world, service)
    roles = {name: staff_by_role(fte, tokens[name] / capacity.serving_efficiency) for name, (fte, _) in staff.items()}
    specialists = at_work(
        world, assumptions, month=month, positions=demand.positions, moving=companies.month.moving,
        serving=roles, training_staff=training_staff,
    )  # fmt: skip
    harm = harm_of_month(world, assumptions, rent=tariffs.rent)
    pay_damages(world, harm)
    enforced = assumptions.finance.enforced
    (service_debt if enforced else pay_interest)(world, assumptions)
    fund_releasers(world, assumptions, month=month)
    if enforced:
        pay_taxes(world, assumptions)
        pay_dividends(world, assumptions)
    spend_household_income(world)
    return Accounts(
        company=companies.month,
        own_hours=companies.own_hours,
        bill_by_slot=companies.bill,
        spend=companies.spend,
        surplus=companies.surplus,
        realised=companies.realised,
        revenue_by_offer=companies.revenue_by_offer,
        serving_staff=staff,
        training_rent=rents.training,
        training_staff_cost=training_staff,
        serving_rent=rents.serving,
        overhead=rents.overhead,
        shortfall=rents.shortfall,
        reserved_rent=rents.reserved,
        below_posted=rents.below_posted,
        opex=opex,
        equity=equity,
        revenue_share=shared / CENTS_PER_DOLLAR,
        distillation=distillation,
        specialists=specialists,
        harm=harm,
    )
