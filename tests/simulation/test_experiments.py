"""What the answer depends on: phase map, factorial, channels, rival structures and power, in tiny worlds."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from market.toy import ToyError, prior, three_layer
from scenarios import read_scenario
from scenarios.errors import BadDesign
from scenarios.structures import STRUCTURES
from scenarios.switches import ELASTIC, OPEN, SWITCHES, Switch, present_switches
from simulation import simulate
from simulation.economy import ComputeEconomy
from simulation.experiments import structures as structures_module
from simulation.experiments.attributing import Effect, attribute, effects_on
from simulation.experiments.attribution_text import attribution_json, attribution_text
from simulation.experiments.axes import read_axis
from simulation.experiments.holding_up import gains_of_price_rises
from simulation.experiments.map_text import map_json, map_text
from simulation.experiments.mapping import Theory, map_rows, phase_map
from simulation.experiments.mediating import held_economy, mediate, recorded
from simulation.experiments.paired import Request, Workforce
from simulation.experiments.power import hold_up, holdings, power
from simulation.experiments.power_text import power_json, power_text
from simulation.experiments.structures import agreement, rivals_of, structures_by, structures_json, structures_text
from simulation.results.reading import open_results

ALONE = Workforce(workers=1)
BY_NAME = {structure.name: structure for structure in STRUCTURES}
TINY = {"companies": 120, "months": 5}
SMALL = {"companies.count": 120, "horizon.months": 5}


def rows_of(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_an_axis_is_a_key_with_values_a_range_or_a_short_name() -> None:
    stands = read_scenario("baseline")
    assert read_axis("lag", stands, option="--y").key == "frontier.open_lag_override"
    assert read_axis("selfhost.overhead=0.2,0.5", stands, option="--x").values == (0.2, 0.5)
    assert read_axis("invest.gpu_lead_months=3:12:4", stands, option="--x").values == (3, 6, 9, 12)
    assert read_axis("pricing.rule_host", stands, option="--x").values == ("P1", "P2", "at_cost")
    declared = read_axis("selfhost.overhead", stands, option="--x").values
    assert len(declared) == 5
    assert declared == tuple(sorted(declared))


@pytest.mark.parametrize(
    ("text", "problem"),
    [("selfhost.over_head", "no parameter"), ("lag=", "no values"), ("lag=3:1", "no range"), ("lag=a:b", "no range"),
     ("slack=1", "at least two"), ("slack=1,1.0", "once"), ("slack=nan,1", "not a finite number"),
     ("slack=1,-inf", "not a finite number"), ("slack=0:inf", "no range"), ("slack=1:2:1000000", "takes 100 at most"),
     (f"slack={','.join(map(str, range(200)))}", "takes 100 at most"), ("slack={a=1},2", "no plain value"),
     ("slack=[1],[2]", "no plain value"), (f"slack={'[' * 5000},1", "nested too deep")],
)  # fmt: skip
def test_an_axis_that_cannot_be_drawn_is_refused_with_a_remedy(text, problem) -> None:
    with pytest.raises(BadDesign) as refusal:
        read_axis(text, read_scenario("baseline"), option="--x")
    assert problem in f"{refusal.value.problem} {refusal.value.remedy}"


def test_the_map_of_the_three_layers_is_the_toys(tmp_path) -> None:
    stands = read_scenario("three_layer")
    x = read_axis("founding.fleet=410958.9,5000000.0", stands, option="--x")
    y = read_axis("pop.value_median=40,50", stands, option="--y")
    found = phase_map(Request("three_layer", {}, 2, 1_000, 9), x, y, tmp_path / "map", workforce=ALONE)
    for at_y, row in zip(y.values, found.cells, strict=True):
        for fleet, cell in zip(x.values, row, strict=True):
            expected = three_layer(3, 2, 2 * at_y, 1, 20, capacity=fleet * 730 / 1e7)
            last = cell.comparison
            assert found.toy(cell).theta == pytest.approx(expected.theta, abs=0.02)
            gain, loss = (last.open[c][0] - last.closed[c][0] for c in ("profit_cloud", "profit_lab"))
            assert -gain / loss == pytest.approx(expected.theta, abs=0.06)
    classes = [row["class"] for row in rows_of(tmp_path / "map" / "map.csv")]
    assert classes[0] == classes[2] == "PURE SHIFT"
    assert classes[1].startswith("SPREAD+PARTIAL SHIFT")
    assert (tmp_path / "map" / "map.png").read_bytes()[1:4] == b"PNG"
    assert open_results(tmp_path / "map").manifest["command"] == "sweep"
    assert "Theta = 0.67: crosses the map" in map_text(found)
    assert len(json.loads(map_json(found))["cells"]) == len(map_rows(found)) == 4


@pytest.mark.parametrize(("clouds", "labs"), [(3, 2), (1, 2), (5, 1), (2, 4)])
@pytest.mark.parametrize("part", [0.5, 1.0, 1.05, 1.3, 3.0])
def test_the_boundary_knows_how_much_room_opening_finds(clouds, labs, part) -> None:
    used = three_layer(clouds, labs, 100, 1, 20).closed.quantity
    exact = three_layer(clouds, labs, 100, 1, 20, capacity=part * used)
    found = prior(1 / clouds, 1 / labs, part)
    assert (found.theta, found.sigma) == pytest.approx((exact.theta, exact.sigma))


def test_extensions_of_the_boundary_are_the_closed_forms_of_the_page() -> None:
    steep = Theory(supply_slope=4.0).prior(0.3, 0.5, np.inf)
    assert (steep.theta, steep.sigma) == pytest.approx((0.84, 0.21))
    bent = Theory(curvature=2.0).prior(0.5, 1.0, np.inf)
    assert bent.theta == pytest.approx(1.098, abs=5e-4)
    straight = Theory(curvature=1.0).prior(1 / 3, 0.5, np.inf)
    assert (straight.theta, straight.sigma) == pytest.approx((0.5, 1.25))
    with pytest.raises(ToyError, match="room"):
        prior(0.3, 0.5, 0.0)


def test_effects_of_a_made_up_opening_are_told_apart() -> None:
    switches = (Switch(ELASTIC, ""), Switch("readability", ""))
    arms = np.zeros((4, 2, 3))
    for setting in range(4):
        elastic, readable = setting & 1, setting >> 1
        arms[setting, 0] = 2.0 + elastic  # an effect on the level of both arms is none of opening
        arms[setting, 1] = arms[setting, 0] + 1.0 + 4.0 * elastic + 0.5 * readable + 2.0 * elastic * readable
    arms += np.array([0.0, 1.0, 2.0])  # draws differ, what opening does in them does not
    found = {(row.kind, row.switches): row.estimate.value for row in effects_on("access_small", switches, arms)}
    assert found["none", ()] == pytest.approx(1.0)
    assert found["all", (ELASTIC, "readability")] == pytest.approx(7.5)
    assert found["main", (ELASTIC,)] == pytest.approx(5.0)
    assert found["main", ("readability",)] == pytest.approx(1.5)
    assert found["interaction", (ELASTIC, "readability")] == pytest.approx(2.0)
    assert found["interaction", (OPEN, ELASTIC)] == pytest.approx(5.0)
    assert all(isinstance(row, Effect) for row in effects_on("x", switches, arms))


def test_a_switch_without_its_mechanism_is_skipped_by_name() -> None:
    stands = read_scenario("baseline")
    assert Switch("x", "", {"labour.never_there": 1}).missing(stands) == ("labour.never_there",)
    there, skipped = present_switches(stands)
    assert {switch.name for switch in there} | set(skipped) == {switch.name for switch in SWITCHES}
    assert {OPEN, ELASTIC, "beliefs true", "readability"} <= {switch.name for switch in there}


def test_the_factorial_runs_every_setting_in_both_arms_and_is_not_run_twice(tmp_path) -> None:
    request = Request("baseline", {}, 2, **TINY)
    found = attribute(request, tmp_path / "a", workforce=ALONE, only=[ELASTIC])
    assert [point.name for point in found.points] == ["none", ELASTIC]
    assert len(open_results(tmp_path / "a").runs) == 8
    said: list[str] = []
    again = attribute(request, tmp_path / "a", workforce=Workforce(workers=1, say=said.append), only=[ELASTIC])
    assert "8 finished before" in said[0]
    assert again.effects == found.effects
    assert f"{OPEN} x {ELASTIC}" in attribution_text(found, None)
    assert json.loads(attribution_json(found, None))["switches"] == [ELASTIC]


def test_a_world_held_on_its_own_path_is_itself_to_the_bit() -> None:
    scenario = read_scenario("baseline", overrides=SMALL | {"belief.pilot_months": 0})
    free, path = recorded(scenario, arm="open", draw=2)
    held = held_economy(scenario, arm="open", draw=2, prices=path.prices, beliefs=path.beliefs)
    held.run()
    assert held.results().indicators.equals(free.results().indicators)


def test_a_channel_that_is_held_is_where_the_other_arm_had_it() -> None:
    scenario = read_scenario("baseline", overrides=SMALL)
    _, path = recorded(scenario, arm="closed", draw=1)
    dear = held_economy(scenario, arm="open", draw=1, prices=path.prices, beliefs=path.beliefs + 1.0)
    dear.run()
    assert np.array_equal(dear.record.tariffs.cloud_price, path.prices.clouds[-1, 1])
    assert np.array_equal(dear.companies.belief_mean, path.beliefs[-1, 0] + 1.0)


def test_mediation_names_what_runs_through_each_channel(tmp_path) -> None:
    scenario = read_scenario("baseline", overrides=SMALL)
    found = mediate(scenario, 2, tmp_path, workers=1)
    closed, open_ = (simulate(scenario, draw=2, arm=arm).indicators["access_small"] for arm in ("closed", "open"))
    assert found.effects["total"]["access_small"][1] == pytest.approx((open_ - closed).mean(), abs=1e-12)
    assert {row["channel"] for row in rows_of(tmp_path / "mediation.csv")} == {"total", "prices", "quality", "beliefs"}


def test_every_rival_structure_is_a_scenario_and_the_usual_one_changes_nothing() -> None:
    assert STRUCTURES[0].settings == {}
    for structure in STRUCTURES:
        read_scenario("baseline", overrides=dict(structure.settings))
    rules = {key for structure in STRUCTURES for key in structure.settings}
    assert {"demand.choice_rule", "demand.review_timing", "invest.rule", "invest.conduct"} <= rules


@pytest.mark.parametrize("name", list(BY_NAME))
def test_there_is_a_market_under_every_rival_structure(run_of_world, name: str) -> None:
    """Best responses of clouds without scarcity leave three buyers for every hour, and would agree with any verdict."""
    load = run_of_world(dict(BY_NAME[name].settings), months=12).indicators["load"]
    assert load.iloc[-6:].mean() < 2.0


def test_a_rule_that_cannot_ration_would_be_noticed(run_of_world) -> None:
    load = run_of_world({"pricing.rule_cloud": "P2"}, months=12).indicators["load"]
    assert load.iloc[-6:].mean() > 2.0


def test_what_a_scenario_has_anyway_is_no_rival_of_it() -> None:
    own, other = (
        {structure.name for structure in rivals_of(read_scenario("baseline", overrides=overrides))}
        for overrides in ({}, {"pricing.rule_lab": "P1"})
    )
    assert {"as it is", "labs P1", "conduct 1"} <= own and not own & {"labs P2", "conduct 0"}
    assert own ^ other == {"labs P1", "labs P2"}


def test_the_answer_is_given_under_each_structure(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(structures_module, "STRUCTURES", (STRUCTURES[0], BY_NAME["threshold choice"]))
    found = structures_by(Request("baseline", {}, 2, **TINY), tmp_path / "s", workforce=ALONE)
    assert list(found.classes) == ["as it is", "threshold choice"]
    assert rows_of(tmp_path / "s" / "structures.csv")[1]["settings"] == '{"demand.choice_rule": "threshold"}'
    assert "threshold choice" in structures_text(found)
    assert json.loads(structures_json(found))["agreement"] == agreement(found)


def test_power_is_told_actor_by_actor_with_its_networks(tmp_path) -> None:
    scenario = read_scenario("baseline", overrides=SMALL)
    found = power(scenario, 2, tmp_path / "p", workers=1)
    hyperscaler = found.actors["hyperscaler_1"]
    assert 0 <= hyperscaler["exposure"].value <= 1
    assert 0 < hyperscaler["lerner"].value < 1
    assert 0 < np.nansum([measures["pagerank_payments"].value for measures in found.actors.values()]) < 1
    assert 1 - 1e-9 <= found.actors["lab_2"]["suppliers"].value <= 16  # clouds alone: neither people nor the state
    for layer in found.concentration.values():
        assert layer["modified_hhi"].value >= layer["hhi"].value - 1e-12
    assert {path.name for path in (tmp_path / "p" / "networks").iterdir()} == {
        "payments.graphml", "dependencies.graphml", "ownership.graphml"
    }  # fmt: skip
    assert open_results(tmp_path / "p").manifest["command"] == "power"
    assert "hyperscaler_1" in power_text(found)
    assert json.loads(power_json(found))["draws"] == 2


def test_who_owns_part_of_a_seller_holds_what_it_does_not_hold_of_itself() -> None:
    economy = ComputeEconomy(read_scenario("baseline", overrides=SMALL), draw=1)
    economy.run(2)
    held = holdings(economy)
    assert held.sum(axis=1) == pytest.approx(np.ones(len(economy.sellers)))
    owned = [lab for lab in economy.world.labs if lab.parent]
    assert owned
    for lab in owned:
        assert held[lab.code, economy.world.code_of[lab.parent]] == 1.0
    assert (held >= 0).all()


def test_raising_prices_in_a_fork_leaves_the_economy_as_it_was() -> None:
    scenario = read_scenario("baseline", overrides=SMALL)
    economy, untouched = (ComputeEconomy(scenario, draw=1) for _ in range(2))
    economy.run(2)
    lab = economy.world.labs[0].code
    nothing, something = (gains_of_price_rises(economy, [lab], months=3, rise=rise) for rise in (0.0, 0.5))
    assert nothing == pytest.approx([0.0], abs=1e-9)
    assert something[0] != 0.0
    economy.run()
    untouched.run()
    assert economy.results().indicators.equals(untouched.results().indicators)


def test_hold_up_power_is_a_ratio_of_sums_and_refused_without_customers() -> None:
    assert hold_up([(1.0, 10.0), (3.0, 10.0), (2.0, 10.0)]).value == pytest.approx(0.2)
    assert hold_up([(1.0, 0.0), (1.0, 0.0)]).refused
    assert hold_up([(1.0, 4.0)]).refused
