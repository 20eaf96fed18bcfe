"""Every cent of the month: sales, bills, wages, rents, energy, interest and equity (docs/model.md section 3).

Order: incomes first, then wages, energy, suppliers, interest; what is still missing the bank lends. Nothing here decides
anything; amounts follow from prices posted and quantities served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.sellers import CloudProvider, ModelLab, Seller
from market.accounts import BANK, COMPANIES, FUND, GOVERNMENT, HOUSEHOLDS, REST_OF_ECONOMY
from market.company_accounts import bill_companies, post_companies, settle_companies
from market.flows import Flow
from market.goods import Route
from market.labour import loaded_wage
from market.money import apportion, to_cents
from market.own_machines import GPUS_PER_SERVER, server_running_cost_per_month
from market.pooling import shared_staff
from market.units import CENTS_PER_DOLLAR, MONTHS_PER_YEAR, TOKENS_PER_MTOK, CentsArray, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.capacity import Capacity
from simulation.month.compute import Compute
from simulation.month.demand import Demand
from simulation.month.service import Service
from simulation.month.tariffs import Tariffs
from simulation.month.training import detected, equity_round
from simulation.world import OTHER, SELF_RENTERS, World


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
            self.fees + self.integration + self.own_machines + self.own_rent + self.own_overhead + self.own_staff
            + self.own_energy + self.moving + self.egress
        )
        return self.gross_value + self.use_value + self.friction_real - costs


@dataclass(frozen=True)
class Accounts:
    """What was paid in the month, beyond what the ledger says."""

    company: CompanyMonth
    bill_by_slot: CentsArray  # (live rows,) metered bills of whole rows
    spend_by_slot: FloatArray  # (live rows,) USD per firm on AI, staff included
    own_hours: FloatArray  # (companies,) GPU-hours on own premises, real firms
    surplus_by_slot: FloatArray  # (live rows,) systematic USD per firm
    value_by_slot: FloatArray  # (live rows,) gross value served, USD per firm
    revenue_by_offer: CentsArray  # (offers,)
    serving_staff: dict[str, tuple[float, float]]  # FTE and USD by seller
    rent_by_cloud: FloatArray  # (clouds,) USD
    training_rent: FloatArray  # (trainers,) USD
    training_staff_cost: FloatArray  # (trainers,) USD
    serving_rent: FloatArray  # (buyers,) USD
    overhead: FloatArray  # (buyers,) USD
    opex: FloatArray  # (clouds,) USD
    equity: FloatArray  # (labs,) USD
    distillation: float  # USD


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
    _wear_and_arrivals(world, capacity=capacity)
    equity = _fund_labs(world, assumptions, month=month)
    _ordinary_cloud_business(world, assumptions, month=month)
    ledger.pay(
        Flow.CONSUMER_FEES, payer=REST_OF_ECONOMY, payee=np.array([lab.code for lab in world.labs], dtype=np.int64),
        cents=to_cents(tariffs.subscription_revenue),
    )
    companies = _companies_trade(world, assumptions, tariffs=tariffs, demand=demand, service=service)
    rents = _rents(world, assumptions, tariffs=tariffs, compute=compute)
    staff = _serving_staff(world, assumptions, service=service, efficiency=capacity.serving_efficiency)
    _marketplace_cuts(world, assumptions, revenue_by_offer=companies.revenue_by_offer)
    training_staff = assumptions.frontier.research_staff * rents.training
    distillation = _distil(world, assumptions, month=month, tariffs=tariffs)
    _pay_wages(world, staff=staff, training_staff=training_staff)
    opex = assumptions.invest.opex * compute.cleared.served.sum(axis=(0, 2))
    ledger.pay(
        Flow.POWER_OPEX, payer=np.array([cloud.code for cloud in world.clouds]), payee=REST_OF_ECONOMY,
        cents=to_cents(opex),
    )
    _pay_interest(world, assumptions)
    _fund_releasers(world)
    spend_household_income(world)
    return Accounts(
        company=companies.month, own_hours=companies.own_hours, bill_by_slot=companies.bill, spend_by_slot=companies.spend,
        surplus_by_slot=companies.surplus, value_by_slot=companies.value,
        revenue_by_offer=companies.revenue_by_offer, serving_staff=staff, rent_by_cloud=rents.by_cloud,
        training_rent=rents.training, training_staff_cost=training_staff, serving_rent=rents.serving,
        overhead=rents.overhead, opex=opex, equity=equity, distillation=distillation,
    )


@dataclass(frozen=True)
class _CompanyTrade:
    """Results of the companies' trades, per live row and in total."""

    month: CompanyMonth
    own_hours: FloatArray
    bill: CentsArray
    spend: FloatArray
    surplus: FloatArray
    value: FloatArray
    revenue_by_offer: CentsArray


@dataclass(frozen=True)
class _Rents:
    """USD paid for GPU-hours."""

    by_cloud: FloatArray
    training: FloatArray  # (trainers,)
    serving: FloatArray  # (buyers,)
    overhead: FloatArray  # (buyers,)


def _wear_and_arrivals(world: World, *, capacity: Capacity) -> None:
    """Book what was delivered and what wore out, for every owner of machines."""
    for owner, arrived in capacity.arrivals.items():
        delivered = arrived.machine_cents + arrived.site_cents
        world.ledger.book(Flow.DELIVERY, debit=owner, credit=owner, cents=delivered)
        world.ledger.book(Flow.DEPRECIATION, debit=owner, credit=owner, cents=capacity.depreciation_cents[owner])


def _fund_labs(world: World, assumptions: Scenario, *, month: int) -> FloatArray:
    """Equity the fund pays in, and what labs set aside for training; (labs,) USD."""
    rounds = []
    for lab in world.labs:
        raised = equity_round(world, assumptions, lab=lab, month=month)
        revenue = lab.revenue_history[-1] if lab.revenue_history else 0.0
        lab.training_cash += raised + assumptions.lab.budget_share * revenue
        rounds.append(raised)
    equity = np.array(rounds)
    world.ledger.pay(Flow.EQUITY_ISSUE, payer=FUND, payee=_codes(world.labs), cents=to_cents(equity))
    return equity


def _ordinary_cloud_business(world: World, assumptions: Scenario, *, month: int) -> None:
    """Exogenous non-AI revenue and cost of the clouds, by legacy share."""
    cloud = assumptions.cloud
    total = cloud.legacy_revenue * (1 + cloud.legacy_growth) ** (month / MONTHS_PER_YEAR)
    revenue = total * np.array([c.legacy_share for c in world.clouds])
    cost = (1 - cloud.legacy_margin) * revenue
    codes = _codes(world.clouds)
    world.ledger.pay(Flow.LEGACY_CLOUD_FEE, payer=REST_OF_ECONOMY, payee=codes, cents=to_cents(revenue))
    world.ledger.pay(Flow.LEGACY_COST, payer=codes, payee=REST_OF_ECONOMY, cents=to_cents(cost))


def _companies_trade(
    world: World, assumptions: Scenario, *, tariffs: Tariffs, demand: Demand, service: Service
) -> _CompanyTrade:
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
    moving = to_cents(demand.migration, companies.weight[companies.company])
    egress = to_cents(demand.egress, companies.weight[companies.company])
    egress = np.where(demand.egress_to >= 0, egress, 0)

    ledger.pay(Flow.VALUE_SALES, payer=REST_OF_ECONOMY, payee=COMPANIES, cents=int(worth.sum()))
    payable, settled = _settle_leavers(world, demand=demand)
    paid = np.zeros(len(rows), dtype=np.int64)
    seller = sheet.seller[code]
    least = to_cents(np.full(len(rows), assumptions.finance.smallest_bill), weight)
    revenue_by_offer = np.zeros(len(sheet.available), dtype=np.int64)
    np.add.at(revenue_by_offer, code, fees)
    for flow, mask in (
        (Flow.API_FEE, route == Route.CLOSED_API), (Flow.HOSTED_FEE, route == Route.HOSTED_OPEN),
        (Flow.COMPUTE_RENT, on_cloud),
    ):
        at = np.flatnonzero(mask)
        paid[at] = bill_companies(
            ledger, flow, counterparty=seller[at].astype(np.int64), cents=fees[at], payable=payable[rows[at]],
            least=least[at],
        )
    payable[rows] += fees - paid
    ledger.pay(Flow.WAGES, payer=COMPANIES, payee=HOUSEHOLDS, cents=int(wages.sum()))
    ledger.pay(Flow.OTHER_COSTS, payer=COMPANIES, payee=REST_OF_ECONOMY, cents=int(other.sum()))
    running = _own_servers_running_cost(world, assumptions)
    ledger.pay(
        Flow.POWER_OPEX, payer=COMPANIES, payee=REST_OF_ECONOMY, cents=int(electricity.sum()) + to_cents(running)
    )
    ledger.pay(Flow.MIGRATION_SERVICES, payer=COMPANIES, payee=HOUSEHOLDS, cents=int(moving.sum()))
    post_companies(ledger, Flow.EGRESS, counterparty=demand.egress_to, cents=egress)
    outlay = np.zeros(companies.slots, dtype=np.int64)
    outlay[rows] = worth - paid - wages - other - electricity
    outlay -= moving + egress + settled
    own_hours = np.bincount(
        companies.company[rows[on_premises]], weights=(weight * wanted.gpu_hours_held)[on_premises],
        minlength=companies.rows,
    )
    change = companies.sum_by_company(outlay) - split_over_owners(world, cents=to_cents(running), own_hours=own_hours)
    _pay_out_profit(world, change=change)
    companies.commit("settlement", payable=payable)

    friction = wanted.surplus - (wanted.gross + wanted.use - wanted.bill - wanted.staff - wanted.other)
    surplus = (wanted.gross + wanted.use - wanted.bill + friction) * served - wanted.staff - wanted.other

    def real(per_firm: FloatArray) -> float:
        return float((weight * per_firm).sum())

    month = CompanyMonth(
        gross_value=real(wanted.gross * served), use_value=real(wanted.use * served),
        friction_real=real(friction * served), taste=real(wanted.taste * served),
        fees=real(np.where(metered, wanted.bill * served, 0.0)),
        integration=real(np.where(metered | energy, wanted.staff, 0.0)),
        own_machines=real(np.where(on_premises, wanted.bill * served, 0.0)),
        own_rent=real(np.where(on_cloud, wanted.bill * served, 0.0)),
        own_energy=real(np.where(energy, wanted.bill * served, 0.0)),
        own_overhead=real(wanted.other),
        own_staff=real(np.where(on_cloud | on_premises, wanted.staff, 0.0)),
        moving=float((companies.weight[companies.company] * demand.migration).sum()),
        egress=float((companies.weight[companies.company] * np.where(demand.egress_to >= 0, demand.egress, 0)).sum()),
    )
    return _CompanyTrade(
        month=month, own_hours=own_hours, bill=fees, spend=wanted.bill * served + wanted.staff + wanted.other, surplus=surplus,
        value=wanted.gross * served, revenue_by_offer=revenue_by_offer,
    )


def _settle_leavers(world: World, *, demand: Demand) -> tuple[CentsArray, CentsArray]:
    """Workloads that left a seller settle what had accrued; returns what is still owed and what was paid, by slot."""
    companies = world.companies
    left = (demand.held_before != companies.held) & (companies.payable > 0)
    settled = np.where(left, companies.payable, 0)
    seller = np.where(left, demand.sheet.seller[np.maximum(demand.held_before, 0)], -1)
    settle_companies(world.ledger, counterparty=seller, payable=settled)
    return companies.payable - settled, settled


def _own_servers_running_cost(world: World, assumptions: Scenario) -> float:
    """Power, space and maintenance of the servers companies own, USD."""
    servers = world.company_fleet.count / GPUS_PER_SERVER
    return servers * server_running_cost_per_month(assumptions.selfhost)


def split_over_owners(world: World, *, cents: int, own_hours: FloatArray) -> CentsArray:
    """Cost of servers on own premises by company, by the GPU-hours each needs; (companies,) cents.

    Servers nobody uses any more are paid for by all, in proportion to their size.
    """
    return apportion(cents, own_hours if own_hours.sum() > 0 else world.companies.opening_deposits)


def _pay_out_profit(world: World, *, change: CentsArray) -> None:
    """Rows keep their opening deposits and pay the rest to their owners."""
    companies, ledger = world.companies, world.ledger
    deposits = companies.deposits + change
    profit = np.maximum(deposits - companies.opening_deposits, 0)
    companies.commit("settlement", deposits=deposits - profit)
    ledger.pay(Flow.DIVIDENDS, payer=COMPANIES, payee=FUND, cents=int(profit.sum()))
    ledger.pay(Flow.DIVIDENDS, payer=FUND, payee=HOUSEHOLDS, cents=int(profit.sum()))


def _rents(world: World, assumptions: Scenario, *, tariffs: Tariffs, compute: Compute) -> _Rents:
    """Labs, releasers, hosters and other demand pay the clouds for the hours they held; overhead goes with serving."""
    buyers, ledger = world.buyers, world.ledger
    price = tariffs.cloud_price
    trainers = len(world.trainers)
    dearer = assumptions.frontier.compute_price_multiplier
    training = compute.training_held * price * dearer
    serving = compute.serving_held * price
    hosting = np.array([isinstance(world.seller(name), CloudProvider) for name in buyers.names])
    self_rent = np.array([name == SELF_RENTERS for name in buyers.names])
    clouds = _codes(world.clouds)
    for row, name in enumerate(buyers.names):
        if hosting[row] or self_rent[row]:
            continue
        payer = REST_OF_ECONOMY if name == OTHER else name
        for hours_paid in (serving[row], training[row]):
            ledger.pay(Flow.COMPUTE_RENT, payer=payer, payee=clouds, cents=to_cents(hours_paid))
    overhead = np.zeros(len(buyers.names))
    serves_models = np.zeros(len(buyers.names))
    for (seller, _), service in compute.services.items():
        row = buyers.index(seller)
        serves_models[row] += service.held * compute.served_share[row]
    mean_price = np.divide(
        serving.sum(axis=1), compute.serving_held.sum(axis=1), out=np.zeros(len(buyers.names)),
        where=compute.serving_held.sum(axis=1) > 0,
    )
    overhead = assumptions.selfhost.overhead * serves_models * mean_price
    payers = [row for row, name in enumerate(buyers.names) if name not in (SELF_RENTERS, OTHER)]
    ledger.pay(
        Flow.OTHER_COSTS, payer=np.array([world.code_of[buyers.names[row]] for row in payers]),
        payee=REST_OF_ECONOMY, cents=to_cents(overhead[payers]),
    )
    external = ~hosting
    return _Rents(
        by_cloud=(serving[external].sum(axis=0) + training.sum(axis=0)),
        training=training[:trainers].sum(axis=1), serving=serving.sum(axis=1), overhead=overhead,
    )


def _serving_staff(
    world: World, assumptions: Scenario, *, service: Service, efficiency: float
) -> dict[str, tuple[float, float]]:
    """Staff (FTE) and its cost (USD a month) of every seller that serves models."""
    tokens: dict[str, float] = {}
    for offer in world.book.offers:
        if offer.route in (Route.CLOSED_API, Route.HOSTED_OPEN):
            tokens[offer.host] = tokens.get(offer.host, 0.0) + float(service.tokens_by_offer[offer.code])
    staff = {}
    for name, volume in tokens.items():
        if volume > 0:
            people = float(shared_staff(volume, efficiency=efficiency, selfhost=assumptions.selfhost))
            wage = float(loaded_wage(volume / efficiency, assumptions.labour))
            staff[name] = (people, people * wage / MONTHS_PER_YEAR)
    return staff


def _marketplace_cuts(world: World, assumptions: Scenario, *, revenue_by_offer: CentsArray) -> None:
    """Labs leave the clouds that resold their interface a share of the sale."""
    resold = [o for o in world.book.offers if o.route == Route.CLOSED_API and o.cloud and revenue_by_offer[o.code]]
    if resold:
        world.ledger.pay(
            Flow.MARKETPLACE_CUT, payer=np.array([world.code_of[o.seller] for o in resold]),
            payee=np.array([world.code_of[o.cloud] for o in resold]),
            cents=np.rint(assumptions.cloud.marketplace_cut * revenue_by_offer[[o.code for o in resold]]).astype(np.int64),
        )


def _distil(world: World, assumptions: Scenario, *, month: int, tariffs: Tariffs) -> float:
    """Labs that started a distilled run last month buy the frontier's answers at its posted price; USD."""
    spent = 0.0
    for lab in world.labs:
        run = lab.run
        if run is None or run.started != month - 1 or run.distillation <= 0:
            continue
        leader = max((other for other in world.labs if other is not lab), key=_frontier_quality, default=None)
        if leader is None:
            continue
        offer = world.book.codes(seller=leader.name, route=Route.CLOSED_API)[0]
        bill = assumptions.frontier.distillation_tokens / TOKENS_PER_MTOK * float(tariffs.sheet.price[offer])
        world.ledger.pay(Flow.DISTILL_TOKENS, payer=lab.name, payee=leader.name, cents=to_cents(bill))
        spent += bill
        if detected(world, assumptions, lab=lab, month=month):
            lab.distils = False
    return spent


def _frontier_quality(lab: ModelLab) -> float:
    return lab.models["frontier"].quality


def _pay_wages(world: World, *, staff: dict[str, tuple[float, float]], training_staff: FloatArray) -> None:
    """Wages of serving staff and of the researchers that go with training; households spend what they earn."""
    payers = np.array([world.code_of[name] for name in staff], dtype=np.int64)
    ledger = world.ledger
    ledger.pay(
        Flow.WAGES, payer=payers, payee=HOUSEHOLDS, cents=to_cents(np.array([cost for _, cost in staff.values()]))
    )
    ledger.pay(Flow.WAGES, payer=_codes(world.trainers), payee=HOUSEHOLDS, cents=to_cents(training_staff))


def _pay_interest(world: World, assumptions: Scenario) -> None:
    """Sellers pay interest on what they owe and a part of the loan; the founding debt of the rest earns nothing."""
    ledger, finance = world.ledger, assumptions.finance
    sellers = np.arange(len(world.code_of))
    debt = np.array([ledger.view(int(code)).debt for code in sellers], dtype=np.int64)
    interest = np.rint(debt * (finance.loan_rate / MONTHS_PER_YEAR)).astype(np.int64)
    ledger.pay(Flow.INTEREST_LOAN, payer=sellers, payee=BANK, cents=interest)
    # what cash is at hand for repayment: nobody borrows to repay
    cash = np.array([ledger.view(int(code)).deposits for code in sellers], dtype=np.int64)
    principal = np.minimum(np.maximum(cash, 0), np.rint(debt / finance.loan_months).astype(np.int64))
    ledger.pay(Flow.PRINCIPAL, payer=sellers, payee=BANK, cents=principal)


def _fund_releasers(world: World) -> None:
    """Whoever funds a releaser pays what its sales do not cover."""
    ledger = world.ledger
    world.complement_sales = 0.0
    for releaser in world.releasers:
        view = ledger.view(releaser.name)
        missing = view.debt
        if missing <= 0:
            continue
        if releaser.funding == "complement":
            ledger.pay(Flow.COMPLEMENT_SALES, payer=REST_OF_ECONOMY, payee=releaser.name, cents=missing)
            world.complement_sales += missing / CENTS_PER_DOLLAR
        elif releaser.funding == "state":
            ledger.pay(Flow.SUBSIDY, payer=GOVERNMENT, payee=releaser.name, cents=missing)
        else:
            ledger.pay(Flow.EQUITY_ISSUE, payer=FUND, payee=releaser.name, cents=missing)
        ledger.pay(Flow.PRINCIPAL, payer=releaser.name, payee=BANK, cents=missing)


def spend_household_income(world: World) -> None:
    """Households consume all they earned, so that no money piles up with them."""
    income = world.ledger.view(HOUSEHOLDS).deposits
    if income > 0:
        world.ledger.pay(Flow.CONSUMPTION, payer=HOUSEHOLDS, payee=REST_OF_ECONOMY, cents=income)


def _codes(sellers: Sequence[Seller]) -> IntArray:
    return np.array([seller.code for seller in sellers], dtype=np.int64)
