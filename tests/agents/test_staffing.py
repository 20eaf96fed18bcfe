"""Each role's shortage has its own damage, by hand; full staff without own people is as if the mechanism were off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.offers import CLOSED_API, SELF_CLASS, SELF_RENT, offer_terms
from agents.staffing import FULLY_STAFFED, Staff, Staffing
from agents.terms import terms
from agents.usage import Usage, use, use_plain
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


RENTED = {"route": SELF_RENT, "nest": SELF_CLASS, "price": 2.0, "quality": 110.0, "open": True}
API = {"route": CLOSED_API, "price": 1.0, "quality": 110.0, "model": 1, "seller": 1}
TUNED_BY_NOBODY = Staff(in_house=0.0, fine_tuning=0.0)


def month_of(make_world, offer: int, staffing: Staffing, run=use) -> Usage:
    """A month of a company with 2e10 tokens that looked at its offer last in month 1."""
    world = make_world([RENTED, API], volume=2e10, company_volume=2e10, held=offer, held_quality=110.0, reviewed=1)
    circumstances = replace(world.circumstances, staffing=staffing)
    offers = offer_terms(world.sheet, demand=world.demand, selfhost=world.selfhost, circumstances=circumstances)
    return run(
        world.workloads, np.array([0]), offers=offers, demand=world.demand, selfhost=world.selfhost,
        labour=world.labour, circumstances=circumstances,
    )  # fmt: skip


def test_each_shortage_harms_a_company_that_runs_its_model_in_its_own_way(make_world):
    full = month_of(make_world, 0, short_of(MODEL, 1.0, TUNED_BY_NOBODY))
    without = {role: month_of(make_world, 0, short_of(role, 0.5, TUNED_BY_NOBODY)) for role in range(len(ROLES))}
    assert without[MODEL].gross < without[DATA].gross < full.gross  # 3 points at once, 4 months of a quarter point
    assert without[INTEGRATION].gross == full.gross
    assert without[OPERATIONS].gpu_hours_held > full.gpu_hours_held
    assert without[OPERATIONS].gross == pytest.approx(full.gross * (1.0 - 0.025))
    assert without[MODEL].gpu_hours_held == full.gpu_hours_held
    assert all(month.staff < full.staff for month in without.values())


def test_who_buys_tokens_needs_integrators_only(make_world):
    full = month_of(make_world, 1, short_of(MODEL, 1.0))
    for role in (MODEL, OPERATIONS, DATA):
        assert month_of(make_world, 1, short_of(role)).surplus == full.surplus
    assert month_of(make_world, 1, short_of(INTEGRATION)).staff == pytest.approx(0.5 * full.staff)


def test_own_people_cost_no_wage_and_are_missed_elsewhere(make_world):
    for offer in (0, 1):
        hired = month_of(make_world, offer, Staffing(month=1, rules=Staff(in_house=0.0)))
        mixed = month_of(make_world, offer, Staffing(month=1, rules=Staff(in_house=0.25)))
        assert mixed.staff == pytest.approx(0.75 * hired.staff)
        costs = [month.bill + month.staff + month.other for month in (hired, mixed)]
        paid_less = costs[0] - costs[1]
        # use answers to what is paid, so that a little of the difference is use
        assert hired.surplus - mixed.surplus == pytest.approx(
            0.25 * 1.3 * hired.staff - paid_less - (mixed.use - hired.use), rel=1e-9
        )


def test_the_twin_agrees_on_every_shortage(make_world):
    for role in range(len(ROLES)):
        for offer in (0, 1):
            left, right = (month_of(make_world, offer, short_of(role, 0.3, Staff()), run) for run in (use, use_plain))
            assert all(np.array_equal(getattr(left, name), getattr(right, name)) for name in vars(left))


def test_moving_is_dearer_where_integrators_are_missing_and_machines_stand_by_where_operators_are(make_world):
    world = make_world([RENTED, API], volume=2e8, company_volume=2e8)
    both = []
    for staffing in (FULLY_STAFFED, short_of(INTEGRATION), short_of(OPERATIONS)):
        circumstances = replace(world.circumstances, staffing=staffing)
        both.append(terms(
            world.workloads, np.array([0]), sheet=world.sheet, demand=world.demand, lockin=world.lockin,
            selfhost=world.selfhost, labour=world.labour, circumstances=circumstances,
        ))  # fmt: skip
    full, slow, idle = both
    assert slow.work_own == pytest.approx(1.5 * full.work_own) and slow.work_api == pytest.approx(1.5 * full.work_api)
    assert idle.peak == pytest.approx(full.peak / 0.75) and idle.work_own == full.work_own
