"""Speed and memory of one whole world, measured in a process of its own so that nothing else is counted.

`python -m benchmarks.whole_world [--companies N] [--months N] [--threads N]` founds the baseline, lives through the
months and prints where the time went. The numba kernels are loaded by a small world before, whose time is stated apart:
the first run on a machine compiles them, later ones read them from disk.
"""

from __future__ import annotations

import argparse
import inspect
import re
import resource
import time
from collections import Counter
from collections.abc import Callable

from scenarios import read_scenario
from simulation import ComputeEconomy

WARM_COMPANIES, WARM_MONTHS = 300, 15


def economy(companies: int, months: int, threads: int) -> ComputeEconomy:
    """The baseline with so many companies and months."""
    scenario = read_scenario("baseline", overrides={"companies.count": companies, "horizon.months": months})
    return ComputeEconomy(scenario, draw=1, threads=threads)


def timed_phases(world: ComputeEconomy) -> Counter[str]:
    """Seconds spent in each phase, filled as the world goes on; the phases are the calls of `ComputeEconomy.step`."""
    seconds: Counter[str] = Counter()

    def timed(name: str, phase: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            start = time.perf_counter()
            phase()
            seconds[name] += time.perf_counter() - start

        return run

    for name in re.findall(r"self\.(\w+)\(\)", inspect.getsource(ComputeEconomy.step)):
        setattr(world, name, timed(name, getattr(world, name)))
    return seconds


def peak_megabytes() -> float:
    """Largest memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: list[str] | None = None) -> int:
    """Run one world and print its times and its memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=120)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)

    start = time.perf_counter()
    economy(WARM_COMPANIES, WARM_MONTHS, options.threads).run()
    loading, small = time.perf_counter() - start, peak_megabytes()
    start = time.perf_counter()
    world = economy(options.companies, options.months, options.threads)
    founding = time.perf_counter() - start
    seconds = timed_phases(world)
    start = time.perf_counter()
    world.run()
    running = time.perf_counter() - start

    print(f"{options.companies:,} companies x {options.months} months, kernel threads {options.threads}:", end=" ")
    print(f"{founding + running:.1f} s (founding {founding:.1f} s, {1000 * running / options.months:.1f} ms a month)")
    for name, spent in seconds.most_common():
        print(f"  {name:<22}{1000 * spent / options.months:>10.2f} ms a month")
    print(f"  loading the kernels first took {loading:.1f} s")
    print(f"  peak memory {peak_megabytes():,.0f} MB, of which {small:,.0f} MB without the companies", end="; ")
    print(f"{1e6 * (peak_megabytes() - small) / options.companies:,.0f} bytes a company")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
