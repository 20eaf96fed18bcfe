"""Self-running step by step: a proof of concept, production, a bill, and news among peers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from agents.beliefs import Project
from simulation.month.projects import forced_reviews, without_self_running
from simulation.month.reveal import listeners

EASY: dict[str, Any] = {
    "companies.count": 1200, "companies.calibration": "lean", "adopt.open_own_hazard": 0.3, "demand.friction_self": 0.0,
    "lockin.vendor_change": 0.0,
}  # fmt: skip
OFF: dict[str, Any] = {
    "belief.true_beliefs": 1, "belief.pilot_months": 0, "belief.body_sd": 0.0, "belief.tail_prob": 0.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def months(economy_of) -> list[dict[str, Any]]:
    """State of every workload and what was revealed, month by month, in a world where self-running is tempting."""
    economy = economy_of(EASY, horizon=30)
    seen = []
    for _ in range(30):
        economy.step()
        companies, record = economy.companies, economy.record
        seen.append(
            {
                "project": companies.project, "since": companies.project_since, "held": companies.held.copy(),
                "live": companies.live.copy(), "own": np.flatnonzero(~_metered(record)), "projects":
                record.demand.projects, "revealed": record.revealed, "wanted": record.demand.wanted, "rows":
                record.demand.live_rows, "stigma": companies.stigma, "company": companies.company,
            }
        )  # fmt: skip
    return seen


def _metered(record: Any) -> np.ndarray:
    return np.isin(record.demand.sheet.route, (0, 1, 4))


def test_something_happens_in_that_world(months) -> None:
    assert sum(month["revealed"].pilots_begun for month in months) > 0
    assert sum(month["revealed"].production_begun for month in months) > 0
    assert sum(month["revealed"].given_up for month in months) > 0


def test_only_workloads_in_production_run_on_self_run_offers(months) -> None:
    for month in months:
        runs = month["live"] & np.isin(month["held"], month["own"])
        produces = (month["project"] == Project.PRODUCTION) | (month["project"] == Project.GIVEN_UP)
        assert np.array_equal(np.flatnonzero(runs), np.flatnonzero(produces))


def test_production_follows_a_proof_of_concept_of_the_declared_length(months) -> None:
    began = {}
    for now, month in enumerate(months):
        for slot in month["projects"].pilots_begun:
            began[int(slot)] = now
        for slot in month["projects"].production_begun:
            assert now >= began[int(slot)] + 3


def test_who_gives_up_holds_something_else_a_month_later_and_keeps_a_stigma(months) -> None:
    for now, later in pairwise(months):
        gone = np.flatnonzero((now["project"] == Project.GIVEN_UP) & later["live"])
        assert (now["stigma"][now["company"][gone]] == pytest.approx(0.1)) if len(gone) else True
        assert not np.isin(later["held"][gone], later["own"]).any()


def test_no_service_holds_fewer_machines_than_it_computes_on(months) -> None:
    for month in months:
        at = np.searchsorted(month["rows"], month["projects"].production)
        wanted = month["wanted"]
        assert (wanted.gpu_hours_held[at] >= wanted.gpu_hours_busy[at] * (1 - 1e-9)).all()


def test_proofs_of_concept_are_paid_to_clouds_and_people(run_of_world) -> None:
    run = run_of_world(EASY, months=24)
    paid = run.flows[run.flows.flow == "poc_cost"]
    assert set(paid.payer) == {"companies"}
    assert "households" in set(paid.payee)
    assert len(set(paid.payee)) > 1
    assert (run.flows.flow == "advice_fee").sum() == 0


def test_advice_is_paid_for_where_it_is_taken(run_of_world) -> None:
    run = run_of_world(EASY | {"belief.advice_reach": 1.0}, months=24)
    fees = run.flows[run.flows.flow == "advice_fee"]
    assert len(fees) and set(fees.payee) == {"households"}


def test_an_economy_without_illusions_pilots_or_luck_is_that_without_the_mechanism(run_of_world, differences) -> None:
    plain = run_of_world(EASY | OFF, months=14)
    believing = run_of_world(EASY | OFF | {"belief.prior_mean": 2.0, "belief.stigma": 0.3}, months=14)
    assert not differences(plain, believing)
    assert (plain.indicators.abandoned == 0).all()
    assert (plain.indicators.poc_started == 0).all()
    assert (plain.indicators.self_running_share > 0).any()


def test_news_reach_those_who_list_the_teller_as_a_peer_once_each() -> None:
    neighbours = np.array([[1, 1], [0, 2], [0, 1], [2, 1]], dtype=np.int32)
    company, place = listeners(neighbours, np.array([1, 0, 1]))
    heard = sorted(zip(company.tolist(), place.tolist(), strict=True))
    assert heard == [(0, 0), (0, 2), (1, 1), (2, 0), (2, 1), (2, 2), (3, 0), (3, 2)]


def test_a_pilot_that_is_over_is_followed_by_a_choice(economy_of) -> None:
    economy = economy_of(EASY, months=2)
    state = economy.companies.project.copy()
    economy.companies.commit("beliefs", project_since=np.full(len(state), 1, dtype=np.int16))
    state[:] = Project.NONE
    state[[3, 5, 7]] = Project.PILOTED, Project.GIVEN_UP, Project.PILOT
    assert forced_reviews(economy.world, state, month=2).tolist() == [3, 5]
    assert forced_reviews(economy.world, state, month=3).tolist() == [5]


def test_who_falls_back_keeps_every_offer_that_needs_no_people(economy_of) -> None:
    from agents.offers import offer_terms
    from simulation.month.conditions import circumstances_of

    economy = economy_of(EASY, months=2)
    now, world = economy.assumptions, economy.world
    offers = offer_terms(
        economy.record.demand.sheet, demand=now.demand, selfhost=now.selfhost,
        circumstances=circumstances_of(world, now, month=1),
    )  # fmt: skip
    left = without_self_running(offers)
    assert offers.metered[left.order].all()
    assert len(left.order) == offers.metered[offers.order].sum()


@pytest.mark.parametrize("voucher", [0.0, 0.5])
def test_who_knows_everything_and_moves_for_nothing_regrets_nothing(run_of_world, voucher: float) -> None:
    """Nor does who takes what a voucher makes worth it."""
    free = {f"lockin.{name}": 0.0 for name in (
        "vendor_change", "months_api", "months_account", "months_cloud", "months_self", "egress", "retraining",
        "tenure_weight",
    )}  # fmt: skip
    known = {"demand.review": 1.0, "demand.friction_real": 1.0, "demand.privacy_weight": 0.0,
             "demand.holdup_weight": 0.0, "adopt.first_use_months": 0.0}  # fmt: skip
    known["staff.roles"] = False  # whoever has no integrator waits with a better offer in sight
    run = run_of_world(OFF | free | known | {"policy.sme_voucher": voucher}, months=8)
    assert (run.indicators.regret == 0).all()
    assert (run.indicators.adoption > 0).all()


def test_an_indicator_without_self_runners_is_undefined_and_said_to_be_empty(run_of_world) -> None:
    run = run_of_world(months=12)
    assert run.indicators.reversal_rate.isna().all() or (run.indicators.reversal_rate.dropna() <= 1).all()
    empty = set(run.manifest["not_modelled"])
    assert ("reversal_rate" in empty) == run.indicators.reversal_rate.isna().all()
    assert not {"regret", "poc_started"} & empty
