"""Numbers as people say them."""

from __future__ import annotations

import pytest

from app.amounts import actor, count, offer, share, usd, usd_of_cents


@pytest.mark.parametrize(
    ("dollars", "words"),
    [(1.234e9, "$1.23 bn"), (-4.56e4, "-$45.6 k"), (7.5, "$7.50"), (0, "$0"), (999_999_999, "$1 bn"),
     (123_456, "$123 k"), (float("nan"), "-"), (2e12, "$2 tn"), (42, "$42"), (0.004, "$0.00")],
)  # fmt: skip
def test_dollars(dollars: float, words: str) -> None:
    assert usd(dollars) == words


def test_other_amounts() -> None:
    assert usd_of_cents(123_00) == "$123"
    assert count(1.5e6) == "1.5 M" and count(7) == "7" and count(999.9) == "1 k"
    assert [share(part) for part in (0.374, 0.004, 0.0001, 0, float("nan"))] == ["37%", "0.4%", "under 0.1%", "0%", "-"]
    assert actor("hyperscaler_1") == "hyperscaler 1" and actor("rest_of_economy") == "everyone else"
    assert offer("lab_4/small through hyperscaler_1") == "lab 4 small model through hyperscaler 1"
