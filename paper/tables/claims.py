"""The claims of the essay, what was measured of each, and the verdict."""

from __future__ import annotations

import math
import re
from typing import Any

from paper.library import Library
from paper.tabular import Table
from paper.words import NOTHING, compact

NEEDS = ("claims",)
CALIBRATIONS = ("iceberg", "lean")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def caption(results: Library) -> str:
    """What the estimate is."""
    return (
        "The claims of the essay. The estimate is that of a claim's first criterion with its 95% interval over "
        "pairs; the "
        "verdict rests on all criteria, declared before any was run. An asterisk marks what is supported by "
        "construction "
        "in part or whole."
    )


def table(results: Library) -> Table:
    """One row per claim."""
    frame = results.csv("claims", "claims.csv")
    present = [name for name in CALIBRATIONS if name in frame.columns]
    rows = []
    for row in frame.to_dict("records"):
        built = "*" if isinstance(row["by_construction"], str) and row["verdict"] == "supported" else ""
        on = f" (on {row['depends_on']})" if isinstance(row["depends_on"], str) else ""
        must = f"{row['must']} {row['unit']}" if isinstance(row["must"], str) and isinstance(row["unit"], str) else ""
        must = _NUMBER.sub(lambda match: compact(float(match[0])), must)
        rows.append(
            [row["claim"], row["says"], *(_estimate(row, name) for name in present), must,
             f"{row['verdict']}{built}{on}"]
        )  # fmt: skip
    headings = ["", "claim", *present, "must be", "verdict"]
    widths = (0.0, 3.1, *([1.5] * len(present)), 1.25, 1.35)
    return Table(headings, rows, "ll" + "r" * len(present) + "ll", widths=widths)


def _estimate(row: dict[str, Any], calibration: str) -> str:
    value, low, high = (float(row[f"{calibration}{end}"]) for end in ("", "_ci_low", "_ci_high"))
    if math.isnan(value):
        return NOTHING
    if math.isnan(low) or low == high:
        return compact(value)
    return f"{compact(value)} [{compact(low, 2)} to {compact(high, 2)}]"
