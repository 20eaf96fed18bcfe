"""Files to take away: figures for paper, data and scenario, made of the same numbers as the page."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from app.chart import on_paper
from app.choices import FILE_NAME, Choice
from app.comparing import ArmsCompared
from app.comparing_charts import by_month, shown_measures
from app.courses import Snapshot
from app.series import SECTIONS, Panel
from simulation.answering.figures import STYLE, TITLE_WIDTH, saved_as
from simulation.answering.figures import draw as draw_answer
from simulation.results.tables import RUN_TABLES
from simulation.timeline import FIRST_YEAR

FIGURE_KINDS = {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}
DATA_KINDS = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
ANSWER, PAIRS_BY_MONTH = "answers", "pairs by month"  # tables of the comparison, where there is one
THE_ANSWER = "the comparison of the arms"
OF_BOTH_ARMS = (THE_ANSWER, ANSWER, PAIRS_BY_MONTH)
PANELS = {f"{section}: {panel.title}": (panel,) for section, panels in SECTIONS.items() for panel in panels}
FIGURES: Mapping[str, tuple[Panel, ...]] = {f"{section}, all": panels for section, panels in SECTIONS.items()} | PANELS
PANEL_WIDTH, PANEL_HEIGHT = 3.5, 2.4  # inches: one column of a journal


def panels_figure(panels: tuple[Panel, ...], snapshot: Snapshot, *, before: pd.DataFrame | None = None) -> Any:
    """Draw charts of the Explore page side by side; `before` is an earlier run, drawn thin and dashed."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(PANEL_WIDTH * columns, PANEL_HEIGHT * rows + 0.4), layout="constrained")
        for place, panel in enumerate(panels, start=1):
            axes = figure.add_subplot(rows, columns, place)
            for line in panel.lines:
                colour = on_paper(line.colour)
                if before is not None:
                    axes.plot(*_xy(before, line.column, panel), color=colour, linewidth=0.7, linestyle="--")
                axes.plot(*_xy(snapshot.indicators, line.column, panel), color=colour, linewidth=1.3, label=line.label)
            axes.set_title(panel.title)
            axes.set_ylabel(panel.unit)
            if panel.log:
                axes.set_yscale("log")
            axes.legend(loc="best", fontsize=6.0)
        scenario = snapshot.scenario
        told = f"{scenario.title or scenario.name}, {snapshot.arm} arm, draw {snapshot.draw}"
        figure.suptitle(told[:TITLE_WIDTH], fontsize=8.0, x=0.01, ha="left")
        about = f"{scenario.companies.count:,} companies, {scenario.companies.calibration} calibration"
        dashed = "; dashed: the run before" if before is not None else ""
        figure.supxlabel(about + dashed, fontsize=5.5, x=0.01, ha="left")
    return figure


def figure_file(name: str, kind: str, *, snapshot: Snapshot | None, compared: ArmsCompared | None,
                before: pd.DataFrame | None = None) -> bytes:  # fmt: skip
    """The figure of that name as a file; raises LookupError where there is nothing to draw yet."""
    if name == THE_ANSWER:
        if compared is None or compared.answer is None:
            raise LookupError("no pair of worlds is complete yet")
        return saved_as(draw_answer(compared.answer), (kind,))[kind]
    if snapshot is None:
        raise LookupError("no month is simulated yet")
    return saved_as(panels_figure(FIGURES[name], snapshot, before=before), (kind,))[kind]


def figure_names(*, snapshot: Snapshot | None, compared: ArmsCompared | None) -> tuple[str, ...]:
    """Figures that can be taken away."""
    done = compared is not None and compared.answer is not None
    return (*((THE_ANSWER,) if done else ()), *(FIGURES if snapshot is not None else ()))


def table_names(*, snapshot: Snapshot | None, compared: ArmsCompared | None) -> tuple[str, ...]:
    """Tables that can be taken away."""
    done = compared is not None and compared.answer is not None
    return (*(RUN_TABLES if snapshot is not None else ()), *((ANSWER, PAIRS_BY_MONTH) if done else ()))


def data_file(table: str, kind: str, *, snapshot: Snapshot | None, compared: ArmsCompared | None) -> bytes:
    """A table as a file, all months so far; raises LookupError where there is nothing to write yet."""
    if table in (ANSWER, PAIRS_BY_MONTH):
        if compared is None or compared.answer is None:
            raise LookupError("no pair of worlds is complete yet")
        frame = compared.answer.table if table == ANSWER else pairs_by_month(compared)
        return written(frame, kind)
    if snapshot is None:
        raise LookupError("no month is simulated yet")
    with snapshot.reading() as economy:
        frame = getattr(economy.results((table,)), table)
    return written(frame, kind)


def pairs_by_month(compared: ArmsCompared) -> pd.DataFrame:
    """Means of both arms, difference and interval by month of every measure of the comparison."""
    answer = compared.answer
    if answer is None:
        raise LookupError("no pair of worlds is complete yet")
    frames = []
    for measure in shown_measures(answer):
        frame = by_month(answer, measure)
        frame.insert(0, "measure", measure.column)
        frame.insert(1, "unit", measure.unit)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def written(frame: pd.DataFrame, kind: str) -> bytes:
    """A frame as CSV, every number with all its digits, or as Parquet."""
    if kind == "csv":
        return str(frame.to_csv(index=False)).encode()
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def file_name(choice: Choice, what: str, kind: str) -> str:
    """A name that says which world the file is of; `choice` is what was simulated, or whose arms were compared."""
    world = "both-arms" if what in OF_BOTH_ARMS else f"{choice.arm}-draw{choice.draw}"
    words = f"commonweight-{choice.scenario.replace('/', '-')}-{world}-{what}"
    return "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in words) + f".{kind}"


def scenario_file_name(choice: Choice) -> str:
    """The name under which the scenario is taken away, as the command line expects it for one's own."""
    if choice.text:
        return FILE_NAME
    return f"{choice.scenario.replace('/', '-')}{'-changed' if choice.changes else ''}.toml"


def _xy(frame: pd.DataFrame, column: str, panel: Panel) -> tuple[Any, Any]:
    """Years and values of a line."""
    return FIRST_YEAR + np.asarray(frame["month"]) / 12.0, np.asarray(frame[column]) * panel.factor
