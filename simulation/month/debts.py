"""What sellers owe their financiers: interest and instalments, taxes, dividends (docs/model.md M17)."""

from __future__ import annotations

import numpy as np

from agents.finance import instalment, paid_out, tax_due
from agents.regulator import PUBLIC
from agents.sellers import ModelLab
from market.accounts import BANK, FUND, GOVERNMENT, HOUSEHOLDS
from market.flows import Flow
from market.money import to_cents
from market.units import CENTS_PER_DOLLAR, MONTHS_PER_YEAR, CentsArray, FloatArray
from scenarios.scenario import Scenario
from simulation.month.dealing import pay_partners
from simulation.month.paying import limited, pay_or_owe
from simulation.world import World


def remember_borrowing(world: World, assumptions: Scenario) -> None:
    """Turn what sellers borrowed in the month into instalments of the months to come."""
    finance, finances = assumptions.finance, world.finances
    drawn = world.ledger.sheet().overdraft_drawn[: len(world.sellers)] / CENTS_PER_DOLLAR
    new = instalment(drawn, rate=finance.loan_rate, months=finance.loan_months)
    finances.instalments = [*finances.instalments, new][-finance.loan_months :]


def service_debt(world: World, assumptions: Scenario) -> None:
    """Pay interest, and of the instalments what cash and credit allow; principal not paid is in arrears."""
    finances, ledger = world.finances, world.ledger
    sellers = np.arange(len(world.sellers))
    debt = _debt(world)
    interest = np.rint(debt * (assumptions.finance.loan_rate / MONTHS_PER_YEAR)).astype(np.int64)
    pay_or_owe(ledger, Flow.INTEREST_LOAN, payer=sellers, payee=BANK, cents=interest)
    finances.interest = interest
    scheduled = np.sum(finances.instalments, axis=0) if finances.instalments else np.zeros(len(sellers))
    due = np.maximum(to_cents(scheduled) - interest, 0) + to_cents(finances.arrears)
    due = np.minimum(due, _debt(world))
    within = np.where(limited(world), np.maximum(ledger.room(sellers), 0), due)
    paid = np.minimum(due, within)
    ledger.pay(Flow.PRINCIPAL, payer=sellers, payee=BANK, cents=paid)
    finances.arrears = (due - paid) / CENTS_PER_DOLLAR
    finances.arrears_months = np.where(due > paid, finances.arrears_months + 1, 0)


def pay_taxes(world: World, assumptions: Scenario) -> None:
    """Sellers pay tax on the month's profit, after the losses they carry forward."""
    finances, ledger = world.finances, world.ledger
    count = len(world.sellers)
    profit = ledger.sheet().profit_accounting[:count] / CENTS_PER_DOLLAR
    tax, finances.carried_losses = tax_due(profit, carried=finances.carried_losses, rate=assumptions.finance.tax)
    pay_or_owe(ledger, Flow.TAX_PROFIT, payer=np.arange(count), payee=GOVERNMENT, cents=to_cents(tax))


def pay_dividends(world: World, assumptions: Scenario) -> None:
    """Sellers pay out cash they do not need, the bank what it earned; the fund passes it on to households.

    Who raised equity in the last year pays nothing out.
    """
    finance, finances, ledger = assumptions.finance, world.finances, world.ledger
    sheet, count = ledger.sheet(), len(world.sellers)
    if not finances.outlays:
        return
    kept = finance.payout_reserve * np.mean(finances.outlays, axis=0) + _set_aside(world)
    kept[[seller.layer == PUBLIC for seller in world.sellers]] = np.inf  # the state's cloud buys machines with it
    dividends = to_cents(
        paid_out(
            sheet.deposits[:count] / CENTS_PER_DOLLAR,
            kept=kept,
            profit=sheet.profit_accounting[:count] / CENTS_PER_DOLLAR,
            debt=_debt(world) / CENTS_PER_DOLLAR,
            payout=np.where(finances.month - finances.last_raised >= MONTHS_PER_YEAR, finance.payout, 0.0),
        )
    )
    to_fund = dividends - pay_partners(world, assumptions, dividends=dividends)
    ledger.pay(Flow.DIVIDENDS, payer=np.arange(count), payee=FUND, cents=to_fund)
    finances.bank_result += int(sheet.revenue[ledger.code(BANK)])
    from_bank = max(finances.bank_result, 0)
    ledger.pay(Flow.DIVIDENDS, payer=BANK, payee=FUND, cents=from_bank)
    finances.bank_result -= from_bank
    ledger.pay(Flow.DIVIDENDS, payer=FUND, payee=HOUSEHOLDS, cents=int(to_fund.sum()) + from_bank)


def remember_outlays(world: World, *, invested: FloatArray) -> None:
    """Keep what each seller spent this month, `invested` (clouds,) USD in machines and sites included."""
    finances, count = world.finances, len(world.sellers)
    wear = np.array([world.depreciation.get(seller.name, 0) for seller in world.sellers])
    spent = (world.ledger.sheet().expenses[:count] - wear) / CENTS_PER_DOLLAR
    spent[: len(invested)] += invested
    finances.outlays = [*finances.outlays, spent][-MONTHS_PER_YEAR:]


def _set_aside(world: World) -> FloatArray:
    """What labs keep for training, USD; (sellers,)."""
    return np.array(
        [max(seller.training_cash, 0.0) if isinstance(seller, ModelLab) else 0.0 for seller in world.sellers]
    )


def _debt(world: World) -> CentsArray:
    return np.maximum(-world.ledger.sheet().loans[: len(world.sellers)], 0)
