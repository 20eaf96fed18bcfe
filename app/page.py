"""The page: its head, its tabs, the controls on the left and the chosen view on the right."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import reacton.ipyvuetify as rv
import solara
import solara.lab

from app.choices import query_of
from app.compare_view import CompareView
from app.controls import Controls
from app.explore_view import ExploreView
from app.opening import OPENING
from app.parts import Action, Note, tag
from app.session import Session
from app.take_away_view import TakeAwayView
from app.transport import Transport
from app.views import DollarTab, RemovalTab, StoryTab, TradeTab

QUESTION = "Do open model weights spread access to AI, or shift control to the owners of the cloud?"
TABS: dict[str, tuple[str, Callable[[Session], Any]]] = {
    "explore": ("Explore", ExploreView),
    "network": ("Trade network", TradeTab),
    "dollars": ("Where each dollar goes", DollarTab),
    "removal": ("Remove an actor", RemovalTab),
    "compare": ("Open against closed", CompareView),
    "story": ("One company", StoryTab),
    "take": ("Take it away", TakeAwayView),
}
FIRST = "explore"
SETTLED_AFTER = 0.7  # seconds without a further change


@solara.component
def Layout(children: list[Any]) -> None:
    """No frame of Solara's around the page."""
    rv.Html(tag="div", class_="cw-root", children=children)


@solara.component
def Page() -> None:
    """One user's page; its address always says what is chosen."""
    router = solara.use_router()
    session = solara.use_memo(lambda: Session.opened(router.search or ""), [])
    solara.use_effect(lambda: session.close, [])
    solara.use_effect(session.follow, [])
    choice, tab = session.choice.value, session.tab.value or FIRST
    query = query_of(choice, usual=OPENING.choice, **session.place(tab="" if tab == FIRST else tab))
    solara.use_effect(lambda: _told_later(router, session, query), [query])
    solara.use_effect(lambda: session.go_to(router.search or ""), [router.search])
    solara.Title("Commonweight")
    _, view = TABS.get(tab, TABS[FIRST])
    Head(session)
    with rv.Html(tag="div", class_="cw-body"):
        with rv.Html(tag="aside", class_="cw-side", attributes={"aria-label": "Settings"}):
            Controls(session)
        with rv.Html(tag="main", class_="cw-main"):
            Transport(session)
            Guarded(session, view).key(tab)


@solara.component
def Guarded(session: Session, view: Callable[[Session], Any]) -> None:
    """A view; a failure of its own is told in its place, and leaves the rest of the page alone."""
    failure, clear = solara.use_exception()
    if failure is None:
        view(session)
        return
    Note(f"This view failed ({type(failure).__name__}: {failure}). The rest of the page works on.", kind="error")
    Action("Try again", clear)


def _told_later(router: Any, session: Session, query: str) -> Callable[[], None] | None:
    """Have the browser's address say what is chosen once it has settled; returns what keeps it from being told."""
    if query == session.address:
        return None

    def tell() -> None:
        session.address = query
        router.push(f"{router.path or '/'}?{query}" if query else (router.path or "/"))

    later = threading.Timer(SETTLED_AFTER, tell)
    later.daemon = True
    later.start()
    return later.cancel


@solara.component
def Head(session: Session) -> None:
    """Name, question, tabs and the choice of day and night."""
    tab = session.tab.value or FIRST
    with rv.Html(tag="header", class_="cw-head"):
        with rv.Html(tag="div", class_="cw-name"):
            tag("h1", "Commonweight")
            tag("p", QUESTION)
        with rv.Html(tag="div", class_="cw-theme", attributes={"title": "Day, night, or as your system has it"}):
            solara.lab.ThemeToggle(enable_auto=True)
        with rv.Html(tag="nav", class_="cw-tabs", attributes={"aria-label": "Views"}):
            for name, (title, _) in TABS.items():
                Tab(session, name, title, name == tab)


@solara.component
def Tab(session: Session, name: str, title: str, is_shown: bool) -> None:
    """The way to one view."""
    marks = {"type": "button", "aria-current": "page" if is_shown else "false"}
    button = rv.Html(tag="button", children=[title], class_="cw-tab", attributes=marks)
    rv.use_event(button, "click", lambda *_: session.tab.set(name))
