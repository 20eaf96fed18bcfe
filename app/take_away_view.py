"""Take it away: figure, data, scenario, command and link of what is shown; and a scenario of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reacton.ipyvuetify as rv
import solara

from app.choices import FILE_NAME, OWN_SCENARIO, Choice, command_line, is_linkable, query_of
from app.exports import (
    DATA_KINDS,
    FIGURE_KINDS,
    OF_BOTH_ARMS,
    data_file,
    figure_file,
    figure_names,
    file_name,
    scenario_file_name,
    table_names,
)
from app.opening import OPENING
from app.parts import Action, Choose, Copied, Note, tag
from app.scenario_files import Mistake, mistake_in
from app.session import Session
from app.sweep_view import ResultsFolders
from app.uploads import Refused, scenario_text
from scenarios.writing import resolved_toml

NOTHING = "Nothing to take away yet: run the world, or compare its arms."
EXAMPLE = """schema = 1
extends = "baseline"
title = "Cheap self-hosting"

[selfhost]
overhead = 0.2
"""


@solara.component
def TakeAwayView(session: Session) -> None:
    """Everything that can be taken along, and what can be brought."""
    session.news.value  # noqa: B018 (drawn anew with every piece of news)
    session.pairs_news.value  # noqa: B018
    with rv.Html(tag="div", class_="cw-grid cw-cards"):
        Figures(session, session.news.value, session.pairs_news.value)
        Data(session, session.news.value, session.pairs_news.value)
        Repeat(session, session.choice.value)
        OwnScenario(session)
    ResultsFolders(session)


@solara.component
def Figures(session: Session, news: int, pairs_news: int) -> None:
    """A figure for paper."""
    name, set_name = solara.use_state("")
    names = figure_names(snapshot=session.world.snapshot(), compared=session.comparison)
    name = name if name in names else next(iter(names), "")
    with rv.Html(tag="section", class_="cw-card", attributes={"aria-label": "Figure"}):
        tag("h2", "Figure", class_="cw-heading")
        if not names:
            tag("p", NOTHING)
            return
        Choose("Figure", name, [(one, one) for one in names], set_name)
        tag("p", "Drawn anew from the same numbers, for a journal's column or a slide.", class_="cw-muted")
        with rv.Html(tag="div", class_="cw-transport"):
            for kind, mime in FIGURE_KINDS.items():
                called = file_name(choice_behind(session, name), name, kind)
                Download(kind.upper(), called, mime, _figure(session, name, kind))


@solara.component
def Data(session: Session, news: int, pairs_news: int) -> None:
    """A table of the run or of the comparison."""
    table, set_table = solara.use_state("indicators")
    names = table_names(snapshot=session.world.snapshot(), compared=session.comparison)
    table = table if table in names else next(iter(names), "")
    with rv.Html(tag="section", class_="cw-card", attributes={"aria-label": "Data"}):
        tag("h2", "Data", class_="cw-heading")
        if not names:
            tag("p", NOTHING)
            return
        Choose("Table", table, [(name, name.replace("_", " ")) for name in names], set_table)
        tag("p", "All months so far; columns as in the data dictionary, all digits of every number.", class_="cw-muted")
        with rv.Html(tag="div", class_="cw-transport"):
            for kind, mime in DATA_KINDS.items():
                label = kind.upper() if kind == "csv" else "Parquet"
                called = file_name(choice_behind(session, table), table, kind)
                Download(label, called, mime, _data(session, table, kind))


@solara.component
def Repeat(session: Session, choice: Choice) -> None:
    """Scenario, command and link."""
    compared = session.comparison
    query = query_of(choice, usual=OPENING.choice, **session.place(tab=""))
    with rv.Html(tag="section", class_="cw-card", attributes={"aria-label": "Repeat it"}):
        tag("h2", "Repeat it", class_="cw-heading")
        with rv.Html(tag="div", class_="cw-transport"):
            Download("Scenario (TOML)", scenario_file_name(choice), "application/toml",
                     lambda: resolved_toml(session.scenario).encode())
        tag("p", "This world, on a command line:", class_="cw-muted")
        Copied(text=command_line(choice))
        pairs = compared.pairs if compared is not None else 16
        tag("p", "The comparison of its arms:", class_="cw-muted")
        Copied(text=command_line(choice, command="answer", pairs=pairs))
        if choice.text:
            tag("p", f"Both expect your scenario beside them as {FILE_NAME}.", class_="cw-muted")
        if is_linkable(choice):
            tag("p", "A colleague who opens this address sees the same:", class_="cw-muted")
            Copied(text=f"?{query}" if query else "", address=True)
        else:
            Note("This scenario is too long for a link: send the file along.")


@solara.component
def OwnScenario(session: Session) -> None:
    """A scenario of one's own: typed, pasted or dropped; mistakes are shown where they are."""
    text, set_text = solara.use_state(session.choice.value.text or EXAMPLE)
    mistake, set_mistake = solara.use_state(None)
    said, set_said = solara.use_state("")

    def use(new: str) -> None:
        found = mistake_in(new)
        set_mistake(found)
        set_said("")
        if found is None and session.adjust(text=new, scenario=OWN_SCENARIO, changes=()):
            set_said(f"Taken: {read_title(session)}. Run to see it.")

    def dropped(upload: Any) -> None:
        try:
            new = scenario_text(upload)
        except Refused as refusal:
            set_mistake(Mistake(f"{refusal}", 0))
            return
        set_text(new)
        use(new)

    with rv.Html(tag="section", class_="cw-card", attributes={"aria-label": "A scenario of your own"}):
        tag("h2", "A scenario of your own", class_="cw-heading")
        rv.Textarea(
            label="Scenario (TOML)", v_model=text, on_v_model=set_text, outlined=True, rows=9, hide_details=True,
            class_="cw-code", attributes={"spellcheck": "false"},
        )  # fmt: skip
        with rv.Html(tag="div", class_="cw-transport"):
            Action("Use this scenario", lambda: use(text or ""), primary=True, hint="Check it, and have it simulated")
        solara.FileDrop(label="or drop a .toml file here", on_file=dropped, lazy=True)
        if said:
            Note(said, kind="success")
        if mistake is not None:
            Wrong(mistake, text or "")


@solara.component
def Wrong(mistake: Mistake, text: str) -> None:
    """A mistake in words, and the lines around it."""
    Note(mistake.message, kind="error")
    lines = mistake.excerpt(text)
    if lines:
        rows = [
            tag("div", f"{number:>4}  {line[:160]}", class_="cw-line cw-wrong" if number == mistake.line else "cw-line")
            for number, line in lines
        ]
        tag("div", *rows, class_="cw-excerpt", role="note", aria_label=f"The mistake is in line {mistake.line}")


def choice_behind(session: Session, what: str) -> Choice:
    """The choice that a figure or table comes from; the one on the page may have changed since."""
    behind = session.compared if what in OF_BOTH_ARMS else session.simulated
    return behind if behind is not None else session.choice.value


def read_title(session: Session) -> str:
    """What the scenario calls itself."""
    return session.scenario.title or session.scenario.name


@solara.component
def Download(label: str, name: str, mime: str, content: Callable[[], bytes]) -> None:
    """A button that makes a file when it is pressed."""
    latest = solara.use_ref(content)
    latest.current = content
    made = solara.use_memo(lambda: lambda: latest.current(), [])
    with solara.FileDownload(made, filename=name, mime_type=mime):
        rv.Btn(
            children=[rv.Icon(left=True, small=True, children=["mdi-download"]), label], outlined=True, small=True,
            attributes={"title": f"Download {name}", "aria-label": f"Download {name}"},
        )  # fmt: skip


def _figure(session: Session, name: str, kind: str) -> Callable[[], bytes]:
    def made() -> bytes:
        before = session.before.value
        return figure_file(
            name, kind, snapshot=session.world.snapshot(), compared=session.comparison,
            before=None if before is None else before.indicators,
        )  # fmt: skip

    return made


def _data(session: Session, table: str, kind: str) -> Callable[[], bytes]:
    return lambda: data_file(table, kind, snapshot=session.world.snapshot(), compared=session.comparison)

