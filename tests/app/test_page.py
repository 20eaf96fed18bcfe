"""The page as Solara draws it, without a browser: what it says, and what its controls do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import ipyvuetify
import pytest
import solara

from app.controls import Controls
from app.explore_view import ExploreView
from app.page import TABS
from app.session import Session
from app.take_away_view import OwnScenario, TakeAwayView
from app.transport import Transport

QUERY = "scenario=baseline&companies=200&draw=1&arm=open&set=horizon.months%3D6&set=companies.panel%3D128"


@pytest.fixture
def session() -> Iterator[Session]:
    """The session of a page that a link opened, its world run to the end."""
    found = Session.opened(QUERY)
    assert found.world.wait(60)
    yield found
    found.close()


@pytest.fixture
def drawn() -> Iterator[Callable[[Any], Any]]:
    """Draw an element and return its box and render context."""
    contexts = []

    def draw(element: Any) -> Any:
        _, context = solara.render(element, handle_error=False)
        contexts.append(context)
        return context

    yield draw
    for context in contexts:
        context.close()


def words_of(context: Any) -> str:
    """Every text of a drawn element."""
    found = []
    for widget in context.find(ipyvuetify.Html).widgets:
        found += [child for child in widget.children if isinstance(child, str)]
    return " ".join(found)


def test_a_link_opens_with_its_world_already_simulated(session, drawn):
    assert session.world.month == 6
    assert "2023-06, 6 of 6 months" in words_of(drawn(Transport(session)))


def test_every_chart_of_explore_has_a_role_and_says_quantity_and_unit(session, drawn):
    from solara.components.echarts import EchartsWidget

    charts = drawn(ExploreView(session)).find(EchartsWidget).widgets
    assert len(charts) == 14
    for chart in charts:
        assert chart.attributes["role"] == "img"
        assert "line chart by month; in 2023-06:" in chart.attributes["aria-label"]


@pytest.mark.parametrize("tab", TABS)
def test_every_view_is_drawn(tab, session, drawn):
    assert words_of(drawn(TABS[tab][1](session))) or tab == "network"


def test_a_slider_changes_the_choice_and_the_chip_takes_it_back(session, drawn):
    context = drawn(Controls(session))
    search = next(field for field in context.find(ipyvuetify.TextField).widgets if field.label == "Search parameters")
    search.v_model = "selfhost.overhead"
    (slider,) = context.find(ipyvuetify.Slider).widgets
    slider.v_model = 0.2
    assert dict(session.choice.value.changes)["selfhost.overhead"] == 0.2
    assert session.scenario.selfhost.overhead == 0.2
    assert not session.is_current
    chips = {chip.children[0]: chip for chip in context.find(ipyvuetify.Chip).widgets}
    chips["Overhead: 0.2"].fire_event("click:close", None)
    assert "selfhost.overhead" not in dict(session.choice.value.changes)
    assert session.is_current


def test_a_value_beyond_its_bounds_is_refused_in_words_and_changes_nothing(session):
    before = session.choice.value
    assert not session.choose(before.changed("selfhost.overhead", -1.0))
    assert "selfhost.overhead" in session.problem.value
    assert session.choice.value == before


def test_a_new_run_keeps_the_one_before_for_comparison(session):
    first = session.world.snapshot().indicators
    session.adjust(draw=2)
    session.begin()
    session.world.run_to_end()
    session.world.wait(60)
    assert session.before.value.indicators is first
    assert not session.world.snapshot().indicators["access_mean"].equals(first["access_mean"])


def test_news_are_counted_while_somebody_follows(session):
    stop = session.follow()
    session.adjust(draw=2)
    session.begin()
    session.world.step()
    deadline = time.monotonic() + 30
    while session.news.value == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    stop()
    assert session.news.value > 0


def test_a_pasted_scenario_with_a_mistake_is_shown_its_line_and_not_taken(session, drawn):
    context = drawn(OwnScenario(session))
    (area,) = context.find(ipyvuetify.Textarea).widgets
    area.v_model = 'schema = 1\nextends = "baseline"\n[selfhost]\nover_head = 0.2\n'
    next(button for button in context.find(ipyvuetify.Btn).widgets if "Use this scenario" in button.children).click()
    assert "did you mean selfhost.overhead?" in context.find(ipyvuetify.Alert).widget.children[0]
    assert any("cw-wrong" in widget.class_ and "over_head" in widget.children[0]
               for widget in context.find(ipyvuetify.Html).widgets if widget.class_)  # fmt: skip
    assert session.choice.value.text == ""
    area.v_model = 'schema = 1\nextends = "baseline"\ntitle = "Cheap"\n[selfhost]\noverhead = 0.2\n'
    next(button for button in context.find(ipyvuetify.Btn).widgets if "Use this scenario" in button.children).click()
    assert session.scenario.title == "Cheap"
    assert session.scenario.selfhost.overhead == 0.2


def test_nothing_to_take_away_is_said_before_anything_is_simulated(drawn):
    session = Session.opened("scenario=baseline&companies=200&draw=1&arm=open")
    session.world.reset()
    assert "Nothing to take away yet" in words_of(drawn(TakeAwayView(session)))
    session.close()


def test_a_page_that_goes_leaves_no_folder_and_no_economy(session):
    from pathlib import Path

    folder = Path(session.folder.name)
    assert folder.is_dir()
    session.close()
    assert not folder.exists()
    assert session.world.economy is None
