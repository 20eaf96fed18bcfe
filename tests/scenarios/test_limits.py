"""The limits are scenarios like any other: valid, with a question and the closed form they are held against."""

from __future__ import annotations

import pytest

from scenarios import read_scenario
from scenarios.reading import SHIPPED, shipped_names

LIMITS = sorted(path.stem for path in (SHIPPED / "limits").glob("*.toml"))


def test_the_limits_of_theory_are_shipped() -> None:
    wanted = {"three_layer", "capacity_bound", "logit_bertrand", "bass", "frozen", "nothing_to_release"}
    assert wanted <= set(LIMITS)
    assert {f"limits/{name}" for name in LIMITS} <= set(shipped_names())


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_reached_by_its_name_and_says_what_theory_expects(name: str) -> None:
    scenario = read_scenario(name)
    assert scenario == read_scenario(f"limits/{name}")
    assert scenario.title and scenario.question and scenario.expected


def test_a_file_of_ones_own_may_change_the_number_of_firms_of_a_limit(tmp_path) -> None:
    file = tmp_path / "duopoly.toml"
    file.write_text(
        'schema = 1\nextends = "three_layer"\ntitle = "Two clouds"\n[sellers.cloud_3]\nkind = "none"\n'
        '[sellers.lab_3]\nkind = "lab"\n'
    )
    scenario = read_scenario(file)
    assert sorted(scenario.of_kind("cloud")) == ["cloud_1", "cloud_2"]
    assert sorted(scenario.of_kind("lab")) == ["lab_1", "lab_2", "lab_3"]
    assert scenario.pricing.rule_lab == "cournot"
