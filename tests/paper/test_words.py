"""Words follow from intervals: a sentence says no more than its numbers."""

from __future__ import annotations

import math

import pytest

from market.estimators import Interval
from paper.numbers import signs_of_both
from paper.words import changed, direction, listed, number, significant, with_interval


@pytest.mark.parametrize(
    ("interval", "rope", "said"),
    [
        (Interval(0.02, 0.01, 0.03), 0.0, "rises"), (Interval(-0.02, -0.03, -0.01), 0.0, "falls"),
        (Interval(0.01, -0.01, 0.03), 0.0, "does not clearly change"),
        (Interval(0.02, 0.004, 0.03), 0.005, "does not clearly change"),
        (Interval(0.001, -0.002, 0.004), 0.005, "stays where it was"),
        (Interval(0.001, math.nan, math.nan), 0.0, "is not measured well enough to say"),
    ],
)  # fmt: skip
def test_a_direction_is_said_only_of_a_whole_interval(interval: Interval, rope: float, said: str) -> None:
    assert direction(interval, rope) == said


def test_a_change_reads_as_the_end_of_a_sentence() -> None:
    assert changed(Interval(0.021, 0.01, 0.032), "points") == "rises by 2.1 points (95%: 1.0 to 3.2)"
    assert changed(Interval(-0.5e9, -2e9, 1e9), "USD bn a month") == (
        "does not clearly change (\u22120.50 USD bn a month, 95%: \u22122.00 to 1.00)"
    )
    assert changed(Interval(math.nan, math.nan, math.nan), "points") == "is not modelled"


def test_numbers_have_true_minus_signs_and_no_negative_zero() -> None:
    assert number(-1234.5, 1) == "\u22121,234.5"
    assert number(-0.001, 2) == "0.00"
    assert number(0.25, 1, signed=True) == "+0.2"
    assert number(math.nan) == "\u2013"
    assert significant(0.000123) == "0.000123"
    assert significant(1485.0) == "1,485"


def test_a_refused_ratio_is_a_dash() -> None:
    assert with_interval(Interval(math.nan, math.nan, math.nan, refused=True)) == "\u2013"
    assert with_interval(Interval(1.0, 0.5, 1.5)) == "+1.00 [0.50 to 1.50]"


def test_lists_read_as_in_a_sentence() -> None:
    assert [listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_calibrations_agree_only_on_what_moves_clearly_under_both() -> None:
    unclear = "does not clearly change"
    moves = {
        "access": ("rises", "rises"), "profit": ("falls", "rises"), "rent": (unclear, "falls"),
        "use": ("stays where it was", unclear), "price": (unclear, unclear),
    }  # fmt: skip
    assert signs_of_both(moves) == (
        "Access moves clearly and the same way under both; profit moves in opposite ways; rent moves clearly under one "
        "of them only; use and price move clearly under neither"
    )
    assert signs_of_both({"access": (unclear, unclear)}) == "Access moves clearly under neither"
