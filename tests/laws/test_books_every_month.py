"""The books of the whole economy agree every month, and whoever breaks them is stopped in the month he does it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import simulation.economy as phases
from market.accounts import COMPANIES
from market.flows import Flow
from simulation.breakdown import EconomyBreakdown

MONTHS = 8
BEFORE = 3  # months that pass before the books are broken


@pytest.fixture(scope="module")
def economy(economy_of):
    return economy_of(horizon=MONTHS, months=BEFORE)


@pytest.mark.parametrize("arm", ["open", "closed", "absent"])
def test_rows_of_companies_and_the_ledger_agree_in_every_month(arm, economy_of):
    economy = economy_of(horizon=MONTHS, arm=arm)
    for _ in range(MONTHS):
        economy.step()
        view = economy.ledger.view(COMPANIES)
        assert int(economy.companies.deposits.sum()) == view.deposits - view.debt
        assert int(economy.companies.payable.sum()) == view.payables
        assert economy.companies.payable.min() >= 0


def test_every_holders_flows_explain_its_deposits_to_the_cent(run_of_world):
    """Added up from the published tables alone, as an outsider would."""
    run = run_of_world(months=MONTHS)
    cash = run.flows[run.flows["cash"]]
    received = cash.groupby(["month", "payee"])["cents"].sum()
    paid = cash.groupby(["month", "payer"])["cents"].sum()
    for row in run.sellers.itertuples():
        key = (row.month, row.seller)
        change = int(received.get(key, 0)) - int(paid.get(key, 0))
        assert row.deposits_cents - row.opening_deposits_cents == change, key


def test_the_money_of_all_holders_is_what_the_bank_owes(run_of_world):
    assert run_of_world(months=MONTHS).sellers.groupby("month")["deposits_cents"].sum().eq(0).all()


def test_a_closing_balance_is_the_next_opening_balance(run_of_world):
    sellers = run_of_world(months=MONTHS).sellers.pivot(index="month", columns="seller")
    closing, opening = sellers["deposits_cents"], sellers["opening_deposits_cents"]
    assert (opening.iloc[1:].to_numpy() == closing.iloc[:-1].to_numpy()).all()


def add_a_cent(column):
    def sabotage(economy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        getattr(economy.companies, column)[0] += 1

    return sabotage


def pay_behind_the_books(economy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The companies' account is debited, no row is."""
    economy.ledger.pay(Flow.WAGES, payer=COMPANIES, payee="households", cents=100)


def phase_that_lies(name: str, field: str, wrong: Any) -> Any:
    """A sabotage that alters one field of what a phase returns."""

    def sabotage(economy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        honest = getattr(phases, name)

        def lie(*args: Any, **kwargs: Any) -> Any:
            value = honest(*args, **kwargs)
            return dataclasses.replace(value, **{field: wrong(getattr(value, field))})

        monkeypatch.setattr(phases, name, lie)

    return sabotage


def hold_forbidden_weights(economy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workload holds an offer that was never on sale in this arm."""
    honest = phases.choose_suppliers

    def lie(world: Any, *args: Any, **kwargs: Any) -> Any:
        demand = honest(world, *args, **kwargs)
        idle = np.setdiff1d(np.arange(world.companies.slots), demand.live_rows)[0]
        never = np.flatnonzero(~(world.ever_offered | demand.sheet.available))[0]
        world.companies.commit("choice", rows=np.array([idle]), held=never)
        return demand

    monkeypatch.setattr(phases, "choose_suppliers", lie)


def tenth_of_supply(cleared: Any) -> Any:
    return dataclasses.replace(cleared, supply=0.1 * cleared.supply)


def twice(money: Any) -> Any:
    return 2 * money


SABOTAGES = {
    "a row with a cent too much": (add_a_cent("deposits"), "companies"),
    "a bill nobody wrote": (add_a_cent("payable"), "companies"),
    "a payment past the rows": (pay_behind_the_books, "companies"),
    "tokens served and not billed": (
        phase_that_lies("serve_requests", "tokens_by_offer", lambda tokens: 1.01 * tokens), r"I8"
    ),
    "hours sold that no cloud has": (
        phase_that_lies("clear_compute_market", "cleared", tenth_of_supply),
        "GPU-hours served exceed those held",
    ),
    "weights nobody published": (hold_forbidden_weights, "licence|offered"),
    "a cost counted twice": (phase_that_lies("settle_accounts", "overhead", twice), r"I17"),
}  # fmt: skip


@pytest.mark.parametrize("name", SABOTAGES)
def test_the_audit_stops_the_month_in_which_the_books_are_broken(name, economy, monkeypatch):
    sabotage, culprit = SABOTAGES[name]
    broken = economy.fork()
    sabotage(broken, monkeypatch)
    with pytest.raises(EconomyBreakdown, match=culprit) as refusal:
        broken.step()
    assert f"month {BEFORE}" in str(refusal.value)
    assert broken.month == BEFORE
