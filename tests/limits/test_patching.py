"""L40: where incidents come at one rate, users live with them in proportion to the time until they are mended."""

from __future__ import annotations

import numpy as np
import pytest

from market.goods import Route
from market.safety import Incident, Safety, Unpatched, latency_of, month_of_incidents


def user_months(route: Route, *, rate: float, rules: Safety, months: int = 600) -> float:
    """Unpatched user-months of 1,000 users over a long time in which incidents come at `rate`."""
    latency = latency_of(np.array([route]), rules=rules, staffed=0.75)
    state, total = Unpatched.nobody(1), 0.0
    for month in range(months):
        spell = month_of_incidents(
            state, users=np.array([1000.0]), staying=np.ones(1), hazard=np.full((1, len(Incident)), rate),
            latency=latency, never=np.array([rules.never_patched if route == Route.SELF_RENT else 0.0]),
        )  # fmt: skip
        state = spell.after
        total += float(spell.unpatched.sum()) if month >= months // 2 else 0.0
    return total


def test_self_run_models_leave_forty_times_the_unpatched_user_months_of_a_closed_interface():
    rules = Safety(never_patched=0.0)
    closed = user_months(Route.CLOSED_API, rate=0.02, rules=rules)
    assert user_months(Route.SELF_RENT, rate=0.02, rules=rules) / closed == pytest.approx(40, rel=1e-9)
    assert closed == pytest.approx(300 * 3 * 1000 * 0.02 * 0.1, rel=1e-9)


def test_those_who_never_patch_make_it_worse_without_end():
    without = user_months(Route.SELF_RENT, rate=0.02, rules=Safety(never_patched=0.0))
    with_them = user_months(Route.SELF_RENT, rate=0.02, rules=Safety(never_patched=0.15))
    assert with_them > 2 * without
