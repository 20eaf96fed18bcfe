"""Flows: why money moves, and which two accounts of each side a posting changes.

The codes of `Flow` and `Account` are permanent and say nothing about booking; `TREATMENT` does. Amounts are kept with
the accountant's sign: debits (what a holder owns or has spent) are positive, credits (what it owes, has earned or is
worth) are negative, so that the accounts of one holder always add up to zero. Rows of the transaction-flow matrix of
model.md section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Account(IntEnum):
    """Accounts of a holder: items of its balance sheet, its net worth, and the month's income accounts."""

    DEPOSITS = 0
    LOANS = 1
    RECEIVABLES = 2
    PAYABLES = 3
    CREDITS = 4
    CAPITAL = 5
    WIP = 6
    EQUITY_HELD = 7
    EQUITY_ISSUED = 8
    NET_WORTH = 9
    REVENUE = 10
    EXPENSES = 11
    TRANSFERS = 12


INCOME: Final = (Account.REVENUE, Account.EXPENSES, Account.TRANSFERS)
ASSETS: Final = (Account.RECEIVABLES, Account.CAPITAL, Account.WIP, Account.EQUITY_HELD)
LIABILITIES: Final = (Account.PAYABLES, Account.EQUITY_ISSUED)
CLAIMS: Final = (
    (Account.DEPOSITS,),
    (Account.LOANS,),
    (Account.RECEIVABLES, Account.PAYABLES),
    (Account.CREDITS,),
    (Account.EQUITY_HELD, Account.EQUITY_ISSUED),
)
"""Accounts whose sum over all holders is zero: what one owns another owes."""


class Flow(IntEnum):
    """Why money moves or a value is booked; the member's name in lower case is the `flow` of the result table."""

    VALUE_SALES = 1  # rest of the economy -> companies: the output that AI made possible
    API_FEE = 2  # companies -> lab, releaser, or cloud that resells it
    HOSTED_FEE = 3  # companies -> whoever serves an open model
    COMPUTE_RENT = 4  # companies, labs, hosters, rest of the economy -> cloud
    MARKETPLACE_CUT = 5  # lab -> cloud that resold its API
    DISTILL_TOKENS = 6  # lab -> lab whose answers it trains on
    COMPLEMENT_SALES = 7  # rest of the economy -> releaser: what open weights sell besides
    CONSUMER_FEES = 8  # rest of the economy -> lab: subscriptions
    SUBSIDY = 9  # government -> releaser
    WAGES = 10  # firms -> households
    LEGACY_CLOUD_FEE = 11  # rest of the economy -> cloud: ordinary cloud services
    LEGACY_COST = 12  # cloud -> rest of the economy
    LEGACY_CAPEX = 13  # cloud -> rest of the economy: machines outside AI, expensed since their fleet is not modelled
    POWER_OPEX = 14  # owners of machines -> rest of the economy
    CAPEX_GPU = 15  # owners of machines -> chip vendor
    CAPEX_DC = 16  # owners of machines -> chip vendor: shells and power
    VENDOR_INPUTS = 17  # chip vendor -> rest of the economy
    OTHER_COSTS = 18  # firms -> rest of the economy
    INTEREST_LOAN = 19  # borrowers -> bank
    PRINCIPAL = 20  # borrowers -> bank: the money repaid is destroyed
    NEW_LOAN = 21  # bank -> borrowers: the money lent is created
    EQUITY_ISSUE = 22  # fund or parent -> issuer, at the issue price
    EGRESS = 23  # companies -> cloud they leave
    MIGRATION_SERVICES = 24  # companies -> households: integration work
    DIVIDENDS = 25  # firms, bank -> fund -> households
    CONSUMPTION = 26  # households -> rest of the economy
    SETTLEMENT = 27  # whoever was invoiced earlier -> whoever invoiced
    DEPRECIATION = 28  # own books: capital is used up
    DELIVERY = 29  # own books: what was paid for arrives, work in progress becomes capital
    RETIREMENT = 30  # own books: the remaining value of scrapped capital is lost
    LEGACY_CASH_FLOW = 31  # rest of the economy -> clouds, releaser: other lines of business, spent on LEGACY_CAPEX
    LEGACY_MIGRATION = 32  # rest of the economy -> households: work of moving ordinary business between clouds
    TAKE_OR_PAY_SHORTFALL = 33  # labs, releasers, hosters, rest of the economy -> cloud: reserved and not used
    TAX_PROFIT = 34  # sellers -> government
    LOAN_WRITE_OFF = 35  # own books of bank and debtor: what a failed firm cannot repay
    EQUITY_WRITE_OFF = 36  # own books of shareholder and firm: shares in a firm that is gone
    INVOICE_WRITE_OFF = 37  # own books of supplier and debtor: what a failed firm was invoiced and cannot pay
    ASSET_FIRE_SALE = 38  # buyer -> failed firm: machines and sites at work
    PROJECT_FIRE_SALE = 39  # buyer -> failed firm: machines and sites paid and not yet delivered
    FIRE_SALE_LOSS = 40  # own books: book value of machines and sites above what they fetch
    PROJECT_LOSS = 41  # own books: the same of those not yet delivered
    LIABILITY_DAMAGE = 60  # releasers -> rest of the economy: for harm done with published weights
    EQUITY_SALE = 80  # fund -> cloud that must sell its labs, at what the shares were issued for
    VOUCHER = 81  # government -> companies: its part of what small and medium ones spend on AI
    CHIP_TAX = 82  # owners of machines -> government
    PUBLIC_COMPUTE_CAPEX = 83  # government -> public cloud: machines and sites that its receipts do not pay
    POC_COST = 50  # companies -> cloud, households: machines and people of proofs of concept
    ADVICE_FEE = 51  # companies, government -> households: independent advice on running a model oneself
    CREDIT_GRANT = 70  # no cash, cloud -> lab: compute credits given for equity at the issue price
    CREDIT_USE = 71  # no cash, lab -> cloud: GPU-hours paid with credits
    CREDIT_EXPIRY = 72  # no cash, lab -> cloud: credits lost unused, which become revenue
    REVENUE_SHARE = 73  # lab -> cloud that invested in it


@dataclass(frozen=True, slots=True)
class Trade:
    """Booking of a flow between two holders: what the payer debits and the payee credits against the money.

    Paid at once, the money is deposits; invoiced, it is the payer's payables and the payee's receivables.
    """

    payer: Account
    payee: Account
    invoiceable: bool = True


@dataclass(frozen=True, slots=True)
class OwnBooks:
    """Booking of a flow inside one holder's books; no cash moves."""

    debit: Account
    credit: Account


@dataclass(frozen=True, slots=True)
class Exchange:
    """Booking of a flow between two holders that moves no cash: what each side debits and credits."""

    payer_debit: Account
    payer_credit: Account
    payee_debit: Account
    payee_credit: Account


@dataclass(frozen=True, slots=True)
class WriteOff:
    """Booking of a claim that ends unpaid: the creditor's `asset` and the debtor's `liability` go; no cash moves.

    Both sides are transfers: wealth moves from creditor to debtor, nobody earns or uses up anything.
    """

    asset: Account
    liability: Account


_SALE: Final = Trade(payer=Account.EXPENSES, payee=Account.REVENUE)
_INVESTMENT: Final = Trade(payer=Account.WIP, payee=Account.REVENUE)
_TRANSFER: Final = Trade(payer=Account.TRANSFERS, payee=Account.TRANSFERS, invoiceable=False)
_CREDIT: Final = Trade(payer=Account.LOANS, payee=Account.LOANS, invoiceable=False)

_CREDIT_SPENT: Final = Exchange(Account.EXPENSES, Account.CREDITS, Account.CREDITS, Account.REVENUE)

TREATMENT: Final[dict[Flow, Trade | OwnBooks | WriteOff | Exchange]] = {
    Flow.VALUE_SALES: _SALE,
    Flow.API_FEE: _SALE,
    Flow.HOSTED_FEE: _SALE,
    Flow.COMPUTE_RENT: _SALE,
    Flow.MARKETPLACE_CUT: _SALE,
    Flow.DISTILL_TOKENS: _SALE,
    Flow.COMPLEMENT_SALES: _SALE,
    Flow.CONSUMER_FEES: _SALE,
    Flow.SUBSIDY: _TRANSFER,
    Flow.VOUCHER: _TRANSFER,
    Flow.CHIP_TAX: _TRANSFER,
    Flow.PUBLIC_COMPUTE_CAPEX: _TRANSFER,
    Flow.WAGES: _SALE,
    Flow.LEGACY_CLOUD_FEE: _SALE,
    Flow.LEGACY_COST: _SALE,
    Flow.LEGACY_CAPEX: _SALE,
    Flow.LEGACY_CASH_FLOW: _SALE,
    Flow.LEGACY_MIGRATION: _SALE,
    Flow.TAKE_OR_PAY_SHORTFALL: _SALE,
    Flow.POWER_OPEX: _SALE,
    Flow.CAPEX_GPU: _INVESTMENT,
    Flow.CAPEX_DC: _INVESTMENT,
    Flow.VENDOR_INPUTS: _SALE,
    Flow.OTHER_COSTS: _SALE,
    Flow.INTEREST_LOAN: _SALE,
    Flow.PRINCIPAL: _CREDIT,
    Flow.NEW_LOAN: _CREDIT,
    Flow.EQUITY_ISSUE: Trade(payer=Account.EQUITY_HELD, payee=Account.EQUITY_ISSUED, invoiceable=False),
    Flow.TAX_PROFIT: Trade(payer=Account.TRANSFERS, payee=Account.TRANSFERS),
    Flow.ASSET_FIRE_SALE: Trade(payer=Account.CAPITAL, payee=Account.CAPITAL, invoiceable=False),
    Flow.PROJECT_FIRE_SALE: Trade(payer=Account.WIP, payee=Account.WIP, invoiceable=False),
    Flow.FIRE_SALE_LOSS: OwnBooks(debit=Account.EXPENSES, credit=Account.CAPITAL),
    Flow.PROJECT_LOSS: OwnBooks(debit=Account.EXPENSES, credit=Account.WIP),
    Flow.LOAN_WRITE_OFF: WriteOff(asset=Account.LOANS, liability=Account.LOANS),
    Flow.EQUITY_WRITE_OFF: WriteOff(asset=Account.EQUITY_HELD, liability=Account.EQUITY_ISSUED),
    Flow.INVOICE_WRITE_OFF: WriteOff(asset=Account.RECEIVABLES, liability=Account.PAYABLES),
    Flow.EQUITY_SALE: Trade(payer=Account.EQUITY_HELD, payee=Account.EQUITY_HELD, invoiceable=False),
    Flow.EGRESS: _SALE,
    Flow.MIGRATION_SERVICES: _SALE,
    Flow.DIVIDENDS: _TRANSFER,
    Flow.CONSUMPTION: _SALE,
    Flow.POC_COST: _SALE,
    Flow.ADVICE_FEE: _SALE,
    Flow.CREDIT_GRANT: Exchange(Account.EQUITY_HELD, Account.CREDITS, Account.CREDITS, Account.EQUITY_ISSUED),
    Flow.CREDIT_USE: _CREDIT_SPENT,
    Flow.CREDIT_EXPIRY: _CREDIT_SPENT,
    Flow.REVENUE_SHARE: _SALE,
    Flow.LIABILITY_DAMAGE: _SALE,
    Flow.SETTLEMENT: Trade(payer=Account.PAYABLES, payee=Account.RECEIVABLES, invoiceable=False),
    Flow.DEPRECIATION: OwnBooks(debit=Account.EXPENSES, credit=Account.CAPITAL),
    Flow.DELIVERY: OwnBooks(debit=Account.CAPITAL, credit=Account.WIP),
    Flow.RETIREMENT: OwnBooks(debit=Account.EXPENSES, credit=Account.CAPITAL),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """The four accounts one posting changes: each side debits one and credits another."""

    payer_debit: Account
    payer_credit: Account
    payee_debit: Account
    payee_credit: Account


def entry(flow: Flow, *, cash: bool) -> Entry | None:
    """Accounts changed when `flow` is paid (`cash`) or booked without cash; None if the flow cannot move that way.

    A flow inside one holder's books has no second side: both of its accounts are the holder's net worth, where the
    debit and the credit cancel.
    """
    treatment = TREATMENT[flow]
    if isinstance(treatment, OwnBooks):
        if cash:
            return None
        return Entry(treatment.debit, treatment.credit, Account.NET_WORTH, Account.NET_WORTH)
    if isinstance(treatment, Exchange):
        if cash:
            return None
        return Entry(treatment.payer_debit, treatment.payer_credit, treatment.payee_debit, treatment.payee_credit)
    if isinstance(treatment, WriteOff):
        return None if cash else Entry(Account.TRANSFERS, treatment.asset, treatment.liability, Account.TRANSFERS)
    if cash:
        return Entry(treatment.payer, Account.DEPOSITS, Account.DEPOSITS, treatment.payee)
    if not treatment.invoiceable:
        return None
    return Entry(treatment.payer, Account.PAYABLES, Account.RECEIVABLES, treatment.payee)


ENTRIES: Final[dict[tuple[Flow, bool], Entry]] = {
    (flow, cash): found for flow in Flow for cash in (True, False) if (found := entry(flow, cash=cash)) is not None
}
