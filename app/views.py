"""The four views of one month as tabs of the page: the month looked back at is chosen above each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

from app.courses import Snapshot
from app.dollar_view import DollarView
from app.parts import tag
from app.removal_view import RemovalView
from app.session import Session
from app.story_data import Teller
from app.story_view import StoryView
from app.trade_view import TradeView
from app.transport import LookBack


@solara.component
def TradeTab(session: Session) -> None:
    """The trade network; taking an actor away leads to its removal."""

    def take_away(actor: str) -> None:
        session.actor.set(actor)
        session.tab.set("removal")

    _of_month(session, lambda snapshot: TradeView(snapshot, on_remove=take_away), looks_back=True)


@solara.component
def DollarTab(session: Session) -> None:
    """Where each dollar ends up."""
    _of_month(session, lambda snapshot: DollarView(snapshot), looks_back=True)


@solara.component
def RemovalTab(session: Session) -> None:
    """An actor removed, in the latest month."""
    _of_month(session, lambda snapshot: RemovalView(snapshot, actor=session.actor.value, on_actor=session.actor.set))


@solara.component
def StoryTab(session: Session) -> None:
    """One company's story up to the latest month."""
    company = session.company.value

    def keep(teller: Teller) -> None:
        session.teller = teller

    _of_month(
        session,
        lambda snapshot: StoryView(
            snapshot, company=company, on_company=session.company.set, kept=session.teller, on_kept=keep
        ),
    )


def _of_month(session: Session, view: Callable[[Snapshot], Any], *, looks_back: bool = False) -> None:
    """The view of the month looked back at, or of the latest; a word where there is none yet."""
    session.news.value  # noqa: B018 (drawn anew with every piece of news)
    latest, month = session.world.snapshot(), session.month.value if looks_back else None
    past = solara.use_memo(
        lambda: None if month is None else session.world.snapshot(month), [latest and latest.identity, month]
    )
    snapshot = past or latest
    with solara.Div(classes=["cw-view"]):
        if looks_back:
            LookBack(session)
        if snapshot is None:
            tag("p", "Nothing is simulated yet: run, play or step above.", class_="cw-muted", role="status")
        else:
            view(snapshot)
