"""Worlds gone wrong run to their end with exact books, and their numbers can be explained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scenarios import read_scenario
from simulation import simulate
from simulation.run import Run

MONTHS = 38
SMALL = {"companies.count": 300, "companies.panel": 256, "horizon.months": MONTHS}
TEN_YEARS, NINE_YEARS = [0.0] * 10, [0.0] * 9
LIVING_ON_INVESTORS: dict[str, Any] = {  # labs race for the frontier, sell at cost and have no other income
    "lab.objective": "rank", "lab.budget_share": 0.9, "pricing.rule_lab": "at_cost", "other.subscriptions": 0.0,
    "finance.founding_cash_months": 3.0, "finance.parent_support": False,
}  # fmt: skip
RELEASERS = ("platform_giant", "start_up", "state_backed")
ONE_CLOUD = """
[cloud]
fringe_count = 0
neocloud_count = 0
[sellers.hyperscaler_2]
kind = "none"
[sellers.hyperscaler_3]
kind = "none"
[sellers.hoster_1]
clouds = []
[sellers.hoster_2]
clouds = []
[sellers.hoster_3]
clouds = []
[sellers.hoster_4]
clouds = []
[sellers.lab_1]
marketplaces = ["hyperscaler_1"]
partner = ""
[sellers.lab_2]
marketplaces = ["hyperscaler_1"]
partner = ""
[sellers.lab_3]
parent = "hyperscaler_1"
marketplaces = ["hyperscaler_1"]
"""
BUST = '[[shocks]]\nmonth = 30\nparameter = "other.level"\nstep_to = 1000.0\n'  # once clouds have borrowed
WORLDS: dict[str, tuple[str, dict[str, Any]]] = {
    "no lab survives": ("", LIVING_ON_INVESTORS | {"finance.appetite": 0.0}),
    "one cloud": (ONE_CLOUD, {}),
    "no releaser": ("\n".join(f'[sellers.{name}]\nkind = "none"' for name in RELEASERS), {}),
    "no growth of demand": (
        f"[needs]\nintensity_growth = {TEN_YEARS}\n[other]\njump = 1.0\ngrowth = {NINE_YEARS}\n"
        "subscription_growth = 0.0\nsubscription_late_growth = 0.0\n", {}
    ),
    "ten times the capacity": ("", {"founding.fleet": 1.5e6}),
    "a bust": (BUST, {"horizon.months": 56}),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """A perverse world by name, simulated once per arm."""
    known: dict[tuple[str, str], Run] = {}

    def of(name: str, arm: str = "open") -> Run:
        if (name, arm) not in known:
            text, overrides = WORLDS[name]
            path: Path = tmp_path_factory.mktemp("worlds") / "perverse.toml"
            path.write_text(f'schema = 1\nextends = "baseline"\n{text}', encoding="utf-8")
            known[name, arm] = simulate(read_scenario(path, overrides=SMALL | overrides), arm=arm)
        return known[name, arm]

    return of


def failures(run: Run) -> pd.DataFrame:
    return run.events[run.events.kind == "default"]


@pytest.mark.parametrize("arm", ["open", "closed"])
@pytest.mark.parametrize("name", WORLDS)
def test_a_world_gone_wrong_runs_to_its_end_with_exact_books(name, arm, world):
    """Every month is audited as it closes; here the published tables are added up once more."""
    run = world(name, arm)
    assert run.indicators["month"].tolist() == list(range(WORLDS[name][1].get("horizon.months", MONTHS)))
    assert run.sellers.groupby("month")["deposits_cents"].sum().eq(0).all()
    assert run.sellers.groupby("month")["loans_cents"].sum().eq(0).all()
    gone = run.sellers.groupby("seller")["alive"].shift(fill_value=True).eq(False) & ~run.sellers.alive
    assert (run.sellers[gone].filter(like="_cents") == 0).all(axis=None)
    lost = failures(run).groupby("month")["cents"].sum() / 100
    written = run.indicators.set_index("month")["losses_written_off"]
    assert (written[written > 0] == lost[lost > 0]).all()


def test_where_labs_live_on_investors_a_drought_bankrupts_every_one(world, run_of_world):
    run = world("no lab survives")
    labs = run.sellers[(run.sellers.kind == "lab") & ~run.sellers.seller.str.startswith("entrant")]
    assert not labs[labs.month == MONTHS - 1].alive.any()
    assert set(failures(run).actor) >= set(labs.seller)
    last = run.indicators.iloc[-1]
    assert last["revenue_lab"] == last["profit_lab"] == 0  # nothing is left to earn or to lose
    assert last["frontier_quality"] > 0 and last["open_share_tokens"] > 0  # what was published still serves


def test_where_investors_pay_fewer_of_these_labs_fail_and_later(world, run_of_world):
    steady = {"finance.appetite": 1.0, "finance.appetite_spread": 0.0}
    runs = run_of_world(LIVING_ON_INVESTORS | steady, months=MONTHS), world("no lab survives")
    fallen = [failures(run).set_index("actor").month for run in runs]
    paid, unpaid = (months[months.index.str.startswith("lab")] for months in fallen)
    assert len(paid) < len(unpaid)
    assert (paid > unpaid[paid.index]).all()


def test_a_glut_bankrupts_neoclouds_first_and_hurts_who_lent_to_them(world):
    """They borrowed against the rents of the boom; hyperscalers live on other business."""
    fallen = failures(world("a bust"))
    owners = fallen[~fallen.actor.str.contains("lab|hoster")]  # of machines: who rents them may fail on old contracts
    assert len(owners) and owners.actor.str.contains("neocloud").all()
    assert owners.month.min() == fallen.month.min()
    roles = world("a bust").sellers
    assert roles[roles.role.isin(["hyperscaler", "fringe"])].alive.all()


def test_where_demand_does_not_grow_machines_stand_idle_and_their_rent_nears_what_running_them_costs(world):
    run = world("no growth of demand")
    still = run.indicators
    assert still["load"].iloc[-12:].mean() < 0.8
    assert still["gpu_hour_price"].iloc[-12:].mean() < 0.5 * still["gpu_hour_price"].iloc[0]
    founded = run.events[run.events.kind == "entry"].actor  # hosters that rent cheaply may be; machines pay nobody
    assert not founded.str.contains("cloud").any()


def test_a_single_cloud_takes_a_monopoly_rent_that_only_entrants_dent(world, run_of_world):
    alone, many = world("one cloud").indicators, run_of_world(months=MONTHS).indicators
    assert alone["gpu_hour_price"].iloc[-12:].mean() > 2 * many["gpu_hour_price"].iloc[-12:].mean()
    assert alone["cloud_hhi"].iloc[0] == pytest.approx(1.0) and alone["cloud_hhi"].min() > 0.9


def test_without_releasers_the_arms_are_the_same(world):
    arms = [world("no releaser", arm).indicators.drop(columns=["arm"]) for arm in ("open", "closed")]
    pd.testing.assert_frame_equal(*arms)


def test_with_ten_times_the_capacity_machines_stand_idle_and_nobody_who_has_no_debt_fails(world):
    run = world("ten times the capacity")
    assert run.indicators["load"].iloc[:6].mean() < 0.3
    assert not failures(run).actor.str.contains("cloud").any()
    assert run.indicators["profit_cloud"].iloc[-1] < 0
