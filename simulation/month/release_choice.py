"""A releaser weighs what to do with a finished model on the panel of accounts (docs/model.md M13).

Three worlds are compared at last month's prices: the weights are published and hosted, the model is sold as the
releaser's own interface, or it is left alone. In each, the releaser's models age by the common rise of needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.conduct import contract_brand
from agents.offers import OfferSheet
from agents.releasing import (
    NEVER,
    Decision,
    Motives,
    Prospect,
    Worth,
    best_course,
    by_month,
    gain_of_rivals,
    motives_of,
    wants_cap,
    worth_of,
)
from agents.sellers import OpenWeightReleaser
from market.frontier import gpu_hours_for, leak, training_cost
from market.goods import Model, Route
from market.pooling import marginal_gpu_hours_per_mtok
from market.pricing import bertrand_search, contract_shares
from market.units import MONTHS_PER_YEAR, BoolArray, FloatArray, IntArray
from scenarios.scenario import Scenario
from scenarios.sellers import ReleaserSpec
from simulation.month.capacity import Capacity
from simulation.month.interfaces import POSTED_TO, ROUNDS
from simulation.month.panel import PanelDemand, panel_demand
from simulation.month.tariffs import gpu_price_paid, unit_costs
from simulation.world import World, can_be_barred

AGES = (0, 6, 12, 24)  # months after the decision at which the panel is asked; beyond, as at the last


@dataclass(frozen=True)
class Lines:
    """The offers through which a releaser's models reach customers."""

    hosted: IntArray  # codes of hosted offers of its published weights
    others: IntArray  # codes of self-run offers of the same weights; devices keep their older version
    interface: int
    barred: BoolArray  # (hosted,) hosts that a capped licence reaches


@dataclass(frozen=True)
class Terms:
    """What all three worlds share: last month's sheet and prices, costs, and how use grows."""

    sheet: OfferSheet
    price: FloatArray  # (offers,) USD per Mtok of metered offers
    unit_cost: FloatArray  # (offers,) USD per Mtok
    hours: FloatArray  # (offers,) GPU-hours per Mtok on the parent's machines
    drift: float  # points a month by which needs rise
    value: FloatArray  # (ages,) value of workloads over now
    tokens: FloatArray  # (ages,) tokens of workloads over now
    compute: FloatArray  # (ages,) GPU-hours per token over now


def decides_by_value(world: World, assumptions: Scenario, *, month: int) -> bool:
    """Whether releasers decide by value: after the schedule, or from a scenario's own date of release or policy."""
    release = assumptions.release
    if release.rule != "value" or world.last_panel is None or assumptions.frontier.open_lag_override >= 0:
        return False
    own = ("release.", "policy.", "frontier.open_lag_override")
    dates = [shock.month for shock in assumptions.shocks if shock.parameter.startswith(own)]
    return month > release.schedule_end or any(date <= month for date in dates)


def decide_release(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, quality: float, month: int,
    capacity: Capacity, allowed: bool,
) -> Decision:  # fmt: skip
    """What the releaser does with a model of that `quality`; `allowed`: new weights may be published."""
    lines = lines_of(world, releaser=releaser)
    terms = _terms(world, assumptions, releaser=releaser, month=month, capacity=capacity)
    hours = gpu_hours_for(quality, algorithms=releaser.algorithms, frontier=assumptions.frontier)
    cost = float(training_cost(hours, gpu_hour_price=releaser.gpu_price_paid, frontier=assumptions.frontier))
    why = motives(world, assumptions, releaser=releaser, cost=cost)
    worth, capped = _worth_by_course(
        world, assumptions, releaser=releaser, lines=lines, terms=terms, quality=quality, month=month, why=why,
        allowed=allowed,
    )  # fmt: skip
    spec = assumptions.sellers[releaser.name]
    assert isinstance(spec, ReleaserSpec)
    to_earn = cost * (1 - spec.own_use)
    return best_course({after: w.total for after, w in worth.items()}, training_cost=to_earn, capped=capped)


def lines_of(world: World, *, releaser: OpenWeightReleaser) -> Lines:
    """Offers of the releaser's published weights and of its interface."""
    line = releaser.models["open"].line
    hosted = world.book.codes(route=Route.HOSTED_OPEN, line=line)
    others = [*world.book.codes(route=Route.SELF_RENT, line=line), *world.book.codes(route=Route.ON_PREM, line=line)]
    return Lines(
        hosted=np.array(hosted, dtype=np.int64),
        others=np.array(others, dtype=np.int64),
        interface=world.book.codes(route=Route.CLOSED_API, line=line + 1)[0],
        barred=np.array([can_be_barred(world, releaser=releaser, offer=world.book.offers[c]) for c in hosted]),
    )


def open_share(models: list[Model], *, best_closed: float, reach: float) -> float:
    """Share of the models within `reach` points of the frontier whose weights are public; 0 where there is none."""
    near = [model.open for model in models if model.quality >= best_closed - reach]
    return float(np.mean(near)) if near else 0.0


def motives(world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, cost: float) -> Motives:
    """What the releaser gains by what, at last month's rents, with a model whose training cost `cost` USD."""
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
    )


def _terms(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, month: int, capacity: Capacity
) -> Terms:
    """Last month's offers with this month's costs, and growth at the common trend over the ages asked."""
    assert world.last_panel is not None
    sheet, bulletin, calendar = world.last_panel.sheet, world.bulletin, world.calendar
    allowed = world.buyers.allowed * (capacity.supply > 0) > 0
    brand, spread = contract_brand(world.clouds, assumptions.pricing), assumptions.pricing.brand_spread
    share = contract_shares(brand, bulletin.cloud_price, spread, allowed)
    paid = gpu_price_paid(world, cloud_price=bulletin.cloud_price, share=share)
    unit_cost = unit_costs(world, assumptions, sheet=sheet, gpu_price=paid, capacity=capacity)
    posted = np.isfinite(bulletin.offer_price) & (bulletin.offer_price > 0)
    asked = unit_cost * (1 + assumptions.pricing.markup_host)
    metered = sheet.route <= Route.HOSTED_OPEN
    then = np.minimum(month + np.array(AGES), len(calendar.intensity) - 1)
    growth = calendar.intensity[then] / calendar.intensity[month]
    faster = (1 + assumptions.frontier.serving_progress) ** (np.array(AGES) / MONTHS_PER_YEAR)
    return Terms(
        sheet=sheet,
        price=np.where(metered, np.where(posted, bulletin.offer_price, asked), 1.0),
        unit_cost=unit_cost,
        hours=_hours_at_parent(world, assumptions, parent=releaser.parent, sheet=sheet, share=share, capacity=capacity),
        drift=world.need_drift(month),
        value=growth**assumptions.needs.value_exponent,
        tokens=growth,
        compute=growth / faster,
    )


def _hours_at_parent(
    world: World, assumptions: Scenario, *, parent: str, sheet: OfferSheet, share: FloatArray, capacity: Capacity
) -> FloatArray:
    """GPU-hours per million tokens of each metered offer that run on the parent's machines; (offers,)."""
    hours = np.zeros(len(sheet.route))
    if not parent:
        return hours
    metered = np.flatnonzero(sheet.route <= Route.HOSTED_OPEN)
    held = world.buyers.serving
    total = held.sum(axis=1, keepdims=True)
    where = np.where(total > 0, np.divide(held, total, out=np.zeros_like(held), where=total > 0), share)
    hosts = [world.buyers.index(world.book.offers[code].host) for code in metered]
    hours[metered] = where[hosts, world.code_of[parent]] * marginal_gpu_hours_per_mtok(
        active=sheet.active[metered], tenants=world.bulletin.tenants[metered],
        efficiency=capacity.serving_efficiency, selfhost=assumptions.selfhost,
    )  # fmt: skip
    return hours


def _worth_by_course(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, lines: Lines, terms: Terms, quality: float,
    month: int, why: Motives, allowed: bool,
) -> tuple[dict[int, Worth], bool]:  # fmt: skip
    """Worth of every course open to the releaser, by months until publication, and whether its licence is capped."""
    release = assumptions.release
    sells = releaser.closed_api

    def stage(*, weights: float | None = None, interface: float | None = None, capped: bool = False) -> _Stage:
        return _Stage(
            world, assumptions, lines=lines, terms=terms, month=month, weights=weights, interface=interface,
            capped=capped,
        )  # fmt: skip

    idle = stage()
    shut = stage(interface=quality) if sells else idle
    kept = _prospect(release.horizon_months, shut, idle)
    rivals = rivals_gain(world, assumptions, releaser=releaser, quality=quality)
    free = stage(weights=quality)
    opened = _prospect(release.horizon_months, free, idle)

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
        under_cap = _prospect(release.horizon_months, stage(weights=quality, capped=True), idle)
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

    def rate(models: list[Model]) -> float:
        best = max((model.quality for model in models if model.open), default=-np.inf)
        share = open_share(models, best_closed=best_closed, reach=frontier.leak_reach)
        return leak(open_share=share, gap=max(0.0, best_closed - best), frontier=frontier)

    best = max(trainer.algorithms for trainer in world.trainers)
    gaps = np.array([best - lab.algorithms for lab in world.labs])
    return gain_of_rivals(
        float(world.bulletin.lab_share @ gaps) if len(gaps) else 0.0,
        leak_rate=max(rate(then) - rate(now), 0.0),
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


class _Stage:
    """One world: which versions the releaser offers how, and what the panel does with its models as they age."""

    def __init__(
        self, world: World, assumptions: Scenario, *, lines: Lines, terms: Terms, month: int,
        weights: float | None, interface: float | None, capped: bool = False,
    ) -> None:  # fmt: skip
        sheet = self._sheet(world, lines, terms.sheet, weights=weights, interface=interface, capped=capped)
        panel = panel_demand(world, assumptions, month=month, sheet=sheet)
        self.price = terms.price.copy()
        if interface is not None:
            self.price[lines.interface] = _interface_price(
                world, assumptions, panel=panel, code=lines.interface, price=terms.price, cost=terms.unit_cost
            )
        metered = sheet.available & (sheet.route <= Route.HOSTED_OPEN)
        own = np.append(lines.hosted, lines.interface)
        own = own[metered[own]]
        ages = terms.drift * np.array(AGES, dtype=np.float64)
        tokens = np.zeros((2 * len(AGES), len(sheet.route)))
        if own.size:
            tokens = panel.quantities_if_better(
                offers=own, shifts=np.concatenate([-ages, -ages - 1.0]), price=np.where(metered, self.price, 1.0)
            )
        self.tokens, worse = np.split(np.where(metered, tokens, 0.0), 2)
        unit = self.price[lines.interface] - terms.unit_cost[lines.interface]
        self.margin = unit * self.tokens[:, lines.interface] * terms.value
        self.margin_per_point = unit * (self.tokens - worse)[:, lines.interface] * terms.value
        self.mtok = self.tokens[:, own].sum(axis=1) * terms.tokens
        self.gpu_hours = self.tokens @ terms.hours * terms.compute
        self.users = 0.0
        if own.size:
            chosen = panel.demand.probabilities(np.where(metered, self.price, 1.0))[:, own].sum(axis=1)
            self.users = float(panel.demand.weight @ chosen)

    @staticmethod
    def _sheet(
        world: World, lines: Lines, sheet: OfferSheet, *, weights: float | None, interface: float | None, capped: bool
    ) -> OfferSheet:
        """Last month's sheet with the releaser's offers as this course has them; None: as they were."""
        quality, available, price = sheet.quality.copy(), sheet.available.copy(), sheet.price.copy()
        if weights is not None:
            quality[lines.hosted] = quality[lines.others] = weights
            hosts = [world.book.offers[code].cloud for code in lines.hosted]
            runs = [not host or world.clouds[world.code_of[host]].fleet.count > 0 for host in hosts]
            available[lines.hosted] = np.array(runs) & ~(lines.barred & capped)
            available[lines.interface] = False
        if interface is not None:
            quality[lines.interface], available[lines.interface] = interface, True
            price[lines.interface] = 1.0  # stands in: the panel's values leave metered prices out
        return replace(sheet, quality=quality, available=available, price=price)

    def share_of(self, some: IntArray, all_: IntArray) -> float:
        """Share of `some` offers in what is spent now on `all_` of them; 0 where nothing is."""
        spent = self.tokens[0] * self.price
        return float(spent[some].sum() / spent[all_].sum()) if spent[all_].sum() > 0 else 0.0


def _interface_price(
    world: World, assumptions: Scenario, *, panel: PanelDemand, code: int, price: FloatArray, cost: FloatArray
) -> float:
    """Price at which the interface would sell by the rule of whoever sells it; others' prices stay. USD per Mtok."""
    rule, pricing = assumptions.lab_rule(world.book.offers[code].seller), assumptions.pricing
    own = cost[[code]]
    founding = own[0] * (1 + world.lab_markups.get(code, pricing.markup_lab))
    asked = own[0] if rule == "at_cost" else founding
    if rule == "P2" and panel.demand.feasible[code]:
        start = price.copy()
        start[code] = founding
        available = panel.sheet.available & (panel.sheet.route <= Route.HOSTED_OPEN)
        best, _ = bertrand_search(
            panel.demand, cost=own, interest=np.ones((1, 1)), movable=np.array([code]),
            start=np.where(available, start, 1.0), lowest=own, tolerance=POSTED_TO, rounds=ROUNDS,
        )  # fmt: skip
        asked = best[code]
    return float(asked * (1 + pricing.lab_price_shock))


def _prospect(months: int, course: _Stage, idle: _Stage) -> Prospect:
    """What a course brings over leaving the model alone, month by month."""

    def monthly(values: FloatArray) -> FloatArray:
        return by_month(values, ages=AGES, months=months)

    return Prospect(
        margin=monthly(course.margin - idle.margin),
        margin_per_point=monthly(course.margin_per_point),
        mtok=monthly(course.mtok - idle.mtok),
        gpu_hours=monthly(course.gpu_hours - idle.gpu_hours),
        users=course.users,
    )
