"""Limits with a known solution: shares of value, inequality and concentration (L17, L30, L31)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf, ndtri

from market.indicators import gini, hhi, palma, shapley


def chain_value(*, opened):
    """1 if the coalition holds users, a cloud and, where the weights are closed, a lab."""

    def value(group):
        layers = {name[0] for name in group}
        return float({"C", "U"} <= layers and (opened or "L" in layers))

    return value


@pytest.mark.parametrize(
    ("clouds", "labs", "opened", "expected"),
    [
        (1, 1, False, {"C0": 1 / 3, "L0": 1 / 3, "U": 1 / 3}),
        (1, 2, False, {"C0": 5 / 12, "U": 5 / 12, "L0": 1 / 12, "L1": 1 / 12}),
        (1, 1, True, {"C0": 1 / 2, "U": 1 / 2, "L0": 0.0}),
        (2, 2, False, {"C0": 0.116667, "L1": 0.116667, "U": 0.533333}),
        (3, 2, False, {"C0": 0.05, "L0": 0.133333, "U": 0.583333}),
        (3, 2, True, {"C0": 1 / 12, "U": 3 / 4, "L0": 0.0}),
    ],
)
def test_l17_shapley_values_of_a_chain_in_which_every_layer_is_needed(clouds, labs, opened, expected):
    players = [*(f"C{i}" for i in range(clouds)), *(f"L{i}" for i in range(labs)), "U"]
    found = shapley(players, chain_value(opened=opened))
    for player, share in expected.items():
        assert found[player] == pytest.approx(share, abs=1e-6)
    assert sum(found.values()) == pytest.approx(1.0)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), players=st.integers(1, 6))
def test_shapley_values_share_out_exactly_what_all_create(seed, players):
    worth = {}

    def value(group):
        return worth.setdefault(group, float(np.random.default_rng([seed, *sorted(group)]).normal()) if group else 0.0)

    names = list(range(1, players + 1))
    assert sum(shapley(names, value).values()) == pytest.approx(value(frozenset(names)))


def test_too_many_players_are_refused():
    with pytest.raises(ValueError, match="at most 12"):
        shapley(list(range(13)), lambda group: 0.0)


QUANTILES = (np.arange(400_000) + 0.5) / 400_000


def test_l30_gini_of_known_distributions():
    assert gini(-np.log(QUANTILES)) == pytest.approx(1 / 2, abs=1e-4)
    assert gini(QUANTILES) == pytest.approx(1 / 3, abs=1e-4)
    assert gini(QUANTILES**-0.5) == pytest.approx(1 / 3, abs=2e-3)
    assert gini(np.exp(ndtri(QUANTILES))) == pytest.approx(float(erf(0.5)), abs=1e-3)


def test_l30_palma_of_known_distributions():
    assert palma(-np.log(QUANTILES)) == pytest.approx(3.532002, rel=1e-3)
    assert palma(QUANTILES**-0.5) == pytest.approx(1.402942, rel=5e-3)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.integers(0, 50), min_size=1, max_size=8), copies=st.integers(1, 4))
def test_a_weight_counts_like_so_many_equal_companies(values, copies):
    if sum(values) == 0:
        assert np.isnan(gini(values))
        return
    weights = [1 + (i + copies) % 3 for i in range(len(values))]
    assert gini(values, weights) == pytest.approx(gini(np.repeat(values, weights)), abs=1e-12)
    assert -1e-12 < gini(values) < 1


def test_l31_concentration_is_equality_plus_variance():
    assert hhi([1, 1, 1, 1]) == pytest.approx(0.25)
    shares = np.array([0.28, 0.21, 0.14])
    assert float(shares @ shares) == pytest.approx(0.1421)
    assert hhi([*shares, 0.37]) == pytest.approx(0.2790)
    assert np.isnan(hhi([0.0, 0.0]))


@settings(max_examples=60, deadline=None)
@given(sales=st.lists(st.floats(0.01, 1e6), min_size=1, max_size=20))
def test_l31_holds_for_any_shares(sales):
    share = np.array(sales) / sum(sales)
    assert hhi(sales) == pytest.approx(1 / len(sales) + len(sales) * share.var())
