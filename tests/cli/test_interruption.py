"""Work that is cut short: a full disk, Ctrl-C, a lost world. Nothing half-written is ever taken for complete."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import simulation
import simulation.economy
import simulation.results.storage
from scenarios import Scenario
from simulation import open_results
from simulation.cli import exit_code
from simulation.results.errors import StorageError
from simulation.results.schema import empty_frame
from simulation.results.tables import RUN_TABLES, TABLES
from simulation.run import Run

SLOW_WORLD = """
import os, pathlib, time

def compile_kernels(miniature, threads):
    pass

def run_world(world):
    pathlib.Path(os.environ["STARTED"], str(os.getpid())).touch()
    time.sleep(120)
"""
SLOW_ANSWER = """
import sys, slow_world
from simulation import compare
from simulation.cli import exit_code
pairs = sys.modules[compare.__module__]
pairs.run_world, pairs.compile_kernels = slow_world.run_world, slow_world.compile_kernels
sys.exit(exit_code(sys.argv[1:]))
"""


class EmptyEconomy:
    """An economy in which nothing happens, in place of the real one."""

    def __init__(self, scenario: Scenario, *, draw: int, arm: str, **_: object) -> None:
        frames = {name: empty_frame(TABLES[name]) for name in RUN_TABLES}
        self.run = Run(scenario=scenario, arm=arm, draw=draw, manifest={"not_modelled": ()}, **frames)

    def step(self) -> None:
        """Let a month pass."""

    def results(self) -> Run:
        """Tables without a row."""
        return self.run


def test_a_finished_run_can_be_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(simulation.economy, "ComputeEconomy", EmptyEconomy)
    monkeypatch.setattr("simulation.console.path_by_year", lambda _: "")
    assert exit_code(["run", "baseline", "--out", str(tmp_path)]) == 0
    assert open_results(tmp_path).manifest["runs"][0]["draw"] == 1


@pytest.mark.parametrize("renames_before_the_disk_is_full", [0, 1, 4])
def test_a_disk_that_fills_up_ends_the_run_in_one_line_and_leaves_no_manifest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    renames_before_the_disk_is_full: int,
) -> None:
    renames = 0

    def replace(source: object, target: object) -> None:
        nonlocal renames
        renames += 1
        if renames > renames_before_the_disk_is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        os.rename(str(source), str(target))

    monkeypatch.setattr(simulation.economy, "ComputeEconomy", EmptyEconomy)
    monkeypatch.setattr(simulation.results.storage.os, "replace", replace)
    assert exit_code(["run", "baseline", "--months", "1", "--out", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    progress, complaint = printed.err.splitlines()
    assert progress == "months: 1 of 1"
    assert "no room left on the disk" in complaint
    assert not (tmp_path / "manifest.json").exists()
    with pytest.raises(StorageError):
        _ = open_results(tmp_path).manifest


def test_an_interrupted_run_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(simulation, "simulate", interrupted, raising=False)
    assert exit_code(["run", "baseline", "--out", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "commonweight: interrupted\n"
    assert not (tmp_path / "manifest.json").exists()


def test_ctrl_c_ends_an_answer_and_all_its_workers(tmp_path: Path) -> None:
    started, out = tmp_path / "started", tmp_path / "results"
    started.mkdir()
    (tmp_path / "slow_world.py").write_text(SLOW_WORLD)
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "STARTED": str(started)}
    command = [sys.executable, "-c", SLOW_ANSWER, "answer", "--pairs", "2", "--workers", "2", "--out", str(out)]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:
        try:
            _wait_until(lambda: len(list(started.iterdir())) == 2)
            os.killpg(process.pid, signal.SIGINT)
            printed, complaint = process.communicate(timeout=30)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 130
    assert (printed, complaint) == ("", "commonweight: interrupted\n")
    assert not (out / "manifest.json").exists()
    _wait_until(lambda: not any(_alive(int(worker.name)) for worker in started.iterdir()))


def _wait_until(condition: object, *, seconds: float = 60.0) -> None:
    """Wait for a condition; a wait in vain fails the test."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
