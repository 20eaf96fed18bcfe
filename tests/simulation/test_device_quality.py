"""What runs on a device trails what runs on a server."""

from __future__ import annotations

import numpy as np

from simulation.month.models import device_quality

HISTORY = [np.array([90.0, -np.inf]), np.array([96.0, -np.inf]), np.array([104.0, 88.0])]  # by month; two lines


def test_a_device_runs_the_version_of_some_months_ago() -> None:
    np.testing.assert_array_equal(device_quality(HISTORY, lag=1, growth=2.0), [96.0, -np.inf])
    np.testing.assert_array_equal(device_quality(HISTORY, lag=0, growth=2.0), HISTORY[-1])


def test_before_the_first_month_models_had_grown_at_the_trend() -> None:
    np.testing.assert_allclose(device_quality(HISTORY, lag=5, growth=2.0), [90.0 - 3 * 2.0, -np.inf])
