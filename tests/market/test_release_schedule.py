"""The dated lags of open weights and the lag that is measured."""

from __future__ import annotations

import numpy as np
import pytest

from market.release_schedule import open_lag, quality_months_ago, scheduled_lag


def giant(month: int) -> float:
    points = ((0.0, 9.0), (18.0, 3.0), (28.0, 9.0))
    return scheduled_lag(month, points=points, growth=0.6, growth_from=28, last_month=35)


def test_the_platform_giant_catches_up_by_mid_2024_and_falls_back_from_2025() -> None:
    assert [giant(month) for month in (0, 9, 18, 23, 28)] == pytest.approx([9, 6, 3, 6, 9])
    assert giant(30) == pytest.approx(9 + 0.6 * 2)


def test_the_last_lag_is_held_after_the_calibration_window() -> None:
    assert giant(35) == giant(36) == giant(119) == pytest.approx(9 + 0.6 * 7)


def test_a_lag_that_only_falls_is_a_straight_line_to_its_last_point() -> None:
    lags = [
        scheduled_lag(month, points=((0.0, 8.0), (35.0, 3.0)), growth=0.0, growth_from=0, last_month=35)
        for month in (0, 7, 35, 90)
    ]
    assert lags == pytest.approx([8, 7, 3, 3])


def test_the_frontier_of_the_past_is_read_between_months_and_extended_before_the_first() -> None:
    best = np.array([100.0, 102.0, 102.0, 108.0])
    assert quality_months_ago(best, months_ago=0.0, monthly_growth=2.0) == 108
    assert quality_months_ago(best, months_ago=0.5, monthly_growth=2.0) == 105
    assert quality_months_ago(best, months_ago=3.0, monthly_growth=2.0) == 100
    assert quality_months_ago(best, months_ago=6.5, monthly_growth=2.0) == 93


def test_the_open_lag_counts_the_months_since_a_closed_model_was_as_good() -> None:
    best_closed = np.array([100.0, 104.0, 104.0, 110.0])
    assert open_lag(best_closed, best_open=103.0, monthly_growth=2.0) == 2
    assert open_lag(best_closed, best_open=110.0, monthly_growth=2.0) == 0
    assert open_lag(best_closed, best_open=100.0, monthly_growth=2.0) == 3
    assert open_lag(best_closed, best_open=94.0, monthly_growth=2.0) == 6


def test_open_weights_that_lead_have_no_lag() -> None:
    assert open_lag(np.array([100.0, 104.0]), best_open=105.0, monthly_growth=2.0) == 0


def test_a_scheduled_lag_is_measured_as_at_least_that_long() -> None:
    stepped = np.repeat(100 + 8 * np.arange(10.0), 4)  # a new frontier model every four months
    for scheduled in (3.0, 6.0, 9.0):
        measured = [
            open_lag(
                stepped[: now + 1],
                best_open=quality_months_ago(stepped[: now + 1], months_ago=scheduled, monthly_growth=2.0),
                monthly_growth=2.0,
            )
            for now in range(16, 40)
        ]
        assert scheduled <= np.mean(measured) <= scheduled + 3
