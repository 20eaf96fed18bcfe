"""Communities around published weights: what they add, what they find, and which lines they carry on (M14)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.sellers import OpenWeightReleaser
from market.community import Communities, OpenWeights, fork_growth, next_communities, quality_bonus
from market.goods import Model
from market.units import FloatArray, weighted_count
from scenarios.scenario import Scenario
from simulation.world import World


def may_publish(world: World, assumptions: Scenario, *, month: int) -> bool:
    """Whether new weights may be published in this arm and month."""
    return world.arm == "open" or (world.arm == "closed" and month < assumptions.counterfactual.closed_from)


def community_bonus(world: World, weights: OpenWeights) -> FloatArray:
    """Points that communities add to what is published, on every route of it; (lines,), 0 for closed lines."""
    if not weights.community:
        return np.zeros(len(world.book.lines))
    return quality_bonus(world.communities.stock, weights)


def is_orphaned(releaser: OpenWeightReleaser) -> bool:
    """Whether no new weights of the releaser are to be expected: it left, trains no more, or keeps what it trains.

    A stall ends by itself, and weights that are announced will come.
    """
    return releaser.left or not releaser.trains or (releaser.keeps and not releaser.pending)


def carry_on(weights: OpenWeights, *, releaser: OpenWeightReleaser) -> Model | None:
    """The fork's version of an orphaned line, better than the last by what its readability allows; None if frozen."""
    model = releaser.models["open"]
    gain = fork_growth(model.readability, weights)
    if not weights.community or gain == 0.0 or not is_orphaned(releaser):
        return None
    releaser.models["open"] = replace(model, quality=model.quality + gain)
    interface = releaser.models.get("api")
    if interface is not None and interface.quality <= model.quality + gain:
        del releaser.models["api"]  # hosts serve a model as good for less
    return releaser.models["open"]


def grown_communities(world: World, assumptions: Scenario, *, month: int, users: FloatArray) -> Communities:
    """Communities after a month of use by `users` (offers,), real workloads; as they were where there are none."""
    weights, lines = assumptions.open, len(world.book.lines)
    if not weights.community:
        return world.communities
    published, renewed = np.zeros(lines, dtype=bool), np.zeros(lines, dtype=bool)
    for model in (model for releaser in world.releasers for model in releaser.models.values() if model.open):
        published[model.line], renewed[model.line] = True, model.released == month
    return next_communities(
        world.communities,
        users=weighted_count(world.book.line_of.astype(np.int64), users, lines),
        readability=readability_by_line(world),
        published=published,
        renewed=renewed,
        weights=weights,
    )


def readability_by_line(world: World) -> FloatArray:
    """Readability of the newest version of every line; (lines,), 0 where nothing is published."""
    readability = np.zeros(len(world.book.lines))
    for releaser in world.releasers:
        for model in releaser.models.values():
            readability[model.line] = model.readability
    return readability
