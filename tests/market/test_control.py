"""Kill-switch exposure by hand: who loses what where one controller withdraws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.control import (
    NEW_HOURS,
    NOBODY,
    OWN_MACHINES,
    SAME_SERVICE,
    Fallbacks,
    control_index,
    cutoff,
    exposures,
    limited_by_staff,
    lost_to_shortage,
)

LAB, CLOUD, RIVAL = 0, 1, 2
API = 0  # the only offer: the interface of a lab whose machines stand at a cloud and its rival


def users(*, value, hours, kept=0.0, needs=0.0, runs_on=NEW_HOURS, denier=LAB) -> Fallbacks:
    """Users of the interface; what they keep without whoever denies it is the same for all."""
    count = len(value)
    return Fallbacks(
        value=np.asarray(value, float), hours=np.asarray(hours, float), offer=np.full(count, API),
        denier=np.full((count, 1), denier), kept=np.full((count, 1), kept),
        needs=np.broadcast_to(np.asarray(needs, float), count)[:, None].copy(), runs_on=np.full((count, 1), runs_on),
    )  # fmt: skip


def lost(fallbacks: Fallbacks, *, share=(0.0, 0.0, 0.0), pool=(0.0, 0.0, 0.0)) -> list[float]:
    return list(exposures(fallbacks, share=np.array([share]), pool=np.array(pool)))


def test_a_lab_without_a_rival_can_deny_everything_it_serves():
    assert lost(users(value=[3, 1], hours=[1, 1])) == [1, 0, 0]


def test_what_a_fallback_keeps_is_not_lost():
    alone = users(value=[3, 1], hours=[1, 1], kept=0.75, needs=2.0)
    assert lost(alone, pool=(4, 0, 0)) == pytest.approx([0.25, 0, 0])


def test_a_fallback_that_needs_machines_is_worth_what_is_free_best_value_per_hour_first():
    displaced = users(value=[6, 4], hours=[1, 1], kept=1.0, needs=[3.0, 1.0])
    assert lost(displaced, pool=(0, 0, 0)) == pytest.approx([1, 0, 0])
    assert lost(displaced, pool=(1, 0, 0)) == pytest.approx([0.6, 0, 0])  # 4 USD an hour before 2
    assert lost(displaced, pool=(2.5, 0, 0)) == pytest.approx([0.3, 0, 0])  # and half of the other
    assert lost(displaced, pool=(4, 0, 0)) == pytest.approx([0, 0, 0])


def test_own_machines_need_no_room_at_a_cloud():
    assert lost(users(value=[1], hours=[1], kept=1.0, runs_on=OWN_MACHINES)) == [0, 0, 0]


def test_a_cloud_exposes_the_part_of_a_service_that_runs_on_its_machines():
    served = users(value=[2, 2], hours=[1, 3], denier=NOBODY)
    assert lost(served, share=(0, 0.5, 0)) == pytest.approx([0, 0.5, 0])
    assert lost(served, share=(0, 0.5, 0), pool=(0, 0.5, 0)) == pytest.approx([0, 0.25, 0])
    assert lost(served, share=(0, 0.5, 0.25), pool=(0, 2, 1)) == pytest.approx([0, 0, 0])


def test_exclusivity_counts_as_a_lost_fallback():
    served = users(value=[1], hours=[1], denier=NOBODY)
    assert lost(served, share=(0, -1.0, 0), pool=(9, 9, 9)) == pytest.approx([0, 1, 0])


def test_a_marketplace_on_which_nothing_runs_denies_nothing_that_can_be_bought_directly():
    resold = users(value=[1], hours=[1], kept=1.0, needs=1.0, runs_on=SAME_SERVICE, denier=CLOUD)
    assert lost(resold) == [0, 0, 0]
    assert lost(resold, share=(0, 0.4, 0)) == pytest.approx([0, 0.4, 0])


def test_nothing_realised_is_no_exposure_but_a_missing_number():
    assert np.isnan(lost(users(value=[0], hours=[1]))).all()


@settings(max_examples=60, deadline=None)
@given(
    density=st.lists(st.integers(0, 5), min_size=1, max_size=12), room=st.floats(0, 40), seed=st.integers(0, 99)
)
def test_the_cutoff_serves_exactly_what_there_is_room_for(density, room, seed):
    hours = np.random.default_rng(seed).uniform(0.1, 5, len(density))
    worth = np.array(density, float)
    line, part = cutoff(worth.copy(), hours.copy(), room)
    served = np.where(worth > line, 1.0, np.where(worth == line, part, 0.0))
    assert 0 <= part < 1
    assert served @ hours == pytest.approx(min(room, hours.sum()))


def test_a_shortage_takes_the_least_valuable_use_first():
    value, hours = np.array([6.0, 3.0, 1.0]), np.array([2.0, 2.0, 0.0])
    assert lost_to_shortage(value, hours, missing=0.0) == 0.0
    assert lost_to_shortage(value, hours, missing=0.25) == pytest.approx(0.15)
    assert lost_to_shortage(value, hours, missing=1.0) == pytest.approx(0.9)  # a device goes on


def test_the_control_index_is_three_numbers():
    index = control_index(np.array([0.6, 0.2, 0.2]))
    assert (index.hhi, index.largest, index.total) == pytest.approx((0.44, 0.6, 1.0))
    nobody = control_index(np.zeros(3))
    assert np.isnan(nobody.hhi) and (nobody.largest, nobody.total) == (0, 0)


def test_own_operations_share_the_specialists_who_have_no_job_by_value_per_specialist():
    """Two workloads would run a model themselves without controller 0; one team is free."""
    rows = Fallbacks(
        value=np.array([100.0, 50.0, 80.0]), hours=np.zeros(3), offer=np.zeros(3, dtype=np.int64),
        denier=np.array([[0], [0], [1]]), kept=np.array([[0.9], [0.8], [0.5]]), needs=np.zeros((3, 1)),
        runs_on=np.zeros((3, 1), dtype=np.int64),
    )  # fmt: skip
    people = np.array([[1.0], [1.0], [0.0]])
    assert limited_by_staff(rows, people=people, idle=2.0) == pytest.approx(rows.kept)
    assert limited_by_staff(rows, people=people, idle=1.0)[:, 0] == pytest.approx([0.9, 0.0, 0.5])
    assert limited_by_staff(rows, people=people, idle=1.5)[:, 0] == pytest.approx([0.9, 0.4, 0.5])
    assert limited_by_staff(rows, people=people, idle=0.0)[:, 0] == pytest.approx([0.0, 0.0, 0.5])
