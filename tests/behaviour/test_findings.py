"""Comparative statics as findings: one assumption changes, the draw stays, and the economy answers as theory says."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from scenarios import read_scenario
from simulation import simulate

SMALL: dict[str, Any] = {  # open models are known and used by many, so that their mean price is no matter of a few
    "companies.count": 400, "companies.panel": 256, "horizon.months": 20, "adopt.open_own_hazard": 0.3,
    "demand.friction_hosted": -0.1, "demand.friction_developer": -0.1,
}  # fmt: skip

FINDINGS: list[tuple[str, dict[str, Any], str, int]] = [
    ("dearer energy raises the rent of accelerators", {"invest.opex": 1.2}, "gpu_hour_price", 1),
    ("dearer energy is passed on to hosted open models", {"invest.opex": 1.2}, "price_open", 1),
    ("a larger founding fleet lowers the rent", {"founding.fleet": 4e5}, "gpu_hour_price", -1),
    ("more demand from outside makes compute scarcer", {"other.level": 1.5e5}, "gpu_hour_price", 1),
    ("a vendor that cannot grow keeps compute dear", {"chip.output_growth_max": [0.0] * 6}, "gpu_hour_price", 1),
    ("better serving software makes hosted open models cheaper", {"frontier.serving_progress": 1.0}, "price_open", -1),
    ("overhead makes hosted open models dearer", {"selfhost.overhead": 0.9}, "price_open", 1),
    ("peaks that coincide make hosted open models dearer", {"selfhost.pooling": 0}, "price_open", 1),
    ("a dearer first use keeps companies out", {"adopt.first_use_months": 6.0}, "adoption", -1),
    ("companies that are not ready do not adopt", {"adopt.ready_at_start": [0.1, 0.1, 0.1]}, "adoption", -1),
    ("a model good enough for more needs is adopted more", {"needs.lowest": -60.0}, "adoption", 1),
    (
        "friction keeps open models out",
        {"demand.friction_hosted": -0.9, "demand.friction_developer": -0.9},
        "open_share_tokens",
        -1,
    ),
]


@pytest.fixture(scope="module")
def baseline() -> pd.DataFrame:
    return simulate(read_scenario("baseline", overrides=SMALL), draw=1, arm="open").indicators


@pytest.mark.parametrize(("finding", "change", "column", "sign"), FINDINGS, ids=[row[0] for row in FINDINGS])
def test_the_economy_answers_as_theory_says(
    baseline: pd.DataFrame, finding: str, change: dict[str, Any], column: str, sign: int
) -> None:
    changed = simulate(read_scenario("baseline", overrides=SMALL | change), draw=1, arm="open").indicators
    late = slice(8, None)
    before, after = baseline[column].iloc[late].mean(), changed[column].iloc[late].mean()
    assert sign * (after / before - 1) > 0.02, f"{finding}: {column} went from {before:.4g} to {after:.4g}"
