"""A sweep on a cluster: a real scheduler and workers in processes of their own, some of which die."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from simulation import open_results
from simulation.sweeping.cluster import BadCluster, cluster_crew
from simulation.sweeping.probe import answer
from simulation.sweeping.sweep import sweep

ROOT = Path(__file__).resolve().parents[2]
DESIGN = """schema = 1
arms = ["open", "closed"]
draws = 3
companies = 60
months = 3

[factors]
"selfhost.overhead" = [0.2, 0.5]
"""
SBATCH = """#!/bin/bash
cp "${@: -1}" "$0.job"  # as Slurm does: the script may be deleted once the job is submitted
nohup bash "$0.job" > "$0.log" 2>&1 &
echo $! >> "$0.pids"
echo "Submitted batch job $!"
"""


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """Address of a scheduler started by hand, and three workers of it."""
    contact = tmp_path / "scheduler.json"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error"}
    quiet = {"cwd": tmp_path, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    common = ["--scheduler-file", str(contact), "--no-dashboard"]
    head = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *common], **quiet
    )
    workers = []
    try:
        wait_until(contact.exists)
        for number in range(3):
            place = ["--local-directory", str(tmp_path / f"worker-{number}")]
            line = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny"]
            workers.append(subprocess.Popen([*line, *place, *common], **quiet))
        yield str(json.loads(contact.read_text())["address"]), workers
    finally:
        for process in (*workers, head):
            process.kill()
            process.wait()


def test_a_worker_killed_in_mid_sweep_changes_nothing(
    scheduler: tuple[str, list[subprocess.Popen]], tmp_path: Path, lose: dict[str, int]
) -> None:
    address, workers = scheduler
    design = tmp_path / "my_design.toml"
    design.write_text(DESIGN)
    line = [sys.executable, "-m", "simulation", "sweep", str(design), "--out", str(tmp_path / "out")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*line, "--cluster", address], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as parent:
        wait_until(lambda: finished_runs(tmp_path / "out") >= 2)
        workers[0].send_signal(signal.SIGKILL)
        _, told = parent.communicate(timeout=600)
    assert parent.returncode == 0, told
    assert sweep(str(design), tmp_path / "calm").complete
    for table, keys in (("indicators", ["run", "month"]), ("runs", ["number"])):
        one, other = (
            open_results(tmp_path / name).table(table).sort_values(keys, ignore_index=True) for name in ("out", "calm")
        )
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_workers_are_hired_from_slurm_and_dismissed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sbatch` and `scancel` are stood in for by scripts that run and end the jobs on this machine."""
    design, bin_ = tmp_path / "my_design.toml", tmp_path / "bin"
    design.write_text(DESIGN.replace("draws = 3", "draws = 1"))
    bin_.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", '#!/bin/bash\nkill "$@"\n')):
        (bin_ / name).write_text(text)
        (bin_ / name).chmod((bin_ / name).stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DASK_JOBQUEUE__SLURM__INTERFACE", "lo")
    monkeypatch.chdir(tmp_path)
    line = [sys.executable, "-m", "simulation", "sweep", str(design), "--out", "out", "--cluster", "slurm"]
    done = subprocess.run([*line, "--workers", "1"], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "asked Slurm for 1 workers" in done.stderr
    assert len(open_results(tmp_path / "out").runs) == 4
    job = int((bin_ / "sbatch.pids").read_text().split()[0])
    wait_until(lambda: not alive(job))


def test_an_address_that_answers_nothing_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulation.sweeping.cluster.CONNECT_WITHIN", 1)
    with (
        pytest.raises(BadCluster, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"),
        cluster_crew("tcp://127.0.0.1:9", workers=1, compute=answer, say=print),
    ):
        pass


def finished_runs(out: Path) -> int:
    return len(list((out / "indicators").glob("*.parquet"))) if out.exists() else 0


def wait_until(condition: Callable[[], bool], *, seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().split()[2]
    except OSError:
        return False
