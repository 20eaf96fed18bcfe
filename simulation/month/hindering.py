"""What bans and controls take away from the models of releasers: distilled answers, machines (docs/model.md M16)."""

from __future__ import annotations

import numpy as np

from agents.regulator import distillation_left, gap_without_distillation, hours_under_control, points_lost
from agents.sellers import OpenWeightReleaser
from market.frontier import gpu_hours_for
from market.units import FloatArray
from scenarios.scenario import Scenario
from simulation.world import World

CUT_OFF = 1  # the bloc to which export control applies


def enforce_export_control(world: World, assumptions: Scenario, *, month: int) -> None:
    """Cut the developers of the second bloc off from new machines, or let them buy again."""
    for releaser in world.releasers:
        if releaser.jurisdiction != CUT_OFF or not releaser.models:
            continue
        if not assumptions.policy.export_control:
            releaser.cut_off_since = -1
        elif releaser.cut_off_since < 0:
            newest = max(model.quality for model in releaser.models.values())
            hours = gpu_hours_for(newest, algorithms=releaser.algorithms, frontier=assumptions.frontier)
            releaser.cut_off_since, releaser.hours_before = month, float(hours) / assumptions.release.cadence


def let_through(world: World, assumptions: Scenario) -> FloatArray:
    """Part of its orders that the vendor may deliver to each buyer; (clouds + 2,): a control holds back those of the
    second bloc's cloud but for what is smuggled."""
    held_back = [assumptions.policy.export_control and cloud.jurisdiction == CUT_OFF for cloud in world.clouds]
    return np.where([*held_back, False, False], assumptions.chip.smuggled, 1.0)


def hindered_quality(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, quality: float, month: int
) -> float:
    """Quality that a releaser reaches instead of `quality`, points; -inf without any machines.

    Scheduled lags are those of developers that distil the closed frontier and find the machines they need.
    """
    policy, frontier = assumptions.policy, assumptions.frontier
    best = world.closed_frontier[-1]
    if policy.distill_ban:
        quality = best - gap_without_distillation(
            best - quality, frontier=frontier, left=distillation_left(policy)
        )
    if releaser.cut_off_since < 0:
        return quality
    needed = float(gpu_hours_for(quality, algorithms=releaser.algorithms, frontier=frontier))
    needed /= assumptions.release.cadence
    found = hours_under_control(
        needed, before=releaser.hours_before, months=month - releaser.cut_off_since,
        life=assumptions.invest.life_months, leak=assumptions.chip.smuggled,
    )  # fmt: skip
    return quality - points_lost(found / needed, frontier=frontier)
