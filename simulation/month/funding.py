"""Where money comes from and goes to beyond sales: equity, interest and principal, releasers' patrons, consumption."""

from __future__ import annotations

import numpy as np

from agents.sellers import OpenWeightReleaser, Seller
from market.accounts import BANK, FUND, GOVERNMENT, HOUSEHOLDS, REST_OF_ECONOMY
from market.flows import Flow
from market.misuse import Harm
from market.money import apportion, to_cents
from market.training import equity_raised
from market.units import CENTS_PER_DOLLAR, MONTHS_PER_YEAR, FloatArray
from scenarios.scenario import Scenario
from simulation.month.bloc_use import sovereign_clouds
from simulation.month.dealing import credits_of, invest_in_partners
from simulation.month.paying import backed, pay_or_owe
from simulation.month.release_choice import decides_by_value
from simulation.month.seller_costs import codes_of
from simulation.month.training import equity_round
from simulation.world import World


def fund_labs(world: World, assumptions: Scenario, *, month: int) -> FloatArray:
    """Equity that fund and partners pay in, and what labs set aside for training; (labs,) USD."""
    rounds = []
    for lab in world.labs:
        if not lab.alive:
            rounds.append(0.0)
            continue
        if assumptions.finance.enforced:  # what was lost elsewhere cannot be spent on training
            cash = (world.ledger.view(lab.code).deposits + credits_of(world, lab=lab.code)) / CENTS_PER_DOLLAR
            lab.training_cash = min(lab.training_cash, cash)
        raised = equity_round(world, assumptions, lab=lab, month=month)
        revenue = lab.revenue_history[-1] if lab.revenue_history else 0.0
        lab.training_cash += raised + assumptions.lab.budget_share * revenue
        rounds.append(raised)
    equity = np.array(rounds)
    cents = to_cents(equity)
    by_partners = invest_in_partners(world, assumptions, month=month, rounds=cents)
    for lab, by_fund in zip(world.labs, cents - by_partners, strict=True):
        issue_equity(world, holder=FUND, issuer=lab.code, cents=int(by_fund))
    return equity


def issue_equity(world: World, *, holder: str, issuer: int, cents: int) -> None:
    """Pay equity in, and remember whose it is."""
    key = (world.ledger.code(holder), issuer)
    if cents > 0:
        world.finances.stakes[key] = world.finances.stakes.get(key, 0) + cents
        world.finances.last_raised[issuer] = world.finances.month
    world.ledger.pay(Flow.EQUITY_ISSUE, payer=holder, payee=issuer, cents=cents)


def pay_interest(world: World, assumptions: Scenario) -> None:
    """Sellers pay interest on what they owe and a part of the loan; the founding debt of the rest earns nothing."""
    ledger, finance = world.ledger, assumptions.finance
    sellers = np.arange(len(world.code_of))
    debt = np.array([ledger.view(int(code)).debt for code in sellers], dtype=np.int64)
    interest = np.rint(debt * (finance.loan_rate / MONTHS_PER_YEAR)).astype(np.int64)
    ledger.pay(Flow.INTEREST_LOAN, payer=sellers, payee=BANK, cents=interest)
    world.finances.interest = interest
    # what cash is at hand for repayment: nobody borrows to repay
    cash = np.array([ledger.view(int(code)).deposits for code in sellers], dtype=np.int64)
    principal = np.minimum(np.maximum(cash, 0), np.rint(debt / finance.loan_months).astype(np.int64))
    ledger.pay(Flow.PRINCIPAL, payer=sellers, payee=BANK, cents=principal)


def fund_releasers(world: World, assumptions: Scenario, *, month: int) -> None:
    """A patron pays what its releaser's sales do not cover; investors do so where nobody can fail, and while releases
    are an input of the calibration.
    """
    ledger = world.ledger
    world.complement_sales = 0.0
    for releaser in world.releasers:
        view = ledger.view(releaser.name)
        if assumptions.finance.enforced and not backed(releaser):
            if releaser.alive and world.finances.appetite > 0 and not decides_by_value(world, assumptions, month=month):
                raise_what_is_missing(world, releaser=releaser)
            continue
        missing = view.debt
        if missing <= 0:
            continue
        if releaser.funding == "complement":
            ledger.pay(Flow.COMPLEMENT_SALES, payer=REST_OF_ECONOMY, payee=releaser.name, cents=missing)
            world.complement_sales += missing / CENTS_PER_DOLLAR
        elif releaser.funding == "state" and not releaser.withholds:  # a state pays for weights that are published
            ledger.pay(Flow.SUBSIDY, payer=GOVERNMENT, payee=releaser.name, cents=missing)
        else:
            issue_equity(world, holder=FUND, issuer=releaser.code, cents=missing)
        ledger.pay(Flow.PRINCIPAL, payer=releaser.name, payee=BANK, cents=missing)


def pay_damages(world: World, harm: Harm | None) -> None:
    """Publishers pay for harm done with their weights as far as they are liable."""
    if harm is not None and harm.damages.any():
        payers = codes_of(world.releasers)
        cents = to_cents(harm.damages)
        pay_or_owe(world.ledger, Flow.LIABILITY_DAMAGE, payer=payers, payee=REST_OF_ECONOMY, cents=cents)


def fund_independent_releasers(world: World, assumptions: Scenario, *, month: int) -> None:
    """Equity of releasers without a patron, by the same rule as a lab's: up to a year of what their models cost."""
    for releaser in world.releasers:
        if backed(releaser) or not releaser.alive:
            continue
        cost = float(np.mean(releaser.research_spend[-MONTHS_PER_YEAR:]))
        cash = world.ledger.view(releaser.code).deposits / CENTS_PER_DOLLAR
        raised = equity_raised(
            need=max(MONTHS_PER_YEAR * cost - cash, 0.0),
            seed=float(world.calendar.seed_equity[month]),
            yearly_growth=0.0,
            monthly_revenue=0.0,
            appetite=world.finances.appetite,
            lab=assumptions.lab,
        )
        issue_equity(world, holder=FUND, issuer=releaser.code, cents=to_cents(raised))


def raise_what_is_missing(world: World, *, releaser: OpenWeightReleaser) -> None:
    """An equity round for what a releaser could not pay this month."""
    view = world.ledger.view(releaser.name)
    issue_equity(world, holder=FUND, issuer=releaser.code, cents=view.payables + view.debt)
    clear_arrears(world, seller=releaser)
    debt, cash = world.ledger.view(releaser.name).debt, world.ledger.view(releaser.name).deposits
    world.ledger.pay(Flow.PRINCIPAL, payer=releaser.code, payee=BANK, cents=min(debt, cash))


def fund_sovereign_cloud(world: World) -> None:
    """Investors pay in what the sovereign cloud had to borrow this month: its sales are guaranteed."""
    for cloud in sovereign_clouds(world):
        missing = world.ledger.view(cloud.code).debt
        if missing > 0:
            issue_equity(world, holder=FUND, issuer=cloud.code, cents=missing)
            world.ledger.pay(Flow.PRINCIPAL, payer=cloud.code, payee=BANK, cents=missing)


def clear_arrears(world: World, *, seller: Seller) -> None:
    """Pay what is owed from the money at hand: invoices first, in equal parts, then principal in arrears."""
    ledger, owed = world.ledger, world.ledger.owed_by(seller.code)
    cash = ledger.view(seller.code).deposits
    creditors = np.flatnonzero(owed)
    if creditors.size and cash > 0:
        settled = owed[creditors] if cash >= owed.sum() else apportion(cash, owed[creditors].astype(np.float64))
        ledger.settle(payer=seller.code, payee=creditors, cents=settled)
    arrears = int(np.rint(world.finances.arrears[seller.code] * CENTS_PER_DOLLAR))
    repaid = min(max(ledger.view(seller.code).deposits, 0), arrears)
    ledger.pay(Flow.PRINCIPAL, payer=seller.code, payee=BANK, cents=repaid)
    world.finances.arrears[seller.code] = (arrears - repaid) / CENTS_PER_DOLLAR
    if repaid == arrears:
        world.finances.arrears_months[seller.code] = 0


def spend_household_income(world: World) -> None:
    """Households consume all they earned, so that no money piles up with them."""
    income = world.ledger.view(HOUSEHOLDS).deposits
    if income > 0:
        world.ledger.pay(Flow.CONSUMPTION, payer=HOUSEHOLDS, payee=REST_OF_ECONOMY, cents=income)
