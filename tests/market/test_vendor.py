"""The chip vendor: price, output and who gets machines when they are short."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.fleet import Chip
from market.vendor import allocate, chip_cost, chip_price, experience_curve, machine_price, next_output


def price_at(*, orders: float, month: int = 0, chip: Chip | None = None) -> float:
    chip = chip or Chip()
    cost = chip_cost(month=month, cumulative=2.5e5, founding_fleet=2.5e5, chip=chip)
    return chip_price(cost=cost, orders=orders, output=25000.0, chip=chip)


def test_with_orders_equal_to_output_the_vendor_earns_its_normal_margin() -> None:
    chip = Chip()
    cost = chip_cost(month=0, cumulative=2.5e5, founding_fleet=2.5e5, chip=chip)
    assert price_at(orders=25000.0) == pytest.approx(27000)
    assert 1 - cost / price_at(orders=25000.0) == pytest.approx(chip.gross_margin)


def test_scarcity_raises_the_price_and_a_glut_lowers_it_no_further_than_cost() -> None:
    assert price_at(orders=100000.0) == pytest.approx(27000 * 4**0.3)
    assert price_at(orders=12500.0) == pytest.approx(27000 * 0.5**0.3)
    assert price_at(orders=0.0) == pytest.approx(0.27 * 27000)


def test_a_machine_gets_fifteen_percent_cheaper_in_a_year() -> None:
    chip = Chip()
    now, later = (
        machine_price(
            month=month, chip_price=price_at(orders=25000.0, month=month), system_price=18000.0, chip=chip
        )
        for month in (0, 12)
    )
    assert (now, later) == (pytest.approx(45000), pytest.approx(0.85 * 45000))


def test_on_the_experience_curve_cost_follows_cumulative_output_and_not_the_calendar() -> None:
    chip = Chip(price_path="experience")
    costs = {
        month: chip_cost(month=month, cumulative=1e6, founding_fleet=2.5e5, chip=chip) for month in (0, 60)
    }
    assert costs[0] == costs[60] == pytest.approx(0.27 * 27000 * 4**-0.27)
    assert machine_price(month=60, chip_price=0.0, system_price=18000.0, chip=chip) == 18000.0


def test_threefold_cumulative_output_a_year_explains_the_trend_of_performance_per_dollar() -> None:
    assert 1 / float(experience_curve(3.0, 1.0, 0.27)) == pytest.approx(1.35, abs=0.01)


def test_output_follows_orders_no_faster_than_the_vendor_can_grow_or_shrink() -> None:
    chip = Chip(output_growth_max=(0.16, 0.07))
    assert next_output(output=100.0, orders=1000.0, month=3, chip=chip) == pytest.approx(116)
    assert next_output(output=100.0, orders=1000.0, month=40, chip=chip) == pytest.approx(107)
    assert next_output(output=100.0, orders=110.0, month=3, chip=chip) == 110
    assert next_output(output=100.0, orders=0.0, month=3, chip=chip) == pytest.approx(100 * (1 - chip.output_fall_max))


def test_scarce_output_goes_to_those_who_bought_before() -> None:
    share = allocate(
        output=100.0, orders=np.array([80.0, 80.0, 80.0]), past_purchases=np.array([4.0, 1.0, 0.0]), exponent=0.5
    )
    assert share == pytest.approx([200 / 3, 100 / 3, 0])


def test_what_the_well_served_leave_goes_to_the_others_and_last_to_newcomers() -> None:
    share = allocate(
        output=100.0, orders=np.array([10.0, 30.0, 90.0]), past_purchases=np.array([9.0, 1.0, 0.0]), exponent=1.0
    )
    assert share == pytest.approx([10, 30, 60])


machines = st.floats(1e-3, 1e7) | st.just(0.0)


@given(
    output=st.floats(0, 1e6),
    buyers=st.lists(st.tuples(machines, machines), min_size=1, max_size=12),
    exponent=st.floats(0.5, 2),
)
def test_nobody_gets_more_than_ordered_and_nothing_is_left_while_somebody_waits(
    output: float, buyers: list[tuple[float, float]], exponent: float
) -> None:
    orders, past = (np.array(column) for column in zip(*buyers, strict=True))
    share = allocate(output=output, orders=orders, past_purchases=past, exponent=exponent)
    assert (share >= 0).all()
    assert (share <= orders * (1 + 1e-12)).all()
    assert share.sum() == pytest.approx(min(output, orders.sum()), rel=1e-9, abs=1e-9)


def test_allocation_ignores_the_order_of_buyers() -> None:
    orders, past = np.array([50.0, 20.0, 70.0, 5.0]), np.array([3.0, 0.0, 8.0, 1.0])
    share = allocate(output=60.0, orders=orders, past_purchases=past, exponent=0.9)
    turned = allocate(output=60.0, orders=orders[::-1], past_purchases=past[::-1], exponent=0.9)
    assert turned[::-1] == pytest.approx(share)
