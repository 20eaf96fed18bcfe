"""Value of coalitions of firms and users by hand, and the Shapley values of chains (L17)."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from market.indicators import shapley, shapley_values
from market.value_capture import best_first, coalition_values


def chain(*, clouds: int, labs: int, opened: bool) -> dict[str, float]:
    """One user worth 1 with any lab (or public weights) on any cloud, each with room for it."""
    net = np.array([[*([1.0] * labs), float(opened)]])  # the last: public weights
    served = coalition_values(
        net=net, hours=np.ones_like(net), weight=np.ones(1), free=np.zeros(1), capacity=np.ones(clouds)
    )
    assert served.shape == (2**labs, 2**clouds)
    found = shapley_values(np.concatenate([np.zeros(served.size), served.ravel()]))
    names = [*(f"C{k}" for k in range(clouds)), *(f"L{k}" for k in range(labs)), "U"]
    return dict(zip(names, found.tolist(), strict=True))


@pytest.mark.parametrize(
    ("clouds", "labs", "opened", "expected"),
    [
        (1, 1, False, {"C0": 1 / 3, "L0": 1 / 3, "U": 1 / 3}),
        (1, 2, False, {"C0": 5 / 12, "L1": 1 / 12, "U": 5 / 12}),
        (1, 1, True, {"C0": 1 / 2, "L0": 0.0, "U": 1 / 2}),
        (2, 2, False, {"C0": 0.116667, "L1": 0.116667, "U": 0.533333}),
        (3, 2, False, {"C0": 0.05, "L0": 0.133333, "U": 0.583333}),
        (3, 2, True, {"C0": 1 / 12, "L0": 0.0, "U": 3 / 4}),
    ],
)
def test_l17_the_static_solver_gives_the_shapley_values_of_a_chain(clouds, labs, opened, expected):
    found = chain(clouds=clouds, labs=labs, opened=opened)
    for player, share in expected.items():
        assert found[player] == pytest.approx(share, abs=1e-6)


def test_scarce_machines_serve_what_brings_most_per_hour():
    value = coalition_values(
        net=np.array([[6.0, 0.0], [4.0, 0.0]]), hours=np.array([[3.0, 1.0], [1.0, 1.0]]), weight=np.array([1.0, 2.0]),
        free=np.zeros(2), capacity=np.array([2.0, 1.5]),
    )  # fmt: skip
    nobody, lab, first, both = 0, 1, 0b01, 0b11
    assert value[lab, nobody] == 0
    assert value[lab, first] == pytest.approx(8)  # the two firms of 4 an hour
    assert value[lab, both] == pytest.approx(8 + 6 / 2)  # and half of the one of 2 an hour
    assert value[nobody, both] == 0


def test_own_machines_need_neither_lab_nor_cloud():
    value = coalition_values(
        net=np.array([[5.0, 0.0]]), hours=np.ones((1, 2)), weight=np.ones(1), free=np.array([2.0]), capacity=np.ones(1)
    )
    assert value[0, 0] == 2
    assert value[1, 1] == 5


def test_shapley_values_of_all_coalitions_are_those_asked_one_by_one() -> None:
    draws = np.random.default_rng(7)
    for count in (1, 2, 5):
        worth = draws.normal(size=1 << count)
        by_group = {frozenset(k for k in range(count) if mask >> k & 1): float(w) for mask, w in enumerate(worth)}
        assert shapley_values(worth).tolist() == list(shapley(range(count), by_group.__getitem__).values())
        orders = list(permutations(range(count)))
        joined = [np.cumsum([0, *(1 << player for player in order)]) for order in orders]
        mean = np.zeros(count)
        for order, masks in zip(orders, joined, strict=True):
            mean[list(order)] += np.diff(worth[masks]) / len(orders)
        assert shapley_values(worth) == pytest.approx(mean)


@pytest.mark.parametrize("worth", [[1.0, 3.0, 2.0], [2.0, np.inf, 2.0, np.inf, 1.0, 2.0], []])
def test_the_best_comes_first_and_of_equals_the_first(worth: list[float]) -> None:
    order = best_first(np.array(worth))
    assert order.tolist() == sorted(range(len(worth)), key=lambda place: -worth[place])
