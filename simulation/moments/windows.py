"""Windows of time over result tables, and what the moments have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from market.units import MONTHS_PER_YEAR
from simulation.timeline import FIRST_YEAR

MONTHS_NEEDED = 36  # to December 2025, where the last window ends


class NotComputed(Exception):
    """A moment has no value in these tables; the message says what is missing."""


@dataclass(frozen=True)
class Tables:
    """The result tables of one world: one scenario, calibration, arm and draw."""

    indicators: pd.DataFrame
    market: pd.DataFrame
    sellers: pd.DataFrame
    flows: pd.DataFrame

    @classmethod
    def of(cls, run: Any) -> Tables:
        """The tables of a `Run`, or of a results folder that holds one world."""
        tables = cls(**{name: getattr(run, name) for name in cls.__dataclass_fields__})
        keys = tables.indicators[["scenario", "calibration", "arm", "draw"]].drop_duplicates()
        if len(keys) > 1:
            raise ValueError(f"{len(keys)} worlds in these tables; moments are of one: choose scenario, arm and draw")
        return tables


def month_of(year: int, month: int) -> int:
    """Number of a calendar month; 0 is January 2023."""
    return (year - FIRST_YEAR) * MONTHS_PER_YEAR + month - 1


def calendar_year(year: int) -> range:
    """The months of a calendar year."""
    return range(month_of(year, 1), month_of(year, 12) + 1)


def within(tables: Tables, frame: pd.DataFrame, months: Iterable[int]) -> pd.DataFrame:
    """The rows of these months; refuses a window that was not simulated to its end."""
    months = list(months)
    last = int(tables.indicators["month"].max()) if len(tables.indicators) else -1
    if last < months[-1]:
        raise NotComputed(f"needs {months[-1] + 1} months; {last + 1} were simulated")
    return frame[frame["month"].isin(months)]


def values_of(tables: Tables, column: str, months: Iterable[int]) -> pd.Series:
    """An indicator by month; refuses a column that no mechanism fills in that window."""
    if column not in tables.indicators:
        raise NotComputed(f"there is no indicator {column}")
    rows = within(tables, tables.indicators, months)
    values = rows.set_index("month")[column].sort_index()
    if values.isna().all():
        raise NotComputed(f"no value of indicators.{column} in the window")
    return values


def mean_of(tables: Tables, column: str, months: Iterable[int]) -> float:
    """Mean of an indicator over the months that have a value."""
    return float(values_of(tables, column, months).mean())


def ratio(part: float, whole: float, *, of: str) -> float:
    """part/whole; refuses an empty whole, named `of`."""
    if not whole > 0:
        raise NotComputed(f"no {of} in the window")
    return float(part) / float(whole)


def names_of(tables: Tables, **kind: str) -> set[str]:
    """Names of the holders whose columns have these values: names_of(tables, layer="cloud")."""
    sellers = tables.sellers
    for column, value in kind.items():
        sellers = sellers[sellers[column] == value]
    return set(sellers["seller"])


def received(tables: Tables, months: Iterable[int], *, flows: Iterable[str], payees: set[str]) -> pd.Series:
    """Cents that each of `payees` was paid by these kinds of flow over the window, 0 for who got none."""
    rows = within(tables, tables.flows, months)
    rows = rows[rows["flow"].isin(list(flows)) & rows["payee"].isin(payees)]
    return rows.groupby("payee")["cents"].sum().reindex(sorted(payees), fill_value=0)


def paid(tables: Tables, months: Iterable[int], *, flows: Iterable[str], payers: set[str] | None = None) -> pd.Series:
    """Cents that each payer (of `payers`) paid by these kinds of flow over the window."""
    rows = within(tables, tables.flows, months)
    rows = rows[rows["flow"].isin(list(flows))]
    if payers is not None:
        rows = rows[rows["payer"].isin(payers)]
    return rows.groupby("payer")["cents"].sum()
