"""Incidents and their mending by hand (M15)."""

from __future__ import annotations

import numpy as np
import pytest

from market.goods import Route
from market.safety import (
    Incident,
    Safety,
    Spell,
    Unpatched,
    harmed_rows,
    incident_hazard,
    latency_of,
    lost_share,
    month_of_incidents,
)

RULES = Safety()
ONE = np.ones(1)


def spell_of(
    before: Unpatched, *, hazard: float, latency: float, users: float = 1000.0, staying: float = 1.0, never: float = 0.0
) -> Spell:
    return month_of_incidents(
        before, users=users * ONE, staying=staying * ONE, hazard=np.full((1, len(Incident)), hazard),
        latency=latency * ONE, never=never * ONE,
    )  # fmt: skip


def settled(*, months: int = 400, **terms: float) -> Spell:
    spell = spell_of(Unpatched.nobody(1), **terms)
    for _ in range(months):
        spell = spell_of(spell.after, **terms)
    return spell


def test_the_hazard_falls_with_safety_and_with_flaws_mended():
    hazard = incident_hazard(
        safety=np.array([0.0, 1.0, 0.0]), present=np.array([1.0, 1.0, 0.5]), luck=np.ones((3, 3)), rules=RULES
    )
    total = -np.log1p(-hazard).sum(axis=1)
    assert total == pytest.approx([0.01, 0.01 * np.exp(-2), 0.005])
    assert hazard[0] == pytest.approx(-np.expm1(-0.01 * np.array([0.4, 0.4, 0.2])))


def test_patches_reach_users_by_channel_and_self_runners_as_they_have_people():
    route = np.array([route.value for route in Route])
    latency = latency_of(route, rules=RULES, staffed=0.75)
    assert latency == pytest.approx([0.1, 0.7, 4.0, 4.0, 6.0])
    assert latency_of(route, rules=RULES, staffed=1.0)[Route.SELF_RENT] == pytest.approx(3.2)


def test_a_month_of_mending_follows_the_differential_equation():
    """dW/dt = f - W/L from W(0) = 50 users: a fine grid of Euler steps."""
    before = Unpatched(waiting=np.full((1, 3), 50.0), for_good=np.zeros((1, 3)))
    spell = spell_of(before, hazard=0.02, latency=2.0)
    waiting, lived, steps = 50.0, 0.0, 200_000
    for _ in range(steps):
        lived += waiting / steps
        waiting += (20.0 - waiting / 2.0) / steps
    assert spell.after.waiting[0] == pytest.approx(np.full(3, waiting), rel=1e-4)
    assert spell.unpatched[0] == pytest.approx(np.full(3, lived), rel=1e-4)


def test_whoever_leaves_takes_the_incident_along():
    before = Unpatched(waiting=np.full((1, 3), 50.0), for_good=np.full((1, 3), 10.0))
    all_gone = spell_of(before, hazard=0.0, latency=2.0, staying=0.0)
    half_gone = spell_of(before, hazard=0.0, latency=2.0, staying=0.5)
    assert not all_gone.unpatched.any()
    assert half_gone.after.for_good[0] == pytest.approx(np.full(3, 5.0))


def test_where_nobody_writes_the_patch_incidents_stay():
    before = Unpatched(waiting=np.full((1, 3), 50.0), for_good=np.zeros((1, 3)))
    spell = spell_of(before, hazard=0.01, latency=np.inf)
    assert spell.after.waiting[0] == pytest.approx(np.full(3, 60.0))
    assert spell.unpatched[0] == pytest.approx(np.full(3, 55.0))


def test_those_who_never_patch_fall_once_and_stay_fallen():
    spell = settled(hazard=0.02, latency=1.0, never=0.15, months=2000)
    assert spell.after.for_good[0] == pytest.approx(np.full(3, 150.0))
    assert spell.struck[0] == pytest.approx(np.full(3, 20.0))


def test_a_patch_in_the_middle_of_the_network_reaches_everybody_at_once():
    closed, self_run = settled(hazard=0.01, latency=0.1), settled(hazard=0.01, latency=3.2, never=0.15)
    assert closed.unpatched.sum() < 0.05 * self_run.unpatched.sum()


def test_every_incident_leaves_its_part_of_the_value():
    assert lost_share(np.array([0.0, 0.01]), RULES) == pytest.approx([0.0, -np.expm1(-0.005)])
    assert (lost_share(np.array([1.0, 50.0]), RULES) < 1.0 + 1e-12).all()


def test_who_meets_an_incident_is_as_many_as_the_hazard_says():
    uniform = (np.arange(100_000) + 0.5) / 100_000
    hazard = np.array([[0.01, 0.02, 0.0], [0.0, 0.0, 0.0]])
    hit = harmed_rows(uniform, hazard=hazard, code=np.zeros(100_000, dtype=np.int64))
    assert len(hit) == pytest.approx(100_000 * (1 - 0.99 * 0.98), abs=1)
    assert len(harmed_rows(uniform, hazard=hazard, code=np.ones(100_000, dtype=np.int64))) == 0
