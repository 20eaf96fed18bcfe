"""The offers of a month: the sheet of all product lines, and their factors in the value equations.

What belongs to one offer alone is computed here, once a month and with arrays. Source: docs/model.md, M1 and M7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.preferences import Demand
from agents.staffing import FULLY_STAFFED, Staffing
from market.own_machines import fits_device
from market.replicas import gpus_per_replica
from market.serving import SelfHosting, throughput
from market.units import BoolArray, ByteArray, CodeArray, FloatArray, IntArray, SmallArray

CLOSED_API, HOSTED_OPEN, SELF_RENT, ON_PREM, ON_DEVICE = range(5)
CLASSES = 2  # of routes
API_CLASS, SELF_CLASS = range(CLASSES)
ENTERPRISE, DEVELOPER = range(2)
NONE = -1

QUALITY_ORIGIN = 100.0  # points: the frontier of January 2023, where quality factors are 1
FREE_PRICE = 1e-6  # USD/Mtok: isoelastic use is unbounded at price 0, so a free option is used as at this price


class OfferError(ValueError):
    """An offer sheet that cannot be chosen from: shapes that differ or a price that is not positive."""


@dataclass(frozen=True)
class OfferSheet:
    """All product lines by permanent code, as posted for one month; every array has shape (offers,)."""

    available: BoolArray
    route: SmallArray  # 0 closed API, 1 hosted open, 2 self-rent, 3 on-premises, 4 on-device
    nest: SmallArray  # 0 API-like, 1 self-operated
    model: CodeArray  # model line
    seller: CodeArray  # who bills, below 64
    vendor: CodeArray  # developer of the weights
    host_cloud: CodeArray  # seller code of the cloud it runs on, -1 elsewhere
    exposure: FloatArray  # share of sensitive data exposed
    exposure_tenant: FloatArray  # the same where the host cloud is the company's own
    price: FloatArray  # USD/Mtok; self-rent and on-premises USD/GPU-hour; on-device energy in USD/Mtok
    quality: FloatArray  # points
    active: FloatArray  # billion parameters
    total: FloatArray  # billion parameters
    open: BoolArray
    outsider: BoolArray  # its developer has no vendor relation with enterprises, whatever the licence
    foreign: ByteArray  # jurisdiction of the weights
    reliability: FloatArray  # share of value that arrives
    expected_rise: FloatArray  # price rise that a dependent company expects, share


@dataclass(frozen=True)
class Circumstances:
    """What all workloads share this month."""

    intensity: float  # G, tokens now over tokens at intensity 1
    value_exponent: float  # growth of value with intensity
    serving_efficiency: float  # throughput over that of January 2023
    first_use_months: float  # integrator months of a company's first adoption
    device_memory: float  # GB of a device
    experience: FloatArray  # (sectors, 3) months of hosted, self-run and developer use
    staffing: Staffing = FULLY_STAFFED  # how far specialists' positions are filled, and what follows (M8)


class OfferTerms(NamedTuple):
    """Factors of one offer in the value equations, shape (offers,), and the offers that can be considered."""

    order: IntArray  # codes of available, feasible offers by class, model, code
    code: IntArray
    group: IntArray  # CLASSES * model + class: the nest whose hosts it is one of
    heard_by_all: BoolArray  # needs no awareness of open models
    metered: BoolArray  # billed by the token (a device: energy)
    integration: FloatArray  # integration staff of the route over that of running a model oneself
    route: SmallArray
    nest: SmallArray
    model: CodeArray
    seller: CodeArray
    vendor: CodeArray
    host_cloud: CodeArray
    hosted: FloatArray  # 1 for a hosted open model, or the interface of a developer without vendor relations
    own: FloatArray  # 1 for a self-operated route
    weights_of: IntArray  # jurisdiction of weights whose origin matters, -1 for those of established vendors
    exposure: FloatArray
    exposure_tenant: FloatArray
    price: FloatArray  # USD/Mtok of metered and device routes, USD/GPU-hour paid of self-run routes
    price_factor: FloatArray  # price ** -use_elasticity
    quality_factor: FloatArray  # exp(-(quality - origin) / spread)
    reliability: FloatArray
    expected_rise: FloatArray
    replica_gpus: FloatArray  # accelerators of one copy
    replica_throughput: FloatArray  # tokens/s of one copy


def among(group: IntArray, some: IntArray) -> BoolArray:
    """Which entries of `group` occur in `some`; small numbers from 0, so that a look-up does."""
    occurs = np.zeros(int(group.max(initial=-1)) + 1, dtype=bool)
    occurs[some] = True
    return occurs[group]


def offer_terms(
    sheet: OfferSheet, *, demand: Demand, selfhost: SelfHosting, circumstances: Circumstances
) -> OfferTerms:
    """Factors of every offer, and the order in which the available ones are considered.

    The order is class, model, code; of self-operated models those that run on a device come first, so that those which
    need staff can be left aside together. An on-device model that does not fit into `device_memory` is left out. Raises
    `OfferError` if the arrays differ in length or an available metered offer has no positive price.
    """
    if len({len(getattr(sheet, name)) for name in sheet.__dataclass_fields__}) != 1:
        raise OfferError("the arrays of the offer sheet differ in length; give one entry per permanent offer code")
    metered = (sheet.route == CLOSED_API) | (sheet.route == HOSTED_OPEN) | (sheet.route == ON_DEVICE)
    if not np.all(sheet.price[sheet.available & metered] > 0):
        codes = np.flatnonzero(sheet.available & metered & ~(sheet.price > 0))
        raise OfferError(f"offers {codes.tolist()} are available at no positive price; post a price or withdraw them")
    fits = fits_device(sheet.total, selfhost=selfhost, memory=circumstances.device_memory)
    feasible = sheet.available & ((sheet.route != ON_DEVICE) | fits)
    codes = np.flatnonzero(feasible)
    group = CLASSES * sheet.model.astype(np.int64) + sheet.nest
    on_device = among(group, group[feasible & (sheet.route == ON_DEVICE)])
    order = codes[np.lexsort((codes, sheet.model[codes], ~on_device[codes], sheet.nest[codes]))]
    price = np.where(sheet.route == SELF_RENT, sheet.price * selfhost.price_multiplier, sheet.price)
    gpus = gpus_per_replica(sheet.total, selfhost.bytes_per_weight, selfhost.gpu_memory)
    staffing = circumstances.staffing
    staffed = (sheet.route == SELF_RENT) | (sheet.route == ON_PREM)
    quality = sheet.quality + staffing.quality_change * staffed
    return OfferTerms(
        order=order.astype(np.int64),
        code=np.arange(len(sheet.route)),
        group=group,
        heard_by_all=sheet.route == CLOSED_API,
        metered=metered,
        integration=selfhost.integration_multipliers[sheet.route],
        route=sheet.route,
        nest=sheet.nest,
        model=sheet.model,
        seller=sheet.seller,
        vendor=sheet.vendor,
        host_cloud=sheet.host_cloud,
        hosted=((sheet.route == HOSTED_OPEN) | (sheet.route == CLOSED_API) & sheet.outsider).astype(np.float64),
        own=(sheet.nest == SELF_CLASS).astype(np.float64),
        weights_of=np.where(sheet.open | sheet.outsider, sheet.foreign.astype(np.int64), NONE),
        exposure=sheet.exposure,
        exposure_tenant=sheet.exposure_tenant,
        price=price,
        price_factor=np.maximum(price, FREE_PRICE) ** -demand.use_elasticity,
        quality_factor=np.exp((QUALITY_ORIGIN - quality) / demand.adequacy_spread),
        reliability=sheet.reliability - staffing.downtime * staffed,
        expected_rise=sheet.expected_rise,
        replica_gpus=gpus,
        replica_throughput=gpus * throughput(sheet.active, circumstances.serving_efficiency, selfhost),
    )
