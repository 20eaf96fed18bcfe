"""The market for specialists in a whole economy: heads, pay, welfare, and that both mechanisms can be switched off."""

from __future__ import annotations

import numpy as np
import pytest

from market.accounts import HOUSEHOLDS
from market.flows import Flow
from market.labour import INTEGRATION, ROLES
from simulation.audit import AuditError, audit_specialists

OFF = {"labour.market": False, "staff.roles": False}
STRANGE = {
    "labour.stock_multiplier": 0.2, "labour.training_months": 6, "labour.turnover": 0.4, "staff.in_house": 0.5,
    "staff.wrong_model": 20.0, "staff.integration_delay": 9.0, "staff.drift": 3.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def economy(economy_of):
    """Fifteen months of a small economy that lacks specialists, in which companies also run models themselves."""
    tempting = {"companies.calibration": "lean", "adopt.open_own_hazard": 0.3, "demand.friction_self": 0.0}
    return economy_of(tempting | {"labour.stock_multiplier": 0.6}, months=15, horizon=16)


def test_where_both_are_off_none_of_their_parameters_moves_a_byte(run_of_world, differences):
    assert not differences(run_of_world(OFF), run_of_world(OFF | STRANGE))


def test_where_both_are_off_wages_stand_still_and_the_columns_say_that_nothing_is_modelled(run_of_world, economy_of):
    run = run_of_world(OFF)
    assert run.indicators["wage_index"].isna().all() and run.indicators["wage_rent"].isna().all()
    assert {"wage_index", "wage_rent", "fill_model", "tightness"} <= set(run.manifest["not_modelled"])
    economy = economy_of(OFF, months=2)
    assert economy.assumptions.labour == economy.plan.labour
    assert not economy.companies.waiting.any()


def test_a_market_alone_moves_wages_and_harms_nobody(run_of_world):
    run = run_of_world({"staff.roles": False})
    assert run.indicators["wage_index"].notna().all()
    assert (run.indicators["work_left_undone"] == 0).all()


def test_roles_alone_are_all_filled(economy_of):
    economy = economy_of({"labour.market": False}, months=2)
    assert economy.record.accounts.specialists is None
    assert economy.assumptions.labour == economy.plan.labour


def test_a_wage_multiplier_holds_with_and_without_a_market(economy_of):
    for switch in (OFF, {}):
        economy = economy_of(switch | {"labour.wage_multiplier": 0.7}, months=1)
        assert economy.assumptions.labour.wages == pytest.approx(0.7 * np.array(economy.plan.labour.wages))


def test_everybody_works_for_one_payer_or_for_none(economy):
    market, work = economy.world.labour, economy.record.accounts.specialists
    heads = sum(work.by_seller.values()) + work.by_companies
    assert heads + market.idle == pytest.approx(market.stock)
    assert (market.idle >= 0).all()
    assert (market.employed <= market.required + 1e-9).all()


def test_a_specialist_too_many_ends_the_run():
    stock = np.full(len(ROLES), 10.0)
    with pytest.raises(AuditError, match="I11"):
        audit_specialists(ROLES, employed=np.full((2, len(ROLES)), 5.0), idle=np.full(len(ROLES), 0.1), stock=stock)


def test_households_receive_what_the_positions_are_paid(economy):
    """Wages in the ledger are heads times wages: positions of companies that are filled, and all of sellers'."""
    record, labour = economy.record, economy.record.assumptions.labour
    staffing = record.demand.positions.standing
    paid_by_companies = staffing @ np.array(economy_staffing(economy).paid(labour).wages) / 12
    month = record.accounts.company
    assert month.integration + month.own_staff == pytest.approx(paid_by_companies, rel=1e-9)
    flows = record.closing.books.flows
    wages = flows.received(Flow.WAGES)[economy.ledger.code(HOUSEHOLDS)] / 100
    of_sellers = sum(cost for _, cost in record.accounts.serving_staff.values())
    of_sellers += record.accounts.training_staff_cost.sum()
    assert wages == pytest.approx(paid_by_companies + of_sellers, rel=1e-6)


def economy_staffing(economy):
    from simulation.month.hiring import staffing_of

    month = economy.month - 1
    open_fill = staffing_of(economy.world, economy.record.assumptions, month=month)
    work = economy.record.accounts.specialists.market
    assert open_fill.market_fill.shape == work.fill[1].shape
    return type(open_fill)(month=month, market_fill=work.fill[1], rules=open_fill.rules)


def test_rent_is_what_wages_stand_above_founding_wages(economy):
    work = economy.record.accounts.specialists
    assert (work.market.wage != 1).all()
    below_founding = work.market.wage < 1
    assert work.rent != 0 and not below_founding.all()
    assert economy.recorder.indicators.frame()["wage_rent"].iloc[-1] == pytest.approx(work.rent)


def test_work_of_moving_is_done_over_months_and_never_lost(economy_of):
    economy = economy_of(months=3, horizon=8)
    before = economy.world.labour.projects
    economy.step()
    work, labour = economy.record.accounts.specialists, economy.record.assumptions.labour
    done = work.market.fill[1][INTEGRATION] * before / labour.project_months
    bought = economy.record.accounts.company.moving / (labour.integrator / 12)
    assert economy.world.labour.projects == pytest.approx(before - done + bought)


def test_reviews_wait_for_integrators_where_these_are_missing(economy_of):
    short = economy_of({"labour.stock_multiplier": 0.3, "staff.in_house": 0.0}, months=4)
    assert short.companies.waiting.sum() > 0.2 * short.record.demand.reviewed
    developers = short.companies.segment[short.companies.company[short.companies.waiting]] == 1
    assert not developers.any()


def test_staff_of_sellers_and_companies_is_in_the_table(economy):
    sellers = economy.recorder.sellers.frame()
    last = sellers[sellers["month"] == economy.month - 1].set_index("seller")["staff_fte"]
    work = economy.record.accounts.specialists
    assert last["companies"] == pytest.approx(work.by_companies.sum())
    assert last.sum() == pytest.approx(sum(p.sum() for p in work.by_seller.values()) + work.by_companies.sum())


def test_a_fork_goes_on_with_the_same_market(economy_of):
    economy = economy_of(months=3, horizon=8)
    twin = economy.fork()
    economy.run(2)
    twin.run(2)
    assert np.array_equal(economy.world.labour.wage, twin.world.labour.wage)
    assert np.array_equal(economy.world.labour.training, twin.world.labour.training)
