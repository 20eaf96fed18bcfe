"""Worlds of the limits: whole economies run from scenario files, changed only by what a scenario may say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scenarios import read_scenario
from simulation import simulate
from simulation.run import Run

Overrides = dict[str, Any]
MONTHS, ROWS = 9, 5000  # the three layers rest after four or five months


def firms(kind: str, count: int, *, shipped: int, **attributes: Any) -> Overrides:
    """The shipped sellers `kind_1`, `kind_2`, ... made fewer, or more of the same added."""
    fewer = {f"sellers.{kind}_{k}.kind": "none" for k in range(count + 1, shipped + 1)}
    more = {f"sellers.{kind}_{k}.kind": kind for k in range(shipped + 1, count + 1)}
    alike = {
        f"sellers.{kind}_{k}.{name}": value for k in range(shipped + 1, count + 1) for name, value in attributes.items()
    }
    return fewer | more | alike


@pytest.fixture(scope="session")
def layers() -> Callable[[int, int], Overrides]:
    """Overrides that leave so many clouds and labs in the scenarios of three layers."""

    def of(clouds: int, labs: int) -> Overrides:
        of_cloud = firms("cloud", clouds, shipped=3, role="fringe")
        of_lab = firms("lab", labs, shipped=2, small_model=False)
        return {"horizon.months": MONTHS, "companies.count": ROWS} | of_cloud | of_lab

    return of


@pytest.fixture(scope="session")
def world() -> Callable[..., Run]:
    """One simulated world of a scenario, arm, draw and overrides; the same one is run once."""

    known: dict[str, Run] = {}

    def of(name: str, arm: str = "closed", overrides: Overrides | None = None, draw: int = 1) -> Run:
        key = repr((name, arm, draw, sorted((overrides or {}).items())))
        if key not in known:
            known[key] = simulate(read_scenario(name, overrides=overrides), draw=draw, arm=arm)
        return known[key]

    return of
