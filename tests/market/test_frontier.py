"""The quality frontier: compute, knowledge, leaks."""

from __future__ import annotations

import numpy as np
import pytest

from market.frontier import (
    Frontier,
    distillation_gain,
    gpu_hours_for,
    leak,
    next_algorithms,
    next_flywheel,
    research_on_trend,
    run_quality,
    training_cost,
)

FRONTIER = Frontier()


def test_the_founding_frontier_takes_the_reference_compute() -> None:
    hours = gpu_hours_for(100.0, algorithms=0.0, frontier=FRONTIER)
    assert hours == pytest.approx(2e25 / (3600 * 4e14))
    assert run_quality(hours, algorithms=0.0, frontier=FRONTIER) == pytest.approx(100)


def test_ten_times_the_compute_is_worth_as_much_as_one_dex_of_algorithms() -> None:
    by_compute = run_quality(1e9, algorithms=0.0, frontier=FRONTIER)
    by_knowledge = run_quality(1e8, algorithms=1.0, frontier=FRONTIER)
    assert by_compute == pytest.approx(by_knowledge)
    assert by_compute - run_quality(1e8, algorithms=0.0, frontier=FRONTIER) == pytest.approx(FRONTIER.points_per_dex)


def test_quality_and_the_compute_for_it_are_inverse() -> None:
    hours = np.array([1e6, 3e7, 8e9])
    quality = run_quality(hours, algorithms=0.7, frontier=FRONTIER, bonus=1.5)
    assert gpu_hours_for(quality, algorithms=0.7, frontier=FRONTIER, bonus=1.5) == pytest.approx(hours)


def test_spending_and_cheaper_chips_on_trend_keep_the_observed_pace_of_24_points_a_year() -> None:
    effective_dex = np.log10(2.4) + np.log10(1.35) + FRONTIER.progress
    assert effective_dex == pytest.approx(0.99, abs=0.01)
    assert 20.0 * effective_dex == pytest.approx(19.8, abs=0.1)
    assert FRONTIER.points_per_dex * effective_dex == pytest.approx(24, abs=0.5)


def test_a_lab_on_the_research_trend_progresses_at_the_normal_pace_in_every_year() -> None:
    for month in (0, 12, 60, 119):
        step = next_algorithms(
            0.0, research_spend=research_on_trend(month, FRONTIER), public=-1.0, leak_rate=0.5, month=month,
            frontier=FRONTIER,
        )  # fmt: skip
        assert step == pytest.approx(0.48 / 12)
    assert research_on_trend(12, FRONTIER) == 3e9


def test_twice_the_trend_spending_speeds_progress_up_by_the_elasticity() -> None:
    trend = research_on_trend(24, FRONTIER)
    steps = [
        next_algorithms(0.0, research_spend=spend, public=0.0, leak_rate=0.0, month=24, frontier=FRONTIER)
        for spend in (trend, 2 * trend, 0.0)
    ]
    assert steps[1] / steps[0] == pytest.approx(2**0.3)
    assert steps[2] == 0


def test_public_knowledge_leaks_to_the_laggard_and_nothing_leaks_to_the_leader() -> None:
    def a_month_later(own: float) -> float:
        return next_algorithms(own, research_spend=0.0, public=1.0, leak_rate=0.1, month=0, frontier=FRONTIER)

    assert a_month_later(0.0) == pytest.approx(0.1)
    assert a_month_later(1.5) == 1.5


def test_open_weights_teach_more_the_closer_they_are_to_the_frontier() -> None:
    rates = [leak(open_share=0.5, gap=gap, frontier=FRONTIER) for gap in (0.0, 20.0, 40.0, 60.0)]
    assert rates == pytest.approx([0.06, 0.04, 0.02, 0.02])
    assert leak(open_share=0.0, gap=0.0, frontier=FRONTIER) == 0.02


def test_usage_data_are_worth_what_lasting_use_is_worth_and_age_without_it() -> None:
    points, frontier = 0.0, Frontier(flywheel=2.0, flywheel_decay=0.08)
    for _ in range(300):
        points = next_flywheel(points, usage_share=0.4, frontier=frontier)
    assert points == pytest.approx(2 * np.log(1 + 12 * 0.4))
    assert next_flywheel(points, usage_share=0.0, frontier=frontier) == pytest.approx(0.92 * points)


def test_distillation_closes_a_share_of_the_gap_but_not_its_margin() -> None:
    assert distillation_gain(frontier_quality=120.0, own_quality=105.0, frontier=FRONTIER) == pytest.approx(3)
    assert distillation_gain(frontier_quality=120.0, own_quality=118.0, frontier=FRONTIER) == 0


def test_a_run_costs_its_compute_and_half_as_much_again_for_staff() -> None:
    assert training_cost(1e7, gpu_hour_price=2.0, frontier=FRONTIER) == pytest.approx(3e7)
    dearer = Frontier(compute_price_multiplier=1.5)
    assert training_cost(1e7, gpu_hour_price=2.0, frontier=dearer) == pytest.approx(4.5e7)


def test_the_founding_run_costs_what_the_frontier_cost_in_2023() -> None:
    hours = gpu_hours_for(100.0, algorithms=0.0, frontier=FRONTIER)
    assert 5e7 < training_cost(hours, gpu_hour_price=3.0, frontier=FRONTIER) < 1.2e8  # fact 6.10: $78M
