"""Random worlds of companies and offers, for benchmarks and for checking the kernel against its plain twin."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from agents.offers import NONE, Circumstances, OfferSheet, OfferTerms, offer_terms
from agents.preferences import Demand, LockIn
from agents.terms import Terms, Weights, Workloads, terms, weights
from market.chance import Chance, Mechanism
from market.labour import Labour
from market.serving import SelfHosting
from market.units import BoolArray, FloatArray, IntArray

CLOUDS, LABS, RELEASERS, HOSTS = 15, 4, 3, 4
SECTORS = 10
ORIGIN_SPREAD = 20.0


@dataclass(frozen=True)
class World:
    """A population, a sheet of offers and the parameters that value them."""

    workloads: Workloads
    sheet: OfferSheet
    circumstances: Circumstances
    demand: Demand = field(default_factory=Demand)
    lockin: LockIn = field(default_factory=LockIn)
    selfhost: SelfHosting = field(default_factory=SelfHosting)
    labour: Labour = field(default_factory=Labour)
    true_beliefs: int = 0

    def terms(self, rows: IntArray) -> Terms:
        """Terms of the workloads `rows`."""
        return terms(
            self.workloads, rows, sheet=self.sheet, demand=self.demand, lockin=self.lockin, selfhost=self.selfhost,
            labour=self.labour, circumstances=self.circumstances,
        )  # fmt: skip

    def offers(self) -> OfferTerms:
        """Terms of the offers."""
        return offer_terms(self.sheet, demand=self.demand, selfhost=self.selfhost, circumstances=self.circumstances)

    def weights(self) -> Weights:
        """Numbers that all pairs share."""
        return weights(self.demand, self.lockin, self.selfhost, true_beliefs=self.true_beliefs)


class Dice:
    """Uniform numbers for a benchmark world, one stream of addresses per call."""

    def __init__(self, draw: int) -> None:
        self.chance = Chance(draw)
        self.calls = 0

    def uniform(self, count: int, low: float = 0.0, high: float = 1.0) -> FloatArray:
        """`count` uniform numbers between `low` and `high`."""
        self.calls += 1
        return low + (high - low) * self.chance.uniform(Mechanism.BENCHMARK, month=self.calls, entity=np.arange(count))

    def normal(self, count: int) -> FloatArray:
        """`count` standard normal numbers."""
        self.calls += 1
        return self.chance.normal(Mechanism.BENCHMARK, month=self.calls, entity=np.arange(count))

    def integers(self, count: int, low: int, high: int) -> IntArray:
        """`count` integers from `low` to `high - 1`."""
        return np.floor(self.uniform(count, low, high)).astype(np.int64)

    def flags(self, count: int, probability: float) -> BoolArray:
        """`count` flags, true with `probability`."""
        return np.asarray(self.uniform(count) < probability)


def random_sheet(dice: Dice) -> OfferSheet:
    """About 110 product lines: closed APIs direct and by marketplace, hosted, self-run and on-device open models."""
    lines: list[tuple[int, int, int, int, int]] = []  # route, model, seller, vendor, cloud
    first_lab, first_releaser = CLOUDS, CLOUDS + LABS
    first_host = first_releaser + RELEASERS
    for lab in range(LABS):
        for tier in range(2):
            model = 2 * lab + tier
            lines.append((0, model, first_lab + lab, first_lab + lab, NONE))
            lines += [(0, model, cloud, first_lab + lab, cloud) for cloud in range(lab % 3 + 1)]
    for releaser in range(RELEASERS):
        model, vendor = 2 * LABS + releaser, first_releaser + releaser
        lines += [(1, model, cloud, vendor, cloud) for cloud in range(CLOUDS - 3)]
        lines += [(1, model, first_host + host, vendor, NONE) for host in range(HOSTS)]
        lines += [(2, model, cloud, vendor, cloud) for cloud in range(8)]
        lines += [(3, model, vendor, vendor, NONE), (4, model, vendor, vendor, NONE)]
    route, model, seller, vendor, cloud = np.array(lines, dtype=np.int64).T
    count, models = len(route), 2 * LABS + RELEASERS
    active = np.exp(dice.uniform(models, 2.0, 5.5))[model]
    price = np.where(route <= 1, np.exp(dice.uniform(count, -2.0, 2.5)), dice.uniform(count, 1.5, 5.0))
    price[route == 4] = 0.1
    own_run = route >= 2
    return OfferSheet(
        available=dice.flags(count, 0.95),
        route=route.astype(np.int8),
        nest=own_run.astype(np.int8),
        model=model.astype(np.int16),
        seller=seller.astype(np.int16),
        vendor=vendor.astype(np.int16),
        host_cloud=cloud.astype(np.int16),
        exposure=np.array([1.0, 0.7, 0.3, 0.0, 0.0])[route],
        exposure_tenant=np.array([0.6, 0.6, 0.3, 0.0, 0.0])[route],
        price=price,
        quality=dice.uniform(models, 100 - ORIGIN_SPREAD, 100 + ORIGIN_SPREAD)[model],
        active=active,
        total=active * np.where(dice.flags(models, 0.5), 6.0, 1.0)[model],
        open=route > 0,
        outsider=np.zeros(count, dtype=bool),
        foreign=dice.integers(models, 0, 2)[model].astype(np.uint8),
        reliability=dice.uniform(count, 0.95, 1.0),
        expected_rise=np.where(route <= 1, dice.uniform(count, 0.05, 0.4), 0.0),
    )


def random_world(companies: int, *, draw: int = 1, demand: Demand | None = None) -> World:
    """Companies with one to four workloads and mixed histories, facing the offers of `random_sheet`."""
    dice = Dice(draw)
    sheet = random_sheet(dice)
    slots = dice.integers(companies, 1, 5)
    company = np.repeat(np.arange(companies, dtype=np.int32), slots)
    count = len(company)
    company_volume = 10.0 ** np.clip(8.2 + 0.8 * dice.normal(companies), 4, 12)
    share = dice.uniform(count)
    share /= np.bincount(company, weights=share)[company]
    held = np.where(dice.flags(count, 0.5), dice.integers(count, 0, len(sheet.route)), NONE)
    workloads = Workloads(
        company=company,
        share=share,
        volume=share * company_volume[company],
        value=np.exp(np.log(30.0) + dice.normal(count)),
        sensitivity=dice.uniform(count) ** 2,
        need=100 + dice.uniform(count, -40, 25),
        sla=dice.integers(count, 0, 3).astype(np.uint8),
        reference_price=dice.uniform(count, 1, 6),
        held=held.astype(np.int16),
        held_quality=np.where(held >= 0, sheet.quality[np.maximum(held, 0)] - dice.integers(count, 0, 2) * 5.0, 0.0),
        accepted_bill=np.where(held >= 0, np.exp(dice.uniform(count, 0, 10)), 0.0),
        tenure=dice.integers(count, 0, 30).astype(np.int16),
        taste_month=dice.integers(count, 0, 20).astype(np.int16),
        reviewed=np.zeros(count, dtype=np.int16),
        taste=np.where(held >= 0, dice.normal(count), 0.0),
        data_tb=np.exp(dice.uniform(count, -3, 3)),
        company_volume=company_volume,
        segment=dice.flags(companies, 0.1).astype(np.uint8),
        sector=dice.integers(companies, 0, SECTORS).astype(np.uint8),
        jurisdiction=dice.flags(companies, 0.2).astype(np.uint8),
        regulated=dice.flags(companies, 0.2),
        tenancy=dice.integers(companies, 0, CLOUDS).astype(np.int16),
        known=known_sellers(dice, companies),
        accounts=known_sellers(dice, companies),
        aware_open=dice.flags(companies, 0.7),
        adopted=np.bincount(company, weights=held >= 0) > 0,
        dominant=dice.integers(companies, -1, CLOUDS + LABS + RELEASERS).astype(np.int16),
        belief_mean=0.6 + 0.35 * dice.normal(companies),
        stigma=np.where(dice.flags(companies, 0.1), 0.1, 0.0),
    )
    circumstances = Circumstances(
        intensity=1.5,
        value_exponent=0.5,
        serving_efficiency=1.3,
        first_use_months=1.0,
        device_memory=32.0,
        experience=dice.uniform(SECTORS * 3, 0, 60).reshape(SECTORS, 3),
    )
    return World(workloads, sheet, circumstances, demand=demand or Demand())


def known_sellers(dice: Dice, companies: int) -> FloatArray:
    """Bitmask of sellers that each company knows, each with chance 0.5."""
    known = np.zeros(companies, dtype=np.uint64)
    for seller in range(CLOUDS + LABS + RELEASERS + HOSTS):
        known |= dice.flags(companies, 0.5).astype(np.uint64) << np.uint64(seller)
    return known


def with_sheet(world: World, **columns: object) -> World:
    """The world with some columns of its offer sheet replaced."""
    return replace(world, sheet=replace(world.sheet, **columns))


def with_workloads(world: World, **columns: object) -> World:
    """The world with some columns of its population replaced."""
    return replace(world, workloads=replace(world.workloads, **columns))
