"""Removing an actor, on the page: what is lost is the indicator of control, and all that is touched goes somewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.chart import KIND_COLOURS
from app.courses import Course, Snapshot
from app.removal_data import Exposed, exposed_by, horizons_of, limits
from app.removal_view import fate_rows, fates_option, goes_option, ranking_option, removal_label
from scenarios import read_scenario
from simulation.measuring.removing import LOST, UNTOUCHED, NotMeasured


@pytest.fixture(scope="module")
def found(snapshot: Snapshot) -> Exposed:
    with snapshot.reading() as economy:
        return exposed_by(economy, "lab_2")


def test_the_loss_is_the_indicator_of_control_of_that_actor(snapshot: Snapshot) -> None:
    """Labs by themselves add up to `control_lab`, which is a mean over three months, as is what the page says of it."""
    with snapshot.reading() as economy:
        labs = [lab.name for lab in economy.world.labs if lab.alive]
        gone = [exposed_by(economy, name) for name in labs]
    for each in gone:
        assert each.lost / each.total == pytest.approx(each.exposure, rel=1e-9, abs=1e-12)
    reported = snapshot.indicators["control_lab"].iloc[-1]
    assert sum(each.published for each in gone) == pytest.approx(reported, rel=1e-9)
    assert reported > 0


def test_all_that_is_touched_goes_somewhere(found: Exposed) -> None:
    touched = found.total - found.usd(UNTOUCHED)
    assert sum(usd for *_, usd in found.goes) == pytest.approx(touched, rel=1e-9)
    assert sum(usd for _, place, usd in found.goes if place.startswith("lost")) == pytest.approx(found.lost, rel=1e-9)
    assert not any(place.startswith("lab 2") for _, place, _ in found.goes)


def test_every_flow_has_its_ends_and_bars_make_a_hundred_percent(found: Exposed) -> None:
    series = goes_option(found)["series"][0]
    names = {node["name"] for node in series["data"]}
    assert {end for link in series["links"] for end in (link["source"], link["target"])} <= names
    bars = [[point["value"] for point in one["data"]] for one in fates_option(found)["series"]]
    assert all(sum(parts) == pytest.approx(100, abs=0.01) for parts in zip(*bars, strict=True))


def test_reasons_of_a_group_add_up_to_what_it_loses(found: Exposed) -> None:
    for group in found.groups:
        assert sum(group.lost.values()) == pytest.approx(group.usd[LOST], abs=1e-6)


def test_the_ranking_begins_with_the_most_dangerous_and_is_clickable_by_name(found: Exposed) -> None:
    parts = [part for *_, part in found.ranking]
    assert parts == sorted(parts, reverse=True)
    bars = ranking_option(found)["series"][0]["data"]
    assert {bar["name"] for bar in bars} <= dict(found.actors).keys()


def test_more_time_to_replace_it_loses_less(snapshot: Snapshot, found: Exposed) -> None:
    with snapshot.reading() as economy:
        later = exposed_by(economy, "lab_2", span=1)
    assert later.horizon > found.horizon
    assert later.exposure <= found.exposure + 1e-9


def test_words_say_what_limits(found: Exposed) -> None:
    assert "of the loss" in limits(found) or "Nothing of value" in limits(found)
    assert "of all value realised" in removal_label(found)
    assert fate_rows(found)[-1][0] == "all"


def test_an_unknown_actor_is_the_most_dangerous_and_without_a_panel_nobody_knows(snapshot: Snapshot) -> None:
    with snapshot.reading() as economy:
        assert exposed_by(economy, "nobody").actor == exposed_by(economy, "").ranking[0][0]
    blind = {"companies.count": 200, "companies.panel": 128, "horizon.months": 2, "control.panel": 0}
    course = Course(read_scenario("baseline", overrides=blind), draw=1, arm="open")
    course.advance()
    assert course.economy is not None
    with pytest.raises(NotMeasured):
        exposed_by(course.economy, "lab_1")


def test_a_public_cloud_that_could_deny_something_has_its_bar(with_public_cloud: Snapshot) -> None:
    with with_public_cloud.reading() as economy:
        gone = exposed_by(economy, "public_cloud")
        layer = economy.sellers[economy.world.code_of["public_cloud"]].layer
    assert gone.actor == "public_cloud"
    feared = replace(gone, ranking=(("public_cloud", layer, 0.2), *gone.ranking))
    (bar, *_) = ranking_option(feared)["series"][0]["data"]
    assert (bar["name"], bar["itemStyle"]["color"]) == ("public_cloud", KIND_COLOURS["public"])
    assert "<b>public cloud</b>" in bar["tooltip"]["formatter"]


def test_the_times_to_replace_an_actor_are_those_of_the_scenario(
    snapshot: Snapshot, with_public_cloud: Snapshot
) -> None:  # fmt: skip
    assert horizons_of(snapshot.scenario.control) == [("0", "in 3 months"), ("1", "in 24 months")]
    assert horizons_of(with_public_cloud.scenario.control) == [("0", "in 1 month"), ("1", "in 12 months")]
    with with_public_cloud.reading() as economy:
        assert [exposed_by(economy, "lab_2", span=span).horizon for span in (0, 1)] == [1, 12]
        assert ", 1 month to replace it" in removal_label(exposed_by(economy, "lab_2"))
