"""One company followed month by month: what it is, what it may choose, what it chose, paid and got, and from whom.

`follow` simulates the world and looks on; the economy is bitwise the one that nobody looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.beliefs import Project
from agents.offers import NONE
from agents.valuation import adequacy
from market.goods import ROUTE_NAMES, Offer, Route
from simulation.telling.portrait_iceberg import Iceberg, iceberg_of, planned_cost
from simulation.telling.portrait_options import Before, Option, offer_name, options_of
from simulation.world import MonthRecord, World

SEGMENTS = ("enterprise", "developer")
SIZES = ("10-49", "50-249", "250+")
SERVICES = ("internal", "customer-facing", "core")
SUPPLIERS = 2  # clouds named behind a host
RUN_ALONE = (ROUTE_NAMES[Route.SELF_RENT], ROUTE_NAMES[Route.ON_PREM])


@dataclass(frozen=True)
class Chain:
    """Who stands behind an offer in use."""

    model_owner: str
    seller: str  # who sends the bill
    host: str  # who runs the model
    compute: tuple[tuple[str, float], ...]  # who owns the machines, with the share of the host's hours
    chip_vendor: str


@dataclass(frozen=True)
class WorkloadMonth:
    """One live workload in one month; USD a month per firm."""

    slot: int
    generation: int
    service: str
    need: float  # points
    quality: float  # points of the version in use; NaN where none is
    adequacy: float  # share of the value that this quality brings
    offer: str  # "none" where nothing is in use
    before: str  # what it held when the month began
    born: bool
    reviewed: bool
    served: float  # share of what was wanted
    tokens: float
    bill_usd: float
    staff_usd: float
    other_usd: float
    price_usd: float
    value_usd: float
    moving_usd: float
    project: str  # how far it has come on the way to running its model itself
    planned_usd: float  # monthly cost expected when production began; NaN where it runs nothing itself
    borne_usd: float  # beyond which it thinks of giving up; NaN where it runs nothing itself
    own: Iceberg | None  # of what it runs itself, else of the best such option of its review; None without weights
    chain: Chain | None
    options: tuple[Option, ...]  # of a review, best first


@dataclass(frozen=True)
class CompanyMonth:
    """The company in one month; USD a month per firm."""

    month: int
    ready: bool
    aware_open: bool
    sellers_known: int
    ended: int  # workloads that came to their end
    access: float
    spend_usd: float
    surplus_usd: float
    workloads: tuple[WorkloadMonth, ...]
    shocks: tuple[str, ...]  # dated changes of the scenario


@dataclass(frozen=True)
class CompanyStory:
    """What the company is, and its months."""

    row: int
    about: dict[str, Any]
    months: tuple[CompanyMonth, ...]


def follow(economy: Any, row: int, *, progress: Callable[[int, int], None] | None = None) -> CompanyStory:
    """Simulate an economy to the end of its horizon and tell one company's story.

    Raises IndexError for a row that does not exist.
    """
    companies = economy.world.companies
    if not 0 <= row < companies.rows:
        raise IndexError(f"company {row} does not exist: rows run from 0 to {companies.rows - 1}")
    about, months = about_company(economy.world, row), []
    horizon = economy.plan.horizon.months
    for month in months_of(economy, row):
        months.append(month)
        if progress is not None:
            progress(economy.month, horizon)
    return CompanyStory(row=row, about=about, months=tuple(months))


def months_of(economy: Any, row: int, *, until: int | None = None) -> Iterator[CompanyMonth]:
    """Simulate an economy to month `until`, by default the end of its horizon, and tell of each month as it is over."""
    last = economy.plan.horizon.months if until is None else until
    while economy.month < last:
        before = Before.of(economy.world)
        economy.step()
        yield _month_of(economy, before, row)


def about_company(world: World, row: int) -> dict[str, Any]:
    """What never changes of the company in `row`."""
    companies = world.companies
    tenancy = int(companies.tenancy[row])
    first, last = companies.first_slot[row], companies.first_slot[row + 1]
    return {
        "firms": float(companies.weight[row]), "employees": int(companies.employees[row]),
        "size_class": SIZES[companies.size_class[row]], "segment": SEGMENTS[companies.segment[row]],
        "sector": int(companies.sector[row]), "jurisdiction": int(companies.jurisdiction[row]),
        "regulated": bool(companies.regulated[row]), "sensitive": bool(companies.sensitive[row]),
        "no_need": bool(companies.no_need[row]), "tokens_per_month": float(companies.volume[row]),
        "workload_slots": int(last - first), "primary_cloud": world.sellers[tenancy].name if tenancy >= 0 else "",
    }  # fmt: skip


def _month_of(economy: Any, before: Before, row: int) -> CompanyMonth:
    world, record = economy.world, economy.record
    companies = world.companies
    slots = np.arange(companies.first_slot[row], companies.first_slot[row + 1])
    live = slots[companies.live[slots]]
    reviewed = live[np.isin(live, record.demand.moves.rows)]
    options = options_of(world, record, before, reviewed)
    outcomes = record.closing.outcomes
    return CompanyMonth(
        month=record.month,
        ready=bool(companies.ready[row]),
        aware_open=bool(companies.aware_open[row]),
        sellers_known=int(companies.known[row]).bit_count(),
        ended=int((before.live[slots] & ~companies.live[slots]).sum()),
        access=float(outcomes.access[row]),
        spend_usd=float(outcomes.spend[row]),
        surplus_usd=float(outcomes.surplus[row]),
        workloads=tuple(_workload(world, record, before, int(slot), options.get(int(slot), ())) for slot in live),
        shocks=tuple(shock.parameter for shock in economy.plan.shocks if shock.month == record.month),
    )


def _workload(
    world: World, record: MonthRecord, before: Before, slot: int, options: tuple[Option, ...]
) -> WorkloadMonth:
    companies, demand, moves = world.companies, record.demand, record.demand.moves
    held, was = int(companies.held[slot]), int(before.held_at_review(world)[slot])
    at = np.flatnonzero(demand.live_rows == slot)
    use = {
        name: float(getattr(demand.wanted, name)[at[0]]) if at.size else 0.0
        for name in ("tokens", "bill", "staff", "other", "gross")
    }
    served = float(record.service.served[at[0]]) if at.size else np.nan
    moved = np.flatnonzero(moves.rows == slot)
    paid = float((moves.migration + np.where(moves.cloud_left >= 0, moves.egress, 0.0))[moved].sum())
    need, quality = float(demand.need[slot]), float(companies.held_quality[slot]) if held != NONE else np.nan
    spread = record.assumptions.demand.adequacy_spread
    share = served if at.size else 0.0
    own = iceberg_of(world, record, slot, code=next((o.code for o in options if o.route in RUN_ALONE), None))
    planned, borne = planned_cost(world, record, own, slot)
    return WorkloadMonth(
        slot=slot - int(companies.first_slot[companies.company[slot]]),
        generation=int(companies.generation[slot]),
        service=SERVICES[companies.sla[slot]],
        need=need,
        quality=quality,
        adequacy=float(adequacy(np.exp((need - quality) / spread), 1.0)) if held != NONE else 0.0,
        offer=_name(world, held),
        before=_name(world, was),
        born=bool(companies.live[slot] and not before.live[slot]),
        reviewed=bool(moved.size),
        served=served,
        tokens=use["tokens"] * share,
        bill_usd=use["bill"] * share,
        staff_usd=use["staff"],
        other_usd=use["other"],
        price_usd=float(demand.sheet.price[held]) if held != NONE else np.nan,
        value_usd=use["gross"] * share,
        moving_usd=paid,
        project=Project(int(companies.project[slot])).name.lower(),
        planned_usd=planned,
        borne_usd=borne,
        own=own,
        chain=None if held == NONE else chain_of(world, record, world.book.offers[held]),
        options=options,
    )


def _name(world: World, code: int) -> str:
    return "none" if code == NONE else offer_name(world.book.offers[code])


def chain_of(world: World, record: MonthRecord, offer: Offer) -> Chain:
    """Model owner, host, owners of the machines and chip vendor behind an offer."""
    return Chain(
        model_owner=offer.vendor, seller=offer.seller, host=offer.host, compute=_machines(world, record, offer),
        chip_vendor=world.vendor.name,
    )  # fmt: skip


def _machines(world: World, record: MonthRecord, offer: Offer) -> tuple[tuple[str, float], ...]:
    """Who owns the machines behind an offer, largest first, with their shares of the hours its host holds."""
    if offer.route in (Route.ON_PREM, Route.ON_DEVICE):
        return (("company", 1.0),)
    if offer.route == Route.SELF_RENT or offer.host == offer.cloud:
        return ((offer.cloud, 1.0),)
    hours = record.compute.serving_held[world.buyers.index(offer.host)]
    total = float(hours.sum())
    largest = np.argsort(-hours, kind="stable")[:SUPPLIERS]
    return tuple((world.clouds[k].name, float(hours[k]) / total) for k in largest if total > 0 and hours[k] > 0)
