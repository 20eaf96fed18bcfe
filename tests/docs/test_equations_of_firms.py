"""Finance and one voice (M17, M18) as docs/model.md writes them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from agents import actor, finance
from agents.preferences import Demand
from agents.sellers import Hoster
from market import (
    frontier,
    training,
)
from market.flows import Flow
from scenarios.scenario import Scenario
from simulation.experiments.leverage import leverage_of_runs
from simulation.month.debts import service_debt
from tests.docs.equations import Page, near, worlds


def test_finance(page: Page) -> None:
    """M17: tax, appetite and dividends."""
    rules = finance.Finance()
    for r in worlds():
        profit, carried, cash, debt = r.normal(0, 5), r.uniform(0, 5), r.uniform(0, 9), r.choice([0.0, 1.0])
        told = finance.tax_due(np.array([profit]), carried=np.array([carried]), rate=0.2)
        assert near(page["tax_due"](profit, carried, 0.2), [told[0][0], told[1][0]])
        mood, months = r.normal(), int(r.integers(1, 100))
        assert near(
            page["appetite"](mood, months, rules.appetite_persistence, rules.appetite_spread),
            finance.appetite_of(mood, months=months, finance=rules),
        )
        drop = float(r.uniform(0, 0.4))
        margin, price, shell = r.uniform(0, 2000), r.uniform(1e4, 5e4), r.uniform(1e3, 2e4)
        machine = {"margin": margin, "machine_price": price, "shell_price": shell}
        told = finance.return_on_machines(**machine, life=60, shell_life=180, price_decline=drop)
        assert near(page["return_on_machines"](*machine.values(), 60, 180, drop), told)
        uniform, expected, hurdle, seats = r.uniform(), r.uniform(0, 4), r.uniform(0, 0.3), int(r.integers(1, 6))
        rate = finance.founding_rate(expected, hurdle=hurdle, finance=rules)
        told = finance.poisson(uniform, mean=2 * rate, most=seats)
        assert page["entrants"](uniform, expected, hurdle, rules.model_dump(), seats, 2) == told
        lab, seed = frontier.Lab(), r.uniform(1e6, 1e8)
        need, revenue, growth, mood = r.uniform(0, 4e8), r.lognormal(18), r.normal(1, 2), r.lognormal(0, 0.3)
        told = training.equity_raised(
            need=need, seed=seed, yearly_growth=growth, monthly_revenue=revenue, appetite=mood, lab=lab
        )
        assert near(page["equity_raised"](need, seed, growth, revenue, mood, lab.model_dump()), told)
        margins = r.normal(0, 5, 12)
        told = finance.credit_line(np.array([margins.mean() * 12]), leverage=np.array([3.0]))[0]
        assert near(page["credit_line"](list(margins), 3.0), told)
        arrays = (np.array([each]) for each in (4.0, profit, debt, 0.5))
        kept, earned, owed, payout = arrays
        told = finance.paid_out(np.array([cash]), kept=kept, profit=earned, debt=owed, payout=payout)[0]
        assert near(page["dividend"](cash, 4.0, profit, debt, 0.5), told)


def test_debt_service(page: Page) -> None:
    """M17: what is repaid of loans and what stays in arrears, by a hoster and by whom a patron backs."""
    short = set()
    for r in worlds():
        hoster, backed = Hoster.__new__(Hoster), SimpleNamespace(alive=True)
        hoster.alive = True
        debts, room = np.rint(r.uniform(0, 1e8, 2)).astype(np.int64), np.rint(r.uniform(0, 5e6, 2)).astype(np.int64)
        lent, arrears = r.uniform(0, 5e5, (6, 2)), r.uniform(0, 2e4, 2)
        paid: dict[Flow, Any] = {}
        ledger = SimpleNamespace(
            sheet=lambda debts=debts: SimpleNamespace(loans=-debts), room=lambda _, room=room: room,
            pay=lambda flow, *, payer, payee, cents, paid=paid: paid.update({flow: cents}),
        )  # fmt: skip
        rules = finance.Finance()
        state = SimpleNamespace(
            instalments=list(finance.instalment(lent, rate=rules.loan_rate, months=rules.loan_months)),
            arrears=arrears.copy(), arrears_months=np.zeros(2, dtype=int),
        )  # fmt: skip
        world: Any = SimpleNamespace(sellers=[hoster, backed], finances=state, ledger=ledger)
        service_debt(world, Scenario(name="debt", finance=rules))
        for k, means in enumerate((room[0] / 100, np.inf)):
            debt = debts[k] / 100
            interest = debt * rules.loan_rate / 12
            found = page["principal"](
                debt, interest, list(lent[:, k]), arrears[k], rules.loan_rate, rules.loan_months, means
            )
            told = [paid[Flow.PRINCIPAL][k] / 100, state.arrears[k]]
            assert np.allclose(found, told, atol=0.03) and abs(paid[Flow.INTEREST_LOAN][k] / 100 - interest) <= 0.005
            short.add((k, bool(told[1] > 0)))
    assert short == {(0, True), (0, False), (1, False)}


def test_one_voice(page: Page) -> None:
    """M18: what is felt of a stance, and how far it moves an outcome."""
    for r in worlds():
        voice, stance, trigger = r.uniform(0, 0.2), r.uniform(-1, 1), r.uniform(0.2, 0.5)
        said, demand = actor.Actor(voice=voice, stance=stance), Demand()
        felt = actor.as_heard(demand, said)
        for name in ("friction_hosted", "friction_self", "friction_developer"):
            found = page["heard"](getattr(demand, name), trigger, 1.0, voice, stance)
            told = [getattr(felt, name), actor.trigger_as_heard(trigger, said), actor.appetite_as_heard(said)]
            assert near(found, told)
        ends = r.normal(0, 1, (2, 3, 5))
        runs = [[SimpleNamespace(indicators=pd.DataFrame({"y": path})) for path in end] for end in ends]
        told = leverage_of_runs(*runs, measures=("y",), tail_months=2).elasticity["y"].value
        found = [page["arc_elasticity"](a[-2:].mean(), b[-2:].mean()) for a, b in zip(*ends, strict=True)]
        assert near(np.mean(found), told)
