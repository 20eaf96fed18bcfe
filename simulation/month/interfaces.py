"""Prices of closed APIs: labs' best responses on the panel of accounts, adaptive mark-ups, Cournot, or cost.

Source: docs/model.md M2 (P1, P2) and section 6 ("How the whole economy reaches a toy").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.offers import OfferSheet
from market.goods import Route
from market.pricing import adaptive_markup, bertrand_search, penetration_price
from market.units import FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month import quantities
from simulation.month.dealing import net_of_cut
from simulation.month.interests import interest_of_offers
from simulation.month.panel import PanelDemand
from simulation.month.penetration import penetrates
from simulation.world import World

POSTED = "posted"
POSTED_TO = 1e-6  # share of a price to which sellers settle: far below a posted digit
ROUNDS = 60  # of mutual answers with each step width before sellers post what they have


@dataclass(frozen=True)
class InterfacePrices:
    """Token prices of the month."""

    price: FloatArray  # (offers,) USD per Mtok of metered offers, nan elsewhere
    plan: FloatArray | None  # (trainers,) Mtok a month under the Cournot rule
    gap: float  # largest relative move a Bertrand seller would still make; 0 at a rest point
    markups: dict[int, float]  # adaptive mark-ups by offer


def post_interface_prices(
    world: World, assumptions: Scenario, *, month: int, sheet: OfferSheet, unit_cost: FloatArray, panel: PanelDemand
) -> InterfacePrices:
    """Prices of all metered offers by the rule of each seller.

    Hosted prices stand as posted in `sheet`; a lab's marketplace sales are priced on what the cloud leaves of them.
    """
    price = np.where(sheet.route <= Route.HOSTED_OPEN, sheet.price, np.nan)
    closed = np.flatnonzero(sheet.available & (sheet.route <= Route.HOSTED_OPEN))
    rules = np.array([rule_of(world, assumptions, code=int(code)) for code in closed])
    closed, rules = closed[rules != POSTED], rules[rules != POSTED]
    below_cost = penetrates(world, assumptions, codes=closed, month=month)
    rules = np.where((rules == "P7") & ~below_cost, "P2", rules)  # over: it answers as the others do
    net = net_of_cut(world, assumptions, codes=closed)
    cost = unit_cost[closed] / net
    plan: FloatArray | None = None
    gap = 0.0
    markups: dict[int, float] = {}
    for rule in sorted(set(rules), key=lambda rule: (rule == "P2", rule)):  # best responses to what the others post
        where = rules == rule
        codes = closed[where]
        if rule == "P2":
            price[codes], gap = _best_responses(
                world, assumptions, price=price, codes=codes, cost=cost[where], net=net[where], panel=panel
            )
        elif rule == "P1":
            markup = _adaptive(world, assumptions, codes=codes)
            price[codes] = cost[where] * (1 + markup)
            markups = {int(code): float(m) for code, m in zip(codes, markup, strict=True)}
        elif rule == "cournot":
            plan, price[codes] = quantities.lab_plans(
                world, sheet=sheet, codes=codes, cost=cost[where], demand=panel.demand
            )
        elif rule == "P7":
            price[codes] = penetration_price(cost[where], discount=assumptions.pricing.penetration_discount)
        else:
            price[codes] = cost[where]
    by_lab = closed[sheet.route[closed] == Route.CLOSED_API]
    price[by_lab] *= 1 + assumptions.pricing.lab_price_shock
    price[(sheet.route == Route.CLOSED_API) & ~sheet.available] = np.nan
    return InterfacePrices(price=price, plan=plan, gap=gap, markups=markups)


def rule_of(world: World, assumptions: Scenario, *, code: int) -> str:
    """Rule by which an offer is still to be priced; POSTED for hosted models with a mark-up of their own."""
    offer = world.book.offers[code]
    if offer.route == Route.CLOSED_API:
        return assumptions.lab_rule(offer.seller)
    return "P2" if assumptions.host_rule(offer.host) == "P2" else POSTED


def _best_responses(
    world: World,
    assumptions: Scenario,
    *,
    price: FloatArray,
    codes: IntArray,
    cost: FloatArray,
    net: FloatArray,
    panel: PanelDemand,
) -> tuple[FloatArray, float]:
    """Bertrand prices of the given offers on the panel, and the largest move still wanted.

    An offer that nobody in the panel can choose asks the founding mark-up. Now and then sellers chase each other
    without
    a rest point; they then post the prices of the round in which they moved least.
    """
    interest = interest_of_offers(world, assumptions, codes=codes, net=net)
    founding = cost * (1 + assumptions.pricing.markup_lab)
    last = world.bulletin.offer_price[codes]
    start = np.where(np.isfinite(price), price, 1.0)
    start[codes] = np.where(np.isfinite(last) & (last > 0), last, founding)
    offered = panel.demand.feasible[codes]
    best, change = bertrand_search(
        panel.demand, cost=cost, interest=interest, movable=codes, start=start, lowest=cost, tolerance=POSTED_TO,
        rounds=ROUNDS,
    )  # fmt: skip
    return np.where(offered, best[codes], founding), float(change.max(initial=0.0))


def _adaptive(world: World, assumptions: Scenario, *, codes: IntArray) -> FloatArray:
    """Adaptive mark-ups of the sellers of the given offers, by their share of API revenue."""
    pricing, bulletin = assumptions.pricing, world.bulletin
    index = {lab.code: k for k, lab in enumerate(world.labs)}
    at = np.array([index.get(int(code), -1) for code in world.book.seller[codes]])
    share = np.where(at >= 0, bulletin.lab_share[at], 0.0)
    before = np.where(at >= 0, bulletin.lab_share_before[at], 0.0)
    last = np.array([world.lab_markups.get(int(code), pricing.markup_lab) for code in codes])
    return adaptive_markup(
        last,
        share=share,
        share_before=before,
        speed=pricing.markup_speed,
        least=pricing.markup_least,
        most=pricing.markup_most,
    )
