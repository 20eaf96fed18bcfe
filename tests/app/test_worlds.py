"""A page's world: it moves on by itself, stops when told, tells the numbers of the economy, and goes when closed."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

from app.courses import Course
from app.worlds import FAILED, FINISHED, READY
from simulation import simulate

PATIENCE = 240  # seconds, in which kernels may be compiled first


def test_a_world_run_to_its_end_has_the_numbers_of_the_same_run_without_a_page(world_of):
    world = world_of(months=4)
    world.run_to_end()
    assert world.wait(PATIENCE)
    run = simulate(world.scenario, draw=1, arm="open")
    assert (world.state, world.month, world.progress) == (FINISHED, 4, 1.0)
    assert world.snapshot().indicators.equals(run.indicators)
    last = run.sellers[run.sellers["month"] == 3]
    assert world.snapshot().sellers["revenue_cents"].tolist() == last["revenue_cents"].tolist()


def test_a_step_is_one_month_and_an_earlier_month_can_be_looked_at(world_of):
    world = world_of()
    assert world.snapshot() is None
    for _ in range(3):
        world.step()
        world.wait(PATIENCE)
    assert (world.month, world.state) == (3, READY)
    earlier = world.snapshot(1)
    assert earlier.month == 1
    assert earlier.indicators["month"].tolist() == [0, 1]
    assert world.snapshot(7) is None


def test_a_world_that_is_cancelled_stops_and_goes_on_later_as_if_it_had_not(world_of):
    world, other = world_of(months=12), world_of(months=12)
    world.run_to_end()
    while world.month < 2:
        time.sleep(0.01)
    world.cancel()
    assert world.wait(PATIENCE)
    stopped = world.month
    assert not world.playing
    assert stopped < 12
    for one in (world, other):
        one.run_to_end()
        one.wait(PATIENCE)
    assert world.snapshot().indicators.equals(other.snapshot().indicators)


def test_commands_do_not_wait_for_the_month_under_way(world_of):
    world = world_of()
    world.step()
    world.wait(PATIENCE)
    with world.lock:  # as if a month took long
        begun = time.monotonic()
        world.play()
        world.pause()
        world.reset()
        assert time.monotonic() - begun < 1.0
    assert world.wait(PATIENCE)
    assert world.month == 0


def test_a_listener_is_told_and_no_more_once_it_has_left(world_of):
    world, told = world_of(), threading.Event()
    leave = world.watch(told.set)
    world.step()
    assert told.wait(PATIENCE)
    world.wait(PATIENCE)
    leave()
    told.clear()
    world.step()
    world.wait(PATIENCE)
    assert not told.is_set()


def test_a_closed_world_leaves_no_economy_behind(world_of):
    world = world_of()
    world.run_to_end()
    world.wait(PATIENCE)
    economy = weakref.ref(world.economy)
    world.close()
    gc.collect()
    assert economy() is None


def test_a_world_without_an_answer_says_so_in_words_and_can_be_begun_anew(world_of, monkeypatch):
    from simulation.breakdown import EconomyBreakdown

    world = world_of()

    def breaks(self):
        raise EconomyBreakdown("month 0: the market has no price")

    monkeypatch.setattr("simulation.economy.ComputeEconomy.step", breaks)
    world.step()
    world.wait(PATIENCE)
    assert world.state == FAILED
    assert "no price" in world.problem
    monkeypatch.undo()
    world.reset()
    world.step()
    world.wait(PATIENCE)
    assert (world.state, world.problem) == (READY, "")


def test_two_pages_may_look_at_one_course_and_part_ways(world_of):
    one, other = world_of(), world_of()
    course = Course(one.scenario, draw=1, arm="open")
    while course.month < course.months:
        course.advance()
    course.publish()
    for world in (one, other):
        world.adopt(course)
    assert one.snapshot() is other.snapshot()
    one.reset()
    one.step()
    one.wait(PATIENCE)
    assert (one.month, other.month) == (1, course.months)


def test_who_pays_whom_is_kept_for_every_month(world_of):
    world = world_of()
    world.run_to_end()
    world.wait(PATIENCE)
    for month in range(world.month):
        edges = world.snapshot(month).edges
        assert (edges["cents"] > 0).all()
        assert {"small companies", "developers"} <= set(edges["payer"])


@pytest.mark.parametrize("month", (-1, 6))
def test_a_month_that_was_not_simulated_has_no_snapshot(world_of, month):
    world = world_of()
    world.run_to_end()
    world.wait(PATIENCE)
    assert world.snapshot(month) is None
