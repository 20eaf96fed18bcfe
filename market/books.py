"""The month's books as they leave the ledger: balance sheets and the transaction-flow matrix, frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from market.flows import INCOME, Account, Flow
from market.units import BoolArray, Cents, CentsArray, CodeArray, IntArray

_Scalar = TypeVar("_Scalar", bound=np.generic)


class AccountingError(Exception):
    """The books are wrong, or a posting would make them wrong; the message names who, which account and how much."""


def as_dollars(cents: Cents) -> str:
    """Cents written out to the cent: 123456 is `1,234.56 USD`."""
    dollars, rest = divmod(abs(int(cents)), 100)
    return f"{'-' if cents < 0 else ''}{dollars:,}.{rest:02d} USD"


@dataclass(frozen=True, slots=True)
class TransactionFlowMatrix:
    """Who paid or was charged what by whom in a month: one row per flow, kind of posting, payer and payee.

    Rows are sorted by flow, cash, payer, payee, organic; all arrays are (rows,). For flows inside one holder's books
    (depreciation, delivery, retirement) payer and payee are that holder.
    """

    holders: tuple[str, ...]
    flow: CodeArray  # Flow
    payer: CodeArray  # holder code
    payee: CodeArray  # holder code
    cents: CentsArray  # > 0
    cash: BoolArray  # deposits moved; false for invoices sent and for own bookings
    organic: BoolArray  # false for money that returns to its payer by agreement

    def __len__(self) -> int:
        return len(self.cents)

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """Columns of the result table `flows`, codes written out as names."""
        names = np.array(self.holders)
        return {
            "flow": _FLOW_NAMES[self.flow],
            "payer": names[self.payer],
            "payee": names[self.payee],
            "cents": self.cents,
            "cash": self.cash,
            "organic": self.organic,
        }

    def paid(self, *flows: Flow, organic_only: bool = False) -> CentsArray:
        """Cents (holders,) each holder paid or was charged under `flows`, by default under all of them."""
        return self._by_holder(self.payer, flows=flows, organic_only=organic_only)

    def received(self, *flows: Flow, organic_only: bool = False) -> CentsArray:
        """Cents (holders,) each holder received or charged under `flows`, by default under all of them."""
        return self._by_holder(self.payee, flows=flows, organic_only=organic_only)

    def _by_holder(self, side: CodeArray, *, flows: tuple[Flow, ...], organic_only: bool) -> CentsArray:
        wanted = np.full(_FLOW_NAMES.size, not flows)
        wanted[list(flows)] = True
        chosen = wanted[self.flow]
        if organic_only:
            chosen &= self.organic
        return sums_by_code(side[chosen], cents=self.cents[chosen], count=len(self.holders))


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """What every holder owns, owes and has earned this month; all arrays are (holders,) int64 cents.

    Deposits, loans and credits are signed: an asset is positive and a debt negative, so each of these columns adds up
    to zero (the bank's deposits are what it owes its depositors, a borrower's loans are what it owes the bank).
    Payables and equity issued are debts written as positive numbers. Profit is revenue less expenses, depreciation and
    interest included; transfers (subsidies and dividends, received less paid) change net worth but are not profit.
    """

    holders: tuple[str, ...]
    opening_deposits: CentsArray
    deposits: CentsArray
    loans: CentsArray
    receivables: CentsArray
    payables: CentsArray
    credits: CentsArray
    capital: CentsArray
    wip: CentsArray
    equity_held: CentsArray
    equity_issued: CentsArray
    net_worth: CentsArray
    revenue: CentsArray
    expenses: CentsArray
    transfers: CentsArray
    profit_accounting: CentsArray
    overdraft_drawn: CentsArray  # lent this month because a payment came short, part of loans

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """Money columns of the result table `sellers`, one row per holder."""
        money = {f"{name}_cents": getattr(self, name) for name in _SHEET_COLUMNS}
        return {"seller": np.array(self.holders), **money}


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A month of audited books: its transaction-flow matrix and the balance sheets at its end."""

    number: int
    flows: TransactionFlowMatrix
    sheet: BalanceSheet


_SHEET_COLUMNS: Final = tuple(
    name for name in BalanceSheet.__dataclass_fields__ if name not in ("holders", "overdraft_drawn")
)
_CODES: Final = {int(flow): flow.name.lower() for flow in Flow}
_FLOW_NAMES: Final = np.array([_CODES.get(code, "") for code in range(max(_CODES) + 1)])  # by code; gaps stay empty


def balance_sheet(
    balances: IntArray, *, opening: IntArray, overdraft_drawn: CentsArray, holders: tuple[str, ...]
) -> BalanceSheet:
    """The balance sheets behind `balances` and `opening` (accounts, holders), whose debits are positive."""
    owned = {account: balances[account].copy() for account in Account}
    net_worth = -balances[[Account.NET_WORTH, *INCOME]].sum(axis=0)
    columns = {
        "opening_deposits": opening[Account.DEPOSITS].copy(),
        "deposits": owned[Account.DEPOSITS],
        "loans": owned[Account.LOANS],
        "receivables": owned[Account.RECEIVABLES],
        "payables": -owned[Account.PAYABLES],
        "credits": owned[Account.CREDITS],
        "capital": owned[Account.CAPITAL],
        "wip": owned[Account.WIP],
        "equity_held": owned[Account.EQUITY_HELD],
        "equity_issued": -owned[Account.EQUITY_ISSUED],
        "net_worth": net_worth,
        "revenue": -owned[Account.REVENUE],
        "expenses": owned[Account.EXPENSES],
        "transfers": -owned[Account.TRANSFERS],
        "profit_accounting": -owned[Account.REVENUE] - owned[Account.EXPENSES],
        "overdraft_drawn": overdraft_drawn.copy(),
    }
    return BalanceSheet(holders=holders, **{name: frozen(column) for name, column in columns.items()})


def sums_by_code(codes: npt.NDArray[np.integer], *, cents: CentsArray, count: int) -> CentsArray:
    """Exact totals (count,) of `cents` (n,) by `codes` (n,), added as integers."""
    totals = np.zeros(count, dtype=np.int64)
    np.add.at(totals, codes, cents)
    return totals


def aggregate(journal: IntArray, *, holders: tuple[str, ...]) -> TransactionFlowMatrix:
    """The matrix of a journal (postings, 6) whose columns are flow, cash, payer, payee, organic, cents."""
    count = len(holders)
    flow, cash, payer, payee, organic, cents = journal.T
    keys = (((flow * 2 + cash) * count + payer) * count + payee) * 2 + organic
    rows, position = np.unique(keys, return_inverse=True)
    totals = sums_by_code(position, cents=cents, count=rows.size)
    rest, organic = np.divmod(rows, 2)
    rest, payee = np.divmod(rest, count)
    rest, payer = np.divmod(rest, count)
    flow, cash = np.divmod(rest, 2)
    return TransactionFlowMatrix(
        holders=holders,
        flow=frozen(flow.astype(np.int16)),
        payer=frozen(payer.astype(np.int16)),
        payee=frozen(payee.astype(np.int16)),
        cents=frozen(totals),
        cash=frozen(cash.astype(np.bool_)),
        organic=frozen(organic.astype(np.bool_)),
    )


def frozen(array: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    """The same array, made read-only."""
    array.flags.writeable = False
    return array
