"""Tenancies by hand: what a move saves, what it costs, and where it leads."""

from __future__ import annotations

import numpy as np
import pytest

from agents.tenancy import ON_PREMISES, annualised_migration, attraction, destination, pick, quoted_discount, saving

EVERYWHERE = np.ones(3)


def test_a_rival_at_half_the_price_of_machines_saves_half_of_that_part_of_the_bill():
    saved = saving(
        np.array([4.0, 2.0, 4.0]), own=np.array([0]), machine_share=0.3, renewal=np.zeros(1), offer=np.zeros((1, 3)),
        offered=EVERYWHERE,
    )  # fmt: skip
    np.testing.assert_allclose(saved, [[-np.inf, 0.15, 0.0]])


def test_discounts_multiply_what_is_left_of_the_price():
    saved = saving(
        np.array([3.0, 3.0]), own=np.array([1]), machine_share=0.25, renewal=np.array([0.1]),
        offer=np.array([[0.28, 0.0]]), offered=np.ones(2),
    )  # fmt: skip
    assert saved[0, 0] == pytest.approx(1 - 0.72 / 0.9)


def test_nobody_moves_ordinary_business_to_a_cloud_that_sells_none():
    saved = saving(
        np.array([4.0, 1.0, 1.0]), own=np.array([0]), machine_share=1.0, renewal=np.zeros(1), offer=np.zeros((1, 3)),
        offered=np.array([1.0, 0.0, 1.0]),
    )  # fmt: skip
    assert saved[0, 1] == -np.inf and saved[0, 2] == pytest.approx(0.75)


def test_the_bill_of_moving_is_spread_over_the_horizon():
    share = annualised_migration(
        years_of_bill=np.array([1.5, 1.5]), egress=np.array([1200.0, 5.0]), bill=np.array([1000.0, 0.0]), horizon=24.0
    )
    assert share[0] == pytest.approx((1.5 + 0.1) / 2)
    assert share[1] == np.inf


def test_a_tenant_moves_only_where_it_gains_and_by_attraction_among_those():
    gain = np.array([[-0.1, -0.2, -np.inf], [0.1, 0.1, -0.1], [-0.1, -0.1, 0.01]])
    moved = destination(gain, attraction=np.array([1.0, 3.0, 1.0]), uniform=np.array([0.5, 0.3, 0.99]))
    assert moved.tolist() == [ON_PREMISES, 1, 2]


def test_newcomers_choose_by_name_and_price():
    weights = attraction(
        np.array([2.0, 2.0, 4.0]), brand=np.array([0.3, 0.0, 0.0]), machine_share=0.5, offered=EVERYWHERE, spread=0.2
    )
    assert weights[0] / weights[1] == pytest.approx(np.exp(0.3 / 0.2))
    assert weights[1] / weights[2] == pytest.approx(2 ** (0.5 / 0.2))


def test_without_ordinary_services_nobody_attracts():
    none = attraction(np.ones(3), brand=np.zeros(3), machine_share=0.5, offered=np.zeros(3), spread=0.2)
    assert not none.any()


def test_shares_drawn_are_the_weights():
    uniform = (np.arange(1000) + 0.5) / 1000
    drawn = pick(np.broadcast_to([1.0, 0.0, 3.0], (1000, 3)), uniform)
    assert np.bincount(drawn).tolist() == [250, 0, 750]


def test_quotes_lie_between_their_bounds():
    np.testing.assert_allclose(quoted_discount(np.array([0.0, 0.5, 1.0]), (0.08, 0.26)), [0.08, 0.17, 0.26])
