"""Demand of a panel of accounts: the kernels against a plain twin, derivatives, and worlds without tastes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.demand import DemandError, NestedDemand, use_and_payment
from market.units import TOKENS_PER_MTOK

SHAPES = [{}, {"elasticity": 0.0}, {"lam_model": 1.0, "lam_host": 1.0}, {"lam_model": 0.3, "lam_host": 0.1},
          {"feasible": 0.1}, {"offers": 3, "models": 2}, {"accounts": 1}]  # fmt: skip


def panel(seed, *, accounts=40, offers=18, feasible=0.6, elasticity=0.1, lam_model=0.6, lam_host=0.35, models=5):
    """A random world: the first half of the offers is metered and API-like, the rest self-operated."""
    draw = np.random.default_rng(seed)
    volume = 10 ** draw.normal(7, 0.8, accounts)
    worth = 30 * np.exp(draw.normal(0, 1, accounts)) * volume / 1e6
    base = worth[:, None] * draw.uniform(-0.3, 1.0, (accounts, offers))
    base[draw.random((accounts, offers)) > feasible] = -np.inf
    metered = np.arange(offers) < offers // 2
    demand = NestedDemand(
        base=base, metered=metered, volume=volume, reference_price=draw.uniform(1, 10, accounts), sigma=0.15 * worth,
        weight=draw.uniform(1, 50, accounts), nest=(~metered).astype(np.int64), model=draw.integers(0, models, offers),
        elasticity=elasticity, lam_model=lam_model, lam_host=lam_host,
    )  # fmt: skip
    return demand, draw.uniform(0.3, 8, offers)


def corrections_at(demand, price):
    """lam_host times the entropy of hosts, by account and (nest, model), at the given prices."""
    return [
        {group: demand.lam_host * entropy(members, lam_host=demand.lam_host) for group, members in tree.items()}
        for tree in utilities(demand, price)
    ]


def utilities(demand, price):
    """Per account: {(nest, model): {offer: utility}}."""
    for i in range(demand.accounts):
        tree = {}
        for j in np.flatnonzero(demand.base[i] > -np.inf):
            value = demand.base[i, j]
            if demand.metered[j]:
                value += use_and_payment(price[j], demand.volume[i], demand.reference_price[i], demand.elasticity)
            tree.setdefault((demand.nest[j], demand.model[j]), {})[j] = value / demand.sigma[i]
        yield tree


def entropy(members, *, lam_host):
    share = shares({j: u / lam_host for j, u in members.items()})
    return -sum(p * np.log(p) for p in share.values() if p > 0)


def shares(utility):
    top = max(utility.values())
    attraction = {j: np.exp(u - top) for j, u in utility.items()}
    total = sum(attraction.values())
    return {j: a / total for j, a in attraction.items()}


def logsum(numbers):
    top = max(numbers)
    return top + np.log(sum(np.exp(x - top) for x in numbers))


def choose_by_hand(demand, price, corrections=None):
    """Probabilities (n, K) and sigma times the logsum (n,)."""
    corrections = corrections_at(demand, price) if corrections is None else corrections
    probability, surplus = np.zeros(demand.base.shape), np.zeros(demand.accounts)
    for i, tree in enumerate(utilities(demand, price)):
        nests = {}
        for (nest, model), members in tree.items():
            scaled = [u / demand.lam_host for u in members.values()]
            nests.setdefault(nest, {})[model] = demand.lam_host * logsum(scaled) - corrections[i][nest, model]
        worth = {n: demand.lam_model * logsum([v / demand.lam_model for v in m.values()]) for n, m in nests.items()}
        worth["none"] = 0.0
        of_nest = shares(worth)
        for nest, models in nests.items():
            of_model = shares({m: v / demand.lam_model for m, v in models.items()})
            for model in models:
                of_host = shares({j: u / demand.lam_host for j, u in tree[nest, model].items()})
                for j in of_host:
                    probability[i, j] = of_nest[nest] * of_model[model] * of_host[j]
        surplus[i] = demand.sigma[i] * logsum(list(worth.values()))
    return probability, surplus


def use(demand, price):
    """Million tokens a month by account and offer, if chosen."""
    relative = (price[None, :] / demand.reference_price[:, None]) ** -demand.elasticity
    return demand.volume[:, None] / TOKENS_PER_MTOK * np.where(demand.metered, relative, 1.0)


def quantities_by_hand(demand, price, corrections=None):
    return (demand.weight[:, None] * choose_by_hand(demand, price, corrections)[0] * use(demand, price)).sum(axis=0)


def line_of_companies(companies, *, intercept, sigma=0.0):
    """Companies with one million tokens each and evenly spaced reservation values: demand Q = intercept - p."""
    value = (np.arange(companies) + 0.5) / companies * intercept
    return NestedDemand(
        base=value[:, None], metered=np.array([True]), volume=np.full(companies, 1e6),
        reference_price=np.ones(companies), sigma=np.full(companies, sigma),
        weight=np.full(companies, intercept / companies), nest=np.zeros(1, dtype=np.int64),
        model=np.zeros(1, dtype=np.int64), elasticity=0.0, lam_model=0.6, lam_host=0.35,
    )  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_the_kernel_agrees_with_a_plain_twin(shape):
    demand, price = panel(seed=3, **shape)
    probability, surplus = choose_by_hand(demand, price)
    np.testing.assert_allclose(demand.probabilities(price), probability, rtol=1e-10, atol=1e-14)
    assert demand.surplus(price) == pytest.approx(float(demand.weight @ surplus), rel=1e-12)
    expected = quantities_by_hand(demand, price)
    np.testing.assert_allclose(demand.quantities(price), expected, rtol=1e-10, atol=1e-12)
    metered = np.flatnonzero(demand.metered)[::-1]
    np.testing.assert_allclose(demand.response(price, metered).quantity, expected[metered], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_derivatives_are_those_of_demand_with_the_number_of_hosts_held(shape):
    demand, price = panel(seed=5, **shape)
    movable = np.random.default_rng(0).permutation(np.flatnonzero(demand.metered))
    held = corrections_at(demand, price)
    derivative = demand.derivatives(price, movable)
    scale = np.abs(derivative).max()
    for column, k in enumerate(movable):
        step = 1e-5 * price[k]
        up, down = price.copy(), price.copy()
        up[k] += step
        down[k] -= step
        measured = (quantities_by_hand(demand, up, held) - quantities_by_hand(demand, down, held)) / (2 * step)
        np.testing.assert_allclose(derivative[:, column], measured[movable], atol=1e-6 * scale, rtol=1e-5)


def test_a_price_rise_costs_customers_what_they_use():
    demand, price = panel(seed=7, models=40)
    k, step = 2, 1e-5
    up, down = price.copy(), price.copy()
    up[k] += step
    down[k] -= step
    lost = -(demand.surplus(up) - demand.surplus(down)) / (2 * step)
    assert lost == pytest.approx(demand.quantities(price)[k], rel=1e-7)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.2, 5.0))
def test_scale_of_money_does_not_matter(seed, factor):
    demand, price = panel(seed=seed, accounts=12, offers=8)
    richer = replace(
        demand, base=demand.base * factor, reference_price=demand.reference_price * factor, sigma=demand.sigma * factor
    )
    np.testing.assert_allclose(richer.probabilities(price * factor), demand.probabilities(price), rtol=1e-8, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_new_offer_at_given_prices_draws_only_to_itself(seed):
    demand, price = panel(seed=seed, accounts=12, offers=10)
    newcomer = int(np.random.default_rng(seed).integers(10))
    base = demand.base.copy()
    base[:, newcomer] = -np.inf
    before, after = replace(demand, base=base).probabilities(price), demand.probabilities(price)
    lonely = (demand.nest == demand.nest[newcomer]) & (demand.model == demand.model[newcomer])
    if lonely.sum() == 1:
        others = np.arange(10) != newcomer
        assert (after[:, others] <= before[:, others] + 1e-12).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_relabelling_offers_permutes_demand(seed):
    demand, price = panel(seed=seed, accounts=12, offers=10)
    order = np.random.default_rng(seed).permutation(10)
    shuffled = replace(
        demand, base=demand.base[:, order], metered=demand.metered[order], nest=demand.nest[order],
        model=demand.model[order],
    )  # fmt: skip
    np.testing.assert_allclose(
        shuffled.quantities(price[order]), demand.quantities(price)[order], rtol=1e-10, atol=1e-9
    )


def test_without_tastes_each_account_takes_its_best_offer_and_ties_are_split():
    demand = NestedDemand(
        base=np.array([[3.0, 3.0, 2.0], [0.5, 0.4, -np.inf], [-1.0, -1.0, -1.0]]), metered=np.zeros(3, dtype=bool),
        volume=np.full(3, 1e6), reference_price=np.ones(3), sigma=np.zeros(3), weight=np.ones(3),
        nest=np.zeros(3, dtype=np.int64), model=np.arange(3), elasticity=0.1, lam_model=0.6, lam_host=0.35,
    )  # fmt: skip
    expected = [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    np.testing.assert_array_equal(demand.probabilities(np.ones(3)), expected)
    assert demand.surplus(np.ones(3)) == pytest.approx(3.5)


def test_tastes_that_fade_leave_demand_finite():
    demand, price = panel(seed=11)
    movable = np.flatnonzero(demand.metered)
    crisp = replace(demand, sigma=np.zeros(demand.accounts)).quantities(price)
    for taste in (1e-6, 1e-12, 1e-300):
        faint = replace(demand, sigma=demand.sigma * taste)
        assert np.isfinite(faint.derivatives(price, movable)).all()
        np.testing.assert_allclose(faint.quantities(price), crisp, rtol=1e-6, atol=1e-6)


def test_evenly_spaced_reservation_values_give_a_straight_demand_curve():
    demand = line_of_companies(4000, intercept=100.0)
    for price in (20.0, 46.7, 60.0, 80.0):
        assert demand.total_at(price) == pytest.approx(100 - price, abs=0.03)
        assert demand.slope_at(price) == pytest.approx(-1.0, abs=0.02)
        assert demand.price_at(100 - price, highest=200.0) == pytest.approx(price, abs=0.03)
    assert demand.surplus(np.array([60.0])) == pytest.approx(800.0, rel=1e-4)


def test_a_price_at_which_more_is_wanted_than_offered_ends_at_the_highest():
    demand = line_of_companies(100, intercept=100.0)
    assert demand.price_at(40.0, highest=50.0) == 50.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sigma": np.ones(3)}, "sigma has shape"),
        ({"base": np.full((40, 18), np.nan)}, "NaN"),
        ({"weight": np.full(40, -1.0)}, "weight"),
        ({"elasticity": 1.0}, "elasticity"),
        ({"lam_model": 0.2}, "lam_host"),
        ({"reference_price": np.zeros(40)}, "reference_price"),
    ],
)
def test_a_panel_that_contradicts_itself_is_refused(change, message):
    demand, _ = panel(seed=1)
    with pytest.raises(DemandError, match=message):
        replace(demand, **change)


def test_prices_without_a_demand_are_refused():
    demand, price = panel(seed=1)
    price[0] = 0.0
    with pytest.raises(DemandError, match="above 0"):
        demand.quantities(price)
    with pytest.raises(DemandError, match="metered"):
        demand.response(np.ones(18), np.array([17]))
