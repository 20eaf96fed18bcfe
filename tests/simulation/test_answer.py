"""The answer recovers what made-up worlds were made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulation.answering.answer import Answer, answer_from_runs
from simulation.answering.comparison import (
    after_ownership,
    cloud_profit_split,
    indicator_paths,
    organic,
    over_months,
    present_value_weights,
    tail_weights,
)

PAIRS = 12


@pytest.fixture
def answer_of(run_of, scenario):
    """A function that makes up pairs and answers: answer_of(theta=0.25, full=True)."""

    def make(pairs: int = PAIRS, *, full: bool = False, **effects: float) -> Answer:
        draws = range(1, pairs + 1)
        return answer_from_runs(
            scenario,
            closed=[run_of("closed", draw, **effects) for draw in draws],
            open_=[run_of("open", draw, **effects) for draw in draws],
            full=full,
        )

    return make


def test_theta_and_sigma_are_what_the_worlds_were_given(answer_of):
    found = answer_of(theta=0.5, sigma=1.25)
    assert found.theta.low < 0.5 < found.theta.high
    assert found.sigma.value == pytest.approx(1.25)
    assert found.sigma_with_taste.value == pytest.approx(1.45)
    assert found.verdict.label == "SPREAD+PARTIAL SHIFT"
    assert sum(found.class_shares.values()) == pytest.approx(1.0)


def test_theta_is_price_plus_volume_plus_training(answer_of):
    found = answer_of(theta=0.5)
    parts = found.theta_parts
    assert parts.price.value + parts.volume.value + parts.training.value == pytest.approx(found.theta.value, rel=1e-12)
    assert parts.training.value == pytest.approx(0.0, abs=1e-12)
    assert parts.price.value > 0.1


def test_the_split_of_cloud_profit_adds_up_in_every_month(run_of):
    closed, open_ = (indicator_paths([run_of(arm, draw=1)]) for arm in ("closed", "open"))
    split = cloud_profit_split(closed, open_)
    np.testing.assert_allclose(split.total, open_["profit_cloud"] - closed["profit_cloud"], atol=1e-3)


def test_a_ratio_is_one_of_sums_and_never_a_mean_of_ratios(answer_of):
    found = answer_of(theta=0.5)
    headline = found.headline
    gains = (headline.open["profit_cloud"] - headline.closed["profit_cloud"]).sum()
    losses = (headline.closed["profit_lab"] - headline.open["profit_lab"]).sum()
    assert found.theta.value == pytest.approx(gains / losses)


def test_where_labs_do_not_lose_no_ratio_is_given(answer_of):
    found = answer_of(lab_loss=-1e8)
    assert found.theta.refused and found.sigma.refused and found.theta_parts.price.refused
    assert found.verdict.label.startswith("NO LAB LOSS")
    row = found.table.set_index(["version", "measure"]).loc[("headline", "theta")]
    assert np.isnan(row["difference"])
    assert row["note"].startswith("refused")


def test_one_pair_has_points_but_no_intervals(answer_of):
    found = answer_of(pairs=1)
    assert found.theta.refused
    assert found.verdict.label == "UNDECIDED"
    assert found.class_shares == {"SPREAD+PARTIAL SHIFT": 1.0}


def test_the_welfare_identity_holds_and_says_what_the_layers_got(answer_of):
    identity = answer_of(theta=0.5).identity
    assert identity.gap < 1e-9
    assert identity.gap_from_quantities < 1e-6
    others = sum(identity.share(term) for term in identity.changes if term != "profit_lab")
    assert others == pytest.approx(1.0 + identity.welfare_change / identity.lab_loss)
    assert "profit_bank" not in identity.changes


def test_the_window_is_the_last_months(answer_of):
    basis = answer_of().basis
    assert (basis.first_month, basis.last_month, basis.pairs) == (36, 59, PAIRS)
    assert (basis.parameters, basis.assumed_parameters) == (2, 1)
    assert "control_cloud" in basis.not_modelled


def test_what_one_world_has_is_not_said_to_be_missing(run_of, scenario):
    closed, open_ = ([run_of(arm, draw) for draw in (1, 2)] for arm in ("closed", "open"))
    manifest = {"not_modelled": [name for name in closed[1].manifest["not_modelled"] if name != "nominal_access"]}
    seen = [closed[0], replace(closed[1], manifest=manifest)]
    assert "nominal_access" in answer_from_runs(scenario, closed=closed, open_=open_).basis.not_modelled
    assert "nominal_access" not in answer_from_runs(scenario, closed=seen, open_=open_).basis.not_modelled


def test_the_table_holds_every_measure_with_its_interval(answer_of):
    table = answer_of().table.set_index(["version", "measure"])
    row = table.loc[("headline", "access_small")]
    assert row["ci_low"] < row["difference"] < row["ci_high"]
    assert row["open"] - row["closed"] == pytest.approx(row["difference"])
    assert table.loc[("headline", "control_cloud"), "note"] == "not modelled"


def test_the_full_answer_says_where_a_version_is_the_headline_again(answer_of):
    found = answer_of(full=True)
    versions = {comparison.version: comparison for comparison in found.comparisons}
    assert list(versions) == ["headline", "present value", "after ownership", "organic"]
    assert versions["organic"].note.startswith("equal to the headline")
    assert versions["organic"].theta == found.theta
    assert versions["present value"].difference("access_small") == found.headline.difference("access_small")


def test_a_lab_owned_by_a_cloud_counts_with_the_clouds_after_ownership(run_of):
    run = run_of("open", draw=1)
    owned = replace(run, indicators=run.indicators.assign(profit_lab_cloud_owned=5e8, credits_and_shortfalls=1e8))
    paths = indicator_paths([owned])
    seen = after_ownership(paths)
    np.testing.assert_allclose(seen["profit_cloud"] - paths["profit_cloud"], 5e8)
    np.testing.assert_allclose(seen["profit_lab"] + seen["profit_cloud"], paths["profit_lab"] + paths["profit_cloud"])
    np.testing.assert_allclose(paths["profit_cloud"] - organic(paths)["profit_cloud"], 1e8)


def test_tail_weights_are_a_mean_of_the_last_months():
    weights = tail_weights(10, tail=4)
    assert weights.sum() == pytest.approx(1.0)
    assert np.flatnonzero(weights).tolist() == [6, 7, 8, 9]
    assert tail_weights(3, tail=24).sum() == pytest.approx(1.0)


def test_a_steady_payment_for_ever_is_worth_payment_over_rate():
    monthly = 1.06 ** (1 / 12) - 1
    for months in (1, 24, 120):
        assert present_value_weights(months, tail=12, rate=0.06).sum() == pytest.approx(1.0 / monthly)


def test_the_prior_at_the_concentrations_of_2025_is_that_of_the_toy(answer_of):
    prior = answer_of().priors["at concentrations of 2025, compute slack"]
    assert prior.theta == pytest.approx(0.19, abs=0.005)
    assert prior.sigma == pytest.approx(1.14)


def test_a_month_without_a_price_counts_for_neither_arm():
    closed = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan], [1.0, 1.0, 1.0]])
    open_ = np.array([[2.0, 9.0, 4.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    before, after = over_months(closed, open_, np.full(3, 1 / 3))
    np.testing.assert_allclose(before, [2.0, np.nan, 1.0])
    np.testing.assert_allclose(after, [3.0, np.nan, 2.0])


def test_a_price_some_pairs_never_had_is_compared_over_the_others(answer_of):
    headline = answer_of().headline
    headline.closed["price_open"][:] = 1.0
    headline.open["price_open"][:] = [np.nan, *[1.5] * (PAIRS - 1)]
    assert headline.difference("price_open").value == pytest.approx(0.5)
    assert headline.levels("price_open") == (pytest.approx(1.0), pytest.approx(1.5))
    assert np.isnan(headline.difference("control_cloud").value)
