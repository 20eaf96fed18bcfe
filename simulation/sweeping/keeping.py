"""What a sweep keeps of every run: tables, months and columns, and how a run that is there is recognised."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa

from scenarios.design import Design, Keep
from scenarios.errors import BadDesign
from scenarios.wording import nearest
from simulation.results.indicator_table import INDICATORS
from simulation.results.parts import declared_schema, is_sound
from simulation.results.schema import Table
from simulation.results.tables import RUN_TABLES, TABLES

NOT_THINNED = ("events", "value_capture")  # rows that are not one or more a month


def refuse_unkeepable(design: Design) -> None:
    """Raise `BadDesign` where [keep] names a table or an indicator that does not exist."""
    columns = [column.name for column in INDICATORS.own_columns]
    for key, names, known in (
        ("keep.tables", design.keep.tables, list(RUN_TABLES)), ("keep.outcomes", design.keep.outcomes, columns)
    ):  # fmt: skip
        for name in names:
            if name not in known:
                what = "table" if known[0] in RUN_TABLES else "column of indicators"
                raise BadDesign(
                    file=design.label, key=key, problem=f'"{name}" is no {what}', remedy=nearest(name, known)
                )
    if design.keep.outcomes and "indicators" not in design.keep.tables:
        raise BadDesign(
            file=design.label, key="keep.outcomes", problem="the table indicators is not kept",
            remedy='add "indicators" to keep.tables, or drop the outcomes',
        )


def parts_in_order(keep: Keep) -> tuple[str, ...]:
    """The tables kept in the order of writing: a run is complete where its part of the last is."""
    return tuple(name for name in RUN_TABLES if name in keep.tables)


def is_finished(folder: Path, digest: str, keep: Keep) -> bool:
    """Whether a run was written in full, if nobody has damaged it since (`is_whole`)."""
    return last_part(folder, digest, keep).is_file()


def last_part(folder: Path, digest: str, keep: Keep) -> Path:
    """The part that is written last: a run without it is not finished."""
    return folder / parts_in_order(keep)[-1] / f"{digest}.parquet"


def is_whole(folder: Path, digest: str, keep: Keep, *, months: int) -> bool:
    """Whether every part of a run of so many months is there, with the columns that are kept and a row for each month.

    Only the footers of the parts are read.
    """
    return all(
        is_sound(
            folder / name / f"{digest}.parquet", schema, noted=name == "indicators",
            rows=months_kept(keep, months) if name == "indicators" else None,
        )
        for name, schema in kept_schemas(keep).items()
    )  # fmt: skip


def months_kept(keep: Keep, months: int) -> int:
    """How many of so many months the design keeps."""
    end = months if keep.last is None else min(months, keep.last + 1)
    return len(range(keep.first, end, keep.every))


@lru_cache(maxsize=16)
def kept_schemas(keep: Keep) -> dict[str, pa.Schema]:
    """The Arrow schema of each table as the sweep keeps it."""
    return {name: declared_schema(kept_table(name, keep)) for name in parts_in_order(keep)}


def kept_table(name: str, keep: Keep) -> Table:
    """The schema of a table as the sweep keeps it."""
    table = TABLES[name]
    own = table.own_columns
    if name == "indicators" and keep.outcomes:
        own = tuple(column for column in own if column.name in keep.outcomes)
    return replace(table, own_columns=own, in_sweep=True)


def within(frame: pd.DataFrame, name: str, keep: Keep, *, run: str) -> pd.DataFrame:
    """The rows and columns of a table that the design keeps, the run first."""
    month = frame["month"]
    wanted = month >= keep.first
    if keep.last is not None:
        wanted &= month <= keep.last
    if name not in NOT_THINNED:
        wanted &= (month - keep.first) % keep.every == 0
    kept = frame if wanted.all() else frame[wanted].reset_index(drop=True)
    columns = [column.name for column in kept_table(name, keep) if column.name != "run"]
    kept = kept if list(kept.columns) == columns else kept[columns]
    kept = kept.copy(deep=False)
    kept.insert(0, "run", pd.array([run] * len(kept), dtype="str"))
    return kept
