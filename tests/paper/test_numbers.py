"""Numbers of the text by hand: counts, phrases and captions go by the same rules as the verdict."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from market.estimators import Interval
from paper.classes import labs_lose
from paper.figures import phase_map, spread_and_shift
from paper.numbers import of_both
from paper.numbers_of_experiments import of_attribution, of_map, of_scenarios
from scenarios import read_scenario
from simulation.answering.verdict import Thresholds, verdict

ROPE = read_scenario("baseline").answer.rope_access
THRESHOLDS = Thresholds(theta_low=0.33, theta_high=0.67, access=ROPE, money=0.01)
UNCLEAR = (0.0, -1.0, 1.0)


def results(**tables: pd.DataFrame) -> Any:
    """Results of experiments with tables made by hand, under the thresholds of the baseline."""
    return SimpleNamespace(
        csv=lambda name, file: tables[file.removesuffix(".csv")], scenario=lambda name: read_scenario("baseline")
    )


def estimate(name: str, bounds: tuple[float, float, float]) -> dict[str, float]:
    """Three columns of an estimate."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), bounds, strict=True))


def classed(access: tuple[float, float, float], lab: tuple[float, float, float]) -> dict[str, Any]:
    """Changes and class of a row in which 100 USD a month are at stake."""
    lost = lab[2] < -1.0
    theta = Interval(0.5, 0.4, 0.9) if lost else Interval(math.nan, math.nan, math.nan, refused=True)
    said = verdict(
        theta=theta, access=Interval(*access), profit_lab=Interval(*lab), profit_cloud=Interval(2.0, 1.0, 3.0),
        scale=100.0, thresholds=THRESHOLDS,
    )  # fmt: skip
    return {
        "pairs": 8, "failed": 0, "class": str(said), "theta": theta.value, **estimate("d_access_small", access),
        **estimate("d_profit_lab", lab), **estimate("d_profit_cloud", (2.0, 1.0, 3.0)),
    }  # fmt: skip


FAILED = {"pairs": 0, "failed": 8, "class": "FAILED"}
PANEL = pd.DataFrame(
    [
        {"scenario": "S00", "title": "Neither", **classed((0.002, 0.001, 0.003), (-0.5, -0.9, -0.1))},
        {"scenario": "S17", "title": "Both", **classed((0.02, 0.01, 0.03), (-5.0, -6.0, -4.0)),
         **estimate("vs_access_small", (0.002, 0.001, 0.003)),
         **estimate("vs_control_total", (-0.002, -0.003, -0.001))},
        {"scenario": "S26", "title": "Reached", **classed((-0.02, -0.03, -0.001), (-5.0, -6.0, -4.0)),
         **estimate("vs_access_small", (0.02, 0.01, 0.03))},
        {"scenario": "S34", "title": "Failed", **FAILED},
    ]
).assign(calibration="iceberg")  # fmt: skip


def test_labs_lose_where_theta_is_not_refused() -> None:
    assert list(labs_lose(PANEL)) == [False, True, True, False]
    assert list(labs_lose(PANEL)) == list(PANEL["theta"].notna())
    assert not labs_lose(pd.DataFrame({"class": ["UNDECIDED"]})).any()


def test_scenarios_are_counted_by_the_rules_of_the_verdict() -> None:
    found = of_scenarios(results(scenarios=PANEL))
    assert (found["count"], found["failed"], found["any_failed"]) == ("4", "1", True)
    assert (found["labs_lose_count"], found["access_wider_count"], found["access_narrower_count"]) == ("2", "1", "0")
    assert found["access_wider"] == "Both (S17)"
    assert found["both"] == "Both (S17) and Reached (S26)"
    assert "in 2 of 4 scenarios (iceberg calibration)" in spread_and_shift.caption(results(scenarios=PANEL))


def test_an_instrument_moves_access_only_by_more_than_counts_as_none() -> None:
    found = of_scenarios(results(scenarios=PANEL))
    assert found["policy_access_up"] == "Reached (S26)"
    assert found["policy_control_down"] == "Both (S17)"


def cells(*rows: dict[str, Any]) -> pd.DataFrame:
    """A map of two columns of cells."""
    places = [{"slack": 0.5 + 0.5 * (n % 2), "lag": 6.0 * (n // 2)} for n in range(len(rows))]
    return pd.DataFrame([place | row for place, row in zip(places, rows, strict=True)])


LOSS = {**classed((0.02, 0.01, 0.03), (-5.0, -6.0, -4.0)), "class_shares": json.dumps({"SPREAD": 1.0})}
NO_LOSS = {**classed((0.0, -0.1, 0.1), (0.0, -6.0, 4.0)), "class_shares": json.dumps({"NO LAB LOSS": 1.0})}


def test_cells_that_failed_are_no_loss_of_labs_and_no_absence_of_one() -> None:
    frame = cells(LOSS | {"toy_theta": 0.4}, NO_LOSS | {"toy_theta": 0.2}, LOSS | {"toy_theta": math.nan}, FAILED)
    found, caption = of_map(results(map=frame)), phase_map.caption(results(map=frame))
    assert (found["cells"], found["came_through"], found["failed"], found["any_failed"]) == ("4", "3", "1", True)
    assert (found["refused"], found["lost"], found["all_refused"]) == ("1", "2", False)
    assert found["classes"] == "spread (2 cells) and no lab loss (1 cell)"
    assert (found["toy_low"], found["toy_high"]) == ("0.20", "0.40")
    assert "In 1 cell (!) no pair of worlds came through. Labs do not clearly lose in 1 of 3 cells" in caption


def test_a_map_of_which_nothing_came_through_has_dashes() -> None:
    frame = cells(*[FAILED] * 4).assign(class_shares=None, toy_theta=None, d_access_small=math.nan)
    found = of_map(results(map=frame))
    assert found["came_through"] == "0"
    assert [found[name] for name in ("toy_low", "toy_high", "common", "x_low")] == ["\u2013"] * 4
    assert not found["any_lost"] and not found["one_class"]


def test_both_calibrations_agree_on_no_change_that_counts_as_none() -> None:
    changes = {"access_small": Interval(0.002, 0.001, 0.003), "control_total": Interval(-0.02, -0.03, -0.01)}
    answer: Any = SimpleNamespace(
        thresholds=THRESHOLDS, verdict=SimpleNamespace(classes=("SPREAD",)),
        headline=SimpleNamespace(difference=lambda column: changes.get(column, Interval(*UNCLEAR))),
    )  # fmt: skip
    said = of_both(answer, answer)["both.signs"]
    assert said == (
        "Exposure to those who could deny service moves clearly and the same way under both; access of small "
        "companies, labs' profit, clouds' profit and companies' surplus move clearly under neither"
    )


@pytest.mark.parametrize(("bounds", "how"), [((0.002, 0.001, 0.003), "stays"), ((0.02, 0.01, 0.03), "rises")])
def test_the_effect_that_is_attributed_counts_by_the_same_rope(bounds: tuple[float, float, float], how: str) -> None:
    effects = pd.DataFrame(
        [{"outcome": "access_small", "kind": kind, "switches": "", "draws": 2, **estimate("effect", bounds)}
         for kind in ("none", "all")]
    )  # fmt: skip
    channels = pd.DataFrame(columns=["outcome", "channel", "effect", "effect_low", "effect_high"])
    found = of_attribution(results(attribution=effects, mediation=channels, settings=effects))
    assert found["access_small.none"].startswith(how)
    assert found["access_small.all"].startswith(how)
