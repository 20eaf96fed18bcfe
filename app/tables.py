"""The same numbers as a chart, as a table: for the keyboard, for a screen reader, and for who would rather read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import reacton.ipyvuetify as rv
import solara

MOST_ROWS = 60
STYLE = Path(__file__).parent / "assets" / "views.css"


@solara.component
def AsTable(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "As a table",
    opened: bool = False,
) -> None:  # fmt: skip
    """A table to unfold under a chart; `caption` says what it holds and in which unit, long ones end with a count."""
    shown = [[str(cell) for cell in row] for row in rows[:MOST_ROWS]]
    more = len(rows) - len(shown)
    head = rv.Html(tag="tr", children=[_cell("th", name, scope="col") for name in columns])
    body = [
        rv.Html(tag="tr", children=[_cell("td" if at else "th", cell, scope="" if at else "row") for at, cell in
                                    enumerate(row)])
        for row in shown
    ]  # fmt: skip
    children = [
        rv.Html(tag="caption", children=[caption + (f"; {more} smaller ones are left out" if more else "")]),
        rv.Html(tag="thead", children=[head]),
        rv.Html(tag="tbody", children=body),
    ]
    rv.Html(
        tag="details", class_="cw-table", attributes={"open": True} if opened else {},
        children=[
            rv.Html(tag="summary", children=[title]),
            rv.Html(tag="table", class_="cw-data", children=children),
        ],
    )  # fmt: skip


def _cell(tag: str, text: str, *, scope: str) -> rv.Html:
    numeric = tag == "td" and text[:1] in tuple("-$0123456789")
    attributes = {"scope": scope} if scope else {}
    return rv.Html(tag=tag, children=[text], attributes=attributes, class_="cw-number" if numeric else "")


@solara.component
def Looks() -> None:
    """The style sheet of the views."""
    solara.Style(STYLE)
