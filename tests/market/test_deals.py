"""Deals by hand: what a partner pays, which credits go first, what is committed, and what joint ownership counts."""

from __future__ import annotations

import numpy as np
import pytest

from market.accounts import RefusedPosting
from market.deals import CreditLot, commitment, expired, investment, spend_credits
from market.flows import Account, Flow
from market.ledger import Ledger

CLOUD, LAB = 0, 1


def test_a_partner_takes_its_stake_of_a_round_partly_in_credits() -> None:
    assert investment(1000, stake=0.2, credit_part=0.7) == (60, 140)
    assert investment(1000, stake=0.0, credit_part=0.7) == (0, 0)
    cash, credits = investment(333, stake=0.5, credit_part=0.5)
    assert cash + credits == 166


def test_credits_granted_first_are_spent_first_and_only_where_they_are_owed() -> None:
    lots = (
        CreditLot(cloud=0, lab=7, cents=30, expires=5), CreditLot(cloud=1, lab=7, cents=99, expires=5),
        CreditLot(cloud=0, lab=7, cents=50, expires=9), CreditLot(cloud=0, lab=8, cents=70, expires=5),
    )  # fmt: skip
    left, paid = spend_credits(lots, cloud=0, lab=7, cents=45)
    assert paid == 45
    assert [lot.cents for lot in left] == [99, 35, 70]
    left, paid = spend_credits(left, cloud=0, lab=7, cents=1000)
    assert paid == 35
    assert [lot.cents for lot in left] == [99, 70]
    assert [lot.cents for lot in expired(lots, month=5)] == [30, 99, 70]


def test_a_commitment_fills_up_to_the_promised_part_and_shares_a_full_cloud() -> None:
    usual = np.array([100.0, 50.0, 80.0])
    partner = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    reserved = np.array([[20.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    asked = commitment(usual, partner=partner, reserved=reserved, take_or_pay=0.8, room=np.array([1000.0, 1000.0]))
    np.testing.assert_allclose(asked, [[60.0, 0.0], [40.0, 0.0], [0.0, 0.0]])
    short = commitment(usual, partner=partner, reserved=reserved, take_or_pay=0.8, room=np.array([50.0, 1000.0]))
    np.testing.assert_allclose(short.sum(axis=0), [50.0, 0.0])
    np.testing.assert_allclose(short[:2, 0], [30.0, 20.0])


def ledger_of_two() -> Ledger:
    ledger = Ledger(("cloud", "lab"))
    ledger.open_books(deposits={"cloud": 1000, "lab": 10})
    return ledger


def test_credits_are_a_debt_of_the_cloud_until_they_are_used_or_expire() -> None:
    ledger = ledger_of_two()
    ledger.book(Flow.CREDIT_GRANT, debit=CLOUD, credit=LAB, cents=100, organic=False)
    assert ledger.balance(Account.CREDITS, holder=LAB) == 100
    assert ledger.balance(Account.CREDITS, holder=CLOUD) == -100
    assert ledger.balance(Account.EQUITY_HELD, holder=CLOUD) == 100
    assert ledger.balance(Account.EQUITY_ISSUED, holder=LAB) == -100
    ledger.book(Flow.CREDIT_USE, debit=LAB, credit=CLOUD, cents=60, organic=False)
    ledger.book(Flow.CREDIT_EXPIRY, debit=LAB, credit=CLOUD, cents=40, organic=False)
    closed = ledger.close_month()
    assert closed.sheet.revenue[CLOUD] == 100
    assert closed.sheet.profit_accounting[LAB] == -100
    assert closed.sheet.credits.tolist()[:2] == [0, 0]
    assert ledger.view("cloud").deposits == 1000
    assert closed.flows.received(Flow.CREDIT_USE).sum() == 60
    assert closed.flows.received(Flow.CREDIT_USE, organic_only=True).sum() == 0


@pytest.mark.parametrize("flow", [Flow.CREDIT_GRANT, Flow.CREDIT_USE, Flow.CREDIT_EXPIRY])
def test_credits_are_booked_and_neither_paid_nor_invoiced(flow: Flow) -> None:
    ledger = ledger_of_two()
    with pytest.raises(RefusedPosting, match="book it"):
        ledger.pay(flow, payer=CLOUD, payee=LAB, cents=5)
    with pytest.raises(RefusedPosting, match="book it"):
        ledger.invoice(flow, payer=CLOUD, payee=LAB, cents=5)
    with pytest.raises(RefusedPosting, match="nobody pays itself"):
        ledger.book(flow, debit=CLOUD, credit=CLOUD, cents=5)
