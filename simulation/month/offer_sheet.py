"""The month's offers before their tokens have a price, and what a million tokens of each cost to serve.

docs/model.md M1 and M7.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agents.offers import OfferSheet
from market.goods import Route
from market.labour import loaded_wage
from market.own_machines import device_energy_cost, owned_gpu_hour_cost
from market.pooling import erlang_c, marginal_gpu_hours_per_mtok, reliability, shared_staff
from market.units import MONTHS_PER_YEAR, TOKENS_PER_MTOK, FloatArray
from market.vendor import yearly_decline
from scenarios.scenario import Scenario
from simulation.month.bloc_use import sovereign_clouds
from simulation.month.capacity import Capacity, is_hyperscaler
from simulation.month.dealing import excluded
from simulation.world import World

if TYPE_CHECKING:
    from simulation.month.models import Models

LEAST_EXPECTED_RISE = 0.05  # a dependent company never expects less (docs/model.md M1, Rhold)
SERVERS_OF_A_COMPANY = 2.0  # replicas of a typical self-run service, for its queue


def blank_sheet(
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


def priced(sheet: OfferSheet, price: FloatArray) -> OfferSheet:
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
