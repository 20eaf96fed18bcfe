"""The exogenous paths of a world: what grows by itself, the same in every arm and announced to everyone.

Each path goes on month by month from where it stands at the rate that holds then: a dated change of a rate bends
the path from its month on, a dated change of a level lifts it from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.conduct import Other
from agents.population import Needs
from market.frontier import Frontier
from market.units import MONTHS_PER_YEAR, FloatArray
from scenarios.scenario import Scenario

BEYOND = 60
"""Months after the horizon that investors can look into: a horizon ends the run, not the world."""


@dataclass(frozen=True)
class Calendar:
    """Exogenous paths; (months + BEYOND,) each."""

    intensity: FloatArray  # G, tokens per workload over its reference volume
    other_demand: FloatArray  # H100e at the founding rent
    subscriptions: FloatArray  # USD a month, all labs
    serving_efficiency: FloatArray  # 1 at month 0
    needs: FloatArray  # rise of needs since month 0, points
    seed_equity: FloatArray  # USD a month per lab


def calendar_of(scenario: Scenario) -> Calendar:
    """The paths over the horizon and BEYOND, dated changes of the scenario included."""
    now: list[Scenario] = [scenario.at(month) for month in range(scenario.horizon.months + BEYOND)]
    into = list(enumerate(now[1:]))  # (month, assumptions of the next): what decides the growth from one to the other
    return Calendar(
        intensity=_path([each.needs.intensity_start for each in now], _intensity_growth([each.needs for each in now])),
        other_demand=_path(
            [each.other.level for each in now], [other_growth(each.other, month) for month, each in into]
        ),
        subscriptions=_path(
            [each.other.subscriptions for each in now], [subscription_growth(each.other, month) for month, each in into]
        ),
        serving_efficiency=_path([1.0] * len(now), [serving_growth(each.frontier, month) for month, each in into]),
        needs=np.cumsum([0.0, *(of_year(each.needs.trend, month) / MONTHS_PER_YEAR for month, each in into)]),
        seed_equity=_path(
            [each.lab.seed_equity for each in now], [of_year(each.lab.seed_growth, month) for month, each in into]
        ),
    )


def _path(level: Sequence[float], growth: Sequence[float]) -> FloatArray:
    """A level (months,) that grows: `growth` (months - 1,) is the rate from each month to the next."""
    return np.asarray(level) * np.cumprod([1.0, *(1.0 + np.asarray(growth))])


def monthly(yearly_growth: float) -> float:
    """The monthly rate that compounds to a yearly one."""
    return float((1.0 + yearly_growth) ** (1.0 / MONTHS_PER_YEAR)) - 1.0


def serving_growth(frontier: Frontier, month: int) -> float:
    """Growth of tokens served per GPU-hour from `month` to the next: serving software is common knowledge."""
    fast = month < frontier.serving_slowdown
    return monthly(frontier.serving_progress if fast else frontier.serving_late_progress)


def of_year(by_year: Sequence[float], month: int) -> float:
    """The entry for the year of a month, the last lasting."""
    return by_year[min(month // MONTHS_PER_YEAR, len(by_year) - 1)]


def other_growth(other: Other, month: int) -> float:
    """Growth of other demand from `month` to the next: none, then the jump, then the rates by year.

    docs/model.md section 11 point 3.
    """
    if month < other.jump_first:
        return 0.0
    if month < other.jump_first + other.jump_months:
        return float(other.jump ** (1.0 / other.jump_months)) - 1.0
    return of_year(other.growth, month)


def subscription_growth(other: Other, month: int) -> float:
    """Growth of consumer subscriptions from `month` to the next."""
    return other.subscription_growth if month < other.subscription_slowdown else other.subscription_late_growth


def _intensity_growth(needs: Sequence[Needs]) -> list[float]:
    """Growth of tokens per workload from each month to the next; a stall stops it, and delays what comes after."""
    growth, elapsed = [], 0
    for month, each in enumerate(needs[1:]):
        stalled = each.stall_start <= month < each.stall_start + each.stall_months
        growth.append(0.0 if stalled else of_year(each.intensity_growth, elapsed))
        elapsed += not stalled
    return growth
