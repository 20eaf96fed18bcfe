"""What companies earn, pay and keep: value sold, bills that accrue, wages, servers, moves, profit paid out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.self_running import pilot_staff_cost
from agents.vouchers import own_part
from market.accounts import COMPANIES, FUND, GOVERNMENT, HOUSEHOLDS, REST_OF_ECONOMY
from market.company_accounts import bill_companies, post_companies, settle_companies
from market.flows import Flow
from market.goods import Route
from market.money import apportion, to_cents
from market.own_machines import GPUS_PER_SERVER, server_running_cost_per_month
from market.row_accounts import Rows, month_of_rows
from market.units import CENTS_PER_DOLLAR, CentsArray, FloatArray, SmallArray, weighted_count
from scenarios.scenario import Scenario
from simulation.month.demand import Demand
from simulation.month.projects import Projects
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
    pilot_machines: float  # rent of proofs of concept
    pilot_staff: float
    advice: float
    advice_by_state: float = 0.0  # what the government pays advisers, no cost of companies
    vouchers: float = 0.0  # received from the government

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
            + self.pilot_machines
            + self.pilot_staff
            + self.advice
        )
        return self.gross_value + self.use_value + self.friction_real - costs + self.vouchers


@dataclass(frozen=True)
class CompanyTrade:
    """Results of the companies' trades, in total, by company and by live row."""

    month: CompanyMonth
    own_hours: FloatArray  # (companies,) GPU-hours on own premises, real firms
    spend: FloatArray  # (companies,) USD per firm on AI, staff included
    surplus: FloatArray  # (companies,) systematic USD per firm
    realised: FloatArray  # (companies,) gross value served, USD per firm
    bill: CentsArray  # (live rows,) metered bills and rents of whole rows
    revenue_by_offer: CentsArray  # (offers,)


def companies_trade(
    world: World, assumptions: Scenario, *, tariffs: Tariffs, demand: Demand, service: Service
) -> CompanyTrade:
    """Companies sell what AI made possible, pay their bills and people, and pay out what they do not need."""
    wanted, moves = demand.wanted, demand.moves
    companies, ledger = world.companies, world.ledger
    route = demand.sheet.route[demand.code]
    month = month_of_rows(
        Rows(
            company=demand.owner, weight=demand.weight, route=route, served=service.served,
            bill=wanted.bill, staff=wanted.staff, other=wanted.other, gross=wanted.gross, use=wanted.use,
            surplus=wanted.surplus, taste=wanted.taste,
        ),
        companies=companies.rows,
    )  # fmt: skip
    moved_weight = companies.weight[companies.company[moves.rows]]
    moving = to_cents(moves.migration, moved_weight)
    charged = np.where(moves.cloud_left >= 0, moves.egress, 0.0)
    egress = to_cents(charged, moved_weight)

    ledger.pay(Flow.VALUE_SALES, payer=REST_OF_ECONOMY, payee=COMPANIES, cents=month.cents["worth"])
    settled = _settle_leavers(world, demand=demand)
    paid = _pay_bills(world, assumptions, demand=demand, route=route, fees=month.fees)
    ledger.pay(Flow.WAGES, payer=COMPANIES, payee=HOUSEHOLDS, cents=month.cents["wages"])
    ledger.pay(Flow.OTHER_COSTS, payer=COMPANIES, payee=REST_OF_ECONOMY, cents=month.cents["other"])
    running = to_cents(_own_servers_running_cost(world, assumptions))
    power = month.cents["electricity"] + running
    ledger.pay(Flow.POWER_OPEX, payer=COMPANIES, payee=REST_OF_ECONOMY, cents=power)
    ledger.pay(Flow.MIGRATION_SERVICES, payer=COMPANIES, payee=HOUSEHOLDS, cents=int(moving.sum()))
    post_companies(ledger, Flow.EGRESS, counterparty=moves.cloud_left, cents=egress)
    tried = _pay_for_pilots(world, assumptions, tariffs=tariffs, projects=demand.projects, rented=service.rented)

    on_premises = np.flatnonzero(route == Route.ON_PREM)
    own_hours = weighted_count(
        demand.owner[on_premises],
        demand.weight[on_premises] * wanted.gpu_hours_held[on_premises],
        companies.rows,
    )
    change = month.change - split_over_owners(world, cents=running, own_hours=own_hours)
    np.add.at(change, demand.owner, -paid)
    np.add.at(change, companies.company[moves.rows], -moving - egress)
    np.add.at(change, companies.company[moves.leavers], -settled)
    change -= tried.cents
    support = _vouchers(world, assumptions, spend=month.spend)
    change += support
    _pay_out_profit(world, change=change)

    revenue = np.zeros(len(demand.sheet.available), dtype=np.int64)
    np.add.at(revenue, demand.code, month.fees)
    moved = {"moving": float((moved_weight * moves.migration).sum()), "egress": float((moved_weight * charged).sum())}
    return CompanyTrade(
        month=CompanyMonth(
            **month.dollars, **moved, pilot_machines=tried.machines, pilot_staff=tried.staff, advice=tried.advice,
            advice_by_state=tried.advice_by_state, vouchers=float(support.sum()) / CENTS_PER_DOLLAR,
        ),
        own_hours=own_hours,
        spend=month.spend,
        surplus=month.surplus,
        realised=month.realised,
        bill=month.fees,
        revenue_by_offer=revenue,
    )


@dataclass(frozen=True)
class _Trials:
    """What proofs of concept and advice cost, over real firms, USD, and what each row pays."""

    machines: float
    staff: float
    advice: float
    advice_by_state: float
    cents: CentsArray  # (companies,)


def _pay_for_pilots(
    world: World, assumptions: Scenario, *, tariffs: Tariffs, projects: Projects, rented: FloatArray
) -> _Trials:
    """Companies rent machines and pay people for proofs of concept, and pay their advisers."""
    companies, ledger = world.companies, world.ledger
    row, cloud = companies.company[projects.piloting], projects.pilot_cloud
    price = tariffs.cloud_price[cloud] * assumptions.selfhost.price_multiplier
    rent = projects.pilot_hours * price * rented[cloud]
    people = np.full(len(row), pilot_staff_cost(assumptions.selfhost, assumptions.labour))
    asking = companies.company[projects.advised]
    fee = np.full(len(asking), assumptions.belief.advice_fee)
    machines, staff = to_cents(rent, companies.weight[row]), to_cents(people, companies.weight[row])
    fees = to_cents(fee, companies.weight[asking])
    post_companies(ledger, Flow.POC_COST, counterparty=cloud, cents=machines)
    ledger.pay(Flow.POC_COST, payer=COMPANIES, payee=HOUSEHOLDS, cents=int(staff.sum()))
    by_state = assumptions.policy.advice_programme
    adviser_paid_by = GOVERNMENT if by_state else COMPANIES
    ledger.pay(Flow.ADVICE_FEE, payer=adviser_paid_by, payee=HOUSEHOLDS, cents=int(fees.sum()))
    cents = np.zeros(companies.rows, dtype=np.int64)
    np.add.at(cents, row, machines + staff)
    if not by_state:
        np.add.at(cents, asking, fees)
    advice = float((companies.weight[asking] * fee).sum())
    return _Trials(
        machines=float((companies.weight[row] * rent).sum()),
        staff=float((companies.weight[row] * people).sum()),
        advice=0.0 if by_state else advice,
        advice_by_state=advice if by_state else 0.0,
        cents=cents,
    )


def _vouchers(world: World, assumptions: Scenario, *, spend: FloatArray) -> CentsArray:
    """What the state pays of the outlays `spend` (USD per firm) of small and medium companies; (companies,) cents."""
    companies = world.companies
    borne = own_part(companies.size_class, assumptions.policy)
    if borne is None:
        return np.zeros(companies.rows, dtype=np.int64)
    cents = to_cents((1.0 - borne) * spend, companies.weight)
    world.ledger.pay(Flow.VOUCHER, payer=GOVERNMENT, payee=COMPANIES, cents=int(cents.sum()))
    return cents


def _pay_bills(
    world: World, assumptions: Scenario, *, demand: Demand, route: SmallArray, fees: CentsArray
) -> CentsArray:
    """Rows pay sellers of tokens and of accelerators, small bills accruing; what each pays now, (live rows,) cents."""
    companies, rows = world.companies, demand.live_rows
    paid, payable = np.zeros(len(rows), dtype=np.int64), companies.payable[rows]
    seller = demand.sheet.seller[demand.code].astype(np.int64)
    least = to_cents(np.full(len(rows), assumptions.finance.smallest_bill), demand.weight)
    for flow, kind in (
        (Flow.API_FEE, Route.CLOSED_API),
        (Flow.HOSTED_FEE, Route.HOSTED_OPEN),
        (Flow.COMPUTE_RENT, Route.SELF_RENT),
    ):
        at = np.flatnonzero(route == kind)
        paid[at] = bill_companies(
            world.ledger, flow, counterparty=seller[at], cents=fees[at], payable=payable[at], least=least[at]
        )
    companies.commit("settlement", rows=rows, payable=payable + fees - paid)
    return paid


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
