"""Releases, communities, safety and the quota of a bloc (M13 to M16) as docs/model.md writes them."""

from __future__ import annotations

import numpy as np

from agents import releasing, sovereignty
from agents.releasing import Motives, Prospect, Release
from market import (
    community,
    misuse,
    safety,
)
from tests.docs.equations import Page, near, worlds


def test_releases(page: Page) -> None:
    """M13: what a course is worth to a releaser."""
    release = Release()
    months = release.horizon_months
    for r in worlds():
        def prospect(users: float, r: np.random.Generator = r) -> Prospect:
            return Prospect(
                margin=r.normal(0, 5, months), margin_per_point=r.uniform(0, 1, months), mtok=r.uniform(0, 9, months),
                gpu_hours=r.uniform(0, 9, months), users=users,
            )  # fmt: skip

        opened, kept, users = prospect(users := r.uniform(0, 1e4)), prospect(0.0), users
        motives = Motives(*r.uniform(0, 2, 6))
        rivals = r.uniform(0, 3, months)
        after = int(r.choice([0, 3, 12, months + 5, releasing.NEVER]))
        told = releasing.worth_of(
            after, opened=opened, kept=kept, motives=motives, rivals_gain=rivals, release=release
        ).total
        found = page["worth"](
            None if after == releasing.NEVER else after, months, release.discount_rate,
            list(zip(opened.mtok, opened.gpu_hours, opened.margin, strict=True)),
            list(zip(kept.mtok, kept.gpu_hours, kept.margin, kept.margin_per_point, strict=True)),
            {
                "mtok": motives.per_mtok, "hours": motives.per_gpu_hour, "users": motives.per_log_users,
                "support": motives.support, "own_sake": motives.per_release, "damages": motives.liability,
            },
            rivals, np.log1p(users / release.community_users),
        )  # fmt: skip
        assert near(found, told)


def test_communities_and_safety(page: Page) -> None:
    """M14, M15: contributions, flaws, incidents and misuse."""
    weights, rules = community.OpenWeights(), safety.Safety()
    for r in worlds():
        stock, users, rho = r.uniform(0, 3), 10 ** r.uniform(0, 7), r.uniform()
        told = community.next_stock(
            np.array([stock]), users=np.array([users]), readability=np.array([rho]), weights=weights
        )[0]
        assert near(page["next_stock"](stock, users, rho, weights.model_dump()), told)
        bonus = community.quality_bonus(np.array([stock]), weights)[0]
        assert near(page["quality_bonus"](stock, weights.most_bonus), bonus)
        hidden, known = r.uniform(0.2, 1), r.uniform(0, 0.5)
        line = community.Communities(*(np.array([x]) for x in (stock, hidden, known, users)))
        after = community.next_communities(
            line, users=np.array([users]), readability=np.array([rho]), published=np.array([True]),
            renewed=np.array([False]), weights=weights,
        )  # fmt: skip
        found = page["flaws"](hidden, known, rho, weights.audit_hazard, weights.patch_rate)
        assert near(found, [after.hidden[0], after.known[0]])

        quality, guarded, danger = r.uniform(80, 200), r.uniform(), r.uniform(90, 150)
        luck = r.exponential(size=(1, 3))
        told = safety.incident_hazard(
            safety=np.array([guarded]), present=np.array([hidden]), luck=luck, rules=rules
        )[0]
        found = [
            page["incident_chance"](guarded, hidden, luck[0, kind], rules.mix[kind], rules.hazard, rules.safety_effect)
            for kind in range(3)
        ]
        assert near(found, told)
        one = (np.array([quality]), np.array([guarded]))
        assert near(
            page["released_danger"](quality, guarded, danger, rules.danger_slope, rules.stripped, rules.guard),
            misuse.released_danger(one[0], safety=one[1], danger=danger, rules=rules)[0],
        )
        assert near(
            page["let_through"]([(quality, guarded)], danger, rules.danger_slope, rules.monitoring),
            misuse.passed_by_interfaces(one[0], safety=one[1], danger=danger, rules=rules),
        )


def test_incidents_and_harm(page: Page) -> None:
    """M15: who lives with incidents, what can be misused, what that costs whom."""
    rules = safety.Safety(harm=1e8, liability=0.4)
    told_rules = rules.model_dump()
    for r in worlds():
        fill, users, staying, chance = r.uniform(), r.uniform(10, 100), r.uniform(), r.uniform(0, 0.2)
        waiting, for_good = r.uniform(0, 5, 2)
        routes = np.arange(5, dtype=np.int8)
        latency = safety.latency_of(routes, rules=rules, staffed=fill)
        assert near([page["latency"](route, fill, told_rules) for route in routes], latency)
        for months, never in ((latency[r.integers(5)], 0.15), (np.inf, 0.0)):
            one = [np.array([x]) for x in (users, staying, months, never)]
            kinds = [np.full((1, 3), x) for x in (waiting, for_good, chance)]
            spell = safety.month_of_incidents(
                safety.Unpatched(kinds[0], kinds[1]), users=one[0], staying=one[1], hazard=kinds[2], latency=one[2],
                never=one[3],
            )  # fmt: skip
            told = [spell.struck, spell.unpatched, spell.after.waiting, spell.after.for_good]
            found = page["month_of_incidents"](waiting, for_good, users, staying, chance, months, never)
            assert near(found, [each[0, 0] for each in told])
        stocks, added, closed = r.uniform(0, 2, 3), r.uniform(0, 1, 3), r.uniform(0, 8)
        ordered, by_order, danger, rise = *r.uniform(0, 1, 2), r.uniform(90, 150), r.normal(0, 2)
        before = misuse.Misuse(stock=stocks, closed=0.0, danger=danger, event=0, asked=0, ordered=ordered)
        line = misuse.next_danger(danger, frontier_rise=rise, rules=rules)
        after = misuse.next_misuse(
            before, added=added, closed=closed, danger=line, asked=int(r.integers(3)), routes=(True, True), rules=rules,
            ordered=by_order,
        )  # fmt: skip
        found = page["misuse"](list(stocks), ordered, list(added), by_order, danger, rise, told_rules)
        assert near(found[0], after.stock) and near(found[1:], [after.ordered, after.danger])
        told = misuse.harm_of(after, compute_access=1.7, rules=rules)
        whole, owed = page["harm"](list(after.stock), after.ordered, closed, 1.7, after.event > 0, told_rules)
        assert near(whole, told.total) and near(owed, told.damages)
        mine = page["expected_damages"](added[0], after.whole, closed, 1.7, 24, 0.1, told_rules)
        told = misuse.expected_liability(
            added[0], marginal=after.marginal / after.whole, compute_access=1.7, months=24, discount_rate=0.1,
            rules=rules,
        )  # fmt: skip
        assert near(mine, told)


def test_the_law_of_a_quota(page: Page) -> None:
    """M16: the line of sensitivity from which the second bloc's workloads are called in, lowered and raised."""
    moved = set()
    for r in worlds():
        count = r.integers(1, 12)
        delta, hours, home = r.uniform(size=count), r.lognormal(size=count), r.random(count) < 0.4
        line = r.choice([np.inf, *delta])
        quota, room = r.uniform(0, 0.9), r.choice([0.0, 2.0, np.inf])
        told = sovereignty.next_line(line, sensitivity=delta, hours=hours, at_home=home, quota=quota, room=room)
        assert page["law"](line, list(zip(delta, hours, home, strict=True)), quota, room) == told
        moved.add(np.sign(told - line) if told != line else 0)
    assert moved == {-1.0, 0, 1.0}
