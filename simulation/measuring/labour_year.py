"""Indicators of the market for specialists and of what their shortage does (docs/model.md M8, M9)."""

from __future__ import annotations

import numpy as np

from market.labour import ROLES
from market.labour_market import COMPANIES
from simulation.month.hiring import staffing_of
from simulation.world import MonthRecord, World

SHORT_NAMES = ("model", "operations", "integration", "data")  # of the roles, in their order


def labour_indicators(world: World, record: MonthRecord) -> dict[str, float]:
    """Wages, hiring and positions filled; what a mechanism that is off would say is left out."""
    work, hired = record.accounts.specialists, record.labour
    if work is None or hired is None:
        return {}
    market, wages = work.market, np.asarray(record.assumptions.labour.wages)
    heads = np.minimum(market.employed, market.required).sum(axis=0)
    founding = wages / market.wage
    staffing = staffing_of(world, record.assumptions, month=record.month)
    fill = staffing.fill if staffing.rules is not None else market.fill[COMPANIES]
    seekers = hired.idle.sum() + hired.hires.sum()
    total = {"vacancies": hired.vacancies.sum(), "hires": hired.hires.sum()}
    return {
        "wage_rent": work.rent,
        "wage_index": _ratio(float(heads @ wages), float(heads @ founding)),
        "tightness": _ratio(float(total["vacancies"]), float(seekers)),
        "time_to_hire": _ratio(float(total["vacancies"]), float(total["hires"])),
        "specialists": float(market.stock.sum()),
        "specialists_wanted": float(market.required.sum()),
        "work_left_undone": work.undone,
        **{f"wage_index_{name}": float(market.wage[r]) for r, name in enumerate(SHORT_NAMES)},
        **{f"fill_{name}": float(fill[r]) for r, name in enumerate(SHORT_NAMES)},
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else np.nan


assert len(SHORT_NAMES) == len(ROLES)
