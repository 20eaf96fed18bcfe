"""Registers that everything else relies on: permanent codes of sellers and offers, and the companies' columns."""

from __future__ import annotations

import numpy as np
import pytest

from agents.companies import COLUMNS, FOUNDING, ColumnSpec
from simulation.world import ARMS

MOST_SELLERS = 64  # bits of a company's memory


@pytest.fixture(scope="module")
def economies(economy_of):
    return {arm: economy_of(arm=arm, months=2) for arm in ARMS}


def test_codes_of_sellers_are_dense_fit_a_bitmask_and_are_the_same_in_every_arm(economies):
    codes = {arm: economy.world.code_of for arm, economy in economies.items()}
    assert codes["open"] == codes["closed"] == codes["absent"]
    assert sorted(codes["open"].values()) == list(range(len(codes["open"])))
    assert len(codes["open"]) <= MOST_SELLERS
    for economy in economies.values():
        assert [seller.code for seller in economy.sellers] == list(range(len(economy.sellers)))


def test_codes_of_offers_are_dense_and_the_same_in_every_arm(economies):
    books = {arm: economy.world.book.offers for arm, economy in economies.items()}
    described = {
        arm: [(o.code, o.route, o.seller, o.vendor, o.host, o.cloud, o.line.code, o.line.name) for o in offers]
        for arm, offers in books.items()
    }
    assert described["open"] == described["closed"] == described["absent"]
    assert [offer.code for offer in books["open"]] == list(range(len(books["open"])))


def test_an_offer_keeps_its_code_when_its_model_is_replaced(economy_of):
    economy = economy_of({"release.cadence": 1}, horizon=8)
    before = [(o.code, o.line.name, o.seller) for o in economy.world.book.offers]
    released = 0
    for _ in range(8):
        economy.step()
        released += len(economy.record.models.released)
    assert released > 0
    assert [(o.code, o.line.name, o.seller) for o in economy.world.book.offers] == before


def test_every_workload_holds_an_offer_that_exists_or_none(economies):
    for economy in economies.values():
        held = economy.companies.held
        assert held.min() >= -1 and held.max() < len(economy.world.book.offers)
        assert economy.record.tariffs.sheet.available[held[economy.companies.live & (held >= 0)]].all()


def test_a_company_remembers_only_sellers_that_exist(economies):
    for economy in economies.values():
        every = np.uint64(2 ** len(economy.sellers) - 1)
        for mask in (economy.companies.known, economy.companies.accounts):
            assert (mask & ~every == 0).all()


@pytest.mark.parametrize(("name", "spec"), COLUMNS.items(), ids=list(COLUMNS))
def test_a_column_is_declared_with_type_unit_meaning_and_writer_and_is_what_it_says(
    name: str, spec: ColumnSpec, economies
):
    assert spec.unit and spec.meaning and spec.writer
    assert spec.writer in (FOUNDING, "births", "readiness", "choice", "settlement", "beliefs", "law")
    for economy in economies.values():
        companies = economy.companies
        column = getattr(companies, name)
        rows = {"company": companies.rows, "company+1": companies.rows + 1, "workload": companies.slots}[spec.per]
        assert column.dtype == np.dtype(spec.dtype)
        assert column.shape == (rows,)
        if column.dtype.kind == "f":
            assert not np.isnan(column).any()


def test_the_slots_of_a_company_lie_side_by_side_in_the_order_of_the_rows(economies):
    companies = economies["open"].companies
    slots = np.diff(companies.first_slot)
    assert (slots >= 1).all()
    assert np.array_equal(companies.company, np.repeat(np.arange(companies.rows), slots))


def test_founding_columns_never_change(economy_of):
    economy = economy_of()
    founded = {name: getattr(economy.companies, name).copy() for name, s in COLUMNS.items() if s.writer == FOUNDING}
    economy.run(6)
    assert [n for n, before in founded.items() if not np.array_equal(before, getattr(economy.companies, n))] == []
