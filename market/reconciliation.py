"""Reconciliation of a month's books: a pure check of balances against the transaction-flow matrix that explains them.

Invariants I1 to I5 and the sign rules of model.md section 3. Balances are (accounts, holders) int64 cents with debits
positive; every identity is exact, and every failure names the holder, the account or flow, and the cents.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from market.books import AccountingError, TransactionFlowMatrix, as_dollars
from market.flows import ASSETS, CLAIMS, ENTRIES, INCOME, LIABILITIES, Account, Flow
from market.units import BoolArray, CentsArray, IntArray

LARGEST_BALANCE: Final = 2**61
"""Largest absolute balance of an account, in cents: below it the sums of this check cannot overflow int64."""

CAPITAL_LOST: Final = (Flow.DEPRECIATION, Flow.RETIREMENT, Flow.FIRE_SALE_LOSS)
FIRE_SALES: Final = (Flow.ASSET_FIRE_SALE, Flow.PROJECT_FIRE_SALE)
PREPAID: Final = (Flow.CAPEX_GPU, Flow.CAPEX_DC)
_NAMED_FLOWS: Final = 3
_IMPOSSIBLE: Final = -1


def _entry_table() -> IntArray:
    """Accounts of each entry, (flows + 1, 2, 4): by flow, cash, and side as in Entry."""
    table = np.full((max(Flow) + 1, 2, 4), _IMPOSSIBLE, dtype=np.int64)
    for (flow, cash), accounts in ENTRIES.items():
        sides = (accounts.payer_debit, accounts.payer_credit, accounts.payee_debit, accounts.payee_credit)
        table[flow, int(cash)] = sides
    return table


_ENTRY_TABLE: Final = _entry_table()


def reconcile(
    *, opening: IntArray, closing: IntArray, flows: TransactionFlowMatrix, owed: CentsArray, bank: int
) -> None:
    """Refuse books that do not follow from the month's flows, or that contradict themselves.

    `opening` and `closing` are (accounts, holders); `owed` (payers, payees) are the unpaid invoices; `bank` is the
    code of the bank, the only holder that may owe deposits. Raises AccountingError with the culprit.
    """
    names = flows.holders
    _check_size(closing, names=names)
    accounts = _ENTRY_TABLE[flows.flow, flows.cash.astype(np.int64)]
    _check_rows(flows, accounts=accounts)
    _check_changes(change=closing - opening, flows=flows, accounts=accounts)
    _check_sheets(closing, names=names)
    _check_claims(closing)
    _check_signs(closing, names=names, bank=bank)
    _check_invoices(closing, owed=owed, names=names)
    _check_real_assets(opening=opening, closing=closing, flows=flows)


def effects(flows: TransactionFlowMatrix, *, accounts: IntArray) -> IntArray:
    """What the flows change, (accounts, holders); `accounts` (rows, 4) are those of each row's entry."""
    count = len(flows.holders)
    change = np.zeros((len(Account), count), dtype=np.int64)
    for side, (holder, sign) in enumerate(((flows.payer, 1), (flows.payer, -1), (flows.payee, 1), (flows.payee, -1))):
        np.add.at(change.reshape(-1), accounts[:, side] * count + holder, sign * flows.cents)
    return change


def _check_size(closing: IntArray, *, names: tuple[str, ...]) -> None:
    too_large = (closing > LARGEST_BALANCE) | (closing < -LARGEST_BALANCE)
    _refuse_any(too_large, amounts=closing, names=names, reason="is beyond what the books can hold")


def _check_rows(flows: TransactionFlowMatrix, *, accounts: IntArray) -> None:
    """Each flow is booked as declared, carries positive cents, and leaves no claim without a debtor (I1, I8)."""
    wrong = (accounts == _IMPOSSIBLE).any(axis=1) | (flows.cents <= 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise AccountingError(f"{_describe(flows, row=row)}: the flow is negative, or cannot be booked this way")
    by_flow = np.zeros((max(Flow) + 1) * len(Account), dtype=np.int64)
    for side, sign in enumerate((1, -1, 1, -1)):
        np.add.at(by_flow, flows.flow.astype(np.int64) * len(Account) + accounts[:, side], sign * flows.cents)
    table = by_flow.reshape(-1, len(Account))
    for claim in CLAIMS:
        row_sums = table[:, claim].sum(axis=1)
        if row_sums.any():
            flow = int(np.flatnonzero(row_sums)[0])
            gap = as_dollars(row_sums[flow])
            raise AccountingError(
                f"{Flow(flow).name.lower()}: its row of {_names(claim)} adds up to {gap}, not to zero"
            )


def _check_changes(*, change: IntArray, flows: TransactionFlowMatrix, accounts: IntArray) -> None:
    """Each holder's flows explain the change of each of its accounts, deposits first (I2)."""
    unexplained = change - effects(flows, accounts=accounts)
    if not unexplained.any():
        return
    account, holder = (int(index) for index in np.argwhere(unexplained)[0])
    involved = np.flatnonzero((flows.payer == holder) | (flows.payee == holder))
    largest = involved[np.argsort(-flows.cents[involved], kind="stable")][:_NAMED_FLOWS]
    seen = "; ".join(_describe(flows, row=int(row)) for row in largest) or "none"
    raise AccountingError(
        f"{flows.holders[holder]}: {as_dollars(unexplained[account, holder])} of the change in "
        f"{Account(account).name.lower()} has no flow behind it (its largest flows of the month: {seen})"
    )


def _check_sheets(closing: IntArray, *, names: tuple[str, ...]) -> None:
    """Assets equal liabilities and net worth for each holder."""
    gap = closing.sum(axis=0)
    if gap.any():
        holder = int(np.flatnonzero(gap)[0])
        raise AccountingError(f"{names[holder]}: assets exceed liabilities and net worth by {as_dollars(gap[holder])}")


def _check_claims(closing: IntArray) -> None:
    """What is owned is owed, and net worth is what exists: capital and work in progress (I3, I4)."""
    for claim in CLAIMS:
        gap = int(closing[list(claim)].sum())
        if gap:
            raise AccountingError(f"{_names(claim)}: claims exceed debts by {as_dollars(gap)}")
    worth = -int(closing[[Account.NET_WORTH, *INCOME]].sum())
    exists = int(closing[[Account.CAPITAL, Account.WIP]].sum())
    if worth != exists:
        raise AccountingError(
            f"net worth of all is {as_dollars(worth)}, capital and work in progress are {as_dollars(exists)}"
        )


def _check_signs(closing: IntArray, *, names: tuple[str, ...], bank: int) -> None:
    """Nobody owns less than nothing; only the bank owes deposits and only others owe loans."""
    debits = closing.copy()
    debits[Account.DEPOSITS, bank] = 0
    debits[Account.LOANS] *= -1
    debits[Account.LOANS, bank] *= -1
    debits[list(LIABILITIES)] *= -1
    owned = [Account.DEPOSITS, Account.LOANS, *ASSETS, *LIABILITIES]
    negative = np.zeros(closing.shape, dtype=np.bool_)
    negative[owned] = debits[owned] < 0
    _refuse_any(negative, amounts=closing, names=names, reason="has the wrong sign")


def _check_invoices(closing: IntArray, *, owed: CentsArray, names: tuple[str, ...]) -> None:
    """Unpaid invoices are the payables of whoever received them and the receivables of whoever sent them."""
    for account, written in ((Account.PAYABLES, -owed.sum(axis=1)), (Account.RECEIVABLES, owed.sum(axis=0))):
        gap = closing[account] - written
        if gap.any():
            holder = int(np.flatnonzero(gap)[0])
            raise AccountingError(
                f"{names[holder]}: {account.name.lower()} and unpaid invoices differ by {as_dollars(gap[holder])}"
            )
    if (owed < 0).any():
        payer, payee = (int(code) for code in np.argwhere(owed < 0)[0])
        raise AccountingError(
            f"{names[payer]} has settled {as_dollars(-owed[payer, payee])} too much with {names[payee]}"
        )


def _check_real_assets(*, opening: IntArray, closing: IntArray, flows: TransactionFlowMatrix) -> None:
    """Capital grows by deliveries less what is used up, work in progress by what is paid less deliveries, and both by
    what changes hands in fire sales (I5)."""
    change = closing - opening
    delivered = flows.paid(Flow.DELIVERY)
    bought, projects = (flows.paid(sale) - flows.received(sale) for sale in FIRE_SALES)
    for account, explained in (
        (Account.CAPITAL, delivered - flows.paid(*CAPITAL_LOST) + bought),
        (Account.WIP, flows.paid(*PREPAID) - delivered - flows.paid(Flow.PROJECT_LOSS) + projects),
    ):
        gap = change[account] - explained
        if gap.any():
            holder = int(np.flatnonzero(gap)[0])
            raise AccountingError(
                f"{flows.holders[holder]}: {account.name.lower()} moved {as_dollars(gap[holder])} more than orders, "
                "deliveries, depreciation and retirements explain"
            )


def _refuse_any(wrong: BoolArray, *, amounts: IntArray, names: tuple[str, ...], reason: str) -> None:
    if wrong.any():
        account, holder = (int(index) for index in np.argwhere(wrong)[0])
        amount = as_dollars(amounts[account, holder])
        raise AccountingError(f"{names[holder]}: {Account(account).name.lower()} of {amount} {reason}")


def _describe(flows: TransactionFlowMatrix, *, row: int) -> str:
    payer, payee = flows.holders[flows.payer[row]], flows.holders[flows.payee[row]]
    return f"{Flow(flows.flow[row]).name.lower()} of {as_dollars(flows.cents[row])} from {payer} to {payee}"


def _names(claim: tuple[Account, ...]) -> str:
    return " and ".join(account.name.lower() for account in claim)
