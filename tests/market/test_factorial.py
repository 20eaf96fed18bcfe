"""Effects and interactions of switches on games made up so that they can be told by hand."""

from __future__ import annotations

import numpy as np
import pytest

from market.factorial import shapley_effects, shapley_interactions
from market.indicators import shapley


def test_what_adds_up_has_effects_and_no_interaction() -> None:
    outcome = np.array([5.0 + 2.0 * (s & 1) - 3.0 * (s >> 1 & 1) + 0.5 * (s >> 2 & 1) for s in range(8)])
    assert shapley_effects(outcome) == pytest.approx([2.0, -3.0, 0.5])
    assert np.nan_to_num(shapley_interactions(outcome)) == pytest.approx(np.zeros((3, 3)))


def test_two_switches_that_only_work_together_share_what_they_bring() -> None:
    outcome = np.array([0.0, 0.0, 0.0, 10.0])
    assert shapley_effects(outcome) == pytest.approx([5.0, 5.0])
    assert shapley_interactions(outcome)[0, 1] == pytest.approx(10.0)


def test_a_third_switch_that_undoes_the_pair_half_the_time_halves_its_interaction() -> None:
    outcome = np.array([10.0 * (s & 1) * (s >> 1 & 1) * (1 - (s >> 2 & 1)) for s in range(8)])
    assert shapley_interactions(outcome)[0, 1] == pytest.approx(5.0)
    assert shapley_effects(outcome) == pytest.approx([5 / 3, 5 / 3, -10 / 3])
    assert shapley_effects(outcome).sum() == pytest.approx(outcome[-1] - outcome[0])


def test_effects_are_the_shapley_values_of_the_same_game_and_each_draw_is_its_own() -> None:
    outcome = np.random.default_rng(1).normal(size=(16, 3))
    effects = shapley_effects(outcome)
    for draw in range(3):
        def worth(group: frozenset[int], draw: int = draw) -> float:
            return float(outcome[sum(1 << j for j in group), draw])

        expected = shapley(list(range(4)), worth)
        assert effects[:, draw] == pytest.approx([expected[j] for j in range(4)])


def test_a_factorial_with_a_setting_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="no power of two"):
        shapley_effects(np.zeros(6))
