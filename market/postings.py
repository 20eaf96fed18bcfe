"""What the ledger is asked to post, read and checked at its border: batches of payments, and the opening balances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from market.accounts import BANK, REST_OF_ECONOMY, RefusedPosting
from market.books import AccountingError, as_dollars
from market.compiling import kernel
from market.flows import TREATMENT, Account, Flow, OwnBooks
from market.money import LARGEST_AMOUNT
from market.reconciliation import LARGEST_BALANCE
from market.units import BoolArray, Cents, CentsArray, IntArray

Holders = str | int | Sequence[str] | npt.NDArray[np.integer]
"""Holders by name or code, one or many."""

Amounts = int | Sequence[int] | npt.NDArray[np.integer]
"""Cents, one amount or many."""


_DEPOSITS: Final = int(Account.DEPOSITS)
_OF_THE_BANK: Final = (Flow.NEW_LOAN, Flow.PRINCIPAL, Flow.LOAN_WRITE_OFF)


@dataclass(frozen=True, slots=True)
class Batch:
    """Postings of one flow that take effect together; arrays are (postings,), every amount above zero."""

    flow: Flow
    payers: IntArray
    payees: IntArray
    cents: CentsArray


def read_batch(flow: Flow, *, payer: Holders, payee: Holders, cents: Amounts, codes: Mapping[str, int]) -> Batch:
    """The batch behind names or codes and amounts that broadcast; `codes` are those of all holders, dense from 0.

    Raises RefusedPosting for an unknown holder, an amount that is negative, fractional or too large, a payment to
    oneself, own bookings that name two holders, and loans that are not the bank's. Zero amounts are left out.
    """
    payers, payees, amounts = _codes_of(payer, codes=codes), _codes_of(payee, codes=codes), _whole_cents(cents)
    count = _common_length(payers, payees, amounts)
    payers, payees, amounts = (_stretched(values, count=count) for values in (payers, payees, amounts))
    if count == 0:
        return Batch(flow=flow, payers=payers, payees=payees, cents=amounts)
    smallest, largest = int(amounts.min()), int(amounts.max())
    misdirected = _misdirected(flow, payers=payers, payees=payees, bank=codes[BANK]) & (amounts != 0)
    if smallest < 0 or largest > LARGEST_AMOUNT or misdirected.any():
        wrong = misdirected | (amounts < 0) | (amounts > LARGEST_AMOUNT)
        first = int(np.flatnonzero(wrong)[0])
        names = list(codes)
        if not 0 <= amounts[first] <= LARGEST_AMOUNT:
            reason = "a posting carries between nothing and 90 trillion USD; money returned is a flow of its own"
        elif flow in _OF_THE_BANK:
            reason = "only the bank lends and writes loans off, and loans are repaid to it"
        else:
            reason = "it stays inside one holder's books" if _stays_inside(flow) else "nobody pays itself"
        posting = f"{as_dollars(amounts[first])} from {names[payers[first]]} to {names[payees[first]]}"
        raise RefusedPosting(f"{Flow(flow).name.lower()} of {posting}: {reason}")
    if largest * count > LARGEST_BALANCE:
        raise RefusedPosting(f"{Flow(flow).name.lower()}: {count} payments of up to {as_dollars(largest)} in one call")
    if smallest > 0:
        return Batch(flow=flow, payers=payers, payees=payees, cents=amounts)
    moving = amounts > 0
    return Batch(flow=flow, payers=payers[moving], payees=payees[moving], cents=amounts[moving])


@kernel
def post_payments(
    balances: IntArray, payers: IntArray, payees: IntArray, cents: CentsArray, bought: int, earned: int, bank: int
) -> bool:
    """Move deposits in `balances` (accounts, holders); payers debit the account `bought`, payees credit `earned`.

    False, with the balances as they were, if a payer but the bank has not enough or a balance becomes too large.
    """
    _move(balances, payers, payees, cents, bought, earned)
    sound = True
    for i in range(cents.size):
        payer, payee = payers[i], payees[i]
        sound &= payer == bank or balances[_DEPOSITS, payer] >= 0
        sound &= abs(balances[_DEPOSITS, payer]) <= LARGEST_BALANCE
        sound &= abs(balances[_DEPOSITS, payee]) <= LARGEST_BALANCE
        sound &= abs(balances[bought, payer]) <= LARGEST_BALANCE
        sound &= abs(balances[earned, payee]) <= LARGEST_BALANCE
    if not sound:
        _move(balances, payers, payees, -cents, bought, earned)
    return sound


@kernel
def _move(
    balances: IntArray, payers: IntArray, payees: IntArray, cents: CentsArray, bought: int, earned: int
) -> None:
    for i in range(cents.size):
        balances[_DEPOSITS, payers[i]] -= cents[i]
        balances[bought, payers[i]] += cents[i]
        balances[_DEPOSITS, payees[i]] += cents[i]
        balances[earned, payees[i]] -= cents[i]


def _stays_inside(flow: Flow) -> bool:
    return isinstance(TREATMENT[flow], OwnBooks)


def _misdirected(flow: Flow, *, payers: IntArray, payees: IntArray, bank: int) -> BoolArray:
    """Postings (n,) that name the wrong holders for their flow."""
    wrong: BoolArray = (payers != payees) if _stays_inside(flow) else (payers == payees)
    if flow in (Flow.NEW_LOAN, Flow.LOAN_WRITE_OFF):
        wrong |= payers != bank
    elif flow == Flow.PRINCIPAL:
        wrong |= payees != bank
    return wrong


def _common_length(*given: IntArray) -> int:
    """Length that arrays of length one and n share; refuses different lengths."""
    lengths = {values.size for values in given if values.size != 1}
    if len(lengths) > 1:
        listed = ", ".join(str(values.size) for values in given)
        raise RefusedPosting(f"payers, payees and amounts are {listed} long: give one of each, or as many of each")
    return lengths.pop() if lengths else 1


def _stretched(values: IntArray, *, count: int) -> IntArray:
    return values if values.size == count else np.full(count, values[0], dtype=np.int64)


def _codes_of(holders: Holders, *, codes: Mapping[str, int]) -> IntArray:
    """Codes of holders given by name or code, (n,) or (1,)."""
    if isinstance(holders, str):
        holders = (holders,)
    if isinstance(holders, Sequence):
        return np.array([code_of(holder, codes=codes) for holder in holders], dtype=np.int64)
    found = np.asarray(holders).reshape(-1)
    if found.dtype.kind not in "iu":
        raise RefusedPosting(f"holders are names or whole codes, not {found.dtype}")
    for extreme in (int(found.min()), int(found.max())) if found.size else ():
        code_of(extreme, codes=codes)
    return found.astype(np.int64)


def code_of(holder: str | int, *, codes: Mapping[str, int]) -> int:
    """Code of one holder given by name or code; raises RefusedPosting if there is none."""
    if isinstance(holder, str):
        if holder not in codes:
            raise RefusedPosting(f"no holder is called {holder!r}; holders are {', '.join(codes)}")
        return codes[holder]
    if not 0 <= holder < len(codes):
        raise RefusedPosting(f"no holder has the code {holder}: codes run from 0 to {len(codes) - 1}")
    return int(holder)


def _whole_cents(cents: Amounts) -> CentsArray:
    """Amounts as int64, (n,) or (1,); refuses what is not whole."""
    amounts = np.asarray(cents).reshape(-1)
    if amounts.size == 0:
        return np.zeros(0, dtype=np.int64)
    if amounts.dtype.kind not in "iu" or (amounts.dtype.kind == "u" and (amounts > LARGEST_AMOUNT).any()):
        raise RefusedPosting(f"amounts are whole cents in int64, not {amounts.dtype}: convert dollars with to_cents")
    return amounts.astype(np.int64)


def opening_balances(given: Mapping[Account, Mapping[str, Cents]], *, codes: Mapping[str, int]) -> IntArray:
    """Balances (accounts, holders), debits positive, of non-negative cents by account and holder; net worth follows.

    Money is somebody's debt: the bank's loans equal the deposits it owes, the rest of the economy borrowing what the
    given loans leave open, or holding the deposits that they created. Raises AccountingError for an amount that is
    negative or not whole, and for deposits or loans of the bank itself.
    """
    balances = np.zeros((len(Account), len(codes)), dtype=np.int64)
    for account, amounts in given.items():
        sign = -1 if account in (Account.LOANS, Account.EQUITY_ISSUED) else 1
        for holder, cents in amounts.items():
            amount = _opening_amount(cents, holder=holder, account=account)
            balances[account, code_of(holder, codes=codes)] = sign * amount
    bank, rest = codes[BANK], codes[REST_OF_ECONOMY]
    if balances[Account.DEPOSITS, bank] or balances[Account.LOANS, bank]:
        raise AccountingError("the bank's deposits and loans follow from those of the others: leave them out")
    unbacked = int(balances[Account.DEPOSITS].sum() + balances[Account.LOANS].sum())
    balances[Account.LOANS, rest] -= max(unbacked, 0)
    balances[Account.DEPOSITS, rest] += max(-unbacked, 0)
    balances[Account.DEPOSITS, bank] = -balances[Account.DEPOSITS].sum()
    balances[Account.LOANS, bank] = -balances[Account.LOANS].sum()
    balances[Account.NET_WORTH] = -balances.sum(axis=0)
    return balances


def _opening_amount(cents: Cents, *, holder: str, account: Account) -> Cents:
    place = f"opening {account.name.lower()} of {holder}"
    if isinstance(cents, bool) or not isinstance(cents, (int, np.integer)) or cents < 0:
        raise AccountingError(f"{place}: {cents!r} is not a non-negative whole number of cents")
    if cents > LARGEST_AMOUNT:
        raise AccountingError(f"{place}: {as_dollars(cents)} is more than one entry can carry")
    return int(cents)
