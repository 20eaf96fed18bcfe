"""A sum that has the same bits on every Python."""

from __future__ import annotations

from market.units import running_sum


def test_a_running_sum_rounds_at_every_step() -> None:
    assert running_sum([]) == 0.0
    assert running_sum([0.1] * 10) == 0.9999999999999999  # the built-in sum of Python 3.12 gives 1.0
    assert running_sum(iter([1e16, 1.0, -1e16])) == 0.0
