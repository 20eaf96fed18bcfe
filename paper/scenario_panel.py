"""The claims judged, and every scenario compared with itself closed, from one set of worlds.

The scenarios stand among the claims as claims of their own while worlds are run, so that a world which both need is run
once; then the arms of each scenario are classed by the code of the verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from market.estimators import paired_mean
from paper.plan import Experiment
from scenarios import read_scenario, shipped_names
from scenarios.claims import Claim, Criterion
from scenarios.numbers import BASELINE, numbered
from simulation.answering.comparison import Comparison, compare_arms, paths_of_frames, tail_weights, thresholds_of
from simulation.experiments.paired import Workforce
from simulation.experiments.structures import comparison_row
from simulation.experiments.telling import estimate_data, named_csv
from simulation.judging.claims import judge
from simulation.judging.needs import Size
from simulation.judging.report import save
from simulation.results.reading import open_results
from simulation.results.storage import ResultsWriter

TABLE = "scenarios.csv"
ARMS = ("closed", "open")
AGAINST = (  # columns compared with the baseline's open arm
    "access_small", "consumer_surplus_systematic", "profit_lab", "profit_cloud", "welfare", "control_total",
    "price_paid", "open_share_tokens",
)  # fmt: skip


def judge_and_compare(experiment: Experiment, folder: Path, workforce: Workforce) -> None:
    """Run what is missing, judge the claims, and compare the arms of every scenario of the panel."""
    stated = experiment.arguments
    size = Size(experiment.pairs, tuple(stated["calibrations"]), stated["companies"], stated["months"])
    judgements = judge(
        [*experiment.claims, *(panel_claim(number) for number in experiment.panel)], folder, size=size,
        workers=workforce.workers, threads=workforce.threads, say=workforce.say, progress=workforce.progress,
    )  # fmt: skip
    save(judgements[: len(experiment.claims)], folder)
    rows = [row for calibration in size.calibrations for row in _rows(experiment, folder, calibration)]
    ResultsWriter(folder).write_file(TABLE, named_csv(rows).encode())


def panel_claim(number: str) -> Claim:
    """A stand-in that makes both arms of a scenario part of what is run."""
    criterion = Criterion("is run", experiment="difference", measure="access_small", must="above", scenario=number)
    return Claim(number, "stands for a scenario of the panel", (criterion,))


def _rows(experiment: Experiment, folder: Path, calibration: str) -> Iterator[dict[str, Any]]:
    """One row per scenario under one calibration."""
    results = open_results(folder)
    runs, indicators = results.runs, results.indicators
    done = runs[(runs["status"] == "done") & (runs["calibration"] == calibration)]
    frames = dict(iter(indicators.groupby("run")))
    numbers = numbered(shipped_names())
    for place in experiment.panel:
        comparison, draws = _compared(experiment, place, done, frames)
        scenario = read_scenario(place)
        yield {
            "scenario": numbers[scenario.name], "name": scenario.name, "title": scenario.title,
            "question": scenario.question,
            "expected": scenario.expected, "calibration": calibration,
            **comparison_row(comparison, pairs=draws, failed=experiment.pairs - draws),
            **({} if comparison is None else _more(comparison)),
            **_against_baseline(experiment, place, done, frames),
        }  # fmt: skip


def _more(comparison: Comparison) -> dict[str, float | None]:
    """Further changes that a reader of scenarios asks for."""
    wanted = (
        "consumer_surplus_systematic", "profit_chip", "welfare", "control_lab", "control_cloud", "control_total",
        "open_share_tokens", "price_paid",
    )  # fmt: skip
    return {
        key: value for name in wanted
        for key, value in estimate_data(f"d_{name}", comparison.difference(name)).items()
    }  # fmt: skip


def _against_baseline(
    experiment: Experiment, place: str, done: pd.DataFrame, frames: dict[str, pd.DataFrame]
) -> dict[str, float | None]:
    """What a scenario changes where weights are open: its open arm less that of the baseline, over the last months."""
    here, there = (done[done["experiment"] == f"{name} open"].set_index("draw")["run"] for name in (place, BASELINE))
    draws = sorted(set(here.index) & set(there.index))
    if not draws or place == BASELINE:
        return {}
    first = read_scenario(place, overrides=experiment.overrides).answer.tail_months
    changed: dict[str, float | None] = {}
    for column in AGAINST:
        means = [[float(frames[runs[draw]][column].tail(first).mean()) for draw in draws] for runs in (here, there)]
        changed |= estimate_data(f"vs_{column}", paired_mean(np.array(means[0]) - np.array(means[1])))
    return changed


def _compared(
    experiment: Experiment, place: str, done: pd.DataFrame, frames: dict[str, pd.DataFrame]
) -> tuple[Comparison | None, int]:
    """The arms of one scenario over the draws that both came through, and how many these are."""
    cells = {arm: done[done["experiment"] == f"{place} {arm}"].set_index("draw")["run"] for arm in ARMS}
    draws = sorted(set(cells["closed"].index) & set(cells["open"].index))
    if not draws:
        return None, 0
    closed, open_ = (paths_of_frames(_in_order(cells[arm], draws, frames)) for arm in ARMS)
    scenario = read_scenario(place, overrides=experiment.overrides)
    weights = tail_weights(next(iter(closed.values())).shape[1], scenario.answer.tail_months)
    comparison = compare_arms(
        "", closed, open_, money_weights=weights, level_weights=weights, thresholds=thresholds_of(scenario)
    )
    return comparison, len(draws)


def _in_order(runs: pd.Series, draws: Sequence[int], frames: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    return [frames[runs[draw]] for draw in draws]
