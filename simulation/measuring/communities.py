"""Indicators of communities around published weights (docs/model.md M14); absent where the scenario has none."""

from __future__ import annotations

import numpy as np

from market.community import OpenWeights, patch_rate
from market.units import FloatArray
from simulation.month.communities import readability_by_line
from simulation.world import MonthRecord, World


def community_measures(world: World, record: MonthRecord) -> dict[str, float]:
    """Means over the users of published models, and the lines that communities carry on alone."""
    weights: OpenWeights = record.assumptions.open
    if not weights.community:
        return {}
    communities = world.communities

    def mean(by_line: FloatArray) -> float:
        users = communities.users
        return float(by_line @ users / users.sum()) if users.sum() > 0 else np.nan

    return {
        "community_stock": mean(communities.stock),
        "community_bonus": mean(record.models.bonus),
        "flaws_found": mean(communities.found),
        "community_patch_rate": mean(patch_rate(readability_by_line(world), weights)),
        "forks": float(sum(releaser.forked for releaser in world.releasers)),
    }
