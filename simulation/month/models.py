"""Models: finished training runs become offers, releasers publish or keep, knowledge moves on (docs/model.md M6,
M13).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from agents.regulator import distillation_left, flaws_left
from agents.sellers import InTests, ModelLab, Trainer
from market.chance import Mechanism
from market.frontier import (
    distillation_gain,
    next_algorithms,
    next_flywheel,
    run_quality,
)
from market.goods import Model
from market.release_schedule import open_lag
from market.units import MONTHS_PER_YEAR, FloatArray, running_sum
from scenarios.scenario import Scenario
from simulation.month.capacity import Capacity
from simulation.month.communities import community_bonus
from simulation.month.dealing import told_know_how
from simulation.month.mandating import publish_by_order
from simulation.month.misuse import misuse_of_month
from simulation.month.release_choice import leak_rate, open_share
from simulation.month.releasing import Notice, publish_or_keep
from simulation.world import World

FINISHED = 1e-6  # share of a run's GPU-hours left at which it counts as finished


@dataclass(frozen=True)
class Models:
    """What exists to be served this month."""

    quality: FloatArray  # (lines,) points of the newest version with its community's bonus, -inf where there is none
    bonus: FloatArray  # (lines,) points of this that a community adds
    device_quality: FloatArray  # (lines,) the same of the version that runs on a device
    best_closed: float
    best_open: float  # nan where no weights are public
    open_lag: float  # months, of models as they were trained; nan where no weights are public
    frontier_open: float  # share of the models near the frontier whose weights are public
    released: tuple[Model, ...]
    notices: tuple[Notice, ...]  # what releasers decided


def release_models(world: World, assumptions: Scenario, *, month: int, capacity: Capacity) -> Models:
    """Turn finished runs into models, publish what is due, and let knowledge spread."""
    released = [model for lab in world.labs for model in _finished(world, assumptions, lab=lab, month=month)]
    best_closed = _best(world, open_weights=False)
    if not np.isfinite(best_closed) and world.closed_frontier:  # nobody sells one any more; what was known is known
        best_closed = world.closed_frontier[-1]
    world.closed_frontier.append(best_closed)
    world.closed_flaws.append(_flaws_of_best(world))
    published, notices = publish_or_keep(world, assumptions, month=month, capacity=capacity)
    released += [*published, *publish_by_order(world, assumptions, month=month)]
    _spread_knowledge(world, assumptions, month=month)
    world.misuse = misuse_of_month(world, assumptions, month=month, released=released)
    bonus = community_bonus(world, assumptions.open)
    best_open = _best(world, open_weights=True, bonus=bonus)
    growth = assumptions.needs.trend[0] / MONTHS_PER_YEAR
    quality = np.full(len(world.book.lines), -np.inf)
    flaws = np.ones(len(world.book.lines))
    for model in (model for trainer in world.trainers for model in trainer.models.values()):
        quality[model.line], flaws[model.line] = model.quality + bonus[model.line], model.flaws_left
    world.line_quality.append(quality)
    world.line_flaws.append(flaws)
    no_weights = not np.isfinite(best_open)
    return Models(
        quality=quality,
        bonus=bonus,
        device_quality=device_quality(world.line_quality, lag=assumptions.device.quality_lag_months, growth=growth),
        best_closed=world.closed_frontier[-1],
        best_open=float("nan") if no_weights else best_open,
        open_lag=float("nan")
        if no_weights
        else open_lag(
            np.asarray(world.closed_frontier), best_open=_best(world, open_weights=True), monthly_growth=growth
        ),
        frontier_open=_frontier_open(world, assumptions),
        released=tuple(released),
        notices=tuple(notices),
    )


def device_quality(history: list[FloatArray], *, lag: int, growth: float) -> FloatArray:
    """Points of each line's version for devices (lines,): the line as it stood `lag` months ago, -inf where it was not.

    `history` holds the lines' qualities of months 0 to now; before, they are taken to have grown by `growth` a month.
    """
    date = len(history) - 1 - lag
    return history[date] if date >= 0 else history[0] + date * growth


def _best(world: World, *, open_weights: bool, bonus: FloatArray | None = None) -> float:
    """Best quality among models with or without public weights, as trained or with a bonus (lines,); -inf: none."""
    models = [m for trainer in world.trainers for m in trainer.models.values() if m.open == open_weights]
    return max((m.quality + (0.0 if bonus is None else float(bonus[m.line])) for m in models), default=-np.inf)


def _flaws_of_best(world: World) -> float:
    """What tests left of the flaws of the best closed model, of equals the least tested; last month's if there is none.
    """
    closed = [m for trainer in world.trainers for m in trainer.models.values() if not m.open]
    if not closed:
        return world.closed_flaws[-1] if world.closed_flaws else 1.0
    return max(closed, key=lambda model: (model.quality, model.flaws_left)).flaws_left


def _finished(world: World, assumptions: Scenario, *, lab: ModelLab, month: int) -> list[Model]:
    """The lab's new models where its run has burnt its GPU-hours; a run worse than what it sells is not released."""
    if world.training_path is not None:
        return _on_given_path(world, lab=lab, month=month, small_gap=assumptions.lab.small_gap)
    run = lab.run
    if run is None or run.left > FINISHED * run.gpu_hours:
        return _tested(lab, month=month, small_gap=assumptions.lab.small_gap)
    luck = assumptions.lab.quality_noise * float(
        ndtri(world.chance.uniform(Mechanism.RUN_OUTCOME, month=month, entity=lab.luck))
    )
    bonus = lab.flywheel + run.distillation + luck
    quality = float(run_quality(run.gpu_hours, algorithms=lab.algorithms, frontier=assumptions.frontier, bonus=bonus))
    lab.run, lab.last_run_hours = None, run.gpu_hours
    world.buyers.backlog[world.buyers.index(lab.name)] = 0.0  # nobody waits for hours of a run that is over
    policy = assumptions.policy
    lab.in_tests.append(InTests(month + policy.safety_delay, quality, run.gpu_hours, flaws_left(policy)))
    return _tested(lab, month=month, small_gap=assumptions.lab.small_gap)


def _tested(lab: ModelLab, *, month: int, small_gap: float) -> list[Model]:
    """The lab's models after the best one whose tests are over by now, where that is better than what it sells."""
    over = [model for model in lab.in_tests if model.ready <= month]
    lab.in_tests = [model for model in lab.in_tests if model.ready > month]
    if not over or not lab.alive:  # who failed meanwhile sells nothing
        return []
    lab.models = lab.models or lab.planned  # an entrant's first
    best = max(over, key=lambda model: (model.quality, model.gpu_hours))
    if best.quality <= lab.models["frontier"].quality:
        return []
    return _upgrade(lab, best, month=month, small_gap=small_gap)


def _on_given_path(world: World, *, lab: ModelLab, month: int, small_gap: float) -> list[Model]:
    """Follow the qualities of another arm's run (`training_spend = frozen`)."""
    assert world.training_path is not None
    quality, left = (float(number) for number in world.training_path[month, world.labs.index(lab), 1:])
    if not lab.alive or quality <= 0:  # no model yet
        return []
    lab.models = lab.models or lab.planned
    if quality <= lab.models["frontier"].quality:
        return []
    return _upgrade(lab, InTests(month, quality, 0.0, left), month=month, small_gap=small_gap)


def _upgrade(lab: ModelLab, new: InTests, *, month: int, small_gap: float) -> list[Model]:
    gaps = {"frontier": 0.0, "small": small_gap}
    sold = [tier for tier in gaps if tier in lab.models]
    for tier in sold:
        lab.models[tier] = replace(
            lab.models[tier], quality=new.quality - gaps[tier], released=month,
            flaws_left=new.flaws_left,
        )  # fmt: skip
    return [lab.models[tier] for tier in sold]


def _spread_knowledge(world: World, assumptions: Scenario, *, month: int) -> None:
    """Algorithms advance by own research and by leaks from the best; usage data age and are renewed."""
    frontier = assumptions.frontier
    rate = leak_rate(_all_models(world), best_closed=world.closed_frontier[-1], frontier=frontier)
    best = max((trainer.algorithms for trainer in world.trainers), default=0.0)
    for trainer in world.trainers:
        trainer.algorithms = next_algorithms(
            trainer.algorithms,
            research_spend=running_sum(trainer.research_spend[-MONTHS_PER_YEAR:]),
            public=best,
            leak_rate=rate + told_know_how(world, assumptions, trainer=trainer),
            month=month,
            frontier=frontier,
        )
        trainer.flywheel = next_flywheel(trainer.flywheel, usage_share=trainer.usage_share, frontier=frontier)


def _frontier_open(world: World, assumptions: Scenario) -> float:
    """Share of the models from which others can learn whose weights are public."""
    reach = assumptions.frontier.leak_reach
    return open_share(_all_models(world), best_closed=world.closed_frontier[-1], reach=reach)


def _all_models(world: World) -> list[Model]:
    return [model for trainer in world.trainers for model in trainer.models.values()]


def distilled(lab: Trainer, *, best: float, assumptions: Scenario) -> float:
    """Points that distilling the frontier adds to the lab's next run."""
    gain = distillation_gain(
        frontier_quality=best, own_quality=lab.models["frontier"].quality, frontier=assumptions.frontier
    )
    return distillation_left(assumptions.policy) * gain
