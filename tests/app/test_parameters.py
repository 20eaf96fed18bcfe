"""Every declared parameter has its control, and what a scenario changes is told whole."""

from __future__ import annotations

import pytest

from app.controls import _parsed
from app.parameters import Parameter, differences, grouped, matching, often_changed, value_text
from scenarios import read_scenario, shipped_names
from scenarios.writing import value_text as in_toml

BASELINE = read_scenario("baseline")
SHIPPED = [name for name in shipped_names() if not name.startswith("limits/")]


def every_parameter() -> list[Parameter]:
    return [parameter for group in grouped(BASELINE) for parameter in group.parameters]


def test_every_declared_parameter_has_a_control_but_the_number_of_companies():
    declared = {declaration.key for declaration, _ in BASELINE.parameters()}
    assert declared - {parameter.key for parameter in every_parameter()} == {"companies.count"}


def test_every_control_says_meaning_unit_and_source():
    for parameter in every_parameter():
        told = parameter.declaration
        assert told.meaning[1:] in parameter.explanation
        assert f"Source: {told.source}" in parameter.explanation
        assert parameter.label
        assert parameter.unit in parameter.explanation


def test_every_slider_holds_its_range_and_the_value_of_the_scenario():
    sliders = [parameter for parameter in every_parameter() if parameter.has_slider]
    assert len(sliders) > 300
    for parameter in sliders:
        least, greatest, step = parameter.slider(parameter.value)
        told = parameter.declaration
        assert least <= min(told.low, parameter.value) <= max(told.high, parameter.value) <= greatest
        assert 0 < step <= max(greatest - least, 1.0), parameter.key


def test_what_is_typed_is_read_as_what_was_shown():
    for parameter in every_parameter():
        told, value = parameter.declaration, parameter.value
        if told.type == "list":
            choice = _parsed("list", in_toml(value))
            assert [list(entry) if isinstance(entry, tuple) else entry for entry in value] == choice
        elif told.type in ("number", "integer"):
            assert _parsed(told.type, f"{value:.10g}") == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("kind", "text"),
    [("integer", "1.5"), ("number", "much"), ("list", "[1"), ("list", "1"), ("integer", "inf"), ("integer", "-inf"),
     ("integer", "1e999"), ("integer", "nan"), ("number", "1e999")],
)  # fmt: skip
def test_what_is_no_value_is_refused(kind, text):
    with pytest.raises(ValueError):
        _parsed(kind, text)


def test_a_search_finds_a_parameter_by_its_words_and_its_meaning():
    groups = grouped(BASELINE)
    assert matching(groups, "overhead")[0].key == "selfhost.overhead"
    assert "selfhost.overhead" in [found.key for found in matching(groups, "idle tests gpu bill")]
    assert matching(groups, "no such thing at all") == []


def test_what_is_often_changed_exists_and_is_of_many_groups():
    chosen = often_changed(grouped(BASELINE)).parameters
    assert len({parameter.key.split(".")[0] for parameter in chosen}) >= 8


def test_the_baseline_differs_from_itself_in_nothing():
    assert differences(BASELINE, BASELINE) == []


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "baseline"])
def test_every_shipped_scenario_says_what_it_changes(name):
    found = differences(read_scenario(name), BASELINE)
    assert found
    assert all(difference.before != difference.after for difference in found)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [("sellers.lab_4.parent", "hyperscaler_1", ("lab 4: parent", "none", "hyperscaler 1")),
     ("sellers.lab_2.partner", "hyperscaler_3", ("lab 2: partner", "hyperscaler 1", "hyperscaler 3")),
     ("sellers.lab_1.marketplaces", [], ("lab 1: marketplaces", "hyperscaler 2", "empty")),
     ("sellers.hoster_1.clouds", ["neocloud_1"], ("hoster 1: clouds", "hyperscaler 2, neocloud 1", "neocloud 1"))],
)  # fmt: skip
def test_a_seller_with_another_owner_partner_or_cloud_is_no_baseline(key, value, told):
    (found,) = differences(read_scenario("baseline", overrides={key: value}), BASELINE)
    assert (found.label, found.before, found.after) == told
    assert "cloud" in found.note


def test_a_seller_that_becomes_another_kind_is_no_baseline():
    found = differences(read_scenario("baseline", overrides={"sellers.lab_4.kind": "cloud"}), BASELINE)
    assert ("lab 4: kind", "lab", "cloud") in [(each.label, each.before, each.after) for each in found]


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (0.1 + 0.2, "0.3"), (20_000, "20,000"), ((1.0, 2.5), "1, 2.5"), ("a_b", "a b"), ((), "empty")],
)
def test_values_are_written_for_people(value, text):
    assert value_text(value) == text
