"""Money is conserved: no sequence of payments, invoices, loans and bookings makes or loses a cent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from market.accounts import INSTITUTIONS, RefusedPosting
from market.company_accounts import bill_companies, settle_companies
from market.flows import ENTRIES, TREATMENT, Flow, OwnBooks
from market.ledger import Ledger
from market.money import LARGEST_AMOUNT, apportion

SELLERS = ("cloud_1", "cloud_2", "lab_1", "vendor")
HOLDERS = (*SELLERS, *INSTITUTIONS)
OPENING = {
    "deposits": {"cloud_1": 9_000, "lab_1": 500, "companies": 20_000, "fund": 7_000, "government": 3_000},
    "debt": {"cloud_1": 4_000, "lab_1": 100},
    "capital": {"cloud_1": 5_000, "cloud_2": 800},
    "wip": {"cloud_1": 2_000},
    "equity_held": {"fund": 600, "cloud_2": 50},
    "equity_issued": {"lab_1": 650},
}


@dataclass(frozen=True)
class Posting:
    """One attempt to post a batch: how, why, between whom and how much."""

    way: str
    flow: Flow
    payers: tuple[str, ...]
    payees: tuple[str, ...]
    cents: tuple[int, ...]
    single: bool

    def attempt(self, ledger: Ledger) -> None:
        payer: Any = self.payers[0] if self.single else self.payers
        payee: Any = self.payees[0] if self.single else self.payees
        cents: Any = self.cents[0] if self.single else np.array(self.cents)
        if self.way == "pay":
            ledger.pay(self.flow, payer=payer, payee=payee, cents=cents)
        elif self.way == "invoice":
            ledger.invoice(self.flow, payer=payer, payee=payee, cents=cents)
        elif self.way == "settle":
            ledger.settle(payer=payer, payee=payee, cents=cents)
        else:
            ledger.book(self.flow, debit=payer, credit=payee, cents=cents)


amounts = st.one_of(st.integers(0, 3_000), st.integers(-2, LARGEST_AMOUNT + 1))


@st.composite
def postings(draw: st.DrawFn) -> Posting:
    way = draw(st.sampled_from(["pay", "pay", "invoice", "settle", "book"]))
    own = [flow for flow in Flow if isinstance(TREATMENT[flow], OwnBooks)]
    flow = draw(st.sampled_from(own if way == "book" else list(Flow)))
    length = draw(st.integers(1, 4))
    several = st.lists(st.sampled_from(HOLDERS), min_size=length, max_size=length)
    payers = draw(several)
    payees = payers if way == "book" else draw(several)
    cents = draw(st.lists(amounts, min_size=length, max_size=length))
    single = draw(st.booleans())
    return Posting(way, flow, tuple(payers), tuple(payees), tuple(cents), single)


def founded(sellers: tuple[str, ...] = SELLERS) -> Ledger:
    ledger = Ledger(sellers)
    ledger.open_books(**OPENING)
    return ledger


def state(ledger: Ledger) -> tuple[Any, ...]:
    columns = {name: values.tolist() for name, values in ledger.sheet().columns().items()}
    return columns, ledger._owed.tolist(), ledger._journal.tolist(), ledger._overdraft_drawn.tolist()


def attempt_all(ledger: Ledger, sequence: list[Posting]) -> list[bool]:
    """Whether each posting was accepted; a refused one must not have changed anything."""
    accepted = []
    for posting in sequence:
        before = state(ledger)
        try:
            posting.attempt(ledger)
        except RefusedPosting:
            assert state(ledger) == before
            accepted.append(False)
        else:
            accepted.append(True)
    return accepted


@settings(max_examples=150, deadline=None)
@given(
    sequence=st.lists(postings(), max_size=12), limits=st.dictionaries(st.sampled_from(HOLDERS), st.integers(0, 9_000))
)
def test_any_sequence_of_postings_conserves_every_cent(sequence: list[Posting], limits: dict[str, int]) -> None:
    ledger = founded()
    for holder, cents in limits.items():
        ledger.limit_credit(holder, cents=cents)
    half = len(sequence) // 2
    for month in (sequence[:half], sequence[half:]):
        attempt_all(ledger, month)
        closed = ledger.close_month()
        sheet, columns = closed.sheet, closed.flows.columns()
        cash = [
            (payer, payee, int(cents))
            for payer, payee, cents, is_cash in zip(
                columns["payer"], columns["payee"], columns["cents"], columns["cash"], strict=True
            )
            if is_cash
        ]
        for at, name in enumerate(sheet.holders):
            received = sum(cents for _, payee, cents in cash if payee == name)
            paid = sum(cents for payer, _, cents in cash if payer == name)
            assert int(sheet.deposits[at]) - int(sheet.opening_deposits[at]) == received - paid
            owned = sheet.deposits[at] + sheet.loans[at] + sheet.receivables[at] + sheet.credits[at] + sheet.capital[at]
            owned += sheet.wip[at] + sheet.equity_held[at] - sheet.payables[at] - sheet.equity_issued[at]
            assert owned == sheet.net_worth[at]
            assert name == "bank" or sheet.deposits[at] >= 0
        assert sheet.deposits.sum() == sheet.loans.sum() == 0
        assert sheet.receivables.sum() == sheet.payables.sum()
        assert sheet.equity_held.sum() == sheet.equity_issued.sum()
        assert sheet.net_worth.sum() == sheet.capital.sum() + sheet.wip.sum()


@settings(max_examples=60, deadline=None)
@given(sequence=st.lists(postings(), max_size=10), order=st.permutations(SELLERS))
def test_the_order_of_sellers_permutes_the_books_and_nothing_else(sequence: list[Posting], order: list[str]) -> None:
    first, second = founded(), founded(tuple(order))
    assert attempt_all(first, sequence) == attempt_all(second, sequence)
    one, other = first.close_month(), second.close_month()
    place = [other.sheet.holders.index(name) for name in one.sheet.holders]
    for column, values in one.sheet.columns().items():
        assert values.tolist() == other.sheet.columns()[column][place].tolist()
    rows = [
        sorted(zip(*(column.tolist() for column in month.flows.columns().values()), strict=True))
        for month in (one, other)
    ]
    assert rows[0] == rows[1]


@settings(max_examples=60, deadline=None)
@given(batch=postings().filter(lambda posting: posting.way == "pay" and not posting.single), data=st.data())
def test_payments_settle_together_in_any_order(batch: Posting, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(batch.cents))))
    shuffled = Posting(
        batch.way,
        batch.flow,
        tuple(batch.payers[at] for at in order),
        tuple(batch.payees[at] for at in order),
        tuple(batch.cents[at] for at in order),
        single=False,
    )
    first, second = founded(), founded()
    assert attempt_all(first, [batch]) == attempt_all(second, [shuffled])
    assert state(first)[0] == state(second)[0]


row_months = st.tuples(st.integers(0, 900), st.booleans())
"""The bill of a row this month, and whether it leaves its seller."""


@settings(max_examples=40, deadline=None)
@given(months=st.lists(st.lists(row_months, min_size=6, max_size=6), min_size=1, max_size=4))
def test_what_the_rows_of_companies_owe_is_what_the_ledger_says(months: list[list[tuple[int, bool]]]) -> None:
    ledger, payable = founded(), np.zeros(6, dtype=np.int64)
    seller = np.array([0, 1, 1, 2, 3, 3], dtype=np.int16)
    billed = paid_in_all = 0
    for month in months:
        bills = np.array([bill for bill, _ in month])
        leaving = np.array([leaves for _, leaves in month])
        paid = bill_companies(ledger, Flow.API_FEE, counterparty=seller, cents=bills, payable=payable)
        payable = payable + bills - paid
        settle_companies(ledger, counterparty=seller, payable=np.where(leaving, payable, 0))
        paid_in_all += int(paid.sum()) + int(payable[leaving].sum())
        payable = np.where(leaving, 0, payable)
        seller = np.where(leaving, (seller + 1) % len(SELLERS), seller).astype(np.int16)
        billed += int(bills.sum())
        closed = ledger.close_month()
        companies = closed.sheet.holders.index("companies")
        assert closed.sheet.payables[companies] == payable.sum() == billed - paid_in_all
        assert closed.flows.paid(Flow.API_FEE)[companies] == bills.sum()


@settings(max_examples=100, deadline=None)
@given(
    total=st.integers(0, LARGEST_AMOUNT),
    weights=st.lists(st.floats(0, 1e9, allow_nan=False), min_size=1, max_size=9),
    data=st.data(),
)
def test_a_split_is_exact_and_follows_its_holders_wherever_they_stand(
    total: int, weights: list[float], data: st.DataObject
) -> None:
    if not any(weights):
        return
    codes = np.arange(len(weights)) * 3
    order = np.array(data.draw(st.permutations(range(len(weights)))))
    shares = apportion(total, weights, codes=codes)
    assert shares.sum() == total
    assert apportion(total, np.array(weights)[order], codes=codes[order]).tolist() == shares[order].tolist()


def test_every_trade_can_be_paid_and_own_bookings_cannot() -> None:
    ledger = founded()
    for flow in Flow:
        payee = "cloud_2" if flow == Flow.EQUITY_SALE else "cloud_1"  # who sells shares has some
        accepted = attempt_all(ledger, [Posting("pay", flow, ("bank",), (payee,), (1,), single=True)])
        expected = (flow, True) in ENTRIES and flow not in (Flow.SETTLEMENT, Flow.PRINCIPAL)
        assert accepted == [expected]
    ledger.close_month()
