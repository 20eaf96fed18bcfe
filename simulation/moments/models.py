"""Moments of the market for models: T4 to T9, T12, T19 and T20."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from market.indicators import hhi
from market.units import MONTHS_PER_YEAR
from simulation.moments.clouds import INDEX
from simulation.moments.windows import (
    NotComputed,
    Tables,
    calendar_year,
    mean_of,
    month_of,
    ratio,
    values_of,
    within,
)

ENTERPRISE, DEVELOPER = "enterprise", "developer"
CLOSED, HOSTED = "closed_api", "hosted_open"
FIXED_AT = (0, 6, 12)  # months whose frontier is followed in T20
LAST_OF_T20 = month_of(2025, 6)
CENTS_PER_BILLION = 100 * 1e9


def sold(tables: Tables, months: Iterable[int], *, segment: str, routes: Iterable[str] = ()) -> pd.DataFrame:
    """Rows of tokens sold to a segment in the window, of these routes or of all."""
    rows = within(tables, tables.market, months)
    rows = rows[(rows["service"] == "tokens") & (rows["segment"] == segment)]
    return rows[rows["route"].isin(list(routes))] if routes else rows


def fees_by_lab(tables: Tables) -> pd.Series:
    """Enterprise fees of closed interfaces in 2025, cents by developer, largest first."""
    rows = sold(tables, calendar_year(2025), segment=ENTERPRISE, routes=[CLOSED])
    fees = rows.groupby("family")["revenue_cents"].sum()
    if not fees.sum() > 0:
        raise NotComputed("no enterprise API fees in the window")
    return fees.sort_values(ascending=False)


def share_of_leader(tables: Tables) -> float:
    """T4a: share of the largest lab in enterprise API fees, 2025."""
    fees = fees_by_lab(tables)
    return float(fees.iloc[0] / fees.sum())


def share_of_three(tables: Tables) -> float:
    """T4b: share of the three largest labs."""
    fees = fees_by_lab(tables)
    return float(fees.iloc[:3].sum() / fees.sum())


def concentration(tables: Tables) -> float:
    """T4c: Herfindahl index of the same fees by lab."""
    return INDEX * hhi(fees_by_lab(tables).to_numpy())


def open_share(tables: Tables, months: Iterable[int], *, segment: str) -> float:
    """Tokens served by open weights on any route over all tokens of a segment."""
    rows = sold(tables, months, segment=segment)
    served = rows["quantity_served"]
    return ratio(served[rows["open"]].sum(), served.sum(), of=f"{segment} tokens")


def open_share_enterprise_2024(tables: Tables) -> float:
    """T5a: enterprise open share, December 2024."""
    return open_share(tables, [month_of(2024, 12)], segment=ENTERPRISE)


def open_share_enterprise_2025(tables: Tables) -> float:
    """T5b: enterprise open share, December 2025."""
    return open_share(tables, [month_of(2025, 12)], segment=ENTERPRISE)


def open_share_developer(tables: Tables) -> float:
    """T6: developer open share, 2025."""
    return open_share(tables, calendar_year(2025), segment=DEVELOPER)


def price_of_open_over_closed(tables: Tables) -> float:
    """T7: price paid per token on hosted open models over closed interfaces, developers, 2025."""
    return ratio(_price_paid(tables, HOSTED), _price_paid(tables, CLOSED), of="fees of closed interfaces")


def _price_paid(tables: Tables, route: str) -> float:
    """Cents per token served to developers on a route in 2025."""
    rows = sold(tables, calendar_year(2025), segment=DEVELOPER, routes=[route])
    return ratio(rows["revenue_cents"].sum(), rows["quantity_served"].sum(), of=f"developer tokens on {route}")


def open_revenue_share_developer(tables: Tables) -> float:
    """T8: hosted open fees over all API fees of developers, 2025."""
    rows = sold(tables, calendar_year(2025), segment=DEVELOPER, routes=[CLOSED, HOSTED])
    revenue = rows["revenue_cents"]
    return ratio(revenue[rows["route"] == HOSTED].sum(), revenue.sum(), of="developer API fees")


def elasticity_across_hosts(tables: Tables) -> float:
    """T9: own-price elasticity across hosts of an open model, weighted by the month's open tokens, 2025."""
    months = calendar_year(2025)
    monthly = values_of(tables, "host_price_elasticity", months)
    rows = within(tables, tables.market, months)
    tokens = rows[rows["route"] == HOSTED].groupby("month")["quantity_served"].sum()
    monthly, weight = monthly.align(tokens, join="left", fill_value=0.0)
    weight = weight.where(monthly.notna(), 0.0)
    if not weight.sum() > 0:
        raise NotComputed("no hosted open tokens in the window")
    return float((monthly.fillna(0.0) * weight).sum() / weight.sum())


def open_lag(tables: Tables) -> float:
    """T12: months by which the best open model trails, mean of January 2023 to October 2025."""
    return mean_of(tables, "open_lag_months", range(month_of(2025, 10) + 1))


def api_spend(tables: Tables, month: int) -> float:
    """Enterprise fees of closed and hosted open interfaces in a month, times 12, USD bn."""
    fees = sold(tables, [month], segment=ENTERPRISE, routes=[CLOSED, HOSTED])["revenue_cents"].sum()
    return float(fees) * MONTHS_PER_YEAR / CENTS_PER_BILLION


def api_spend_end_2024(tables: Tables) -> float:
    """T19a: enterprise API spend, December 2024."""
    return api_spend(tables, month_of(2024, 12))


def api_spend_mid_2025(tables: Tables) -> float:
    """T19b: enterprise API spend, June 2025."""
    return api_spend(tables, month_of(2025, 6))


def price_decline(tables: Tables) -> float:
    """T20: factor a year by which the lowest posted token price at a fixed quality falls.

    Geometric mean over the frontiers of months 0, 6 and 12, each from the month it was first on offer to June 2025.
    """
    rows = within(tables, tables.market, range(LAST_OF_T20 + 1))
    posted = rows[rows["route"].isin([CLOSED, HOSTED]) & (rows["price_usd"] > 0) & np.isfinite(rows["quality"])]
    factors = [_yearly_fall(posted, frontier=_frontier(posted, month)) for month in FIXED_AT]
    return float(np.exp(np.mean(np.log(factors))))


def _frontier(posted: pd.DataFrame, month: int) -> float:
    """Quality of the best model on offer in a month."""
    quality = posted.loc[posted["month"] == month, "quality"]
    if quality.empty:
        raise NotComputed(f"no model is on offer in month {month}")
    return float(quality.max())


def _yearly_fall(posted: pd.DataFrame, *, frontier: float) -> float:
    """Lowest price of a quality when it was first on offer over the lowest at the end, per year."""
    lowest = posted[posted["quality"] >= frontier].groupby("month")["price_usd"].min()
    first, last = int(lowest.index[0]), int(lowest.index[-1])
    if last < LAST_OF_T20:
        raise NotComputed("a quality is no longer on offer at the end of the window")
    return float((lowest[first] / lowest[last]) ** (MONTHS_PER_YEAR / (last - first)))
