"""One company's story: what it used, spent and had planned, its options, the iceberg, whom it pays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reacton.ipyvuetify as rv
import solara

from app.amounts import offer, share, usd
from app.chart import Chart
from app.courses import Snapshot
from app.parts import Action, Note, tag
from app.story_choice import NOBODY, ROW, Chooser, Wish, described, row_of
from app.story_data import SHOCK, Teller, happenings
from app.story_options import choices_option, spending_option
from app.story_parts import Paid, Reviewed
from app.tables import AsTable, Looks
from scenarios import Scenario
from simulation.telling.portrait import CompanyStory
from simulation.telling.portrait_text import story_text
from simulation.timeline import month_name

REFRESHED_EVERY = 0.5  # seconds


@dataclass(frozen=True)
class Asked:
    """A story that is asked for: the world, the company, how many months."""

    world: tuple[Scenario, int, str]
    row: int
    months: int


@solara.component
def StoryView(
    snapshot: Snapshot, *, company: int | None = None, on_company: Callable[[int], Any] = lambda row: None,
    kept: Teller | None = None, on_kept: Callable[[Teller], Any] = lambda teller: None,
) -> None:  # fmt: skip
    """Choose a company and have its story told up to the month of the snapshot, in the background.

    company: row to begin with; `on_company` is told whose story is asked for. kept: what was told before the view was
    left; `on_kept` is given what is told now.
    """
    world = (snapshot.scenario, snapshot.draw, snapshot.arm)
    begun = kept is not None and kept.world == world
    wish, set_wish = solara.use_state(Wish() if company is None else Wish(way=ROW, row=str(company)))
    asked, set_asked = solara.use_state(Asked(world, kept.row, len(kept.story.months)) if kept and begun else None)
    told, set_told = solara.use_state(0)
    running, set_running = solara.use_state(False)
    problem, set_problem = solara.use_state("")
    looking = solara.lab.use_task(lambda: _look(snapshot, wish), dependencies=[snapshot.scenario, snapshot.draw, wish])
    row = NOBODY if looking.latest is None else looking.latest
    current = asked is not None and asked.world == world

    def teller_of() -> Teller | None:
        if asked is None or not current:
            return None
        if kept is not None and (kept.world, kept.row) == (asked.world, asked.row):
            return kept
        return Teller(snapshot.scenario, draw=snapshot.draw, arm=snapshot.arm, row=asked.row)

    teller = solara.use_memo(teller_of, [asked and (asked.world, asked.row), current])

    def follow() -> Callable[[], None] | None:
        if teller is None or asked is None:
            return None
        on_kept(teller)
        stop = threading.Event()
        _follow(teller, asked.months, stop=stop, told=set_told, running=set_running, problem=set_problem)
        return stop.set

    def ask(months: int, of: int) -> None:
        on_company(of)
        set_asked(Asked(world, of, months))

    solara.use_effect(follow, [teller, asked])
    until = snapshot.month + 1
    with solara.Div(classes=["cw-view"]):
        Looks()
        Chooser(wish, set_wish, rows=snapshot.economy.companies.rows)
        tag("p", "" if looking.latest is None else described(snapshot, row), class_="cw-muted", role="status")
        with solara.Div(classes=["cw-tools"]):
            word = "Tell on" if teller is not None and teller.row == row else "Tell its story"
            Action(
                f"{word} to {month_name(snapshot.month)}", lambda: ask(until, row), primary=True,
                disabled=row < 0 or running or (current and asked == Asked(world, row, until)),
                hint="the world is simulated once more, with one company followed",
            )  # fmt: skip
            if running and asked is not None:
                rv.ProgressLinear(value=100 * told / max(asked.months, 1), height=6, class_="cw-wide")
                Action("Stop", lambda: ask(told, asked.row))
        if problem:
            Note(problem, kind="error")
        if teller is not None and teller.story.months:
            StoryShown(teller.story)


def _look(snapshot: Snapshot, wish: Wish) -> int:
    """Row of the company that is meant, found without keeping the page waiting."""
    with snapshot.reading() as economy:
        return row_of(economy, wish)


def _follow(
    teller: Teller, until: int, *, stop: threading.Event, told: Callable[[int], None],
    running: Callable[[bool], None], problem: Callable[[str], None],
) -> None:  # fmt: skip
    """Tell in a thread of its own; the page hears of it now and then."""

    def work() -> None:
        last = 0.0

        def note(months: int) -> None:
            nonlocal last
            if not stop.is_set() and time.monotonic() - last > REFRESHED_EVERY:
                last = time.monotonic()
                told(months)

        try:
            story = teller.tell(until, stop=stop, told=note)
        except Exception as failure:  # shown where the story would stand
            problem(f"the story stops here: {failure}")
        else:
            told(len(story.months))
        if not stop.is_set():
            running(False)

    problem("")
    running(True)
    threading.Thread(target=work, name="story", daemon=True).start()


@solara.component
def StoryShown(story: CompanyStory) -> None:
    """The charts and the words of a story."""
    dark = bool(solara.lab.use_dark_effective())
    last = story.months[-1]
    span = f"{month_name(story.months[0].month)} to {month_name(last.month)}"
    with solara.Div(classes=["cw-view"]):
        with solara.Div(classes=["cw-figures"]):
            _figure(usd(12 * last.spend_usd), f"spent on AI a year, as of {month_name(last.month)}")
            _figure(share(last.access), "of the value AI could bring it is realised")
            _figure(str(sum(h.kind == SHOCK for h in happenings(story))), f"bill shocks and shortages, {span}")
            reviewed = sum(w.reviewed for month in story.months for w in month.workloads)
            _figure(str(reviewed), "reviews of what there is to choose")
        if any(month.workloads for month in story.months):
            with solara.Div(classes=["cw-panel"]):
                tag("h3", "What it used, month by month")
                slots = len({w.slot for m in story.months for w in m.workloads})
                Chart(
                    choices_option(story), height=80 + 24 * slots,
                    label=f"What each of {slots} workloads used in each month, {span}",
                )  # fmt: skip
                _ChoicesTable(story)
        with solara.Div(classes=["cw-two"]):
            with solara.Div(classes=["cw-panel"]):
                tag("h3", "What it spent, and what it had planned, US dollars a month")
                Chart(
                    spending_option(story), height=340,
                    label=f"Spending on AI by kind, US dollars a month, {span}; now {usd(last.spend_usd)}",
                )  # fmt: skip
                rows = [(month_name(m.month), usd(m.spend_usd), usd(sum(w.value_usd for w in m.workloads)))
                        for m in story.months[::-1]]  # fmt: skip
                AsTable("Spending and value, US dollars a month", ("month", "spent", "value"), rows)
            with solara.Div(classes=["cw-panel"]):
                tag("h3", "What happened")
                _Tale(story)
        Reviewed(story)
        Paid(last, dark=dark)
        words = tag("summary", "The whole story in words")
        tag("details", words, tag("pre", story_text(story, title="")), class_="cw-table")


@solara.component
def _Tale(story: CompanyStory) -> None:
    found = happenings(story)
    if not found:
        tag("p", "Nothing: it does not look at AI in these months.", class_="cw-muted")
        return
    lines = [
        tag("li", tag("span", month_name(h.month)), tag("span", h.text), class_="cw-shock" if h.kind == SHOCK else "")
        for h in found
    ]
    tag("ul", *lines, class_="cw-tale", tabindex="0")


@solara.component
def _ChoicesTable(story: CompanyStory) -> None:
    rows = [
        (month_name(m.month), f"workload {w.slot + 1}", offer(w.offer), usd(w.bill_usd + w.staff_usd + w.other_usd))
        for m in story.months[::-1] for w in m.workloads if w.offer != w.before or m is story.months[-1]
    ]  # fmt: skip
    AsTable("Changes, and what is in use at the end", ("month", "workload", "uses", "US dollars a month"), rows)


def _figure(number: str, words: str) -> None:
    tag("div", tag("b", number), tag("span", words))
