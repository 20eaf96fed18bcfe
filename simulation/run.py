"""What one simulated world leaves behind: its tables, and who it was."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from market.units import FloatArray

if TYPE_CHECKING:
    from scenarios.scenario import Scenario
    from simulation.economy import ComputeEconomy

Progress = Callable[[int, int], None]  # months done, months in all


@dataclass(frozen=True)
class Run:
    """One world of one scenario, arm and draw.

    The frames follow `simulation/results/tables.py`. `manifest` says what the run was made of; its `not_modelled` names
    the indicators that are NaN in every row. `training_path`, (months, labs, 3), holds the GPU-hours each lab trained
    on, the quality of its best model and what tests left of its flaws, so that another arm can be run on it; None if
    the run did not record it.
    """

    scenario: Scenario
    arm: str
    draw: int
    indicators: pd.DataFrame
    market: pd.DataFrame
    sellers: pd.DataFrame
    cohorts: pd.DataFrame
    flows: pd.DataFrame
    events: pd.DataFrame
    value_capture: pd.DataFrame
    manifest: Mapping[str, Any]
    training_path: FloatArray | None = None

    def with_indicators_only(self) -> Run:
        """The same run without the rows of its large tables: what a comparison of many worlds keeps in memory."""
        large = ("market", "sellers", "cohorts", "flows", "events", "value_capture")
        emptied = {name: getattr(self, name).iloc[:0] for name in large}
        return replace(self, **emptied)


def simulate(
    scenario: Scenario,
    draw: int = 1,
    arm: str = "open",
    *,
    training_path: FloatArray | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Run:
    """Simulate one world to the end of its horizon.

    `training_path` (months, labs, 3) of another arm's run makes the labs train what they trained there. `progress` is
    told after every month how many are done, and of how many. `out` names a results folder for the tables; it is taken
    before any work. Raises StorageError for a folder that cannot be used.
    """
    from simulation.economy import ComputeEconomy

    def simulated() -> Run:
        economy = ComputeEconomy(scenario, draw=draw, arm=arm, threads=threads, training_path=training_path)
        return _followed(economy, months=scenario.horizon.months, progress=progress)

    if out is None:
        return simulated()
    from simulation.results.single import write_world
    from simulation.results.storage import results_folder

    with results_folder(out, command="run") as writer:
        run = simulated()
        write_world(writer, run, variant="" if training_path is None else "training of another arm")
    return run


def _followed(economy: ComputeEconomy, *, months: int, progress: Progress | None) -> Run:
    """What an economy leaves behind after so many months."""
    for done in range(1, months + 1):
        economy.step()
        if progress is not None:
            progress(done, months)
    return economy.results()
