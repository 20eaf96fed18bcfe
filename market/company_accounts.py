"""The companies' accounts: millions of rows outside, one holder in the ledger.

The rows of the population are columns of int64 cents kept by whoever owns the population; the ledger holds their exact
sum under the holder `companies`. These functions add the rows up by counterparty as integers and post the sums; the
caller changes its own columns after they return, so that a refused posting leaves rows and ledger alike as they were.
"""

from __future__ import annotations

from typing import Final, NoReturn

import numpy as np
import numpy.typing as npt

from market.accounts import COMPANIES, RefusedPosting
from market.books import as_dollars
from market.compiling import kernel
from market.flows import Flow
from market.ledger import Ledger
from market.money import LARGEST_AMOUNT
from market.reconciliation import LARGEST_BALANCE
from market.units import Cents, CentsArray, IntArray

SMALLEST_PAYMENT: Final[Cents] = 500
"""Bills accrue until they reach five dollars (model.md section 1)."""

Codes = npt.NDArray[np.integer]


def post_companies(
    ledger: Ledger,
    flow: Flow,
    *,
    counterparty: Codes,
    cents: CentsArray,
    receiving: bool = False,
    organic: bool = True,
) -> None:
    """Let every row pay its counterparty or, if `receiving`, be paid by it.

    `counterparty` (rows,) are holder codes, `cents` (rows,) the amounts of whole rows, weights included. Errors as in
    `Ledger.pay`.
    """
    sums = sums_of_rows(ledger, counterparty=counterparty, cents=cents)
    others = np.flatnonzero(sums)
    if receiving:
        ledger.pay(flow, payer=others, payee=COMPANIES, cents=sums[others], organic=organic)
    else:
        ledger.pay(flow, payer=COMPANIES, payee=others, cents=sums[others], organic=organic)


def bill_companies(
    ledger: Ledger,
    flow: Flow,
    *,
    counterparty: Codes,
    cents: CentsArray,
    payable: CentsArray,
    least: Cents | CentsArray = SMALLEST_PAYMENT,
) -> CentsArray:
    """Bill every row, letting small bills accrue; returns what each row pays now, (rows,) cents.

    `counterparty` (rows,) are the sellers' codes, `cents` (rows,) this month's bills and `payable` (rows,) what each
    row already owes the same seller. A row whose old and new bills together reach `least` (a scalar, or per row the
    smallest payment of a firm times its weight) pays both; otherwise the new bill is put on its account. What a row
    owes afterwards is `payable + cents - paid`. Errors as in `Ledger.pay`, and RefusedPosting if rows claim to owe
    more than they were invoiced; nothing has changed then.
    """
    holders = len(ledger.holders)
    at_once, accrued, earlier = (np.zeros(holders, dtype=np.int64) for _ in range(3))
    paid = np.zeros(cents.size, dtype=np.int64)
    threshold = np.ascontiguousarray(np.broadcast_to(np.asarray(least, dtype=np.int64), cents.shape))
    codes = _rows(counterparty=counterparty, cents=cents, payable=payable)
    refused = _bill_rows(codes, cents, payable, threshold, at_once, accrued, earlier, paid)
    if refused >= 0:
        _refuse_row(refused, codes=codes, cents=cents, payable=payable, holders=holders)
    sellers = np.arange(holders)
    with ledger.all_or_nothing():
        ledger.pay(flow, payer=COMPANIES, payee=sellers, cents=at_once)
        ledger.invoice(flow, payer=COMPANIES, payee=sellers, cents=accrued)
        ledger.settle(payer=COMPANIES, payee=sellers, cents=earlier)
    return paid


def settle_companies(ledger: Ledger, *, counterparty: Codes, payable: CentsArray) -> None:
    """Let every row pay what it still owes, however little: a customer that leaves settles its account.

    `counterparty` and `payable` (rows,) as in `bill_companies`, zero for the rows that stay. Errors as in
    `Ledger.settle`.
    """
    sums = sums_of_rows(ledger, counterparty=counterparty, cents=payable)
    ledger.settle(payer=COMPANIES, payee=np.arange(len(ledger.holders)), cents=sums)


def sums_of_rows(ledger: Ledger, *, counterparty: Codes, cents: CentsArray) -> CentsArray:
    """Exact totals (holders,) of non-negative int64 `cents` (rows,) by holder code `counterparty` (rows,).

    Codes of rows without an amount are not looked at (-1 for a workload without a supplier). Raises RefusedPosting for
    a negative or fractional amount, an unknown code, or totals too large for int64.
    """
    sums = np.zeros(len(ledger.holders), dtype=np.int64)
    codes = _rows(counterparty=counterparty, cents=cents)
    refused = _sum_rows(codes, cents, sums)
    if refused >= 0:
        _refuse_row(refused, codes=codes, cents=cents, payable=np.zeros_like(cents), holders=sums.size)
    return sums


def _rows(*, counterparty: Codes, **columns: CentsArray) -> IntArray:
    """The codes of the rows in int64; refuses columns that are not one int64 amount per row."""
    for name, column in columns.items():
        if column.dtype != np.int64:
            raise RefusedPosting(f"{name} of rows are int64 cents, not {column.dtype}: convert dollars with to_cents")
        if column.shape != counterparty.shape:
            raise RefusedPosting(f"{name} has the shape {column.shape} and the counterparties {counterparty.shape}")
    return counterparty.astype(np.int64)


@kernel
def _sum_rows(codes: IntArray, cents: CentsArray, sums: CentsArray) -> int:
    """Add `cents` (rows,) to `sums` (holders,); returns the first row that cannot be added, or -1."""
    for row in range(codes.size):
        amount, code = cents[row], codes[row]
        if amount == 0:
            continue
        if amount < 0 or amount > LARGEST_AMOUNT or code < 0 or code >= sums.size:
            return row
        sums[code] += amount
        if sums[code] > LARGEST_BALANCE:
            return row
    return -1


@kernel
def _bill_rows(
    codes: IntArray,
    cents: CentsArray,
    payable: CentsArray,
    least: CentsArray,
    at_once: CentsArray,
    accrued: CentsArray,
    earlier: CentsArray,
    paid: CentsArray,
) -> int:
    """Sort each row's bill into what is paid now and what accrues; returns the first row that is refused, or -1.

    `codes`, `cents`, `payable`, `least` and, written, `paid` are (rows,); the sums `at_once`, `accrued` and `earlier`
    (holders,) are written.
    """
    for row in range(codes.size):
        amount, owed, code = cents[row], payable[row], codes[row]
        if amount == 0 and owed == 0:
            continue
        if amount < 0 or owed < 0 or amount > LARGEST_AMOUNT or owed > LARGEST_AMOUNT:
            return row
        if code < 0 or code >= at_once.size:
            return row
        if amount + owed >= least[row]:
            at_once[code] += amount
            earlier[code] += owed
            paid[row] = amount + owed
        else:
            accrued[code] += amount
        if at_once[code] > LARGEST_BALANCE or earlier[code] > LARGEST_BALANCE or accrued[code] > LARGEST_BALANCE:
            return row
    return -1


def _refuse_row(row: int, *, codes: IntArray, cents: CentsArray, payable: CentsArray, holders: int) -> NoReturn:
    """Say what is wrong with the first row that cannot be posted."""
    bill, owed = as_dollars(cents[row]), as_dollars(payable[row])
    if cents[row] < 0 or payable[row] < 0:
        raise RefusedPosting(f"row {row} is billed {bill} and owes {owed}: money returned is a flow of its own")
    if not 0 <= codes[row] < holders:
        raise RefusedPosting(
            f"row {row} is billed {bill} and owes {owed}, by holder {codes[row]}, which does not exist"
        )
    raise RefusedPosting(
        f"row {row} is billed {bill} and owes {owed}: one row carries at most {as_dollars(LARGEST_AMOUNT)}, all rows "
        f"of a seller {as_dollars(LARGEST_BALANCE)}"
    )
