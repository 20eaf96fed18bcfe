"""What publishing is worth by hand-computed cases, and what a releaser then does (docs/model.md M13)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.releasing import (
    NEVER,
    Motives,
    Prospect,
    Release,
    Worth,
    best_course,
    by_month,
    gain_of_rivals,
    motives_of,
    wants_cap,
    worth_of,
)

FLAT = Release(horizon_months=12, discount_rate=0.0)
NO_LEAK = np.zeros(12)


def prospect(months: int = 12, **values: Any) -> Prospect:
    """A prospect that brings the same every month, and nothing of what is not named."""
    flows = {name: np.broadcast_to(np.asarray(values.get(name, 0.0), dtype=float), months).copy()
             for name in ("margin", "margin_per_point", "mtok", "gpu_hours")}  # fmt: skip
    return Prospect(**flows, users=values.get("users", 0.0))


def worth(after: int, *, opened: Prospect | None = None, kept: Prospect | None = None, **changes: Any) -> Worth:
    rivals, release = changes.pop("rivals", NO_LEAK), changes.pop("release", FLAT)
    anyway = changes.pop("supported_anyway", False)
    return worth_of(
        after, opened=opened or prospect(), kept=kept or prospect(), motives=Motives(**changes), rivals_gain=rivals,
        release=release, supported_anyway=anyway,
    )  # fmt: skip


def test_the_complement_earns_on_use_of_the_model_whoever_hosts_it():
    opened, kept = prospect(mtok=100.0), prospect(mtok=40.0)
    assert worth(0, opened=opened, kept=kept, per_mtok=0.05).complement == pytest.approx(12 * 100 * 0.05)
    assert worth(NEVER, opened=opened, kept=kept, per_mtok=0.05).complement == pytest.approx(12 * 40 * 0.05)
    assert worth(3, opened=opened, kept=kept, per_mtok=0.05).complement == pytest.approx((3 * 40 + 9 * 100) * 0.05)


def test_a_parent_cloud_earns_rent_on_hours_pulled_in():
    opened = prospect(gpu_hours=1000.0)
    assert worth(0, opened=opened, per_gpu_hour=1.5).pull == pytest.approx(12 * 1000 * 1.5)
    assert worth(0, opened=prospect(gpu_hours=-10.0), per_gpu_hour=1.5).pull == pytest.approx(-180)


def test_a_community_pays_once_by_the_log_of_its_size():
    opened = prospect(users=900.0)
    assert worth(0, opened=opened, per_log_users=2e4).community == pytest.approx(2e4 * np.log(10))
    assert worth(NEVER, opened=opened, per_log_users=2e4).community == 0
    yearly = Release(horizon_months=24, discount_rate=0.21)
    late = worth(12, opened=prospect(24, users=900.0), kept=prospect(24), per_log_users=2e4, release=yearly,
                 rivals=np.zeros(24))  # fmt: skip
    assert late.community == pytest.approx(2e4 * np.log(10) / 1.21)


def test_a_state_pays_and_ideology_counts_once_and_only_for_what_is_published():
    assert worth(0, support=5e6, per_release=3e6).total == pytest.approx(8e6)
    assert worth(NEVER, support=5e6, per_release=3e6).total == 0
    assert worth(NEVER, support=5e6, supported_anyway=True).support == pytest.approx(5e6)


def test_the_margin_of_the_interface_ends_when_the_weights_are_out():
    kept = prospect(margin=7.0)
    assert [worth(after, kept=kept).margin for after in (NEVER, 0, 3, 11)] == pytest.approx([84, 0, 21, 77])
    given_up = worth(3, kept=kept, opened=prospect(margin=-2.0))
    assert given_up.margin == pytest.approx(21 - 9 * 2)


def test_a_leak_costs_what_rivals_gain_times_the_margin_of_a_point():
    rivals = np.arange(12.0)  # a point more every month since publication
    kept = prospect(margin_per_point=10.0)
    assert worth(0, kept=kept, rivals=rivals).leak == pytest.approx(-10 * np.arange(12).sum())
    assert worth(10, kept=kept, rivals=rivals).leak == pytest.approx(-10 * 1)
    assert worth(NEVER, kept=kept, rivals=rivals).leak == 0


def test_a_month_later_is_worth_less():
    yearly = Release(horizon_months=13, discount_rate=0.1)
    ones = prospect(13, margin=np.eye(13)[12])
    assert worth(NEVER, kept=ones, opened=prospect(13), release=yearly, rivals=np.zeros(13)).total == pytest.approx(
        1 / 1.1
    )


def test_margins_that_age_faster_than_use_are_taken_first_and_the_weights_opened_after_some_months():
    kept = prospect(margin=np.linspace(20.0, 0.0, 12))
    opened = prospect(mtok=100.0)
    values = {after: worth(after, opened=opened, kept=kept, per_mtok=0.1).total for after in (NEVER, 0, 3, 6, 11)}
    decision = best_course(values, training_cost=0.0)
    assert decision.after == 6  # the interface earns 10 a month in month 5.5, as much as the complement does
    assert decision.gain == pytest.approx(values[6] - values[NEVER])


def test_without_a_motive_weights_stay_closed_even_where_the_interface_earns_nothing_more():
    assert best_course({NEVER: 10.0, 0: 10.0, 3: 10.0}, training_cost=0.0).after == NEVER
    assert best_course({NEVER: 0.0, 0: 0.0}, training_cost=0.0).after is None


def test_a_great_wish_to_publish_opens_at_once():
    kept = prospect(margin=1e6)
    values = {after: worth(after, kept=kept, per_release=1e9).total for after in (NEVER, 0, 3, 6)}
    assert best_course(values, training_cost=0.0).after == 6  # without discounting waiting costs nothing
    impatient = Release(horizon_months=12, discount_rate=0.12)
    values = {after: worth(after, kept=kept, per_release=1e9, release=impatient).total for after in (NEVER, 0, 3, 6)}
    assert best_course(values, training_cost=0.0).after == 0


def test_training_pays_where_the_best_course_covers_it():
    values = {NEVER: 10.0, 0: 12.0}
    assert best_course(values, training_cost=12.0).pays_training
    assert not best_course(values, training_cost=12.1).pays_training
    left_alone = best_course({NEVER: -1.0, 0: -2.0}, training_cost=0.0)
    assert (left_alone.after, left_alone.worth) == (None, 0.0)


def test_a_cap_needs_a_trigger_and_a_gain_and_is_lifted_below_a_lower_share():
    def cap(*, now: bool, share: float = 0.0, uncapped: float = 0.0, gain: float = 1.0) -> bool:
        return wants_cap(
            capped_now=now, share=share, uncapped_share=uncapped, worth_capped=10.0 + gain, worth_uncapped=10.0,
            release=FLAT,
        )  # fmt: skip

    assert cap(now=False, share=0.31)
    assert not cap(now=False, share=0.29, uncapped=0.9)
    assert not cap(now=False, share=0.9, gain=0.05)  # a hundredth of 10 is 0.1
    assert cap(now=True, share=0.0, uncapped=0.25)  # barred hyperscalers sell nothing: what they would sell counts
    assert not cap(now=True, uncapped=0.19)
    assert not cap(now=True, uncapped=0.9, gain=-1.0)


def test_motives_follow_who_pays():
    release = Release(complement_weight=2.0, state_weight=3.0, spill_weight=0.5, pull_weight=1.0, ideology=4.0)
    given = {"training_cost": 100.0, "research_wage": 240_000.0, "rent_margin": 1.5}
    business = motives_of(release, funding="complement", **given)
    assert business == Motives(per_mtok=2 * 0.05, per_gpu_hour=1.5, per_log_users=1e4, support=0.0, per_release=4.0)
    assert motives_of(release, funding="state", **given).support == 300.0
    investors = motives_of(release, funding="equity", **given)
    assert (investors.per_mtok, investors.support) == (0.0, 0.0)


def test_months_between_the_ages_lie_on_a_line_and_the_last_value_lasts():
    assert by_month(np.array([0.0, 6.0, 0.0]), ages=(0, 3, 6), months=8).tolist() == [0, 2, 4, 6, 4, 2, 0, 0]


def test_rivals_close_a_further_share_of_their_gap_every_month():
    gained = gain_of_rivals(0.5, leak_rate=0.1, points_per_dex=20.0, months=3)
    assert gained == pytest.approx([0, 1.0, 1.9])
