"""A sweep in a storm of kills beside the same sweep left in peace: the tables must be equal to the last bit.

Run as `python -m benchmarks.sweep_storm [--runs N] [--months N] [--companies N] [--every SECONDS]`. Every few seconds,
at random, the parent or one of its workers is killed (SIGKILL); a parent that was killed is started again by the same
command. The exit code is 1 where the tables differ.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

DESIGN = """schema = 1
title = "Short worlds"
arms = ["open", "closed"]
draws = {draws}
companies = {companies}
months = {months}

[factors]
"selfhost.overhead" = [0.2, 0.3, 0.35, 0.4, 0.5]
"invest.gpu_lead_months" = [3, 6, 9, 12]
"""
POINTS = 40  # runs of one draw
SECONDS_OF_A_LOOK = 0.05


def table_hash(folder: Path) -> str:
    """SHA-256 over the indicators and the runs, sorted by their keys."""
    digest = hashlib.sha256()
    for table, keys in (("indicators", "run, month"), ("runs", "number")):
        query = f"SELECT * FROM '{folder}/{table}/*.parquet' ORDER BY {keys}"
        reader = duckdb.sql(query).to_arrow_reader(1000)
        for batch in reader:
            for column in batch.columns:
                digest.update(str(column.to_pylist()).encode())
    return digest.hexdigest()


def command(design: Path, out: Path, workers: int) -> list[str]:
    """The sweep as a person would start it."""
    return [sys.executable, "-m", "simulation", "sweep", str(design), "--out", str(out), "--workers", str(workers)]


def children(parent: int) -> list[int]:
    """Worker processes of a parent."""
    try:
        found = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
        return [pid for pid in found if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]
    except OSError:
        return []


def in_peace(line: list[str]) -> float:
    """Seconds the sweep takes when nobody disturbs it."""
    began = time.perf_counter()
    subprocess.run(line, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def in_a_storm(line: list[str], *, every: float, luck: random.Random) -> tuple[float, int, int]:
    """Seconds the sweep takes, and how many parents and workers were killed, about one every so many seconds."""
    began, parents, workers = time.perf_counter(), 0, 0
    while True:
        with subprocess.Popen(line, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None:
                blow = time.perf_counter() + luck.expovariate(1 / every)
                while process.poll() is None and time.perf_counter() < blow:
                    time.sleep(SECONDS_OF_A_LOOK)
                if process.poll() is not None:
                    break
                hands = children(process.pid)
                if hands and luck.random() < 2 / 3:
                    workers += 1
                    _kill(luck.choice(hands))
                else:
                    parents += 1
                    process.kill()
                    break
        if process.returncode == 0:
            return time.perf_counter() - began, parents, workers
        if process.returncode != -signal.SIGKILL:
            raise SystemExit(f"the sweep ended with {process.returncode} and not by our hand")


def _kill(pid: int) -> None:
    try:
        Path(f"/proc/{pid}").stat()
        subprocess.run(["kill", "-KILL", str(pid)], check=False, stderr=subprocess.DEVNULL)
    except OSError:
        return


def main() -> int:
    """Run both and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--companies", type=int, default=100)
    parser.add_argument("--months", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--every", type=float, default=4.0, help="mean seconds between kills")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        design, calm, wild = (Path(place) / name for name in ("design.toml", "calm", "wild"))
        draws = max(options.runs // POINTS, 1)
        design.write_text(DESIGN.format(draws=draws, companies=options.companies, months=options.months))
        seconds = in_peace(command(design, calm, options.workers))
        print(f"in peace: {draws * POINTS:,} runs in {seconds:,.0f} s", flush=True)
        luck = random.Random(options.seed)
        seconds, parents, workers = in_a_storm(command(design, wild, options.workers), every=options.every, luck=luck)
        print(f"in a storm: {seconds:,.0f} s, {parents} parents and {workers} workers killed", flush=True)
        equal = table_hash(calm) == table_hash(wild)
        print(f"tables equal: {'yes' if equal else 'NO'} ({table_hash(calm)[:16]})")
        return 0 if equal else 1


if __name__ == "__main__":
    raise SystemExit(main())
