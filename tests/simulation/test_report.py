"""The answer can be read by a person and by a program, and drawn."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from market.estimators import Interval
from simulation.answering import welfare
from simulation.answering.answer import Answer, answer_from_runs
from simulation.answering.figures import LAYERS, answer_figure, gains
from simulation.answering.measures import MEASURES
from simulation.answering.report import answer_text, month_name, section_heading
from simulation.answering.report_json import answer_json
from simulation.answering.verdict import KillSwitch
from simulation.month import identities


@pytest.fixture
def answer_of(run_of, scenario):
    def make(pairs: int = 6, **effects: float) -> Answer:
        arms = {arm: [run_of(arm, draw, **effects) for draw in range(1, pairs + 1)] for arm in ("closed", "open")}
        return answer_from_runs(scenario, closed=arms["closed"], open_=arms["open"])

    return make


def test_the_report_ends_with_class_sentence_and_what_it_rests_on(answer_of):
    text = answer_text(answer_of(theta=0.5, sigma=1.25), terminal=False)
    assert "Verdict: SPREAD+PARTIAL SHIFT" in text
    assert "clouds gain" in text and "companies gain $1.25" in text
    assert "6 pairs" in text and "1 of 2 parameters assumed" in text
    assert "not modelled" in text
    assert "Theta 0.19, Sigma 1.14" in text


def test_the_report_says_how_small_an_effect_its_pairs_would_show(answer_of):
    found = answer_of()
    text = answer_text(found, terminal=False).replace("\n", " ")
    points = 100 * found.headline.detectable["access_small"]
    assert f"6 pairs tell from none four times in five: {points:.1f} points of small companies' access" in text
    assert "tell from none" not in answer_text(answer_of(pairs=1), terminal=False)


def test_the_report_ends_with_what_no_world_has(answer_of):
    found = answer_of()
    text = answer_text(found, terminal=False).replace("\n", " ")
    assert text.endswith(f"nothing to measure): {', '.join(found.basis.not_modelled)}")


def test_the_report_is_plain_where_nobody_looks_at_a_terminal(answer_of):
    found = answer_of()
    assert "\x1b" not in answer_text(found, terminal=False)
    assert "\x1b" in answer_text(found, terminal=True)
    assert max(map(len, answer_text(found, terminal=False).splitlines())) <= 110


def test_a_refused_ratio_is_not_printed_as_a_number(answer_of):
    text = answer_text(answer_of(lab_loss=-1e8), terminal=False)
    assert "refused" in text and "NO LAB LOSS" in text
    assert "for every dollar" not in text


def test_the_json_answer_has_no_nan_and_the_same_numbers(answer_of):
    found = answer_of(theta=0.25)
    data = json.loads(answer_json(found))
    assert data["versions"]["headline"]["theta"]["value"] == found.theta.value
    assert data["verdict"] == str(found.verdict)
    refused = json.loads(answer_json(answer_of(lab_loss=-1e8)))
    assert refused["versions"]["headline"]["theta"] == {"value": None, "low": None, "high": None, "refused": True}


def test_value_capture_says_at_how_many_year_ends_of_the_window_it_was_measured(answer_of):
    found = answer_of()
    assert found.basis.first_month == 36
    needed = next(measure for measure in MEASURES if measure.column == "value_share_cloud")
    share = np.full((6, 60), np.nan)
    share[:, [11, 23, 35, 47, 59]] = 0.3

    def told(closed, open_):
        paths = [{**arm, "value_share_cloud": each} for arm, each in
                 ((found.closed_paths, closed), (found.open_paths, open_))]  # fmt: skip
        return section_heading(needed, replace(found, closed_paths=paths[0], open_paths=paths[1]))

    assert told(share, share) == "Value capture (Shapley share) at 2 year-ends"
    once = share.copy()
    once[:, 47] = np.nan
    assert told(share, once) == "Value capture (Shapley share) at 1 year-end"
    assert section_heading(MEASURES[0], found) == MEASURES[0].section


def with_kill_switch(answer: Answer, switch: KillSwitch) -> Answer:
    first, *others = answer.comparisons
    return replace(answer, comparisons=(replace(first, kill_switch=switch), *others))


def test_where_the_two_tables_disagree_the_verdict_is_not_one_word(answer_of):
    changes = {name: Interval(0.02, 0.01, 0.03) for name in ("control_cloud", "control_lab", "control_total")}
    switch = KillSwitch("CONTROL MOVES TO THE CLOUD", disagrees=True, reaches=("UNCHANGED",), changes=changes)
    found = with_kill_switch(answer_of(theta=0.1), switch)
    text = " ".join(answer_text(found, terminal=False).split())
    assert "Verdict: SPREAD (money); CONTROL MOVES TO THE CLOUD (kill switch)" in text
    assert "(or UNCHANGED, within the intervals), which disagrees with the money" in text
    assert "exposure to clouds +2.00 [+1.00, +3.00]" in text
    data = json.loads(answer_json(found))["kill_switch"]
    assert data["label"] == switch.label and data["disagrees"] is True
    assert data["changes"]["control_cloud"] == {"value": 0.02, "low": 0.01, "high": 0.03, "refused": False}


def test_the_calendar_begins_in_january_2023():
    assert month_name(0) == "2023-01"
    assert month_name(119) == "2032-12"


@pytest.mark.parametrize("effects", [{}, {"lab_loss": -1e8}, {"theta": 6.0, "access": -0.05}])
def test_the_figure_is_drawn_whatever_the_answer(answer_of, effects):
    files = answer_figure(answer_of(**effects))
    assert files["pdf"].startswith(b"%PDF")
    assert files["png"].startswith(b"\x89PNG")


def test_the_same_answer_gives_the_same_figure(answer_of):
    assert answer_figure(answer_of(pairs=1)) == answer_figure(answer_of(pairs=1))


def test_figure_report_and_audit_add_up_the_same_terms_of_welfare():
    audited = {*identities.WELFARE_TERMS, "external_harm"}
    assert {term for _, term, _ in LAYERS} == audited
    parts = {"consumer_surplus_systematic", "consumer_surplus_taste"}
    assert set(welfare.WELFARE_TERMS) == audited - parts | {"consumer_surplus"}


def test_harm_to_others_counts_as_a_loss_and_what_does_not_move_is_left_out(answer_of):
    found = answer_of()
    first, *others = found.comparisons
    still, harm = 0.0 * first.closed["profit_lab"], first.closed["profit_lab"]
    closed, opened = ({"profit_public": still, "external_harm": harm + more} for more in (0.0, 3e6))
    first = replace(first, closed={**first.closed, **closed}, open={**first.open, **opened})
    found = replace(found, comparisons=(first, *others))
    moved = {term: change for _, term, _, change in gains(found)}
    assert "profit_public" not in moved
    assert moved["external_harm"].value == pytest.approx(-3e6)
    assert moved["profit_lab"].value == found.headline.difference("profit_lab").value
