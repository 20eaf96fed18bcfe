"""Limits with a known solution: price competition under logit tastes (L01-L07, L28, L29, L33)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import lambertw

from market.demand import NestedDemand
from market.indicators import hhi
from market.pricing import bertrand_prices, interest_matrix, logit_bertrand

L03 = {"quality": [3.0, 2.0, 1.5], "cost": [1.0, 0.8, 0.5], "alpha": 2.0}


def homogeneous_accounts(quality, *, alpha=1.0, nest=None, model=None, lam_model=1.0, lam_host=1.0, accounts=3):
    """Accounts with one million tokens a month, utility quality - alpha price and plain Gumbel tastes of size 1."""
    offers = len(quality)
    nest = np.zeros(offers, dtype=np.int64) if nest is None else np.asarray(nest)
    return NestedDemand(
        base=np.tile(np.asarray(quality, dtype=float) / alpha, (accounts, 1)), metered=np.ones(offers, dtype=bool),
        volume=np.full(accounts, 1e6), reference_price=np.ones(accounts), sigma=np.full(accounts, 1 / alpha),
        weight=np.full(accounts, 1 / accounts), nest=nest, elasticity=0.0, lam_model=lam_model, lam_host=lam_host,
        model=np.arange(offers) if model is None else np.asarray(model),
    )  # fmt: skip


def test_l01_a_logit_monopolist_adds_one_plus_lambert_w_to_cost():
    found = logit_bertrand(2, 1, 1)
    assert found.price[0] == pytest.approx(2 + lambertw(1).real, abs=1e-12)
    assert found.share[0] == pytest.approx(0.361896, abs=1e-6)
    assert found.consumer_surplus == pytest.approx(0.449254, abs=1e-6)
    assert found.profit[0] == pytest.approx(found.share[0] * (found.price[0] - 1), abs=1e-15)


@pytest.mark.parametrize(
    ("firms", "price", "share", "surplus"),
    [
        (2, 2.401058, 0.286254, 0.849819),
        (3, 2.298679, 0.229987, 1.171055),
        (5, 2.191882, 0.160991, 1.634525),
        (50, 2.019992, 0.019600, 3.912230),
    ],
)
def test_l02_more_logit_rivals_lower_prices_toward_a_margin_of_one(firms, price, share, surplus):
    found = logit_bertrand(np.full(firms, 2.0), 1.0, 1.0)
    np.testing.assert_allclose(found.price, price, atol=1e-6)
    np.testing.assert_allclose(found.share, share, atol=1e-6)
    np.testing.assert_allclose(found.price - 1, 1 / (1 - found.share), rtol=1e-12)
    assert found.consumer_surplus == pytest.approx(surplus, abs=1e-6)


def test_l03_the_better_product_earns_the_higher_margin():
    found = logit_bertrand(**L03)
    np.testing.assert_allclose(found.price, [1.680474, 1.402497, 1.112862], atol=1e-6)
    np.testing.assert_allclose(found.share, [0.265218, 0.170121, 0.184155], atol=1e-6)
    assert found.consumer_surplus == pytest.approx(0.483127, abs=1e-6)
    assert 1e4 * hhi(found.share) == pytest.approx(3470.67, abs=0.005)


def test_l04_merged_firms_take_equal_markups_and_raise_prices():
    found = logit_bertrand(**L03, owner=[1, 1, 2])
    np.testing.assert_allclose(found.price, [1.792999, 1.592999, 1.126472], atol=1e-6)
    joint = found.share[:2].sum()
    np.testing.assert_allclose(found.price[:2] - [1.0, 0.8], 1 / (2 * (1 - joint)), rtol=1e-12)
    assert found.consumer_surplus == pytest.approx(0.423571, abs=1e-6)
    assert 1e4 * hhi([joint, found.share[2]]) == pytest.approx(5430.24, abs=0.005)


@pytest.mark.parametrize("own_share_of_the_second", [1.0, 0.7])
def test_l05_a_passive_stake_in_a_rival_softens_competition(own_share_of_the_second):
    stakes = [[1.0, 0.3, 0.0], [0.0, own_share_of_the_second, 0.0], [0.0, 0.0, 1.0]]
    for owner in (None, [0, 1, 2]):
        found = logit_bertrand(**L03, owner=owner, stakes=stakes)
        np.testing.assert_allclose(found.price, [1.711734, 1.404247, 1.114775], atol=1e-6)
        assert found.consumer_surplus == pytest.approx(0.474365, abs=1e-6)


def test_l06_the_calvano_duopoly_and_its_joint_maximum():
    rivals = logit_bertrand([8.0, 8.0], 1.0, 4.0)
    np.testing.assert_allclose(rivals.price, 1.472927, atol=1e-6)
    np.testing.assert_allclose(rivals.profit, 0.222927, atol=1e-6)
    cartel = logit_bertrand([8.0, 8.0], 1.0, 4.0, owner=["a", "a"])
    np.testing.assert_allclose(cartel.price, 1.924982, atol=1e-6)
    np.testing.assert_allclose(cartel.profit, 0.337490, atol=1e-6)


def test_l07_a_logit_monopolist_passes_on_the_share_it_does_not_hold():
    up, down = logit_bertrand(2, 1 + 1e-6, 1), logit_bertrand(2, 1 - 1e-6, 1)
    assert (up.price[0] - down.price[0]) / 2e-6 == pytest.approx(0.638104, abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_no_owner_gains_by_moving_any_price(data):
    products = data.draw(st.integers(1, 7))
    numbers = lambda low, high: data.draw(st.lists(st.floats(low, high), min_size=products, max_size=products))  # noqa: E731
    quality, cost, alpha = np.array(numbers(-5, 12)), np.array(numbers(0, 4)), data.draw(st.floats(0.05, 20))
    owner = np.array(data.draw(st.lists(st.integers(0, 3), min_size=products, max_size=products)))
    found = logit_bertrand(quality, cost, alpha, owner=owner)
    margin = alpha * (found.price - cost)
    together = np.array([(found.share * margin)[owner == firm].sum() for firm in owner])
    np.testing.assert_allclose(margin, 1 + together, rtol=1e-10)


def test_extreme_markets_are_solved():
    giants = logit_bertrand([1e5, 1e5, 0.0], 1.0, 4.0)
    np.testing.assert_allclose(giants.price, [1.5, 1.5, 1.25], rtol=1e-12)
    alone = logit_bertrand(1e4, 0.0, 1.0)
    assert alone.price[0] == pytest.approx(1 + (1e4 - 1) - np.log(1e4 - 1), rel=1e-6)
    everyone = logit_bertrand(np.full(50, 30.0), 1.0, 2.0, owner=np.zeros(50, dtype=int))
    np.testing.assert_allclose(2 * (everyone.price - 1), 1 / (1 - everyone.share.sum()), rtol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"quality": [1.0, 2.0], "cost": [1.0, 1.0, 1.0], "alpha": 1.0}, "shape"),
        ({"quality": [1.0, 2.0], "cost": 1.0, "alpha": 0.0}, "alpha"),
        ({"quality": [1.0, np.nan], "cost": 1.0, "alpha": 1.0}, "finite"),
        ({"quality": [1.0, 2.0], "cost": 1.0, "alpha": 1.0, "owner": [1]}, "owner"),
        ({"quality": [1.0, 2.0], "cost": 1.0, "alpha": 1.0, "stakes": [[1.0], [1.0]]}, "stakes|owner"),
        (
            {"quality": [1.0, 2.0], "cost": 1.0, "alpha": 1.0, "owner": [0, 1], "stakes": [[1.0, 0.5], [0.0, 0.0]]},
            "no stake",
        ),
    ],
)
def test_a_market_that_is_none_is_refused_with_its_reason(arguments, message):
    with pytest.raises(ValueError, match=message):
        logit_bertrand(**arguments)


@pytest.mark.parametrize("owner", [[0, 1, 2], [0, 0, 1]])
def test_a_panel_of_equal_accounts_is_the_logit_market(owner):
    demand = homogeneous_accounts(L03["quality"], alpha=2.0)
    found = bertrand_prices(
        demand, cost=np.array(L03["cost"]), interest=interest_matrix(owner), movable=np.arange(3), start=np.full(3, 5.0)
    )
    np.testing.assert_allclose(found, logit_bertrand(**L03, owner=owner).price, rtol=1e-8)


def test_prices_agree_with_pyblp_on_random_markets():
    pyblp = pytest.importorskip("pyblp")
    pyblp.options.verbose = False
    draw = np.random.default_rng(42)
    for products in (2, 4, 7):
        quality, cost = draw.uniform(0, 4, products), draw.uniform(0.2, 2, products)
        alpha, owner = float(draw.uniform(0.5, 3)), draw.integers(0, 3, products)
        simulation = pyblp.Simulation(
            product_formulations=(pyblp.Formulation("0 + x + prices"), None, pyblp.Formulation("0 + z")),
            product_data={"market_ids": np.zeros(products), "firm_ids": owner, "x": quality, "z": cost},
            beta=[1.0, -alpha], gamma=[1.0], xi=np.zeros(products), omega=np.zeros(products),
        )  # fmt: skip
        theirs = simulation.replace_endogenous().product_data
        ours = logit_bertrand(quality, cost, alpha, owner=owner)
        np.testing.assert_allclose(ours.price, theirs["prices"].ravel(), rtol=1e-9)
        np.testing.assert_allclose(ours.share, theirs["shares"].ravel(), rtol=1e-9)


def test_l28_a_new_option_is_worth_minus_log_of_what_it_leaves():
    before, after = homogeneous_accounts([1.0]), homogeneous_accounts([1.0, np.log((1 + np.e) / 4)])
    free = np.array([1e-12, 1e-12])
    assert after.probabilities(free)[0, 1] == pytest.approx(0.2, abs=1e-9)
    assert after.surplus(free) - before.surplus(free[:1]) == pytest.approx(0.223144, abs=1e-6)


def test_l29_the_nested_logit_of_three_options():
    demand = homogeneous_accounts([1.0, 1.0, 1.0], nest=[0, 0, 1], lam_model=0.5, lam_host=0.5)
    free = np.full(3, 1e-12)
    probability = demand.probabilities(free)[0]
    assert probability[:2].sum() == pytest.approx(0.508327, abs=1e-6)
    assert probability[2] == pytest.approx(0.359442, abs=1e-6)
    assert 1 - probability.sum() == pytest.approx(0.132231, abs=1e-6)
    assert demand.surplus(free) == pytest.approx(2.023204, abs=1e-6)


def test_l29_without_nests_the_odds_of_two_offers_ignore_a_third():
    free = np.full(3, 1e-12)
    three = homogeneous_accounts([1.0, 0.3, 2.0], nest=[0, 0, 1]).probabilities(free)[0]
    two = homogeneous_accounts([1.0, 0.3], nest=[0, 0]).probabilities(free[:2])[0]
    assert three[0] / three[1] == pytest.approx(two[0] / two[1], rel=1e-12)


def test_l33_the_licence_label_is_irrelevant():
    clone = homogeneous_accounts([1.0, 1.0], model=[0, 1], lam_model=0.6, lam_host=0.35)
    alone = homogeneous_accounts([1.0], lam_model=0.6, lam_host=0.35)
    free = np.full(2, 1e-12)
    probability = clone.probabilities(free)[0]
    assert probability[0] == probability[1]
    variety = np.log(1 + np.exp(1 + 0.6 * np.log(2))) - np.log(1 + np.e)
    assert clone.surplus(free) - alone.surplus(free[:1]) == pytest.approx(variety, abs=1e-9)


def test_l33_another_host_of_the_same_model_adds_no_surplus():
    hosts = homogeneous_accounts([1.0, 1.0, 1.0], model=[0, 0, 0], lam_model=0.6, lam_host=0.35)
    alone = homogeneous_accounts([1.0], lam_model=0.6, lam_host=0.35)
    free = np.full(3, 1e-12)
    assert hosts.surplus(free) == pytest.approx(alone.surplus(free[:1]), rel=1e-12)
    np.testing.assert_allclose(hosts.probabilities(free)[0], alone.probabilities(free[:1])[0, 0] / 3, rtol=1e-12)
