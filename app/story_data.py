"""One company's story as plain data: told month by month in the background; its moves, bill shocks and payments."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from app.amounts import offer, usd
from app.courses import TURNS
from scenarios import Scenario
from simulation import ComputeEconomy
from simulation.telling.portrait import CompanyMonth, CompanyStory, WorkloadMonth, about_company, months_of

JUMP = 1.5  # of the monthly cost over the month before, that is told
FULL = 0.95  # share of what is wanted from which service is not short
NOTHING = "none"
SHOCK, CHANGE, NOTE = "shock", "change", "note"


class Teller:
    """Simulates a world once more and looks at one company in it; goes on where it stopped."""

    def __init__(self, scenario: Scenario, *, draw: int, arm: str, row: int) -> None:
        self._scenario, self._draw, self._arm, self.row = scenario, draw, arm, row
        self._economy: ComputeEconomy | None = None
        self._about: dict[str, object] = {}
        self._months: list[CompanyMonth] = []
        self._busy = threading.Lock()

    @property
    def world(self) -> tuple[Scenario, int, str]:
        """Scenario, draw and arm of the world it looks at."""
        return self._scenario, self._draw, self._arm

    @property
    def story(self) -> CompanyStory:
        """What has been told so far."""
        return CompanyStory(row=self.row, about=dict(self._about), months=tuple(self._months))

    def tell(self, until: int, *, stop: threading.Event, told: Callable[[int], None]) -> CompanyStory:
        """Tell the months before `until` that are not told yet, unless stopped; `told` is called after each."""
        with self._busy:
            if self._economy is None:
                with TURNS:
                    self._economy = ComputeEconomy(self._scenario, draw=self._draw, arm=self._arm)
                self._about = about_company(self._economy.world, self.row)
            months = months_of(self._economy, self.row, until=until)
            while not stop.is_set():
                with TURNS:
                    month = next(months, None)
                if month is None:
                    break
                self._months.append(month)
                told(len(self._months))
            return self.story


@dataclass(frozen=True)
class Happening:
    """Something that is told of a month."""

    month: int
    kind: str  # SHOCK, CHANGE or NOTE
    text: str


def cost(workload: WorkloadMonth) -> float:
    """What a workload costs in a month, USD: bill, people and the rest."""
    return workload.bill_usd + workload.staff_usd + workload.other_usd


def is_shocked(workload: WorkloadMonth) -> bool:
    """Whether the bill of a model run by the company itself is beyond what it bears."""
    return workload.borne_usd == workload.borne_usd and cost(workload) > workload.borne_usd


def happenings(story: CompanyStory) -> list[Happening]:
    """What is worth telling, in order: first looks, pilots, choices, shocks, shortages."""
    found: list[Happening] = []
    last: CompanyMonth | None = None
    for month in story.months:
        if month.ready and (last is None or not last.ready):
            text = f"looks at AI for the first time; knows {month.sellers_known} sellers"
            found.append(Happening(month.month, NOTE, text))
        if month.aware_open and (last is None or not last.aware_open):
            found.append(Happening(month.month, NOTE, "has heard of open models"))
        if month.ended:
            words = "a workload comes to its end" if month.ended == 1 else f"{month.ended} workloads come to their end"
            found.append(Happening(month.month, NOTE, words))
        before = {(w.slot, w.generation): w for w in last.workloads} if last else {}
        for workload in month.workloads:
            found += _of_workload(month.month, workload, before.get((workload.slot, workload.generation)))
        last = month
    return found


def _of_workload(month: int, now: WorkloadMonth, before: WorkloadMonth | None) -> list[Happening]:
    name, was = f"workload {now.slot + 1}", before.project if before else "none"
    found = []
    if now.project == "pilot" and was != "pilot":
        found.append(Happening(month, NOTE, f"{name} begins a pilot of running a model itself"))
    if now.offer != now.before:
        found.append(Happening(month, CHANGE, f"{name} {_move(now)}"))
    if is_shocked(now) and not (before and is_shocked(before)):
        over = cost(now) / now.planned_usd
        text = f"{name}: the bill is {usd(cost(now))} a month, {over:.1f} times what was planned"
        found.append(Happening(month, SHOCK, text))
    elif before and _jumps(now, before):
        text = f"{name}: the bill jumps to {usd(cost(now))} from {usd(cost(before))} a month"
        found.append(Happening(month, SHOCK, text))
    if now.project == "given_up" and was != "given_up":
        found.append(Happening(month, SHOCK, f"{name} gives up running its model itself"))
    if now.served < FULL and not (before and before.served < FULL):
        found.append(Happening(month, SHOCK, f"{name} gets only {now.served:.0%} of what it wants: machines are short"))
    return found


def _jumps(now: WorkloadMonth, before: WorkloadMonth) -> bool:
    """Whether the same service, delivered in full, costs much more than a month ago."""
    same = now.offer == before.offer != NOTHING and min(now.served, before.served) >= FULL
    return same and cost(now) > JUMP * cost(before) > 0


def _move(workload: WorkloadMonth) -> str:
    if workload.before == NOTHING:
        return f"takes up {offer(workload.offer)}"
    if workload.offer == NOTHING:
        return f"gives up {offer(workload.before)}"
    return f"moves from {offer(workload.before)} to {offer(workload.offer)}"


def reviews(story: CompanyStory) -> list[tuple[int, WorkloadMonth]]:
    """Months and workloads in which options were compared, the latest first."""
    found = [(m.month, w) for m in story.months for w in m.workloads if w.options]
    return found[::-1]


def payments(month: CompanyMonth) -> list[tuple[str, str, float]]:
    """What the company pays in a month: to whom, for what, USD; in order of workloads."""
    found: list[tuple[str, str, float]] = []
    for workload in month.workloads:
        if workload.chain is not None:
            found.append((workload.chain.seller, offer(workload.offer), workload.bill_usd))
        found.append(("people", "staff and integration", workload.staff_usd))
        found.append(("other suppliers", "tools, overhead, energy", workload.other_usd))
        found.append(("people", "moving, once", workload.moving_usd))
    return [line for line in found if line[2] > 0]
