"""Clouds whose prices are set by learning algorithms: what was learnt beforehand is put to use month by month (P9).

The algorithms have learnt in the standard duopoly; here they see where in their grid they and their rivals stood last
month and answer. A place in the grid is a multiple of the mark-up that a best response would ask. Learning does not go
on: ten years of months are nothing to a learner that needs a million periods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.qlearning import (
    PLAYERS,
    Duopoly,
    Grid,
    Strategies,
    learnt_strategies,
    next_positions,
    standard_duopoly,
)
from market.units import BoolArray, FloatArray
from scenarios.scenario import Scenario
from simulation.world import World

RULE = "P9"


@dataclass
class PricingAlgorithms:
    """Strategies learnt before they are put to use, and where each cloud stands in the grid."""

    game: Duopoly
    strategies: Strategies
    position: Grid  # (clouds,)


def uses_algorithm(world: World, assumptions: Scenario) -> BoolArray:
    """Clouds priced by an algorithm; (clouds,)."""
    return np.array([assumptions.cloud_rule(cloud.name) == RULE for cloud in world.clouds], dtype=bool)


def learn_prices(world: World, assumptions: Scenario) -> None:
    """Let the algorithms learn, once in a world and only where a cloud uses one."""
    if world.algorithms is None and uses_algorithm(world, assumptions).any():
        game = standard_duopoly(assumptions.learning)
        world.algorithms = PricingAlgorithms(
            game=game, strategies=learnt_strategies(world.chance, assumptions.learning),
            position=np.full(len(world.clouds), game.at_bertrand),
        )  # fmt: skip


def positions_now(world: World, assumptions: Scenario, *, supplying: BoolArray) -> Grid:
    """Places in the grid of this month's prices, from last month's; (clouds,).

    Clouds take the two learners' strategies in turn and answer to the mean of all who do not use their own. Clouds with
    another rule stand where a best response stands.
    """
    known = world.algorithms
    assert known is not None
    learner = uses_algorithm(world, assumptions)
    player = (np.cumsum(learner) - 1) % PLAYERS
    stood = np.where(learner, known.position, known.game.at_bertrand)
    seen = stood.copy()
    for one in range(PLAYERS):
        own = learner & (player == one)
        others = supplying & ~own
        if others.any():
            seen[own] = np.rint(stood[others].mean())
    answered = next_positions(known.strategies, player, stood, seen)
    return np.where(learner, answered, known.game.at_bertrand)


def algorithmic_prices(
    world: World, assumptions: Scenario, *, price: FloatArray, cost: FloatArray, supplying: BoolArray
) -> FloatArray:
    """Prices of GPU-hours with the mark-ups of algorithms in place of best responses `price` over `cost`; (clouds,)."""
    if world.algorithms is None:
        return price
    multiple = world.algorithms.game.multiple[positions_now(world, assumptions, supplying=supplying)]
    highest = cost * (1 + assumptions.pricing.markup_most)
    asked = np.minimum(cost + multiple * (price - cost), highest)
    return np.where(uses_algorithm(world, assumptions), asked, price)


def remember_positions(world: World, assumptions: Scenario, *, supplying: BoolArray) -> None:
    """What algorithms will answer to next month."""
    if world.algorithms is not None:
        world.algorithms.position = positions_now(world, assumptions, supplying=supplying)
