"""Misuse by hand (M15): a stock that cannot be recalled, beside what interfaces let through."""

from __future__ import annotations

import numpy as np
import pytest

from market.misuse import (
    Misuse,
    dangerous_share,
    expected_liability,
    harm_of,
    next_danger,
    next_misuse,
    passed_by_interfaces,
    released_danger,
)
from market.safety import Safety

RULES = Safety(harm=1e8)
OPEN_AND_CLOSED = (True, True)


def later(misuse: Misuse, *, added: float = 0.0, closed: float = 0.0, asked: int = 0, routes=OPEN_AND_CLOSED) -> Misuse:
    return next_misuse(
        misuse, added=np.array([added]), closed=closed, danger=misuse.danger, asked=asked, routes=routes, rules=RULES
    )


def test_half_of_the_help_is_dangerous_at_the_danger_line():
    assert dangerous_share(130.0, danger=130.0, rules=RULES) == pytest.approx(0.5)
    assert dangerous_share(136.0, danger=130.0, rules=RULES) == pytest.approx(1 / (1 + np.exp(-1)))


def test_safeguards_of_published_weights_are_stripped_and_those_of_an_interface_hold():
    at_line = {"quality": np.array([130.0]), "safety": np.array([0.92]), "danger": 130.0}
    assert released_danger(**at_line, rules=RULES) == pytest.approx([0.5 * (1 - 0.0092)])
    assert released_danger(**at_line, rules=Safety(stripped=0.0)) == pytest.approx([0.5 * 0.08])
    assert released_danger(**at_line, rules=Safety(guard=0.8)) == pytest.approx([0.5 * (1 - 0.0092) * 0.2])
    assert passed_by_interfaces(**at_line, rules=RULES) == pytest.approx(0.5 * 0.08 * 0.2)
    assert passed_by_interfaces(**at_line, rules=Safety(monitoring=0.0)) == pytest.approx(0.5 * 0.08)


def test_defence_follows_a_part_of_the_frontier_and_never_falls_back():
    assert next_danger(130.0, frontier_rise=10.0, rules=RULES) == pytest.approx(138.0)
    assert next_danger(130.0, frontier_rise=-10.0, rules=RULES) == 130.0


def test_what_is_out_fades_and_cannot_be_recalled():
    out = later(Misuse.at_founding(1, RULES), added=1.0, closed=0.25)
    without_interfaces = later(out, closed=0.0)
    assert without_interfaces.stock == pytest.approx([0.98])  # withdrawing changes nothing about what is out
    assert without_interfaces.closed == 0.0  # and ends what interfaces let through


def test_only_what_goes_beyond_interfaces_counts_as_harm_of_openness():
    misuse = later(Misuse.at_founding(1, RULES), added=1.0, closed=0.25)
    assert misuse.marginal == pytest.approx(0.75)
    harm = harm_of(misuse, compute_access=2.0, rules=RULES)
    assert (harm.closed, harm.open, harm.event) == pytest.approx((0.5e8, 1.5e8, 0.0))
    assert harm.total == pytest.approx(2e8) and not harm.damages.any()
    worse_interfaces = later(Misuse.at_founding(1, RULES), added=1.0, closed=3.0)
    assert harm_of(worse_interfaces, compute_access=1.0, rules=RULES).open == 0.0


def test_publishers_pay_for_their_part_of_the_marginal_harm():
    rules = Safety(harm=1e8, liability=0.5)
    misuse = Misuse(stock=np.array([3.0, 1.0]), closed=2.0, danger=130.0, event=0, asked=0)
    harm = harm_of(misuse, compute_access=1.0, rules=rules)
    assert harm.damages == pytest.approx([0.75e8, 0.25e8])
    nobody = Misuse(stock=np.zeros(2), closed=2.0, danger=130.0, event=0, asked=0)
    assert not harm_of(nobody, compute_access=1.0, rules=rules).damages.any()


def test_expected_liability_is_the_present_value_of_a_fading_stock():
    rules = Safety(harm=1e8, liability=1.0, misuse_fading=0.5)
    value = expected_liability(0.1, marginal=0.8, compute_access=2.0, months=2, discount_rate=0.0, rules=rules)
    assert value == pytest.approx(1e8 * 2 * 0.8 * 0.1 * 1.5)
    assert expected_liability(
        0.1, marginal=1.0, compute_access=1.0, months=24, discount_rate=0.1, rules=RULES
    ) == 0.0  # fmt: skip


def test_an_event_happens_once_and_only_where_its_route_exists():
    begun = later(Misuse.at_founding(1, RULES), asked=1)
    assert begun.event == 1 and harm_of(begun, compute_access=1.0, rules=RULES).event == 1e10
    assert later(begun, asked=1).event == 0
    assert later(Misuse.at_founding(1, RULES), asked=1, routes=(False, True)).event == 0
    assert later(Misuse.at_founding(1, RULES), asked=2, routes=(False, True)).event == 2
