"""Rules beside the usual ones: search for something good enough, reviews at once, orders by rule of thumb."""

from __future__ import annotations

import numpy as np
import pytest

from agents.choice import choose
from agents.conduct import Invest
from agents.preferences import Demand
from benchmarks.worlds import random_world
from market.chance import Chance
from scenarios import read_scenario
from simulation import simulate
from simulation.month.reviews import chance_of_review

SMALL = {"companies.count": 300, "horizon.months": 14}


def chosen(beyond=None, **demand):
    world = random_world(800, draw=5, demand=Demand(**demand))
    rows = np.arange(len(world.workloads.company))
    shared = world.weights() if beyond is None else world.weights()._replace(threshold=beyond)
    found = choose(Chance(3), world.terms(rows), world.offers(), shared)
    return found, world.workloads.held, world.terms(rows)


def test_who_searches_stays_where_nothing_is_better_enough() -> None:
    found, held, _ = chosen(beyond=1e9)
    stays = (found.code == held) | (found.code == -1)  # what has ended, or may not be used any more, is given up
    assert stays.all()
    assert (found.code == held).sum() > 100


def test_who_searches_gains_at_least_the_threshold_by_moving_and_has_no_tastes() -> None:
    found, held, terms = chosen(choice_rule="threshold", threshold=0.1)
    fresh = (held == -1) & (found.code != -1)
    assert fresh.sum() > 100
    assert (found.decision_value[fresh] > 0.1 * terms.gross[fresh]).all()
    assert not found.taste.any()


def test_the_best_offer_is_worth_more_than_the_first_good_enough() -> None:
    found, _, _ = chosen(choice_rule="threshold", threshold=0.1)
    best, _, _ = chosen(taste_spread=1e-9)
    assert found.decision_value.sum() < best.decision_value.sum()
    assert (found.code != best.code).mean() > 0.1


def test_reviews_of_one_month_are_of_everybody_once_a_year() -> None:
    together = Demand(review_timing="together", review_month=3)
    assert [chance_of_review(together, month=month) for month in range(24)] == [
        float(month in (3, 15)) for month in range(24)
    ]
    assert chance_of_review(Demand(), month=3) == Demand().review


def test_a_rule_of_thumb_extends_last_month_for_ever() -> None:
    thumb = Invest(rule="rule_of_thumb").outlook
    assert (thumb.adaptation, thumb.memory, thumb.damping, thumb.herd) == (1.0, 1, 1.0, 0.0)
    usual = Invest()
    assert usual.outlook == (usual.adaptation, usual.memory_months, usual.trend_damping, usual.herd)


@pytest.mark.parametrize(
    "setting",
    [{"demand.choice_rule": "threshold"}, {"demand.review_timing": "together"}, {"invest.rule": "rule_of_thumb"}],
)
def test_the_whole_economy_runs_under_each_rival_rule_and_differs_from_the_usual_one(setting) -> None:
    usual = simulate(read_scenario("baseline", overrides=SMALL)).indicators
    rival = simulate(read_scenario("baseline", overrides=SMALL | setting)).indicators
    assert len(rival) == SMALL["horizon.months"]
    assert not np.array_equal(usual["revenue_cloud"], rival["revenue_cloud"])
