"""Measures of the clouds over the last twelve months: concentration of all their revenue, switching, capital spending.

Targets T1, T2 and T3 are about total cloud revenue and primary clouds, ordinary business included, over a year.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from agents.main_cloud import main_clouds
from market.flows import Flow
from market.goods import Route
from market.indicators import hhi
from market.units import CENTS_PER_DOLLAR, MONTHS_PER_YEAR, CentsArray, FloatArray, SmallArray
from simulation.month.capacity import is_hyperscaler
from simulation.month.ordinary import giant_codes
from simulation.month.tenancies import bills_of
from simulation.world import MonthRecord, World

REVENUE = (
    Flow.COMPUTE_RENT, Flow.TAKE_OR_PAY_SHORTFALL, Flow.HOSTED_FEE, Flow.MARKETPLACE_CUT, Flow.EGRESS,
    Flow.LEGACY_CLOUD_FEE, Flow.CREDIT_USE, Flow.CREDIT_EXPIRY, Flow.REVENUE_SHARE,
)  # fmt: skip
CAPITAL_SPENDING = (Flow.CAPEX_GPU, Flow.CAPEX_DC, Flow.LEGACY_CAPEX)
NOWHERE = -1
LARGEST = 3


class CloudYear:
    """What the last twelve months brought each cloud, and which cloud was each company's first a year ago."""

    def __init__(self, world: World) -> None:
        self._revenue: deque[CentsArray] = deque(maxlen=MONTHS_PER_YEAR)
        self._primary: deque[SmallArray] = deque(maxlen=MONTHS_PER_YEAR)
        self._primary.append(world.companies.tenancy.astype(np.int8))

    def measure(self, world: World, record: MonthRecord) -> dict[str, float]:
        """Take in the month, and measure the year that ends with it; call once a month."""
        flows = record.closing.books.flows
        self._revenue.append(flows.received(*REVENUE)[: len(world.clouds)])
        revenue = np.sum(self._revenue, axis=0).astype(float)
        now = primary_clouds(world, record)
        year_ago = self._primary[0] if len(self._primary) == MONTHS_PER_YEAR else None
        self._primary.append(now)
        spending = flows.paid(*CAPITAL_SPENDING)
        return {
            "cloud_hhi": hhi(revenue),
            "cloud_top3": share_of_hyperscalers(world, revenue),
            "cloud_switching_rate": switching_rate(now, year_ago, weight=world.companies.weight),
            "capex_big_four_usd": float(spending[big_four(world)].sum()) / CENTS_PER_DOLLAR,
        }


def share_of_hyperscalers(world: World, revenue: FloatArray) -> float:
    """Share of the hyperscalers in `revenue` (clouds,); of the three largest clouds where there is no hyperscaler."""
    large = np.array([is_hyperscaler(cloud) for cloud in world.clouds])
    total = float(revenue.sum())
    if total <= 0:
        return float("nan")
    top = revenue[large].sum() if large.any() else np.sort(revenue)[-LARGEST:].sum()
    return float(top) / total


def big_four(world: World) -> list[int]:
    """Codes of the hyperscalers and the platform giant, whose capital spending is target T17."""
    return [cloud.code for cloud in world.clouds if is_hyperscaler(cloud)] + giant_codes(world)


def switching_rate(now: SmallArray, year_ago: SmallArray | None, *, weight: FloatArray) -> float:
    """Share of companies whose primary cloud is another than a year ago, real firms counted; nan in the first year.

    now, year_ago (companies,) cloud codes. Companies without a primary cloud at either date are no switchers and are
    left out.
    """
    if year_ago is None:
        return float("nan")
    both = (now != NOWHERE) & (year_ago != NOWHERE)
    total = float(weight[both].sum())
    return float(weight[both & (now != year_ago)].sum()) / total if total > 0 else float("nan")


def primary_clouds(world: World, record: MonthRecord) -> SmallArray:
    """Cloud that gets most of each company's compute and platform spend, ordinary business included; (companies,).

    Compute is rented machines, platform are models hosted or resold by the cloud. -1 where nothing is spent on clouds.
    """
    companies, demand = world.companies, record.demand
    primary = companies.tenancy.astype(np.int64)
    route, code = demand.sheet.route[demand.code], demand.code
    cloud = np.where(route == Route.SELF_RENT, demand.sheet.seller[code], demand.sheet.host_cloud[code])
    cloud = cloud.astype(np.int64)
    bought = np.flatnonzero((route <= Route.SELF_RENT) & (cloud >= 0))
    ordinary = bills_of(world, total=float(demand.tenancies.revenue.sum())) / companies.weight
    primary[ordinary <= 0] = NOWHERE
    if bought.size:
        spend = demand.wanted.bill[bought] * record.service.served[bought]
        main_clouds(primary, ordinary, demand.owner[bought], cloud[bought], spend, len(world.clouds))
    return primary.astype(np.int8)
