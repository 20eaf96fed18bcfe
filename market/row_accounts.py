"""One month of the companies' rows in money, in a single pass: cents to post, dollars to report.

Cents are rounded once per row, half to even, after multiplying by the real firms it stands for, as `market.money` does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from market.compiling import kernel, step
from market.goods import Route
from market.money import LARGEST_AMOUNT, to_cents
from market.units import CENTS_PER_DOLLAR, CentsArray, FloatArray, IntArray, SmallArray

_SELF_RENT, _ON_PREM, _ON_DEVICE = int(Route.SELF_RENT), int(Route.ON_PREM), int(Route.ON_DEVICE)
_CENTS = ("worth", "wages", "other", "electricity")
_WORTH, _WAGES, _OTHER, _ELECTRICITY = range(len(_CENTS))
_DOLLARS = (
    "gross_value", "use_value", "friction_real", "taste", "fees", "integration", "own_machines", "own_rent",
    "own_overhead", "own_staff", "own_energy",
)  # fmt: skip
(
    _GROSS, _USE, _FRICTION, _TASTE, _FEES, _INTEGRATION, _MACHINES, _RENT, _OVERHEAD, _STAFF, _ENERGY,
) = range(len(_DOLLARS))  # fmt: skip
_BILL_OF = (_FEES, _FEES, _RENT, _MACHINES, _ENERGY)  # what the bill of each route pays for


class Rows(NamedTuple):
    """Rows that hold an offer: what they want per real firm, and the share of it that is served; (rows,) each."""

    company: IntArray  # row of the company
    weight: FloatArray  # real firms
    route: SmallArray
    served: FloatArray
    bill: FloatArray  # USD a month per firm, like all that follow
    staff: FloatArray
    other: FloatArray
    gross: FloatArray
    use: FloatArray
    surplus: FloatArray  # systematic
    taste: FloatArray


class RowMonth(NamedTuple):
    """What the rows amount to."""

    fees: CentsArray  # (rows,) owed to sellers of tokens and of accelerators, whole rows
    change: CentsArray  # (companies,) sold less paid to others than those sellers
    spend: FloatArray  # (companies,) on AI, staff included, USD per firm
    surplus: FloatArray  # (companies,) systematic, USD per firm
    realised: FloatArray  # (companies,) gross value served, USD per firm
    cents: dict[str, int]  # worth sold, wages, other costs and electricity of all rows
    dollars: dict[str, float]  # of all real firms: gross_value, use_value, friction_real, taste and what they cost


def month_of_rows(rows: Rows, *, companies: int) -> RowMonth:
    """Money of the month of all `rows`, by row, by company and in total.

    Raises MoneyError where an amount cannot become cents.
    """
    fees, change = np.zeros(len(rows.company), dtype=np.int64), np.zeros(companies, dtype=np.int64)
    spend, surplus, realised = np.zeros(companies), np.zeros(companies), np.zeros(companies)
    cents, dollars = np.zeros(len(_CENTS), dtype=np.int64), np.zeros(len(_DOLLARS))
    refused = _add_rows(rows, fees, change, spend, surplus, realised, cents, dollars)
    if refused >= 0:
        amounts = (rows.gross + rows.use) * rows.served, rows.bill * rows.served, rows.staff, rows.other
        for amount in amounts:
            to_cents(amount[refused : refused + 1], rows.weight[refused : refused + 1])
    return RowMonth(
        fees=fees,
        change=change,
        spend=spend,
        surplus=surplus,
        realised=realised,
        cents={name: int(amount) for name, amount in zip(_CENTS, cents, strict=True)},
        dollars={name: float(amount) for name, amount in zip(_DOLLARS, dollars, strict=True)},
    )


@step
def _cents(dollars: float, weight: float) -> Any:
    return np.rint(dollars * weight * CENTS_PER_DOLLAR)


@kernel
def _add_rows(
    rows: Rows, fees: CentsArray, change: CentsArray, spend: FloatArray, surplus: FloatArray, realised: FloatArray,
    cents: CentsArray, dollars: FloatArray,
) -> int:  # fmt: skip
    """Add every row up; returns the first row with an amount that cannot become cents, or -1."""
    for i in range(rows.company.size):
        c, weight, served, route = rows.company[i], rows.weight[i], rows.served[i], rows.route[i]
        gross, use, bill = rows.gross[i] * served, rows.use[i] * served, rows.bill[i] * served
        staff, other = rows.staff[i], rows.other[i]
        runs_alone = _SELF_RENT <= route <= _ON_PREM
        value = (rows.gross[i] + rows.use[i]) * served
        worth = 0.0 if value < 0.0 else _cents(value, weight)
        wages, invoice = _cents(staff, weight), _cents(bill, weight)
        overhead = _cents(other, weight) if runs_alone else 0.0
        for amount in (worth, wages, invoice, overhead):
            if not abs(amount) <= LARGEST_AMOUNT:
                return i
        electricity = invoice if route == _ON_DEVICE else 0.0
        if route <= _SELF_RENT:
            fees[i] = np.int64(invoice)
        dollars[_BILL_OF[route]] += weight * bill
        dollars[_STAFF if runs_alone else _INTEGRATION] += weight * staff
        cents[_WORTH] += np.int64(worth)
        cents[_WAGES] += np.int64(wages)
        cents[_OTHER] += np.int64(overhead)
        cents[_ELECTRICITY] += np.int64(electricity)
        change[c] += np.int64(worth) - np.int64(wages) - np.int64(overhead) - np.int64(electricity)

        friction = rows.surplus[i] - (rows.gross[i] + rows.use[i] - rows.bill[i] - staff - other)
        dollars[_GROSS] += weight * gross
        dollars[_USE] += weight * use
        dollars[_FRICTION] += weight * (friction * served)
        dollars[_TASTE] += weight * (rows.taste[i] * served)
        dollars[_OVERHEAD] += weight * other
        spend[c] += bill + staff + other
        surplus[c] += (rows.gross[i] + rows.use[i] - rows.bill[i] + friction) * served - staff - other
        realised[c] += gross
    return -1
