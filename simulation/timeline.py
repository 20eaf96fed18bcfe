"""The calendar behind month numbers."""

from __future__ import annotations

from market.units import MONTHS_PER_YEAR

FIRST_YEAR = 2023


def month_name(month: int) -> str:
    """The calendar month of a number: 0 is 2023-01."""
    return f"{FIRST_YEAR + month // MONTHS_PER_YEAR}-{month % MONTHS_PER_YEAR + 1:02d}"
