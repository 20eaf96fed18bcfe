"""One course of a world, from its founding on, and what can be seen of it after each of its months.

A course knows nothing of a page: it is advanced and read under its lock by whoever shows it. All courses of a server
take turns at the processor, a month each.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from scenarios import Scenario
from simulation import ComputeEconomy
from simulation.measuring.trading import trade_edges
from simulation.mesa_api import INDICATOR_NAMES

TURNS = threading.BoundedSemaphore(2)  # months computed at a time on this server, whoever asks


@dataclass(frozen=True)
class Snapshot:
    """What can be seen of a world after one of its months; nothing in it changes any more, the economy apart.

    `economy` is the one that goes on: read it within `with snapshot.reading() as economy`, between two months, and
    change nothing in it; what tries something out works on `economy.fork()`.
    """

    scenario: Scenario
    arm: str
    draw: int
    month: int  # the month just simulated, 0 is January 2023
    indicators: pd.DataFrame  # a row for each month so far, as in the table `indicators`
    sellers: pd.DataFrame  # a row for each holder in this month, as in the table `sellers`
    market: pd.DataFrame  # the offers of this month, as in the table `market`
    flows: pd.DataFrame  # the payments of this month, as in the table `flows`
    edges: pd.DataFrame  # the same with companies by group: payer, payee, flow, cents (`simulation.measuring.trading`)
    events: pd.DataFrame  # what happened so far, as in the table `events`
    economy: ComputeEconomy = field(repr=False)
    lock: Any = field(repr=False)

    @property
    def identity(self) -> tuple[Scenario, int, str, int]:
        """What tells it from others: what is drawn of one need not be drawn again of another with the same."""
        return self.scenario, self.draw, self.arm, self.month

    @contextmanager
    def reading(self) -> Iterator[ComputeEconomy]:
        """The economy, which stands still meanwhile; it may be some months further than this snapshot."""
        with self.lock:
            yield self.economy


class Course:
    """One course of a world, from its founding on: the economy, the trade of every month, the latest snapshot."""

    def __init__(self, scenario: Scenario, *, draw: int, arm: str) -> None:
        self.scenario, self.draw, self.arm = scenario, draw, arm
        self.lock = threading.RLock()  # held while a month is computed
        self.economy: ComputeEconomy | None = None
        self.latest: Snapshot | None = None
        self.problem = ""
        self._edges: dict[int, pd.DataFrame] = {}
        self._rows: list[list[float]] = []  # indicators of every month

    @property
    def month(self) -> int:
        """How many months are simulated."""
        return 0 if self.economy is None else self.economy.month

    @property
    def months(self) -> int:
        """How many months there are to simulate."""
        return self.scenario.horizon.months

    def advance(self) -> None:
        """Simulate a month, after founding the economy if need be."""
        with TURNS, self.lock:
            if self.economy is None:
                self.economy = ComputeEconomy(self.scenario, draw=self.draw, arm=self.arm)
            self.economy.step()
            self._edges[self.economy.month - 1] = trade_edges(self.economy)
            self._rows.append([self.economy.recorder.indicators.latest(name) for name in INDICATOR_NAMES])

    def publish(self) -> None:
        """Take a snapshot of the last month, if there is one that is not taken yet."""
        with self.lock:
            if self.month and (self.latest is None or self.latest.month < self.month - 1):
                self.latest = self.snapshot(self.month - 1)

    def snapshot(self, month: int) -> Snapshot:
        """The snapshot of a month that has been simulated."""
        with self.lock:
            if self.economy is None or not 0 <= month < self.month:
                raise IndexError(f"month {month} has not been simulated: {self.month} have")
            recorder = self.economy.recorder
            events = recorder.events.frame()
            return Snapshot(
                scenario=self.scenario, arm=self.arm, draw=self.draw, month=month,
                indicators=self._indicators(month + 1), events=events[events["month"] <= month].reset_index(drop=True),
                sellers=recorder.sellers.month_frame(month), market=recorder.market.month_frame(month),
                flows=recorder.flows.month_frame(month), edges=self._edges[month], economy=self.economy,
                lock=self.lock,
            )  # fmt: skip

    def _indicators(self, months: int) -> pd.DataFrame:
        """The table `indicators` of the first months, put together anew as often as a page is drawn."""
        frame = pd.DataFrame(np.array(self._rows[:months]), columns=list(INDICATOR_NAMES))
        keys = {"scenario": self.scenario.name, "calibration": self.scenario.companies.calibration, "arm": self.arm}
        for place, (name, text) in enumerate(keys.items()):
            frame.insert(place, name, pd.array([text] * months, dtype="str"))
        frame.insert(len(keys), "draw", np.full(months, self.draw, dtype=np.int32))
        frame.insert(len(keys) + 1, "month", np.arange(months, dtype=np.int16))
        return frame
