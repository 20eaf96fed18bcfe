"""How experiments tell their numbers: estimates as text and as plain data, tables as CSV and JSON."""

from __future__ import annotations

import csv
import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from market.estimators import Interval

WIDTH = 120  # characters
BILLION = 1e9


def interval_text(estimate: Interval, *, factor: float = 1.0, digits: int = 2, signed: bool = False) -> str:
    """A value with its 95% interval in brackets; a dash where there is none."""
    if estimate.refused or math.isnan(estimate.value):
        return "-"
    sign = "+" if signed else ""
    value, low, high = (factor * end for end in (estimate.value, estimate.low, estimate.high))
    ends = "" if math.isnan(low) else f" [{low:{sign}.{digits}f}, {high:{sign}.{digits}f}]"
    return f"{value:{sign}.{digits}f}{ends}"


def points_text(estimate: Interval) -> str:
    """A change of a share, in percentage points."""
    return interval_text(estimate, factor=100.0, signed=True)


def money_text(estimate: Interval) -> str:
    """A change of money, in USD bn a month."""
    return interval_text(estimate, factor=1.0 / BILLION, signed=True)


def estimate_data(name: str, estimate: Interval) -> dict[str, float | None]:
    """An estimate as three named numbers, None where it is refused or unknown."""
    ends = {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return {key: None if estimate.refused or math.isnan(value) else value for key, value in ends.items()}


def named_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV, the columns in the order in which rows name them; empty where a row has no value."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: "" if value is None else value for key, value in row.items()} for row in rows)
    return text.getvalue()


def wrapped(text: str) -> str:
    """A paragraph of the report."""
    return textwrap.fill(text, WIDTH)
