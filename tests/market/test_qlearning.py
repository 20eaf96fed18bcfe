"""Learning algorithms in the standard duopoly: what they learn, that it is luck of the draw alone, and what they do."""

from __future__ import annotations

import numpy as np
import pytest

from market.chance import Chance
from market.qlearning import (
    Learning,
    Strategies,
    learnt_strategies,
    next_positions,
    profit_gain,
    standard_duopoly,
)

QUICK = Learning(decay=2e-5, stable=50_000)


def test_the_game_is_the_standard_duopoly_between_its_bertrand_and_joint_prices() -> None:
    game = standard_duopoly(Learning())
    assert [game.bertrand, game.joint] == pytest.approx([1.472927, 1.924982], abs=1e-5)
    assert [game.profit_bertrand, game.profit_joint] == pytest.approx([0.222927, 0.337490], abs=1e-5)
    assert len(game.price) == 15
    assert game.price[0] < game.bertrand < game.joint < game.price[-1]
    assert game.multiple[game.at_bertrand] == pytest.approx(1.0, abs=0.05)


def test_undercutting_pays_against_a_rival_that_does_not_answer() -> None:
    game = standard_duopoly(Learning())
    high = len(game.price) - 3
    assert game.profit[:, high].argmax() < high


def test_algorithms_learn_to_ask_more_than_bertrand_without_being_told() -> None:
    gains = [profit_gain(learnt_strategies(Chance(draw), QUICK), standard_duopoly(QUICK)) for draw in range(1, 9)]
    assert all(gain > 0.3 for gain in gains)
    assert 0.6 < np.mean(gains) < 1.0


def test_without_a_future_they_do_not_learn_to_collude() -> None:
    """Impatient learners only reap what the month brings: closer to Bertrand than patient ones."""
    impatient = QUICK.model_copy(update={"discount": 0.0})
    game = standard_duopoly(impatient)
    patient_gain = np.mean([profit_gain(learnt_strategies(Chance(d), QUICK), game) for d in range(1, 5)])
    impatient_gain = np.mean([profit_gain(learnt_strategies(Chance(d), impatient), game) for d in range(1, 5)])
    assert impatient_gain < 0.5 * patient_gain


def test_a_draw_learns_the_same_twice_and_another_draw_something_else() -> None:
    first, again, other = (learnt_strategies(Chance(draw), QUICK) for draw in (3, 3, 4))
    np.testing.assert_array_equal(first.answer, again.answer)
    assert (first.answer != other.answer).any()
    assert first.settled
    assert first.periods < QUICK.periods


def test_sellers_answer_with_the_strategy_they_use() -> None:
    answer = np.arange(2 * 3 * 3).reshape(2, 3, 3) % 3
    strategies = Strategies(answer=answer, last=np.zeros(2, dtype=np.int64), settled=True, periods=1)
    found = next_positions(strategies, np.array([0, 1, 0]), np.array([0, 1, 2]), np.array([1, 1, 0]))
    assert found.tolist() == [answer[0, 0, 1], answer[1, 1, 1], answer[0, 2, 0]]
