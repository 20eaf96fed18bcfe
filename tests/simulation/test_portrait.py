"""One company's story: what is shown of a review is what decided it, and looking changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from agents.beliefs import Project
from agents.choice_plain import choose_plain
from agents.offers import NONE
from simulation import ComputeEconomy
from simulation.cli import exit_code
from simulation.telling.portrait import RUN_ALONE, CompanyMonth, CompanyStory, follow, months_of
from simulation.telling.portrait_iceberg import iceberg_of, planned_cost
from simulation.telling.portrait_options import Before, options_of, review_terms
from simulation.telling.portrait_text import story_json, story_text

MONTHS = 10


@pytest.mark.parametrize(
    "also", [{}, {"policy.sme_voucher": 0.4, "actor.stance": -1.0, "actor.voice": 0.2}], ids=["baseline", "persuaded"]
)
def test_the_reviews_that_are_shown_are_the_reviews_that_happened(
    economy_of: Callable[..., ComputeEconomy], also: dict[str, float]
) -> None:
    """Specialists are scarce in both worlds; in the second the state pays a part, and a voice speaks against open."""
    economy = economy_of(also, horizon=MONTHS)
    checked = 0
    for _ in range(MONTHS):
        before = Before.of(economy.world)
        economy.step()
        world, record = economy.world, economy.record
        reviewed = record.demand.moves.rows
        rows, offers, shared = review_terms(world, record, before, reviewed)
        again = choose_plain(world.chance, rows, offers, shared)
        assert (again.code == world.companies.held[reviewed]).all()
        for slot, options in options_of(world, record, before, reviewed[:40]).items():
            taken = [option.true_cost_usd for option in options if option.chosen]
            assert taken == [world.companies.accepted_bill[slot]] or world.companies.held[slot] == NONE
            worth = [option.perceived_value_usd + option.taste_usd for option in options]
            assert worth == sorted(worth, reverse=True)
            assert [option.chosen for option in options[:1]] == [value > 0 for value in worth[:1]]
            checked += 1
    assert checked > 100


@pytest.fixture(scope="module")
def told(economy_of: Callable[..., ComputeEconomy]) -> tuple[ComputeEconomy, CompanyStory]:
    """An economy followed to its end, and the story of its company with most reviews."""
    scout = economy_of(months=MONTHS, horizon=MONTHS)
    users = np.flatnonzero(scout.record.closing.outcomes.uses_ai)
    economy = economy_of(horizon=MONTHS)
    return economy, follow(economy, int(users[0]))


def test_looking_at_a_company_changes_nothing(
    told: tuple[ComputeEconomy, CompanyStory], economy_of: Callable[..., ComputeEconomy]
) -> None:
    followed, alone = told[0].results(), economy_of(months=MONTHS, horizon=MONTHS).results()
    for table in ("indicators", "market", "sellers", "cohorts", "flows", "events"):
        assert getattr(followed, table).equals(getattr(alone, table))


def test_spending_is_the_sum_of_the_workloads_bills_and_people(told: tuple[ComputeEconomy, CompanyStory]) -> None:
    for month in told[1].months:
        parts = sum(w.bill_usd + w.staff_usd + w.other_usd for w in month.workloads)
        assert month.spend_usd == pytest.approx(parts, rel=1e-9, abs=1e-9)


def test_every_offer_in_use_has_a_chain_down_to_the_chips(told: tuple[ComputeEconomy, CompanyStory]) -> None:
    used = [w for month in told[1].months for w in month.workloads if w.offer != "none"]
    assert used
    for workload in used:
        assert workload.chain is not None
        assert workload.chain.chip_vendor == "chip_vendor"
        assert 0 < sum(share for _, share in workload.chain.compute) <= 1 + 1e-12


def test_the_story_tells_every_change_of_supplier_and_sums_up_the_rest(
    told: tuple[ComputeEconomy, CompanyStory],
) -> None:
    story = told[1]
    text = story_text(story, title="a title")
    moves = [w for month in story.months for w in month.workloads if w.offer != w.before]
    told_moves = sum(text.count(f" {verb} ") for verb in ("takes up", "moves from", "gives up"))
    assert told_moves == len(moves)
    assert text.count("behind it:") >= sum(w.offer != "none" for w in moves)
    eventful = [line for line in text.splitlines()[3:] if line[0] != " "]
    assert len(eventful) < 2 * len(story.months)


def test_quiet_months_are_one_line() -> None:
    quiet = [CompanyMonth(month, False, False, 3, 0, float("nan"), 0.0, 0.0, (), ()) for month in range(5)]
    about = {
        "firms": 1.0, "employees": 12, "segment": "enterprise", "sector": 0, "jurisdiction": 0, "regulated": True,
        "sensitive": False, "no_need": False, "tokens_per_month": 2e9, "workload_slots": 1, "primary_cloud": "fringe_1",
    }  # fmt: skip
    lines = story_text(CompanyStory(7, about, tuple(quiet)), title="a title").splitlines()
    assert lines[1] == (
        "Company 7: 12 employees, enterprise, sector 0, first jurisdiction, data under sector regulation. "
        "It stands for 1 firm, has room for 1 workload and 2 bn tokens a month at first, "
        "and keeps its ordinary business at fringe_1."
    )
    assert lines[3:] == ["2023-01 to 2023-05  does not look at AI"]
    assert json.loads(story_json(CompanyStory(7, about, tuple(quiet))))["months"][0]["access"] is None


def test_a_row_that_does_not_exist_is_refused(economy_of: Callable[..., ComputeEconomy]) -> None:
    with pytest.raises(IndexError, match="rows run from 0 to 399"):
        follow(economy_of(), 400)


def test_the_command_prints_a_story_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    small = ("--company", "150", "--companies", "200", "--months", "3", "--draw", "2", "--arm", "closed")
    assert exit_code(["portrait", *small]) == 0
    assert "Company 150:" in capsys.readouterr().out
    assert exit_code(["portrait", *small, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["row"] == 150
    assert [month["month"] for month in data["months"]] == [0, 1, 2]


TEMPTING = {
    "companies.count": 1200, "companies.calibration": "lean", "adopt.open_own_hazard": 0.3, "demand.friction_self": 0.0,
    "lockin.vendor_change": 0.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def tempted(economy_of: Callable[..., ComputeEconomy]) -> ComputeEconomy:
    """A world in which some companies run models themselves."""
    return economy_of(TEMPTING, months=24, horizon=24)


def test_the_iceberg_of_what_is_run_is_what_is_paid_but_for_luck(tempted: ComputeEconomy) -> None:
    world, record = tempted.world, tempted.record
    wanted, projects = record.demand.wanted, record.demand.projects
    rented = np.isin(projects.production, record.demand.live_rows[record.demand.sheet.route[record.demand.code] == 2])
    assert rented.any()
    for place in np.flatnonzero(rented):
        slot = int(projects.production[place])
        own = iceberg_of(world, record, slot)
        assert own is not None and own.held
        at = int(np.searchsorted(record.demand.live_rows, slot))
        paid = float(wanted.bill[at] + wanted.staff[at] + wanted.other[at])
        assert own.billed_usd * projects.overrun[place] == pytest.approx(paid, rel=1e-6)
        assert 0 < own.visible_usd < own.billed_usd <= own.total_usd


def test_the_iceberg_of_a_review_is_its_true_cost(economy_of: Callable[..., ComputeEconomy]) -> None:
    economy = economy_of(months=MONTHS - 1, horizon=MONTHS)
    before = Before.of(economy.world)
    economy.step()
    world, record = economy.world, economy.record
    compared = 0
    for slot, options in options_of(world, record, before, record.demand.moves.rows).items():
        best = next((option for option in options if option.route in RUN_ALONE), None)
        if best is not None:
            own = iceberg_of(world, record, slot, code=best.code)
            assert own is not None
            assert own.total_usd == pytest.approx(best.true_cost_usd, rel=1e-9) or own.held
            compared += 1
    assert compared > 5


def test_a_cost_that_is_planned_is_what_was_believed_when_production_began(tempted: ComputeEconomy) -> None:
    world, record = tempted.world, tempted.record
    producing = np.flatnonzero(world.companies.project == Project.PRODUCTION)
    assert len(producing)
    for slot in producing:
        own = iceberg_of(world, record, int(slot))
        planned, borne = planned_cost(world, record, own, int(slot))
        if own is not None and own.held:
            assert np.log(planned / own.visible_usd) == pytest.approx(world.companies.project_plan[slot])
            assert planned < borne < 3 * planned


def test_a_story_can_stop_before_the_horizon(economy_of: Callable[..., ComputeEconomy]) -> None:
    told = list(months_of(economy_of(), 3, until=4))
    assert [month.month for month in told] == [0, 1, 2, 3]
