"""The economy with a flat list of keywords, for tools that know Mesa models: batch_run, SolaraViz, workbenches.

`FlatEconomy(scenario_name="baseline", draw=1, arm="open", companies=500, months=24, selfhost__overhead=0.3)`: any
parameter is a keyword with two underscores in place of the dot.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import mesa

from scenarios.reading import read_scenario
from simulation.economy import ComputeEconomy
from simulation.results.indicator_table import INDICATORS

INDICATOR_NAMES = tuple(column.name for column in INDICATORS.own_columns)


class FlatEconomy(ComputeEconomy):
    """One world told by keywords; every indicator is a model reporter of its `datacollector`.

    `scenario_name` is a shipped scenario or the path of a file, `draw` numbers the random world, `companies`, `months`
    and `calibration` are those of the scenario where they are None, and `kwargs` are parameters: `selfhost__overhead`.
    Where Mesa hands over `rng`, a whole number, and no draw is given, it is the draw. Row k of the collector is the
    state after k months; the model stops running once it is asked for a month beyond its horizon. Raises
    `ScenarioError` for what no scenario can have.
    """

    def __init__(
        self,
        scenario_name: str = "baseline",
        draw: int | None = None,
        arm: str = "open",
        companies: int | None = 2_000,
        months: int | None = None,
        calibration: str | None = None,
        *,
        threads: int = 1,
        rng: int | None = None,
        **kwargs: Any,
    ) -> None:
        if isinstance(kwargs.pop("scenario", None), str):  # Mesa 3.5 hands over an object of its own on Reset
            raise TypeError("FlatEconomy: scenario is Mesa's own word; write scenario_name")
        chosen = {"companies.count": companies, "horizon.months": months, "companies.calibration": calibration}
        overrides = {key: value for key, value in chosen.items() if value is not None}
        overrides |= {name.replace("__", "."): value for name, value in kwargs.items()}
        scenario = read_scenario(scenario_name, overrides=overrides)
        super().__init__(scenario, draw=_number(draw, rng), arm=arm, threads=threads)
        reporters = {name: partial(_latest, name=name) for name in INDICATOR_NAMES}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)
        self.datacollector.collect(self)

    def step(self) -> None:
        """Advance by one month and collect; beyond the horizon, only stop running."""
        if self.month >= self.plan.horizon.months:
            self.running = False  # one step late: batch_run of Mesa 3.3 leaves out the last row it finds
            return
        super().step()
        self.datacollector.collect(self)


def _latest(model: ComputeEconomy, *, name: str) -> float:
    """An indicator of the last month; NaN before the first and where no mechanism fills it."""
    return model.recorder.indicators.latest(name)


def _number(draw: int | None, rng: Any) -> int:
    """Which random world is meant."""
    if draw is not None:
        return draw
    return int(rng) if rng is not None else 1
