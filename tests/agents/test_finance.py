"""How firms are financed: credit, instalments, moods of investors, taxes, dividends and entry, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from agents.conduct import Invest
from agents.finance import (
    Finance,
    appetite_of,
    credit_line,
    debt_limit,
    founding_rate,
    instalment,
    next_mood,
    paid_out,
    poisson,
    return_on_machines,
    tax_due,
)
from market.pricing import annuity

FINANCE = Finance()


def test_a_bank_lends_up_to_a_multiple_of_earnings_and_nothing_to_who_loses_money():
    line = credit_line(np.array([10.0, 0.0, -5.0]), leverage=np.array([6.0, 2.0, 2.0]))
    assert line.tolist() == [60.0, 0.0, 0.0]
    assert debt_limit(ebitda_year=10.0, leverage=6.0, debt=50.0) == 10.0
    assert debt_limit(ebitda_year=10.0, leverage=6.0, debt=70.0) == 0.0  # the covenant is broken: no new debt


def test_equal_instalments_repay_a_loan_with_interest():
    due = float(instalment(np.array([1000.0]), rate=0.12, months=12)[0])
    debt = 1000.0
    for _ in range(12):
        debt = debt * 1.01 - due
    assert debt == pytest.approx(0.0, abs=1e-9)


def test_the_mood_of_investors_returns_to_its_mean_and_their_appetite_is_one_on_average():
    finance = FINANCE.model_copy(update={"appetite_persistence": 0.9, "appetite_spread": 0.2})
    assert next_mood(1.0, news=0.0, finance=finance) == pytest.approx(0.9)
    assert next_mood(0.0, news=-1.0, finance=finance) == pytest.approx(-0.2)
    news = np.random.default_rng(1).standard_normal((4000, 24))
    moods = np.zeros(4000)
    for month in range(24):
        moods = np.array([next_mood(m, news=n, finance=finance) for m, n in zip(moods, news[:, month], strict=True)])
    appetites = [appetite_of(mood, months=24, finance=finance) for mood in moods]
    assert np.mean(appetites) == pytest.approx(1.0, abs=4 * np.std(appetites) / np.sqrt(len(appetites)))
    still = finance.model_copy(update={"appetite_spread": 0.0})
    assert appetite_of(0.0, months=50, finance=still) == 1.0


def test_losses_are_carried_forward_before_profit_is_taxed():
    tax, carried = tax_due(np.array([100.0, -40.0, 30.0, 100.0]), carried=np.array([0.0, 10.0, 50.0, 60.0]), rate=0.21)
    assert tax == pytest.approx([21.0, 0.0, 0.0, 8.4])
    assert carried == pytest.approx([0.0, 50.0, 20.0, 0.0])


def test_only_cash_that_is_not_needed_is_paid_out_by_who_earns_and_owes_nothing():
    cash, kept = np.full(4, 100.0), np.array([40.0, 40.0, 40.0, 120.0])
    paid = paid_out(
        cash, kept=kept, profit=np.array([1.0, -1.0, 1.0, 1.0]), debt=np.array([0.0, 0.0, 5.0, 0.0]),
        payout=np.full(4, 0.5),
    )  # fmt: skip
    assert paid.tolist() == [30.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("rate", [-0.1, 0.0, 0.12, 0.8])
def test_the_return_on_a_machine_is_the_cost_of_capital_it_could_just_bear(rate):
    invest, fall = Invest(), 0.15
    price, shell = 40_000.0, 24_000.0
    margin = price * annuity(rate - np.log(1 - fall), invest.life_months)
    margin += shell * annuity(max(rate, 0.0), invest.shell_life_months)
    found = return_on_machines(
        margin=margin, machine_price=price, shell_price=shell, life=invest.life_months,
        shell_life=invest.shell_life_months, price_decline=fall,
    )  # fmt: skip
    assert found == pytest.approx(rate, abs=1e-9)


def test_founders_come_with_the_return_above_their_hurdle():
    assert founding_rate(0.20, hurdle=0.15, finance=FINANCE) == pytest.approx(FINANCE.entry_rate)
    assert founding_rate(0.10, hurdle=0.15, finance=FINANCE) == 0.0
    nobody = FINANCE.model_copy(update={"entry": 0.0})
    assert founding_rate(9.0, hurdle=0.15, finance=nobody) == 0.0


def test_one_draw_decides_how_many_enter():
    """P(0) = e^-1 = .3679, P(<= 1) = .7358, P(<= 2) = .9197 at a mean of 1."""
    assert [poisson(u, mean=1.0, most=9) for u in (0.36, 0.37, 0.73, 0.74, 0.92)] == [0, 1, 1, 2, 3]
    assert poisson(0.999999, mean=50.0, most=2) == 2
    assert poisson(0.999999, mean=0.0, most=2) == 0
