"""Worlds in parallel: worker processes that end with their parent and whose number changes no result.

Each world is computed whole by one process. Workers start clean (no fork of a process with threads), share compiled
kernels, and hold the reading end of a pipe whose writing end only the parent has: when it closes, because the work
was stopped or the parent died in whatever way, every worker ends at once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Lock
from typing import TypeVar

LISTENS_EVERY = 0.2  # seconds between two looks at whether the work is to be stopped

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


class Stopped(RuntimeError):
    """The work was stopped on request before it was done."""


class WorkerLost(RuntimeError):
    """A worker process ended without an answer, most often because memory ran out."""


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_worlds(
    simulate: Callable[[Task], Outcome],
    tasks: Sequence[Task],
    *,
    workers: int,
    threads: int,
    warm_up: Callable[[], None],
    done: Callable[[Outcome], None],
    stop: threading.Event | None = None,
) -> list[Outcome]:
    """The outcomes of all tasks in the order of the tasks, `done` being told each as it comes.

    `simulate` and `warm_up` are functions of a module, `warm_up` compiles the kernels or loads them; both run in this
    process if there is one worker and nobody may stop it. An error in a world stops the others and is raised here;
    WorkerLost if a process ended by itself. KeyboardInterrupt stops all workers at once, and so does `stop` once it is
    set, by which `Stopped` is raised.
    """
    if stop is None and (workers <= 1 or len(tasks) <= 1):
        return [_reported(simulate(task), done) for task in tasks]
    outcomes: dict[int, Outcome] = {}
    with _pool(min(workers, len(tasks)), warm_up=warm_up) as pool:
        with birth_of_workers(threads):
            places: dict[Future[Outcome], int] = {
                pool.submit(simulate, task): place for place, task in enumerate(tasks)
            }
        pending = set(places)
        while pending:
            if stop is not None and stop.is_set():
                raise Stopped("the work was stopped before it was done")
            finished, pending = wait(pending, timeout=LISTENS_EVERY, return_when=FIRST_COMPLETED)
            for future in finished:
                outcomes[places[future]] = _reported(_result(future), done)
    return [outcomes[place] for place in range(len(tasks))]


def _reported(outcome: Outcome, done: Callable[[Outcome], None]) -> Outcome:
    done(outcome)
    return outcome


def _result(future: Future[Outcome]) -> Outcome:
    """The outcome of one task, or WorkerLost in words."""
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise WorkerLost(
            "a worker process ended by itself; memory may have run out: use fewer --workers or --companies"
        ) from error


@contextmanager
def _pool(workers: int, *, warm_up: Callable[[], None]) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes end when the block is left early."""
    context = multiprocessing.get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(reader, context.Lock(), warm_up)
    )
    try:
        yield pool
        pool.shutdown(wait=True)
    finally:
        writer.close()  # tells every worker that is still there to end
        pool.shutdown(wait=True, cancel_futures=True)
        reader.close()


def _begin(reader: Connection, compiling: Lock, warm_up: Callable[[], None]) -> None:
    """Prepare one worker: leave interrupts to the parent, end with it, compile or load the kernels in turn."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, args=(reader,), daemon=True).start()
    with compiling, suppress(Exception):  # what fails here fails again in the worlds, which report it
        warm_up()


def end_with_parent(reader: Connection) -> None:
    """Wait until the writing end of the pipe is closed, then end this process without ceremony."""
    reader.poll(None)
    os._exit(1)


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Hold interrupts of this thread back for the length of the block, and of the processes it starts for ever.

    A new process would die of one with a traceback before it can say that interrupts are its parent's business.
    """
    resource_tracker.ensure_running()  # starting this helper of the standard library lets interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def birth_of_workers(threads: int) -> Iterator[None]:
    """What new processes must find: the number of kernel threads before numba is loaded, and no script to run again.

    Workers need nothing of the user's script, and it may not be guarded against being run by them. Nor do they hear of
    interrupts, from their first moment on.
    """
    with interrupts_held_back(), _surroundings_of_workers(threads):
        yield


@contextmanager
def _surroundings_of_workers(threads: int) -> Iterator[None]:
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    threads_before = os.environ.get("NUMBA_NUM_THREADS")
    try:
        os.environ["NUMBA_NUM_THREADS"] = str(threads)
        for name in kept:
            setattr(main, name, None)
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)
        if threads_before is None:
            del os.environ["NUMBA_NUM_THREADS"]
        else:
            os.environ["NUMBA_NUM_THREADS"] = threads_before
