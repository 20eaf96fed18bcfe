"""Which workloads a quota for sovereign compute calls in (docs/model.md M16)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sovereignty import NOBODY, machines_for, next_line

SENSITIVITY = np.array([0.9, 0.7, 0.5, 0.3, 0.1])
HOURS = np.full(5, 10.0)
ABROAD = np.zeros(5, dtype=bool)


def line(
    before: float = NOBODY, *, at_home: list[int] | None = None, quota: float, room: float = 1e9, months: int = 1
) -> float:
    """The line some months later, if nobody moves meanwhile."""
    home = ABROAD.copy()
    home[at_home or []] = True
    for _ in range(months):
        before = next_line(before, sensitivity=SENSITIVITY, hours=HOURS, at_home=home, quota=quota, room=room)
    return before


def test_the_most_sensitive_are_called_in_first_until_the_quota_is_met() -> None:
    assert line(quota=0.2, months=9) == 0.9
    assert line(quota=0.3, months=9) == 0.7  # a workload is whole: the quota is a minimum
    assert line(quota=0.4, months=9) == 0.7
    assert line(quota=0.9, months=9) == 0.1


def test_they_are_called_in_over_a_year() -> None:
    many = {"sensitivity": np.linspace(1.0, 0.001, 1000), "hours": np.ones(1000), "at_home": np.zeros(1000, dtype=bool)}
    first = next_line(NOBODY, **many, quota=0.6, room=1e9)
    assert (many["sensitivity"] >= first).sum() == 50  # a twelfth of what is missing


def test_what_is_at_home_of_its_own_will_counts() -> None:
    assert line(at_home=[4], quota=0.2, months=9) == NOBODY
    assert line(at_home=[4], quota=0.4, months=9) == 0.9


def test_nobody_is_called_in_whom_the_sovereign_cloud_has_no_room_for() -> None:
    assert line(quota=0.4, room=0.0, months=9) == NOBODY
    assert line(quota=0.4, room=10.0, months=9) == 0.9
    assert line(0.9, quota=0.8, room=10.0, months=9) == 0.9  # the room is that of the one called in and not there yet


def test_whoever_is_called_in_and_still_abroad_counts_as_on_its_way() -> None:
    assert line(0.7, quota=0.4, months=9) == 0.7
    assert line(0.7, quota=0.6, months=9) == 0.5


def test_what_exceeds_the_quota_is_let_go_from_the_least_sensitive_on() -> None:
    assert line(0.1, at_home=[0, 1, 2, 3, 4], quota=0.2) == 0.3
    assert line(0.5, at_home=[0, 1, 2], quota=0.6) == 0.5
    assert line(0.5, at_home=[0, 1, 2], quota=0.5) == 0.5  # without it the quota would be missed
    assert line(0.9, at_home=[0, 1, 2], quota=0.1) == NOBODY


@given(
    sensitivity=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=30),
    quota=st.floats(0.01, 0.9), before=st.floats(0.0, 1.0), seed=st.integers(0, 1000),
)  # fmt: skip
def test_with_room_enough_the_line_falls_where_the_quota_is_missed_and_rises_only_as_far_as_it_is_kept(
    sensitivity: list[float], quota: float, before: float, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    delta, hours = np.array(sensitivity), dice.lognormal(size=len(sensitivity))
    home = dice.random(len(delta)) < 0.3
    now = next_line(before, sensitivity=delta, hours=hours, at_home=home, quota=quota, room=np.inf)

    def share(at: float) -> float:
        return float(hours[home | (delta >= at)].sum() / hours.sum())

    if now < before:
        assert share(before) < quota
        assert share(now) - share(before) >= (quota - share(before)) / 12 - 1e-9
    else:
        assert now == before or share(before) > quota
        let_go = hours[(delta >= before) & (delta < now)].sum() / hours.sum()
        assert share(before) - let_go >= quota - 1e-9 or now == before


def test_machines_for_hours_at_a_usual_load() -> None:
    assert machines_for(730.0 * 8, load=0.8, hours_per_machine=730.0) == pytest.approx(10.0)
