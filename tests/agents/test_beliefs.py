"""Beliefs about the hidden cost of self-running: Bayes' rule (L32), the gap at founding, and the luck of projects."""

from __future__ import annotations

import numpy as np
import pytest

from agents.beliefs import Belief, faded, overrun, overrun_mean, prior_mean, similarity, tolerance, updated
from market.replicas import gpus_per_replica, visible_cost
from market.serving import DENSE_REFERENCE, REFERENCE_PRICE, SelfHosting, self_host_cost, throughput
from market.units import MONTHS_PER_YEAR

BELIEF = Belief()
TIERS = {"internal": 1e8, "customer": 5e9, "core": 1.5e11}  # tokens a month typical of each class of service


def founding_belief(tokens: float) -> np.ndarray:
    """What a company with so many tokens a month believes about x at founding."""
    return prior_mean(np.array([tokens]), mean=BELIEF.prior_mean, slope=BELIEF.prior_slope)


def hidden(service: str) -> float:
    """x = ln(total/visible) of a service of the reference table of M7."""
    model, host, tokens = DENSE_REFERENCE[service], SelfHosting(), TIERS[service]
    cards = float(gpus_per_replica(model.total, host.bytes_per_weight, host.gpu_memory))
    speed = cards * float(throughput(model.active, 1.0, host))
    seen = visible_cost(tokens, speed, cards, REFERENCE_PRICE[service])
    return float(np.log(self_host_cost(tokens, service).total / MONTHS_PER_YEAR / seen))


def test_nine_signals_move_a_belief_by_their_precision() -> None:
    """L32: N(.2, .04) and nine signals of variance .09 and mean 1."""
    mean, variance = updated(
        np.array([0.2]), np.array([0.04]), company=np.zeros(9, dtype=np.int64), signal=np.full(9, 1.0),
        sd=np.full(9, 0.3),
    )  # fmt: skip
    assert mean[0] == pytest.approx(0.84)
    assert variance[0] == pytest.approx(0.008)


def test_many_signals_lead_to_the_truth() -> None:
    signal = 1.6 + 0.3 * np.sin(np.arange(100_000))
    mean, variance = updated(
        np.array([0.2]), np.array([0.04]), company=np.zeros(100_000, dtype=np.int64), signal=signal,
        sd=np.full(100_000, 0.3),
    )  # fmt: skip
    assert mean[0] == pytest.approx(1.6, abs=1e-3)
    assert variance[0] < 1e-6


def test_equally_sure_companies_in_a_star_agree_by_their_links() -> None:
    """L32: DeGroot learning with self-loops; the hub of a star of five weighs 5/13, a leaf 2/13."""
    hub_hears, leaf_hears = np.arange(1, 5), np.zeros(4, dtype=np.int64)
    receiver = np.concatenate([np.zeros(4, dtype=np.int64), np.arange(1, 5)])
    teller = np.concatenate([hub_hears, leaf_hears])
    for speaks, weight in [(0, 5 / 13), (3, 2 / 13)]:
        opinion = np.zeros(5)
        opinion[speaks] = 1.0
        for _ in range(200):  # every round all are equally sure again
            opinion, _ = updated(
                opinion, np.ones(5), company=receiver, signal=opinion[teller], sd=np.ones(len(receiver))
            )
        assert opinion == pytest.approx(np.full(5, weight))


def test_who_hears_nothing_believes_what_it_believed() -> None:
    mean, variance = updated(
        np.array([0.2, 0.7]), np.array([0.04, 0.1]), company=np.array([1]), signal=np.array([0.0]), sd=np.array([1.0])
    )
    assert (mean[0], variance[0]) == (0.2, 0.04)
    assert mean[1] == pytest.approx(0.7 * 10 / 11)


@pytest.mark.parametrize(("service", "times"), [("internal", 2.7), ("customer", 7.3), ("core", 4.6)])
def test_without_better_planning_true_cost_is_several_times_what_is_perceived(service: str, times: float) -> None:
    """M10, seven-day check: the hidden/visible ratio of the reference table over the belief at founding."""
    believed = float(prior_mean(np.array([TIERS[service]]), mean=BELIEF.prior_mean, slope=0.0)[0])
    assert np.exp(hidden(service) - believed) == pytest.approx(times, abs=0.06)


@pytest.mark.parametrize(("service", "times"), [("internal", 2.7), ("customer", 4.0), ("core", 1.5)])
def test_large_companies_plan_better(service: str, times: float) -> None:
    believed = float(founding_belief(TIERS[service])[0])
    assert np.exp(hidden(service) - believed) == pytest.approx(times, abs=0.06)


def test_a_pilot_lowers_the_cost_that_an_internal_service_seems_to_have() -> None:
    x = hidden("internal")
    assert BELIEF.pilot_reveals * x == pytest.approx(0.48, abs=0.01)
    prior = founding_belief(TIERS["internal"])
    after, _ = updated(
        prior, np.array([BELIEF.prior_sd**2]), company=np.array([0]), signal=np.array([BELIEF.pilot_reveals * x]),
        sd=np.array([BELIEF.pilot_sd]),
    )  # fmt: skip
    assert after[0] < prior[0] < x


def test_projects_cost_on_average_what_they_should() -> None:
    """The raw multiplier has mean 1.433; divided by it, hidden cost is not counted twice."""
    assert overrun_mean(BELIEF) == pytest.approx(1.433, abs=5e-4)
    place = (np.arange(20_000) + 0.5) / 20_000
    body = overrun(np.ones_like(place), place, BELIEF)
    tail = overrun(np.zeros_like(place), place, BELIEF)
    assert (1 - BELIEF.tail_prob) * body.mean() + BELIEF.tail_prob * tail.mean() == pytest.approx(1.0, abs=1e-3)
    assert tail.min() >= BELIEF.tail_from / overrun_mean(BELIEF)
    assert tail.max() <= BELIEF.tail_cap / overrun_mean(BELIEF)
    assert np.median(body) == pytest.approx(1 / 1.433, abs=1e-3)


def test_runaway_projects_overrun_by_as_much_as_reported() -> None:
    """447% on average beyond budget where the tail is not cut short: 1.5 alpha/(alpha - 1) = 5.45."""
    assert overrun_mean(Belief(tail_prob=1.0, tail_cap=3e4)) == pytest.approx(5.45, rel=0.03)


def test_without_spread_or_tail_every_project_costs_what_it_should() -> None:
    plain = Belief(body_sd=0.0, tail_prob=0.0)
    assert np.all(overrun(np.array([0.01, 0.9]), np.array([0.2, 0.99]), plain) == 1.0)


def test_experience_tells_most_between_companies_of_one_size() -> None:
    assert similarity(np.array([1e8, 1e8, 1e10]), np.array([1e8, 1e9, 1e8])) == pytest.approx([1, 1 / 2, 1 / 3])


def test_stigma_halves_in_its_half_life_and_patience_lies_between_its_bounds() -> None:
    left = np.array([0.1])
    for _ in range(18):
        left = faded(left, BELIEF)
    assert left[0] == pytest.approx(0.05)
    assert tolerance(np.array([0.0, 0.5, 1.0]), BELIEF) == pytest.approx([0.3, 0.75, 1.2])
