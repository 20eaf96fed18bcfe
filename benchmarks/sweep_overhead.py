"""What a sweep costs beside its simulations: the same short worlds bare, in two processes, and as a sweep.

Bare means `simulate` in a loop, results thrown away. Both are timed from the moment all workers are ready to the last
run, in turns; the fastest turn of each counts, as other work on the machine only ever adds time. Run as
`python -m benchmarks.sweep_overhead [--runs N] [--turns N]`; the exit code is 1 where a run costs over 10% more.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scenarios import Design, read_design
from simulation.sweeping import sweep as sweeping
from simulation.sweeping.crew import Crew, LocalCrew, local_crew
from simulation.sweeping.sweep import sweep, warm_up
from simulation.sweeping.work import DONE, Outcome

DESIGN = """schema = 1
arms = ["open", "closed"]
draws = {draws}
companies = {companies}
months = {months}

[factors]
"selfhost.overhead" = {{levels = 5}}
"""
MOST = 0.10
WORKERS = 2
PATIENCE = 5.0


class Bare:
    """A list of worlds for one process."""

    def __init__(self, worlds: list[tuple[str, dict[str, Any], str, int]]) -> None:
        self.digest, self.worlds = "bare", worlds


def simulate_all(bare: Bare) -> Outcome:
    """Simulate every world of a list; seconds of processor time in the outcome."""
    from scenarios import read_scenario
    from simulation import simulate

    known: dict[str, Any] = {}
    began = time.process_time()
    for source, overrides, arm, draw in bare.worlds:
        key = repr((source, overrides))
        if key not in known:
            known = {key: read_scenario(source, overrides=overrides)}
        simulate(known[key], draw=draw, arm=arm)
    return Outcome(bare.digest, DONE, seconds=time.process_time() - began)


def all_ready(crew: LocalCrew) -> None:
    """Wait until every worker is."""
    while crew.free() < WORKERS:
        crew.outcomes(PATIENCE)


def bare_turn(design: Design) -> tuple[float, float]:
    """Wall and processor seconds of the bare worlds, shared out evenly."""
    worlds = [(world.source, dict(world.overrides), world.arm, world.draw) for world in design.worlds()]
    with local_crew(WORKERS, threads=1, compute=simulate_all, warm_up=warm_up) as crew:
        all_ready(crew)
        began = time.perf_counter()
        for part in range(WORKERS):
            crew.give(Bare(worlds[part::WORKERS]))
        back: list[Outcome] = []
        while len(back) < WORKERS:
            back += crew.outcomes(PATIENCE)
        return time.perf_counter() - began, sum(outcome.seconds for outcome in back)


def sweep_turn(design: Design) -> tuple[float, float, float]:
    """Wall seconds of the sweep's runs, and processor seconds of its workers and of its parent, from ready to done."""
    told: list[float] = []
    used: list[float] = []
    measured = sweeping._Sweep._work

    def waited(self: Any, crew: Crew, survey: Any) -> None:
        assert isinstance(crew, LocalCrew)
        all_ready(crew)
        before, parent = processor_of(crew), time.process_time()
        told.append(time.perf_counter())
        measured(self, crew, survey)
        told.append(time.perf_counter())
        used.extend((processor_of(crew) - before, time.process_time() - parent))

    with tempfile.TemporaryDirectory() as place:
        sweeping._Sweep._work = waited
        try:
            sweep(design, Path(place) / "out", workers=WORKERS, progress=silent)
        finally:
            sweeping._Sweep._work = measured
    return told[1] - told[0], used[0], used[1]


def processor_of(crew: LocalCrew) -> float:
    """Processor seconds that the workers have used so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0.0
    for worker in crew._crew:
        fields = Path(f"/proc/{worker.process.pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / ticks
    return total


@contextmanager
def silent(what: str) -> Iterator[Any]:
    """Progress that nobody watches."""
    yield lambda done, total: None


def main() -> int:
    """Take turns and compare the fastest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--companies", type=int, default=300)
    parser.add_argument("--months", type=int, default=12)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "design.toml"
        file.write_text(
            DESIGN.format(draws=max(options.runs // 10, 1), companies=options.companies, months=options.months)
        )
        design = read_design(file)
        bare, swept = [], []
        for _ in range(options.turns):
            bare.append(bare_turn(design))
            swept.append(sweep_turn(design))
    runs = design.runs
    wall, processor = min(turn[0] for turn in bare), min(turn[1] for turn in bare)
    swept_wall, workers, parent = (min(turn[place] for turn in swept) for place in range(3))
    each = 1000 / runs
    print(f"{runs} runs, {WORKERS} workers, ms a run            wall  processor")
    print(f"bare                               {WORKERS * wall * each:10.0f} {processor * each:10.0f}")
    print(f"sweep, workers                     {WORKERS * swept_wall * each:10.0f} {workers * each:10.0f}")
    print(f"sweep, parent                                 {parent * each:10.1f}")
    overhead = swept_wall / wall - 1
    of_processor = (workers + parent) / processor - 1
    print(f"overhead: {overhead:+.1%} of wall time, {of_processor:+.1%} of processor time (at most {MOST:.0%})")
    print(f"peak memory of the parent: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0 if of_processor <= MOST else 1


if __name__ == "__main__":
    from benchmarks import sweep_overhead  # under its own name, by which workers find its functions

    raise SystemExit(sweep_overhead.main())
