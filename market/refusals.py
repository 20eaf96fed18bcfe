"""What the ledger refuses before it posts: more than is owed, than the bank lends, than there is, than books can hold.

Each check raises with the culprit and the amount, and changes nothing (docs/model.md section 3).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from market.accounts import InsufficientDeposits, RefusedPosting
from market.books import as_dollars
from market.flows import ASSETS, LIABILITIES, TREATMENT, Account, Entry, Flow, Trade
from market.postings import Batch
from market.reconciliation import LARGEST_BALANCE
from market.units import CentsArray, IntArray

GUARDED: Final = frozenset({*ASSETS, *LIABILITIES, Account.LOANS})
"""Accounts of what is owned or owed, which cannot fall below nothing."""


def changes_invoices(flow: Flow, *, cash: bool) -> bool:
    """Whether a posting sends, settles or forgives an invoice."""
    return flow in (Flow.SETTLEMENT, Flow.INVOICE_WRITE_OFF) or (not cash and isinstance(TREATMENT[flow], Trade))


def owed_after(owed: CentsArray, batch: Batch, *, cash: bool, holders: tuple[str, ...]) -> CentsArray:
    """Unpaid invoices (payers, payees) once the batch is posted; nobody settles or forgives more than was invoiced."""
    if not changes_invoices(batch.flow, cash=cash):
        return owed
    settled, forgiven = batch.flow == Flow.SETTLEMENT, batch.flow == Flow.INVOICE_WRITE_OFF
    after = owed.copy()
    debtor, creditor = (batch.payees, batch.payers) if forgiven else (batch.payers, batch.payees)
    change = -batch.cents if settled or forgiven else batch.cents
    np.add.at(after.reshape(-1), debtor * len(holders) + creditor, change)
    if (settled or forgiven) and (after < 0).any():
        payer, payee = (int(code) for code in np.argwhere(after < 0)[0])
        raise RefusedPosting(
            f"{holders[payer]} owes {holders[payee]} {as_dollars(owed[payer, payee])} and cannot "
            f"{'settle' if settled else 'be forgiven'} {as_dollars(owed[payer, payee] - after[payer, payee])}"
        )
    return after


def refuse_beyond_credit(
    flow: Flow, after: IntArray, *, shortfall: CentsArray, limit: CentsArray, deposits: CentsArray,
    holders: tuple[str, ...],
) -> None:  # fmt: skip
    """Refuse a payment whose `shortfall` (holders,) the bank does not lend; `after` (accounts, holders) without loans
    for it, `limit` and `deposits` (holders,) before it."""
    debt = np.maximum(-after[Account.LOANS], 0)
    refused = (shortfall > 0) & (debt + shortfall > limit)
    if refused.any():
        holder = int(np.flatnonzero(refused)[0])
        room = max(int(limit[holder] - debt[holder]), 0)
        raise InsufficientDeposits(
            f"{holders[holder]} lacks {as_dollars(shortfall[holder])} to pay {Flow(flow).name.lower()}: it has "
            f"{as_dollars(deposits[holder])} and the bank lends it {as_dollars(room)} more; raise its credit limit, or "
            "let it earn before it pays"
        )


def refuse_missing(
    flow: Flow, after: IntArray, *, accounts: Entry, bank: int, holders: tuple[str, ...]
) -> None:
    """Refuse to deliver, write down, repay or hand over more than there is; `after` (accounts, holders)."""
    for account in {accounts.payer_debit, accounts.payer_credit, accounts.payee_debit, accounts.payee_credit}:
        if account not in GUARDED:
            continue
        held = after[account]
        if account in LIABILITIES:
            held = -held
        elif account == Account.LOANS:
            held = np.where(np.arange(len(holders)) == bank, held, -held)
        missing = np.flatnonzero(held < 0)
        if missing.size:
            holder = int(missing[0])
            raise RefusedPosting(
                f"{Flow(flow).name.lower()} takes {as_dollars(-held[holder])} more {account.name.lower()} than "
                f"{holders[holder]} has"
            )


def refuse_too_large(flow: Flow, after: IntArray, *, holders: tuple[str, ...]) -> None:
    """Refuse what takes a balance beyond what the books can hold; `after` (accounts, holders)."""
    if after.max() > LARGEST_BALANCE or after.min() < -LARGEST_BALANCE:
        account, holder = (int(index) for index in np.argwhere(np.abs(after) > LARGEST_BALANCE)[0])
        raise RefusedPosting(
            f"{Flow(flow).name.lower()} takes the {Account(account).name.lower()} of {holders[holder]} beyond "
            f"{as_dollars(LARGEST_BALANCE)}, the most the books can hold"
        )
