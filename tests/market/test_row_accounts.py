"""Money of the companies' rows: one pass adds up what the rules of money say row by row."""

from __future__ import annotations

import numpy as np
import pytest

from market.goods import Route
from market.money import MoneyError, to_cents
from market.row_accounts import Rows, month_of_rows

COMPANIES, ROWS = 20, 300


def some_rows(seed: int, **columns: np.ndarray) -> Rows:
    draw = np.random.default_rng(seed)
    amounts = {name: draw.lognormal(3, 3, ROWS) for name in ("bill", "staff", "other", "gross", "taste")}
    given = {
        "company": draw.integers(0, COMPANIES, ROWS), "weight": draw.lognormal(2, 2, ROWS),
        "route": draw.integers(0, 5, ROWS).astype(np.int8), "served": draw.uniform(0.5, 1, ROWS),
        "use": draw.normal(0, 100, ROWS), "surplus": draw.normal(0, 100, ROWS), **amounts,
    }  # fmt: skip
    return Rows(**(given | columns))


def test_every_row_is_rounded_once_and_added_as_whole_cents() -> None:
    rows = some_rows(1)
    month = month_of_rows(rows, companies=COMPANIES)
    billed = rows.route <= Route.SELF_RENT
    alone = (rows.route == Route.SELF_RENT) | (rows.route == Route.ON_PREM)
    worth = to_cents(np.maximum((rows.gross + rows.use) * rows.served, 0.0), rows.weight)
    invoice = to_cents(rows.bill * rows.served, rows.weight)
    wages, other = to_cents(rows.staff, rows.weight), to_cents(np.where(alone, rows.other, 0.0), rows.weight)
    electricity = np.where(rows.route == Route.ON_DEVICE, invoice, 0)
    assert np.array_equal(month.fees, np.where(billed, invoice, 0))
    assert month.cents == {
        "worth": worth.sum(), "wages": wages.sum(), "other": other.sum(), "electricity": electricity.sum()
    }  # fmt: skip
    change = np.zeros(COMPANIES, dtype=np.int64)
    np.add.at(change, rows.company, worth - wages - other - electricity)
    assert np.array_equal(month.change, change)


def test_surplus_of_the_rows_is_value_less_what_it_cost_and_true_friction() -> None:
    rows = some_rows(2)
    month = month_of_rows(rows, companies=COMPANIES)
    costs = ("fees", "integration", "own_machines", "own_rent", "own_overhead", "own_staff", "own_energy")
    value = month.dollars["gross_value"] + month.dollars["use_value"] + month.dollars["friction_real"]
    weight = np.bincount(rows.company, weights=rows.weight, minlength=COMPANIES)
    assert weight.min() > 0
    alone = some_rows(2, weight=np.ones(ROWS))
    total = month_of_rows(alone, companies=COMPANIES)
    value = total.dollars["gross_value"] + total.dollars["use_value"] + total.dollars["friction_real"]
    assert total.surplus.sum() == pytest.approx(value - sum(total.dollars[name] for name in costs), rel=1e-9)
    assert total.realised.sum() == pytest.approx(total.dollars["gross_value"], rel=1e-12)


def test_an_amount_that_is_no_money_is_refused_with_its_reason() -> None:
    with pytest.raises(MoneyError, match="not a finite amount"):
        month_of_rows(some_rows(3, staff=np.full(ROWS, np.nan)), companies=COMPANIES)
    with pytest.raises(MoneyError, match="more than one posting"):
        month_of_rows(some_rows(3, bill=np.full(ROWS, 1e20)), companies=COMPANIES)
