"""A releaser weighs what to do with a finished model on the panel of accounts (docs/model.md M13).

Three worlds are compared at last month's prices: the weights are published and hosted, the model is sold as the
releaser's own interface, or it is left alone. In each, the releaser's models age by the common rise of needs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.releasing import (
    NEVER,
    Decision,
    Motives,
    Prospect,
    Worth,
    best_course,
    gain_of_rivals,
    motives_of,
    wants_cap,
    worth_of,
)
from agents.sellers import OpenWeightReleaser
from market.frontier import Frontier, gpu_hours_for, leak, training_cost
from market.goods import Model
from market.units import FloatArray
from scenarios.scenario import Scenario
from scenarios.sellers import ReleaserSpec
from simulation.month.capacity import Capacity
from simulation.month.communities import community_bonus
from simulation.month.misuse import liability_of
from simulation.month.release_stages import Lines, Stage, Terms, lines_of, prospect, terms_of
from simulation.world import World


def decides_by_value(world: World, assumptions: Scenario, *, month: int) -> bool:
    """Whether releasers decide by value: after the schedule, or from a scenario's own date of release or policy."""
    release = assumptions.release
    if release.rule != "value" or world.last_panel is None or assumptions.frontier.open_lag_override >= 0:
        return False
    own = ("release.", "policy.", "frontier.open_lag_override")
    dates = [shock.month for shock in assumptions.shocks if shock.parameter.startswith(own)]
    return month > release.schedule_end or any(date <= month for date in dates)


def decide_release(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, quality: float, flaws_left: float,
    month: int, capacity: Capacity, allowed: bool,
) -> Decision:  # fmt: skip
    """What the releaser does with a model of that `quality`, of whose flaws tests left a part.

    allowed: new weights may be published.
    """
    lines = lines_of(world, releaser=releaser)
    terms = terms_of(world, assumptions, releaser=releaser, month=month, capacity=capacity)
    hours = gpu_hours_for(quality, algorithms=releaser.algorithms, frontier=assumptions.frontier)
    cost = float(training_cost(hours, gpu_hour_price=releaser.gpu_price_paid, frontier=assumptions.frontier))
    liability = liability_of(world, assumptions, releaser=releaser, quality=quality, flaws_left=flaws_left)
    why = motives(world, assumptions, releaser=releaser, cost=cost, liability=liability)
    worth, capped = _worth_by_course(
        world, assumptions, releaser=releaser, lines=lines, terms=terms, quality=quality, month=month, why=why,
        allowed=allowed,
    )  # fmt: skip
    spec = assumptions.sellers[releaser.name]
    assert isinstance(spec, ReleaserSpec)
    to_earn = cost * (1 - spec.own_use)
    return best_course({after: w.total for after, w in worth.items()}, training_cost=to_earn, capped=capped)


def open_share(models: list[Model], *, best_closed: float, reach: float) -> float:
    """Share of the models within `reach` points of the frontier whose weights are public; 0 where there is none."""
    near = [model.open for model in models if model.quality >= best_closed - reach]
    return float(np.mean(near)) if near else 0.0


def leak_rate(models: list[Model], *, best_closed: float, frontier: Frontier) -> float:
    """Share of the knowledge gap that is closed in a month, larger where weights near the frontier are public."""
    best_open = max((model.quality for model in models if model.open), default=-np.inf)
    share = open_share(models, best_closed=best_closed, reach=frontier.leak_reach)
    return leak(open_share=share, gap=max(0.0, best_closed - best_open), frontier=frontier)


def motives(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, cost: float, liability: float
) -> Motives:
    """What the releaser gains by what, at last month's rents, with a model whose training cost `cost` USD.

    liability: USD that publishing it is expected to cost in damages.
    """
    margin = 0.0
    if releaser.parent:
        rent = float(world.bulletin.cloud_price[world.code_of[releaser.parent]])
        margin = releaser.parent_stake * (rent - assumptions.invest.opex)
    return motives_of(
        assumptions.release,
        funding=releaser.funding,
        training_cost=cost,
        research_wage=assumptions.labour.machine_learning_engineer,
        rent_margin=margin,
        liability=liability,
    )


def _worth_by_course(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, lines: Lines, terms: Terms, quality: float,
    month: int, why: Motives, allowed: bool,
) -> tuple[dict[int, Worth], bool]:  # fmt: skip
    """Worth of every course open to the releaser, by months until publication, and whether its licence is capped."""
    release = assumptions.release
    sells = releaser.closed_api

    def stage(*, weights: float | None = None, interface: float | None = None, capped: bool = False) -> Stage:
        return Stage(
            world, assumptions, lines=lines, terms=terms, month=month, weights=weights, interface=interface,
            capped=capped,
        )  # fmt: skip

    as_published = quality + float(community_bonus(world, assumptions.open)[releaser.models["open"].line])
    idle = stage()
    shut = stage(interface=quality) if sells else idle
    kept = prospect(release.horizon_months, shut, idle)
    rivals = rivals_gain(world, assumptions, releaser=releaser, quality=quality)
    free = stage(weights=as_published)
    opened = prospect(release.horizon_months, free, idle)

    def worth(after: int, published: Prospect) -> Worth:
        return worth_of(
            after, opened=published, kept=kept, motives=why, rivals_gain=rivals, release=release,
            supported_anyway=not allowed,
        )  # fmt: skip

    courses = {NEVER: worth(NEVER, opened)} if sells else {}
    if not allowed:
        return courses, False
    capped = False
    capped_now, share = releaser.models["open"].capped, hyperscaler_share(world, lines=lines)
    if capped_now or share > release.cap_trigger:
        under_cap = prospect(release.horizon_months, stage(weights=as_published, capped=True), idle)
        capped = wants_cap(
            capped_now=capped_now, share=share, uncapped_share=free.share_of(lines.hosted[lines.barred], lines.hosted),
            worth_capped=worth(0, under_cap).total, worth_uncapped=worth(0, opened).total, release=release,
        )  # fmt: skip
        opened = under_cap if capped else opened
    dates = (0, *release.delays) if sells else (0,)
    return courses | {after: worth(after, opened) for after in dates}, capped


def rivals_gain(world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, quality: float) -> FloatArray:
    """Points that labs would owe to the published weights by months since publication; (months,)."""
    frontier, best_closed = assumptions.frontier, world.closed_frontier[-1]
    now = [model for trainer in world.trainers for model in trainer.models.values()]
    own = releaser.models["open"]
    then = [replace(model, quality=quality) if model is own else model for model in now]
    rates = [leak_rate(models, best_closed=best_closed, frontier=frontier) for models in (now, then)]
    best = max(trainer.algorithms for trainer in world.trainers)
    gaps = np.array([best - lab.algorithms for lab in world.labs])
    return gain_of_rivals(
        float(world.bulletin.lab_share @ gaps) if len(gaps) else 0.0,
        leak_rate=max(rates[1] - rates[0], 0.0),
        points_per_dex=frontier.points_per_dex,
        months=assumptions.release.horizon_months,
    )


def hyperscaler_share(world: World, *, lines: Lines) -> float:
    """Share of last month's revenue from hosting the releaser's weights that a capped licence would end; 0 without."""
    offers, bulletin = world.book.offers, world.bulletin
    revenue = np.array(
        [
            bulletin.hosted_tokens.get((offers[c].host, offers[c].line.code), 0.0) * bulletin.offer_price[c]
            if bulletin.offer_available[c] else 0.0
            for c in lines.hosted
        ]
    )  # fmt: skip
    return float(revenue[lines.barred].sum() / revenue.sum()) if revenue.sum() > 0 else 0.0
