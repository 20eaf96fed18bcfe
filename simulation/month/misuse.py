"""Misuse in the month: what was published joins the stock, interfaces let some through, harm follows (M15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from agents.regulator import safety_after_tests
from agents.sellers import OpenWeightReleaser
from market.goods import Model
from market.misuse import (
    Harm,
    Misuse,
    expected_liability,
    harm_of,
    next_danger,
    next_misuse,
    passed_by_interfaces,
    released_danger,
)
from market.units import FloatArray
from scenarios.scenario import Scenario
from simulation.month.incidents import trained_safety
from simulation.world import World


def misuse_of_month(world: World, assumptions: Scenario, *, month: int, released: Sequence[Model]) -> Misuse:
    """What can be misused once this month's models are out; as it was where nobody follows it."""
    rules, before, frontier = assumptions.safety, world.misuse, world.closed_frontier
    if not rules.misuse:
        return before
    rise = frontier[-1] - frontier[-2] if len(frontier) > 1 else 0.0
    danger = next_danger(before.danger, frontier_rise=rise, rules=rules)
    models = [model for trainer in world.trainers for model in trainer.models.values()]
    new = [model for model in (models if month == 0 else released) if model.open]
    interfaces = [model for model in models if not model.open]
    added = np.zeros(len(world.releasers) + 1)
    code = {releaser.name: row for row, releaser in enumerate(world.releasers)}
    nobody = len(world.releasers)  # answers for what was published by order
    np.add.at(
        added, [code.get(model.developer, nobody) for model in new],
        released_danger(_qualities(new), safety=_safety(assumptions, new), danger=danger, rules=rules),
    )  # fmt: skip
    return next_misuse(
        before,
        added=added[:nobody],
        ordered=float(added[nobody]),
        closed=passed_by_interfaces(
            _qualities(interfaces), safety=_safety(assumptions, interfaces), danger=danger, rules=rules
        ),
        danger=danger,
        asked=rules.event,
        routes=(any(model.open and model.released >= 0 for model in models), bool(interfaces)),
        rules=rules,
    )


def _qualities(models: Sequence[Model]) -> FloatArray:
    return np.array([model.quality for model in models], dtype=np.float64)


def _safety(assumptions: Scenario, models: Sequence[Model]) -> FloatArray:
    """Safety of each version as trained and as tested."""
    levels = [safety_after_tests(trained_safety(assumptions, model.developer), model.flaws_left) for model in models]
    return np.array(levels, dtype=np.float64)


def compute_access(world: World, *, rent: float) -> float:
    """GPU-hours that a dollar buys over those that it bought at founding."""
    return world.founding_rent / rent


def harm_of_month(world: World, assumptions: Scenario, *, rent: float) -> Harm | None:
    """Harm of the month, and what publishers owe of it; None where nobody follows misuse."""
    if not assumptions.safety.misuse:
        return None
    harm = harm_of(world.misuse, compute_access=compute_access(world, rent=rent), rules=assumptions.safety)
    alive = np.array([releaser.alive for releaser in world.releasers])
    return harm if alive.all() else replace(harm, damages=np.where(alive, harm.damages, 0.0))


def liability_of(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, quality: float, flaws_left: float
) -> float:
    """What the releaser expects to pay for harm done with a model of that quality once it is published, USD.

    flaws_left: part of what is wrong with it that tests have left.
    """
    rules, misuse = assumptions.safety, world.misuse
    if not rules.misuse or rules.liability == 0.0:
        return 0.0
    safety = np.array([safety_after_tests(trained_safety(assumptions, releaser.name), flaws_left)])
    added = float(released_danger(np.array([quality]), safety=safety, danger=misuse.danger, rules=rules)[0])
    total = misuse.whole + added
    return expected_liability(
        added,
        marginal=max(total - misuse.closed, 0.0) / total if total > 0 else 0.0,
        compute_access=compute_access(world, rent=world.bulletin.rent),
        months=assumptions.release.horizon_months,
        discount_rate=assumptions.release.discount_rate,
        rules=rules,
    )
