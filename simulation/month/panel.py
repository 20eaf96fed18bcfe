"""The panel of accounts facing a month's offers: the static solver behind the labs' prices and training plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents import census
from agents.actor import as_heard
from agents.offers import QUALITY_ORIGIN, OfferSheet, offer_terms
from agents.panel_base import panel_base
from agents.terms import Terms, Workloads, terms, weights
from agents.valuation import adequacy
from agents.vouchers import own_part
from market.demand import NestedDemand
from market.elementary import exp
from market.goods import Route
from market.units import FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.conditions import circumstances_of, dominant_vendor, needs_now
from simulation.world import World


@dataclass(frozen=True)
class PanelDemand:
    """Live workloads of ready companies in the panel, switching costs included, as if all of them were under review."""

    accounts: Terms
    sheet: OfferSheet
    demand: NestedDemand
    adequacy_spread: float  # points

    def quantities_if_better(self, *, offers: IntArray, shifts: FloatArray, price: FloatArray) -> FloatArray:
        """Million tokens a month of metered offers (cases, K) if `offers` were `shifts` (cases,) points better.

        price (K,) USD/Mtok, the same in all cases.
        """
        need, quality = self.accounts.need_factor, self.sheet.quality[offers, None]
        worth = self.accounts.gross * self.sheet.reliability[offers, None]
        now = adequacy(need, exp((QUALITY_ORIGIN - quality) / self.adequacy_spread))
        then = adequacy(need, exp((QUALITY_ORIGIN - quality - shifts[:, None, None]) / self.adequacy_spread))
        return self.demand.residual(price, offers).quantities_if_worth(worth * (then - now))


@dataclass(frozen=True)
class PanelAccounts:
    """The workloads of the panel as they stand, whatever is offered; (accounts,)."""

    terms: Terms
    reference_price: FloatArray  # USD/Mtok
    weight: FloatArray  # real firms


def panel_accounts(world: World, assumptions: Scenario, *, month: int, sheet: OfferSheet) -> PanelAccounts:
    """This month's panel; of the sheet only who stands behind the offers held is read."""
    companies = world.companies
    rows, stands_for = world.panel.sample(
        census.of_ready_companies(companies.live, companies.ready, companies.company)
    )
    circumstances = circumstances_of(world, assumptions, month=month)
    workloads = Workloads.of(
        companies, need=needs_now(world, assumptions, month=month), dominant=dominant_vendor(world, rows=rows),
        own_part=own_part(companies.size_class, assumptions.policy),
    )
    return PanelAccounts(
        terms=terms(
            workloads, rows, sheet=sheet, demand=as_heard(assumptions.demand, assumptions.actor),
            lockin=assumptions.lockin,
            selfhost=assumptions.selfhost, labour=assumptions.labour, circumstances=circumstances,
        ),
        reference_price=workloads.reference_price[rows],
        weight=stands_for * companies.weight[companies.company[rows]],
    )  # fmt: skip


def panel_demand(
    world: World, assumptions: Scenario, *, month: int, sheet: OfferSheet, accounts: PanelAccounts | None = None
) -> PanelDemand:
    """Demand of the panel at the offers of the sheet; `accounts` where the same are asked again and again."""
    panel = accounts or panel_accounts(world, assumptions, month=month, sheet=sheet)
    circumstances = circumstances_of(world, assumptions, month=month)
    offers = offer_terms(sheet, demand=assumptions.demand, selfhost=assumptions.selfhost, circumstances=circumstances)
    shared = weights(
        assumptions.demand, assumptions.lockin, assumptions.selfhost, true_beliefs=assumptions.belief.true_beliefs
    )
    demand = NestedDemand(
        base=panel_base(panel.terms, offers, shared),
        metered=sheet.route <= Route.HOSTED_OPEN,
        volume=panel.terms.tokens,
        reference_price=panel.reference_price,
        sigma=panel.terms.sigma,
        weight=panel.weight,
        nest=sheet.nest.astype(np.int64),
        model=sheet.model.astype(np.int64),
        elasticity=assumptions.demand.use_elasticity,
        lam_model=assumptions.demand.dissimilarity_models,
        lam_host=assumptions.demand.dissimilarity_hosts,
    )
    return PanelDemand(
        accounts=panel.terms, sheet=sheet, demand=demand, adequacy_spread=assumptions.demand.adequacy_spread
    )
