"""The verdict follows the table of model.md section 4.5 (L46)."""

from __future__ import annotations

import numpy as np
import pytest

from market.estimators import Interval
from market.toy import Opening, three_layer
from simulation.answering.verdict import (
    TABLE,
    KillSwitch,
    Thresholds,
    Verdict,
    class_shares,
    kill_switch,
    pair_classes,
    verdict,
)

THRESHOLDS = Thresholds(theta_low=1 / 3, theta_high=2 / 3, access=0.005, money=0.01)
NOT_MODELLED = Interval(np.nan, np.nan, np.nan)


def exactly(value: float) -> Interval:
    return Interval(value, value, value)


def verdict_of(
    theta: Interval, access: Interval, lab: Interval | None = None, cloud: Interval | None = None
) -> Verdict:
    return verdict(
        theta=theta, access=access, profit_lab=lab or exactly(-1.0), profit_cloud=cloud or exactly(0.5), scale=1.0,
        thresholds=THRESHOLDS,
    )  # fmt: skip


def toy_class(opening: Opening) -> str:
    """The class of a toy; access moves with the sign of the quantity served."""
    growth = opening.open.quantity - opening.closed.quantity
    return pair_classes(
        profit_lab=np.array([opening.open.profit_lab - opening.closed.profit_lab]),
        profit_cloud=np.array([opening.open.profit_cloud - opening.closed.profit_cloud]),
        access=np.array([0.1 * np.sign(np.round(growth, 9))]),
        scale=np.array([opening.closed.profit_lab]),
        thresholds=THRESHOLDS,
    )[0]


@pytest.mark.parametrize(
    ("clouds", "labs", "capacity", "expected"),
    [
        (3, 2, 30.0, "PURE SHIFT"),
        (3, 2, 45.0, "WIDER BUT RE-CONTROLLED"),
        (3, 2, None, "SPREAD+PARTIAL SHIFT"),
        (1, 2, None, "WIDER BUT RE-CONTROLLED"),
        (20, 3, None, "SPREAD"),
    ],
)
def test_the_toys_fall_into_the_classes_theory_gives_them(clouds, labs, capacity, expected):
    opening = three_layer(clouds=clouds, labs=labs, intercept=100.0, slope=1.0, cost=20.0, capacity=capacity)
    assert toy_class(opening) == expected


@pytest.mark.parametrize(("row", "access"), [(0, 0.02), (1, 0.0), (2, -0.02)])
@pytest.mark.parametrize(("column", "theta"), [(0, 0.1), (1, 0.5), (2, 0.9)])
def test_each_of_the_nine_cells_is_reached(row, access, column, theta):
    assert verdict_of(exactly(theta), exactly(access)).classes == (TABLE[row][column],)


def test_a_threshold_belongs_to_the_class_above_it():
    assert verdict_of(exactly(1 / 3), exactly(0.02)).label == "SPREAD+PARTIAL SHIFT"
    assert verdict_of(exactly(2 / 3), exactly(0.02)).label == "WIDER BUT RE-CONTROLLED"
    assert verdict_of(exactly(np.nextafter(2 / 3, 0)), exactly(0.02)).label == "SPREAD+PARTIAL SHIFT"


def test_a_change_of_access_as_small_as_the_rope_is_no_change():
    assert verdict_of(exactly(0.1), exactly(0.005)).label == "DILUTION"
    assert verdict_of(exactly(0.1), exactly(-0.005)).label == "DILUTION"
    assert verdict_of(exactly(0.1), exactly(-0.0051)).label == "LEVELLING DOWN"


def test_an_interval_across_a_threshold_names_both_classes():
    across_theta = verdict_of(Interval(0.3, 0.2, 0.4), exactly(0.02))
    assert across_theta.label == "SPREAD or SPREAD+PARTIAL SHIFT"
    across_access = verdict_of(exactly(0.1), Interval(0.006, 0.001, 0.011))
    assert across_access.label == "SPREAD or DILUTION"


def test_theta_of_one_says_that_provider_rent_rises():
    assert "rises in total" in verdict_of(exactly(1.0), exactly(0.02)).notes[0]
    assert "may rise" in verdict_of(Interval(1.0, 0.9, 1.1), exactly(0.02)).notes[0]
    assert verdict_of(exactly(0.99), exactly(0.02)).notes == ()


def test_without_a_clear_loss_of_labs_there_is_no_class_of_shift():
    refused = Interval(np.nan, np.nan, np.nan, refused=True)
    unclear = verdict_of(refused, exactly(0.02), lab=Interval(-0.5, -1.1, 0.1), cloud=Interval(0.3, 0.1, 0.5))
    assert unclear.label == "NO LAB LOSS (access up, cloud profit up)"
    small = verdict_of(refused, exactly(-0.02), lab=Interval(-0.02, -0.03, -0.009), cloud=Interval(0.0, -0.1, 0.1))
    assert small.label == "NO LAB LOSS (access down, cloud profit flat or unclear)"


def test_one_pair_decides_nothing():
    one = Interval(0.5, np.nan, np.nan)
    assert verdict_of(Interval(np.nan, np.nan, np.nan, refused=True), one, lab=one).label == "UNDECIDED"


def test_pairs_are_classed_on_their_points_and_counted():
    classes = pair_classes(
        profit_lab=np.array([-1.0, -1.0, -0.001, 1.0]),
        profit_cloud=np.array([0.1, 0.9, 0.9, 0.1]),
        access=np.array([0.02, 0.0, 0.02, 0.02]),
        scale=np.ones(4),
        thresholds=THRESHOLDS,
    )
    assert classes == ("SPREAD", "PURE SHIFT", "NO LAB LOSS", "NO LAB LOSS")
    assert class_shares(classes) == {"SPREAD": 0.25, "PURE SHIFT": 0.25, "NO LAB LOSS": 0.5}


def switch(cloud: Interval, total: Interval, theta: float = 0.1) -> KillSwitch:
    return kill_switch(control_cloud=cloud, control_total=total, theta=exactly(theta), thresholds=THRESHOLDS)


def test_the_kill_switch_is_a_table_of_its_own_and_may_disagree():
    assert switch(exactly(0.1), exactly(0.1)) == KillSwitch("CONTROL MOVES TO THE CLOUD", disagrees=True)
    assert switch(exactly(0.1), exactly(0.1), theta=0.5) == KillSwitch("CONTROL MOVES TO THE CLOUD", disagrees=False)
    assert switch(exactly(0.0), exactly(-0.1), theta=0.5) == KillSwitch("CONTROL FALLS", disagrees=True)
    assert switch(exactly(0.0), exactly(0.0)) == KillSwitch("UNCHANGED", disagrees=False)


def test_a_kill_switch_whose_interval_straddles_the_rope_names_every_label_it_reaches():
    straddling = switch(Interval(0.0, -0.01, 0.01), Interval(-0.02, -0.03, 0.0))
    assert straddling.label == "CONTROL FALLS"
    assert straddling.reaches == ("CONTROL MOVES TO THE CLOUD", "CONTROL FALLS", "UNCHANGED")
    assert straddling.changes["control_total"].low == -0.03
    assert switch(exactly(0.0), exactly(0.0)).reaches == ("UNCHANGED",)


def test_l47_the_toys_move_money_and_leave_the_kill_switch_alone():
    """n_u = 3, n_d = 2 with spare room: Theta is .5 and nobody's power to deny changes, so the tables disagree."""
    toy = three_layer(clouds=3, labs=2, intercept=100.0, slope=1.0, cost=20.0)
    assert switch(exactly(0.0), exactly(0.0), theta=toy.theta) == KillSwitch("UNCHANGED", disagrees=True)
    one_lab = switch(exactly(0.0), exactly(-1.0), theta=0.1)
    assert one_lab == KillSwitch("CONTROL FALLS", disagrees=False)


def test_a_kill_switch_that_is_not_modelled_says_so():
    assert switch(NOT_MODELLED, NOT_MODELLED) == KillSwitch("not modelled", disagrees=None)
