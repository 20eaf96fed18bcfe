"""The answer under rival structures: another rule of pricing, choice, ordering or review, everything else the same."""

from __future__ import annotations

from paper.drawing import interval_of
from paper.library import Library
from paper.tables.scenarios import COLUMNS, class_of
from paper.tabular import Table
from paper.words import with_interval

NEEDS = ("structures",)


def caption(results: Library) -> str:
    """What columns are."""
    frame, scenario = results.csv("structures", "structures.csv"), results.scenario("structures")
    return (
        f"The answer under rival structures: open less closed, {int(frame['pairs'].max())} pairs of worlds each, "
        f"{scenario.companies.calibration} calibration, 95% intervals over pairs. Access of small companies in points, "
        "profits in USD bn a month; Theta is refused (a dash) where labs do not clearly lose."
    )


def table(results: Library) -> Table:
    """One row per structure."""
    rows: list[list[str]] = []
    for row in results.csv("structures", "structures.csv").to_dict("records"):
        numbers = [with_interval(interval_of(row, name), digits, factor=factor) for name, factor, digits in COLUMNS]
        rows.append([row["structure"], row["meaning"], *numbers, class_of(row)])
    headings = ["structure", "rule", "access", "labs", "clouds", "Theta", "class"]
    return Table(headings, rows, "llrrrrl", widths=(1.1, 2.6, 1.35, 1.5, 1.5, 0.9, 1.4))
