"""`python -m benchmarks`: the company step beside its rivals, a whole world, the memory of a large one, a sweep's cost.

Each part runs in a process of its own; the exit code tells whether the promises of the company step (its ratios), of
the mechanisms around the core and of the sweep (its overhead) are kept. `python -m benchmarks.sweep_storm` is apart: it
kills processes for ten minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys


def run(module: str, *arguments: str) -> int:
    """Run a benchmark as a program and return its exit code."""
    return subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode


def main() -> int:
    """Run all parts, or those of a smaller size with `--small`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="fewer companies and months: minutes become seconds")
    small = parser.parse_args().small
    print("The company step, per workload and month", flush=True)
    promised = run("benchmarks.company_step")
    print("\nOne world", flush=True)
    one = run("benchmarks.whole_world", "--months", "24" if small else "120")
    print("\nThe whole economy beside its core", flush=True)
    around = run("benchmarks.whole_over_core", *(("--months", "24", "--turns", "1") if small else ()))
    print("\nA large world, for its memory", flush=True)
    size = ("50000", "12") if small else ("250000", "24")
    large = run("benchmarks.whole_world", "--companies", size[0], "--months", size[1], "--threads", "2")
    print("\nA sweep beside its simulations", flush=True)
    swept = run("benchmarks.sweep_overhead", "--turns", "1" if small else "3")
    return promised or one or around or large or swept


if __name__ == "__main__":
    raise SystemExit(main())
