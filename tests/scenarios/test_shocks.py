"""Dated changes: a step stays, a ramp arrives, a pulse passes, and no month changes another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios import Scenario, read_scenario
from scenarios.shocks import Shock, value_at

Write = Callable[..., Path]


def shocked(write: Write, change: str) -> Scenario:
    """A baseline whose self-hosting overhead is .4 but for one dated change from month 10 on."""
    text = f"[selfhost]\noverhead = 0.4\n[[shocks]]\nmonth = 10\nparameter = 'selfhost.overhead'\n{change}\n"
    return read_scenario(write(text))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ("step_to = 0.6", {9: 0.4, 10: 0.6, 50: 0.6}),
        ("step_by = 1.5", {9: 0.4, 10: 0.6, 50: 0.6}),
        ("ramp_to = 0.6\nmonths = 4", {9: 0.4, 10: 0.45, 11: 0.5, 13: 0.6, 50: 0.6}),
        ("ramp_by = 1.5\nmonths = 4", {9: 0.4, 10: 0.45, 11: 0.5, 13: 0.6, 50: 0.6}),
        ("pulse_to = 0.6\nmonths = 2", {9: 0.4, 10: 0.6, 11: 0.6, 12: 0.4}),
        ("pulse_by = 1.5\nmonths = 2", {9: 0.4, 10: 0.6, 11: 0.6, 12: 0.4}),
    ],
)
def test_a_shock_follows_its_shape(write: Write, change: str, path: dict[int, float]) -> None:
    scenario = shocked(write, change)
    found = {month: scenario.at(month).selfhost.overhead for month in path}
    assert found == pytest.approx(path)


def test_a_month_without_change_is_the_scenario_itself(write: Write) -> None:
    scenario = shocked(write, "pulse_to = 0.6\nmonths = 2")
    assert scenario.at(9) is scenario
    assert scenario.at(12) is scenario


def test_a_shock_never_changes_the_scenario_it_belongs_to(write: Write) -> None:
    scenario = shocked(write, "step_to = 0.6")
    scenario.at(20)
    assert scenario.selfhost.overhead == 0.4


def test_shocks_of_one_parameter_build_on_each_other() -> None:
    shocks = (
        Shock(month=1, parameter="selfhost.overhead", shape="step_by", value=2.0),
        Shock(month=3, parameter="selfhost.overhead", shape="pulse_by", value=3.0, months=1),
    )
    assert [value_at(1.0, shocks, month) for month in range(5)] == [1.0, 2.0, 2.0, 6.0, 2.0]


def test_a_ramp_of_a_whole_number_stays_whole() -> None:
    shock = Shock(month=0, parameter="invest.gpu_lead_months", shape="ramp_to", value=9, months=4)
    assert [value_at(6, (shock,), month) for month in range(4)] == [7, 8, 8, 9]


def test_a_shock_scales_every_entry_of_a_list() -> None:
    shock = Shock(month=0, parameter="pop.size_mix", shape="step_by", value=2.0)
    assert value_at((1.0, 2.0), (shock,), 0) == (2.0, 4.0)


def test_a_child_can_redate_its_parents_shock(write: Write) -> None:
    shock = "[[shocks]]\nmonth = 3\nparameter = 'selfhost.overhead'\nstep_to = {}\n"
    write(shock.format(0.5), name="parent.toml")
    child = read_scenario(write(shock.format(0.6), name="child.toml", extends="parent"))
    assert [found.value for found in child.shocks] == [0.6]


def test_a_horizon_shortened_for_one_run_leaves_later_shocks_out(write: Write) -> None:
    text = "[[shocks]]\nmonth = 60\nparameter = 'selfhost.overhead'\nstep_to = 0.5\n"
    assert read_scenario(write(text), overrides={"horizon.months": 12}).horizon.months == 12
