"""The four views as tabs: a word before the first month, then a picture; taking away leads on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import ipyvuetify
import pytest
import solara
from solara.components.echarts import EchartsWidget

from app.page import TABS
from app.session import Session
from app.views import DollarTab, RemovalTab, StoryTab, TradeTab

QUERY = "companies=200&set=horizon.months%3D3&set=companies.panel%3D128"


@pytest.fixture
def session() -> Iterator[Session]:
    opened = Session.opened(QUERY)
    assert opened.problem.value == "" and opened.world.months == 3
    yield opened
    opened.close()


def wait_for(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)


def simulate(session: Session, months: int) -> None:
    for _ in range(months):
        session.world.step()
        session.world.wait()


def test_each_view_has_a_tab() -> None:
    assert {"network", "dollars", "removal", "story"} <= set(TABS)


@pytest.mark.parametrize("tab", [TradeTab, DollarTab, RemovalTab, StoryTab])
def test_before_the_first_month_a_tab_says_what_to_do(session: Session, tab: Any) -> None:
    _, rc = solara.render(tab(session), handle_error=False)
    assert any("Nothing is simulated yet" in str(p.children) for p in rc.find(ipyvuetify.Html).widgets)
    rc.close()


@pytest.mark.parametrize("tab", [TradeTab, DollarTab, RemovalTab])
def test_a_tab_shows_a_world_that_goes_on(session: Session, tab: Any) -> None:
    simulate(session, 2)
    _, rc = solara.render(tab(session), handle_error=False)
    wait_for(lambda: rc.find(EchartsWidget).widgets)
    simulate(session, 1)
    session.news.value += 1
    wait_for(lambda: any("2023-03" in w.attributes["aria-label"] for w in rc.find(EchartsWidget).widgets))
    rc.close()


def test_looking_back_shows_the_month_looked_at(session: Session) -> None:
    simulate(session, 3)
    session.month.value = 1
    _, rc = solara.render(TradeTab(session), handle_error=False)
    assert "2023-02" in rc.find(EchartsWidget).widgets[0].attributes["aria-label"]
    session.month.value = None
    wait_for(lambda: "2023-03" in rc.find(EchartsWidget).widgets[0].attributes["aria-label"])
    rc.close()


def test_taking_an_actor_away_leads_to_its_removal(session: Session) -> None:
    simulate(session, 2)
    _, rc = solara.render(TradeTab(session), handle_error=False)
    rc.find(EchartsWidget).widgets[0].on_click({"data": {"name": "lab_2"}})
    taking = lambda: [b for b in rc.find(ipyvuetify.Btn).widgets if "Take lab 2 away" in str(b.children)]  # noqa: E731
    wait_for(taking)
    taking()[0].fire_event("click", {})
    assert (session.tab.value, session.actor.value) == ("removal", "lab_2")
    rc.close()


def test_an_address_carries_the_actor_and_the_company_and_nonsense_is_left_out() -> None:
    opened = Session.opened(QUERY + "&actor=lab_2&company=17&tab=removal")
    assert (opened.actor.value, opened.company.value) == ("lab_2", 17)
    opened.close()
    opened = Session.opened(QUERY + "&company=-3&actor=%3Cscript%3E&tab=removal")
    assert opened.company.value is None
    simulate(opened, 1)
    _, rc = solara.render(RemovalTab(opened), handle_error=False)
    wait_for(lambda: rc.find(EchartsWidget).widgets)
    assert all("script" not in widget.attributes["aria-label"] for widget in rc.find(EchartsWidget).widgets)
    rc.close()
    opened.close()
