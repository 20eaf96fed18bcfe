"""The market for specialists: who is hired, what wages become, who begins training (docs/model.md M9).

Everything is by role in the order of `market.labour.ROLES`. Sellers (labs, releasers, clouds, hosters) bid more than
companies, which draws people to them (`sellers_pull`). Theory: matching function with congestion (Butters 1977;
Petrongolo and Pissarides 2001), wages that follow excess demand (Phillips 1958), trainees who decide before they know
the market they will meet (Freeman 1976).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from market.labour import Labour
from market.units import FloatArray

SELLERS, COMPANIES = range(2)  # rows of whoever employs


@dataclass(frozen=True)
class LabourMarket:
    """Where the market stands; (roles,) unless stated, FTE."""

    stock: FloatArray  # specialists
    employed: FloatArray  # (employers, roles)
    training: FloatArray  # (months, roles) who reaches the market in the next months
    wage: FloatArray  # over the founding wage
    gap: FloatArray  # excess demand over the stock at founding
    required: FloatArray  # (employers, roles) last month's positions
    projects: float  # months of integrators' work bought and not done yet
    vacancies: FloatArray  # before this month's hires
    hires: FloatArray  # of this month
    history: tuple[FloatArray, ...] = ()  # positions of the last months

    @property
    def idle(self) -> FloatArray:
        """Specialists without a job."""
        return np.asarray(self.stock - self.employed.sum(axis=0))

    @property
    def fill(self) -> FloatArray:
        """Positions filled over positions, 1 where there are none; (employers, roles)."""
        return filled(self.employed, self.required)


def filled(employed: FloatArray, required: FloatArray) -> FloatArray:
    """`min(1, employed/required)` (M8); 1 where nobody is required."""
    share = np.divide(employed, required, out=np.ones_like(required), where=required > 0)
    return np.minimum(share, 1.0)


def matches(vacancies: float | FloatArray, idle: float | FloatArray, *, efficiency: float) -> FloatArray:
    """Hires of a month: `min(v, idle*(1 - exp(-match_eff*v/idle)))` (M9); 0 without people or vacancies."""
    seekers = np.maximum(np.asarray(idle, dtype=np.float64), 0.0)
    per_seeker = np.divide(vacancies, seekers, out=np.zeros(np.broadcast(vacancies, seekers).shape), where=seekers > 0)
    return np.asarray(np.minimum(vacancies, seekers * -np.expm1(-efficiency * per_seeker)))


def after_hiring(market: LabourMarket, labour: Labour) -> LabourMarket:
    """The market after a month's arrivals, departures and hires.

    Positions are last month's. Whoever leaves a job looks for another one from this month on.
    """
    arriving, waiting = market.training[0], market.training[1:]
    stock = market.stock * (1.0 - labour.attrition) - labour.discouraged * market.idle + arriving
    staying = market.employed * ((1.0 - labour.attrition) * (1.0 - labour.turnover))
    wanted = np.maximum(market.required - staying, 0.0)
    vacancies = wanted.sum(axis=0)
    hires = matches(vacancies, stock - staying.sum(axis=0), efficiency=labour.matching)
    return replace(
        market,
        stock=stock,
        employed=staying + split_hires(hires, wanted, pull=labour.sellers_pull),
        training=waiting,
        vacancies=vacancies,
        hires=hires,
    )


def split_hires(hires: FloatArray, wanted: FloatArray, *, pull: float) -> FloatArray:
    """Hires (roles,) shared over the vacancies `wanted` (employers, roles) by applicants, `pull` times as many for
    those of sellers; nobody hires more than it wants. (employers, roles)
    """
    drawn = wanted * np.array([pull, 1.0])[:, None]
    total = drawn.sum(axis=0)
    share = np.divide(drawn[SELLERS], total, out=np.zeros_like(hires), where=total > 0)
    of_sellers = np.clip(share * hires, hires - wanted[COMPANIES], wanted[SELLERS])
    return np.stack([of_sellers, hires - of_sellers])


def next_wage(market: LabourMarket, labour: Labour) -> FloatArray:
    """Wages over founding wages: `ln w += kw*((D - S)/S - gap0)`, not below the floor (M9)."""
    excess = market.required.sum(axis=0) / market.stock - 1.0
    wage = market.wage * np.exp(labour.wage_response * (excess - market.gap))
    return np.asarray(np.maximum(wage, labour.wage_floor))


def beginners(market: LabourMarket, labour: Labour, *, expected: FloatArray) -> FloatArray:
    """People who begin training, FTE; `expected` (roles,) positions when they will have finished.

    At the founding wage `n0` of the stock replaces who leaves; beyond that somebody begins for a share of the
    positions expected to lack people, those already in training counted. Both grow with the wage.
    """
    leaving = labour.training_months * labour.attrition * market.stock
    missing = expected / (1.0 + market.gap) - (market.stock + market.training.sum(axis=0) - leaving)
    drawn = labour.entry * market.stock + labour.entry_response * np.maximum(missing, 0.0)
    return np.asarray(drawn * market.wage**labour.entry_elasticity)
