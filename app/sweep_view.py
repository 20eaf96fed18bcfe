"""Results folders of any command, a sweep's above all: those the server may show, or one sent as a zip."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import reacton.ipyvuetify as rv
import solara

from app.chart import Chart
from app.parts import Choose, Note, tag
from app.series import date_of, number_text, rounded, shown_unit
from app.serving import RESULTS
from app.session import Session
from app.uploads import LARGEST_ZIP, Refused, read_upload, unpack_results
from simulation.results.errors import StorageError
from simulation.results.indicator_table import INDICATORS
from simulation.results.querying import columns_of
from simulation.results.reading import MANIFEST, open_results
from simulation.results.summary import CannotSummarise, Sweep

LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#8C6D31", "#555555")  # told apart by all
MOST_FOLDERS, MOST_ROWS = 200, 60
UNREADABLE = (  # what a folder that somebody sent may bring about while it is read
    StorageError, CannotSummarise, OSError, LookupError, TypeError, ValueError, AttributeError, duckdb.Error
)  # fmt: skip


@dataclass(frozen=True)
class Browsed:
    """One indicator of a results folder: its means by what varies, and its path by month."""

    outcome: str
    by: tuple[str, ...]
    means: pd.DataFrame  # the keys, mean, low, high, runs
    paths: pd.DataFrame  # the keys, month, value: mean over the runs of a group
    title: str


def folders_in(place: Path | None) -> list[str]:
    """Names of the finished results folders below a place, the newest first; none where there is no place."""
    if place is None or not place.is_dir():
        return []
    found = [folder for folder in place.iterdir() if (folder / MANIFEST).is_file()]
    found.sort(key=lambda folder: (folder / MANIFEST).stat().st_mtime, reverse=True)
    return [folder.name for folder in found[:MOST_FOLDERS]]


def browse(folder: Path, outcome: str) -> Browsed:
    """What a folder says about one indicator; raises StorageError or CannotSummarise."""
    sweep = Sweep(open_results(folder))
    by = (*sweep.varying, *sweep.factors)
    means = sweep.means(by, outcomes=(outcome,))
    count, units = sweep.units()
    return Browsed(outcome, by, means, sweep.paths(by, outcome=outcome), f"intervals over {count} {units}")


def outcomes_of(folder: Path) -> tuple[str, ...]:
    """The indicators a folder holds."""
    sweep = Sweep(open_results(folder))
    kept = set(columns_of(sweep.base, "indicators"))
    return tuple(column.name for column in INDICATORS.own_columns if column.name in kept)


def paths_option(found: Browsed) -> dict[str, Any]:
    """The path of every group by month."""
    factor = shown_unit(INDICATORS[found.outcome])[1]
    groups = found.paths.groupby(list(found.by), sort=False, dropna=False)
    series = [
        {
            "type": "line", "name": _name(key), "showSymbol": False, "color": LINES[place % len(LINES)],
            "lineStyle": {"type": "solid" if place < len(LINES) else "dashed"},
            "data": [
                [date_of(int(month)), rounded(value * factor)]
                for month, value in zip(part["month"], part["value"], strict=True)
            ],
        }
        for place, (key, part) in enumerate(groups)
        if place < 2 * len(LINES)
    ]  # fmt: skip
    return {
        "grid": {"left": 6, "right": 14, "top": 40, "bottom": 2, "containLabel": True},
        "legend": {"type": "scroll", "top": 0}, "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "time", "splitLine": {"show": False}}, "yAxis": {"type": "value", "splitNumber": 4},
        "series": series,
    }  # fmt: skip


@solara.component
def ResultsFolders(session: Session) -> None:
    """Choose a folder, or send one."""
    place, set_place = solara.use_state(None)
    problem, set_problem = solara.use_state("")
    names = solara.use_memo(lambda: folders_in(RESULTS.folder), [])

    def choose(name: str) -> None:
        if RESULTS.folder is not None and name in folders_in(RESULTS.folder):
            set_problem("")
            set_place(RESULTS.folder / name)

    def dropped(upload: Any) -> None:
        try:
            content = read_upload(upload, largest=LARGEST_ZIP)
            set_place(unpack_results(content, Path(tempfile.mkdtemp(dir=session.folder.name))))
            set_problem("")
        except Refused as refusal:
            set_problem(str(refusal))

    with rv.Html(tag="section", class_="cw-card cw-gap", attributes={"aria-label": "Browse results"}):
        tag("h2", "Browse the results of a sweep", class_="cw-heading")
        if names:
            chosen = place.name if place is not None and place.name in names else ""
            Choose("Results folder", chosen, [(name, name) for name in names], choose)
        else:
            tag("p", "The server shows no results folder: start it with --results DIR, or send one.", class_="cw-muted")
        solara.FileDrop(label="or drop a zipped results folder here", on_file=dropped, lazy=True)
        if problem:
            Note(problem, kind="error")
        if place is not None:
            Folder(place)


@solara.component
def Folder(place: Path) -> None:
    """One indicator of the folder at a time."""
    outcome, set_outcome = solara.use_state("access_small")
    names, found = solara.use_memo(lambda: _browsed(place, outcome), [place, outcome])
    if isinstance(found, str):
        Note(f"This folder cannot be read: {found}", kind="error")
        return
    shown = found.outcome
    column = INDICATORS[shown]
    unit, factor = shown_unit(column)
    Choose("Indicator", shown, [(name, name.replace("_", " ")) for name in names], set_outcome)
    tag("p", f"{column.meaning} ({unit}); {found.title}.", class_="cw-muted")
    Chart(paths_option(found), height=300, label=f"{shown.replace('_', ' ')}, {unit}, line chart by month and group")
    rows = [
        tag(
            "tr", *(tag("td", str(row[key])) for key in found.by), tag("td", number_text(row["mean"] * factor)),
            tag("td", f"[{number_text(row['low'] * factor)}, {number_text(row['high'] * factor)}]"),
            tag("td", str(int(row["runs"]))),
        )
        for _, row in found.means.head(MOST_ROWS).iterrows()
    ]  # fmt: skip
    heads = (*found.by, f"mean, {unit}", "95% interval", "runs")
    head = tag("thead", tag("tr", *(tag("th", text, scope="col") for text in heads)))
    tag("div", tag("table", head, tag("tbody", *rows), class_="cw-numbers"), class_="cw-scroll")
    if len(found.means) > MOST_ROWS:
        tag("p", f"The first {MOST_ROWS} of {len(found.means)} groups.", class_="cw-muted")


def _browsed(place: Path, wanted: str) -> tuple[tuple[str, ...], Browsed | str]:
    """The indicators of a folder and what it says about the one wanted, or its first; or what is wrong with it."""
    try:
        names = outcomes_of(place)
        return names, browse(place, wanted if wanted in names else names[0])
    except UNREADABLE as reason:
        return (), " ".join(str(reason).split())[:300]


def _name(key: Any) -> str:
    return ", ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
