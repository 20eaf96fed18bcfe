"""Dollars become cents once, and totals are split without losing any."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money import LARGEST_AMOUNT, MoneyError, apportion, to_cents


def test_half_a_cent_is_rounded_to_the_even_cent() -> None:
    assert to_cents(np.array([0.125, 0.375, 2.5, 0.005])).tolist() == [12, 38, 250, 0]


def test_the_bill_of_a_row_is_rounded_after_its_weight_and_not_before() -> None:
    assert to_cents(np.array([0.004]), 1000.0).tolist() == [400]
    assert to_cents(np.array([1.0, 2.0]), np.array([3.0, 0.25])).tolist() == [300, 50]


def test_a_single_amount_becomes_an_integer() -> None:
    assert to_cents(12.34) == 1234
    assert isinstance(to_cents(12.34), int)


@pytest.mark.parametrize("dollars", [np.nan, np.inf, -np.inf, 1e300])
def test_an_amount_that_is_no_number_of_cents_is_refused(dollars: float) -> None:
    with pytest.raises(MoneyError, match="element 1"):
        to_cents(np.array([1.0, dollars]))


def test_an_amount_beyond_exact_cents_is_refused_even_if_finite() -> None:
    assert to_cents(LARGEST_AMOUNT / 100) == LARGEST_AMOUNT
    with pytest.raises(MoneyError, match="more than one posting can carry"):
        to_cents(LARGEST_AMOUNT / 50)


def test_single_precision_is_refused_because_it_is_off_by_cents_above_200_thousand_dollars() -> None:
    dollars = np.array([262_144.55], dtype=np.float32)
    assert round(float(dollars[0]) * 100) != 26_214_455
    with pytest.raises(MoneyError, match="float32"):
        to_cents(dollars)  # type: ignore[arg-type]


def test_a_hundred_cents_among_three_equals_favour_the_lowest_permanent_code() -> None:
    assert apportion(100, [1.0, 1.0, 1.0]).tolist() == [34, 33, 33]
    assert apportion(100, [1.0, 1.0, 1.0], codes=np.array([9, 2, 5])).tolist() == [33, 34, 33]


def test_relabelling_the_holders_moves_no_cent() -> None:
    weights, codes = np.array([1.0, 4.0, 7.0, 1.0, 4.0]), np.array([0, 1, 2, 3, 4])
    shares = apportion(1003, weights, codes=codes)
    order = np.array([3, 0, 4, 2, 1])
    assert apportion(1003, weights[order], codes=codes[order]).tolist() == shares[order].tolist()


def test_weights_that_give_nobody_a_claim_are_refused_unless_there_is_nothing_to_share() -> None:
    assert apportion(0, [0.0, 0.0]).tolist() == [0, 0]
    with pytest.raises(MoneyError, match="nobody is entitled"):
        apportion(5, [0.0, 0.0])


@pytest.mark.parametrize("weights", [[1.0, -1.0], [1.0, np.nan], [1.0, np.inf], [[1.0]]])
def test_negative_or_infinite_weights_are_refused(weights: list[float]) -> None:
    with pytest.raises(MoneyError, match="weights"):
        apportion(5, weights)


@pytest.mark.parametrize("total", [-1, 1.5, True])
def test_a_total_that_is_not_a_number_of_cents_is_refused(total: int) -> None:
    with pytest.raises(MoneyError, match="cannot apportion"):
        apportion(total, [1.0])


weights_of_holders = st.lists(st.floats(min_value=0, max_value=1e12, allow_nan=False), min_size=1, max_size=12)


@given(total=st.integers(0, LARGEST_AMOUNT), weights=weights_of_holders)
def test_any_split_adds_up_to_the_cent_and_equals_largest_remainders_in_exact_fractions(
    total: int, weights: list[float]
) -> None:
    if sum(map(Fraction, weights)) == 0:
        return
    quotas = [total * Fraction(weight) / sum(map(Fraction, weights)) for weight in weights]
    expected = [quota.numerator // quota.denominator for quota in quotas]
    by_remainder = sorted(range(len(weights)), key=lambda at: (expected[at] - quotas[at], at))
    for winner in by_remainder[: total - sum(expected)]:
        expected[winner] += 1
    shares = apportion(total, weights)
    assert shares.dtype == np.int64
    assert shares.tolist() == expected
    assert int(shares.sum()) == total
