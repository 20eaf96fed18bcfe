"""What deals show in the results: credits, round-tripped revenue, joint ownership, and the deals themselves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from market.flows import Flow
from market.indicators import hhi
from market.structure import modified_hhi
from market.units import CENTS_PER_DOLLAR, FloatArray
from simulation.month.interests import incomes
from simulation.month.reserving import reserves
from simulation.world import MonthRecord, World

CREDITS_SPENT = (Flow.CREDIT_USE, Flow.CREDIT_EXPIRY)


def deal_measures(world: World, record: MonthRecord, *, revenue: tuple[Flow, ...]) -> dict[str, float]:
    """Indicators of the month; `revenue` are the flows that clouds earn with AI."""
    flows = record.closing.books.flows
    clouds, labs = len(world.clouds), [lab.code for lab in world.labs]
    all_of_it = float(flows.received(*revenue)[:clouds].sum())
    organic = float(flows.received(*revenue, organic_only=True)[:clouds].sum())
    tokens = flows.received(Flow.API_FEE, Flow.HOSTED_FEE)[: len(world.sellers)].astype(float)
    spent = float(flows.paid(*CREDITS_SPENT)[labs].sum()) / CENTS_PER_DOLLAR
    exist = reserves(record.assumptions) or record.assumptions.deal.active
    return {
        "credits_and_shortfalls": spent + lab_shortfall(world, record) if exist else np.nan,
        "round_tripped_share": 1 - organic / all_of_it if all_of_it > 0 else np.nan,
        "profit_lab_cloud_owned": float(cloud_owned(world, record) @ record.closing.outcomes.profit_economic),
        "token_hhi": hhi(tokens),
        "token_hhi_modified": modified_hhi(tokens, _owners(world, record)) if tokens.any() else np.nan,
    }


def lab_shortfall(world: World, record: MonthRecord) -> float:
    """What labs paid for reserved hours they did not use, USD."""
    return float(record.accounts.shortfall[: len(world.labs)].sum())


def cloud_owned(world: World, record: MonthRecord) -> FloatArray:
    """Part of each seller's profit that clouds receive as owners of labs; (sellers,), 0 for others than labs."""
    stake = record.assumptions.deal.stake
    owned = np.zeros(len(world.sellers))
    for tie in world.deals.invested:
        owned[tie.lab] = stake
    for lab in world.labs:
        if lab.parent:
            owned[lab.code] = 1.0
    return owned


def _owners(world: World, record: MonthRecord) -> FloatArray:
    """Who receives which part of each seller's profit: each firm's own shareholders, clouds their stakes in labs.

    (2 sellers, sellers): a cloud is one owner of itself and of what it holds, a lab's other shareholders another.
    """
    held = incomes(world, record.assumptions)
    others = 1.0 - (held.sum(axis=0) - 1.0)  # what is left for a firm's own shareholders
    np.fill_diagonal(held, np.where([seller.kind == "cloud" for seller in world.sellers], others, 0.0))
    return np.vstack([held, np.diag(others) * (np.diagonal(held) == 0)])


def deal_events(world: World, record: MonthRecord) -> Iterator[tuple[str, str, int, str]]:
    """Partner, lab, cents put in and text of the deals that begin or let their lab go this month."""
    month = record.month
    for tie in world.deals.invested:
        terms, flows = record.assumptions.deal, record.closing.books.flows
        cloud, lab = world.clouds[tie.cloud].name, world.sellers[tie.lab].name
        if month == tie.since:
            into = (flows.payer == tie.cloud) & (flows.payee == tie.lab)
            equity = into & np.isin(flows.flow, (Flow.EQUITY_ISSUE, Flow.CREDIT_GRANT))
            bound = f", bound to it for {terms.exclusivity} months" if tie.exclusive else ""
            text = f"stake of {terms.stake:.0%}, {terms.revenue_share:.0%} of revenue{bound}"
            yield cloud, lab, int(flows.cents[equity].sum()), text
        elif month == tie.since + min(terms.exclusivity, terms.months):
            yield cloud, lab, 0, "may rent from other clouds and sell through them again"
        if month == tie.since + terms.months:
            yield cloud, lab, 0, "the deal ends, the stake stays"
