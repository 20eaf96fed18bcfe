"""The market for specialists: hires, wages and newcomers by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from market.labour import ROLES, Labour
from market.labour_market import (
    COMPANIES,
    SELLERS,
    after_hiring,
    beginners,
    filled,
    matches,
    next_wage,
    split_hires,
)
from simulation.founders.specialists import found_market

FOUR = np.ones(len(ROLES))


def test_hires_of_three_vacancies_per_seeker_by_hand() -> None:
    assert matches(3.0, 1.0, efficiency=0.4) == pytest.approx(1 - np.exp(-1.2))
    assert matches(300.0, 100.0, efficiency=0.4) == pytest.approx(100 * (1 - np.exp(-1.2)))


def test_nobody_is_hired_without_people_or_without_vacancies() -> None:
    assert matches(5.0, 0.0, efficiency=0.4) == 0
    assert matches(0.0, 5.0, efficiency=0.4) == 0


def test_there_are_never_more_hires_than_vacancies() -> None:
    assert matches(1.0, 1e6, efficiency=5.0) == pytest.approx(1.0)


def test_at_founding_tightness_and_time_to_hire_are_those_declared() -> None:
    labour = Labour()
    market = found_market(labour)
    vacancies = market.vacancies
    assert vacancies / market.idle == pytest.approx(labour.tightness * FOUR)
    hires = matches(vacancies, market.idle, efficiency=labour.matching)
    assert hires == pytest.approx((labour.turnover + labour.attrition) * market.employed.sum(axis=0))
    assert vacancies / hires == pytest.approx(4.29 * FOUR, abs=0.01)  # months; fact 4.12 has 4 to 6


def test_a_founding_market_neither_raises_nor_lowers_wages() -> None:
    market = found_market(Labour())
    assert next_wage(market, Labour()) == pytest.approx(FOUR)


def test_half_the_specialists_leave_half_the_positions_empty_and_raise_wages() -> None:
    scarce = found_market(Labour(stock_multiplier=0.5))
    assert (filled(scarce.employed.sum(axis=0), scarce.required.sum(axis=0)) < 0.5).all()
    assert (next_wage(scarce, Labour()) > 1.02).all()


def test_three_times_the_specialists_fill_every_position_and_lower_wages() -> None:
    plenty = found_market(Labour(stock_multiplier=3.0))
    assert (plenty.fill == 1).all()
    assert (next_wage(plenty, Labour()) < 1).all()


def test_wages_end_at_the_floor() -> None:
    market = replace(found_market(Labour()), required=np.zeros((2, len(ROLES))), wage=0.5 * FOUR)
    assert (next_wage(market, Labour()) == Labour().wage_floor).all()


def test_the_stock_grows_by_who_finishes_training_and_falls_by_who_leaves() -> None:
    labour = Labour()
    market = found_market(labour)
    after = after_hiring(market, labour)
    left = labour.attrition * market.stock + labour.discouraged * market.idle
    assert after.stock == pytest.approx(market.stock - left + market.training[0])
    assert len(after.training) == len(market.training) - 1
    assert (after.idle >= 0).all()


def test_sellers_find_people_first_but_not_all_of_them() -> None:
    wanted = np.array([[10.0], [10.0]])
    hires = split_hires(np.array([9.0]), wanted, pull=2.0)
    assert hires[:, 0] == pytest.approx([6.0, 3.0])
    assert split_hires(np.array([18.0]), wanted, pull=2.0)[:, 0] == pytest.approx([10.0, 8.0])
    assert split_hires(np.array([4.0]), np.array([[0.0], [10.0]]), pull=2.0)[:, 0] == pytest.approx([0.0, 4.0])


def test_nobody_hires_more_than_it_wants() -> None:
    generator = np.linspace(0.1, 9.7, 40).reshape(2, 20)
    hires = generator.sum(axis=0) * np.linspace(0, 1, 20)
    shared = split_hires(hires, generator, pull=3.0)
    assert shared.sum(axis=0) == pytest.approx(hires)
    assert (shared <= generator + 1e-12).all() and (shared >= -1e-12).all()
    assert (shared[SELLERS] / generator[SELLERS] >= shared[COMPANIES] / generator[COMPANIES] - 1e-12).all()


def test_who_begins_training_replaces_who_leaves_where_nobody_is_expected_to_be_missing() -> None:
    labour = Labour(in_training=0.0)
    market = found_market(labour)
    begin = beginners(market, labour, expected=np.zeros(len(ROLES)))
    assert begin == pytest.approx(labour.entry * market.stock)


def test_expected_shortage_and_higher_wages_draw_people_into_training() -> None:
    labour = Labour(in_training=0.0)
    market = found_market(labour)
    wanted = market.required.sum(axis=0)
    few = beginners(market, labour, expected=wanted)
    more = beginners(market, labour, expected=1.5 * wanted)
    assert (more > few).all()
    dearer = replace(market, wage=1.2 * FOUR)
    assert beginners(dearer, labour, expected=wanted) == pytest.approx(few * 1.2**labour.entry_elasticity)


def test_those_in_training_are_counted_before_others_begin() -> None:
    labour = Labour(in_training=0.0)
    market = found_market(labour)
    full = replace(market, training=market.training + 1.0)
    wanted = 2.0 * market.required.sum(axis=0)
    assert (beginners(full, labour, expected=wanted) < beginners(market, labour, expected=wanted)).all()
