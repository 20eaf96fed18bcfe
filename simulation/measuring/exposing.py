"""From the panel to the population: what the measured workloads realise, and what each keeps without a supplier.

`exposed` is what exposures are computed from (docs/model.md 4.2); `Withdrawals` is what they are made of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.fallback import Options
from agents.offers import NONE
from market.control import Fallbacks, limited_by_staff
from market.labour import role_mix
from market.labour_market import LabourMarket
from market.serving import STAFF_REFERENCE_VOLUME
from market.units import BoolArray, FloatArray, IntArray, weighted_count
from simulation.world import MonthRecord, World

SEGMENTS = 2


@dataclass(frozen=True)
class Measured:
    """The panel's live workloads this month; (n,) each."""

    stands_for: FloatArray  # live workloads of the population behind each
    certain: BoolArray  # one of the most valuable, which are all measured
    company: IntArray
    realised: FloatArray  # USD a month per firm
    offer: IntArray  # held, NONE where none
    hours: FloatArray  # GPU-hours at clouds per firm
    options: Options


@dataclass(frozen=True)
class Exposed:
    """The workloads in use, for the whole population, and what each keeps without a supplier; (n,) each."""

    fallbacks: Fallbacks  # as limited by the specialists who are free
    kept_with_people: FloatArray  # (n, deniers) what would be kept if specialists were not missing
    instead: IntArray  # (n, deniers) offer that the best option is, NONE where there is none
    company: IntArray
    firms: FloatArray  # real firms' workloads behind each


@dataclass(frozen=True)
class Withdrawals:
    """What it takes to say what becomes of whom where any controller withdraws; one entry per horizon in `exposed`."""

    months: tuple[int, ...]  # horizons: time in which a withdrawn service must be replaced
    exposure: FloatArray  # (horizons, controllers) of this month
    exposed: tuple[Exposed, ...]
    share: FloatArray  # (offers, controllers) as in `market.control.exposures`
    pool: FloatArray  # (controllers,) GPU-hours a month that the displaced can have
    undelivered: tuple[float, ...]  # share of inference that stops where the chip vendor delivers nothing


def firms_in_use(world: World, record: MonthRecord, measured: Measured) -> FloatArray:
    """Real firms' workloads behind each of the panel, brought to what the population realises; (n,), 0 where unused."""
    uses = (measured.offer != NONE) & (measured.realised > 0)
    offer, company = measured.offer[uses], measured.company[uses]
    drawn = measured.stands_for[uses] * world.companies.weight[company]
    firms = np.zeros(len(uses))
    firms[uses] = drawn * calibration(
        world, record, offer=offer, company=company, certain=measured.certain[uses],
        value=drawn * measured.realised[uses],
    )  # fmt: skip
    return firms


def exposed(
    world: World, measured: Measured, *, firms_behind: FloatArray, denier: IntArray, span: int
) -> Exposed:  # fmt: skip
    """The workloads in use and what each keeps where a supplier is gone for the horizon in place `span`.

    firms_behind (n,) of `firms_in_use`; denier (offers, deniers): controllers that can withdraw each offer.
    """
    uses = np.flatnonzero((measured.offer != NONE) & (measured.realised > 0))
    offer, company, found = measured.offer[uses], measured.company[uses], measured.options
    firms = firms_behind[uses]
    fallbacks = Fallbacks(
        value=firms * measured.realised[uses], hours=firms * measured.hours[uses], offer=offer,
        denier=denier.take(offer, axis=0), kept=found.kept[span].take(uses, axis=0),
        needs=firms[:, None] * found.needs[span].take(uses, axis=0), runs_on=found.runs_on[span].take(uses, axis=0),
    )  # fmt: skip
    kept = fallbacks.kept
    if world.labour is not None:
        people = firms[:, None] * found.people[span].take(uses, axis=0)
        limited = limited_by_staff(fallbacks, people=people, idle=teams_without_a_job(world.labour))
        fallbacks = replace(fallbacks, kept=limited)
    return Exposed(
        fallbacks=fallbacks, kept_with_people=kept, instead=found.instead[span].take(uses, axis=0), company=company,
        firms=firms,
    )  # fmt: skip


def teams_without_a_job(market: LabourMarket) -> float:
    """FTE that can start to run models, in the mix of a mid-sized service: the scarcest role limits."""
    return float(np.maximum(market.idle / role_mix(STAFF_REFERENCE_VOLUME), 0.0).min())


def calibration(
    world: World, record: MonthRecord, *, offer: IntArray, company: IntArray, certain: BoolArray, value: FloatArray
) -> FloatArray:
    """Factors (n,) that bring the sample's realised value by offer and segment to that of the population.

    That value is known exactly: only what happens within a segment's users of an offer is estimated (Deville and
    Särndal 1992). What is sampled with certainty is left as it is.
    """
    demand, segment = record.demand, world.companies.segment.astype(np.int64)
    cells = SEGMENTS * len(world.book.offers)
    place = SEGMENTS * demand.code + segment[world.companies.company[demand.live_rows]]
    cell = SEGMENTS * offer + segment[company]
    known = weighted_count(place, demand.weight * demand.wanted.gross * record.service.served, cells)
    known -= weighted_count(cell[certain], value[certain], cells)
    sampled = weighted_count(cell[~certain], value[~certain], cells)
    factor = np.divide(np.maximum(known, 0.0), sampled, out=np.ones(cells), where=sampled > 0)
    return np.where(certain, 1.0, factor[cell])
