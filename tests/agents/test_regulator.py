"""What each instrument does to the rules of a month, and when a regulator acts (docs/model.md M16, M18)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.actor import Actor, appetite_as_heard, as_heard, trigger_as_heard
from agents.beliefs import Belief
from agents.preferences import Demand, LockIn
from agents.regulator import (
    CONDUCT,
    STRUCTURE,
    WORK_OF_MOVING,
    Policy,
    Review,
    belief_under,
    compute_under,
    distillation_left,
    flaws_left,
    gap_without_distillation,
    hours_under_control,
    in_force,
    instruments,
    lockin_under,
    may_publish_quality,
    next_review,
    points_lost,
    reserve_under,
    safety_after_tests,
    safety_under,
    tenancy_under,
)
from agents.tenancy import Tenancy
from agents.vouchers import own_part
from market.clearing import Compute
from market.frontier import Frontier, distillation_gain
from market.reservations import Reserve
from market.safety import Safety

OFF = Policy()


def test_without_instruments_every_rule_is_as_it_was() -> None:
    assert instruments(OFF) == {}
    assert lockin_under(LockIn(), OFF) == LockIn()
    assert tenancy_under(Tenancy(), OFF) == Tenancy()
    assert compute_under(Compute(foreclosure=0.4), OFF) == Compute(foreclosure=0.4)
    assert reserve_under(Reserve(), OFF) == Reserve()
    assert belief_under(Belief(), OFF) == Belief()
    assert safety_under(Safety(liability=0.3), OFF) == Safety(liability=0.3)
    assert flaws_left(OFF) == 1.0 and safety_after_tests(0.92, 1.0) == 0.92
    assert distillation_left(OFF) == 1.0
    assert own_part(np.arange(3, dtype=np.uint8), OFF) is None


def test_portability_halves_every_part_of_moving_but_the_charge_for_data() -> None:
    before, after = LockIn(), lockin_under(LockIn(), Policy(portability=True))
    for name in WORK_OF_MOVING:
        assert getattr(after, name) == 0.5 * getattr(before, name)
    assert after.egress == before.egress
    assert tenancy_under(Tenancy(), Policy(portability=True)).migration_years == 0.5 * Tenancy().migration_years


def test_a_cap_on_the_charge_for_data_never_raises_it() -> None:
    assert lockin_under(LockIn(egress=0.09), Policy(egress_cap=True)).egress == Policy().egress_cost
    assert lockin_under(LockIn(egress=0.0), Policy(egress_cap=True)).egress == 0.0


def test_one_interface_makes_another_model_free_to_try_and_leaves_moving_clouds_dear() -> None:
    after = lockin_under(LockIn(), Policy(interop=True))
    assert (after.months_api, after.months_account) == (0.0, 0.0)
    assert after.months_cloud == LockIn().months_cloud


@pytest.mark.parametrize("name", ["nondiscrimination", "separation"])
def test_no_foreclosure_where_rivals_are_served_alike_or_nobody_is_integrated(name: str) -> None:
    assert compute_under(Compute(foreclosure=0.5), Policy(**{name: True})).foreclosure == 0.0


def test_a_ban_of_commitments_ends_new_reservations() -> None:
    assert reserve_under(Reserve(), Policy(commit_ban=True)).most_of_supply == 0.0


def test_liability_covers_all_the_harm() -> None:
    assert safety_under(Safety(), Policy(liability_open=True)).liability == 1.0


def test_tests_remove_a_part_of_what_is_wrong_every_month() -> None:
    policy = Policy(safety_delay=2, testing=0.1)
    assert safety_after_tests(0.9, flaws_left(policy)) == pytest.approx(1 - 0.1 * 0.81)


def test_weights_above_a_line_may_not_be_published() -> None:
    policy = Policy(open_ban_q=130.0)
    assert may_publish_quality(130.0, policy) and not may_publish_quality(130.1, policy)
    assert may_publish_quality(1e9, OFF)


@given(gap=st.floats(0, 60), share=st.floats(0, 0.6), left=st.floats(0, 1))
def test_a_ban_widens_the_gap_by_what_distillation_gave(gap: float, share: float, left: float) -> None:
    frontier = Frontier(distillation=share)
    alone = gap_without_distillation(gap, frontier=frontier, left=0.0)
    gained = distillation_gain(frontier_quality=200.0, own_quality=200.0 - alone, frontier=frontier)
    assert alone - gained == pytest.approx(gap, abs=1e-9)  # distilling again closes it to what it was
    assert gap - 1e-9 <= gap_without_distillation(gap, frontier=frontier, left=left) <= alone + 1e-9


def test_machines_under_export_control_wear_out_and_a_part_is_smuggled() -> None:
    found = [hours_under_control(100.0, before=100.0, months=m, life=60, leak=0.05) for m in (0, 30, 60, 90)]
    assert found == pytest.approx([100.0, 55.0, 5.0, 5.0])


def test_half_the_hours_cost_the_points_of_half_the_compute() -> None:
    frontier = Frontier(points_per_dex=24.0)
    assert points_lost(0.5, frontier=frontier) == pytest.approx(24 * np.log10(2))
    assert points_lost(1.0, frontier=frontier) == 0.0
    assert points_lost(0.0, frontier=frontier) == np.inf


def test_vouchers_reach_companies_below_250_employees() -> None:
    borne = own_part(np.array([0, 1, 2], dtype=np.uint8), Policy(sme_voucher=0.3))
    assert borne is not None and list(borne) == pytest.approx([0.7, 0.7, 1.0])


def followed(policy: Policy, path: list[float], *, trigger: float = 0.3) -> list[Review]:
    reviews = [Review()]
    for month, hhi in enumerate(path):
        reviews.append(next_review(reviews[-1], month=month, control_hhi=hhi, trigger=trigger, policy=policy))
    return reviews[1:]


def test_a_review_opens_after_half_a_year_and_decides_two_years_later() -> None:
    reviews = followed(Policy(response="conduct"), [0.4] * 40)
    assert [r.opened for r in reviews].index(5) == 5
    assert [r.stage for r in reviews].index(1) == 5 + 24
    assert max(r.stage for r in reviews) == 1


@pytest.mark.parametrize("gap", [0.3, float("nan")])
def test_one_month_at_or_below_the_trigger_begins_the_count_anew(gap: float) -> None:
    assert all(r.opened < 0 for r in followed(Policy(response="conduct"), [0.4] * 5 + [gap] + [0.4] * 5))


def test_a_case_is_closed_where_control_has_spread_by_itself() -> None:
    reviews = followed(Policy(response="conduct", review_lag=6), [0.4] * 8 + [0.2] * 6)
    assert reviews[7].opened == 5 and reviews[-1] == Review()


def test_nobody_reviews_anything_unless_asked_to() -> None:
    assert all(r.opened < 0 for r in followed(OFF, [1.0] * 60))


def test_where_conduct_does_not_help_separation_follows() -> None:
    policy = Policy(response="escalate", review_lag=6)
    last = followed(policy, [0.5] * 40)[-1]
    assert last.stage == 2
    held = in_force(policy, stage=last.stage)
    assert all(getattr(held, name) for name in (*CONDUCT, *STRUCTURE))
    assert in_force(policy, stage=0) is policy


def test_a_voice_against_open_weights_raises_friction_alerts_the_regulator_and_feeds_the_labs() -> None:
    against = Actor(stance=-1.0, voice=0.1)
    assert as_heard(Demand(), against).friction_hosted == pytest.approx(Demand().friction_hosted - 0.1)
    assert trigger_as_heard(0.3, against) == pytest.approx(0.27)
    assert appetite_as_heard(against) == pytest.approx(1.1)


@pytest.mark.parametrize("silent", [{"stance": 0.0}, {"stance": 1.0, "voice": 0.0}])
def test_a_silent_actor_moves_nothing(silent: dict[str, Any]) -> None:
    demand, actor = Demand(), Actor(**silent)
    assert as_heard(demand, actor) is demand
    assert (trigger_as_heard(0.3, actor), appetite_as_heard(actor)) == (0.3, 1.0)
