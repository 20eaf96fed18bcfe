"""Whose models companies use, this month and a year ago: main labs, newer models, and how many families at once.

Measures of targets T10 and T11. Everything is read from what companies hold and were billed; nothing reads it back.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from agents.census import vendors_of_companies
from market.goods import Route
from market.units import MONTHS_PER_YEAR, FloatArray, IntArray, SmallArray
from simulation.world import MonthRecord, World

ENTERPRISE, LARGE = 0, 2  # codes of the columns `segment` and `size_class`
SEVERAL = 3  # model families from which on a company is said to use several
NOBODY = -1


@dataclass(frozen=True)
class MainLabs:
    """Whom each company pays most for models in a month, and how good the best version it uses of theirs is."""

    lab: SmallArray  # (companies,) seller code of the developer, -1 without API spend
    quality: FloatArray  # (companies,) points, 0 without API spend


class VendorYear:
    """Remembers the main labs of the last twelve months."""

    def __init__(self) -> None:
        self._past: deque[MainLabs] = deque(maxlen=MONTHS_PER_YEAR)

    def measure(self, world: World, record: MonthRecord) -> dict[str, float]:
        """Take in the month, and compare it with the same month a year ago; call once a month."""
        companies = world.companies
        now, families = models_in_use(world, record)
        year_ago = self._past[0] if len(self._past) == MONTHS_PER_YEAR else None
        self._past.append(now)
        enterprise = companies.segment == ENTERPRISE
        switched, upgraded = moves_of_year(now, year_ago, weight=companies.weight * enterprise)
        large = companies.weight * (families > 0) * (companies.size_class == LARGE)
        return {
            "vendor_switching_rate": switched,
            "vendor_upgrade_rate": upgraded,
            "multi_homing_large": _share(large * (families >= SEVERAL), large),
        }


def models_in_use(world: World, record: MonthRecord) -> tuple[MainLabs, IntArray]:
    """The developer of the models on which each company spends most through interfaces, closed or hosted open, and the
    developers whose models it uses on any route; (companies,).

    API spend is what interfaces bill by the token; companies that run all their models themselves have none.
    """
    companies, demand = world.companies, record.demand
    by_token = demand.sheet.route[demand.code] <= Route.HOSTED_OPEN
    lab, quality, families = vendors_of_companies(
        demand.owner, demand.sheet.vendor[demand.code], np.where(by_token, record.accounts.bill_by_slot, 0),
        companies.held_quality[demand.live_rows], companies.rows, len(world.code_of),
    )  # fmt: skip
    return MainLabs(lab=lab, quality=quality), families


def moves_of_year(now: MainLabs, year_ago: MainLabs | None, *, weight: FloatArray) -> tuple[float, float]:
    """Shares of companies whose main lab is another than a year ago, and that use a newer model of the same one.

    Of companies with API spend at both dates, by `weight` (companies,). A newer model of a lab is one better than the
    best that the company used of it, since a lab releases nothing worse. NaN in the first year.
    """
    if year_ago is None:
        return np.nan, np.nan
    both = weight * ((now.lab != NOBODY) & (year_ago.lab != NOBODY))
    same = now.lab == year_ago.lab
    return _share(both * ~same, both), _share(both * (same & (now.quality > year_ago.quality)), both)


def host_price_elasticity(record: MonthRecord) -> float:
    """Own-price elasticity of demand for an open model at one of its hosts, other prices fixed, weighted by tokens.

    Of the panel of accounts on which sellers price: every live workload as if under review, its switching costs
    included. Models with one host are left out; NaN where no open model is served by several.
    """
    panel, sheet, tokens = record.tariffs.panel, record.demand.sheet, record.service.tokens_by_offer
    hosted = np.flatnonzero((sheet.route == Route.HOSTED_OPEN) & sheet.available & panel.demand.feasible)
    model = sheet.model[hosted].astype(np.int64)
    hosted = hosted[np.bincount(model)[model] > 1] if hosted.size else hosted
    if tokens[hosted].sum() <= 0:
        return np.nan
    found = panel.demand.response(sheet.price, hosted)
    counted = (found.quantity > 0) & (tokens[hosted] > 0)
    own = np.diag(found.derivative)[counted] * sheet.price[hosted][counted] / found.quantity[counted]
    return _share(own * tokens[hosted][counted], tokens[hosted][counted])


def _share(part: FloatArray, whole: FloatArray) -> float:
    """Sum over sum; NaN without a whole."""
    total = float(np.sum(whole))
    return float(np.sum(part)) / total if total > 0 else np.nan
