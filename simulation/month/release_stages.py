"""What the panel of accounts would do with a releaser's models if it published, kept or left its new one (M13).

Each world is last month's sheet with the releaser's offers changed, at last month's prices; its models then age by the
common rise of needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.conduct import contract_brand
from agents.offers import OfferSheet
from agents.releasing import Prospect, by_month
from agents.sellers import OpenWeightReleaser
from market.goods import Route
from market.pricing import bertrand_search, contract_shares
from market.units import BoolArray, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.capacity import Capacity
from simulation.month.cloud_prices import gpu_price_paid
from simulation.month.interests import hours_at_parent
from simulation.month.interfaces import POSTED_TO, ROUNDS
from simulation.month.offer_sheet import unit_costs
from simulation.month.panel import PanelAccounts, PanelDemand, panel_accounts, panel_demand
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
    """What all three worlds share: last month's sheet and prices, the panel, costs, and how use grows."""

    sheet: OfferSheet
    accounts: PanelAccounts
    price: FloatArray  # (offers,) USD per Mtok of metered offers
    unit_cost: FloatArray  # (offers,) USD per Mtok
    hours: FloatArray  # (offers,) GPU-hours per Mtok on the parent's machines
    drift: float  # points a month by which needs rise
    value: FloatArray  # (ages,) value of workloads over now
    tokens: FloatArray  # (ages,) tokens of workloads over now
    compute: FloatArray  # (ages,) GPU-hours per token over now


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


def terms_of(
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
    faster = calendar.serving_efficiency[then] / calendar.serving_efficiency[month]
    return Terms(
        sheet=sheet,
        accounts=panel_accounts(world, assumptions, month=month, sheet=sheet),
        price=np.where(metered, np.where(posted, bulletin.offer_price, asked), 1.0),
        unit_cost=unit_cost,
        hours=hours_at_parent(world, assumptions, parent=releaser.parent, sheet=sheet, share=share, capacity=capacity),
        drift=world.need_drift(month),
        value=growth**assumptions.needs.value_exponent,
        tokens=growth,
        compute=growth / faster,
    )


class Stage:
    """One world: which versions the releaser offers how, and what the panel does with its models as they age."""

    def __init__(
        self, world: World, assumptions: Scenario, *, lines: Lines, terms: Terms, month: int,
        weights: float | None, interface: float | None, capped: bool = False,
    ) -> None:  # fmt: skip
        sheet = self._sheet(world, lines, terms.sheet, weights=weights, interface=interface, capped=capped)
        panel = panel_demand(world, assumptions, month=month, sheet=sheet, accounts=terms.accounts)
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


def prospect(months: int, course: Stage, idle: Stage) -> Prospect:
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
