"""The page as Solara draws it, without a browser: what it says, and what its controls do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import ipyvuetify
import pytest
import solara
from solara.components.echarts import EchartsWidget

from app.controls import Controls
from app.explore_view import ExploreView
from app.exports import ANSWER
from app.page import TABS
from app.session import Session, run_name
from app.take_away_view import OwnScenario, TakeAwayView, choice_behind
from app.transport import Transport

QUERY = "scenario=baseline&companies=200&draw=1&arm=open&set=horizon.months%3D6&set=companies.panel%3D128"

PATIENCE = 240  # seconds, in which kernels may be compiled first


@pytest.fixture
def session() -> Iterator[Session]:
    """The session of a page that a link opened, its world run to the end."""
    found = Session.opened(QUERY)
    assert found.world.wait(PATIENCE)
    yield found
    found.close()


@pytest.fixture
def drawn() -> Iterator[Callable[[Any], Any]]:
    """Draw an element and return the box it stands in."""
    contexts = []

    def draw(element: Any) -> Any:
        box, context = solara.render(element, handle_error=False)
        contexts.append(context)
        return box

    yield draw
    for context in contexts:
        context.close()


def parts_of(widget: Any, kind: type) -> list[Any]:
    """Every widget of a kind in a drawn element, in the order of the page."""
    found = [widget] if isinstance(widget, kind) else []
    for child in getattr(widget, "children", []):
        if not isinstance(child, str):
            found += parts_of(child, kind)
    return found


def words_of(box: Any) -> str:
    """Every text of a drawn element."""
    texts = [child for part in parts_of(box, ipyvuetify.Html) for child in part.children if isinstance(child, str)]
    return " ".join(texts)


def test_a_link_opens_with_its_world_already_simulated(session, drawn):
    assert session.world.month == 6
    assert "2023-06, 6 of 6 months" in words_of(drawn(Transport(session)))


def test_every_chart_of_explore_has_a_role_and_says_quantity_and_unit(session, drawn):
    charts = parts_of(drawn(ExploreView(session)), EchartsWidget)
    assert len(charts) == 14
    for chart in charts:
        assert chart.attributes["role"] == "img"
        assert "line chart by month; in 2023-06:" in chart.attributes["aria-label"]


@pytest.mark.parametrize("tab", TABS)
def test_every_view_is_drawn(tab, session, drawn):
    box = drawn(TABS[tab][1](session))
    end = time.monotonic() + 30
    while not (words_of(box) or parts_of(box, EchartsWidget)):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)


def test_a_slider_changes_the_choice_and_the_chip_takes_it_back(session, drawn):
    box = drawn(Controls(session))
    search = next(field for field in parts_of(box, ipyvuetify.TextField) if field.label == "Search parameters")
    search.v_model = "selfhost.overhead"
    (slider,) = parts_of(box, ipyvuetify.Slider)
    slider.v_model = 0.2
    assert dict(session.choice.value.changes)["selfhost.overhead"] == 0.2
    assert session.scenario.selfhost.overhead == 0.2
    assert not session.is_current
    chips = {chip.children[0]: chip for chip in parts_of(box, ipyvuetify.Chip)}
    chips["Running models oneself: overhead 0.2"].fire_event("click:close", None)
    assert "selfhost.overhead" not in dict(session.choice.value.changes)
    assert session.is_current


def test_a_link_that_changes_the_ties_of_sellers_shows_them_by_their_keys_and_takes_them_back(drawn):
    session = Session.opened(f'{QUERY}&set=sellers.lab_4.parent="hyperscaler_1"&set=sellers.hoster_9.kind="hoster"')
    assert session.problem.value == ""
    chips = {chip.children[0]: chip for chip in parts_of(drawn(Controls(session)), ipyvuetify.Chip)}
    assert {"sellers.lab_4.parent hyperscaler 1", "sellers.hoster_9.kind hoster"} <= chips.keys()
    assert "sellers.hoster_9.kind hoster" in run_name(session.choice.value, session.scenario)
    chips["sellers.hoster_9.kind hoster"].fire_event("click:close", None)
    assert "hoster_9" not in session.scenario.sellers
    session.close()


def test_a_number_without_end_is_refused_in_the_field_where_it_is_typed(session, drawn):
    box = drawn(Controls(session))
    search = next(field for field in parts_of(box, ipyvuetify.TextField) if field.label == "Search parameters")
    search.v_model = "control.long_horizon"
    for text in ("1e999", "inf", "1.5"):
        typed = next(field for field in parts_of(box, ipyvuetify.TextField) if "cw-typed" in (field.class_ or ""))
        typed.v_model = text
        typed.fire_event("blur", None)
        assert typed.error_messages == ["write a whole number"]
    assert "control.long_horizon" not in dict(session.choice.value.changes)


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
    session.world.wait(PATIENCE)
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
    box = drawn(OwnScenario(session))
    (area,) = parts_of(box, ipyvuetify.Textarea)
    area.v_model = 'schema = 1\nextends = "baseline"\n[selfhost]\nover_head = 0.2\n'
    next(button for button in parts_of(box, ipyvuetify.Btn) if "Use this scenario" in button.children).click()
    assert "did you mean selfhost.overhead?" in parts_of(box, ipyvuetify.Alert)[0].children[0]
    assert any("cw-wrong" in widget.class_ and "over_head" in widget.children[0]
               for widget in parts_of(box, ipyvuetify.Html) if widget.class_)  # fmt: skip
    assert session.choice.value.text == ""
    area.v_model = 'schema = 1\nextends = "baseline"\ntitle = "Cheap"\n[selfhost]\noverhead = 0.2\n'
    next(button for button in parts_of(box, ipyvuetify.Btn) if "Use this scenario" in button.children).click()
    assert session.scenario.title == "Cheap"
    assert session.scenario.selfhost.overhead == 0.2


def test_files_are_named_after_what_was_simulated_and_compared(session, drawn, monkeypatch):
    monkeypatch.setattr("app.session.ArmsCompared", lambda *_, **__: SimpleNamespace(cancel=lambda: None, answer=None))
    session.compare(2)
    session.comparison = None  # nothing of it is drawn
    assert session.adjust(scenario="s02_concentrated_cloud", draw=2, changes=())
    box = drawn(TakeAwayView(session))
    names = [button.attributes["title"] for button in parts_of(box, ipyvuetify.Btn) if button.attributes]
    named = [name for name in names if name.startswith("Download commonweight-")]
    assert len(named) == 5
    assert all(name.startswith("Download commonweight-baseline-open-draw1-") for name in named)
    assert choice_behind(session, ANSWER).scenario == "baseline"
    session.begin()
    session.compare(2)
    assert {choice_behind(session, what).scenario for what in (ANSWER, "indicators")} == {"s02_concentrated_cloud"}


def test_an_address_that_is_refused_says_why(session, monkeypatch):
    monkeypatch.setattr("app.session.shortage", lambda companies, worlds: f"no memory for {companies}")
    before = session.choice.value
    session.go_to("companies=300")
    assert session.problem.value == "no memory for 300"
    assert session.choice.value == before
    session.go_to("companies=300&draw=0")
    assert "no memory for 300; draw:" in session.problem.value
    monkeypatch.undo()
    session.go_to("companies=300&draw=4")
    assert (session.problem.value, session.choice.value.draw) == ("", 4)


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
