"""What companies earn, pay and keep: value sold, bills that accrue, wages, servers, moves, profit paid out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.accounts import COMPANIES, FUND, HOUSEHOLDS, REST_OF_ECONOMY
from market.company_accounts import bill_companies, post_companies, settle_companies
from market.flows import Flow
from market.goods import Route
from market.money import apportion, to_cents
from market.own_machines import GPUS_PER_SERVER, server_running_cost_per_month
from market.units import CentsArray, FloatArray, weighted_count
from scenarios.scenario import Scenario
from simulation.month.demand import Demand
from simulation.month.service import Service
from simulation.month.tariffs import Tariffs
from simulation.world import World


@dataclass(frozen=True)
class CompanyMonth:
    """What the companies gained and paid, over real firms, USD."""

    gross_value: float
    use_value: float
    friction_real: float  # true part of residual friction, not money
    taste: float
    fees: float
    integration: float
    own_machines: float  # cost of servers on own premises, capital included
    own_rent: float  # rented accelerators
    own_overhead: float  # and fixed cost
    own_staff: float
    own_energy: float
    moving: float  # migration and first use
    egress: float

    @property
    def systematic(self) -> float:
        """Surplus without tastes."""
        costs = (
            self.fees
            + self.integration
            + self.own_machines
            + self.own_rent
            + self.own_overhead
            + self.own_staff
            + self.own_energy
            + self.moving
            + self.egress
        )
        return self.gross_value + self.use_value + self.friction_real - costs


@dataclass(frozen=True)
class CompanyTrade:
    """Results of the companies' trades, per live row and in total."""

    month: CompanyMonth
    own_hours: FloatArray
    bill: CentsArray
    spend: FloatArray
    surplus: FloatArray
    value: FloatArray
    revenue_by_offer: CentsArray


def companies_trade(
    world: World, assumptions: Scenario, *, tariffs: Tariffs, demand: Demand, service: Service
) -> CompanyTrade:
    """Companies sell what AI made possible, pay their bills and people, and pay out what they do not need."""
    wanted, served, weight = demand.wanted, service.served, demand.weight
    rows, sheet, code = demand.live_rows, demand.sheet, demand.code
    companies, ledger = world.companies, world.ledger
    route = sheet.route[code]
    metered = route <= Route.HOSTED_OPEN
    on_cloud = route == Route.SELF_RENT
    energy = route == Route.ON_DEVICE
    on_premises = route == Route.ON_PREM
    value = (wanted.gross + wanted.use) * served
    worth = to_cents(np.maximum(value, 0.0), weight)
    fees = to_cents(np.where(metered | on_cloud, wanted.bill * served, 0.0), weight)
    electricity = to_cents(np.where(energy, wanted.bill * served, 0.0), weight)
    wages = to_cents(wanted.staff, weight)
    other = to_cents(wanted.other * np.where(on_cloud | on_premises, 1.0, 0.0), weight)
    moves = demand.moves
    moved_weight = companies.weight[companies.company[moves.rows]]
    moving = to_cents(moves.migration, moved_weight)
    charged = np.where(moves.cloud_left >= 0, moves.egress, 0.0)
    egress = to_cents(charged, moved_weight)

    ledger.pay(Flow.VALUE_SALES, payer=REST_OF_ECONOMY, payee=COMPANIES, cents=int(worth.sum()))
    settled = _settle_leavers(world, demand=demand)
    payable = companies.payable[rows]
    paid = np.zeros(len(rows), dtype=np.int64)
    seller = sheet.seller[code]
    least = to_cents(np.full(len(rows), assumptions.finance.smallest_bill), weight)
    revenue_by_offer = np.zeros(len(sheet.available), dtype=np.int64)
    np.add.at(revenue_by_offer, code, fees)
    for flow, mask in (
        (Flow.API_FEE, route == Route.CLOSED_API),
        (Flow.HOSTED_FEE, route == Route.HOSTED_OPEN),
        (Flow.COMPUTE_RENT, on_cloud),
    ):
        at = np.flatnonzero(mask)
        paid[at] = bill_companies(
            ledger,
            flow,
            counterparty=seller[at].astype(np.int64),
            cents=fees[at],
            payable=payable[at],
            least=least[at],
        )
    companies.commit("settlement", rows=rows, payable=payable + fees - paid)
    ledger.pay(Flow.WAGES, payer=COMPANIES, payee=HOUSEHOLDS, cents=int(wages.sum()))
    ledger.pay(Flow.OTHER_COSTS, payer=COMPANIES, payee=REST_OF_ECONOMY, cents=int(other.sum()))
    running = _own_servers_running_cost(world, assumptions)
    ledger.pay(
        Flow.POWER_OPEX, payer=COMPANIES, payee=REST_OF_ECONOMY, cents=int(electricity.sum()) + to_cents(running)
    )
    ledger.pay(Flow.MIGRATION_SERVICES, payer=COMPANIES, payee=HOUSEHOLDS, cents=int(moving.sum()))
    post_companies(ledger, Flow.EGRESS, counterparty=moves.cloud_left, cents=egress)
    change = np.zeros(companies.rows, dtype=np.int64)
    np.add.at(change, companies.company[rows], worth - paid - wages - other - electricity)
    np.add.at(change, companies.company[moves.rows], -moving - egress)
    np.add.at(change, companies.company[moves.leavers], -settled)
    own_hours = weighted_count(
        companies.company[rows[on_premises]], (weight * wanted.gpu_hours_held)[on_premises], companies.rows
    )
    change -= split_over_owners(world, cents=to_cents(running), own_hours=own_hours)
    _pay_out_profit(world, change=change)

    friction = wanted.surplus - (wanted.gross + wanted.use - wanted.bill - wanted.staff - wanted.other)
    surplus = (wanted.gross + wanted.use - wanted.bill + friction) * served - wanted.staff - wanted.other

    def real(per_firm: FloatArray) -> float:
        return float((weight * per_firm).sum())

    month = CompanyMonth(
        gross_value=real(wanted.gross * served),
        use_value=real(wanted.use * served),
        friction_real=real(friction * served),
        taste=real(wanted.taste * served),
        fees=real(np.where(metered, wanted.bill * served, 0.0)),
        integration=real(np.where(metered | energy, wanted.staff, 0.0)),
        own_machines=real(np.where(on_premises, wanted.bill * served, 0.0)),
        own_rent=real(np.where(on_cloud, wanted.bill * served, 0.0)),
        own_energy=real(np.where(energy, wanted.bill * served, 0.0)),
        own_overhead=real(wanted.other),
        own_staff=real(np.where(on_cloud | on_premises, wanted.staff, 0.0)),
        moving=float((moved_weight * moves.migration).sum()),
        egress=float((moved_weight * charged).sum()),
    )
    return CompanyTrade(
        month=month,
        own_hours=own_hours,
        bill=fees,
        spend=wanted.bill * served + wanted.staff + wanted.other,
        surplus=surplus,
        value=wanted.gross * served,
        revenue_by_offer=revenue_by_offer,
    )


def _settle_leavers(world: World, *, demand: Demand) -> CentsArray:
    """Workloads that left a seller settle what had accrued; returns what each leaver paid, (leavers,) cents."""
    companies, leavers = world.companies, demand.moves.leavers
    settled: CentsArray = companies.payable[leavers]
    seller = demand.sheet.seller[demand.moves.offer_left].astype(np.int64)
    settle_companies(world.ledger, counterparty=seller, payable=settled)
    companies.commit("settlement", rows=leavers, payable=0)
    return settled


def _own_servers_running_cost(world: World, assumptions: Scenario) -> float:
    """Power, space and maintenance of the servers companies own, USD."""
    servers = world.company_fleet.count / GPUS_PER_SERVER
    return servers * server_running_cost_per_month(assumptions.selfhost)


def split_over_owners(world: World, *, cents: int, own_hours: FloatArray) -> CentsArray:
    """Cost of servers on own premises by company, by the GPU-hours each needs; (companies,) cents.

    Servers nobody uses any more are paid for by all, in proportion to their size.
    """
    if cents == 0:
        return np.zeros(world.companies.rows, dtype=np.int64)
    weights = own_hours if own_hours.any() else world.companies.opening_deposits
    entitled = np.flatnonzero(weights)
    shares = np.zeros(len(weights), dtype=np.int64)
    shares[entitled] = apportion(cents, weights[entitled])
    return shares


def _pay_out_profit(world: World, *, change: CentsArray) -> None:
    """Rows keep their opening deposits and pay the rest to their owners."""
    companies, ledger = world.companies, world.ledger
    deposits = companies.deposits + change
    profit = np.maximum(deposits - companies.opening_deposits, 0)
    companies.commit("settlement", deposits=deposits - profit)
    ledger.pay(Flow.DIVIDENDS, payer=COMPANIES, payee=FUND, cents=int(profit.sum()))
    ledger.pay(Flow.DIVIDENDS, payer=FUND, payee=HOUSEHOLDS, cents=int(profit.sum()))
