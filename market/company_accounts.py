"""The companies' accounts: millions of rows outside, one holder in the ledger.

The rows of the population are columns of int64 cents kept by whoever owns the population; the ledger holds their exact
sum under the holder `companies`. These functions add the rows up by counterparty as integers and post the sums; the
caller changes its own columns after they return, so that a refused posting leaves rows and ledger alike as they were.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from market.accounts import COMPANIES, RefusedPosting
from market.books import as_dollars, sums_by_code
from market.flows import Flow
from market.ledger import Ledger
from market.reconciliation import LARGEST_BALANCE
from market.units import Cents, CentsArray

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
    due = payable + cents
    paying = due >= least
    at_once = sums_of_rows(ledger, counterparty=counterparty, cents=np.where(paying, cents, 0))
    accrued = sums_of_rows(ledger, counterparty=counterparty, cents=np.where(paying, 0, cents))
    earlier = sums_of_rows(ledger, counterparty=counterparty, cents=np.where(paying, payable, 0))
    sellers = np.arange(len(ledger.holders))
    with ledger.all_or_nothing():
        ledger.pay(flow, payer=COMPANIES, payee=sellers, cents=at_once)
        ledger.invoice(flow, payer=COMPANIES, payee=sellers, cents=accrued)
        ledger.settle(payer=COMPANIES, payee=sellers, cents=earlier)
    return np.where(paying, due, 0)


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
    holders = len(ledger.holders)
    if cents.dtype != np.int64:
        raise RefusedPosting(f"amounts of rows are int64 cents, not {cents.dtype}: convert dollars with to_cents")
    if cents.size and int(cents.min()) < 0:
        row = int(np.argmin(cents))
        raise RefusedPosting(f"row {row} is billed {as_dollars(cents[row])}: money returned is a flow of its own")
    due = cents > 0
    codes, amounts = counterparty[due], cents[due]
    if codes.size and not 0 <= int(codes.min()) <= int(codes.max()) < holders:
        row = int(np.flatnonzero(due & ((counterparty < 0) | (counterparty >= holders)))[0])
        raise RefusedPosting(
            f"row {row} owes {as_dollars(cents[row])} to holder {counterparty[row]}, which does not exist"
        )
    if float(amounts.sum(dtype=np.float64)) > LARGEST_BALANCE:
        raise RefusedPosting(f"rows owe more than {as_dollars(LARGEST_BALANCE)} together, the most the books can hold")
    return sums_by_code(codes, cents=amounts, count=holders)
