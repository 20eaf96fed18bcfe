"""Local workers for a sweep: a process each, replaced when it dies, with the parent knowing what it was at.

A pool of the standard library is broken by the death of one of its processes and does not say whose work was lost. Here
every worker has a pipe of its own, so that one death costs one run and the others go on.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Protocol

from simulation.sweeping.work import LOST, Outcome, Task
from simulation.workers import WorkerLost, birth_of_workers, end_with_parent

MOST_STILLBORN = 20  # workers in a row that ended before they were ready
_READY = "ready"
_COMPILING = Path(tempfile.gettempdir()) / "commonweight-compiling.lock"


class Crew(Protocol):
    """Whoever computes the runs: local processes, or a cluster."""

    def free(self) -> int:
        """How many more tasks can be given now."""

    def give(self, task: Task) -> None:
        """Hand over one task."""

    def outcomes(self, seconds: float) -> list[Outcome]:
        """What has come back; waits for the first for so many seconds at most."""


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: Connection
    ready: bool = False
    task: Task | None = None


class LocalCrew:
    """Worker processes of this machine; obtained from `local_crew`."""

    def __init__(
        self, workers: int, *, threads: int, compute: Callable[[Any], Any], warm_up: Callable[[], object]
    ) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._lifeline, self._held = self._context.Pipe(duplex=False)  # closes when this process ends, however it does
        self._threads, self._compute, self._warm_up = threads, compute, warm_up
        self._stillborn = 0
        self._crew = [self._hired() for _ in range(workers)]

    def free(self) -> int:
        """How many workers wait for a task."""
        return sum(worker.ready and worker.task is None for worker in self._crew)

    def give(self, task: Task) -> None:
        """Hand a task to a worker that waits; one that turns out to be dead is noticed by `outcomes`."""
        worker = next(worker for worker in self._crew if worker.ready and worker.task is None)
        worker.task = task
        with suppress(BrokenPipeError, ConnectionResetError):
            worker.pipe.send(task)

    def outcomes(self, seconds: float) -> list[Outcome]:
        """What came back within `seconds`, a lost task for every worker that died at one.

        Raises WorkerLost where no worker lives long enough to begin.
        """
        found: list[Outcome] = []
        pipes = [worker.pipe for worker in self._crew]
        ended = [worker.process.sentinel for worker in self._crew]
        told = wait([*pipes, *ended], timeout=seconds)
        for place, worker in enumerate(self._crew):
            if worker.pipe in told and self._hear(worker, found):
                continue
            if worker.process.sentinel in told or worker.pipe in told:
                self._replace(place, found)
        return found

    def _hear(self, worker: _Worker, found: list[Outcome]) -> bool:
        """Take one message of a worker; False where its pipe has ended."""
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            return False
        if isinstance(message, str):
            worker.ready = True
        else:
            found.append(message)
            worker.task = None
            self._stillborn = 0
        return True

    def _replace(self, place: int, found: list[Outcome]) -> None:
        """Bury a dead worker and hire another."""
        dead = self._crew[place]
        dead.process.kill()
        dead.process.join()
        dead.pipe.close()
        if dead.task is not None:
            found.append(Outcome(dead.task.digest, LOST, _cause(dead.process.exitcode)))
        if not dead.ready:
            self._stillborn += 1
            if self._stillborn >= MOST_STILLBORN:
                raise WorkerLost(
                    "worker processes end before they can begin; memory may have run out: use fewer --workers"
                )
        self._crew[place] = self._hired()

    def _hired(self) -> _Worker:
        """A new worker process."""
        ours, theirs = self._context.Pipe()
        arguments = (theirs, self._lifeline, self._compute, self._warm_up)
        process = self._context.Process(target=_serve, args=arguments, daemon=True)
        with birth_of_workers(self._threads):
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def dismiss(self) -> None:
        """End every worker at once."""
        self._held.close()
        for worker in self._crew:
            worker.pipe.close()
            worker.process.kill()
        for worker in self._crew:
            worker.process.join()
        self._lifeline.close()


@contextmanager
def local_crew(
    workers: int, *, threads: int, compute: Callable[[Any], Any], warm_up: Callable[[], object]
) -> Iterator[LocalCrew]:
    """So many local workers, ended when the block is left; `compute` and `warm_up` are functions of a module."""
    crew = LocalCrew(workers, threads=threads, compute=compute, warm_up=warm_up)
    try:
        yield crew
    finally:
        crew.dismiss()


def _serve(
    pipe: Connection, lifeline: Connection, compute: Callable[[Any], Any], warm_up: Callable[[], object]
) -> None:
    """The life of a worker: prepare, then compute what is sent until the parent closes the pipe or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupts are the parent's
    threading.Thread(target=end_with_parent, args=(lifeline,), daemon=True).start()
    with _COMPILING.open("a") as turn, suppress(Exception):  # what fails here fails again in the runs, which report it
        fcntl.flock(turn, fcntl.LOCK_EX)  # the first compiles the kernels, the others load them; a dead one lets go
        warm_up()
    with suppress(EOFError, OSError):
        pipe.send(_READY)
        while True:
            pipe.send(compute(pipe.recv()))


def _cause(exit_code: int | None) -> str:
    """How a process ended, in words."""
    if exit_code is not None and exit_code < 0:
        return f"killed by {signal.Signals(-exit_code).name}" + ("; memory may have run out" if exit_code == -9 else "")
    return f"ended by itself with code {exit_code}"
