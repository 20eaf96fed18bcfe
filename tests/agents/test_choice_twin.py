"""The company kernel, its plain twin, one thread and two, parent and child: the same bytes."""

from __future__ import annotations

import multiprocessing
from dataclasses import astuple
from typing import Any

import numpy as np
import pytest

from agents.choice import choose
from agents.choice_plain import choose_plain, panel_base_plain
from agents.panel_base import panel_base
from agents.preferences import Demand
from agents.usage import use, use_plain
from benchmarks.worlds import World, random_world, with_sheet
from market.chance import Chance

TREES = {
    "nested": Demand(),
    "no nests": Demand(dissimilarity_hosts=1.0, dissimilarity_models=1.0),
    "hosts alike": Demand(dissimilarity_hosts=0.1, dissimilarity_models=0.9),
    "no tastes": Demand(taste_spread=0.0),
    "elastic use": Demand(use_elasticity=0.7),
    "threshold": Demand(choice_rule="threshold"),
    "easily pleased": Demand(choice_rule="threshold", threshold=0.0),
}


def same(first: Any, second: Any) -> bool:
    """Whether two results are equal in every number."""
    return all(np.array_equal(a, b) for a, b in zip(astuple(first), astuple(second), strict=True))


def usage_arguments(world: World) -> tuple[Any, ...]:
    rows = np.flatnonzero(world.workloads.held >= 0)
    shared = {
        "offers": world.offers(), "demand": world.demand, "selfhost": world.selfhost, "labour": world.labour,
        "circumstances": world.circumstances,
    }  # fmt: skip
    return rows, shared


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("draw", [1, 2])
def test_kernel_and_twin_choose_alike_on_random_worlds(tree: str, draw: int) -> None:
    world = random_world(600, draw=draw, demand=TREES[tree])
    rows = np.arange(len(world.workloads.company))
    arguments = Chance(draw + 10), world.terms(rows), world.offers(), world.weights()
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        fused, plain = choose(*arguments), choose_plain(*arguments)
    assert same(fused, plain)
    assert len(np.unique(fused.code)) > 20


@pytest.mark.parametrize("tree", TREES)
def test_kernel_and_twin_measure_use_alike_on_random_worlds(tree: str) -> None:
    world = random_world(600, draw=3, demand=TREES[tree])
    rows, shared = usage_arguments(world)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        assert same(use(world.workloads, rows, **shared), use_plain(world.workloads, rows, **shared))


@pytest.mark.parametrize("tree", TREES)
def test_kernel_and_twin_give_the_panel_alike(tree: str) -> None:
    world = random_world(600, draw=11, demand=TREES[tree])
    arguments = world.terms(np.arange(len(world.workloads.company))), world.offers(), world.weights()
    assert np.array_equal(panel_base(*arguments), panel_base_plain(*arguments))


def test_two_threads_give_the_bytes_of_one() -> None:
    world = random_world(1500, draw=4)
    arguments = Chance(5), world.terms(np.arange(len(world.workloads.company))), world.offers(), world.weights()
    assert same(choose(*arguments), choose(*arguments, threads=2))
    rows, shared = usage_arguments(world)
    assert same(use(world.workloads, rows, **shared), use(world.workloads, rows, threads=2, **shared))


def choices_in_a_child(queue: Any, arguments: tuple[Any, ...]) -> None:
    queue.put(choose(*arguments))


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_chooses_like_its_parent() -> None:
    world = random_world(300, draw=6)
    arguments = Chance(5), world.terms(np.arange(300)), world.offers(), world.weights()
    expected = choose(*arguments)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=choices_in_a_child, args=(queue, arguments))
    child.start()
    found = queue.get(timeout=60)
    child.join()
    assert same(found, expected)


def test_a_company_chooses_the_same_whoever_else_is_reviewed_and_in_any_order() -> None:
    world = random_world(500, draw=7)
    everyone = np.arange(len(world.workloads.company))
    some = everyone[::-3]
    all_choices = choose(Chance(2), world.terms(everyone), world.offers(), world.weights())
    some_choices = choose(Chance(2), world.terms(some), world.offers(), world.weights())
    assert np.array_equal(some_choices.code, all_choices.code[some])
    assert np.array_equal(some_choices.true_value, all_choices.true_value[some])


def test_a_new_model_draws_only_to_itself() -> None:
    world = random_world(3000, draw=8)
    model = int(world.sheet.model[0])
    new = np.flatnonzero(world.sheet.model == model)[:1]
    others = world.sheet.available & (world.sheet.model != model)
    without = with_sheet(world, available=others)
    with_new = with_sheet(world, available=others | (np.arange(len(others)) == new[0]))
    rows = np.arange(len(world.workloads.company))
    before, after = (
        choose(Chance(3), each.terms(rows), each.offers(), each.weights()).code for each in (without, with_new)
    )
    moved = before != after
    assert moved.any()
    assert np.all(after[moved] == new[0])


def test_a_dearer_offer_loses_companies_and_sends_nobody_between_others() -> None:
    world = random_world(3000, draw=9)
    alone = with_sheet(world, model=np.arange(len(world.sheet.model), dtype=np.int16))
    rows = np.arange(len(world.workloads.company))
    first = choose(Chance(3), alone.terms(rows), alone.offers(), alone.weights()).code
    favourite = np.bincount(first[first >= 0]).argmax()
    price = alone.sheet.price.copy()
    price[favourite] *= 3
    dearer = with_sheet(alone, price=price)
    second = choose(Chance(3), dearer.terms(rows), dearer.offers(), dearer.weights()).code
    moved = first != second
    assert moved.any()
    assert np.all(first[moved] == favourite)


def test_tastes_last_until_they_are_renewed() -> None:
    world = random_world(800, draw=10)
    rows = np.arange(len(world.workloads.company))
    terms = world.terms(rows)
    again = choose(Chance(3), terms, world.offers(), world.weights())
    renewed = choose(Chance(3), terms._replace(taste_month=terms.taste_month + 1), world.offers(), world.weights())
    assert np.array_equal(again.taste, choose(Chance(3), terms, world.offers(), world.weights()).taste)
    both = (again.code >= 0) & (renewed.code >= 0)
    assert both.any()
    assert np.all(again.taste[both] != renewed.taste[both])
