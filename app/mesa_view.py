"""The same economy as people who know Mesa expect it: `FlatEconomy` in Mesa's own SolaraViz, at /mesa."""

from __future__ import annotations

from typing import Any

import solara

from scenarios import shipped_names

OPENS_WITH: dict[str, Any] = {"scenario_name": "baseline", "draw": 1, "arm": "open", "companies": 500, "months": 60}
SHOWN = (  # charts: indicators of one unit together
    {"access_mean": "#0072B2", "access_small": "#D55E00"},
    {"control_lab": "#0072B2", "control_cloud": "#D55E00"},
    {"price_closed": "#0072B2", "price_open": "#56B4E9"},
    {"open_share_tokens": "#009E73"},
)


@solara.component
def MesaPage() -> None:
    """A world with Mesa's controls and charts."""
    from mesa.visualization import SolaraViz, make_plot_component

    from simulation.mesa_api import FlatEconomy

    model = solara.use_memo(lambda: FlatEconomy(**OPENS_WITH), [])
    charts = solara.use_memo(lambda: [make_plot_component(measures) for measures in SHOWN], [])
    SolaraViz(model, components=charts, model_params=parameters(), name="Commonweight in Mesa")


def parameters() -> dict[str, Any]:
    """What can be set before Reset, as Mesa declares it; two underscores stand for the dot of a parameter's key."""
    return {
        "scenario_name": {
            "type": "Select", "value": OPENS_WITH["scenario_name"], "label": "Scenario",
            "values": [name for name in shipped_names() if not name.startswith("limits/")],
        },
        "arm": {"type": "Select", "value": "open", "label": "Arm", "values": ["open", "closed", "absent"]},
        "draw": {"type": "SliderInt", "value": 1, "label": "Draw", "min": 1, "max": 50, "step": 1},
        "companies": {"type": "SliderInt", "value": 500, "label": "Companies", "min": 100, "max": 2000, "step": 100},
        "months": {"type": "SliderInt", "value": 60, "label": "Months", "min": 12, "max": 120, "step": 12},
        "selfhost__overhead": {
            "type": "SliderFloat", "value": 0.35, "label": "selfhost.overhead", "min": 0.2, "max": 0.5, "step": 0.01,
        },
    }  # fmt: skip
