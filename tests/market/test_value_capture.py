"""Value of coalitions of firms and users by hand, and the Shapley values of chains (L17)."""

from __future__ import annotations

import numpy as np
import pytest

from market.indicators import shapley
from market.value_capture import best_first, coalition_value


def chain(*, clouds: int, labs: int, opened: bool):
    """One user worth 1 with any lab (or public weights) on any cloud, each with room for it."""
    sources = labs + 1  # the last: public weights
    net = np.ones((1, sources)) * np.array([*([1.0] * labs), float(opened)])
    value = coalition_value(
        net=net, hours=np.ones((1, sources)), weight=np.ones(1), free=np.zeros(1), capacity=np.ones(clouds)
    )

    def worth(group):
        if "U" not in group:
            return 0.0
        models = frozenset({k for k in range(labs) if f"L{k}" in group} | {labs})
        return value(models, frozenset(k for k in range(clouds) if f"C{k}" in group))

    return shapley([*(f"C{k}" for k in range(clouds)), *(f"L{k}" for k in range(labs)), "U"], worth)


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
    value = coalition_value(
        net=np.array([[6.0], [4.0]]), hours=np.array([[3.0], [1.0]]), weight=np.array([1.0, 2.0]), free=np.zeros(2),
        capacity=np.array([2.0, 1.5]),
    )  # fmt: skip
    lab, first, both = frozenset({0}), frozenset({0}), frozenset({0, 1})
    assert value(lab, frozenset()) == 0
    assert value(lab, first) == pytest.approx(8)  # the two firms of 4 an hour
    assert value(lab, both) == pytest.approx(8 + 6 / 2)  # and half of the one of 2 an hour
    assert value(frozenset(), both) == 0


def test_own_machines_need_neither_lab_nor_cloud():
    value = coalition_value(
        net=np.array([[5.0]]), hours=np.ones((1, 1)), weight=np.ones(1), free=np.array([2.0]), capacity=np.ones(1)
    )
    assert value(frozenset(), frozenset()) == 2
    assert value(frozenset({0}), frozenset({0})) == 5


@pytest.mark.parametrize("worth", [[1.0, 3.0, 2.0], [2.0, np.inf, 2.0, np.inf, 1.0, 2.0], []])
def test_the_best_comes_first_and_of_equals_the_first(worth: list[float]) -> None:
    order = best_first(np.array(worth))
    assert order.tolist() == sorted(range(len(worth)), key=lambda place: -worth[place])
