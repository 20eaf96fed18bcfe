"""The choice of a training run and the equity that helps to pay for it."""

from __future__ import annotations

import numpy as np
import pytest

from market.frontier import Frontier, Lab
from market.training import (
    RUN_MULTIPLES,
    TrainingPlan,
    choose_run,
    equity_raised,
    owed_anyway,
    reachable_base,
    run_candidates,
    run_months,
)

FRONTIER, LAB = Frontier(), Lab()
LAST = 1e7  # GPU-hours


def chosen(
    gain: list[float], *, owed: float = 0.0, budget: float = 1e12, held: float = 1e9, objective: str = "profit"
) -> TrainingPlan | None:
    return choose_run(
        run_candidates(LAST), profit_gain=np.array(gain), owed=np.full(len(gain), owed), budget=budget,
        gpu_hour_price=2.0, gpu_hours_per_month=held, frontier=FRONTIER, objective=objective,
    )  # fmt: skip


def test_a_lab_takes_the_run_whose_profit_gain_exceeds_its_cost_the_most() -> None:
    plan = chosen([0.0, 5e7, 1.5e8, 1.6e8])  # costs 1.5e7, 3e7, 6e7, 1.2e8
    assert plan is not None
    assert plan.gpu_hours == 2 * LAST
    assert plan.net_gain == pytest.approx(9e7)


def test_a_lab_does_not_train_where_no_run_pays() -> None:
    assert chosen([1e7, 2e7, 3e7, 4e7]) is None


def test_what_is_owed_without_a_run_too_does_not_speak_against_it() -> None:
    assert chosen([1.4e7, 0.0, 0.0, 0.0]) is None  # the smallest costs 1.5e7
    plan = chosen([1.4e7, 0.0, 0.0, 0.0], owed=2e6)
    assert plan is not None
    assert (plan.gpu_hours, plan.net_gain) == (LAST / 2, pytest.approx(1e6))
    assert chosen([1e9] * 4, owed=1e9, budget=1e6) is None  # it is paid out of the same budget all the same


def test_a_run_uses_idle_hours_month_by_month_at_its_pace() -> None:
    idle = np.array([100.0, 50.0, 10.0])
    owed = owed_anyway(np.array([120.0, 240.0, 90.0]), np.array([2.0, 6.0, 1.5]), idle=idle, price=2.0)
    assert owed.tolist() == [2 * (60 + 50), 2 * (40 + 40 + 10), 2 * (60 + 0.5 * 50)]
    assert owed_anyway(np.array([1.0]), np.array([3.0]), idle=np.zeros(0), price=2.0).tolist() == [0.0]


def test_a_lab_that_wants_to_win_takes_the_largest_run_whatever_it_earns() -> None:
    plan = chosen([0.0, 0.0, 0.0, 0.0], objective="rank")
    assert plan is not None
    assert plan.gpu_hours == 4 * LAST


def test_cash_limits_the_size_of_the_run() -> None:
    plan = chosen([0.0, 5e7, 1.5e8, 9e8], budget=7e7)
    assert plan is not None
    assert plan.gpu_hours == 2 * LAST
    assert chosen([1e9] * 4, budget=1e6) is None


def test_a_run_that_the_compute_held_would_drag_out_too_long_is_not_begun() -> None:
    plan = chosen([1e9, 1e9, 2e9, 9e9], held=2 * LAST / FRONTIER.run_months_max)
    assert plan is not None
    assert plan.gpu_hours == 2 * LAST
    assert plan.months == pytest.approx(FRONTIER.run_months_max)


def test_a_small_run_is_stretched_to_the_shortest_length() -> None:
    assert run_months(LAST, gpu_hours_per_month=1e9, frontier=FRONTIER) == FRONTIER.run_months_min
    plan = chosen([1e9, 0.0, 0.0, 0.0])
    assert plan is not None
    assert plan.gpu_hours_per_month * FRONTIER.run_months_min == pytest.approx(plan.gpu_hours)


def test_a_lab_fallen_on_hard_times_can_still_begin_a_smaller_run() -> None:
    base = reachable_base(
        LAST, budget=2e6, gpu_hour_price=2.0, gpu_hours_per_month=1e9, frontier=FRONTIER
    )
    assert base == LAST / 8
    smallest = base * RUN_MULTIPLES[0]
    assert smallest * 3 <= 2e6 < 2 * smallest * 3
    rich = reachable_base(LAST, budget=1e12, gpu_hour_price=2.0, gpu_hours_per_month=1e9, frontier=FRONTIER)
    assert rich == LAST
    nothing = reachable_base(LAST, budget=0.0, gpu_hour_price=2.0, gpu_hours_per_month=1e9, frontier=FRONTIER)
    assert nothing == 0


def test_investors_pay_for_growth_but_not_beyond_need() -> None:
    def raised(need: float, growth: float, appetite: float = 1.0) -> float:
        return equity_raised(
            need=need, seed=6e7, yearly_growth=growth, monthly_revenue=1e8, appetite=appetite, lab=LAB
        )

    assert raised(1e9, growth=1.0) == pytest.approx(6e7 + 0.5e8)
    assert raised(1e9, growth=9.0) == pytest.approx(6e7 + 1e8)
    assert raised(1e9, growth=-0.5) == pytest.approx(6e7)
    assert raised(1e7, growth=1.0) == 1e7
    assert raised(1e9, growth=0.0, appetite=0.5) == pytest.approx(3e7)
    assert raised(-5.0, growth=1.0) == 0
