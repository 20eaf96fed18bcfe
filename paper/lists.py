"""The long lists of the appendix, read from the declarations: all parameters, and all columns of the result tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from paper.writing import write_json
from scenarios import read_scenario
from scenarios.numbers import BASELINE
from scenarios.scenario import GROUPS
from simulation.results.tables import RUN_TABLES, TABLES

FILES = ("parameters.json", "dictionary.json")
LONGEST = 30  # characters of a value


def write_lists(out: Path) -> None:
    """Write both lists beside the numbers."""
    for name, content in zip(FILES, (parameter_list(), dictionary_list()), strict=True):
        write_json(out / name, content, sort_keys=False)


def parameter_list() -> list[dict[str, Any]]:
    """Groups with their parameters: symbol, key, value in the baseline, unit, range, source and meaning."""
    scenario = read_scenario(BASELINE)
    by_group: dict[str, list[dict[str, str]]] = {}
    for item, value in scenario.parameters():
        group, _, name = item.key.rpartition(".")
        by_group.setdefault(group, []).append(
            {"name": name, "symbol": item.symbol, "value": shown(value), "unit": "" if item.options else item.unit,
             "range": _range(item.low, item.high), "source": item.source.replace("assumed", "a").replace("fact ", "f"),
             "meaning": item.meaning}
        )  # fmt: skip
    return [
        {"group": group, "meaning": _meaning(group), "parameters": rows} for group, rows in by_group.items()
    ]


def dictionary_list() -> list[dict[str, Any]]:
    """Tables with their columns: name, unit and meaning."""
    return [
        {"table": name, "row": TABLES[name].row,
         "columns": [{"name": c.name, "unit": c.unit, "meaning": c.meaning} for c in TABLES[name].columns]}
        for name in RUN_TABLES
    ]  # fmt: skip


def shown(value: Any) -> str:
    """A value of a parameter in short."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        text = ", ".join(shown(entry) for entry in value)
        return f"({text})" if len(text) <= LONGEST else f"({', '.join(text.split(', ')[:3])}, \u2026)"
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "\u2212").replace("e+", "e")
    return str(value)


def _range(low: Any, high: Any) -> str:
    if low is None or high is None or isinstance(low, tuple) or isinstance(high, tuple) or low == high:
        return ""
    return f"{shown(low)} to {shown(high)}"


def _meaning(group: str) -> str:
    if group in GROUPS:
        return ((GROUPS[group].__doc__ or "").strip().splitlines() or [""])[0]
    return ""
