"""Means and differences of a sweep as a person reads them, and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import pandas as pd

from simulation.answering.measures import MEASURES, Measure
from simulation.console import aligned, as_json
from simulation.results.indicator_table import INDICATORS
from simulation.results.summary import Sweep, Window
from simulation.timeline import month_name

NOTHING = "-"
_UNITS = {"share": ("%", 100.0, 2), "USD/month": ("USD bn a month", 1e-9, 3)}


def show_text(sweep: Sweep, *, by: Sequence[str], outcomes: Sequence[str], window: Window | None) -> str:
    """What the folder holds, and the means by scenario or other keys with their intervals."""
    frame = sweep.means(by, outcomes=outcomes, window=window)
    keys = [name for name in frame.columns if name not in ("outcome", "mean", "low", "high", "runs")]
    head = [*keys, "mean", "low", "high", "runs"]

    def row(line: pd.Series, measure: Measure) -> list[str]:
        numbers = [_number(line[name], measure) for name in ("mean", "low", "high")]
        return [*(_text(line[key]) for key in keys), *numbers, f"{line['runs']:,}"]

    return "\n".join([*_headline(sweep), *_blocks(sweep, frame, head, row, window)])


def compare_text(
    sweep: Sweep, *, by: str, against: str | None, outcomes: Sequence[str], window: Window | None
) -> str:
    """Paired differences along one key with their intervals; an interval that leaves out 0 is marked."""
    frame = sweep.differences(by, against=against, outcomes=outcomes, window=window)
    reference = frame["against"].iloc[0]
    head = [by, str(reference), "there", "difference", "low", "high", "", "pairs"]

    def row(line: pd.Series, measure: Measure) -> list[str]:
        numbers = [_number(line[name], measure) for name in ("reference", "mean", "difference", "low", "high")]
        clear = "*" if line["low"] > 0 or line["high"] < 0 else ""
        return [_text(line[by]), *numbers, clear, f"{line['pairs']:,}"]

    lead = f"Worlds alike in all but {by}, less those with {by} = {reference}; * the interval leaves out 0"
    return "\n".join([lead, *_blocks(sweep, frame, head, row, window)])


def rows_as_json(frame: pd.DataFrame) -> str:
    """The rows of a table as JSON, with null where there is no number."""
    return as_json(json.loads(frame.to_json(orient="records", double_precision=15)))


def _headline(sweep: Sweep) -> list[str]:
    """How many runs there are and how many failed, and the first failure."""
    manifest = sweep.results.manifest
    count, failed = sweep.rows("SELECT count(*), count(*) FILTER (status = 'failed') FROM runs")[0]
    lines = [f"{manifest.get('title') or sweep.results.folder}: {count:,} runs"]
    if failed:
        (error, command), *_ = sweep.rows(
            "SELECT error, command FROM runs WHERE status = 'failed' ORDER BY number LIMIT 1"
        )
        lines[0] += f", of which {failed:,} failed and count for nothing"
        lines += [f"first failure: {error}", f"repeat it, in {sweep.results.folder}, with: {command}"]
    return lines


def _blocks(sweep: Sweep, frame: pd.DataFrame, head: list[str], row: object, window: Window | None) -> list[str]:
    """One block of aligned rows per outcome."""
    assert callable(row)
    first, last = sweep.months_counted(window)
    count, noun = sweep.units()
    lines = [f"means over {month_name(first)} to {month_name(last)}; 95% intervals over {count:,} {noun}"]
    left = head.index("mean") if "mean" in head else 1
    for outcome, part in frame.groupby("outcome", sort=False):
        measure = _measure(str(outcome))
        unit = f" [{measure.unit}]" if measure.unit else ""
        rows = [head, *(row(line, measure) for _, line in part.iterrows())]
        lines += ["", f"{outcome}{unit}: {measure.label}", aligned(_padded(rows, left))]
    return lines


def _padded(rows: list[list[str]], left: int) -> list[list[str]]:
    """The first columns as texts, filled to the right so that only numbers are pushed."""
    widths = [max(len(row[place]) for row in rows) for place in range(left)]
    return [[*(text.ljust(width) for text, width in zip(row, widths, strict=False)), *row[left:]] for row in rows]


def _measure(column: str) -> Measure:
    """How an indicator is shown."""
    for measure in MEASURES:
        if measure.column == column:
            return Measure(column, measure.label.strip(), measure.section, measure.unit, measure.per_unit,
                           measure.decimals)
    declared = INDICATORS[column]
    unit, per_unit, decimals = _UNITS.get(declared.unit, (declared.unit, 1.0, 3))
    return Measure(column, declared.meaning, "", unit, per_unit, decimals)


def _number(value: float, measure: Measure) -> str:
    if not math.isfinite(value):
        return NOTHING
    return f"{value * measure.per_unit:,.{measure.decimals}f}"


def _text(value: object) -> str:
    if isinstance(value, float):
        return NOTHING if math.isnan(value) else f"{value:g}"
    return str(value)
