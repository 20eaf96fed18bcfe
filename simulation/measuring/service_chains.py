"""Who stands behind every offer, and which GPU-hours the displaced could have (docs/model.md 4.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.fallback import MOST_DENIERS, Chain, hours_per_mtok
from agents.offers import NONE, OfferTerms
from agents.sellers import ModelLab, OpenWeightReleaser, Seller
from agents.sovereignty import SECOND_BLOC
from market.control import NEW_HOURS, NOBODY, OWN_MACHINES, Control
from market.goods import Offer, Route
from market.units import HOURS_PER_MONTH, TOKENS_PER_MTOK, FloatArray, IntArray, running_sum
from scenarios.scenario import Scenario
from simulation.month.bloc_use import sovereign_clouds
from simulation.month.hiring import staffing_of
from simulation.world import OTHER, MonthRecord, World

SECONDS_PER_HOUR = 3600.0
METERED = (Route.CLOSED_API, Route.HOSTED_OPEN)


@dataclass(frozen=True)
class Controllers:
    """Whoever could withdraw what it owns: every firm by its code, then every owner of several firms."""

    members: npt.NDArray[np.bool_]  # (controllers, sellers) firms each of them commands
    firms: int  # the first so many are single firms
    ultimate: IntArray  # controllers that nobody else commands

    @property
    def bits(self) -> npt.NDArray[np.uint64]:
        """Bits of the sellers each controller commands; (controllers,)."""
        place = np.left_shift(np.uint64(1), np.arange(self.members.shape[1], dtype=np.uint64))
        return np.asarray((self.members * place).sum(axis=1), dtype=np.uint64)


def parent_of(seller: Seller) -> str:
    """Name of the firm that owns a seller; empty where none does."""
    return seller.parent if isinstance(seller, (ModelLab, OpenWeightReleaser)) else ""


def controllers_of(sellers: list[Seller]) -> Controllers:
    """Every firm by itself and, where a firm owns others, the whole group; each price-taking cloud is a firm."""
    count = len(sellers)
    code_of = {seller.name: seller.code for seller in sellers}
    owner = np.arange(count)
    for seller in sellers:
        owner[seller.code] = code_of.get(parent_of(seller), seller.code)
    parents = [code for code in range(count) if (owner == code).sum() > 1]
    groups = np.array([owner == code for code in parents], dtype=bool).reshape(len(parents), count)
    alone = [code for code in range(count) if owner[code] == code and code not in parents]
    return Controllers(
        members=np.vstack([np.eye(count, dtype=bool), groups]),
        firms=count,
        ultimate=np.array([*alone, *range(count, count + len(parents))], dtype=np.int64),
    )


def sellers_needed(offer: Offer) -> tuple[str, ...]:
    """Sellers any of which can withdraw an offer: who licenses, hosts, rents out or resells it.

    A developer has no say over weights it has published, and nobody over machines of one's own.
    """
    if offer.route == Route.CLOSED_API:
        return (offer.vendor, offer.cloud) if offer.cloud else (offer.vendor,)
    if offer.route in (Route.HOSTED_OPEN, Route.SELF_RENT):
        return (offer.seller,)
    return ()


@dataclass(frozen=True)
class Links:
    """What never changes about who stands behind an offer; (offers,) unless stated."""

    needs_seller: npt.NDArray[np.uint64]  # bits of the sellers any of which can withdraw it
    denier: IntArray  # (offers, MOST_DENIERS) controllers that can, NOBODY where there are fewer
    service: IntArray  # shared service behind it, NONE for a company's own
    runner: IntArray  # buyer of GPU-hours that runs it, NONE for a company's own
    bloc: IntArray  # jurisdiction of the companies that it is for, NONE where it is for all


def links_of(world: World, controllers: Controllers) -> Links:
    """The links of every offer that any arm can contain."""
    offers, bits = world.book.offers, controllers.bits
    needed = np.array(
        [sum(1 << world.code_of[name] for name in set(sellers_needed(offer))) for offer in offers], dtype=np.uint64
    )
    denier = np.full((len(offers), MOST_DENIERS), NOBODY, dtype=np.int64)
    for code, need in enumerate(needed):
        who = np.flatnonzero(bits & need)
        denier[code, : len(who)] = who
    service = np.full(len(offers), NONE, dtype=np.int64)
    for place, codes in enumerate(world.book.services.values()):
        service[codes] = place
    runner = [world.buyers.index(offer.host) if offer.route in METERED else NONE for offer in offers]
    return Links(
        needs_seller=needed, denier=denier, service=service, runner=np.array(runner, dtype=np.int64), bloc=_blocs(world)
    )


def _blocs(world: World) -> IntArray:
    """Jurisdiction of the companies that each offer is for, NONE where it is for all; (offers,)."""
    of_bloc = np.isin(world.book.host_cloud, [cloud.code for cloud in sovereign_clouds(world)])
    return np.where(of_bloc, SECOND_BLOC, NONE).astype(np.int64)


def chain_of(
    world: World, assumptions: Scenario, *, links: Links, controllers: Controllers, control: Control,
    record: MonthRecord, offers: OfferTerms,
) -> Chain:  # fmt: skip
    """The service chain of every offer this month."""
    route, staffing = world.book.route, staffing_of(world, assumptions, month=record.month)
    held, tokens = np.zeros(len(route)), np.zeros(len(route))
    for key, service in record.compute.services.items():
        codes = world.book.services[key]
        held[codes], tokens[codes] = service.held, record.demand.tokens_by_offer[codes].sum()
    busy = offers.replica_gpus / (offers.replica_throughput * SECONDS_PER_HOUR) * TOKENS_PER_MTOK
    on_rent = (route == Route.SELF_RENT) | (route == Route.ON_PREM)
    return Chain(
        denier=links.denier,
        of_controller=controllers.bits,
        needs_seller=links.needs_seller,
        service=links.service,
        hours_per_mtok=hours_per_mtok(held, tokens, otherwise=busy / assumptions.selfhost.operating_load),
        deployment=_deployment(route, assumptions, control, delay=staffing.delay),
        runs_on=np.where(route <= Route.SELF_RENT, NEW_HOURS, OWN_MACHINES).astype(np.int64),
        downloadable=record.demand.sheet.open & (route >= Route.SELF_RENT),
        own_rent=on_rent.astype(np.float64),
        bloc=links.bloc,
    )


def _deployment(
    route: npt.NDArray[np.int8], assumptions: Scenario, control: Control, *, delay: float
) -> FloatArray:
    """Months from decision to service by offer: an interface at once, one's own operation later, servers last.

    `delay`: months that missing integrators add to an operation of one's own.
    """
    months = np.where(route >= Route.SELF_RENT, control.deployment + delay, 0.0)
    return months + np.where(route == Route.ON_PREM, float(assumptions.selfhost.server_lead_months), 0.0)


def machine_shares(world: World, record: MonthRecord, *, links: Links, controllers: Controllers) -> FloatArray:
    """Part of the machines behind each shared service that each controller owns; (offers, controllers).

    Negative where whoever runs the service may rent from nobody else. 0 for what companies rent or own themselves:
    there the owner of the machines is the seller of the offer.
    """
    held = record.compute.serving_held
    total = held.sum(axis=1, keepdims=True)
    part = np.divide(held, total, out=np.zeros_like(held), where=total > 0)  # (buyers, clouds)
    owns = controllers.members[:, : len(world.clouds)].T.astype(np.float64)  # (clouds, controllers)
    elsewhere = world.buyers.allowed @ (1.0 - owns) > 0
    of_buyer = np.where(elsewhere, 1.0, -1.0) * (part @ owns)
    return np.where((links.runner == NONE)[:, None], 0.0, of_buyer[links.runner])


def free_hours(world: World, record: MonthRecord, controllers: Controllers, control: Control) -> FloatArray:
    """GPU-hours a month that workloads displaced by each controller can have; (controllers,).

    At clouds it does not own: what is idle, what training and other demand give up, and all that its own labs, hosters
    and releasers held there, since who serves nobody rents nothing.
    """
    compute = record.compute
    cleared, held, trained = compute.cleared, compute.serving_held, compute.training_held
    idle = np.maximum(cleared.supply - cleared.served.sum(axis=(0, 2)), 0.0)
    given_up = control.training_release * trained.sum(axis=0)
    given_up += control.other_release * held[world.buyers.index(OTHER)]
    rivals = 1.0 - controllers.members[:, : len(world.clouds)]  # (controllers, clouds)
    code = np.array([world.code_of.get(name, NONE) for name in world.buyers.names])
    own = np.where(code >= 0, controllers.members[:, code], False)  # (controllers, buyers)
    left = own @ (held + (1.0 - control.training_release) * trained)
    return np.asarray(rivals @ (idle + given_up) + (left * rivals).sum(axis=1))


def undelivered(world: World, record: MonthRecord, *, months: int, control: Control) -> float:
    """Share of inference at clouds that goes unserved, on average over `months`, if the vendor stops delivering.

    The running fleet goes on; machines that reach the end of their life are not replaced. What is idle and what
    training and other demand give up fill the gap first.
    """
    last = record.month + months
    fleets = [cloud.fleet.machines for cloud in world.clouds]
    retired = running_sum(float(fleet.counts @ np.maximum(last + 1 - fleet.retires, 0)) for fleet in fleets) / months
    missing = retired * HOURS_PER_MONTH * record.assumptions.invest.availability
    compute = record.compute
    idle = np.maximum(compute.cleared.supply - compute.cleared.served.sum(axis=(0, 2)), 0.0).sum()
    other = compute.serving_held[world.buyers.index(OTHER)].sum()
    relief = idle + control.training_release * compute.training_held.sum() + control.other_release * other
    inference = compute.serving_held.sum() - other
    return float(np.clip((missing - relief) / inference, 0.0, 1.0)) if inference > 0 else 0.0

