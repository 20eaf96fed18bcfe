"""Open against closed, in the background: pairs of worlds in processes of their own, and the answer as they come in."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress

from scenarios import Scenario
from simulation.answering.answer import Answer
from simulation.answering.pairing import compare
from simulation.answering.report import FEW_PAIRS
from simulation.breakdown import EconomyBreakdown
from simulation.memory import shortage
from simulation.workers import Stopped, WorkerLost, available_cores

GENTLE = 5  # how much worlds in the background stand back behind the page
ONE_AT_A_TIME = threading.Lock()  # comparisons of all pages: each uses every core
WAITING, RUNNING, DONE, CANCELLED, FAILED = "waiting", "running", "done", "cancelled", "failed"


class ArmsCompared:
    """One comparison of the arms of a scenario: started at once, cancelled at any time.

    `answer` rests on the pairs that are complete, None before the first. `listener` is told of every change from the
    comparison's own thread and must not wait for anything.
    """

    def __init__(self, scenario: Scenario, *, pairs: int, listener: Callable[[], None]) -> None:
        self.scenario, self.pairs = scenario, pairs
        self.state, self.problem = WAITING, ""
        self.answer: Answer | None = None
        self.worlds_done, self.worlds = 0, 2 * pairs
        self._listener = listener
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="comparison", daemon=True)
        self._thread.start()

    @property
    def is_under_way(self) -> bool:
        """Whether pairs are still to come."""
        return self.state in (WAITING, RUNNING)

    @property
    def complete(self) -> int:
        """Pairs of which both worlds are done."""
        return 0 if self.answer is None else self.answer.basis.pairs

    @property
    def is_early(self) -> bool:
        """Whether it is too early to say: intervals of so few pairs are of little use."""
        return self.complete < FEW_PAIRS

    def cancel(self) -> None:
        """Stop all work at once; what is complete stays."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is under way; whether that is so."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        """Wait for the turn, compute every pair, and end with a state that says how it went."""
        while not ONE_AT_A_TIME.acquire(timeout=0.2):
            if self._stop.is_set():
                self._ended(CANCELLED)
                return
        try:
            self._compare()
            self._ended(DONE)
        except Stopped:
            self._ended(CANCELLED)
        except (EconomyBreakdown, WorkerLost, MemoryError) as failure:
            self._ended(FAILED, str(failure) or "memory ran out")
        except Exception as failure:
            self._ended(FAILED, f"the comparison stopped: {type(failure).__name__}: {failure}")
            raise
        finally:
            ONE_AT_A_TIME.release()

    def _compare(self) -> None:
        workers = min(available_cores(), self.worlds)
        problem = shortage(self.scenario.companies.count, worlds=workers)
        if problem:
            raise MemoryError(problem)
        self.state = RUNNING
        self._listener()
        with suppress(AttributeError, OSError):  # worker processes inherit it from the thread that starts them
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), GENTLE)
        self.answer = compare(
            self.scenario, pairs=self.pairs, workers=workers, progress=self._progress, watch=self._arrived,
            stop=self._stop,
        )  # fmt: skip

    def _progress(self, done: int, total: int) -> None:
        self.worlds_done, self.worlds = done, total
        self._listener()

    def _arrived(self, answer: Answer) -> None:
        self.answer = answer
        self._listener()

    def _ended(self, state: str, problem: str = "") -> None:
        self.state, self.problem = state, problem
        self._listener()
