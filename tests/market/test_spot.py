"""The auction of idle machines by hand: bids along the demand curve, the first rejected bid, the reserve price."""

from __future__ import annotations

import numpy as np
import pytest

from market.spot import bids_below, spot_sale

CURVE = {"reserve": 0.5, "level": 100.0, "founding": 2.0, "elasticity": 0.5}


def test_bids_lie_between_the_reserve_and_the_posted_price_and_fill_the_demand_between_them() -> None:
    bid, hours = bids_below(2.0, bids=200, **CURVE)
    assert (np.diff(bid) < 0).all()
    assert 0.5 < bid[-1] < bid[0] < 2.0
    assert hours.sum() == pytest.approx(100.0 * (2.0 - 1.0))  # (0.5/2)^-.5 = 2, (2/2)^-.5 = 1


def test_nobody_bids_where_hours_on_demand_cost_no_more_than_running_them() -> None:
    bid, hours = bids_below(0.5, bids=50, **CURVE)
    assert bid.size == hours.size == 0


def test_the_first_rejected_bid_is_the_price_and_clouds_sell_what_stands_idle() -> None:
    bid, hours = np.array([1.0, 0.8, 0.6]), np.array([10.0, 10.0, 10.0])
    sale = spot_sale(bid, hours, idle=np.array([15.0, 5.0]), reserve=0.2)
    assert sale.price == 0.6
    np.testing.assert_allclose(sale.hours, [15.0, 5.0])
    assert sale.surplus == pytest.approx(4.0 + 2.0)
    assert sale.paid.sum() == pytest.approx(12.0)


def test_with_room_for_all_bids_the_price_is_the_reserve_price() -> None:
    sale = spot_sale(np.array([1.0, 0.1]), np.array([10.0, 10.0]), idle=np.array([100.0]), reserve=0.2)
    assert (sale.price, sale.wanted) == (0.2, 10.0)
    np.testing.assert_allclose(sale.hours, [10.0])


def test_nothing_idle_nothing_sold() -> None:
    sale = spot_sale(np.array([1.0]), np.array([10.0]), idle=np.zeros(2), reserve=0.2)
    assert not sale.hours.any()
    assert sale.surplus == 0.0
