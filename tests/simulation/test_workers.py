"""Workers change no result, report what goes wrong, and never outlive their parent."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from simulation.workers import Stopped, WorkerLost, birth_of_workers, map_worlds

ROOT = Path(__file__).resolve().parents[2]
SLEEPERS = """
import os, time
from simulation.workers import map_worlds
print(os.getpid(), flush=True)
map_worlds(time.sleep, [60.0, 60.0], workers=2, threads=1, warm_up=os.getpid, done=print)
"""  # not guarded by __name__ == "__main__": workers must not run it again


needs_proc = pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="asks /proc for the children of a process"
)


def mapped(function, tasks, workers: int, done=lambda outcome: None):
    return map_worlds(function, tasks, workers=workers, threads=1, warm_up=os.getpid, done=done)


def test_the_number_of_workers_changes_nothing():
    tasks, told = [9, 16, 2, 100, 49], []
    assert mapped(math.isqrt, tasks, workers=1) == mapped(math.isqrt, tasks, workers=2, done=told.append)
    assert sorted(told) == [1, 3, 4, 7, 10]


def test_an_error_in_one_world_is_raised_by_the_parent():
    with pytest.raises(ValueError, match=r"math domain|nonnegative"):
        mapped(math.sqrt, [4.0, -1.0, 9.0], workers=2)


def test_a_worker_that_disappears_is_said_in_one_line():
    with pytest.raises(WorkerLost, match="memory may have run out"):
        mapped(os._exit, [3, 3], workers=2)


@pytest.fixture
def sleepers(tmp_path):
    """A parent whose two workers sleep for a minute, in a session of its own, and the pids of its children."""
    script = tmp_path / "sleepers.py"
    script.write_text(SLEEPERS)
    parent = subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    wait_until(lambda: len(python_workers(parent.pid)) == 2)
    yield parent
    parent.kill()
    parent.communicate()


def python_workers(parent: int) -> list[int]:
    """Pids of the spawned workers of a process."""
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    except OSError:
        return []
    return [int(pid) for pid in children if "spawn_main" in command_of(int(pid))]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def wait_until(condition, seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "this did not happen in time"
        time.sleep(0.05)


def gone(pids: list[int]) -> bool:
    return not any(command_of(pid) for pid in pids)


@needs_proc
def test_workers_end_when_their_parent_is_killed(sleepers):
    workers = python_workers(sleepers.pid)
    time.sleep(1.0)
    os.kill(sleepers.pid, signal.SIGKILL)
    wait_until(lambda: gone(workers), seconds=10.0)


@needs_proc
def test_an_interrupt_ends_parent_and_workers_at_once_and_only_the_parent_speaks(sleepers):
    workers = python_workers(sleepers.pid)
    time.sleep(1.0)
    os.killpg(sleepers.pid, signal.SIGINT)
    _, complaint = sleepers.communicate(timeout=10)
    assert sleepers.returncode in (-signal.SIGINT, 130, 1)
    assert complaint.count("Traceback") == 1
    wait_until(lambda: gone(workers), seconds=5.0)


@needs_proc
def test_an_interrupt_while_workers_start_is_told_by_the_parent_alone(sleepers):
    workers = python_workers(sleepers.pid)
    os.killpg(sleepers.pid, signal.SIGINT)  # they are still importing what they need
    _, complaint = sleepers.communicate(timeout=20)
    assert sleepers.returncode in (-signal.SIGINT, 130, 1)
    assert complaint.count("Traceback") == 1
    wait_until(lambda: gone(workers), seconds=5.0)


def test_workers_are_born_deaf_to_interrupts_and_the_parent_hears_one_afterwards():
    told, heard_before = [], signal.getsignal(signal.SIGINT)
    ask = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    signal.signal(signal.SIGINT, lambda *_: told.append("interrupted"))
    try:
        with birth_of_workers(1):
            child = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)
            assert told == []
        assert told == ["interrupted"]
    finally:
        signal.signal(signal.SIGINT, heard_before)
    assert child.stdout == "True\n"


@pytest.mark.parametrize("workers", (1, 2))
def test_work_that_is_stopped_ends_at_once(workers):
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Stopped):
        map_worlds(
            time.sleep, [60.0, 60.0], workers=workers, threads=1, warm_up=os.getpid, done=lambda outcome: None,
            stop=stop,
        )  # fmt: skip
    assert time.monotonic() - begun < 30.0
