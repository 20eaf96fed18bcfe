"""One user's running world: a course that moves on in a thread of its own, watched by whoever shows it.

A `World` takes commands (`step`, `play`, `run_to_end`, `pause`, `reset`, `close`) and publishes a `Snapshot` now and
then. It knows nothing of a browser, and no command waits for a month to end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from app.courses import Course, Snapshot
from scenarios import Scenario
from simulation import ComputeEconomy
from simulation.breakdown import EconomyBreakdown

MONTHS_PER_SECOND = 4.0  # at which a played world moves on, so that an eye can follow
PUBLISHED_EVERY = 1.0  # seconds between two snapshots of a world that runs on: drawing the page takes time from it

READY, PLAYING, RUNNING, FINISHED, FAILED = "ready", "playing", "running", "finished", "failed"


class World:
    """A scenario's world for one page. Commands may come from any thread; listeners are told from the world's own.

    A listener must not wait for anything: it notes that something is new.
    """

    def __init__(self, scenario: Scenario, *, draw: int = 1, arm: str = "open") -> None:
        self._course = Course(scenario, draw=draw, arm=arm)
        self._state = READY
        self._listeners: list[Callable[[], None]] = []
        self._commands = threading.RLock()
        self._stop = threading.Event()  # of the thread that moves the world, if there is one
        self._thread: threading.Thread | None = None

    @property
    def scenario(self) -> Scenario:
        """What is assumed."""
        return self._course.scenario

    @property
    def draw(self) -> int:
        """Number of the random world."""
        return self._course.draw

    @property
    def arm(self) -> str:
        """The licence regime: open, closed or absent."""
        return self._course.arm

    @property
    def economy(self) -> ComputeEconomy | None:
        """The economy, None before it is founded; to be read under `lock` only."""
        return self._course.economy

    @property
    def lock(self) -> Any:
        """Held while a month is computed."""
        return self._course.lock

    @property
    def month(self) -> int:
        """How many months are simulated."""
        return self._course.month

    @property
    def months(self) -> int:
        """How many months the scenario has."""
        return self._course.months

    @property
    def progress(self) -> float:
        """Share of the months that are simulated."""
        return self.month / self.months

    @property
    def state(self) -> str:
        """READY, PLAYING, RUNNING, FINISHED or FAILED."""
        return self._state

    @property
    def playing(self) -> bool:
        """Whether the world moves on by itself."""
        return self._state in (PLAYING, RUNNING)

    @property
    def problem(self) -> str:
        """Why the world failed; empty where it did not."""
        return self._course.problem

    @property
    def history(self) -> pd.DataFrame:
        """The indicators so far; without a row before the first month."""
        latest = self._course.latest
        return pd.DataFrame() if latest is None else latest.indicators

    def snapshot(self, month: int | None = None) -> Snapshot | None:
        """The latest snapshot published, or that of an earlier month; None before the first month and beyond it."""
        course = self._course
        if course.latest is None or month is None or month == course.latest.month:
            return course.latest
        return course.snapshot(month) if 0 <= month < course.latest.month else None

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called whenever something is new; returns what ends it."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def step(self) -> None:
        """Simulate one month."""
        self._begin(RUNNING, months=1, pace=0.0)

    def play(self) -> None:
        """Move on at a pace that an eye can follow, to the end or until told to pause."""
        self._begin(PLAYING, months=None, pace=1.0 / MONTHS_PER_SECOND)

    def run_to_end(self) -> None:
        """Move on to the last month as fast as the machine can."""
        self._begin(RUNNING, months=None, pace=0.0)

    def pause(self) -> None:
        """Stop after the month under way, without waiting for it."""
        with self._commands:
            self._stop.set()
            if self.playing:
                self._state = READY
        self._tell()

    cancel = pause

    def reset(self, scenario: Scenario | None = None, *, draw: int | None = None, arm: str | None = None) -> None:
        """Go back to before the first month, with another scenario, draw or arm where they are given."""
        self.adopt(Course(scenario or self.scenario, draw=draw or self.draw, arm=arm or self.arm))

    def adopt(self, course: Course) -> None:
        """Show another course, such as one that others look at as well, and leave the one shown so far."""
        with self._commands:
            self._stop.set()
            self._course = course
            self._state = FAILED if course.problem else FINISHED if course.month >= course.months else READY
        self._tell()

    def close(self) -> None:
        """Stop, and hold nothing any more."""
        with self._commands:
            self._listeners.clear()
            self.reset()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the world stands still; whether it does."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def _begin(self, state: str, *, months: int | None, pace: float) -> None:
        """Start a thread that moves the world on; one that moves it already ends after its month."""
        with self._commands:
            self._stop.set()
            course = self._course
            if course.problem or course.month >= course.months:
                return
            self._stop = threading.Event()
            self._state = state
            last = course.months if months is None else min(course.month + months, course.months)
            job = {"course": course, "last": last, "pace": pace, "stop": self._stop}
            self._thread = threading.Thread(target=self._move, kwargs=job, name="world", daemon=True)
            self._thread.start()
        self._tell()

    def _move(self, *, course: Course, last: int, pace: float, stop: threading.Event) -> None:
        """Simulate months until `last` are done or a stop is asked for, and publish on the way."""
        published = -PUBLISHED_EVERY
        try:
            while course.month < last and not stop.is_set():
                begun = time.monotonic()
                course.advance()
                if pace or time.monotonic() - published >= PUBLISHED_EVERY:
                    course.publish()
                    published = time.monotonic()
                    self._tell()
                stop.wait(max(0.0, begun + pace - time.monotonic()) if pace else 0.0)
            course.publish()
        except EconomyBreakdown as breakdown:
            course.problem = str(breakdown)
        except Exception as failure:
            course.problem = f"the simulation stopped: {type(failure).__name__}: {failure}"
            raise
        finally:
            with self._commands:
                if self._course is course and self._stop is stop:
                    self._state = FAILED if course.problem else FINISHED if course.month >= course.months else READY
            self._tell()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()
