"""Control and the infrastructure gap where they are known: the whole economy of the toys (L34, L47)."""

from __future__ import annotations

import pytest

CLOSE = 0.01
FREE = {  # machines, hands and moves cost nothing; weights as good as the labs' can be downloaded
    "invest.opex": 1e-6,
    "selfhost.fixed_internal": 0.0,
    "selfhost.fixed_customer": 0.0,
    "selfhost.fixed_core": 0.0,
}
PARTS = ("compute", "staff", "switching", "beliefs", "readiness", "rest")


def control(world, layers, name, *, clouds, labs):
    """Kill-switch exposure to labs and to clouds, closed and open."""
    found = {arm: world(name, arm, layers(clouds, labs)).indicators.iloc[-1] for arm in ("closed", "open")}
    return [tuple(found[arm][column] for arm in found) for column in ("control_lab", "control_cloud")]


@pytest.mark.parametrize(
    ("scenario", "clouds", "labs", "lab", "cloud"),
    [
        ("three_layer", 1, 1, (1, 0), (1, 1)),
        ("capacity_bound", 3, 1, (1, 0), (1, 1)),
        ("three_layer", 3, 1, (1, 0), (0, 0)),
        ("three_layer", 3, 2, (0, 0), (0, 0)),
    ],
)
def test_l47_the_kill_switch_sees_who_can_deny_and_never_the_shift_of_rent(
    world, layers, scenario, clouds, labs, lab, cloud
):
    of_lab, of_cloud = control(world, layers, scenario, clouds=clouds, labs=labs)
    assert of_lab == pytest.approx(lab, abs=CLOSE)
    assert of_cloud == pytest.approx(cloud, abs=CLOSE)


def test_exposures_may_sum_to_more_than_one_since_services_have_suppliers_in_series(world, layers):
    last = world("three_layer", "closed", layers(1, 1)).indicators.iloc[-1]
    assert last["control_total"] == pytest.approx(2, abs=CLOSE)
    assert last["control_max"] == pytest.approx(1, abs=CLOSE)


def test_l34_where_the_lunch_is_free_there_is_no_infrastructure_gap(world, layers):
    last = world("competitive", "open", layers(3, 1) | FREE).indicators.iloc[-1]
    assert last["access_mean"] > 0.99
    for column in ("infrastructure_gap", *(f"infrastructure_gap_{part}" for part in PARTS)):
        assert last[column] == pytest.approx(0, abs=1e-9)


def test_the_gap_of_the_toy_is_what_the_clouds_margin_keeps_out(world, layers):
    """At 20 USD of marginal cost four fifths of the line from 0 to 100 would use AI, at a rent of 40 three fifths."""
    last = world("three_layer", "open", layers(3, 1)).indicators.iloc[-1]
    assert last["infrastructure_gap"] == pytest.approx(0.2, abs=CLOSE)
    assert last["nominal_access"] == pytest.approx(0.8, abs=CLOSE)
    assert sum(last[f"infrastructure_gap_{part}"] for part in PARTS) == pytest.approx(last["infrastructure_gap"])


def test_weights_that_cannot_do_the_work_leave_a_gap_below_zero(world, layers):
    last = world("three_layer", "closed", layers(3, 1)).indicators.iloc[-1]
    assert last["infrastructure_gap"] == pytest.approx(-last["access_mean"], abs=1e-3)
    assert last["nominal_access"] == pytest.approx(0, abs=1e-3)
