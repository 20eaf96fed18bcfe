"""Linux-like against weights-like openness in a whole small economy (docs/model.md M14): findings and switches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from market.goods import Route
from simulation.run import Run

OWN = ("community_stock", "community_bonus", "flaws_found", "community_patch_rate", "forks")
EXIT = {"release.giant_exit": 6}
USED = {  # published models of every developer have users
    "demand.aversion_foreign": 0.0, "demand.friction_hosted": -0.1, "demand.friction_developer": -0.1,
    "adopt.open_own_hazard": 0.5,
}  # fmt: skip


def giant(economy: Any) -> Any:
    return next(r for r in economy.world.releasers if r.name == "platform_giant")


def test_switched_off_there_is_no_community_and_nothing_else_is_missing(
    run_of_world: Callable[..., Run], differences: Callable[..., list[str]]
):
    off = run_of_world({"open.community": False})
    idle = run_of_world({"open.contributions": 0.0, "open.fork_rate": 0.0, "open.audit_hazard": 0.0})
    assert [name for name in differences(off, idle) if name.removeprefix("indicators.") not in OWN] == []
    assert set(OWN) <= set(off.manifest["not_modelled"])
    used = idle.indicators.open_share_tokens > 0  # means over users: of none there is no mean
    assert used.iloc[-6:].all()
    assert idle.indicators.loc[used, list(OWN)].notna().all(axis=None)


@pytest.mark.parametrize(("readability", "a_year"), [(0.0, 0.0), (0.15, 1.5), (1.0, 10.0)])
def test_readability_makes_a_fork_survive_the_exit_of_its_developer(
    economy_of: Any, readability: float, a_year: float
):
    economy = economy_of(EXIT | {"open.readability": readability}, months=7, horizon=20)
    before = giant(economy).models["open"].quality
    economy.run(12)
    assert giant(economy).models["open"].quality - before == pytest.approx(a_year)
    assert giant(economy).forked == (readability > 0)


def test_in_the_closed_arm_no_fork_is_published(economy_of: Any):
    economy = economy_of(EXIT | {"open.readability": 1.0}, months=7, arm="closed", horizon=20)
    before = giant(economy).models["open"].quality
    economy.run(8)
    assert giant(economy).models["open"].quality == before
    assert economy.results().indicators.forks.eq(0).all()


def test_the_fork_of_a_line_is_told_once(run_of_world: Callable[..., Run]):
    events = run_of_world(EXIT | {"open.readability": 1.0}, months=16).events
    assert events.text.str.contains("community carries").sum() == 1


def test_the_bonus_reaches_every_route_of_a_published_model_and_no_closed_one(economy_of: Any):
    economy = economy_of(USED | {"open.readability": 1.0, "open.contributions": 0.1}, months=12)
    world, sheet, bonus = economy.world, economy.record.tariffs.sheet, economy.record.models.bonus
    trained = {m.line: m.quality for t in world.trainers for m in t.models.values()}
    for offer in world.book.offers:
        if offer.line.code not in trained or offer.route == Route.ON_DEVICE:
            continue
        assert sheet.quality[offer.code] == pytest.approx(trained[offer.line.code] + bonus[offer.line.code])
        assert (bonus[offer.line.code] > 0) == offer.line.open


def test_readability_raises_the_quality_of_published_models_by_less_than_its_limit(run_of_world: Callable[..., Run]):
    """On the schedule what is trained is the same, so that the community is all that differs."""
    schedule = {"release.rule": "schedule"}
    off = run_of_world(schedule | {"open.community": False}, months=24).indicators
    read = run_of_world(schedule | {"open.readability": 1.0}, months=24).indicators
    assert read.community_bonus.iloc[-1] > 1.0
    assert (read.community_bonus.dropna() < 5.0).all()  # nan before anything is published
    assert read.open_quality.iloc[0] == off.open_quality.iloc[0]


def test_the_more_can_be_read_the_more_flaws_are_found(run_of_world: Callable[..., Run]):
    found = [
        run_of_world({"open.readability": readability}).indicators.flaws_found.mean()
        for readability in (0.0, 0.15, 1.0)
    ]
    assert found[0] == 0.0
    assert np.all(np.diff(found) > 0)


def test_what_was_published_stays_as_readable_as_it_was(economy_of: Any):
    economy = economy_of(months=2)
    model = giant(economy).models["open"]
    assert model.readability == 0.15
    api = giant(economy).models.get("api")
    assert api is None or api.readability == 0.0
