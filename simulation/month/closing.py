"""The month closes: what the world remembers of it, once its books are audited (docs/model.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents import census
from agents.offers import DEVELOPER, ENTERPRISE
from market.books import ClosedMonth
from market.goods import Route
from market.units import BoolArray, FloatArray
from scenarios.scenario import Scenario
from simulation.month.algorithms import remember_positions
from simulation.month.cloud_prices import clouds_on_market
from simulation.month.communities import grown_communities
from simulation.month.compute import Compute
from simulation.month.exits import end_relations
from simulation.month.hiring import close_labour_market
from simulation.month.outcomes import Outcomes
from simulation.month.publishing import lab_revenue, weighted_mean
from simulation.month.regulating import commit_regulation
from simulation.month.reserving import adapted_hours, learns, remember_quotes, wanted_share
from simulation.month.tariffs import Tariffs
from simulation.world import MonthRecord, World


@dataclass(frozen=True)
class Closing:
    """The audited month."""

    books: ClosedMonth
    outcomes: Outcomes


def commit_memory(world: World, assumptions: Scenario, *, record: MonthRecord) -> None:
    """What sellers, companies and the market remember of the month."""
    tariffs, demand, compute = record.tariffs, record.demand, record.compute
    for cloud, price, scarcity in zip(world.clouds, tariffs.cloud_price, tariffs.scarcity_price, strict=True):
        cloud.price, cloud.scarcity_price = float(price), float(scarcity)
    world.markups = tariffs.markups
    world.lab_markups |= tariffs.lab_markups
    world.lab_plan, world.cloud_plan, world.last_panel = tariffs.lab_plan, tariffs.cloud_plan, tariffs.panel
    world.buyers.serving = compute.serving_held
    world.buyers.training = compute.training_held
    world.buyers.backlog = compute.cleared.backlog
    world.buyers.reserved_serving = compute.reserved_serving
    world.buyers.reserved_training = compute.reserved_training
    world.past_loads = [*world.past_loads, compute.cleared.load][-assumptions.invest.memory_months :]
    world.reservations = compute.contracts.book
    if learns(assumptions):
        world.quotes = remember_quotes(
            world, assumptions, month=record.month, quoted=tariffs.contract_quote, posted=tariffs.cloud_price
        )
    world.deals.unit_cost = tariffs.unit_cost
    remember_positions(world, assumptions, supplying=(record.capacity.supply > 0) & clouds_on_market(world))
    wanted = compute.service_hours + compute.training_hours
    shares = [*world.wanted_shares, wanted_share(world.usual_hours, wanted)]
    world.wanted_shares = shares[-assumptions.reserve.term :]
    world.usual_hours = adapted_hours(world.usual_hours, wanted, adaptation=assumptions.invest.adaptation)
    working = np.array([cloud.alive for cloud in world.clouds])
    paid = weights_or_prices(compute.serving_held + compute.training_held, tariffs.cloud_price, working=working)
    if compute.contracts.any:
        paid = paid + _paid_above_posted(compute, tariffs)
    for trainer in world.trainers:
        now = float(paid[world.buyers.index(trainer.name)])
        memory = assumptions.invest.adaptation
        trainer.gpu_price_paid += memory * (now - trainer.gpu_price_paid)
    revenue = lab_revenue(world, record=record) + tariffs.subscription_revenue
    answered = record.service.tokens_by_offer
    for lab, income in zip(world.labs, revenue, strict=True):
        lab.revenue_history.append(float(income))
        own = world.book.codes(seller=lab.name, route=Route.CLOSED_API)
        lab.usage_share = float(answered[own].sum() / answered.sum()) if answered.sum() > 0 else 0.0
    _remember_prices(world, record=record)
    _remember_use(world, record=record)
    world.users_by_offer = demand.users_by_offer
    if demand.incidents is not None:
        world.unpatched, world.harmed = demand.incidents.after, demand.incidents.harmed
    world.communities = grown_communities(world, assumptions, month=record.month, users=demand.users_by_offer)
    world.ever_offered |= demand.sheet.available
    end_relations(world)
    accounts = record.accounts
    close_labour_market(world, assumptions, accounts.specialists, moving=accounts.company.moving)
    commit_regulation(world, record.regulation)


def weights_or_prices(hours: FloatArray, price: FloatArray, *, working: BoolArray) -> FloatArray:
    """Mean price paid by buyer (buyers,): by hours held, the plain mean of the `working` clouds where none is held."""
    total = hours.sum(axis=1)
    usual = price[working].mean() if working.any() else price.mean()
    return np.where(total > 0, hours @ price / np.where(total > 0, total, 1.0), usual)


def _paid_above_posted(compute: Compute, tariffs: Tariffs) -> FloatArray:
    """What buyers pay for an hour under contract above the price on demand, over all hours they hold; (buyers,)."""
    held = (compute.serving_held + compute.training_held).sum(axis=1)
    reserved = compute.reserved_serving + compute.reserved_training
    above = (reserved * (compute.contracts.reserved.price - tariffs.cloud_price)).sum(axis=1)
    return np.asarray(np.divide(above, held, out=np.zeros_like(held), where=held > 0))


def _remember_prices(world: World, *, record: MonthRecord) -> None:
    """Mean price of each kind of vendor, for the rise that dependent companies expect."""
    sheet, tokens = record.demand.sheet, record.service.tokens_by_offer
    for route, kind in ((Route.CLOSED_API, "closed_api"), (Route.HOSTED_OPEN, "hosted_open")):
        on_route = sheet.available & (sheet.route == route)
        if on_route.any():
            price = weighted_mean(sheet.price, tokens * on_route, otherwise=float(sheet.price[on_route].mean()))
            world.price_history.setdefault(kind, []).append(price)
    world.price_history.setdefault("self_rent", []).append(record.tariffs.rent)


def _remember_use(world: World, *, record: MonthRecord) -> None:
    """Who used what: sellers known to peers, use of open models, sectors' months of experience."""
    companies, demand = world.companies, record.demand
    sheet = demand.sheet
    world.used_sellers, world.uses_open, seen = census.use_of_month(
        demand.live_rows, demand.code, companies.company, companies.sector, companies.segment, sheet.seller,
        sheet.open, sheet.route, sectors=len(world.open_experience), routes=len(Route),
    )  # fmt: skip
    hosted, own = seen[:, Route.HOSTED_OPEN], seen[:, Route.SELF_RENT :].any(axis=(1, 2))
    world.open_experience += np.column_stack([hosted[:, ENTERPRISE], own, hosted[:, DEVELOPER]])
