"""One company's story: its options as it saw them and in truth, what it chose, the iceberg, whom it pays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import reacton.ipyvuetify as rv
import solara

from app.amounts import actor, offer, share, usd
from app.chart import Chart
from app.parts import Action, Choose, Note, tag
from app.story_data import KNOWN, SHOCK, Teller, happenings, payments, reviews
from app.story_options import (
    UNDER_WATER,
    choices_option,
    iceberg_option,
    options_option,
    options_shown,
    payments_option,
    spending_option,
)
from app.tables import AsTable, Looks
from app.worlds import Snapshot
from market.units import BoolArray
from simulation import ComputeEconomy
from simulation.finding import Description, nearest_company
from simulation.portrait import CompanyMonth, CompanyStory, WorkloadMonth
from simulation.portrait_text import story_text
from simulation.timeline import month_name

OWN, ROW = "own", "row"  # ways to choose a company besides those of `KNOWN`
REFRESHED_EVERY = 0.5  # seconds
DATA = {"any": (None, None), "ordinary": (False, False), "sensitive": (True, None), "regulated": (True, True)}
DATA_WORDS = {
    "any": "any data", "ordinary": "ordinary data", "sensitive": "sensitive data", "regulated":
    "sensitive data under regulation",
}  # fmt: skip


@solara.component
def StoryView(
    snapshot: Snapshot, *, company: int | None = None, on_company: Callable[[int | None], Any] = lambda row: None
) -> None:  # fmt: skip
    """Choose a company and have its story told up to the month of the snapshot, in the background.

    company: row to begin with; `on_company` is told the row whose story is asked for.
    """
    row, set_row = solara.use_state(-1)
    asked, set_asked = solara.use_state((-1, 0))  # row, months
    told, set_told = solara.use_state(0)
    world = (snapshot.scenario, snapshot.draw, snapshot.arm)
    teller: Teller | None = solara.use_memo(
        lambda: None if asked[0] < 0 else Teller(snapshot.scenario, draw=snapshot.draw, arm=snapshot.arm, row=asked[0]),
        [*world, asked[0]],
    )
    running, set_running = solara.use_state(False)
    problem, set_problem = solara.use_state("")

    def follow() -> Callable[[], None] | None:
        if teller is None:
            return None
        stop = threading.Event()
        _follow(teller, asked[1], stop=stop, told=set_told, running=set_running, problem=set_problem)
        return stop.set

    def ask() -> None:
        on_company(row)
        set_asked((row, snapshot.month + 1))

    solara.use_effect(follow, [teller, asked])
    with solara.Div(classes=["cw-view"]):
        Looks()
        _Chooser(snapshot, row=row, on_row=set_row, first=company)
        until = snapshot.month + 1
        with solara.Div(classes=["cw-tools"]):
            word = "Tell on" if asked[0] == row and teller is not None else "Tell its story"
            Action(
                f"{word} to {month_name(snapshot.month)}", ask, primary=True,
                disabled=row < 0 or running or asked == (row, until),
                hint="the world is simulated once more, with one company followed",
            )  # fmt: skip
            if running:
                rv.ProgressLinear(value=100 * told / max(asked[1], 1), height=6, class_="cw-wide")
                Action("Stop", lambda: set_asked((asked[0], told)), small=True)
        if problem:
            Note(problem, kind="error")
        if teller is not None and teller.story.months:
            StoryShown(teller.story)


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
def _Chooser(snapshot: Snapshot, *, row: int, on_row: Callable[[int], Any], first: int | None) -> None:
    """By name, by description, or by row; by row `first` to begin with, if there is one."""
    way, set_way = solara.use_state(next(iter(KNOWN)) if first is None else ROW)
    people, set_people = solara.use_state("300")
    segment, set_segment = solara.use_state("enterprise")
    data, set_data = solara.use_state("any")
    typed, set_typed = solara.use_state(str(first or 0))
    users, set_users = solara.use_state(True)
    rows = snapshot.economy.companies.rows

    def find() -> None:
        with snapshot.reading() as economy:
            among = using_ai(economy) if users else None
            if way == ROW:
                on_row(int(typed) if typed.isdigit() and int(typed) < rows else -1)
                return
            count = int(people) if people.isdigit() and 0 < int(people) < 10**7 else 0
            sensitive, regulated = DATA[data]
            wanted = KNOWN.get(way) or Description(count, segment, sensitive=sensitive, regulated=regulated)
            on_row(nearest_company(economy.world, wanted, among=among) if wanted.employees else -1)

    solara.use_effect(find, [snapshot.scenario, snapshot.draw, way, people, segment, data, typed, users])
    with solara.Div(classes=["cw-view"]):
        with solara.Div(classes=["cw-tools"]):
            ways = [*((name, name) for name in KNOWN), (OWN, "as I describe it"), (ROW, "by its row")]
            with solara.Div(classes=["cw-wide"]):
                Choose("Whose story", way, ways, set_way)
            if way == OWN:
                rv.TextField(
                    label="employees", v_model=people, on_v_model=set_people, type="number", dense=True, outlined=True,
                    hide_details=True,
                )  # fmt: skip
                kinds = [("enterprise", "any industry"), ("developer", "software developers")]
                Choose("kind", segment, kinds, set_segment)
                Choose("data", data, list(DATA_WORDS.items()), set_data)
            if way == ROW:
                rv.TextField(
                    label=f"row, 0 to {rows - 1:,}", v_model=typed, on_v_model=set_typed, type="number", dense=True,
                    outlined=True, hide_details=True,
                )  # fmt: skip
            else:
                solara.Checkbox(label="one that uses AI now", value=users, on_value=set_users)
        tag("p", _described(snapshot, row), class_="cw-muted", role="status")


def using_ai(economy: ComputeEconomy) -> BoolArray:
    """Whether each company holds an offer for some workload; (companies,)."""
    companies = economy.companies
    users = np.zeros(companies.rows, dtype=bool)
    users[companies.company[companies.live & (companies.held >= 0)]] = True
    return users


def _described(snapshot: Snapshot, row: int) -> str:
    """The company that was found, in a sentence."""
    companies = snapshot.economy.companies
    if not 0 <= row < companies.rows:
        return f"There is no such company; employees are 1 or more, rows run from 0 to {companies.rows - 1:,}."
    kind = "software developers" if companies.segment[row] else "an enterprise"
    traits = [f"{int(companies.employees[row]):,} people", kind]
    traits += ["mostly sensitive data"] if companies.sensitive[row] else []
    traits += ["data under regulation"] if companies.regulated[row] else []
    firms = f"{float(companies.weight[row]):,.0f} real firms" if companies.weight[row] > 1 else "itself alone"
    return f"Row {row} of this world: {', '.join(traits)}. It stands for {firms}."


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


@solara.component
def Reviewed(story: CompanyStory) -> None:
    """The options of a review with their perceived and true yearly cost, and the iceberg of running a model oneself."""
    found = reviews(story)
    at, set_at = solara.use_state(-1)  # -1: the latest in which something was chosen
    choice = next((k for k, (_, w) in enumerate(found) if any(o.chosen for o in w.options)), 0)
    at = choice if not 0 <= at < len(found) else at
    with solara.Div(classes=["cw-two"]):
        with solara.Div(classes=["cw-panel"]):
            tag("h3", "What it could choose from: cost a year as it saw it, and in truth")
            if not found:
                tag("p", "It has not compared offers yet.", class_="cw-muted")
            else:
                names = [
                    (str(k), f"{month_name(month)}, workload {w.slot + 1}: {offer(w.offer)}")
                    for k, (month, w) in enumerate(found)
                ]
                Choose("Review", str(at), names, lambda value: set_at(int(value)))
                month, workload = found[at]
                Chart(
                    options_option(workload), height=100 + 44 * len(options_shown(workload)),
                    label=f"Cost of offers considered in {month_name(month)}, as seen and in truth, US dollars a year",
                )  # fmt: skip
                AsTable("US dollars a year; liking is what else speaks for it", OPTION_COLUMNS, option_rows(workload))
        with solara.Div(classes=["cw-panel"]):
            tag("h3", "The iceberg: what running a model itself costs")
            _Ice(found[at][1] if found else _latest(story))


OPTION_COLUMNS = ("offer", "seen", "in truth", "worth net, as seen", "in truth", "liking", "")


def option_rows(workload: WorkloadMonth) -> list[tuple[str, ...]]:
    """Options as a table, best first."""
    return [
        (offer(o.offer), *(usd(12 * value) for value in (o.believed_cost_usd, o.true_cost_usd, o.perceived_value_usd,
                                                  o.true_value_usd, o.taste_usd)), "chosen" if o.chosen else "")
        for o in workload.options
    ]  # fmt: skip


def _latest(story: CompanyStory) -> WorkloadMonth | None:
    return next((w for m in story.months[::-1] for w in m.workloads if w.own), None)


@solara.component
def _Ice(workload: WorkloadMonth | None) -> None:
    own = workload.own if workload else None
    if own is None:
        tag("p", "There are no public weights that it could run.", class_="cw-muted")
        return
    over = own.total_usd / own.visible_usd if own.visible_usd > 0 else float("nan")
    does = "It runs" if own.held else "It could run"
    seen, believed, total = (usd(12 * amount) for amount in (own.visible_usd, own.believed_usd, own.total_usd))
    parts = [(words, usd(12 * getattr(own, part))) for part, (words, _) in UNDER_WATER.items()]
    with solara.Div():
        tag(
            "p", f"{does} {offer(own.offer)}. It sees {seen} a year and believes {believed}; all of it is {total}, "
            f"{over:.1f} times what is seen.",
        )  # fmt: skip
        Chart(
            iceberg_option(own), height=400,
            label=f"Cost of running a model itself, US dollars a year: {seen} seen, {believed} believed, {total} all",
        )  # fmt: skip
        rows = [*parts, ("all of it", total), ("as it believes", believed)]
        AsTable("US dollars a year", ("part", "a year"), rows)


@solara.component
def Paid(month: CompanyMonth, *, dark: bool) -> None:
    """What it pays for and to whom in the last month, and who stands behind that."""
    lines = payments(month)
    with solara.Div(classes=["cw-panel"]):
        tag("h3", f"What it pays for, and to whom, in {month_name(month.month)}")
        if not lines:
            tag("p", "It pays nobody for AI.", class_="cw-muted")
            return
        Chart(
            payments_option(month, dark=dark), height=max(220, 60 * len({line[1] for line in lines})),
            label=f"Payments of the company in {month_name(month.month)}, US dollars a month, by what and whom",
        )  # fmt: skip
        AsTable(
            "US dollars a month", ("to", "for", "a month"), [(actor(who), what, usd(u)) for who, what, u in lines]
        )
        rows = [_behind(w) for w in month.workloads if w.chain is not None]
        tag("h4", "Who stands behind it")
        heads = tag("tr", *(tag("th", name, scope="col") for name in BEHIND))
        body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
        tag("table", tag("thead", heads), tag("tbody", *body), class_="cw-data")


BEHIND = ("workload", "model of", "run by", "machines", "chips")


def _behind(workload: WorkloadMonth) -> tuple[str, ...]:
    chain = workload.chain
    assert chain is not None
    machines = ", ".join(
        "its own" if name == "company" else f"{actor(name)} {share(part)}" for name, part in chain.compute
    )
    runs = "the company itself" if chain.host == "company" else actor(chain.host)
    names = (actor(chain.model_owner), runs, machines, actor(chain.chip_vendor))
    return (f"{workload.slot + 1}: {offer(workload.offer)}", *names)


def _figure(number: str, words: str) -> None:
    tag("div", tag("b", number), tag("span", words))
