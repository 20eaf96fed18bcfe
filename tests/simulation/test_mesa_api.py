"""The economy with flat keywords is the same economy, and Mesa's own tools can drive it."""

from __future__ import annotations

import inspect

import ipyvuetify
import mesa
import numpy as np
import pytest
import solara
from mesa.visualization import SolaraViz, make_plot_component

from scenarios import ScenarioError, read_scenario
from simulation import simulate
from simulation.mesa_api import INDICATOR_NAMES, FlatEconomy

SMALL = {"companies": 60, "months": 2}


@pytest.fixture(scope="module")
def flat() -> FlatEconomy:
    """A small world run to its end."""
    economy = FlatEconomy(**SMALL, draw=3, arm="closed", selfhost__overhead=0.5)
    while economy.running:
        economy.step()
    return economy


def test_keywords_and_files_give_the_same_world(flat: FlatEconomy) -> None:
    overrides = {"companies.count": 60, "horizon.months": 2, "selfhost.overhead": 0.5}
    told = simulate(read_scenario("baseline", overrides=overrides), draw=3, arm="closed").indicators
    collected = flat.datacollector.get_model_vars_dataframe()
    assert len(collected) == 1 + 2
    assert collected.iloc[0].isna().all()
    for name in INDICATOR_NAMES:
        np.testing.assert_array_equal(collected[name].to_numpy()[1:], told[name].to_numpy())


def test_the_model_ends_at_its_horizon_without_an_error(flat: FlatEconomy) -> None:
    assert flat.month == 2
    assert not flat.running
    flat.step()
    assert len(flat.datacollector.get_model_vars_dataframe()) == 3


def test_every_argument_is_a_keyword_with_a_default_and_none_is_mesas_own() -> None:
    parameters = inspect.signature(FlatEconomy.__init__).parameters
    named = [item for name, item in parameters.items() if name not in ("self", "kwargs")]
    assert all(item.default is not inspect.Parameter.empty for item in named)
    assert "scenario" not in parameters
    assert parameters["rng"].kind is inspect.Parameter.KEYWORD_ONLY


def test_the_generator_mesa_hands_over_is_the_draw_where_none_is_given() -> None:
    assert FlatEconomy(**SMALL).draw == 1
    assert FlatEconomy(**SMALL, rng=7).draw == 7
    assert FlatEconomy(**SMALL, rng=7, draw=2).draw == 2


def test_an_unknown_keyword_is_refused_with_the_nearest() -> None:
    with pytest.raises(TypeError, match="scenario_name"):
        FlatEconomy(**SMALL, scenario="baseline")
    with pytest.raises(ScenarioError, match=r"did you mean selfhost\.overhead\?"):
        FlatEconomy(**SMALL, selfhost__over_head=0.5)


@pytest.mark.parametrize("max_steps", [2, 1000])
def test_batch_run_reports_the_last_month(flat: FlatEconomy, max_steps: int) -> None:
    given = {**SMALL, "draw": 3, "arm": ["closed"], "selfhost__overhead": 0.5}
    (row,) = mesa.batch_run(FlatEconomy, given, max_steps=max_steps, display_progress=False)
    assert row["Step"] == 2
    assert row["adoption"] == flat.datacollector.get_model_vars_dataframe()["adoption"].iloc[-1]


def test_batch_run_aligns_every_month(flat: FlatEconomy) -> None:
    given = {**SMALL, "draw": 3, "arm": ["closed"], "selfhost__overhead": 0.5}
    rows = mesa.batch_run(FlatEconomy, given, data_collection_period=1, display_progress=False)
    assert [row["Step"] for row in rows] == [0, 1, 2]
    told = flat.datacollector.get_model_vars_dataframe()["adoption"].to_numpy()
    np.testing.assert_array_equal([row["adoption"] for row in rows], told)


@pytest.mark.filterwarnings("ignore")  # Solara's remarks on Mesa's own components
def test_solaraviz_shows_steps_and_resets() -> None:
    economy = FlatEconomy(**SMALL)
    shown = solara.reactive(economy)
    page = SolaraViz(
        shown, components=[make_plot_component("adoption")], model_params={**SMALL, "selfhost__overhead": 0.3}
    )

    @solara.component
    def application() -> None:
        with solara.AppLayout():
            solara.Column(children=[page])

    _, rendered = solara.render(application(), handle_error=False)
    buttons = {str(button.children[0]): button for button in rendered.find(ipyvuetify.Btn).widgets if button.children}
    buttons["Step"].click()
    assert economy.month == 1
    buttons["Reset"].click()
    assert shown.value is not economy
    assert (shown.value.month, shown.value.plan.selfhost.overhead) == (0, 0.3)
    rendered.close()
