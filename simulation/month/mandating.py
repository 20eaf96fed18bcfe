"""Weights published by order: what was sold closed becomes public after a lag (docs/model.md M16).

A lab's public weights are a line of their own, which any host and any company may run; its interface goes on with newer
models. The law is one of the arm with open weights: where new weights may not be published it orders nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.sellers import ModelLab
from market.goods import Model
from scenarios.scenario import Scenario
from simulation.month.communities import may_publish
from simulation.month.releasing import publish_weights
from simulation.world import World

PUBLIC = "public"  # tier of a lab's weights that are public by order


def mandate_foreseen(scenario: Scenario) -> bool:
    """Whether the scenario ever orders weights to be published, so that their offers must have a code."""
    return scenario.policy.mandate_lag >= 0 or any(s.parameter == "policy.mandate_lag" for s in scenario.shocks)


def is_ordered(world: World, assumptions: Scenario, *, month: int) -> bool:
    """Whether the order holds in this arm and month."""
    return assumptions.policy.mandate_lag >= 0 and may_publish(world, assumptions, month=month)


def publish_by_order(world: World, assumptions: Scenario, *, month: int) -> list[Model]:
    """Closed models that were on sale `mandate_lag` months ago and are public from now on."""
    if not is_ordered(world, assumptions, month=month):
        return []
    published = []
    for lab in (lab for lab in world.labs if "frontier" in lab.models):
        sold = lab.models["frontier"]
        quality, left = _sold_then(world, sold, lag=assumptions.policy.mandate_lag)
        before = lab.models[PUBLIC].quality if PUBLIC in lab.models else -np.inf
        if np.isfinite(quality) and quality > before:
            readability = assumptions.open.readability
            lab.models[PUBLIC] = replace(
                sold, line=public_line(world, lab), quality=quality, open=True, released=month, readability=readability,
                flaws_left=left,
            )  # fmt: skip
            published.append(lab.models[PUBLIC])
    for releaser in world.releasers:
        kept = releaser.models.get("api")
        if kept is None:
            continue
        quality, left = _sold_then(world, kept, lag=assumptions.policy.mandate_lag)
        if np.isfinite(quality) and quality > releaser.models["open"].quality:
            readability = assumptions.open.readability
            published.append(
                publish_weights(releaser, quality=quality, month=month, readability=readability, flaws_left=left)
            )
    return published


def public_line(world: World, lab: ModelLab) -> int:
    """Code of the line of a lab's public weights."""
    return next(line.code for line in world.book.lines if line.developer == lab.name and line.open)


def _sold_then(world: World, now: Model, *, lag: int) -> tuple[float, float]:
    """Quality of the version that was on sale `lag` months ago, -inf without one, and what tests left of its flaws."""
    if lag == 0:
        return now.quality, now.flaws_left
    if len(world.line_quality) < lag:
        return -np.inf, 1.0
    return float(world.line_quality[-lag][now.line]), float(world.line_flaws[-lag][now.line])
