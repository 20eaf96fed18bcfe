"""What one page remembers: the choice of its user, the world that follows from it, and what is shown of it."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pandas as pd
import solara

from app.choices import Choice, choice_of
from app.comparing import ArmsCompared
from app.freeing import give_back_soon
from app.opening import OPENING
from app.parameters import change_text
from app.story_data import Teller
from app.worlds import World
from scenarios import Scenario, ScenarioError
from simulation.memory import shortage

REFRESHED_EVERY = 0.15  # seconds between two drawings of the page


@dataclass(frozen=True)
class Shown:
    """A finished or interrupted run that stays on the charts, dashed, while another is made."""

    label: str
    indicators: pd.DataFrame = field(repr=False)


@dataclass
class Session:
    """State of one page. The reactive fields are what its parts depend on; each page has its own."""

    choice: solara.Reactive[Choice]
    tab: solara.Reactive[str]
    month: solara.Reactive[int | None]  # looked back at; None: the latest
    actor: solara.Reactive[str]  # whose removal is looked at; empty: the one that could deny most
    company: solara.Reactive[int | None]  # row of the company whose story is told
    news: solara.Reactive[int]  # counts what the world published
    pairs_news: solara.Reactive[int]  # counts what the comparison of the arms published
    problem: solara.Reactive[str]  # in words, of what was asked for last
    before: solara.Reactive[Shown | None]
    world: World
    scenario: Scenario = field(repr=False)  # of the choice, changes included
    address: str = ""  # query of the page's address, as told last
    simulated: Choice | None = None  # whose world is shown
    comparison: ArmsCompared | None = None
    compared: Choice | None = None  # whose arms the comparison is of
    teller: Teller | None = field(default=None, repr=False)  # of the company's story told last
    folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="commonweight-"), repr=False
    )  # what the user sent; the only place where something of the user's is written
    pairs_arrived: threading.Event = field(default_factory=threading.Event, repr=False)

    @classmethod
    def opened(cls, query: str) -> Session:
        """The session of a page whose address ends in `query`; what is no good there is left out and told."""
        choice, further, problem = choice_of(query, usual=OPENING.choice)
        scenario = choice.read()
        world = World(scenario, draw=choice.draw, arm=choice.arm)
        session = cls(
            choice=solara.reactive(choice), tab=solara.reactive(further.get("tab", "")),
            month=solara.reactive(_whole(further.get("month", ""), digits=3)),
            actor=solara.reactive(further.get("actor", "")),
            company=solara.reactive(_whole(further.get("company", ""), digits=8)),
            news=solara.reactive(0), pairs_news=solara.reactive(0), problem=solara.reactive(problem),
            before=solara.reactive(None), world=world, scenario=scenario, address=query, simulated=choice,
        )  # fmt: skip
        if choice == OPENING.choice:
            threading.Thread(target=session.open_with, args=(choice,), name="opening", daemon=True).start()
        else:
            world.run_to_end()  # a link shows what it is about without a further click
        return session

    def open_with(self, choice: Choice) -> None:
        """Show the opening world as soon as it is simulated, unless something else is asked for meanwhile."""
        OPENING.prepare()
        course = OPENING.of(choice)
        untouched = self.choice.peek() == choice and self.world.month == 0 and not self.world.playing
        if course is not None and untouched:
            self.world.adopt(course)

    def go_to(self, query: str) -> None:
        """Follow the address where it was changed by the browser: back, forward, or by hand."""
        if query == self.address:
            return
        self.address = query
        choice, further, problem = choice_of(query, usual=OPENING.choice)
        self.choose(choice)
        self.problem.value = "; ".join(told for told in (self.problem.value, problem) if told)
        self.tab.value = further.get("tab", "")
        self.month.value = _whole(further.get("month", ""), digits=3)
        self.actor.value = further.get("actor", "")
        self.company.value = _whole(further.get("company", ""), digits=8)

    def place(self, *, tab: str) -> dict[str, str]:
        """Where on the page its user is, as further settings of an address."""
        month, company = self.month.value, self.company.value
        return {
            "tab": tab,
            "month": "" if month is None else str(month),
            "actor": self.actor.value,
            "company": "" if company is None else str(company),
        }

    @property
    def is_current(self) -> bool:
        """Whether the world shown is that of the choice."""
        choice, world = self.choice.value, self.world
        return world.scenario == self.scenario and (world.draw, world.arm) == (choice.draw, choice.arm)

    def choose(self, choice: Choice) -> bool:
        """Take another choice if it can stand; else say why not and keep the one before. Whether it stands."""
        try:
            scenario = choice.read()
        except ScenarioError as refusal:
            self.problem.value = str(refusal)
            return False
        problem = shortage(choice.companies, worlds=1)
        self.problem.value = problem
        if problem:
            return False
        self.scenario = scenario
        self.choice.value = choice
        return True

    def adjust(self, **fields: object) -> bool:
        """Take another choice that differs in some fields."""
        return self.choose(replace(self.choice.value, **fields))  # type: ignore[arg-type]

    def begin(self) -> None:
        """Have the world be that of the choice; what was shown so far stays for comparison."""
        if self.is_current:
            return
        shown = self.world.snapshot()
        if shown is not None:
            told = "" if self.simulated is None else run_name(self.simulated, shown.scenario)
            self.before.value = Shown(told, shown.indicators)
        self.month.value = None
        choice = self.choice.value
        self.simulated = choice
        course = OPENING.of(choice)
        if course is not None:
            self.world.adopt(course)
        else:
            self.world.reset(self.scenario, draw=choice.draw, arm=choice.arm)

    def close(self) -> None:
        """Hold nothing any more, and have nothing go on."""
        if self.comparison is not None:
            self.comparison.cancel()
        self.teller = None
        self.world.close()
        self.folder.cleanup()
        give_back_soon()

    def compare(self, pairs: int) -> None:
        """Compare the arms of the choice in the background, in place of what is compared so far."""
        if self.comparison is not None:
            self.comparison.cancel()
        self.comparison = ArmsCompared(self.scenario, pairs=pairs, listener=self.pairs_arrived.set)
        self.compared = self.choice.value
        self.pairs_news.value += 1

    def follow(self) -> Callable[[], None]:
        """Count the news of world and comparison as they come, from threads of their own; returns what ends it."""
        something = threading.Event()
        end = self.world.watch(something.set)
        ends = [_counted(something, self.news), _counted(self.pairs_arrived, self.pairs_news)]
        something.set()  # a small world may have come to its end before anybody watched

        def stop() -> None:
            end()
            for finish in ends:
                finish()

        return stop


def _counted(something: threading.Event, news: solara.Reactive[int]) -> Callable[[], None]:
    """Count up whenever something is new, not too often, so that whoever tells it need not wait; returns its end."""
    over = threading.Event()

    def count() -> None:
        while True:
            something.wait()
            something.clear()
            if over.is_set():
                return
            news.value += 1
            over.wait(REFRESHED_EVERY)

    threading.Thread(target=count, name="news", daemon=True).start()

    def finish() -> None:
        over.set()
        something.set()

    return finish


def _whole(text: str, *, digits: int) -> int | None:
    """A number of an address; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def run_name(choice: Choice, scenario: Scenario) -> str:
    """Which run it is, in a few words."""
    declared = {declaration.key: declaration for declaration, _ in scenario.parameters()}
    changes = [change_text(key, value, declared=declared) for key, value in choice.changes]
    world = f"{scenario.title or scenario.name}, {choice.arm} arm, draw {choice.draw}, {choice.companies:,} companies"
    return "; ".join([world, *changes[:3], *(["…"] if len(changes) > 3 else [])])
