"""Moments of the companies that use AI: T10, T11 and T13, real firms counted."""

from __future__ import annotations

from market.units import MONTHS_PER_YEAR
from simulation.moments.windows import Tables, calendar_year, mean_of, month_of, ratio, values_of


def vendor_switching(tables: Tables) -> float:
    """T10a: enterprises with API spend whose main lab in December 2025 is another than in December 2024."""
    return _in_december_2025(tables, "vendor_switching_rate")


def vendor_upgrade(tables: Tables) -> float:
    """T10b: those that kept their main lab in that year and use a newer model of it."""
    return _in_december_2025(tables, "vendor_upgrade_rate")


def _in_december_2025(tables: Tables, column: str) -> float:
    return float(values_of(tables, column, [month_of(2025, MONTHS_PER_YEAR)]).iloc[0])


def multi_homing(tables: Tables) -> float:
    """T11: large companies with AI that use three or more model families in the same month, mean of 2025."""
    return mean_of(tables, "multi_homing_large", calendar_year(2025))


def adoption_2023(tables: Tables) -> float:
    """T13a: companies with a live workload on any option, mean of 2023."""
    return mean_of(tables, "adoption", calendar_year(2023))


def adoption_2025(tables: Tables) -> float:
    """T13b: the same in 2025."""
    return mean_of(tables, "adoption", calendar_year(2025))


def size_gap_2023(tables: Tables) -> float:
    """T13c: adoption of companies of 250 and more employees over adoption of all, 2023."""
    return _size_gap(tables, 2023)


def size_gap_2025(tables: Tables) -> float:
    """T13d: the same in 2025."""
    return _size_gap(tables, 2025)


def _size_gap(tables: Tables, year: int) -> float:
    months = calendar_year(year)
    return ratio(mean_of(tables, "adoption_large", months), mean_of(tables, "adoption", months), of="adoption")
