"""Each view is drawn without a browser: its charts have a role and words, and choices lead somewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import ipyvuetify
import pytest
import solara
from solara.components.echarts import EchartsWidget

from app.courses import Snapshot
from app.dollar_view import DollarView
from app.removal_view import RemovalView
from app.story_data import Teller
from app.story_view import StoryShown, StoryView
from app.trade_view import TradeView

UNITS = ("US dollars", "percent", "What each of")


def charts(rc: Any) -> list[EchartsWidget]:
    return list(rc.find(EchartsWidget).widgets)


def drawn(view: Any) -> Any:
    _, rc = solara.render(view, handle_error=False)
    return rc


def wait_for(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)


@pytest.mark.parametrize("view", [TradeView, DollarView])
def test_a_view_is_drawn_with_words_for_who_cannot_see_it(snapshot: Snapshot, view: Any) -> None:
    rc = drawn(view(snapshot))
    found = charts(rc)
    assert found
    for chart in found:
        assert chart.option["toolbox"]["feature"]["saveAsImage"]["name"].endswith("2023-12")
        assert chart.attributes["role"] == "img"
        assert any(unit in chart.attributes["aria-label"] for unit in UNITS)
    rc.close()


def test_a_click_on_an_actor_opens_its_card_and_the_button_takes_it_away(snapshot: Snapshot) -> None:
    removed: list[str] = []
    rc = drawn(TradeView(snapshot, on_remove=removed.append))
    charts(rc)[0].on_click({"data": {"name": "lab_2"}})
    wait_for(lambda: [b for b in rc.find(ipyvuetify.Btn).widgets if "Take lab 2 away" in str(b.children)])
    button = next(b for b in rc.find(ipyvuetify.Btn).widgets if "Take lab 2 away" in str(b.children))
    button.fire_event("click", {})
    assert removed == ["lab_2"]
    rc.close()


def test_a_removal_is_looked_at_in_the_background(snapshot: Snapshot) -> None:
    rc = drawn(RemovalView(snapshot, actor="lab_2"))
    wait_for(lambda: len(charts(rc)) == 3)
    words = [chart.attributes["aria-label"] for chart in charts(rc)]
    assert all("percent" in label or "US dollars" in label for label in words)
    assert any("Without lab 2" in label for label in words)
    rc.close()


def test_the_times_offered_for_a_removal_are_those_of_the_scenario(with_public_cloud: Snapshot) -> None:
    rc = drawn(RemovalView(with_public_cloud, actor="public_cloud"))
    wait_for(lambda: charts(rc))
    offered = next(s for s in rc.find(ipyvuetify.Select).widgets if s.label == "It must be replaced")
    assert [item["text"] for item in offered.items] == ["in 1 month", "in 12 months"]
    rc.close()


def test_a_story_is_told_when_it_is_asked_for(snapshot: Snapshot) -> None:
    rc = drawn(StoryView(snapshot))
    wait_for(lambda: [b for b in rc.find(ipyvuetify.Btn).widgets if "Tell its story" in str(b.children)])
    button = next(b for b in rc.find(ipyvuetify.Btn).widgets if "Tell its story" in str(b.children))
    wait_for(lambda: not button.disabled)
    button.fire_event("click", {})
    wait_for(lambda: charts(rc))
    rc.close()


def test_a_story_that_is_over_has_all_its_charts(snapshot: Snapshot) -> None:
    users = snapshot.economy.companies.adopted.nonzero()[0]
    teller = Teller(snapshot.scenario, draw=snapshot.draw, arm=snapshot.arm, row=int(users[0]))
    story = teller.tell(12, stop=threading.Event(), told=lambda months: None)
    rc = drawn(StoryShown(story))
    assert len(charts(rc)) >= 3
    assert all(any(unit in c.attributes["aria-label"] for unit in UNITS) for c in charts(rc))
    rc.close()
