"""The charts of Explore: declared columns of one unit, with the numbers of the run, in colours all can tell apart."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from app.chart import KIND_COLOURS, MUTED, themed
from app.series import SECTIONS, described, number_text, series_option, shown_unit
from simulation.month.outcomes import LAYERS

PANELS = [panel for panels in SECTIONS.values() for panel in panels]
OKABE_ITO = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}


def test_access_control_prices_capacity_and_money_are_all_there():
    assert list(SECTIONS) == ["Access", "Control", "Prices", "Capacity", "Money"]


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_a_chart_has_declared_columns_of_one_unit_with_a_meaning(panel):
    assert len({shown_unit(line.declared) for line in panel.lines}) == 1
    assert all(line.declared.meaning for line in panel.lines)
    assert len({line.colour for line in panel.lines}) == len(panel.lines)
    assert {line.colour for line in panel.lines} <= OKABE_ITO | {MUTED}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_a_chart_shows_the_numbers_of_the_run_in_the_unit_it_names(panel, snapshot):
    option = series_option(panel, snapshot.indicators, months=12)
    for line, series in zip(panel.lines, option["series"], strict=True):
        shown = [value for _, value in series["data"]]
        meant = [value * panel.factor for value in snapshot.indicators[line.column]]
        assert len(shown) == 12
        for one, other in zip(shown, meant, strict=True):
            assert (one is None and math.isnan(other)) or one == pytest.approx(other, rel=5e-4)


def test_a_run_before_is_drawn_dashed_beside_the_present_one(snapshot):
    option = series_option(PANELS[0], snapshot.indicators, months=12, before=snapshot.indicators.head(4))
    dashed = [series for series in option["series"] if series["lineStyle"].get("type") == "dashed"]
    assert [len(series["data"]) for series in dashed] == [4] * len(PANELS[0].lines)


def test_an_empty_chart_is_a_chart(snapshot):
    assert series_option(PANELS[0], pd.DataFrame(), months=12)["series"][0]["data"] == []
    assert "no month is simulated yet" in described(PANELS[0], pd.DataFrame())


def test_a_screen_reader_hears_quantity_unit_and_last_values(snapshot):
    text = described(PANELS[0], snapshot.indicators)
    assert text.startswith("Access to AI, %, line chart by month; in 2023-12:")
    assert f"all companies {number_text(100 * snapshot.indicators['access_mean'].iloc[-1])}" in text


@pytest.mark.parametrize("dark", (True, False))
def test_the_theme_colours_what_names_no_colour_and_leaves_data_alone(dark, snapshot):
    panel = next(panel for panel in PANELS if MUTED in {line.colour for line in panel.lines})
    option = themed(series_option(panel, snapshot.indicators, months=12), dark=dark)
    assert "@" not in str(option)
    assert option["series"][0]["data"] == series_option(panel, snapshot.indicators, months=12)["series"][0]["data"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (51.678, "51.7"), (1234.5, "1,234"), (0.01234, "0.0123"), (2.5e9, "2.5e+09"), (math.nan, "–")],
)
def test_numbers_are_as_short_as_can_be(value, text):
    assert number_text(value) == text


def test_every_kind_of_seller_has_a_colour_of_its_own():
    assert set(LAYERS) <= KIND_COLOURS.keys()
    assert len(set(KIND_COLOURS.values())) == len(KIND_COLOURS)
