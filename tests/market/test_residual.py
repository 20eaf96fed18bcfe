"""Residual demand: folding what does not change leaves demand as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from market.demand import NestedDemand

ACCOUNTS, OFFERS = 30, 16


def panel(seed: int, *, taste: float = 0.15) -> tuple[NestedDemand, np.ndarray]:
    """A random world of two nests with metered offers and one without, and prices."""
    draw = np.random.default_rng(seed)
    volume = 10 ** draw.normal(7, 0.8, ACCOUNTS)
    worth = 30 * np.exp(draw.normal(0, 1, ACCOUNTS)) * volume / 1e6
    base = worth[:, None] * draw.uniform(-0.3, 1.0, (ACCOUNTS, OFFERS))
    base[draw.random((ACCOUNTS, OFFERS)) > 0.7] = -np.inf
    nest = np.arange(OFFERS) * 3 // OFFERS
    demand = NestedDemand(
        base=base, metered=nest < 2, volume=volume, reference_price=draw.uniform(1, 10, ACCOUNTS),
        sigma=taste * worth, weight=draw.uniform(1, 50, ACCOUNTS), nest=nest, model=draw.integers(0, 5, OFFERS),
        elasticity=0.1, lam_model=0.6, lam_host=0.35,
    )  # fmt: skip
    return demand, draw.uniform(0.3, 8, OFFERS)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("taste", [0.15, 0.0])
def test_sellers_see_the_same_demand_whether_the_others_are_folded_or_not(seed: int, taste: float) -> None:
    demand, price = panel(seed, taste=taste)
    metered = np.flatnonzero(demand.metered)
    everything = demand.response(price, metered)
    movable = metered[[4, 1, 7]]
    places = np.searchsorted(metered, movable)
    dearer = price.copy()
    dearer[movable] *= 1.2
    for posted in (price, dearer):
        everything = demand.response(posted, metered)
        response = demand.residual(price, movable).response(posted[movable])
        np.testing.assert_allclose(response.quantity, everything.quantity[places], rtol=1e-11)
        np.testing.assert_allclose(
            response.derivative, everything.derivative[np.ix_(places, places)], rtol=1e-10, atol=1e-12
        )
        np.testing.assert_allclose(response.top, everything.top[places], rtol=1e-11)


@pytest.mark.parametrize("seed", range(4))
def test_better_offers_draw_what_a_panel_that_values_them_more_would_give_them(seed: int) -> None:
    demand, price = panel(seed)
    better = np.flatnonzero(demand.metered)[[5, 2]]
    change = np.random.default_rng(seed).uniform(-1, 2, (3, 2, ACCOUNTS)) * demand.sigma
    found = demand.residual(price, better).quantities_if_worth(change)
    for case in range(3):
        base = demand.base.copy()
        base[:, better] += change[case].T
        expected = replace(demand, base=base).quantities(price)
        np.testing.assert_allclose(found[case][demand.metered], expected[demand.metered], rtol=1e-11)
