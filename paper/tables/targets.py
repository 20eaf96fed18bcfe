"""The moments that the baseline is calibrated to: observed, band, simulated, inside or outside."""

from __future__ import annotations

import math

from paper.library import Library
from paper.tabular import Table
from paper.words import NOTHING, significant
from simulation.moments.targets import INSIDE, NOT_COMPUTED, OUTSIDE

NEEDS = ("targets", "targets_lean")
MARKS = {INSIDE: "+", OUTSIDE: "\u00d7", NOT_COMPUTED: NOTHING}


def caption(results: Library) -> str:
    """What columns and intervals are."""
    runs, lean = (len(results.results(name).manifest["runs"]) for name in NEEDS)
    return (
        f"Moments of 2023 to 2025. Simulated: means of the open arm over {runs} draws with 95% intervals over draws, "
        f"iceberg calibration, beside the mean of the lean one ({lean} draws); + inside its band, \u00d7 outside, "
        f"{NOTHING} not computed. T8 follows from others and is not counted."
    )


def table(results: Library) -> Table:
    """One row per moment."""
    frame = results.csv("targets", "targets.csv")
    lean = results.csv("targets_lean", "targets.csv").set_index("id")
    rows = []
    for row in frame.itertuples():
        other = lean.loc[row.id]
        ends = NOTHING if math.isnan(row.ci_low) else f"{significant(row.ci_low)} to {significant(row.ci_high)}"
        rows.append(
            [str(row.id), str(row.moment), significant(row.value), f"{significant(row.low)} to {significant(row.high)}",
             significant(row.simulated), ends, MARKS[str(row.verdict)], significant(float(other["simulated"])),
             MARKS[str(other["verdict"])]]
        )  # fmt: skip
    headings = ["", "moment", "observed", "band", "iceberg", "95% interval", "", "lean", ""]
    return Table(headings, rows, "llrrrrlrl")
