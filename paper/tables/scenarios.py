"""Every scenario: what opening the weights does in it, and the class."""

from __future__ import annotations

from typing import Any

from paper.drawing import interval_of
from paper.library import Library
from paper.tabular import Table
from paper.words import with_interval

NEEDS = ("claims",)
COLUMNS = (("d_access_small", 100.0, 1), ("d_profit_lab", 1e-9, 2), ("d_profit_cloud", 1e-9, 2), ("theta", 1.0, 2))
SHORT = {"NO LAB LOSS": "no lab loss", "FAILED": "failed"}


def caption(results: Library) -> str:
    """What columns are."""
    frame = results.csv("claims", "scenarios.csv")
    calibration = frame["calibration"].iloc[0]
    return (
        f"Scenarios: open less closed, {int(frame['pairs'].max())} pairs of worlds each, {calibration} calibration, "
        "95% "
        "intervals over pairs. Access of small companies in points, profits in USD bn a month; Theta is refused (a "
        "dash) "
        "where labs do not clearly lose."
    )


def table(results: Library) -> Table:
    """One row per scenario under the first calibration."""
    frame = results.csv("claims", "scenarios.csv")
    rows = frame[frame["calibration"] == frame["calibration"].iloc[0]].to_dict("records")
    cells = [[row["scenario"], row["title"], *_numbers(row), class_of(row)] for row in rows]
    headings = ["", "scenario", "access", "labs", "clouds", "Theta", "class"]
    return Table(headings, cells, "llrrrrl", widths=(0.0, 2.4, 1.35, 1.5, 1.5, 1.0, 1.6))


def class_of(row: dict[str, Any]) -> str:
    """The class of a row in small letters, without what stands in brackets."""
    return str(row["class"]).partition(" (")[0].lower()


def _numbers(row: dict[str, Any]) -> list[str]:
    return [with_interval(interval_of(row, name), decimals, factor=factor) for name, factor, decimals in COLUMNS]
