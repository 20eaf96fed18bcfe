"""Open against closed: the same worlds with and without open weights, and the verdict as pairs of them come in."""

from __future__ import annotations

from typing import Any

import reacton.ipyvuetify as rv
import solara

from app.chart import Chart
from app.comparing import CANCELLED, FAILED, WAITING, ArmsCompared
from app.comparing_charts import (
    difference_option,
    measure_of,
    money_option,
    paths_option,
    plane_option,
    shown_measures,
    told,
)
from app.parts import Action, Choose, Note, tag
from app.session import Session
from simulation.answering.answer import Answer
from simulation.answering.report import FEW_PAIRS, cells, kill_switch_text, plain_sentence, section_heading
from simulation.timeline import month_name

PAIRS = (2, 4, 8, 16, 32)
USUAL_PAIRS = 8
FIRST_MEASURE = "access_small"


@solara.component
def CompareView(session: Session) -> None:
    """What to compare, how far it is, and what the pairs so far say."""
    session.pairs_news.value  # noqa: B018 (drawn anew with every piece of news)
    pairs, set_pairs = solara.use_state(USUAL_PAIRS)
    found = session.comparison
    tag("h2", "The same worlds, with open weights and without", class_="cw-heading")
    tag(
        "p", "Each pair is one random world run twice with the same luck: once developers may publish weights, once "
        "they may not. What differs is what open weights do.", class_="cw-muted",
    )  # fmt: skip
    with rv.Html(tag="div", class_="cw-transport"):
        if found is not None and found.is_under_way:
            Action("Cancel", found.cancel, icon="mdi-close", primary=True, hint="Stop; complete pairs stay")
        else:
            Action("Compare the arms", lambda: session.compare(pairs), icon="mdi-scale-balance", primary=True,
                   hint="Compute the pairs in the background")
        with rv.Html(tag="div", class_="cw-short"):
            options = [(str(count), str(count)) for count in PAIRS]
            Choose("Pairs", str(pairs), options, lambda text: set_pairs(int(text)),
                   hint="Paired worlds: fewer are quicker, more are surer")
        if found is not None:
            Progress(found, session.pairs_news.value)
    if found is None:
        tag("p", f"Nothing is compared yet. {session.choice.value.companies:,} companies are simulated in each world.")
        return
    if found.scenario != session.scenario:
        Note("The settings have changed; what is shown is the comparison before. Compare again to see what follows.")
    if found.state == FAILED:
        Note(f"The comparison stopped: {found.problem}", kind="error")
    if found.answer is not None:
        Found(found, found.answer)


@solara.component
def Progress(found: ArmsCompared, news: int) -> None:
    """How far a comparison is; `news` counts what has changed since."""
    words = f"{found.complete} of {found.pairs} pairs, {found.worlds_done} of {found.worlds} worlds"
    if found.state == WAITING:
        words = "waiting: somebody else's comparison is under way"
    elif found.state == CANCELLED:
        words += ", cancelled"
    elif found.is_under_way and not found.worlds_done:
        words = "the first worlds are under way"
    with rv.Html(tag="div", class_="cw-progress"):
        tag("span", words, class_="cw-month", role="status")
        rv.ProgressLinear(
            value=100.0 * found.worlds_done / found.worlds, height=6, rounded=True, striped=found.is_under_way,
            indeterminate=found.is_under_way and not found.worlds_done, attributes={"aria-label": words},
        )  # fmt: skip


@solara.component
def Found(found: ArmsCompared, answer: Answer) -> None:
    """The verdict in words, the charts and the table."""
    column, set_column = solara.use_state(FIRST_MEASURE)
    measure = measure_of(column)
    basis = answer.basis
    over = f"means over {month_name(basis.first_month)} to {month_name(basis.last_month)}"
    headline, detail = verdict_words(answer, complete=found.complete)
    marks = {"aria-live": "polite", "aria-label": "Verdict"}
    with rv.Html(tag="section", class_="cw-card cw-verdict", attributes=marks):
        tag("p", headline, class_="cw-headline")
        tag("p", detail)
        tag("p", f"Kill switch: {kill_switch_text(answer)}.", class_="cw-muted")
        shares = ", ".join(f"{name.lower()} {share:.0%}" for name, share in answer.class_shares.items())
        tag("p", f"Pairs by class, a frequency and not a probability: {shares}.", class_="cw-muted")
        calibration = f"{basis.assumed_parameters} of {basis.parameters} parameters are assumed"
        tag("p", f"{basis.pairs} pairs of {basis.companies:,} companies, {over}; {calibration}.", class_="cw-muted")
    names = [(one.column, f"{one.section.split(' (')[0]}: {one.label.strip()}") for one in shown_measures(answer)]
    with rv.Html(tag="div", class_="cw-grid cw-cards"):
        with card_of(f"Both arms: {measure.label.strip()}", measure.unit):
            Choose("Indicator", column, names, set_column)
            Chart(paths_option(answer, measure), height=230,
                  label=f"{measure.label}, {measure.unit}, line chart by month in both arms; {told(answer, measure)}")
            tag("p", "Solid: open. Dashed: closed. Means over the pairs.", class_="cw-muted")
        with card_of(f"Open less closed: {measure.label.strip()}", measure.unit):
            Chart(difference_option(answer, measure), height=278,
                  label=f"Difference of {measure.label}, {measure.unit}, line chart by month; {told(answer, measure)}")
            tag("p", "The band is the 95% interval of the mean over pairs; one pair has none.", class_="cw-muted")
        with card_of("Who gains, who loses", "USD bn a month"):
            Chart(money_option(answer), height=278,
                  label=f"Change of profit and surplus by layer, USD bn a month, box chart; {_money_told(answer)}")
            tag("p", f"Open less closed, {over}. Boxes are 95% intervals.", class_="cw-muted")
        with card_of("Spread or shift", "classes of the verdict"):
            Chart(plane_option(answer), height=278,
                  label=f"Plane of the verdict, Theta and points of access; {headline}")
            tag("p", _plane_note(answer), class_="cw-muted")
    Numbers(answer)


@solara.component
def Numbers(answer: Answer) -> None:
    """Every measure in both arms."""
    with rv.Html(tag="details", class_="cw-card", attributes={"open": "open"}):
        tag("summary", tag("b", "All numbers"))
        rows, section = [], ""
        for measure in shown_measures(answer):
            if measure.section != section:
                section = measure.section
                rows.append(tag("tr", tag("th", section_heading(measure, answer), colspan="5", scope="colgroup")))
            texts = cells(measure, answer.headline)
            rows.append(tag("tr", tag("td", measure.label.strip()), *(tag("td", text) for text in texts)))
        heads = ("", "closed", "open", "difference", "95% interval")
        head = tag("thead", tag("tr", *(tag("th", text, scope="col") for text in heads)))
        tag("div", tag("table", head, tag("tbody", *rows), class_="cw-numbers"), class_="cw-scroll")


def verdict_words(answer: Answer, *, complete: int) -> tuple[str, str]:
    """The verdict as a headline and a sentence; it is too early to say where the pairs are few."""
    sentence = plain_sentence(answer)
    if complete < 2:
        return "Too early to say: one pair of worlds", f"{sentence} One pair has no interval: this may be luck."
    if complete < FEW_PAIRS:
        return f"Too early to say: {complete} pairs of worlds", f"So far: {answer.verdict}. {sentence}"
    if len(answer.verdict.classes) > 1:
        return f"Not told apart yet: {answer.verdict}", sentence
    return str(answer.verdict), sentence


def _money_told(answer: Answer) -> str:
    found = (("companies", "consumer_surplus_systematic"), ("labs", "profit_lab"), ("clouds", "profit_cloud"))
    return ", ".join(f"{who} {told(answer, measure_of(column))}" for who, column in found)


def _plane_note(answer: Answer) -> str:
    """What the plane shows, and which pairs it cannot."""
    lost = sum(name != "NO LAB LOSS" for name in answer.headline.pair_classes)
    return (
        f"Grey: one pair; pairs outside stand at the edge. Labs lose in {lost} of {answer.basis.pairs} pairs, the "
        "others have no place here. Diamond and box: mean and 95%."
    )


def card_of(title: str, unit: str) -> Any:
    """A card with a caption; what is made inside stands in it."""
    card = rv.Html(tag="figure", class_="cw-card")
    with card:
        tag("figcaption", tag("b", title), tag("span", unit, class_="cw-unit"), class_="cw-caption")
    return card
