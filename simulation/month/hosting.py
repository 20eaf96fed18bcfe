"""Prices of hosted open models: adaptive mark-ups on the cost of serving them, or cost itself (docs/model.md M2,
P1).
"""

from __future__ import annotations

import numpy as np

from agents.offers import OfferSheet
from market.pricing import adaptive_markup
from market.units import FloatArray
from scenarios.scenario import Scenario
from simulation.world import World


def post_hosted_prices(
    world: World, assumptions: Scenario, *, sheet: OfferSheet, unit_cost: FloatArray
) -> tuple[FloatArray, dict[tuple[str, int], float]]:
    """Posted prices of hosted open models (offers,), nan elsewhere, and the adaptive mark-ups behind them."""
    pricing = assumptions.pricing
    price = np.full(len(sheet.available), np.nan)
    markups: dict[tuple[str, int], float] = {}
    for line, codes in world.book.hosted.items():
        hosts = [world.book.offers[code].host for code in codes]
        share, before = _shares(world, hosts=hosts, line=line)
        last = np.array([world.markups.get((host, line), pricing.markup_host) for host in hosts])
        markup = adaptive_markup(
            last,
            share=share,
            share_before=before,
            speed=pricing.markup_speed,
            least=pricing.markup_least,
            most=pricing.markup_most,
        )
        rules = [assumptions.host_rule(host) for host in hosts]
        markup = np.where([rule == "at_cost" for rule in rules], 0.0, markup)
        price[codes] = (1 + markup) * unit_cost[codes]
        markups |= {(host, line): float(m) for host, m in zip(hosts, markup, strict=True)}
    return price, markups


def _shares(world: World, *, hosts: list[str], line: int) -> tuple[FloatArray, FloatArray]:
    """Shares of the hosts in the tokens of one model, last month and the month before."""
    last = np.array([world.bulletin.hosted_tokens.get((host, line), 0.0) for host in hosts])
    before = np.array([world.bulletin.hosted_tokens_before.get((host, line), 0.0) for host in hosts])
    total, total_before = last.sum(), before.sum()
    return last / total if total > 0 else last, before / total_before if total_before > 0 else before
