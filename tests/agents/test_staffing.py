"""Each role's shortage has its own damage, by hand; full staff without own people is as if the mechanism were off."""

from __future__ import annotations

import numpy as np
import pytest

from agents.staffing import FULLY_STAFFED, Staff, Staffing
from market.labour import DATA, INTEGRATION, MODEL, OPERATIONS, ROLES, Labour

OTHERS_ONLY = Staff(in_house=0.0)


def short_of(role: int, fill: float = 0.5, rules: Staff = OTHERS_ONLY) -> Staffing:
    """All roles filled but one."""
    market = np.ones(len(ROLES))
    market[role] = fill
    return Staffing(month=5, market_fill=market, rules=rules)


def test_without_engineers_of_models_the_wrong_one_is_run_and_none_is_tuned() -> None:
    staffing = short_of(MODEL)
    assert staffing.quality_change == pytest.approx(3.0 * 0.5 - 6.0 * 0.5)
    assert (staffing.load_factor, staffing.downtime, staffing.moving, staffing.drift) == (1.0, 0.0, 1.0, 0.0)


def test_without_engineers_of_operations_machines_stand_by_and_services_fail() -> None:
    staffing = short_of(OPERATIONS)
    assert staffing.load_factor == pytest.approx(0.75)
    assert staffing.downtime == pytest.approx(0.025)
    assert (staffing.quality_change, staffing.moving, staffing.drift) == (3.0, 1.0, 0.0)


def test_without_integrators_moving_is_dear_and_slow() -> None:
    staffing = short_of(INTEGRATION)
    assert staffing.moving == pytest.approx(1.5)
    assert staffing.delay == pytest.approx(2.0)
    assert staffing.deploys == pytest.approx(1 / 3)
    assert (staffing.quality_change, staffing.load_factor, staffing.drift) == (3.0, 1.0, 0.0)
    assert short_of(INTEGRATION, 0.0).deploys == 0 and short_of(INTEGRATION, 0.0).delay == np.inf


def test_without_data_scientists_quality_drifts_and_incidents_are_likelier() -> None:
    staffing = short_of(DATA)
    assert staffing.drift == pytest.approx(0.25)
    assert staffing.incident_factor == pytest.approx(2.0)
    assert (staffing.load_factor, staffing.downtime, staffing.moving) == (1.0, 0.0, 1.0)


def test_positions_that_are_not_filled_cost_nothing_and_own_people_what_they_leave_undone() -> None:
    labour = Labour()
    staffing = short_of(MODEL, 0.5, Staff(in_house=0.2))
    assert staffing.fill[MODEL] == pytest.approx(0.6)
    assert staffing.paid(labour).machine_learning_engineer == pytest.approx(0.8 * 0.5 * 260e3)
    assert staffing.forgone(labour).machine_learning_engineer == pytest.approx(0.2 * 1.3 * 260e3)
    assert staffing.worth(labour).machine_learning_engineer == pytest.approx((0.4 + 0.26) * 260e3)


def test_where_roles_do_not_matter_nothing_changes() -> None:
    labour = Labour()
    assert FULLY_STAFFED.paid(labour) is labour and FULLY_STAFFED.worth(labour) is labour
    neutral = (0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0)
    s = FULLY_STAFFED
    assert neutral == (
        s.quality_change, s.drift, s.load_factor, s.downtime, s.moving, s.delay, s.deploys, s.incident_factor,
    )  # fmt: skip
