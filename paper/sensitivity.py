"""Each assumption moved by itself to both ends of its declared range, and what opening the weights does there.

One at a time says nothing of interactions; with common random numbers it separates small effects from luck.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from paper.errors import BadPlan
from paper.plan import Experiment
from scenarios.writing import value_text
from simulation.experiments.paired import PairedPoint, Workforce, paired_design, run_points
from simulation.experiments.structures import point_row
from simulation.experiments.telling import named_csv
from simulation.results.storage import ResultsWriter

TABLE = "sensitivity.csv"
AS_IT_IS = "as it is"
ENDS = ("low", "high")


def run_sensitivity(experiment: Experiment, folder: Path, workforce: Workforce) -> None:
    """Run the baseline and both ends of every parameter, and leave `sensitivity.csv` in the folder."""
    design = paired_design(
        experiment.request, sensitivity_points(experiment), title="One assumption at a time", command="sensitivity"
    )
    found, moved = run_points(design, folder, workforce=workforce), settings_of(experiment)
    ResultsWriter(folder).write_file(TABLE, named_csv(rows(experiment, moved, found)).encode())


def sensitivity_points(experiment: Experiment) -> dict[str, dict[str, Any]]:
    """What is laid over the scenario at every point: nothing first, then each end of each range."""
    points: dict[str, dict[str, Any]] = {AS_IT_IS: {}}
    return points | {f"{key}={value_text(value)}": {key: value} for key, _, value in settings_of(experiment)}


def settings_of(experiment: Experiment) -> list[tuple[str, str, Any]]:
    """Every parameter with the ends of its range that differ from the scenario: (key, low or high, value)."""
    declared = {item.key: (item, value) for item, value in experiment.scenario.parameters()}
    moved = []
    for key in experiment.arguments["parameters"]:
        if key not in declared:
            raise BadPlan(f"{experiment.name}: no parameter is called {key}; `commonweight parameters` lists them")
        item, value = declared[key]
        for end in ENDS:
            bound = getattr(item, end)
            if not isinstance(bound, int | float):
                raise BadPlan(f"{experiment.name}: {key} is declared without a range; take it from the list")
            if bound != value:
                moved.append((key, end, float(bound) if item.type == "number" else int(bound)))
    return moved


def rows(
    experiment: Experiment, moved: list[tuple[str, str, Any]], found: list[PairedPoint]
) -> list[dict[str, Any]]:
    """One row per point, the scenario itself first."""
    declared = {item.key: (item, value) for item, value in experiment.scenario.parameters()}
    table: list[dict[str, Any]] = [{"parameter": "", "end": AS_IT_IS, **point_row(found[0])}]
    for (key, end, value), point in zip(moved, found[1:], strict=True):
        item, usual = declared[key]
        table.append(
            {"parameter": key, "end": end, "value": value, "usual": usual, "unit": item.unit,
             "meaning": item.meaning, "source": item.source, **point_row(point)}
        )  # fmt: skip
    return table
