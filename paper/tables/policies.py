"""What instruments of policy change where weights are open, against the baseline."""

from __future__ import annotations

import pandas as pd

from paper.drawing import interval_of
from paper.library import Library
from paper.numbers_of_experiments import POLICY
from paper.tabular import Table
from paper.words import with_interval

NEEDS = ("claims",)
COLUMNS = (
    ("vs_access_small", 100.0, 1), ("vs_consumer_surplus_systematic", 1e-9, 2), ("vs_profit_cloud", 1e-9, 2),
    ("vs_control_total", 100.0, 1),
)  # fmt: skip


def caption(results: Library) -> str:
    """What columns are."""
    frame = _rows(results)
    pairs = int(frame["pairs"].max()) if len(frame) else 0
    return (
        f"Instruments of policy, each against the baseline, both with open weights: paired changes over {pairs} "
        "draws with "
        "95% intervals. Access of small companies and exposure to all owners in points, companies' surplus and clouds' "
        "profit in USD bn a month. What was expected was written down before."
    )


def table(results: Library) -> Table:
    """One row per instrument that was run."""
    cells = []
    for row in _rows(results).to_dict("records"):
        numbers = [with_interval(interval_of(row, name), digits, factor=factor) for name, factor, digits in COLUMNS]
        cells.append([row["scenario"], row["title"], row["expected"], *numbers])
    headings = ["", "instrument", "expected", "access", "surplus", "clouds", "exposure"]
    return Table(headings, cells, "lllrrrr", widths=(0.0, 1.7, 2.0, 1.4, 1.5, 1.5, 1.5))


def _rows(results: Library) -> pd.DataFrame:
    frame = results.csv("claims", "scenarios.csv")
    first = frame[frame["calibration"] == frame["calibration"].iloc[0]]
    return first[first["scenario"].isin(POLICY)]
