"""Sellers post their tariffs, upstream to downstream: compute, then hosted open models, then closed APIs
(docs/model.md M2).

Everyone prices on last month's bulletin. Only the labs' Bertrand rule is a fixed point within the month; it is solved
on
the panel of accounts, as if all of them could switch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.conduct import contract_brand
from agents.offers import OfferSheet
from agents.sovereignty import SOVEREIGN
from market.goods import Route
from market.labour import loaded_wage
from market.own_machines import device_energy_cost, owned_gpu_hour_cost
from market.pooling import erlang_c, marginal_gpu_hours_per_mtok, reliability, shared_staff
from market.pricing import contract_prices, contract_shares, cost_plus, scarcity_price, target_return
from market.units import MONTHS_PER_YEAR, TOKENS_PER_MTOK, BoolArray, FloatArray
from market.vendor import yearly_decline
from scenarios.scenario import Scenario
from simulation.month import quantities
from simulation.month.algorithms import algorithmic_prices, learn_prices
from simulation.month.bloc_use import sovereign_clouds
from simulation.month.capacity import Capacity, is_hyperscaler, is_outside
from simulation.month.dealing import excluded, hours_that_may_move
from simulation.month.hosting import post_hosted_prices
from simulation.month.interests import stakes_in_customers, transfer_prices
from simulation.month.interfaces import POSTED_TO, ROUNDS, post_interface_prices
from simulation.month.panel import PanelDemand, panel_demand
from simulation.month.penetration import end_penetration
from simulation.month.reserving import contract_quotes, reserves
from simulation.month.sovereignty import marked_up_like_others
from simulation.world import World

if TYPE_CHECKING:
    from simulation.month.models import Models

MARKING_UP = ("scarcity+markup", "P2", "P9")
LEAST_EXPECTED_RISE = 0.05  # a dependent company never expects less (docs/model.md M1, Rhold)
SERVERS_OF_A_COMPANY = 2.0  # replicas of a typical self-run service, for its queue


@dataclass(frozen=True)
class Tariffs:
    """What is posted this month."""

    scarcity_price: FloatArray  # (clouds,) USD per GPU-hour, before mark-up
    cloud_price: FloatArray  # (clouds,) USD per GPU-hour on demand
    contract_quote: FloatArray  # (clouds,) USD per GPU-hour reserved now for the term
    contract_share: FloatArray  # (buyers, clouds) where free hours of contracts go
    gpu_price: FloatArray  # (buyers,) mean USD per GPU-hour each buyer pays
    rent: float  # USD per GPU-hour outside the hyperscalers
    sheet: OfferSheet
    unit_cost: FloatArray  # (offers,) USD per Mtok of metered offers, nan elsewhere
    markups: dict[tuple[str, int], float]  # adaptive mark-ups by host and model line
    lab_markups: dict[int, float]  # adaptive mark-ups of labs by offer
    price_gap: float  # largest relative move a Bertrand seller would still make
    lab_plan: FloatArray | None  # (trainers,) Mtok a month under the Cournot rule
    cloud_plan: FloatArray | None  # (clouds,) GPU-hours a month under the Cournot rule
    reference_price: float  # USD per Mtok that new workloads take as their reference
    subscription_revenue: FloatArray  # (labs,) USD
    subscription_hours: FloatArray  # (labs,) GPU-hours
    panel: PanelDemand  # accounts at this month's offers, for plans
    base_price: FloatArray  # (offers,) prices at which plans are evaluated


def post_tariffs(world: World, assumptions: Scenario, *, month: int, capacity: Capacity, models: Models) -> Tariffs:
    """Prices of GPU-hours, hosted open models and closed APIs for this month."""
    learn_prices(world, assumptions)
    scarcity, cloud_price, cloud_plan, cloud_gap = cloud_tariffs(world, assumptions, month=month, capacity=capacity)
    imposed = world.price_path
    if imposed is not None:
        scarcity, cloud_price = imposed.clouds[month, 0], imposed.clouds[month, 1]
    brand = contract_brand(world.clouds, assumptions.pricing)
    share = contract_shares(
        brand, cloud_price, assumptions.pricing.brand_spread, world.buyers.allowed * (capacity.supply > 0) > 0
    )
    gpu_price = gpu_price_paid(world, cloud_price=cloud_price, share=share)
    blank = _sheet(world, assumptions, month=month, capacity=capacity, models=models, cloud_price=cloud_price)
    reckoned = transfer_prices(
        world, assumptions, gpu_price=gpu_price, mark_up=cloud_price - scarcity, share=share
    )
    unit_cost = unit_costs(world, assumptions, sheet=blank, gpu_price=reckoned, capacity=capacity)
    hosted, markups = post_hosted_prices(world, assumptions, sheet=blank, unit_cost=unit_cost)
    panel = panel_demand(world, assumptions, month=month, sheet=_priced(blank, hosted))
    end_penetration(world, assumptions, month=month)
    interfaces = post_interface_prices(
        world, assumptions, month=month, sheet=_priced(blank, hosted), unit_cost=unit_cost, panel=panel
    )
    if imposed is not None:
        known = np.isfinite(imposed.interfaces[month])
        interfaces = replace(interfaces, price=np.where(known, imposed.interfaces[month], interfaces.price))
    sheet = _priced(blank, interfaces.price)
    quote = _contract_quotes(world, assumptions, scarcity=scarcity, price=cloud_price)
    revenue = float(world.calendar.subscriptions[month]) * world.bulletin.lab_share
    return Tariffs(
        scarcity_price=scarcity,
        cloud_price=cloud_price,
        contract_quote=quote if imposed is None else imposed.clouds[month, 2],
        contract_share=share,
        gpu_price=gpu_price,
        rent=rent_outside(world, price=cloud_price, weight=capacity.supply),
        sheet=sheet,
        unit_cost=unit_cost,
        markups=markups,
        lab_markups=interfaces.markups,
        lab_plan=interfaces.plan,
        price_gap=max(interfaces.gap, cloud_gap),
        cloud_plan=cloud_plan,
        reference_price=reference_price(world, sheet=sheet),
        subscription_revenue=revenue,
        subscription_hours=revenue * assumptions.other.subscription_compute_share / gpu_price[: len(world.labs)],
        panel=panel,
        base_price=interfaces.price,
    )


def cloud_tariffs(
    world: World, assumptions: Scenario, *, month: int, capacity: Capacity
) -> tuple[FloatArray, FloatArray, FloatArray | None, float]:
    """Scarcity and posted price (clouds,) in USD per GPU-hour, GPU-hours planned under Cournot, and the price gap."""
    pricing, invest = assumptions.pricing, assumptions.invest
    rules = np.array([assumptions.cloud_rule(cloud.name) for cloud in world.clouds])
    cost_price = cost_prices(world, assumptions)
    avoidable = np.full(len(world.clouds), invest.opex)
    scarcity = scarcity_price(
        np.array([cloud.scarcity_price for cloud in world.clouds]),
        load=world.bulletin.load,
        target_return=cost_price,
        floor=avoidable,
        response=pricing.scarcity_response,
        pull=pricing.cost_pull,
        load_target=pricing.load_target,
        load_cap=pricing.load_cap,
    )
    scarcity = np.where(capacity.supply > 0, scarcity, cost_price)
    if month == 0:
        scarcity = np.array([cloud.scarcity_price for cloud in world.clouds])
    regulated = cost_plus(cost_price, markup=pricing.markup_public)
    cost = np.select(
        [rules == "P2", rules == "P5", rules == "P6"], [avoidable, cost_price, regulated], default=scarcity
    )
    price, plan, gap = cost.copy(), None, 0.0
    marks_up = np.isin(rules, MARKING_UP)
    if marks_up.any():
        on_market = np.array([cloud.role != SOVEREIGN for cloud in world.clouds])
        supplying = (capacity.supply > 0) & on_market
        marked_up, gap = _contract_prices(world, assumptions, cost=cost, capacity=capacity, on_market=on_market)
        price = np.where(marks_up, marked_up, cost)
        price = algorithmic_prices(world, assumptions, price=price, cost=cost, supplying=supplying)
        price = marked_up_like_others(world, price=price, cost=cost, supply=capacity.supply)
    if (rules == "cournot").any():
        plan, market_price = quantities.cloud_plans(world, assumptions, capacity=capacity, month=month)
        price = np.where(rules == "cournot", market_price, price)
    price = np.where(rules == "at_cost", avoidable, price)
    return scarcity, price, plan, gap


def cost_prices(world: World, assumptions: Scenario) -> FloatArray:
    """USD per GPU-hour at which a machine bought at last month's price earns its user cost; (clouds,)."""
    return np.array(
        [
            target_return(
                capex=world.bulletin.machine_price * (1 + assumptions.policy.chip_tax),
                opex=assumptions.invest.opex,
                wacc=cloud.wacc,
                life_months=assumptions.invest.life_months,
                load=assumptions.pricing.load_normal,
                price_decline=assumptions.chip.price_decline,
            )
            for cloud in world.clouds
        ]
    )


def _contract_quotes(world: World, assumptions: Scenario, *, scarcity: FloatArray, price: FloatArray) -> FloatArray:
    """What clouds quote for a reservation; the price on demand in a world without them; (clouds,)."""
    if not reserves(assumptions):
        return price
    return contract_quotes(
        world, assumptions, scarcity=scarcity, price=price, cost=cost_prices(world, assumptions)
    )


def _contract_prices(
    world: World, assumptions: Scenario, *, cost: FloatArray, capacity: Capacity, on_market: BoolArray
) -> tuple[FloatArray, float]:
    """Bertrand prices over scarcity cost on the accounts that may switch, and the largest move still wanted.

    A cloud without machines, or not on this market (`on_market` (clouds,)), sells nothing and asks its cost.
    """
    pricing, bulletin = assumptions.pricing, world.bulletin
    works = np.flatnonzero((capacity.supply > 0) & on_market)
    if works.size == 0:
        works = np.arange(len(cost))
    elsewhere = stakes_in_customers(world, assumptions, capacity=capacity)
    prices, gap = contract_prices(
        cost[works],
        hours=hours_that_may_move(world, bulletin.hours_by_buyer),
        brand=contract_brand(world.clouds, pricing)[works],
        spread=pricing.brand_spread,
        allowed=np.ascontiguousarray((world.buyers.allowed * (capacity.supply > 0) > 0)[:, works]),
        self_hours=bulletin.self_rent_hours[works],
        self_slope=np.diag(bulletin.self_rent_slope[works]),
        interest=np.eye(len(works)),
        elsewhere=None if elsewhere is None else elsewhere[works],
        markup_most=pricing.markup_most,
        start=bulletin.cloud_price[works],
        tolerance=POSTED_TO,
        rounds=ROUNDS,
    )
    posted = cost.copy()
    posted[works] = prices
    return posted, gap


def gpu_price_paid(world: World, *, cloud_price: FloatArray, share: FloatArray) -> FloatArray:
    """Mean USD per GPU-hour each buyer pays at this month's tariffs: by the hours it holds, else by where it would buy.

    A cloud that hosts uses its own machines at the price it could rent them for; (buyers,).
    """
    held = world.buyers.serving + world.buyers.training
    total = held.sum(axis=1, keepdims=True)
    where = np.where(total > 0, np.divide(held, total, out=np.zeros_like(held), where=total > 0), share)
    absent = ~in_business(world)
    if absent.any():  # what they would pay is never asked; a price of nothing would mislead
        where[absent] = 1.0 / len(cloud_price)
    return np.asarray(where @ cloud_price)


def in_business(world: World) -> BoolArray:
    """Buyers of compute that are alive, those that sell nothing included; (buyers,)."""
    sellers = [world.seller(name) for name in world.buyers.names]
    return np.array([seller is None or seller.alive for seller in sellers])


def rent_outside(world: World, *, price: FloatArray, weight: FloatArray) -> float:
    """Mean price of a GPU-hour outside the hyperscalers; of all clouds where there are only hyperscalers."""
    outside = np.array([is_outside(cloud) for cloud in world.clouds]) & (weight > 0)
    if not outside.any():
        outside = weight > 0
    if not outside.any():
        return float(price.mean())
    return float((price * weight)[outside].sum() / weight[outside].sum())


def _sheet(
    world: World, assumptions: Scenario, *, month: int, capacity: Capacity, models: Models, cloud_price: FloatArray
) -> OfferSheet:
    """The month's sheet with GPU-hour prices posted and token prices still to come (1 USD/Mtok stands in)."""
    book = world.book
    on_device = book.route == Route.ON_DEVICE
    quality = np.where(on_device, models.device_quality[book.line_of], models.quality[book.line_of])
    served = np.isfinite(quality)
    rents = book.route == Route.SELF_RENT
    served &= ~rents | (capacity.supply[np.where(rents, book.seller, 0)] > 0)
    served &= ~excluded(world)
    serves = np.array([world.serves(offer) for offer in book.offers])
    active = (
        np.full(len(book.active), assumptions.lab.equal_active)
        if (assumptions.lab.compute_per_token == "equal")
        else book.active
    )
    decline = yearly_decline(month, assumptions.chip)
    servers = assumptions.selfhost.model_copy(update={"server_price": assumptions.selfhost.server_price * decline})
    price = np.ones(len(book.offers))
    price[rents] = cloud_price[book.seller[rents]]
    price[book.route == Route.ON_PREM] = owned_gpu_hour_cost(servers, wage=assumptions.labour.operations_engineer)
    price[on_device] = device_energy_cost(active[on_device], assumptions.device)
    exposure, exposure_tenant = exposures(world, assumptions)
    waiting_alone = float(
        erlang_c(
            SERVERS_OF_A_COMPANY,
            SERVERS_OF_A_COMPANY * assumptions.selfhost.operating_load / assumptions.selfhost.peak_internal,
        )
    )
    waiting = np.where(book.nest == 0, world.bulletin.waiting, waiting_alone)
    jurisdiction = np.array([world.sellers[code].jurisdiction for code in book.vendor])
    return OfferSheet(
        available=served & serves,
        route=book.route,
        nest=book.nest,
        model=book.line_of,
        seller=book.seller,
        vendor=book.vendor,
        host_cloud=book.host_cloud,
        exposure=exposure,
        exposure_tenant=exposure_tenant,
        price=price,
        quality=np.where(np.isfinite(quality), quality, 0.0),
        active=active,
        total=book.total,
        open=book.open,
        outsider=world.outsider,
        foreign=jurisdiction.astype(np.uint8),
        reliability=reliability(
            availability=assumptions.invest.availability,
            latency_weight=assumptions.demand.latency_weight,
            waiting=waiting,
        ),
        expected_rise=expected_rises(world),
    )


def _priced(sheet: OfferSheet, price: FloatArray) -> OfferSheet:
    """The sheet with token prices filled in where they are known (not nan)."""
    return replace(sheet, price=np.where(np.isfinite(price), price, sheet.price))


def exposures(world: World, assumptions: Scenario) -> tuple[FloatArray, FloatArray]:
    """Exposure of data by offer, to strangers and to tenants of the host cloud; (offers,) each (docs/model.md M1)."""
    demand, book = assumptions.demand, world.book
    hyperscalers = {cloud.name for cloud in world.clouds if is_hyperscaler(cloud)}
    general = {
        Route.CLOSED_API: demand.exposure_closed,
        Route.HOSTED_OPEN: demand.exposure_host,
        Route.SELF_RENT: demand.exposure_self,
        Route.ON_PREM: 0.0,
        Route.ON_DEVICE: 0.0,
    }
    exposure = np.array([general[offer.route] for offer in book.offers])
    on_hyperscaler = np.array([o.route == Route.HOSTED_OPEN and o.host in hyperscalers for o in book.offers])
    exposure = np.where(on_hyperscaler, demand.exposure_tenancy, exposure)
    in_second_bloc = np.isin(book.host_cloud, [cloud.code for cloud in sovereign_clouds(world)])
    exposure = np.where(in_second_bloc, demand.exposure_sovereign, exposure)
    metered = book.route <= Route.HOSTED_OPEN
    tenant = np.where(metered & (book.host_cloud >= 0), np.minimum(exposure, demand.exposure_tenancy), exposure)
    return exposure, tenant


def expected_rises(world: World) -> FloatArray:
    """Price rise a dependent company expects of each offer: the largest 12-month rise of its kind in a year;
    (offers,).
    """
    kinds = {Route.CLOSED_API: "closed_api", Route.HOSTED_OPEN: "hosted_open", Route.SELF_RENT: "self_rent"}
    rise = {}
    for route, kind in kinds.items():
        path = np.asarray(world.price_history.get(kind, []))[-2 * MONTHS_PER_YEAR :]
        year_on_year = path[MONTHS_PER_YEAR:] / path[:-MONTHS_PER_YEAR] - 1 if len(path) > MONTHS_PER_YEAR else []
        rise[route] = max([LEAST_EXPECTED_RISE, *year_on_year])
    return np.array([rise.get(offer.route, 0.0) for offer in world.book.offers])


def unit_costs(
    world: World, assumptions: Scenario, *, sheet: OfferSheet, gpu_price: FloatArray, capacity: Capacity
) -> FloatArray:
    """Cost of a million tokens by offer: accelerators at the pool's load with overhead, and staff; nan off the
    meter.
    """
    book, selfhost = world.book, assumptions.selfhost
    cost = np.full(len(book.offers), np.nan)
    metered = np.flatnonzero(book.route <= Route.HOSTED_OPEN)
    hosts = world.buyers.index
    paid = gpu_price[[hosts(book.offers[code].host) for code in metered]]
    tenants = world.bulletin.tenants[metered]
    hours = marginal_gpu_hours_per_mtok(
        active=sheet.active[metered], tenants=tenants, efficiency=capacity.serving_efficiency, selfhost=selfhost
    )
    tokens = np.maximum(world.bulletin.pooled_tokens[metered], assumptions.pricing.planning_volume)
    people = shared_staff(tokens, efficiency=capacity.serving_efficiency, selfhost=selfhost)
    wage = loaded_wage(tokens / capacity.serving_efficiency, assumptions.labour)
    staff = people * wage / MONTHS_PER_YEAR / (tokens / TOKENS_PER_MTOK)
    cost[metered] = hours * paid * (1 + selfhost.overhead) + staff
    return cost


def reference_price(world: World, *, sheet: OfferSheet) -> float:
    """Mean posted price of the labs' frontier models, USD per Mtok; of any metered offer where there is no lab."""
    closed = sheet.available & (sheet.route == Route.CLOSED_API)
    frontier: BoolArray = closed & np.array([offer.line.tier == "frontier" for offer in world.book.offers])
    for group in (frontier, closed, sheet.available & (sheet.route == Route.HOSTED_OPEN)):
        if group.any():
            return float(sheet.price[group].mean())
    return world.bulletin.closed_price
