"""Labs that sell below cost to win customers, and reprice once the time or the money is over (rule P7)."""

from __future__ import annotations

import numpy as np

from market.units import BoolArray, IntArray
from scenarios.scenario import Scenario
from simulation.world import World

RULE = "P7"


def end_penetration(world: World, assumptions: Scenario, *, month: int) -> None:
    """Which sellers with rule P7 are through with it from now on: for good, as investors do not pay for it twice."""
    pricing = assumptions.pricing
    for trainer in world.trainers:
        if assumptions.lab_rule(trainer.name) != RULE or trainer.name in world.repriced:
            continue
        over = month >= pricing.penetration_start + pricing.penetration_months
        if over or (month > pricing.penetration_start and not _has_money(world, seller=trainer.code)):
            world.repriced[trainer.name] = month


def _has_money(world: World, *, seller: int) -> bool:
    """Whether a seller still has more money than it owes."""
    view = world.ledger.view(seller)
    return view.deposits > view.debt


def penetrates(world: World, assumptions: Scenario, *, codes: IntArray, month: int) -> BoolArray:
    """Which of the given offers are sold below cost this month; (codes,)."""
    begun = month >= assumptions.pricing.penetration_start
    sellers = [world.book.offers[int(code)].seller for code in codes]
    return np.array(
        [begun and assumptions.lab_rule(name) == RULE and name not in world.repriced for name in sellers], dtype=bool
    )
