"""Indicators and paired estimates: refusals, shapes, coverage, and splits that add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nct, t

from market.estimators import (
    Interval,
    bennet_split,
    fieller_ratio,
    least_detectable,
    paired_mean,
    pairs_to_tell,
)
from market.indicators import gini, hhi, lerner_index, palma


def test_margins_are_shares_of_price():
    np.testing.assert_allclose(lerner_index([2.0, 4.0], [1.0, 1.0]), [0.5, 0.75])


@pytest.mark.parametrize("measure", [hhi, gini, palma])
def test_negative_or_missing_numbers_are_refused(measure):
    for values in ([-1.0, 2.0], [np.nan, 1.0], []):
        with pytest.raises(ValueError, match="negative"):
            measure(values)


def test_a_weight_for_every_value_is_asked_for():
    with pytest.raises(ValueError, match="match"):
        gini([1.0, 2.0], [1.0])


def test_without_anything_at_the_bottom_the_palma_ratio_is_missing():
    assert np.isnan(palma([0.0, 0.0, 0.0, 0.0, 1.0]))
    assert palma([1.0] * 10) == pytest.approx(0.25)


def test_a_mean_of_pairs_has_students_interval():
    found = paired_mean(np.array([1.0, 2.0, 3.0, 4.0]))
    assert (found.value, found.low, found.high) == pytest.approx((2.5, 0.4457398, 4.5542602))
    assert np.isnan(paired_mean(np.array([1.0])).low)


def test_an_exact_ratio_has_an_interval_of_one_point():
    denominator = np.array([1.0, 2.0, 4.0, 3.0])
    found = fieller_ratio(0.5 * denominator, denominator)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5), abs=1e-6)


def test_a_ratio_with_an_unclear_denominator_is_refused():
    draw = np.random.default_rng(0)
    for denominator in (draw.normal(0, 1, 16), np.zeros(16)):
        assert fieller_ratio(draw.normal(1, 1, 16), denominator).refused
    assert fieller_ratio(np.ones(1), np.ones(1)).refused


def test_fieller_intervals_hold_the_true_ratio_at_their_stated_rate():
    draw = np.random.default_rng(1)
    held, worlds = 0, 2000
    for _ in range(worlds):
        denominator = 5 + draw.normal(0, 1, 16)
        numerator = 2 + 0.3 * (denominator - 5) + draw.normal(0, 1, 16)
        found = fieller_ratio(numerator, denominator)
        held += found.low <= 0.4 <= found.high
    assert held / worlds == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / worlds))


@settings(max_examples=60, deadline=None)
@given(numbers=st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=8))
def test_the_parts_of_a_profit_difference_add_up(numbers):
    pairs = [(np.array([a]), np.array([b])) for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
    split = bennet_split(profit=pairs[0], price=pairs[1], hours=pairs[2], training_hours=pairs[3])
    assert split.total[0] == pytest.approx(numbers[1] - numbers[0], rel=1e-9, abs=1e-3)


def test_a_pure_price_rise_is_all_price_and_lost_training_all_training():
    price, hours = (np.array([2.0]), np.array([3.0])), (np.array([100.0]), np.array([100.0]))
    training = (np.array([40.0]), np.array([40.0]))
    dearer = bennet_split(
        profit=(np.array([0.0]), np.array([100.0])), price=price, hours=hours, training_hours=training
    )
    assert (dearer.price[0], dearer.volume[0], dearer.training[0]) == (100, 0, 0)
    less = bennet_split(
        profit=(np.array([0.0]), np.array([-20.0])), price=(np.array([2.0]), np.array([2.0])),
        hours=(np.array([100.0]), np.array([90.0])), training_hours=(np.array([40.0]), np.array([30.0])),
    )  # fmt: skip
    assert (less.price[0], less.volume[0], less.training[0]) == (0, 0, -20)


def errors_to_tell(pairs: int, **chosen: float) -> float:
    """The least effect that so many pairs tell from none, in standard errors."""
    difference = np.linspace(-1.0, 1.0, pairs)
    return least_detectable(difference, **chosen) * np.sqrt(pairs) / np.std(difference, ddof=1)


@pytest.mark.parametrize(("pairs", "errors"), [(4, 4.26), (8, 3.27), (16, 3.00), (32, 2.89), (100_000, 2.80)])
def test_few_pairs_need_an_effect_of_more_standard_errors(pairs: int, errors: float):
    assert errors_to_tell(pairs) == pytest.approx(errors, abs=0.005)
    assert nct.sf(t.ppf(0.975, pairs - 1), pairs - 1, errors_to_tell(pairs)) == pytest.approx(0.8, abs=1e-5)
    assert nct.sf(t.ppf(0.95, pairs - 1), pairs - 1, errors_to_tell(pairs, confidence=0.9, power=0.5)) == pytest.approx(
        0.5, abs=1e-5
    )


@pytest.mark.parametrize("pairs", [4, 16])
def test_an_effect_of_the_least_size_is_found_as_often_as_promised(pairs: int):
    spread = 2.0
    size = errors_to_tell(pairs) * spread / np.sqrt(pairs)
    samples = np.random.default_rng(7).normal(size, spread, size=(4_000, pairs))
    found = np.mean([paired_mean(sample).low > 0 for sample in samples])
    assert found == pytest.approx(0.8, abs=0.02)
    assert np.isnan(least_detectable(np.array([1.0])))


@pytest.mark.parametrize("distance", [1e-9, 0.01, 0.3, 1.0, 2.0, 30.0])
def test_no_fewer_pairs_would_tell(distance: float):
    half = t.ppf(0.975, 7) / np.sqrt(8)
    needed = pairs_to_tell(Interval(0.0, -half, half), pairs=8, distance=distance)

    def reach(pairs: float) -> float:
        return float(t.ppf(0.975, pairs - 1) / np.sqrt(pairs))

    assert reach(needed) <= distance * (1 + 1e-12)
    assert needed == 2 or reach(needed - 1) >= distance * (1 - 1e-12)


def test_no_number_of_pairs_tells_what_is_no_distance_away():
    assert pairs_to_tell(Interval(0.0, -1.0, 1.0), pairs=8, distance=0.0) == np.inf
    assert np.isnan(pairs_to_tell(Interval(0.0, np.nan, np.nan), pairs=1, distance=1.0))
