"""Believed and true cost of self-running in the choice: what decides, and what is paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from agents.choice import choose
from agents.choice_plain import choose_plain, pairs
from agents.self_running import running_cost
from benchmarks.worlds import World, random_world, with_workloads
from market.chance import Chance
from market.money import to_cents

API = {"route": 0, "price": 2.0, "model": 0, "seller": 0, "vendor": 0}
RENT = {"route": 2, "nest": 1, "price": 3.0, "model": 1, "seller": 1, "vendor": 5, "host_cloud": 1, "open": True}


def cost_of(world: World, rows: np.ndarray, code: int) -> tuple[np.ndarray, np.ndarray]:
    cost = running_cost(
        world.workloads, rows, np.full(len(rows), code), offers=world.offers(), selfhost=world.selfhost,
        labour=world.labour, circumstances=world.circumstances,
    )  # fmt: skip
    return cost.visible, cost.total


def test_two_computations_of_running_cost_agree() -> None:
    world = random_world(200, draw=4)
    rows = np.arange(len(world.workloads.company))
    every = pairs(world.terms(rows), world.offers(), world.weights())
    for place, code in enumerate(every.codes):
        if not world.offers().metered[code]:
            visible, total = cost_of(world, rows, int(code))
            assert np.allclose(every.cost[:, place], total, rtol=1e-12)
            assert (visible > 0).all()


@pytest.mark.parametrize("draw", [1, 2])
def test_kernel_and_twin_agree_where_beliefs_are_true(draw: int) -> None:
    world = replace(random_world(400, draw=draw), true_beliefs=1)
    arguments = Chance(draw), world.terms(np.arange(len(world.workloads.company))), world.offers(), world.weights()
    fused, plain = choose(*arguments), choose_plain(*arguments)
    for name in fused.__dataclass_fields__:
        assert np.array_equal(getattr(fused, name), getattr(plain, name)), name


def test_where_beliefs_are_true_nobody_looks_at_what_he_believed() -> None:
    world = replace(random_world(400, draw=3), true_beliefs=1)
    other = with_workloads(world, belief_mean=world.workloads.belief_mean + 3.0)
    rows = np.arange(len(world.workloads.company))
    one, two = (choose(Chance(1), w.terms(rows), w.offers(), w.weights()) for w in (world, other))
    assert np.array_equal(one.decision_value, two.decision_value)
    assert np.array_equal(one.code, two.code)


def test_who_believes_the_truth_decides_as_who_knows_it(make_world: Callable[..., World]) -> None:
    known = make_world([API, RENT], companies=40, volume=10.0 ** np.linspace(8, 11, 40), value=60.0)
    rows = np.arange(40)
    visible, total = cost_of(known, rows, 1)
    right = replace(with_workloads(known, belief_mean=np.log(total / visible)), true_beliefs=0)
    one, two = (choose(Chance(1), w.terms(rows), w.offers(), w.weights()) for w in (known, right))
    assert np.array_equal(one.code, two.code)
    assert np.allclose(one.decision_value, two.decision_value, rtol=1e-9)


def test_the_less_a_company_believes_is_hidden_the_sooner_it_runs_models_itself(
    make_world: Callable[..., World],
) -> None:
    world = replace(make_world([API, RENT], companies=300, volume=1e10, value=20.0), true_beliefs=0)
    rows = np.arange(300)
    shares = []
    for belief in (0.0, 0.6, 1.6, 2.6):
        believing = with_workloads(world, belief_mean=np.full(300, belief))
        shares.append(np.mean(choose(Chance(1), believing.terms(rows), world.offers(), world.weights()).code == 1))
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[-1]


def test_what_is_reported_as_cost_is_the_truth_whatever_is_believed(make_world: Callable[..., World]) -> None:
    world = replace(make_world([RENT], companies=50, volume=1e10, value=90.0), true_beliefs=0)
    rows = np.arange(50)
    choices = choose(Chance(1), world.terms(rows), world.offers(), world.weights())
    taken = choices.code == 0
    assert taken.any()
    _, total = cost_of(world, rows, 0)
    assert np.allclose(choices.cost[taken], total[taken], rtol=1e-12)
    assert (choices.true_value[taken] < choices.decision_value[taken] + 24 * total[taken]).all()
    assert to_cents(choices.cost[taken]).sum() > 0


def test_a_company_that_gave_up_once_is_slower_to_try_again(make_world: Callable[..., World]) -> None:
    world = replace(make_world([API, RENT], companies=400, volume=1e10, value=20.0), true_beliefs=0)
    burnt = with_workloads(world, stigma=np.full(400, 0.3))
    rows = np.arange(400)
    fresh, again = (
        np.mean(choose(Chance(1), w.terms(rows), w.offers(), w.weights()).code == 1) for w in (world, burnt)
    )
    assert 0 < again < fresh
