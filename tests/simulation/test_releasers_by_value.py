"""Releasers after the schedule: what they do with a finished model in a whole small economy (docs/model.md M13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from agents.sellers import Announced
from market.goods import Route
from market.pooling import marginal_gpu_hours_per_mtok
from scenarios import read_scenario
from scenarios.shocks import Shock
from simulation import ComputeEconomy
from simulation.month.release_choice import decides_by_value
from simulation.month.release_stages import hours_at_parent
from simulation.run import Run

EARLY = {"release.schedule_end": 3, "release.stall_hazard": 0.0}
NO_MOTIVE = {"release.complement_weight": 0.0, "release.spill_weight": 0.0, "release.state_weight": 0.0}
NO_FORKS = {"open.fork_rate": 0.0}
RELEASERS = ("platform_giant", "start_up", "state_backed")


def decisions(run: Run, actor: str) -> list[str]:
    events = run.events[(run.events.kind == "decision") & (run.events.actor == actor)]
    return [str(text) for text in events.text]


def versions(run: Run, line: str) -> pd.DataFrame:
    return run.events[(run.events.kind == "release") & (run.events.object == line)]


def test_the_schedule_decides_the_months_that_it_covers(
    run_of_world: Callable[..., Run], differences: Callable[..., list[str]]
):
    by_value = run_of_world(EARLY | NO_MOTIVE)
    on_schedule = run_of_world(EARLY | NO_MOTIVE | {"release.rule": "schedule"})
    assert differences(by_value, on_schedule, before=5) == []
    assert differences(by_value, on_schedule) != []


def test_without_motives_new_versions_are_interfaces_and_old_weights_stay_as_they_are(economy_of: Any):
    economy = economy_of(EARLY | NO_MOTIVE | NO_FORKS, months=4)
    before = {r.name: r.models["open"].quality for r in economy.world.releasers}
    economy.run(8)
    for releaser in economy.world.releasers:
        assert releaser.models["open"].quality == before[releaser.name]
    kept = [r for r in economy.world.releasers if "api" in r.models]
    assert kept and all(r.models["api"].quality > before[r.name] and not r.models["api"].open for r in kept)
    sheet = economy.record.tariffs.sheet
    for releaser in kept:
        hosted = economy.world.book.codes(route=Route.HOSTED_OPEN, line=releaser.models["open"].line)
        interface = economy.world.book.codes(route=Route.CLOSED_API, line=releaser.models["api"].line)
        assert sheet.available[hosted].any() and sheet.available[interface].all()


def test_a_great_wish_to_publish_keeps_weights_open(run_of_world: Callable[..., Run]):
    run = run_of_world(EARLY | NO_MOTIVE | {"release.ideology": 1e9})
    for name in RELEASERS:
        assert all(text.startswith("published") for text in decisions(run, name)), decisions(run, name)
        assert versions(run, f"{name}/api").empty


def test_dearer_complements_keep_weights_open(run_of_world: Callable[..., Run]):
    known = EARLY | {"adopt.open_own_hazard": 0.9}  # hosts bring use only where companies have heard of open models
    cheap = run_of_world(known | {"release.complement_value": 0.01})
    dear = run_of_world(known | {"release.complement_value": 20.0})
    assert decisions(cheap, "platform_giant")[0].startswith("kept closed")
    assert decisions(dear, "platform_giant")[0].startswith(("published", "opened after"))


def test_a_releaser_without_an_interface_to_lose_opens(run_of_world: Callable[..., Run]):
    run = run_of_world(EARLY | {"sellers.start_up.closed_api": False, "sellers.start_up.own_use": 1.0})
    assert decisions(run, "start_up")[0].startswith("published")


def test_a_releaser_whose_interface_earns_nothing_opens(run_of_world: Callable[..., Run]):
    earning = run_of_world(EARLY)
    at_cost = run_of_world(EARLY | {"pricing.rule_lab": "at_cost"})
    assert decisions(earning, "start_up")[0].startswith("kept closed")
    assert decisions(at_cost, "start_up")[0].startswith("published")


def test_in_the_closed_arm_nothing_new_is_published(run_of_world: Callable[..., Run]):
    run = run_of_world(EARLY | {"release.ideology": 1e9}, arm="closed")
    for name in RELEASERS:
        assert versions(run, f"{name}/open").empty
        assert decisions(run, name)
        assert all("may not be published" in text or "kept from the market" in text for text in decisions(run, name))


def test_what_no_course_pays_for_is_trained_no_more(economy_of: Any):
    stingy = EARLY | NO_MOTIVE | {"release.patience": 1, "sellers.start_up.own_use": 0.0}
    economy = economy_of(stingy, months=12)
    start_up = next(r for r in economy.world.releasers if r.name == "start_up")
    assert not start_up.trains
    assert start_up.run is None
    assert all(r.trains for r in economy.world.releasers if r.name != "start_up")


def test_a_state_pays_for_what_is_published_and_investors_for_what_is_kept(run_of_world: Callable[..., Run]):
    kept = run_of_world(EARLY | NO_MOTIVE, months=14).flows
    public = run_of_world(EARLY | NO_MOTIVE | {"release.state_weight": 1.0}, months=14).flows
    after = 8  # the state-backed releaser is due in month 7
    paid = {name: flows[(flows.flow == "subsidy") & (flows.month >= after)].cents.sum()
            for name, flows in (("kept", kept), ("public", public))}  # fmt: skip
    assert paid["kept"] == 0
    assert paid["public"] > 0


@pytest.mark.parametrize("arm", ["open", "closed"])
def test_stalls_come_by_a_chance_that_the_arms_share(run_of_world: Callable[..., Run], arm: str):
    run = run_of_world(EARLY | {"release.stall_hazard": 0.1}, arm=arm, months=16)
    stalls = run.events[run.events.text.str.startswith("stalls")]
    other = run_of_world(EARLY | {"release.stall_hazard": 0.1}, arm="open", months=16).events
    expected = other[other.text.str.startswith("stalls")]
    assert len(stalls) > 0
    assert list(zip(stalls.month, stalls.actor, strict=True)) == list(zip(expected.month, expected.actor, strict=True))
    for month, actor in zip(stalls.month, stalls.actor, strict=True):
        of_actor = run.events[(run.events.actor == actor) & run.events.month.between(month, month + 11)]
        announced = set(of_actor.month[of_actor.text.str.startswith("publishes weights it had kept")])
        out = of_actor[of_actor.kind == "release"]
        assert set(out.month) == announced and set(out.object) <= {f"{actor}/open"}  # nothing that was not out before


def test_a_giant_that_leaves_publishes_and_trains_no_more_while_its_weights_stay(economy_of: Any):
    economy = economy_of({"release.giant_exit": 4} | NO_FORKS, months=4)
    giant = next(r for r in economy.world.releasers if r.name == "platform_giant")
    quality = giant.models["open"].quality
    economy.run(8)
    assert giant.models["open"].quality == quality
    assert giant.run is None and list(giant.models) == ["open"]
    others = [r for r in economy.world.releasers if r is not giant]
    assert all(r.models["open"].released > 4 for r in others)


def test_weights_kept_for_a_while_come_out_in_their_month(economy_of: Any):
    economy = economy_of(EARLY | NO_MOTIVE, months=6)
    giant = next(r for r in economy.world.releasers if r.name == "platform_giant")
    assert "api" in giant.models
    quality = giant.models["api"].quality
    giant.pending = [Announced(7, quality, 0.8)]
    economy.step()
    assert giant.models["open"].quality < quality
    economy.step()
    assert (giant.models["open"].quality, giant.models["open"].flaws_left) == (quality, 0.8)
    assert "api" not in giant.models


def test_a_capped_licence_sends_the_customers_of_hyperscalers_elsewhere(economy_of: Any):
    economy = economy_of(months=8)  # nobody is due in month 8
    world = economy.world
    codes = [c for r in world.releasers for c in world.book.codes(route=Route.HOSTED_OPEN, line=r.models["open"].line)]
    big = [c for c in codes if world.book.offers[c].cloud]
    assert world.book.offers[big[0]].cloud.startswith("hyperscaler")
    for releaser in world.releasers:
        releaser.models["open"] = type(releaser.models["open"])(**vars(releaser.models["open"]) | {"capped": True})
    economy.step()
    sheet = economy.record.tariffs.sheet
    assert not sheet.available[big].any()
    hosters = {hoster.name for hoster in world.hosters if hoster.alive}
    assert sheet.available[[c for c in codes if world.book.offers[c].host in hosters]].all()
    assert economy.record.service.tokens_by_offer[big].sum() == 0


def test_a_licence_never_caps_the_parent(economy_of: Any):
    economy = economy_of({"sellers.platform_giant.parent": "hyperscaler_2"}, months=2)
    world = economy.world
    giant = world.releasers[[r.name for r in world.releasers].index("platform_giant")]
    giant.models["open"] = type(giant.models["open"])(**vars(giant.models["open"]) | {"capped": True})
    hosts = {o.host: world.serves(o) for o in world.book.offers
             if o.route == Route.HOSTED_OPEN and o.line.code == giant.models["open"].line}  # fmt: skip
    assert hosts["hyperscaler_2"] and hosts["hoster_1"]
    assert not hosts["hyperscaler_1"] and not hosts["hyperscaler_3"]


def test_a_dated_change_of_release_or_lag_ends_the_schedule_from_its_month():
    scenario = read_scenario("baseline")
    economy = ComputeEconomy(read_scenario("baseline", overrides={"companies.count": 100, "horizon.months": 2}))
    economy.run(1)
    shocked = scenario.model_copy(update={"shocks": (Shock(24, "release.ideology", "step_to", 1e8),)})
    world = economy.world
    assert not decides_by_value(world, scenario, month=35) and decides_by_value(world, scenario, month=36)
    assert not decides_by_value(world, shocked, month=23) and decides_by_value(world, shocked, month=24)
    forced = scenario.model_copy(update={"frontier": scenario.frontier.model_copy(update={"open_lag_override": 6.0})})
    assert not decides_by_value(world, forced, month=60)


def test_the_hours_of_all_possible_parents_are_the_hours_of_the_model(economy_of: Any):
    economy = economy_of(months=6)
    world, capacity = economy.world, economy.record.capacity
    sheet, share = economy.record.tariffs.sheet, economy.record.tariffs.contract_share
    of = [
        hours_at_parent(world, economy.assumptions, parent=c.name, sheet=sheet, share=share, capacity=capacity)
        for c in world.clouds
    ]
    metered = sheet.available & (sheet.route <= Route.HOSTED_OPEN)
    expected = marginal_gpu_hours_per_mtok(
        active=sheet.active, tenants=world.bulletin.tenants, efficiency=capacity.serving_efficiency,
        selfhost=economy.assumptions.selfhost,
    )  # fmt: skip
    assert sum(of)[metered] == pytest.approx(expected[metered])
    assert not hours_at_parent(world, economy.assumptions, parent="", sheet=sheet, share=share, capacity=capacity).any()
