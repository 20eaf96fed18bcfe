"""The comparison of the arms in the background says what the same comparison says without a page, pair by pair."""

from __future__ import annotations

import multiprocessing
import threading

import numpy as np
import pytest

from app.compare_view import verdict_words
from app.comparing import CANCELLED, DONE, ONE_AT_A_TIME, WAITING, ArmsCompared
from app.comparing_charts import by_month, difference_option, measure_of, money_option, paths_option, plane_option
from app.exports import pairs_by_month
from scenarios import read_scenario
from simulation import compare
from simulation.answering.report import FEW_PAIRS

SMALL = read_scenario("baseline", overrides={"companies.count": 200, "companies.panel": 128, "horizon.months": 3})
ACCESS = measure_of("access_small")


class Told:
    """Counts how many pairs were complete whenever something was told."""

    def __init__(self) -> None:
        self.pairs: list[int] = []
        self.compared: ArmsCompared | None = None

    def __call__(self) -> None:
        if self.compared is not None:
            self.pairs.append(self.compared.complete)


@pytest.fixture(scope="module")
def done():
    """Three pairs compared to the end, and what was told on the way."""
    told = Told()
    told.compared = ArmsCompared(SMALL, pairs=3, listener=told)
    assert told.compared.wait(120)
    assert told.compared.state == DONE, told.compared.problem
    return told


def test_the_answer_is_that_of_the_same_comparison_without_a_page(done):
    answer = compare(SMALL, pairs=3, workers=1)
    assert done.compared.answer.table.equals(answer.table)
    assert str(done.compared.answer.verdict) == str(answer.verdict)


def test_the_verdict_follows_the_pairs_as_they_come_in(done):
    assert done.pairs == sorted(done.pairs)
    assert {1, 2} & set(done.pairs)
    assert done.pairs[-1] == 3


def test_few_pairs_are_too_early_to_say(done):
    assert done.compared.is_early
    headline, sentence = verdict_words(done.compared.answer, complete=3)
    assert headline == "Too early to say: 3 pairs of worlds"
    assert "95%" in sentence
    assert verdict_words(done.compared.answer, complete=1)[0].startswith("Too early to say: one pair")
    assert not verdict_words(done.compared.answer, complete=FEW_PAIRS)[0].startswith("Too early")


def test_charts_show_means_differences_and_intervals_of_the_answer(done):
    answer = done.compared.answer
    open_, closed = (100.0 * paths["access_small"].mean(axis=0) for paths in (answer.open_paths, answer.closed_paths))
    lines = [[value for _, value in series["data"]] for series in paths_option(answer, ACCESS)["series"]]
    assert lines[0] == pytest.approx(open_, rel=1e-3)
    assert lines[1] == pytest.approx(closed, rel=1e-3)
    frame = by_month(answer, ACCESS)
    assert frame["difference"].tolist() == pytest.approx((open_ - closed).tolist())
    assert ((frame["ci_low"] <= frame["difference"]) & (frame["difference"] <= frame["ci_high"])).all()
    centre, least, width = ([value for _, value in s["data"]] for s in difference_option(answer, ACCESS)["series"])
    assert np.add(least, np.divide(width, 2)) == pytest.approx(centre, abs=1e-3)


def test_money_has_a_box_for_every_layer_and_the_plane_all_nine_classes(done):
    money = money_option(done.compared.answer)
    change = done.compared.answer.headline.difference("profit_cloud")
    box = money["series"][0]["data"][money["yAxis"]["data"].index("Clouds")]["value"]
    assert box == pytest.approx([change.low / 1e9] * 2 + [change.value / 1e9] + [change.high / 1e9] * 2, rel=1e-3)
    assert len(plane_option(done.compared.answer)["series"][0]["markArea"]["data"]) == 9


def test_what_is_taken_away_has_every_measure_by_month(done):
    frame = pairs_by_month(done.compared)
    assert set(frame.columns) == {"measure", "unit", "month", "open", "closed", "difference", "ci_low", "ci_high"}
    assert len(frame[frame["measure"] == "access_small"]) == 3


def test_a_comparison_waits_its_turn_and_leaves_nothing_when_cancelled():
    with ONE_AT_A_TIME:
        waiting = ArmsCompared(SMALL, pairs=2, listener=lambda: None)
        assert waiting.state == WAITING
        waiting.cancel()
        assert waiting.wait(10)
    assert waiting.state == CANCELLED


def test_a_comparison_cancelled_under_way_ends_its_processes_at_once():
    begun = threading.Event()
    compared = ArmsCompared(SMALL, pairs=400, listener=begun.set)
    assert begun.wait(30)
    compared.cancel()
    assert compared.wait(20)
    assert compared.state == CANCELLED
    assert multiprocessing.active_children() == []
    assert not ONE_AT_A_TIME.locked()
