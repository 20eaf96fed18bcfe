"""What the mechanisms around the core cost: a month of the whole economy beside a month without them, in one run.

`python -m benchmarks.whole_over_core [--companies N] [--months N] [--turns N]` runs both economies by turns and
compares the processor time that they take. The core has demand, prices, clearing, investment, training, releases and
measures; around it stand specialists and their market, deals, communities, safety and the enforcement of credit. The
exit code tells whether the whole takes at most `MOST` times the core.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Mapping
from typing import Any

from benchmarks.whole_world import WARM_COMPANIES, WARM_MONTHS
from scenarios import read_scenario
from simulation import ComputeEconomy

MOST = 2.0
CORE: Mapping[str, Any] = {
    "labour.market": False, "staff.roles": False, "deal.active": False,
    "open.community": False, "safety.incidents": False, "safety.misuse": False, "finance.enforced": False,
}  # fmt: skip


def seconds_a_month(companies: int, months: int, changes: Mapping[str, Any]) -> float:
    """Processor time of one month of the open arm, founding left out."""
    sized = {"companies.count": companies, "horizon.months": months}
    world = ComputeEconomy(read_scenario("baseline", overrides=sized | changes), draw=1)
    start = time.process_time()
    world.run()
    return (time.process_time() - start) / months


def main(arguments: list[str] | None = None) -> int:
    """Run both economies by turns and print what the whole takes over the core."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args(arguments)
    for changes in ({}, CORE):
        seconds_a_month(WARM_COMPANIES, WARM_MONTHS, changes)
    size = options.companies, options.months
    turns = [(seconds_a_month(*size, {}), seconds_a_month(*size, CORE)) for _ in range(options.turns)]
    whole, core = (statistics.median(times) for times in zip(*turns, strict=True))
    ratio = statistics.median(one / other for one, other in turns)
    print(f"{options.companies:,} companies, {options.months} months, {options.turns} turns:", end=" ")
    print(f"whole {1000 * whole:.1f} ms a month, core {1000 * core:.1f},", end=" ")
    print(f"whole over core {ratio:.2f} (at most {MOST:g})")
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    raise SystemExit(main())
