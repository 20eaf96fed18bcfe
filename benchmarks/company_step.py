"""Speed of the company step: the kernel, its NumPy twin and an idiomatic Mesa version, in one run.

A month reviews a sixth of the workloads over all offers they consider and uses every offer held. Run as
`python -m benchmarks.company_step [--companies N] [--months N] [--threads N]`; the exit code is 1 where the kernel is
less than 100 times as fast as Mesa or less than twice as fast as the twin.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from agents.choice import choose
from agents.choice_plain import choose_plain, consideration
from agents.usage import use, use_plain
from benchmarks.mesa_rival import Rival
from benchmarks.worlds import World, random_world, with_workloads
from market.chance import Chance

REVIEWED_EVERY = 6
LEAST_OVER_MESA, LEAST_OVER_TWIN = 100.0, 2.0
MESA_COMPANIES = 1000
TWIN_MONTHS = 4


@dataclass(frozen=True)
class Timing:
    """Time of one implementation: its fastest month, as other work on the machine only ever adds time."""

    name: str
    workloads: int
    seconds: list[float]

    @property
    def nanoseconds(self) -> float:
        """Nanoseconds per workload-month."""
        return 1e9 * min(self.seconds) / self.workloads


def seconds_of(month: Callable[[], object], count: int) -> list[float]:
    """Seconds that each of `count` calls takes."""
    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        month()
        seconds.append(time.perf_counter() - start)
    return seconds


def settled(world: World) -> World:
    """The world after every workload has chosen once, so that what is held is what would be held."""
    rows = np.arange(len(world.workloads.company))
    code = choose(Chance(1), world.terms(rows), world.offers(), world.weights()).code
    quality = np.where(code >= 0, world.sheet.quality[np.maximum(code, 0)], 0.0)
    adopted = np.bincount(world.workloads.company, weights=code >= 0) > 0
    return with_workloads(world, held=code, held_quality=quality, adopted=adopted)


def month_of(world: World, chooser: Callable[..., object], user: Callable[..., object]) -> None:
    """One company step: terms, choice of the reviewed, use of everything held."""
    offers, shared = world.offers(), world.weights()
    reviewed = np.arange(0, len(world.workloads.company), REVIEWED_EVERY)
    chooser(Chance(1), world.terms(reviewed), offers, shared)
    user(
        world.workloads, np.flatnonzero(world.workloads.held >= 0), offers=offers, demand=world.demand,
        selfhost=world.selfhost, labour=world.labour, circumstances=world.circumstances,
    )  # fmt: skip


def time_arrays(
    name: str, world: World, months: int, chooser: Callable[..., object], user: Callable[..., object]
) -> Timing:
    """Time `months` company steps of an array implementation, after one that warms it up."""
    month_of(world, chooser, user)
    return Timing(name, len(world.workloads.company), seconds_of(lambda: month_of(world, chooser, user), months))


def time_mesa(world: World, months: int) -> Timing:
    """Time `months` company steps of the Mesa version, after six that settle its tastes."""
    rival = Rival(world, MESA_COMPANIES)
    seconds_of(rival.step, REVIEWED_EVERY)
    return Timing("Mesa agents", rival.workloads, seconds_of(rival.step, months))


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison, print its table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)

    world = settled(random_world(options.companies))
    rows = np.arange(0, len(world.workloads.company), REVIEWED_EVERY)
    offers = world.offers()
    considered = consideration(world.terms(rows), offers, offers.order).sum(axis=1).mean()
    in_use = np.mean(world.workloads.held >= 0)
    workloads = len(world.workloads.company)
    print(
        f"{options.companies:,} companies with {workloads:,} workloads, {in_use:.0%} of them using AI; a sixth reviewed"
    )
    print(f"a month, each considering {considered:.0f} of {len(offers.order)} offers alive")

    def chosen(*inputs: object) -> object:
        return choose(*inputs, threads=options.threads)

    def used(*inputs: object, **named: object) -> object:
        return use(*inputs, threads=options.threads, **named)

    kernel = time_arrays("numba kernel", world, options.months, chosen, used)
    twin = time_arrays("NumPy twin", world, TWIN_MONTHS, choose_plain, use_plain)
    mesa = time_mesa(world, options.months)
    print(f"\n{'company step':<14}{'ns per workload-month':>24}{'times the kernel':>20}")
    for timing in (kernel, twin, mesa):
        print(f"{timing.name:<14}{timing.nanoseconds:>24,.0f}{timing.nanoseconds / kernel.nanoseconds:>20,.1f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process {peak:,.0f} MB")
    over_mesa, over_twin = mesa.nanoseconds / kernel.nanoseconds, twin.nanoseconds / kernel.nanoseconds
    enough = over_mesa >= LEAST_OVER_MESA and over_twin >= LEAST_OVER_TWIN
    print(f"at least {LEAST_OVER_MESA:.0f} x Mesa and {LEAST_OVER_TWIN:.0f} x NumPy: {'yes' if enough else 'NO'}")
    return 0 if enough else 1


if __name__ == "__main__":
    raise SystemExit(main())
