"""Explore: how access, control, prices, capacity and money move in one world."""

from __future__ import annotations

import pandas as pd
import reacton.ipyvuetify as rv
import solara

from app.chart import Chart, css
from app.parts import tag
from app.series import SECTIONS, Panel, described, number_text, series_option
from app.session import Session

CHART_HEIGHT = 190


@solara.component
def ExploreView(session: Session) -> None:
    """Every section of charts, drawn anew as the world moves on."""
    session.news.value  # noqa: B018 (drawn anew with every piece of news)
    snapshot = session.world.snapshot()
    shown = session.before.value
    indicators = pd.DataFrame() if snapshot is None else snapshot.indicators
    if shown is not None:
        tag("p", f"Dashed: the run before ({shown.label}).", class_="cw-muted")
    for title, panels in SECTIONS.items():
        with rv.Html(tag="section", class_="cw-section", attributes={"aria-label": title}):
            tag("h2", title, class_="cw-heading")
            with rv.Html(tag="div", class_="cw-grid"):
                for panel in panels:
                    Series(panel, indicators, session.world.months, None if shown is None else shown.indicators)


@solara.component
def Series(panel: Panel, indicators: pd.DataFrame, months: int, before: pd.DataFrame | None) -> None:
    """One chart with its unit, and what each of its lines means."""
    last = indicators.iloc[-1] if len(indicators) else None
    with rv.Html(tag="figure", class_="cw-card"):
        tag("figcaption", tag("b", panel.title), tag("span", panel.unit, class_="cw-unit"), class_="cw-caption")
        Chart(
            series_option(panel, indicators, months=months, before=before), label=described(panel, indicators),
            height=CHART_HEIGHT,
        )
        with rv.Html(tag="ul", class_="cw-legend"):
            for line in panel.lines:
                value = "–" if last is None else number_text(last[line.column] * panel.factor)
                tag(
                    "li", tag("i", class_="cw-swatch", style=f"background:{css(line.colour)}"),
                    tag("span", tag("b", line.label), tag("small", line.declared.meaning, class_="cw-meaning")),
                    tag("span", value, class_="cw-value"), title=f"{line.declared.meaning} ({line.declared.unit})",
                )
