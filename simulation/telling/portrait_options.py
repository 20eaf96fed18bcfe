"""What the workloads of one company had to choose from: the options of a review, as they saw them and as they were.

The month is over when this is asked; what the review found is put back in place, and the same equations
(`agents.choice_plain`) are computed again. Nothing of the economy is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agents import census
from agents.actor import as_heard
from agents.choice_plain import Pairs, pairs, varieties
from agents.offers import NONE, OfferTerms, offer_terms
from agents.tastes import tastes
from agents.terms import Terms, Weights, Workloads, terms, weights
from agents.vouchers import own_part
from market.goods import ROUTE_NAMES, Offer
from market.units import BoolArray, FloatArray, IntArray
from simulation.month.conditions import circumstances_of
from simulation.month.hiring import staffing_on
from simulation.world import MonthRecord, World

IN_OWN_DOLLARS = ("decision", "true", "migration", "egress", "disruption")  # of pairs, where vouchers pay a part (M16)


@dataclass(frozen=True)
class Before:
    """What a month may change and its reviews read; copied before the month."""

    held: Any  # (slots,)
    generation: Any  # (slots,)
    live: BoolArray  # (slots,)
    accepted_bill: FloatArray  # (slots,)
    tenure: Any  # (slots,)
    accounts: Any  # (companies,)
    adopted: BoolArray  # (companies,)
    belief_mean: FloatArray  # (companies,)
    stigma: FloatArray  # (companies,)
    experience: FloatArray  # (sectors, 3)

    @classmethod
    def of(cls, world: World) -> Before:
        """The world as it stands."""
        companies = world.companies
        columns = {n: getattr(companies, n).copy() for n in cls.__dataclass_fields__ if n != "experience"}
        return cls(**columns, experience=world.open_experience.copy())

    def held_at_review(self, world: World) -> Any:
        """Offers held when workloads were reviewed: those that ended or began in the month hold none; (slots,)."""
        companies = world.companies
        same = (companies.generation == self.generation) & (companies.live == self.live)
        return np.where(same, self.held, NONE).astype(self.held.dtype)


@dataclass(frozen=True)
class Option:
    """One offer that a workload considered in a review; USD a month unless stated."""

    code: int  # permanent, of the offer
    offer: str
    route: str
    model_owner: str
    seller: str
    price_usd: float  # per Mtok, per GPU-hour where the company runs the model
    quality: float  # points
    believed_cost_usd: float  # staff included
    true_cost_usd: float
    perceived_value_usd: float  # net of cost, frictions, risks and the cost of moving
    true_value_usd: float  # net of cost and true frictions
    taste_usd: float  # liking for this offer over none, which lasts
    moving_usd: float  # paid or lost once
    chosen: bool


def options_of(world: World, record: MonthRecord, before: Before, slots: IntArray) -> dict[int, tuple[Option, ...]]:
    """The options each of the reviewed workloads `slots` considered, best first; by slot."""
    if len(slots) == 0:
        return {}
    rows, offers, shared = review_terms(world, record, before, slots)
    every = pairs(rows, offers, shared)
    liking = likings(world, rows, offers, shared, every)
    borne = own_part(world.companies.size_class, record.assumptions.policy)
    if borne is not None:
        own = borne[world.companies.company[slots]][:, None]
        every, liking = replace(every, **{name: getattr(every, name) * own for name in IN_OWN_DOLLARS}), liking * own
    return {
        int(slot): _listed(world, record, every, liking[k], k, held=int(world.companies.held[slot]))
        for k, slot in enumerate(slots)
    }


def review_terms(
    world: World, record: MonthRecord, before: Before, slots: IntArray
) -> tuple[Terms, OfferTerms, Weights]:
    """The factors with which the workloads `slots` were reviewed."""
    companies, assumed = world.companies, record.assumptions
    held = before.held_at_review(world)
    circumstances = replace(
        circumstances_of(world, assumed, month=record.month), experience=before.experience,
        staffing=staffing_on(record.labour, assumed.staff, month=record.month),
    )  # fmt: skip
    dominant = census.dominant_vendors(
        companies.company[slots], companies.first_slot, companies.live, held, companies.slot_volume, world.book.vendor
    )
    workloads = replace(
        Workloads.of(
            companies, need=record.demand.need, dominant=dominant,
            own_part=own_part(companies.size_class, assumed.policy),
        ), held=held, accepted_bill=before.accepted_bill, tenure=before.tenure, accounts=before.accounts,
        adopted=before.adopted, belief_mean=before.belief_mean, stigma=before.stigma,
    )  # fmt: skip
    rows = terms(
        workloads, slots, sheet=record.demand.sheet, demand=as_heard(assumed.demand, assumed.actor),
        lockin=assumed.lockin, selfhost=assumed.selfhost, labour=assumed.labour, circumstances=circumstances,
    )  # fmt: skip
    offers = offer_terms(
        record.demand.sheet, demand=assumed.demand, selfhost=assumed.selfhost, circumstances=circumstances
    )
    return rows, offers, weights(
        assumed.demand, assumed.lockin, assumed.selfhost, true_beliefs=assumed.belief.true_beliefs
    )  # fmt: skip


def likings(world: World, rows: Terms, offers: OfferTerms, shared: Weights, every: Pairs) -> FloatArray:
    """Taste for every offer over none, USD a month, (rows, codes): what is added to the value that is perceived."""
    codes = every.codes
    raw, none = tastes(
        world.chance, entity=rows.row, month=rows.taste_month, offer=codes, model=offers.model[codes].astype(np.int64),
        nest=offers.nest[codes].astype(np.int64), dissimilarity_hosts=shared.lam_host,
        dissimilarity_models=shared.lam_model,
    )  # fmt: skip
    variety = varieties(every.decision, every.considered, rows, offers.group[codes])
    return np.asarray(rows.sigma[:, None] * (raw - shared.lam_host * variety - none[:, None]))


def _listed(
    world: World, record: MonthRecord, every: Pairs, liking: FloatArray, row: int, *, held: int
) -> tuple[Option, ...]:
    """The options that the workload of `row` considered, by perceived value and taste."""
    sheet, book = record.demand.sheet, world.book
    considered = np.flatnonzero(every.considered[row])
    order = considered[np.argsort(-(every.decision[row] + liking)[considered], kind="stable")]
    return tuple(
        Option(
            code=code, offer=offer_name(book.offers[code]), route=ROUTE_NAMES[book.offers[code].route],
            model_owner=book.offers[code].vendor, seller=book.offers[code].seller, price_usd=float(sheet.price[code]),
            quality=float(sheet.quality[code]), believed_cost_usd=float(every.believed[row, at]),
            true_cost_usd=float(every.cost[row, at]), perceived_value_usd=float(every.decision[row, at]),
            true_value_usd=float(every.true[row, at]), taste_usd=float(liking[at]),
            moving_usd=float((every.migration + every.egress + every.disruption)[row, at]), chosen=bool(code == held),
        )
        for at, code in ((int(at), int(every.codes[at])) for at in order)
    )  # fmt: skip


def offer_name(offer: Offer) -> str:
    """How a person says an offer: the model, and where it comes from."""
    if offer.host == "company":
        places = {"self_rent": f"rented at {offer.cloud}", "on_prem": "on own servers", "on_device": "on devices"}
        return f"{offer.line.name}, self-run {places[ROUTE_NAMES[offer.route]]}"
    if offer.cloud and offer.host != offer.cloud:
        return f"{offer.line.name} through {offer.cloud}"
    return offer.line.name if offer.host == offer.line.developer else f"{offer.line.name} at {offer.host}"
