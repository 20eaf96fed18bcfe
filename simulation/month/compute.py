"""The compute market clears (docs/model.md M0, M3): who wants which GPU-hours, who gets them, and what is then served.

Reserved hours come first (without reservations, hours already held); the rest is served by class. Inference that finds
no room where it was placed goes to clouds with room or is lost; training waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from agents.sellers import CloudProvider, Hoster, ModelLab, Trainer
from agents.sovereignty import SOVEREIGN
from market.clearing import CLASSES, ClearedMarket, Priority, clear
from market.contracts import place_contracts
from market.goods import Route
from market.own_machines import GPUS_PER_SERVER, servers_for
from market.pooling import PooledService, pooled_service
from market.reservations import live, summed
from market.spot import SpotSale, bids_below, spot_sale
from market.units import HOURS_PER_MONTH, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.capacity import Capacity
from simulation.month.dealing import commanded_by, hours_that_stay
from simulation.month.demand import Demand
from simulation.month.reserving import (
    Contracts,
    call_contracts,
    may_sign,
    reserves,
    served_contracts,
    sign_contracts,
)
from simulation.month.tariffs import Tariffs
from simulation.world import OTHER, SELF_RENTERS, World

ROUNDING = 1e-9  # share of a cloud's supply below which what is left is an error of rounding, and nothing is idle


@dataclass(frozen=True)
class Compute:
    """Who holds which GPU-hours this month."""

    services: dict[tuple[str, int], PooledService]  # (seller, model line): machines behind a shared service
    service_hours: FloatArray  # (buyers,) GPU-hours wanted for serving
    training_hours: FloatArray  # (buyers,) GPU-hours wanted for training, backlog left aside
    cleared: ClearedMarket
    serving_held: FloatArray  # (buyers, clouds) GPU-hours
    training_held: FloatArray  # (buyers, clouds)
    served_share: FloatArray  # (buyers,) of what was wanted for serving
    self_rent_share: FloatArray  # (clouds,) of what self-renters placed there
    other_own_hours: float  # GPU-hours of other demand met on its own sites
    other_wanted: float  # GPU-hours of other demand at this month's rent
    subscription_hours: FloatArray  # (labs,) of other demand bought by labs for their subscribers
    own_gpus: float  # accelerators the companies need on their premises
    contracts: Contracts
    reserved_serving: FloatArray  # (buyers, clouds) of serving_held, under reservations
    reserved_training: FloatArray  # (buyers, clouds) of training_held, under reservations
    spot: SpotSale | None  # of what is left idle; None without a spot market


def clear_compute_market(
    world: World, assumptions: Scenario, *, month: int, capacity: Capacity, tariffs: Tariffs, demand: Demand
) -> Compute:
    """State every bid for GPU-hours, ration, divert and queue."""
    buyers = world.buyers
    services = shared_services(world, assumptions, demand=demand, efficiency=capacity.serving_efficiency)
    serving = np.zeros(len(buyers.names))
    for (seller, _), service in services.items():
        serving[buyers.index(seller)] += service.held
    subscriptions = tariffs.subscription_hours
    for lab, hours in zip(world.labs, subscriptions, strict=True):
        serving[buyers.index(lab.name)] += hours
    other_wanted = other_hours_wanted(world, assumptions, month=month, rent=tariffs.rent)
    other_own = min(assumptions.other.own_sites * other_wanted, capacity.own_site_supply)
    serving[buyers.index(OTHER)] = max(other_wanted - other_own - subscriptions.sum(), 0.0)
    self_rent = self_rented_hours(world, demand=demand)
    serving[buyers.index(SELF_RENTERS)] = self_rent.sum()
    book, signed = live(world.reservations, month=month), np.zeros(len(world.clouds))
    if reserves(assumptions):
        book, signed = sign_contracts(
            world, assumptions, month=month, quotes=tariffs.contract_quote, capacity=capacity
        )
    reserved = summed(book, buyers=len(buyers.names), clouds=len(world.clouds))
    training = np.zeros(len(buyers.names))
    for trainer in world.trainers:
        row = buyers.index(trainer.name)
        dearer = assumptions.frontier.compute_price_multiplier
        training[row] = training_bid(
            world, trainer, month=month, price=float(tariffs.gpu_price[row]) * dearer,
            waiting=float(buyers.backlog[row].sum()) if isinstance(trainer, ModelLab) else 0.0,
            committed=max(float(reserved.hours[row].sum()) - serving[row], 0.0),
            committed_price=float(reserved.price_paid[row]) * dearer,
        )  # fmt: skip
    contracts = call_contracts(world, book=book, signed=signed, serving=serving, training=training)

    placed_serving, standing_serving = _placed(
        world, assumptions, tariffs=tariffs, wanted=serving, held=hours_that_stay(world, buyers.serving),
        reserved=contracts.for_serving, reserved_before=buyers.reserved_serving,
    )  # fmt: skip
    row = buyers.index(SELF_RENTERS)
    placed_serving[row], standing_serving[row] = self_rent, np.minimum(self_rent, buyers.serving[row])
    placed_training, standing_training = _placed(
        world, assumptions, tariffs=tariffs, wanted=training, held=hours_that_stay(world, buyers.training),
        reserved=contracts.for_training, reserved_before=buyers.reserved_training,
    )  # fmt: skip
    command = commanded_by(world, assumptions)
    klass = priority_class(world, command=command)
    if assumptions.policy.nondiscrimination:
        klass = served_alike(world, klass)
    cleared = clear(
        supply=capacity.supply,
        immediate=_by_class(placed_serving, standing_serving, klass),
        deferrable=_by_class(placed_training, standing_training, klass),
        backlog=buyers.backlog,
        preference=buyers.allowed * _hosting_stays(world),
        compute=assumptions.compute,
        integrated=np.array([cloud.name in command.values() for cloud in world.clouds]),
        captive=np.array([cloud.role == SOVEREIGN for cloud in world.clouds]),
    )
    held = cleared.immediate_served.sum(axis=2) + cleared.received.sum(axis=2)
    trained = cleared.deferrable_served.sum(axis=2)
    served = served_contracts(contracts, cleared)
    placed_rent = placed_serving[row]
    kept = cleared.immediate_served.sum(axis=2)[row] + cleared.diverted.sum(axis=2)[row]
    return Compute(
        services=services,
        service_hours=serving,
        training_hours=training,
        cleared=cleared,
        serving_held=held,
        training_held=trained,
        served_share=np.divide(
            np.minimum(held.sum(axis=1), serving), serving, out=np.ones_like(serving), where=serving > 0
        ),
        self_rent_share=np.divide(kept, placed_rent, out=np.ones_like(kept), where=placed_rent > 0).clip(max=1.0),
        other_own_hours=other_own,
        other_wanted=other_wanted,
        subscription_hours=subscriptions,
        own_gpus=_own_gpus(world, demand=demand),
        contracts=contracts,
        reserved_serving=np.minimum(served.serving, held),
        reserved_training=np.minimum(served.training, trained),
        spot=sell_idle_hours(world, assumptions, month=month, rent=tariffs.rent, cleared=cleared),
    )


def sell_idle_hours(
    world: World, assumptions: Scenario, *, month: int, rent: float, cleared: ClearedMarket
) -> SpotSale | None:
    """Auction of what clouds have left after every class, to interruptible work of other buyers (rule P4)."""
    spot, other = assumptions.spot, assumptions.other
    if spot.part <= 0:
        return None
    level = float(world.calendar.other_demand[month]) * HOURS_PER_MONTH
    bid, hours = bids_below(
        rent, reserve=assumptions.invest.opex, level=spot.part * level, founding=world.founding_rent,
        elasticity=other.elasticity, bids=spot.bids,
    )  # fmt: skip
    left = cleared.supply - cleared.served.sum(axis=(0, 2))
    idle = np.where(left > ROUNDING * cleared.supply, left, 0.0)
    return spot_sale(bid, hours, idle=idle, reserve=assumptions.invest.opex)


def _placed(
    world: World, assumptions: Scenario, *, tariffs: Tariffs, wanted: FloatArray, held: FloatArray,
    reserved: FloatArray, reserved_before: FloatArray,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """GPU-hours placed with each cloud and, of these, those that come first there; (buyers, clouds) each.

    What is reserved is called where it is reserved; the rest stays where hours on demand were held but for a rollover.
    Where reservations exist, only they come first, and the running hours of whoever cannot sign any.
    """
    placed, standing = place_contracts(
        wanted=np.maximum(wanted - reserved.sum(axis=1), 0.0), held=np.maximum(held - reserved_before, 0.0),
        new_share=tariffs.contract_share, rollover=assumptions.cloud.rollover,
    )  # fmt: skip
    if not reserves(assumptions):
        return placed + reserved, standing + reserved
    return placed + reserved, np.where(may_sign(world)[:, None], reserved, standing)


def shared_services(
    world: World, assumptions: Scenario, *, demand: Demand, efficiency: float
) -> dict[tuple[str, int], PooledService]:
    """Machines each lab, releaser, hoster and cloud needs for the models it serves to companies."""
    book = world.book
    services: dict[tuple[str, int], PooledService] = {}
    for key, codes in book.services.items():
        tokens = float(demand.tokens_by_offer[codes].sum())
        if tokens > 0:
            line = book.lines[key[1]]
            services[key] = pooled_service(
                tokens,
                active=active_parameters(line.active, assumptions),
                total=line.total,
                tenants=float(demand.tenants_by_offer[codes].sum()),
                efficiency=efficiency,
                selfhost=assumptions.selfhost,
            )
    return services


def active_parameters(active: float, assumptions: Scenario) -> float:
    """Active parameters a model is served with, billions; the same for all under `compute_per_token = equal`."""
    return assumptions.lab.equal_active if assumptions.lab.compute_per_token == "equal" else active


def other_hours_wanted(world: World, assumptions: Scenario, *, month: int, rent: float) -> float:
    """GPU-hours that other demand wants at `rent`, own sites included (docs/model.md section 11 point 3)."""
    level = float(world.calendar.other_demand[month]) * HOURS_PER_MONTH
    return float(level * (rent / world.founding_rent) ** -assumptions.other.elasticity)


def self_rented_hours(world: World, *, demand: Demand) -> FloatArray:
    """GPU-hours self-renters place with each cloud, proofs of concept included; (clouds,)."""
    hours = np.zeros(len(world.clouds))
    rented = np.flatnonzero(world.book.route == Route.SELF_RENT)
    np.add.at(hours, world.book.seller[rented], demand.hours_by_offer[rented])
    pilots = demand.projects
    weight = world.companies.weight[world.companies.company[pilots.piloting]]
    np.add.at(hours, pilots.pilot_cloud, weight * pilots.pilot_hours)
    return hours


def training_bid(
    world: World, trainer: Trainer, *, month: int, price: float, waiting: float, committed: float,
    committed_price: float,
) -> float:  # fmt: skip
    """GPU-hours the trainer asks for its run this month: what its monthly budget buys of those not `waiting` already.

    First the `committed` hours, which it owes at `committed_price` anyway, then hours on demand at `price`; USD per
    GPU-hour.
    """
    if world.training_path is not None and trainer in world.labs:
        return float(world.training_path[month, world.labs.index(trainer), 0]) if trainer.alive else 0.0
    if trainer.run is None:
        return 0.0
    beyond = max(trainer.run.budget - committed * committed_price, 0.0)
    left = max(trainer.run.left - waiting, 0.0)
    return min(committed + beyond / price, left) if price > 0 else left


def priority_class(world: World, *, command: Mapping[str, str]) -> list[IntArray]:
    """Class in which each buyer's growth is served, by cloud: a lab comes earlier at the cloud that commands it, and
    what a cloud hosts itself comes earlier on its own machines, so that foreclosure spares it."""
    classes = []
    for name in world.buyers.names:
        seller = world.seller(name)
        at = np.full(len(world.clouds), int(Priority.SELF_RENT))
        if isinstance(seller, Trainer):
            parent = command.get(name, getattr(seller, "parent", ""))
            at[:] = Priority.RIVAL_LAB
            at[[cloud.name == parent for cloud in world.clouds]] = Priority.AFFILIATE
        elif isinstance(seller, CloudProvider):
            at[:] = Priority.AFFILIATE
        elif isinstance(seller, Hoster):
            at[:] = Priority.HOSTER
        elif name == OTHER:
            at[:] = Priority.OUTSIDE
        classes.append(at)
    return classes


def served_alike(world: World, classes: list[IntArray]) -> list[IntArray]:
    """The classes of buyers where a cloud may not put its own labs and its own hosting before their rivals (M16)."""
    alike = []
    for name, at in zip(world.buyers.names, classes, strict=True):
        rivals = Priority.RIVAL_LAB if isinstance(world.seller(name), Trainer) else Priority.HOSTER
        alike.append(np.where(at == Priority.AFFILIATE, int(rivals), at))
    return alike


def _by_class(placed: FloatArray, standing: FloatArray, klass: list[IntArray]) -> FloatArray:
    """Placed hours (buyers, clouds) as (buyers, clouds, classes): standing hours reserved, the rest in its class."""
    buyers, clouds = placed.shape
    by_class = np.zeros((buyers, clouds, CLASSES))
    by_class[:, :, Priority.RESERVED] = standing
    row, column = np.indices((buyers, clouds))
    by_class[row, column, np.asarray(klass)] += np.maximum(placed - standing, 0.0)
    return by_class


def _hosting_stays(world: World) -> FloatArray:
    """1 where a buyer's diverted demand may go elsewhere; a cloud's own hosting has nowhere to go; (buyers, 1)."""
    return np.where(world.hosting_buyers, 0.0, 1.0)[:, None]


def _own_gpus(world: World, *, demand: Demand) -> float:
    """Accelerators in the whole servers that companies need on their premises."""
    on_premises = np.flatnonzero(world.book.route == Route.ON_PREM)
    return float(servers_for(demand.hours_by_offer[on_premises].sum() / HOURS_PER_MONTH) * GPUS_PER_SERVER)
