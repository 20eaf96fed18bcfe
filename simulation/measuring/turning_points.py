"""Turning points of a world, told as events: prices that jump, rents that turn, queues, power, labs that stop training.

Each detector reads the month's record, keeps what it must remember, and yields the events it sees; nothing reads them
back. How large a move must be to be told is a constant beside its detector: it decides what is written, not what
happens. `cents` is the money moved in the month of the event.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from market.goods import Route
from market.units import CENTS_PER_DOLLAR, HOURS_PER_MONTH, TOKENS_PER_MTOK, BoolArray, FloatArray, weighted_count
from simulation.measuring.events import Event
from simulation.timeline import month_name
from simulation.world import MonthRecord, World

QUARTER = 3  # months over which prices and sales are averaged: a month's move is often taken back in the next
SWING = 1 / 3  # change of rent since it last turned that is told
CUT = 1 / 3  # change of a lab's price from one quarter to the next that is told
WAR_CUT, WAR_SELLERS = 0.2, 3  # a price war: so many labs cut by so much from one quarter to the next
QUIET = 6  # months after which the same may be told again
QUEUE_BEGINS, QUEUE_ENDS = 0.10, 0.02  # share of the GPU-hours wanted that nobody serves
WALL_BEGINS, WALL_ENDS = 0.05, 0.01  # share of the machines delivered that wait for power
IDLE_MONTHS = 3  # months without a training run after which a lab is said to have stopped
LEAD_MARGIN = 1.1  # over the old leader's API sales of a quarter


class TurningPoints:
    """Everything that is watched in one world."""

    def __init__(self) -> None:
        self._watched = (Rent(), LabPrices(), Lead(), Queue(), PowerWall(), IdleLabs(), Shelf())

    def events(self, world: World, record: MonthRecord) -> Iterator[Event]:
        """What turned in the month; call once a month."""
        for watch in self._watched:
            yield from watch.events(world, record)


@dataclass
class Rent:
    """A GPU-hour outside the hyperscalers, mean of a quarter: tells every third by which it rises or falls."""

    recent: deque[float] = field(default_factory=lambda: deque(maxlen=QUARTER))
    told: float = np.nan  # USD, at the last event
    extreme: float = np.nan  # USD, furthest since the last turn
    extreme_month: int = 0
    direction: int = 0  # of the swing under way

    def events(self, world: World, record: MonthRecord) -> Iterator[Event]:
        """A swing of rent, with the month in which it turned."""
        self.recent.append(float(record.tariffs.rent))
        rent, month = float(np.mean(self.recent)), record.month
        if np.isnan(self.told):
            self.told = self.extreme = rent
        if (rent - self.extreme) * self.direction > 0:
            self.extreme, self.extreme_month = rent, month
        swing, turn = rent / self.told - 1, rent / self.extreme - 1
        if turn * self.direction <= -SWING and self.direction != 0:
            place = "peak" if self.direction > 0 else "trough"
            since, self.direction = self.extreme, -self.direction
            text = f"{turn:+.0%} from its {place} of ${since:.2f} in {month_name(self.extreme_month)}"
        elif swing * self.direction >= SWING or (self.direction == 0 and abs(swing) >= SWING):
            since, self.direction = self.told, 1 if swing > 0 else -1
            text = f"{swing:+.0%} from ${since:.2f}"
        else:
            return
        self.told, self.extreme, self.extreme_month = rent, rent, month
        hours = float((record.compute.serving_held + record.compute.training_held).sum())
        moved = _cents(abs(rent - since) * hours)
        yield Event("price", "", "gpu_hour", moved, f"a GPU-hour costs ${rent:.2f} in the quarter's mean, {text}")


@dataclass
class LabPrices:
    """Prices of the labs' own interfaces, quarter against quarter: jumps, and labs that cut together."""

    past: deque[FloatArray] = field(default_factory=lambda: deque(maxlen=2 * QUARTER))  # (offers,) USD/Mtok
    quiet_until: dict[str, int] = field(default_factory=dict)  # month, by model line or "war"

    def events(self, world: World, record: MonthRecord) -> Iterator[Event]:
        """Price moves, one per model line, and price wars."""
        sheet, book = record.demand.sheet, world.book
        self.past.append(np.where(sheet.available, sheet.price, np.nan))
        if len(self.past) < 2 * QUARTER:
            return
        before, now = np.mean(list(self.past)[:QUARTER], axis=0), np.mean(list(self.past)[QUARTER:], axis=0)
        tokens = np.bincount(book.line_of, weights=record.service.tokens_by_offer, minlength=len(book.lines))
        cuts: dict[str, float] = {}
        for offer in book.offers:
            old, new = before[offer.code], now[offer.code]
            if offer.route != Route.CLOSED_API or offer.cloud or not (old > 0 and new > 0):
                continue
            change, moved = new / old - 1, abs(new - old) * tokens[offer.line.code] / TOKENS_PER_MTOK
            if change <= -WAR_CUT:
                cuts[offer.seller] = cuts.get(offer.seller, 0.0) + moved
            if abs(change) >= CUT and self._may_tell(offer.line.name, record.month):
                text = f"{offer.line.name} costs ${new:.2f} per million tokens, {change:+.0%} from quarter to quarter"
                yield Event("price", offer.seller, offer.line.name, _cents(moved), text)
        if len(cuts) >= WAR_SELLERS and self._may_tell("war", record.month):
            text = f"price war: {', '.join(cuts)} cut by {WAR_CUT:.0%} or more from quarter to quarter"
            yield Event("price", "", "closed_api", _cents(sum(cuts.values())), text)

    def _may_tell(self, what: str, month: int) -> bool:
        """Whether it has been quiet about this for long enough; if so it is told now."""
        if month < self.quiet_until.get(what, 0):
            return False
        self.quiet_until[what] = month + QUIET
        return True


@dataclass
class Lead:
    """Who sells most through closed interfaces."""

    revenue: deque[FloatArray] = field(default_factory=lambda: deque(maxlen=QUARTER))
    leader: int = -1

    def events(self, world: World, record: MonthRecord) -> Iterator[Event]:
        """One lab overtakes another in API sales of the last months."""
        closed = record.demand.sheet.route == Route.CLOSED_API
        sales = (record.accounts.revenue_by_offer * closed).astype(np.float64)
        count = len(world.code_of)
        self.revenue.append(weighted_count(world.book.vendor.astype(np.int64), sales, count))
        recent = np.mean(self.revenue, axis=0)
        first = int(np.argmax(recent)) if recent.size else -1
        if first < 0 or recent[first] <= 0 or len(self.revenue) < QUARTER:
            return
        if self.leader < 0:
            self.leader = first
        elif first != self.leader and recent[first] >= LEAD_MARGIN * recent[self.leader]:
            names = [seller.name for seller in world.sellers]
            share = recent[first] / recent.sum()
            text = f"overtakes {names[self.leader]} in API sales, with {share:.0%} of them"
            moved = float(self.revenue[-1][first] - self.revenue[0][first])
            yield Event("lead", names[first], names[self.leader], abs(round(moved)), text)
            self.leader = first


@dataclass
class Queue:
    """GPU-hours that nobody can serve."""

    open_since: int = -1

    def events(self, world: World, record: MonthRecord) -> Iterator[Event]:
        """A shortage of machines begins or ends."""
        cleared = record.compute.cleared
        wanted = float(cleared.demanded.sum())
        unmet = float((cleared.lost + cleared.backlog + cleared.reneged).sum())
        share = unmet / wanted if wanted > 0 else 0.0
        if self.open_since < 0 and share >= QUEUE_BEGINS:
            self.open_since = record.month
            text = f"machines run short: {share:.0%} of the GPU-hours wanted wait or are lost"
            yield Event("shortage", "", "gpu_hour", _cents(unmet * record.tariffs.rent), text)
        elif self.open_since >= 0 and share <= QUEUE_ENDS:
            text = f"the queue for machines is gone, {record.month - self.open_since} months after it formed"
            yield Event("shortage", "", "gpu_hour", 0, text)
            self.open_since = -1


@dataclass
class PowerWall:
    """Machines that were delivered and stand still because no site has power for them."""

    up: bool = False

    def events(self, world: World, record: MonthRecord) -> Iterator[Event]:
        """Clouds run out of power, or have enough again."""
        waiting = float(sum(cloud.fleet.waiting(record.month) for cloud in world.clouds))
        running = float(record.capacity.accelerators.sum())
        share = waiting / (waiting + running) if waiting + running > 0 else 0.0
        if not self.up and share >= WALL_BEGINS:
            self.up = True
            idle = waiting * HOURS_PER_MONTH * float(record.tariffs.rent)
            text = f"power runs short: {waiting:,.0f} machines ({share:.0%}) are delivered and wait for a live site"
            yield Event("shortage", "", "power", _cents(idle), text)
        elif self.up and share <= WALL_ENDS:
            self.up = False
            yield Event("shortage", "", "power", 0, "every machine delivered has power again")


@dataclass
class IdleLabs:
    """Labs that begin no training run."""

    idle: dict[str, int] = field(default_factory=dict)  # months without a run
    spend: dict[str, float] = field(default_factory=dict)  # USD a month, when it last trained

    def events(self, world: World, record: MonthRecord) -> Iterator[Event]:
        """A lab stops training, or trains again after having stopped."""
        if world.training_path is not None:
            return
        for lab in (lab for lab in world.labs if lab.alive):
            months = self.idle.get(lab.name, 0)
            if lab.run is None:
                self.idle[lab.name] = months + 1
                if months + 1 == IDLE_MONTHS:
                    spent = self.spend.get(lab.name, 0.0)
                    text = f"stops training: no run pays or can be paid for {IDLE_MONTHS} months"
                    yield Event("reversal", lab.name, "training", _cents(spent), text)
                continue
            if months >= IDLE_MONTHS:
                text = f"trains again after {months} months"
                yield Event("reversal", lab.name, "training", _cents(lab.run.budget), text)
            self.idle[lab.name] = 0
            self.spend[lab.name] = lab.run.budget


@dataclass
class Shelf:
    """Which model lines somebody offers."""

    last: BoolArray | None = None  # (lines,)

    def events(self, world: World, record: MonthRecord) -> Iterator[Event]:
        """A model line is withdrawn, or offered for the first time or again."""
        sheet = record.demand.sheet
        offered = np.zeros(len(world.book.lines), dtype=bool)
        offered[sheet.model[sheet.available]] = True
        before, self.last = self.last, offered
        if before is None:
            return
        sales = np.bincount(world.book.line_of, weights=record.accounts.revenue_by_offer, minlength=len(offered))
        for line in world.book.lines:
            if before[line.code] and not offered[line.code]:
                yield Event("exit", line.developer, line.name, round(float(sales[line.code])), "is no longer offered")
            elif offered[line.code] and not before[line.code]:
                yield Event("entry", line.developer, line.name, 0, "comes on offer")


def _cents(dollars: float) -> int:
    return round(float(dollars) * CENTS_PER_DOLLAR)
