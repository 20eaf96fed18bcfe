"""Moments of the cloud market: T1 to T3, on total revenue, ordinary business included."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from market.indicators import hhi
from market.units import MONTHS_PER_YEAR
from simulation.moments.windows import (
    NotComputed,
    Tables,
    calendar_year,
    month_of,
    names_of,
    ratio,
    received,
    values_of,
)

RENT = ("compute_rent", "take_or_pay_shortfall")  # hours held, and hours reserved and not used
PLATFORM = ("hosted_fee", "marketplace_cut", "egress", "poc_cost")
TOTAL_REVENUE = (*RENT, *PLATFORM, "legacy_cloud_fee")  # what customers pay for; a flow nobody pays adds nothing
INDEX = 10_000  # Herfindahl points of a monopoly


def cloud_revenue(tables: Tables, months: Iterable[int]) -> pd.Series:
    """Cents of revenue by cloud, ordinary and AI, every fringe firm by itself."""
    revenue = received(tables, months, flows=TOTAL_REVENUE, payees=names_of(tables, layer="cloud"))
    if not revenue.sum() > 0:
        raise NotComputed("no cloud revenue in the window")
    return revenue


def top_share(tables: Tables) -> float:
    """T1: revenue share of the hyperscalers in 2025."""
    revenue = cloud_revenue(tables, calendar_year(2025))
    hyperscalers = names_of(tables, layer="cloud", role="hyperscaler")
    return ratio(revenue[sorted(hyperscalers)].sum(), revenue.sum(), of="cloud revenue")


def concentration(tables: Tables) -> float:
    """T2a: Herfindahl index of calendar 2025."""
    return INDEX * hhi(cloud_revenue(tables, calendar_year(2025)).to_numpy())


def erosion_of_concentration(tables: Tables) -> float:
    """T2b: change of that index from month 0 to 2025, over its level in month 0."""
    at_start = INDEX * hhi(cloud_revenue(tables, [0]).to_numpy())
    return concentration(tables) / at_start - 1


def switching(tables: Tables) -> float:
    """T3: yearly share of companies whose primary cloud changes, mean of 2023, 2024 and 2025.

    Each December's value compares with the December before.
    """
    yearly = []
    for year in (2023, 2024, 2025):
        last = month_of(year, MONTHS_PER_YEAR)
        yearly.append(values_of(tables, "cloud_switching_rate", [last]).to_numpy())
    return float(np.mean(yearly))
