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
from market.flows import ASSETS, LIABILITIES, TREATMENT, Account, Flow, OwnBooks
from market.money import LARGEST_AMOUNT
from market.reconciliation import LARGEST_BALANCE
from market.units import Cents, CentsArray, IntArray

Holders = str | int | Sequence[str] | npt.NDArray[np.integer]
"""Holders by name or code, one or many."""

Amounts = int | Sequence[int] | npt.NDArray[np.integer]
"""Cents, one amount or many."""


NOTHING: Final = -1
_ANYBODY: Final = -1
_LENT_BY_BANK: Final = (Flow.NEW_LOAN, Flow.LOAN_WRITE_OFF)
_REPAID_TO_BANK: Final = (Flow.PRINCIPAL,)


def _signs() -> IntArray:
    """Sign that a balance has wherever it is not nothing, 0 for any sign: of all but the bank, of the bank; (2,
    accounts)."""
    signs = np.zeros((2, len(Account)), dtype=np.int64)
    signs[:, ASSETS], signs[:, LIABILITIES] = 1, -1
    signs[:, Account.LOANS] = -1, 1
    signs[:, Account.DEPOSITS] = 1, 0  # the bank never lacks its own money
    return signs


_SIGN: Final = _signs()


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
    payer_is, payee_is = (codes[BANK] if flow in flows else _ANYBODY for flows in (_LENT_BY_BANK, _REPAID_TO_BANK))
    refused, moving, largest = _looked_at(payers, payees, amounts, _stays_inside(flow), payer_is, payee_is)
    if refused != NOTHING:
        names = list(codes)
        if not 0 <= amounts[refused] <= LARGEST_AMOUNT:
            reason = "a posting carries between nothing and 90 trillion USD; money returned is a flow of its own"
        elif flow in (*_LENT_BY_BANK, *_REPAID_TO_BANK):
            reason = "only the bank lends and writes loans off, and loans are repaid to it"
        else:
            reason = "it stays inside one holder's books" if _stays_inside(flow) else "nobody pays itself"
        posting = f"{as_dollars(amounts[refused])} from {names[payers[refused]]} to {names[payees[refused]]}"
        raise RefusedPosting(f"{Flow(flow).name.lower()} of {posting}: {reason}")
    if largest * count > LARGEST_BALANCE:
        raise RefusedPosting(f"{Flow(flow).name.lower()}: {count} payments of up to {as_dollars(largest)} in one call")
    if moving == count:
        return Batch(flow=flow, payers=payers, payees=payees, cents=amounts)
    some = amounts > 0
    return Batch(flow=flow, payers=payers[some], payees=payees[some], cents=amounts[some])


@kernel
def _looked_at(
    payers: IntArray, payees: IntArray, cents: CentsArray, inside: bool, payer_is: int, payee_is: int
) -> tuple[int, int, int]:
    """The first posting that is refused, NOTHING where none is; how many move money; the largest amount.

    `inside`: payer and payee are one holder, else two; `payer_is`, `payee_is`: the only holder that may be it.
    """
    moving, largest = 0, 0
    for i in range(cents.size):
        if cents[i] == 0:
            continue
        directed = (payers[i] == payees[i]) == inside
        directed &= (payer_is == _ANYBODY or payers[i] == payer_is) and (payee_is == _ANYBODY or payees[i] == payee_is)
        if not directed or not 0 < cents[i] <= LARGEST_AMOUNT:
            return i, moving, largest
        moving, largest = moving + 1, max(largest, cents[i])
    return NOTHING, moving, largest


@kernel
def post(
    balances: IntArray, payers: IntArray, payees: IntArray, cents: CentsArray, accounts: IntArray, bank: int
) -> bool:
    """Post to `balances` (accounts, holders) under `accounts` (4,), in the order of `market.flows.Entry`.

    False, with the balances as they were, if someone would have less than nothing of what is owned, owed or lent, or a
    balance becomes too large.
    """
    _move(balances, payers, payees, cents, accounts)
    sound = True
    for i in range(cents.size):
        for side in range(accounts.size):
            holder = payers[i] if side < 2 else payees[i]
            held = balances[accounts[side], holder]
            sound &= abs(held) <= LARGEST_BALANCE and held * _SIGN[int(holder == bank), accounts[side]] >= 0
    if not sound:
        _move(balances, payers, payees, -cents, accounts)
    return sound


@kernel
def _move(
    balances: IntArray, payers: IntArray, payees: IntArray, cents: CentsArray, accounts: IntArray
) -> None:
    for i in range(cents.size):
        balances[accounts[0], payers[i]] += cents[i]
        balances[accounts[1], payers[i]] -= cents[i]
        balances[accounts[2], payees[i]] += cents[i]
        balances[accounts[3], payees[i]] -= cents[i]


def _stays_inside(flow: Flow) -> bool:
    return type(TREATMENT[flow]) is OwnBooks


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
    if isinstance(holders, str) or type(holders) is int:
        return np.array([code_of(holders, codes=codes)], dtype=np.int64)
    if not isinstance(holders, np.ndarray) and isinstance(holders, Sequence):
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
