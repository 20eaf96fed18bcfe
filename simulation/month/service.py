"""Requests are served with the GPU-hours held: shortage is shared by all users of an offer, training burns what it
got.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.goods import Route
from market.units import FloatArray
from simulation.month.bloc_use import BlocUse, bloc_use
from simulation.month.compute import Compute
from simulation.month.demand import Demand
from simulation.world import World


@dataclass(frozen=True)
class Service:
    """What was delivered."""

    served: FloatArray  # (live rows,) the same for each workload that holds an offer
    tokens: FloatArray  # (live rows,) tokens served to the real firms behind each of them
    tokens_by_offer: FloatArray  # (offers,) tokens served to real firms
    hours_by_offer: FloatArray  # (offers,) GPU-hours that self-run workloads got
    busy_by_buyer: FloatArray  # (buyers,) GPU-hours of serving that computed
    busy_self: float  # the same of companies that run models themselves
    held_self: float
    trained: FloatArray  # (trainers,) GPU-hours burnt
    rented: FloatArray  # (clouds,) served over wanted by self-renters
    bloc: BlocUse  # of the second bloc


def serve_requests(world: World, *, demand: Demand, compute: Compute) -> Service:
    """Share out what is short, and let training runs advance by the GPU-hours they hold."""
    book, buyers = world.book, world.buyers
    share = np.ones(len(book.offers))
    for offer in book.offers:
        if offer.route in (Route.CLOSED_API, Route.HOSTED_OPEN):
            share[offer.code] = compute.served_share[buyers.index(offer.host)]
        elif offer.route == Route.SELF_RENT:
            share[offer.code] = compute.self_rent_share[world.code_of[offer.seller]]
    served, weight = share[demand.code], demand.weight
    tokens, tokens_by_offer = weight * demand.wanted.tokens * served, demand.tokens_by_offer * share
    trained = []
    for trainer in world.trainers:
        hours = float(compute.training_held[buyers.index(trainer.name)].sum())
        trained.append(hours)
        if trainer.run is not None:
            trainer.run.left = max(trainer.run.left - hours, 0.0)
    busy = np.zeros(len(buyers.names))
    for (seller, _), service in compute.services.items():
        row = buyers.index(seller)
        busy[row] += service.busy * compute.served_share[row]
    return Service(
        served=served,
        tokens=tokens,
        tokens_by_offer=tokens_by_offer,
        hours_by_offer=demand.hours_by_offer * share,
        busy_by_buyer=busy,
        busy_self=float((weight * demand.wanted.gpu_hours_busy * served).sum()),
        held_self=float((weight * demand.wanted.gpu_hours_held * served).sum()),
        trained=np.array(trained),
        rented=compute.self_rent_share,
        bloc=bloc_use(
            world, demand=demand, compute=compute, served=served, tokens=tokens, tokens_by_offer=tokens_by_offer
        ),
    )
