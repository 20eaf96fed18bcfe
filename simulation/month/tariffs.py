"""Sellers post their tariffs, upstream to downstream: compute, then hosted open models, then closed APIs
(docs/model.md M2).

Everyone prices on last month's bulletin. Only the labs' Bertrand rule is a fixed point within the month; it is solved
on the panel of accounts, as if all of them could switch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.conduct import contract_brand, subscribers_kept
from agents.offers import OfferSheet
from market.goods import Route
from market.pricing import contract_shares
from market.units import BoolArray, FloatArray
from scenarios.scenario import Scenario
from simulation.month.algorithms import learn_prices
from simulation.month.capacity import Capacity
from simulation.month.cloud_prices import cloud_tariffs, gpu_price_paid, quotes_of_contracts, rent_outside
from simulation.month.hosting import post_hosted_prices
from simulation.month.interests import transfer_prices
from simulation.month.interfaces import post_interface_prices
from simulation.month.offer_sheet import blank_sheet, priced, unit_costs
from simulation.month.panel import PanelDemand, panel_demand
from simulation.month.penetration import end_penetration
from simulation.world import World

if TYPE_CHECKING:
    from simulation.month.models import Models


@dataclass(frozen=True)
class Tariffs:
    """What is posted this month."""

    scarcity_price: FloatArray  # (clouds,) USD per GPU-hour, before mark-up
    cloud_cost: FloatArray  # (clouds,) USD per GPU-hour that a cloud's own rule marks up
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
    closed_lead: float  # points by which the best closed model leads open weights; inf where none are public
    subscribers_kept: float  # part of consumer subscriptions that labs keep beside open weights
    subscription_revenue: FloatArray  # (labs,) USD
    fees_saved: float  # USD that those who left subscriptions for open weights do not pay
    subscription_hours: FloatArray  # (labs,) GPU-hours
    panel: PanelDemand  # accounts at this month's offers, for plans
    base_price: FloatArray  # (offers,) prices at which plans are evaluated


def post_tariffs(world: World, assumptions: Scenario, *, month: int, capacity: Capacity, models: Models) -> Tariffs:
    """Prices of GPU-hours, hosted open models and closed APIs for this month."""
    learn_prices(world, assumptions)
    clouds = cloud_tariffs(world, assumptions, month=month, capacity=capacity)
    imposed = world.price_path
    if imposed is not None:
        clouds = clouds._replace(
            scarcity=imposed.clouds[month, 0], price=imposed.clouds[month, 1], cost=imposed.clouds[month, 3]
        )
    cloud_price = clouds.price
    brand = contract_brand(world.clouds, assumptions.pricing)
    share = contract_shares(
        brand, cloud_price, assumptions.pricing.brand_spread, world.buyers.allowed * (capacity.supply > 0) > 0
    )
    gpu_price = gpu_price_paid(world, cloud_price=cloud_price, share=share)
    blank = blank_sheet(world, assumptions, month=month, capacity=capacity, models=models, cloud_price=cloud_price)
    reckoned = transfer_prices(
        world, assumptions, gpu_price=gpu_price, mark_up=cloud_price - clouds.cost, share=share
    )
    unit_cost = unit_costs(world, assumptions, sheet=blank, gpu_price=reckoned, capacity=capacity)
    hosted, markups = post_hosted_prices(world, assumptions, sheet=blank, unit_cost=unit_cost)
    panel = panel_demand(world, assumptions, month=month, sheet=priced(blank, hosted))
    end_penetration(world, assumptions, month=month)
    interfaces = post_interface_prices(
        world, assumptions, month=month, sheet=priced(blank, hosted), unit_cost=unit_cost, panel=panel
    )
    if imposed is not None:
        known = np.isfinite(imposed.interfaces[month])
        interfaces = replace(interfaces, price=np.where(known, imposed.interfaces[month], interfaces.price))
    sheet = priced(blank, interfaces.price)
    quote = quotes_of_contracts(world, assumptions, scarcity=clouds.scarcity, price=cloud_price)
    lead = models.best_closed - models.best_open if np.isfinite(models.best_open) else np.inf
    asked = float(world.calendar.subscriptions[month]) * world.bulletin.lab_share
    kept = float(subscribers_kept(lead, assumptions.other))
    revenue = asked * kept
    return Tariffs(
        scarcity_price=clouds.scarcity,
        cloud_cost=clouds.cost,
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
        price_gap=max(interfaces.gap, clouds.gap),
        cloud_plan=clouds.plan,
        reference_price=reference_price(world, sheet=sheet),
        closed_lead=float(lead),
        subscribers_kept=kept,
        subscription_revenue=revenue,
        fees_saved=float((asked - revenue).sum()),
        subscription_hours=revenue * assumptions.other.subscription_compute_share / gpu_price[: len(world.labs)],
        panel=panel,
        base_price=interfaces.price,
    )


def reference_price(world: World, *, sheet: OfferSheet) -> float:
    """Mean posted price of the labs' frontier models, USD per Mtok; of any metered offer where there is no lab."""
    closed = sheet.available & (sheet.route == Route.CLOSED_API)
    frontier: BoolArray = closed & np.array([offer.line.tier == "frontier" for offer in world.book.offers])
    for group in (frontier, closed, sheet.available & (sheet.route == Route.HOSTED_OPEN)):
        if group.any():
            return float(sheet.price[group].mean())
    return world.bulletin.closed_price
