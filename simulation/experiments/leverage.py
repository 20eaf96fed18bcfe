"""How far one voice moves an industry: outcomes under its stance for open weights against those under the other (M18).

Worlds of one draw share all luck, so that what differs follows from what was said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from market.estimators import Interval, paired_mean
from scenarios.scenario import Scenario
from simulation.run import Run, simulate

MEASURES = ("open_share_tokens", "access_small", "control_hhi", "profit_cloud", "profit_lab", "frontier_quality")


@dataclass(frozen=True)
class Leverage:
    """Elasticities of outcomes to the stance, by indicator; means over the last months with their interval."""

    elasticity: Mapping[str, Interval]  # relative change per unit of stance, over the mean of both worlds
    pairs: int


def leverage(
    scenario: Scenario, *, pairs: int = 4, arm: str = "open", measures: Sequence[str] = MEASURES, threads: int = 1
) -> Leverage:
    """Run every draw with the actor wholly for and wholly against open weights, and compare.

    Raises ValueError for no pairs or an indicator that does not exist.
    """
    if pairs < 1:
        raise ValueError(f"pairs = {pairs}: leverage compares pairs of worlds; use at least one, better four")
    worlds = {
        stance: [
            simulate(spoken(scenario, stance=stance), draw=draw, arm=arm, threads=threads).with_indicators_only()
            for draw in range(1, pairs + 1)
        ]
        for stance in (1.0, -1.0)
    }
    return leverage_of_runs(
        worlds[1.0], worlds[-1.0], measures=measures, tail_months=scenario.answer.tail_months
    )


def spoken(scenario: Scenario, *, stance: float) -> Scenario:
    """The scenario with that stance from its first month on."""
    return scenario.model_copy(update={"actor": scenario.actor.model_copy(update={"stance": stance})})


def leverage_of_runs(
    speaking_for: Sequence[Run], against: Sequence[Run], *, measures: Sequence[str], tail_months: int
) -> Leverage:
    """Elasticities from worlds paired by draw, the stance going from -1 to 1: (Y+ - Y-)/(|Y+| + |Y-|), the arc's
    elasticity, which exists for profits of either sign; NaN where both are 0.
    """
    unknown = [name for name in measures if name not in speaking_for[0].indicators]
    if unknown:
        raise ValueError(f"no indicator is called {unknown[0]!r}; docs/data_dictionary.md lists them")
    elasticity = {}
    for name in measures:
        ends = [
            np.array([float(run.indicators[name].iloc[-tail_months:].mean()) for run in runs])
            for runs in (speaking_for, against)
        ]
        size = np.abs(ends[0]) + np.abs(ends[1])
        elasticity[name] = paired_mean(
            np.divide(ends[0] - ends[1], size, out=np.full(len(size), np.nan), where=size > 0)
        )
    return Leverage(elasticity=elasticity, pairs=len(speaking_for))
