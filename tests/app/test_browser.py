"""The page in a real browser, end to end: what a person does, and the numbers a person then sees.

One server and one browser serve all tests; worlds are tiny. The browser reaches this machine only.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

from app.choices import choice_of
from app.series import number_text
from simulation import compare, simulate

LINK = "?scenario=baseline&companies=200&draw=1&arm=open&set=horizon.months%3D12&set=companies.panel%3D128"
PATIENCE = 90_000  # milliseconds; a busy machine is slow, and waiting longer hides nothing
HARMLESS = (
    "Failed to evaluate Vue script",  # a remark of ipyvue about itself
    "Initialize failed: invalid dom",  # a chart whose page was left while Solara still fetched the charts' library
)


@pytest.fixture
def open_page(address: str, browser: Any) -> Iterator[Callable[..., Any]]:
    """Open the page; at the end it must have asked for nothing elsewhere and have complained of nothing."""
    said: list[str] = []
    asked: list[str] = []
    contexts = []

    def opened(path: str = LINK, *, width: int = 1280, scheme: str = "light") -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/{path}")
        page.wait_for_selector("text=Search parameters")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [message for message in said if not any(remark in message for remark in HARMLESS)] == []
    assert [url for url in asked if not re.match(rf"(data:|blob:|{address}/)", url)] == []


def finished(page: Any) -> None:
    page.wait_for_selector("text=12 of 12 months")


def numbers_shown(page: Any, title: str) -> list[str]:
    """The last values below a chart."""
    return page.locator(f"figure:has(figcaption:has-text('{title}')) .cw-value").all_inner_texts()


def test_a_moved_slider_runs_another_world_whose_numbers_are_those_from_python(open_page):
    page = open_page()
    finished(page)
    page.fill("label:has-text('Search parameters') + input", "selfhost.overhead")
    page.wait_for_selector("text=1 found")
    page.focus("[role=slider]")
    page.keyboard.press("Home")  # to the least of its range
    page.wait_for_selector(".cw-chips:has-text('overhead 0.2')")
    page.click("button:has-text('Run')")
    page.wait_for_selector("text=Dashed: the run before")
    finished(page)
    page.wait_for_url("**selfhost.overhead**")
    choice, _, problem = choice_of(page.url.partition("?")[2])
    assert problem == ""
    assert dict(choice.changes)["selfhost.overhead"] == 0.2
    last = simulate(choice.read(), draw=1, arm="open").indicators.iloc[-1]
    meant = [number_text(100.0 * last[name]) for name in ("access_mean", "access_small", "access_value_weighted")]
    late = time.monotonic() + PATIENCE / 1000
    while numbers_shown(page, "Access to AI") != meant and time.monotonic() < late:  # the run before had them all too
        page.wait_for_timeout(200)
    assert numbers_shown(page, "Access to AI") == meant


def test_the_data_taken_away_are_those_of_the_same_run_from_python(open_page):
    page = open_page(LINK + "&tab=take")
    finished(page)
    with page.expect_download() as download:
        page.click("section[aria-label=Data] button:has-text('CSV')")
    frame = pd.read_csv(io.BytesIO(download.value.path().read_bytes()))
    run = simulate(choice_of(LINK[1:])[0].read(), draw=1, arm="open")
    for column in ("month", "access_mean", "profit_cloud", "gpu_hour_price", "control_lab"):
        assert frame[column].equals(run.indicators[column].astype(frame[column].dtype)), column
    with page.expect_download() as download:
        page.click("section[aria-label=Figure] button:has-text('PDF')")
    assert download.value.path().read_bytes().startswith(b"%PDF")


def test_the_arms_compared_give_the_verdict_from_python(open_page):
    page = open_page(LINK + "&tab=compare")
    page.click("[role=button]:has-text('Pairs') >> nth=0")
    page.click(".v-menu__content [role=option]:has-text('2') >> nth=0")
    page.click("button:has-text('Compare the arms')")
    page.wait_for_selector("text=2 of 2 pairs", timeout=6 * PATIENCE)
    answer = compare(choice_of(LINK[1:])[0].read(), pairs=2, workers=1)
    page.wait_for_selector("text=Too early to say: 2 pairs of worlds")
    assert f"So far: {answer.verdict}" in page.inner_text(".cw-verdict")
    difference = answer.headline.difference("access_small")
    row = page.inner_text("tr:has-text('smaller half of companies')")
    assert f"{100.0 * difference.value:+.2f}" in row


def test_an_actor_is_removed_and_the_page_says_what_is_lost(open_page):
    page = open_page(LINK + "&tab=removal")
    finished(page)
    page.wait_for_selector("text=of all value realised is lost without")
    charts = page.locator("[role=img]")
    assert charts.count() >= 2
    for place in range(charts.count()):
        assert charts.nth(place).get_attribute("aria-label")


@pytest.mark.parametrize(("width", "scheme"), [(768, "dark"), (1280, "light"), (2560, "dark")])
def test_the_page_opens_in_time_and_fits_its_width_by_day_and_night(open_page, width, scheme):
    begun = time.monotonic()
    page = open_page("", width=width, scheme=scheme)
    page.wait_for_selector("[role=img] canvas")
    taken = time.monotonic() - begun
    assert taken < 15.0, f"the first chart took {taken:.1f} s"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    dark = page.evaluate("document.querySelector('.v-application').classList.contains('theme--dark')")
    assert dark == (scheme == "dark")
    for image in page.locator("[role=img]").all():
        assert re.search(r"(%|USD|index|points|ratio|equivalents)", image.get_attribute("aria-label"))


def test_everything_that_can_be_pressed_or_typed_in_has_a_name(open_page):
    page = open_page()
    finished(page)
    page.wait_for_timeout(500)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea, [role=slider], [role=button]')]
        .filter(part => part.offsetParent !== null)
        .filter(part => !((part.getAttribute('aria-label') || '').trim() || part.innerText.trim() || part.title
            || [...(part.labels || [])].some(label => label.innerText.trim())))
        .map(part => part.outerHTML)"""
    )
    assert nameless == []


def test_people_have_worlds_of_their_own(open_page):
    one, other = open_page(), open_page(LINK.replace("draw=1", "draw=2"))
    for page in (one, other):
        finished(page)
    assert numbers_shown(one, "Access to AI") != numbers_shown(other, "Access to AI")
    one.click("button:has-text('Start anew')")
    one.wait_for_selector("text=not begun")
    finished(other)


def test_mesa_shows_the_economy_in_its_own_frame(open_page, address):
    page = open_page("")
    page.goto(f"{address}/mesa")
    page.wait_for_selector("button:has-text('Step')")
    page.click("button:has-text('Step')")
    page.wait_for_selector("text=/(Step|Time): 1/")  # as the version of Mesa calls it
