"""Where money comes from and goes to beyond sales: equity, interest and principal, releasers' patrons, consumption."""

from __future__ import annotations

import numpy as np

from market.accounts import BANK, FUND, GOVERNMENT, HOUSEHOLDS, REST_OF_ECONOMY
from market.flows import Flow
from market.misuse import Harm
from market.money import to_cents
from market.units import CENTS_PER_DOLLAR, MONTHS_PER_YEAR, FloatArray
from scenarios.scenario import Scenario
from simulation.month.dealing import invest_in_partners
from simulation.month.seller_costs import codes_of
from simulation.month.training import equity_round
from simulation.world import World


def fund_labs(world: World, assumptions: Scenario, *, month: int) -> FloatArray:
    """Equity that fund and partners pay in, and what labs set aside for training; (labs,) USD."""
    rounds = []
    for lab in world.labs:
        raised = equity_round(world, assumptions, lab=lab, month=month)
        revenue = lab.revenue_history[-1] if lab.revenue_history else 0.0
        lab.training_cash += raised + assumptions.lab.budget_share * revenue
        rounds.append(raised)
    equity = np.array(rounds)
    cents = to_cents(equity)
    by_partners = invest_in_partners(world, assumptions, month=month, rounds=cents)
    world.ledger.pay(Flow.EQUITY_ISSUE, payer=FUND, payee=codes_of(world.labs), cents=cents - by_partners)
    return equity


def pay_interest(world: World, assumptions: Scenario) -> None:
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


def fund_releasers(world: World) -> None:
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
        elif releaser.funding == "state" and not releaser.withholds:  # a state pays for weights that are published
            ledger.pay(Flow.SUBSIDY, payer=GOVERNMENT, payee=releaser.name, cents=missing)
        else:
            ledger.pay(Flow.EQUITY_ISSUE, payer=FUND, payee=releaser.name, cents=missing)
        ledger.pay(Flow.PRINCIPAL, payer=releaser.name, payee=BANK, cents=missing)


def pay_damages(world: World, harm: Harm | None) -> None:
    """Publishers pay for harm done with their weights as far as they are liable."""
    if harm is not None and harm.damages.any():
        world.ledger.pay(
            Flow.LIABILITY_DAMAGE, payer=codes_of(world.releasers), payee=REST_OF_ECONOMY, cents=to_cents(harm.damages)
        )


def spend_household_income(world: World) -> None:
    """Households consume all they earned, so that no money piles up with them."""
    income = world.ledger.view(HOUSEHOLDS).deposits
    if income > 0:
        world.ledger.pay(Flow.CONSUMPTION, payer=HOUSEHOLDS, payee=REST_OF_ECONOMY, cents=income)
