"""Synthetic runs, made up by formula so that the answer can be checked alone, and sweeps in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from simulation.results.indicator_table import INDICATORS
from simulation.results.schema import TableBuilder, empty_frame
from simulation.results.tables import COHORTS, EVENTS, FLOWS, MARKET, SELLERS, VALUE_CAPTURE
from simulation.run import Run
from simulation.sweeping.work import LOST, Outcome, Task


@dataclass(frozen=True)
class StandInHorizon:
    months: int = 60


@dataclass(frozen=True)
class StandInCompanies:
    count: int = 500
    calibration: str = "iceberg"


@dataclass(frozen=True)
class StandInAnswer:
    tail_months: int = 24
    rope_access: float = 0.005
    rope_money: float = 0.01
    theta_low: float = 1 / 3
    theta_high: float = 2 / 3
    discount_rate: float = 0.06


@dataclass(frozen=True)
class StandInDeclaration:
    assumed: bool


@dataclass(frozen=True)
class StandInScenario:
    """As much of a scenario as the answer reads."""

    name: str = "made_up"
    horizon: StandInHorizon = field(default_factory=StandInHorizon)
    companies: StandInCompanies = field(default_factory=StandInCompanies)
    answer: StandInAnswer = field(default_factory=StandInAnswer)

    def parameters(self) -> list[tuple[StandInDeclaration, float]]:
        return [(StandInDeclaration(assumed=True), 1.0), (StandInDeclaration(assumed=False), 2.0)]


def made_up_indicators(
    arm: str, draw: int, month: int, *, theta: float, sigma: float, lab_loss: float, access: float
) -> dict[str, float]:
    """Indicators of one month: in the open arm labs lose `lab_loss` USD a month and the rest follows by ratio.

    The luck of a draw moves both arms alike, and the effects a little.
    """
    luck = np.sin(draw * 12.9898) * 0.5
    noise = np.sin(draw * 78.233 + 1.0) * 0.5
    ramp = 1.0 / (1.0 + np.exp(-(month - 30.0) / 10.0))
    open_ = float(arm == "open")
    loss = open_ * ramp * lab_loss * (1.0 + 0.2 * noise)
    cloud_gain = loss * theta * (1.0 + 0.3 * luck)
    price = 2.0 + luck * 0.1
    hours = 1e9 * (1.0 + ramp)
    values = {
        "access_small": ramp * (0.35 + 0.05 * luck) + open_ * ramp * access * (1.0 + 0.4 * noise),
        "access_mean": ramp * (0.4 + 0.05 * luck) + open_ * ramp * access,
        "consumer_surplus_systematic": ramp * 4e9 * (1.0 + 0.1 * luck) + loss * sigma,
        "consumer_surplus_taste": ramp * 1e9 + 0.2 * loss,
        "profit_lab": ramp * 2e9 * (1.0 + 0.2 * luck) - loss,
        "profit_lab_before_training": ramp * 5e9 * (1.0 + 0.2 * luck) - loss,
        "profit_cloud": ramp * 3e9 * (1.0 + 0.1 * luck) + cloud_gain,
        "profit_host": ramp * 1e8 + 0.1 * loss,
        "profit_releaser": -ramp * 2e8 - 0.05 * loss,
        "profit_chip": ramp * 2e9 + 0.15 * loss,
        "net_tax": ramp * 5e8 - 0.02 * loss,
        "wage_rent": ramp * 3e8 + 0.04 * loss,
        "cloud_price_usd": price + cloud_gain / hours / 2.0,
        "cloud_hours_sold": hours + cloud_gain / price / 4.0,
        "cloud_hours_training": hours / 4.0,
        "cloud_hhi": 0.15,
        "api_hhi": 0.28,
        "load": 0.8,
    }
    values["consumer_surplus"] = values["consumer_surplus_systematic"] + values["consumer_surplus_taste"]
    terms = (
        "consumer_surplus",
        "profit_lab",
        "profit_cloud",
        "profit_host",
        "profit_releaser",
        "profit_chip",
        "net_tax",
        "wage_rent",
    )
    values["welfare"] = sum(values[term] for term in terms)
    values["welfare_from_quantities"] = values["welfare"] * (1.0 + 1e-9)
    return values


@pytest.fixture
def scenario() -> StandInScenario:
    return StandInScenario()


@pytest.fixture
def run_of(scenario: StandInScenario) -> Callable[..., Run]:
    """A function that makes up a run: run_of("open", draw=3, theta=0.5, sigma=1.25, lab_loss=1e9, access=0.02)."""

    def make(arm: str, draw: int, world: Any = scenario, **effects: float) -> Run:
        effects = {"theta": 0.5, "sigma": 1.25, "lab_loss": 1e9, "access": 0.02, **effects}
        builders = {
            table.name: TableBuilder(table, scenario=world.name, calibration="iceberg", arm=arm, draw=draw)
            for table in (INDICATORS, FLOWS)
        }
        for month in range(world.horizon.months):
            builders["indicators"].append(month, **made_up_indicators(arm, draw, month, **effects))
            builders["flows"].append(
                month,
                flow=["api_fee", "wages"],
                payer="companies",
                payee=["lab_1", "households"],
                cents=[500, 700],
                cash=True,
                organic=True,
            )
        return Run(
            scenario=world,
            arm=arm,
            draw=draw,
            indicators=builders["indicators"].frame(),
            market=empty_frame(MARKET),
            sellers=empty_frame(SELLERS),
            cohorts=empty_frame(COHORTS),
            flows=builders["flows"].frame(),
            events=empty_frame(EVENTS),
            value_capture=empty_frame(VALUE_CAPTURE),
            manifest={"not_modelled": builders["indicators"].not_modelled},
            training_path=np.full((world.horizon.months, 2, 3), 1e6),
        )

    return make


class InlineCrew:
    """One worker that is this process; `lose` says which runs take it with them, and how often."""

    def __init__(self, compute: Callable[[Any], Any], lose: dict[str, int]) -> None:
        self.compute, self.lose, self.waiting = compute, lose, []

    def free(self) -> int:
        """One at a time."""
        return 1 - len(self.waiting)

    def give(self, task: Task) -> None:
        """Keep it until somebody asks."""
        self.waiting.append(task)

    def outcomes(self, seconds: float) -> list[Outcome]:
        """Compute what was given."""
        task = self.waiting.pop()
        if self.lose.get(task.digest, 0) > 0:
            self.lose[task.digest] -= 1
            return [Outcome(task.digest, LOST, "killed by SIGKILL")]
        return [self.compute(task)]


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Have sweeps computed by this process; returns who is lost, by digest."""
    lost: dict[str, int] = {}

    @contextmanager
    def inline(workers: int, *, threads: int, compute: Callable, warm_up: Callable) -> Iterator[InlineCrew]:
        yield InlineCrew(compute, lost)

    monkeypatch.setattr("simulation.sweeping.sweep.local_crew", inline)
    return lost
