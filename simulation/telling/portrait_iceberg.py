"""What running a model itself would cost one workload: the part that a newcomer sees, and the part under water."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.beliefs import Project, tolerance
from agents.offers import offer_terms
from agents.self_running import cost_parts
from agents.terms import Workloads
from market.chance import Mechanism
from market.goods import Route
from simulation.month.conditions import circumstances_of
from simulation.month.hiring import staffing_on
from simulation.telling.portrait_options import offer_name
from simulation.world import MonthRecord, World


@dataclass(frozen=True)
class Iceberg:
    """Monthly cost of running a model oneself, USD per firm: without luck, as the parts stand this month."""

    offer: str
    held: bool  # what the workload does, or else what it could do
    believed_usd: float  # visible cost times what the company takes to be hidden
    visible_usd: float  # machines at average load
    spares_usd: float  # peaks, reserve, the least that must run
    overhead_usd: float  # storage, network, monitoring
    people_usd: float
    fixed_usd: float  # tools and audits
    undone_usd: float  # worth of the other work that its own people leave undone: no bill, and a cost

    @property
    def billed_usd(self) -> float:
        """All that is paid."""
        return self.visible_usd + self.spares_usd + self.overhead_usd + self.people_usd + self.fixed_usd

    @property
    def total_usd(self) -> float:
        """All of it, as the true cost of a review."""
        return self.billed_usd + self.undone_usd


def iceberg_of(world: World, record: MonthRecord, slot: int, *, code: int | None = None) -> Iceberg | None:
    """The iceberg of the workload `slot` this month; None where no model can be run by a company itself.

    Of what it runs; else of the offer `code`, by default of the best public model on the cheapest rented machines.
    """
    companies, assumed = world.companies, record.assumptions
    held = int(companies.held[slot])
    runs = held >= 0 and record.demand.sheet.route[held] in (Route.SELF_RENT, Route.ON_PREM)
    code = held if runs else _within_reach(record) if code is None else code
    if code is None:
        return None
    circumstances = circumstances_of(world, assumed, month=record.month)
    if not runs:  # positions as they were filled when companies chose; bills are paid after
        chosen = staffing_on(record.labour, assumed.staff, month=record.month)
        circumstances = replace(circumstances, staffing=chosen)
    offers = offer_terms(
        record.demand.sheet, demand=assumed.demand, selfhost=assumed.selfhost, circumstances=circumstances
    )
    parts = cost_parts(
        Workloads.of(companies, need=record.demand.need), np.array([slot]),
        np.array([code]), offers=offers, selfhost=assumed.selfhost, labour=assumed.labour, circumstances=circumstances,
    )  # fmt: skip
    visible, believed = float(parts.visible[0]), float(companies.belief_mean[companies.company[slot]])
    total = float((parts.billed + parts.undone)[0])
    return Iceberg(
        offer=offer_name(world.book.offers[code]), held=bool(runs),
        believed_usd=total if assumed.belief.true_beliefs else visible * float(np.exp(believed)),
        visible_usd=visible, spares_usd=float(parts.spares[0]), overhead_usd=float(parts.overhead[0]),
        people_usd=float(parts.people[0]), fixed_usd=float(parts.fixed[0]),
        undone_usd=float(parts.undone[0]),
    )  # fmt: skip


def _within_reach(record: MonthRecord) -> int | None:
    """The best public model on the cheapest rented machines; None where there is none."""
    sheet = record.demand.sheet
    rents = np.flatnonzero(sheet.available & (sheet.route == Route.SELF_RENT))
    return int(rents[np.lexsort((sheet.price[rents], -sheet.quality[rents]))[0]]) if rents.size else None


def planned_cost(world: World, record: MonthRecord, own: Iceberg | None, slot: int) -> tuple[float, float]:
    """Monthly cost that was expected when production began, and the most its company bears, USD per firm.

    Both NaN for a workload that is not in production.
    """
    companies, belief = world.companies, record.assumptions.belief
    if own is None or not own.held or companies.project[slot] != Project.PRODUCTION:
        return float("nan"), float("nan")
    hidden = np.log(own.billed_usd / own.visible_usd) if belief.true_beliefs else companies.project_plan[slot]
    planned = own.visible_usd * float(np.exp(hidden))
    luck = world.chance.uniform(Mechanism.TOLERANCE, entity=companies.company[slot : slot + 1])
    return planned, planned * (1.0 + float(tolerance(luck, belief)[0]))
