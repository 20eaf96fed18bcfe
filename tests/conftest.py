"""Small whole economies that the laws, contracts and findings share: each is simulated once in a test session."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

from scenarios import read_scenario
from simulation import ComputeEconomy, simulate
from simulation.answering.pairing import compile_kernels, miniature
from simulation.run import Run

settings.register_profile("ci", derandomize=True)  # the same examples on every run: what fails there fails here
if os.environ.get("CI"):
    settings.load_profile("ci")

SMALL: dict[str, Any] = {"companies.count": 400, "companies.panel": 256}
TABLES = ("indicators", "market", "sellers", "cohorts", "flows", "events")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden`: agree with what the golden runs give now."""
    parser.addoption("--update-golden", action="store_true", help="write the files of tests/golden anew")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the kernels once before there are workers, each of which would compile all of them beside the others.

    A child does so with two threads meanwhile, for the kernels that only they need.
    """
    if getattr(session.config.option, "numprocesses", None) and not hasattr(session.config, "workerinput"):
        small = miniature(read_scenario("baseline"))
        child = multiprocessing.get_context("fork").Process(target=compile_kernels, args=(small, 2))
        child.start()
        compile_kernels(small)
        child.join()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say aloud that the page was not tried in a browser: a skipped test is easily overlooked."""
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if "NO BROWSER" in reason:
            terminalreporter.write_line(reason.removeprefix("Skipped: "), red=True, bold=True)
            return


@pytest.fixture(scope="session")
def economy_of() -> Callable[..., ComputeEconomy]:
    """A new small economy, `months` of it simulated: economy_of({"invest.opex": 0.6}, months=3, arm="closed")."""

    def found(
        overrides: dict[str, Any] | None = None, *, months: int = 0, horizon: int = 12, arm: str = "open",
        draw: int = 1, scenario: str = "baseline", threads: int = 1,
    ) -> ComputeEconomy:  # fmt: skip
        assumed = read_scenario(scenario, overrides=SMALL | {"horizon.months": horizon} | (overrides or {}))
        economy = ComputeEconomy(assumed, draw=draw, arm=arm, threads=threads)
        economy.run(months)
        return economy

    return found


@pytest.fixture(scope="session")
def run_of_world() -> Callable[..., Run]:
    """The tables of a small world, simulated once: run_of_world(arm="closed", months=18, draw=2)."""
    known: dict[str, Run] = {}

    def of(
        overrides: dict[str, Any] | None = None, *, months: int = 12, arm: str = "open", draw: int = 1,
        scenario: str = "baseline",
    ) -> Run:  # fmt: skip
        key = repr((scenario, arm, draw, months, sorted((overrides or {}).items())))
        if key not in known:
            assumed = read_scenario(scenario, overrides=SMALL | {"horizon.months": months} | (overrides or {}))
            known[key] = simulate(assumed, draw=draw, arm=arm)
        return known[key]

    return of


@pytest.fixture(scope="session")
def differences() -> Callable[..., list[str]]:
    """Columns in which two runs are not the same bytes in the months before `before`, their arm aside."""

    def between(one: Run, other: Run, *, before: int | None = None) -> list[str]:
        found = []
        for table in TABLES:
            left, right = (getattr(run, table).drop(columns="arm") for run in (one, other))
            if before is not None:
                left, right = (frame[frame["month"] < before].reset_index(drop=True) for frame in (left, right))
            if len(left) != len(right):
                found.append(f"{table}: {len(left)} and {len(right)} rows")
                continue
            found += [f"{table}.{name}" for name in left if not left[name].equals(right[name])]
        return found

    return between
