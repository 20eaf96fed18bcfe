"""The loop that hands out the runs that are missing and hears what became of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from simulation.results.errors import StorageError
from simulation.sweeping.crew import Crew
from simulation.sweeping.work import DONE, FAILED, LOST, STOP, Outcome, Task

MOST_LOSSES = 10  # times a run may take its worker with it before it counts as failed
PATIENCE = 1.0  # seconds between looks at a silent crew


@dataclass
class Tally:
    """What a sweep has to show so far; no run is remembered unless its worker was lost."""

    done: int = 0
    failed: int = 0
    seconds: float = 0.0  # of computing, over all workers
    losses: dict[str, int] = field(default_factory=dict)

    @property
    def finished(self) -> int:
        """Runs that need no more work."""
        return self.done + self.failed


def drive(
    tasks: Iterable[Task], crew: Crew, *, heard: Callable[[Tally, Outcome], None],
    given_up: Callable[[Task, str], None],
) -> Tally:  # fmt: skip
    """Have every task computed; at most as many are in flight as the crew takes.

    A task whose worker dies is tried again after the others, `MOST_LOSSES` times; `given_up` is told of one that never
    came back. `heard` is told of every task that is done or failed. Raises StorageError where a worker says that all
    must stop.
    """
    waiting, again = iter(tasks), deque[Task]()
    in_flight: dict[str, Task] = {}
    tally = Tally()
    exhausted = False
    while True:
        while crew.free() and not (exhausted and not again):
            task = None if exhausted else next(waiting, None)
            if task is None:
                exhausted = True
                if not again:
                    break
                task = again.popleft()
            if task.digest in in_flight:  # two points of the design are the same world
                tally.done += 1
                continue
            in_flight[task.digest] = task
            crew.give(task)
        if exhausted and not again and not in_flight:
            return tally
        for outcome in crew.outcomes(PATIENCE):
            task = in_flight.pop(outcome.digest)
            if outcome.status == STOP:
                raise StorageError(outcome.problem)
            if outcome.status == LOST:
                tally.losses[task.digest] = tally.losses.get(task.digest, 0) + 1
                if tally.losses[task.digest] < MOST_LOSSES:
                    again.append(task)
                    continue
                given_up(task, outcome.problem)
            _count(tally, outcome)
            heard(tally, outcome)


def _count(tally: Tally, outcome: Outcome) -> None:
    tally.losses.pop(outcome.digest, None)
    tally.seconds += outcome.seconds
    tally.done += outcome.status == DONE
    tally.failed += outcome.status in (FAILED, LOST)
