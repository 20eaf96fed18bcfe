"""A world is its scenario, arm and draw and nothing else: not the machine, the clock, or the order of a file."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from agents.companies import COLUMNS
from market.flows import Flow
from scenarios import read_scenario
from scenarios.writing import resolved_toml
from simulation import simulate

MONTHS = 10


def columns_of(economy):
    return {name: getattr(economy.companies, name).copy() for name in COLUMNS}


def unequal_columns(one, other):
    return [name for name in COLUMNS if not np.array_equal(one[name], other[name])]


def test_a_world_simulated_twice_is_the_same_bytes(economy_of, run_of_world, differences):
    again = economy_of(horizon=MONTHS, months=MONTHS).results()
    assert differences(run_of_world(months=MONTHS), again) == []


def test_a_longer_horizon_does_not_change_the_months_before_it_ends(economy_of, run_of_world, differences):
    """Value capture aside, which is measured at year-ends that are counted back from the end of a horizon.

    Labs and releasers plan for years: a horizon ends the run, not the world that they plan for.
    """
    longer = economy_of(horizon=4 * MONTHS, months=MONTHS).results()
    changed = differences(run_of_world(months=MONTHS), longer, before=MONTHS)
    assert [column for column in changed if not column.startswith("indicators.value_share_")] == []


def test_one_kernel_thread_and_two_give_the_same_bytes(economy_of, run_of_world, differences):
    two = economy_of(horizon=MONTHS, months=MONTHS, threads=2).results()
    assert differences(run_of_world(months=MONTHS), two) == []


def test_another_draw_is_another_world(run_of_world, differences):
    assert "indicators.adoption" in differences(run_of_world(months=MONTHS), run_of_world(months=MONTHS, draw=2))


def test_a_fork_goes_on_bitwise_like_the_original(economy_of, run_of_world, differences):
    original = economy_of(horizon=MONTHS, months=4)
    twin = original.fork()
    twin.run()
    assert original.month == 4
    original.run()
    assert differences(twin.results(), original.results()) == []
    assert differences(run_of_world(months=MONTHS), original.results()) == []
    assert unequal_columns(columns_of(twin), columns_of(original)) == []


def test_what_happens_in_a_fork_does_not_reach_the_original(economy_of, run_of_world, differences):
    original = economy_of(horizon=MONTHS, months=4)
    twin = original.fork()
    twin.companies.commit("choice", held=np.full(twin.companies.slots, -1))
    twin.ledger.pay(Flow.DIVIDENDS, payer="fund", payee="households", cents=12345)
    twin.run(3)
    original.run()
    assert differences(run_of_world(months=MONTHS), original.results()) == []


def test_a_fork_of_a_fork_and_its_agents_belong_to_it(economy_of):
    original = economy_of(horizon=MONTHS, months=2)
    twin = original.fork().fork()
    assert all(agent.model is twin for agent in twin.agents)
    assert {id(seller) for seller in twin.sellers}.isdisjoint(id(seller) for seller in original.sellers)
    assert set(map(id, twin.sellers)) <= set(map(id, twin.agents))


def test_the_order_of_sellers_in_the_scenario_file_does_not_matter(tmp_path: Path, run_of_world, differences):
    small = {"companies.count": 400, "companies.panel": 256, "horizon.months": MONTHS}
    text = resolved_toml(read_scenario("baseline", overrides=small))
    start = text.index("[sellers.")
    sellers = re.split(r"(?m)^(?=\[sellers\.)", text[start:])[1:]
    shuffled = tmp_path / "baseline.toml"
    shuffled.write_text(text[:start] + "".join(block.rstrip() + "\n\n" for block in reversed(sellers)))
    assert len(sellers) > 10
    run = simulate(read_scenario(str(shuffled)), arm="open")
    assert differences(run_of_world(months=MONTHS), run) == []


@pytest.mark.parametrize("arm", ["closed", "absent"])
def test_the_draw_founds_the_same_population_in_every_arm(arm, economy_of):
    assert unequal_columns(columns_of(economy_of()), columns_of(economy_of(arm=arm))) == []


def test_arms_share_every_month_before_the_counterfactual_begins(run_of_world, differences):
    """The closed arm forbids publication from month 5 on: until then the histories are one, bit by bit; then two."""
    apart = {"counterfactual.closed_from": 5, "release.cadence": 1}
    one, other = (run_of_world(apart, months=MONTHS, arm=arm) for arm in ("open", "closed"))
    assert differences(one, other, before=5) == []
    assert "indicators.open_quality" in differences(one, other)
    assert "indicators.tokens_served" in differences(one, other)


def test_potential_workloads_are_the_same_in_both_arms(economy_of):
    """A workload of one generation has one value, need and service class, whatever history brought it to life."""
    one, other = (columns_of(economy_of(months=MONTHS, arm=arm)) for arm in ("open", "closed"))
    same = one["generation"] == other["generation"]
    assert same.mean() > 0.9
    for name in ("value", "sensitivity", "need_offset", "sla"):
        assert np.array_equal(one[name][same], other[name][same])
