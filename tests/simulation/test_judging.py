"""Claims judged by hand-made values: contrasts, ratios, boundaries, verdicts, and the design that they need."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.special import stdtrit

from market.estimators import Interval, fieller_ratio, paired_mean
from scenarios import read_design
from scenarios.claims import Claim, Criterion, chosen_claims
from simulation.judging.estimating import contrast, ratio
from simulation.judging.needs import Size, cells_of, design_text
from simulation.judging.report import claims_rows, claims_text, required, summary
from simulation.judging.verdicts import (
    DEPENDS,
    FAILS,
    HOLDS,
    REFUTED,
    SUPPORTED,
    UNDECIDED,
    UNMEASURED,
    UNTESTABLE,
    Finding,
    Judgement,
    judged,
    outcome,
)

OPEN, CLOSED = np.array([3.0, 5.0]), np.array([1.0, 1.0])
BASE_OPEN, BASE_CLOSED = np.array([1.0, 2.0]), np.array([1.0, 1.0])


def criterion(must: str = "above", *, threshold: float = 0.0, rope: float = 0.0, shows: str = "it rises") -> Criterion:
    return Criterion(shows, experiment="difference", measure="load", must=must, threshold=threshold, rope=rope)


def test_an_interaction_is_the_difference_of_what_opening_does_in_two_worlds() -> None:
    found = contrast("interaction", [OPEN, CLOSED, BASE_OPEN, BASE_CLOSED])
    assert found == paired_mean(np.array([2.0 - 0.0, 4.0 - 1.0]))
    assert found.value == 2.5
    assert contrast("difference", [OPEN, CLOSED]).value == 3.0
    assert contrast("scenario", [OPEN, BASE_OPEN]).value == 2.5
    assert contrast("level", [OPEN]).value == 4.0


def test_a_draw_that_lacks_a_world_is_left_out() -> None:
    gap = np.array([np.nan, 5.0])
    assert contrast("difference", [gap, CLOSED]).value == 4.0
    assert math.isnan(contrast("level", [np.array([np.nan, np.nan])]).value)


def test_a_ratio_of_differences_is_one_of_sums_with_fiellers_interval() -> None:
    gain, loss = [np.array([6.0, 9.0, 7.5]), np.zeros(3)], [np.array([4.0, 5.0, 4.5]), np.array([1.0, 1.0, 1.0])]
    found = ratio("difference", gain, loss)
    assert found == fieller_ratio(np.array([6.0, 9.0, 7.5]), np.array([3.0, 4.0, 3.5]))
    assert found.value == pytest.approx(22.5 / 10.5)


def test_a_ratio_without_a_clear_denominator_is_refused() -> None:
    around_zero = [np.array([1.0, -1.0, 0.5]), np.zeros(3)]
    assert ratio("difference", [np.ones(3), np.zeros(3)], around_zero).refused


def test_a_ratio_of_levels_needs_one_sign_and_is_exact_without_noise() -> None:
    below = np.array([4.0, 5.0, 6.1])
    half = ratio("level", [below / 2], [below])
    assert (half.value, half.low, half.high) == pytest.approx((0.5, 0.5, 0.5))
    assert ratio("level", [below], [np.array([1.0, -1.0, 5.0])]).refused
    assert ratio("level", [below], [np.array([0.0, 1.0, 5.0])]).refused


def test_what_a_scenario_changes_of_a_ratio_vanishes_between_like_worlds() -> None:
    above, below = np.array([2.0, 3.0, 4.0]), np.array([4.0, 5.0, 6.1])
    same = ratio("scenario", [above, above], [below, below])
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    exact = ratio("scenario", [below / 2, below / 3], [below, below])
    assert exact.value == pytest.approx(1 / 6) and exact.high - exact.low == pytest.approx(0.0, abs=1e-12)
    nothing = np.zeros(3)
    arms = ratio("interaction", [below / 2, nothing, below / 3, nothing], [below, nothing, below, nothing])
    assert arms.value == pytest.approx(1 / 6)
    unclear = np.array([1.0, -1.0, 0.1])
    assert ratio("interaction", [above, nothing, above, nothing], [below, nothing, unclear, nothing]).refused


def test_the_interval_of_a_difference_of_ratios_covers_the_truth_as_often_as_it_says() -> None:
    draws = np.random.default_rng(7).normal(size=(400, 24, 3))
    covered = 0
    for sample in draws:
        common = sample[:, 0]
        denominator = 4.0 + 0.5 * common
        above = [2.0 + common + 0.3 * sample[:, 1], 1.0 + common + 0.3 * sample[:, 2]]
        found = ratio("scenario", above, [denominator, denominator])
        covered += found.low <= 0.25 <= found.high
    assert 0.91 <= covered / 400 <= 0.985


@pytest.mark.parametrize(
    ("must", "low", "high", "says"),
    [
        ("above", 1.2, 2.0, HOLDS), ("above", 0.9, 2.0, UNDECIDED), ("above", -1.0, 1.1, FAILS),
        ("below", 0.0, 0.8, HOLDS), ("below", 0.0, 1.0, UNDECIDED), ("below", 0.9, 2.0, FAILS),
        ("not_above", 0.0, 1.1, HOLDS), ("not_above", 1.2, 2.0, FAILS), ("not_above", 1.0, 2.0, UNDECIDED),
        ("not_below", 0.9, 2.0, HOLDS), ("not_below", 0.0, 0.8, FAILS), ("not_below", 0.5, 1.0, UNDECIDED),
        ("within", 0.95, 1.05, HOLDS), ("within", 1.2, 2.0, FAILS), ("within", 0.0, 0.8, FAILS),
        ("within", 0.0, 1.0, UNDECIDED), ("above", math.nan, math.nan, UNDECIDED),
    ],
)  # fmt: skip
def test_the_whole_interval_on_one_side_of_the_boundary_decides(must: str, low: float, high: float, says: str) -> None:
    asked = criterion(must, threshold=1.0, rope=0.1)
    assert outcome(asked, Interval((low + high) / 2, low, high)) == says


def test_no_change_at_all_refutes_that_something_rises() -> None:
    nothing = Interval(0.0, 0.0, 0.0)
    assert outcome(criterion("above"), nothing) == FAILS
    assert outcome(criterion("below"), nothing) == FAILS
    assert outcome(criterion("not_above"), nothing) == HOLDS
    assert outcome(criterion("within"), nothing) == HOLDS


def finding(outcome_: str, *, calibration: str = "iceberg", shows: str = "it rises", why: str = "") -> Finding:
    return Finding(criterion(shows=shows), calibration, Interval(1.0, 0.5, 1.5), 16, outcome_, why)


def judgement(*findings: Finding) -> Judgement:
    criteria = tuple(dict.fromkeys(found.criterion for found in findings))
    return judged(Claim("C99", "things rise", criteria=criteria), findings)


@pytest.mark.parametrize(("must", "at"), [("above", 1.6), ("not_above", 0.6), ("within", 1.05)])
def test_what_is_undecided_says_how_many_pairs_would_tell(must: str, at: float) -> None:
    asked = criterion(must, threshold=1.0, rope=0.1)

    def found(pairs: int) -> Finding:
        half = float(stdtrit(pairs - 1, 0.975)) * 2.0 / math.sqrt(pairs)
        interval = Interval(at, at - half, at + half)
        return Finding(asked, "iceberg", interval, pairs, outcome(asked, interval))

    few = found(4)
    assert few.outcome == UNDECIDED and few.pairs_to_decide is not None
    assert found(few.pairs_to_decide).outcome == HOLDS
    assert found(few.pairs_to_decide - 1).outcome == UNDECIDED
    assert f"about {few.pairs_to_decide:,} pairs would tell" in judged(chosen_claims("C02")[0], [few]).because
    assert found(few.pairs_to_decide).pairs_to_decide is None


def test_a_claim_is_supported_where_all_holds_and_refuted_where_all_fails() -> None:
    assert judgement(finding(HOLDS), finding(HOLDS, calibration="lean")).verdict == SUPPORTED
    assert judgement(finding(FAILS), finding(FAILS, calibration="lean")).verdict == REFUTED
    assert judgement(finding(HOLDS), finding(HOLDS, calibration="lean")).depends_on == ()


def test_what_a_claim_depends_on_is_shown() -> None:
    by_calibration = judgement(finding(HOLDS), finding(FAILS, calibration="lean"))
    assert by_calibration.verdict == DEPENDS and by_calibration.depends_on == ("calibration",)
    assert by_calibration.because == "holds: it rises (iceberg); fails: it rises (lean)"
    by_criterion = judgement(finding(HOLDS), finding(FAILS, shows="it falls"))
    assert by_criterion.depends_on == ("criterion",)
    by_chance = judgement(finding(HOLDS), finding(UNDECIDED, calibration="lean", why="too few"))
    assert by_chance.depends_on == ("chance",)
    undecided = "it rises (lean; too few; about 17 pairs would tell)"
    assert by_chance.because == f"holds: it rises (iceberg); undecided: {undecided}"


def test_what_cannot_be_measured_leaves_the_rest_to_decide_and_is_named() -> None:
    partly = judgement(finding(HOLDS), finding(UNMEASURED, shows="it falls", why="no value"))
    assert partly.verdict == SUPPORTED and partly.because == "not measured: it falls (no value)"
    wholly = judgement(finding(UNMEASURED, why="no value"), finding(UNMEASURED, why="no value", calibration="lean"))
    assert wholly.verdict == UNTESTABLE and wholly.because == "no value"
    assert judged(Claim("C99", "a", untestable="no such thing"), ()).because == "no such thing"


def test_the_report_marks_what_is_true_by_construction() -> None:
    asked = criterion()
    built = Claim("C98", "a", criteria=(asked,), by_construction="an input")
    found = (Finding(asked, "iceberg", Interval(1.0, 0.5, 1.5), 16, HOLDS),)
    text = claims_text([judged(built, found)], title="T")
    assert "supported (by construction)" in text and "C98  by construction: an input" in text
    assert summary([judged(built, found)]).startswith("1 claims: 1 supported; of those supported, 1 by construction")
    (row,) = claims_rows([judged(built, found)])
    assert (row["iceberg"], row["iceberg_ci_low"], row["verdict"]) == (1.0, 0.5, SUPPORTED)
    assert required(criterion("below", threshold=1.0, rope=0.25)) == "below 0.75"


def test_worlds_are_shared_between_claims(tmp_path: Path) -> None:
    claims = chosen_claims("C02,C24,C42")
    size = Size(draws=3, calibrations=("iceberg", "lean"), companies=50, months=4)
    file = tmp_path / "design.toml"
    file.write_text(design_text(claims, size=size, settings={"answer.tail_months": 2}))
    design = read_design(file)
    cells = cells_of(claims)
    assert len(cells) < sum(len(criterion.cells) for claim in claims for criterion in claim.criteria)
    assert [point.experiment for point in design.every_point()] == [cell.name for cell in cells]
    worlds = list(design.worlds())
    assert len(worlds) == design.runs == len(cells) * 3 * 2
    assert {world.arm for world in worlds} == {"open", "closed"}
    assert all(world.overrides["answer.tail_months"] == 2 for world in worlds)
    assert set(design.keep.tables) == {"indicators", "cohorts"}
