"""Keyed tastes reproduce the closed forms of the nested logit (table of limits, L26, L29, L33)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agents.choice import choose
from agents.tastes import tastes
from market.chance import Chance
from market.elementary import exp, log, sine_of_turn

DRAWS = 1_000_000
NO_INTEGRATION = {"integration_base": 0.0, "integration_slope": 0.0}
STANDARD_ERRORS = 5.0  # a true model fails once in two million


def sampled(value: list[float], model: list[int], nest: list[int], hosts: float, models: float) -> tuple[Any, float]:
    """Shares of none and of the offers, and the mean of the best utility less that of none alone."""
    eps, none = tastes(
        Chance(3), entity=np.arange(DRAWS), month=np.zeros(DRAWS, dtype=np.int64), offer=np.arange(len(value)),
        model=np.array(model), nest=np.array(nest), dissimilarity_hosts=hosts, dissimilarity_models=models,
    )  # fmt: skip
    utility = np.column_stack([none, np.array(value) + eps])
    return np.bincount(utility.argmax(axis=1)) / DRAWS, float(utility.max(axis=1).mean() - np.euler_gamma)


def assert_close_to_shares(found: Any, expected: list[float]) -> None:
    share = np.array(expected)
    assert np.all(np.abs(found - share) < STANDARD_ERRORS * np.sqrt(share * (1 - share) / DRAWS))


def test_l29_two_offers_in_a_nest_and_one_outside() -> None:
    share, logsum = sampled([1.0, 1.0, 1.0], [0, 1, 2], [0, 0, 1], hosts=0.5, models=0.5)
    assert_close_to_shares(share, [0.132231, 0.508327 / 2, 0.508327 / 2, 0.359442])
    assert logsum == pytest.approx(2.023204, abs=STANDARD_ERRORS * 1.28 / np.sqrt(DRAWS))


def test_without_nests_the_odds_of_two_offers_ignore_a_third() -> None:
    share, _ = sampled([1.0, 0.5, 0.2], [0, 0, 1], [0, 0, 1], hosts=1.0, models=1.0)
    weight = np.exp([0.0, 1.0, 0.5, 0.2])
    assert_close_to_shares(share, list(weight / weight.sum()))


def test_three_levels_follow_the_recursion_of_the_nested_logit() -> None:
    hosts, models = 0.35, 0.6
    share, logsum = sampled([1.0, 0.8, 1.1, 0.9], [0, 0, 1, 2], [0, 0, 0, 1], hosts=hosts, models=models)
    of_model = hosts * np.log(np.exp(1 / hosts) + np.exp(0.8 / hosts))
    of_class = models * np.log(np.exp(of_model / models) + np.exp(1.1 / models))
    total = 1 + np.exp(of_class) + np.exp(0.9)
    in_model = np.exp(of_model / models) / (np.exp(of_model / models) + np.exp(1.1 / models))
    first = np.exp(1 / hosts) / (np.exp(1 / hosts) + np.exp(0.8 / hosts))
    in_class = np.exp(of_class) / total
    assert_close_to_shares(
        share, [1 / total, in_class * in_model * first, in_class * in_model * (1 - first), in_class * (1 - in_model),
                np.exp(0.9) / total],
    )  # fmt: skip
    assert logsum == pytest.approx(np.log(total), abs=STANDARD_ERRORS * 1.28 / np.sqrt(DRAWS))


def test_elementary_functions_agree_with_the_library() -> None:
    spread = np.linspace(-690, 690, 40_001)
    assert np.allclose(exp(spread), np.exp(spread), rtol=1e-14, atol=0)
    assert np.allclose(log(np.exp(spread)), spread, rtol=1e-14, atol=1e-15)
    near_one = 1 + np.linspace(-1e-6, 1e-6, 10_001)
    assert np.allclose(log(near_one), np.log(near_one), rtol=1e-13, atol=0)
    turn = np.linspace(1e-9, 0.5, 10_001)
    assert np.allclose(sine_of_turn(turn), np.sin(np.pi * turn), rtol=1e-14, atol=0)
    assert np.array_equal(sine_of_turn(1 - turn), sine_of_turn(1 - (1 - (1 - turn))))


def test_l26_a_stay_bonus_of_ln_19_keeps_ninety_five_in_a_hundred(make_world: Callable[..., Any]) -> None:
    spread, horizon, companies = 0.05, 24.0, 200_000
    world = make_world(
        [{"model": 0, "vendor": 0}, {"model": 1, "vendor": 1}], companies=companies, held=0, held_quality=150.0,
        demand={"taste_spread": spread, "dissimilarity_hosts": 1.0, "dissimilarity_models": 1.0},
        lockin={"vendor_change": spread * np.log(19) * horizon, "horizon": horizon, "months_api": 0.0},
    )  # fmt: skip
    code = choose(Chance(4), world.terms(np.arange(companies)), world.offers(), world.weights()).code
    assert np.all(code >= 0)
    stay = np.mean(code == 0)
    assert abs(stay - 0.95) < STANDARD_ERRORS * np.sqrt(0.95 * 0.05 / companies)


def best_utility(world: Any, companies: int) -> tuple[Any, Any]:
    choices = choose(Chance(4), world.terms(np.arange(companies)), world.offers(), world.weights())
    return choices.code, choices.decision_value / choices.sigma + choices.taste


def test_l33_an_open_clone_at_equal_terms_sells_like_the_closed_original(make_world: Callable[..., Any]) -> None:
    companies = 200_000
    original, clone = {"model": 0}, {"model": 1, "route": 1, "open": True, "foreign": 1}
    world = make_world([original, clone], companies=companies, selfhost=NO_INTEGRATION, value=1.2)
    code, _ = best_utility(world, companies)
    first, second = np.mean(code == 0), np.mean(code == 1)
    assert abs(first - second) < STANDARD_ERRORS * np.sqrt((first + second) / companies)


def test_l33_another_host_of_the_same_model_adds_no_surplus(make_world: Callable[..., Any]) -> None:
    companies = 200_000
    offers = [{"route": 1, "open": True, "seller": host} for host in range(3)]
    worlds = [make_world(offers[:count], companies=companies, selfhost=NO_INTEGRATION, value=1.2) for count in (1, 3)]
    one, three = (best_utility(world, companies)[1] for world in worlds)
    difference = three.mean() - one.mean()
    assert one.mean() > 0.5
    assert abs(difference) < STANDARD_ERRORS * np.sqrt((one.var() + three.var()) / companies)


def test_a_dominated_host_does_not_spoil_its_model(make_world: Callable[..., Any]) -> None:
    companies = 50_000
    good, bad = {"route": 1, "open": True}, {"route": 1, "open": True, "seller": 1, "quality": 20.0}
    worlds = [
        make_world(
            offers, companies=companies, selfhost=NO_INTEGRATION, value=1.2, demand={"dissimilarity_hosts": 0.3}
        )
        for offers in ([good], [good, bad])
    ]
    alone, beside = (best_utility(world, companies)[1] for world in worlds)
    assert np.abs(beside - alone).max() < 1e-3
