"""Founding the adopting population: strata, companies and the workloads they may ever have.

Rows are stratified by segment and size so that few rows carry the population truly: the largest firms have a row each
(weight 1), other rows stand for `weight` real firms of their stratum. Within a stratum every attribute is drawn at
evenly spread quantiles in a keyed random order (stratified sampling: Owen 2013, ch. 8), so that worlds of different
size and different draws agree on the distribution. Source: docs/model.md section 1, "Companies".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri
from scipy.stats import poisson

from agents.population import Adoption, Needs, Population
from market.chance import Chance, Mechanism
from market.units import FloatArray

ENTERPRISE, DEVELOPER = 0, 1
SMALL, MEDIUM, LARGE = 0, 1, 2
SIZE_BOUNDS = (10, 50, 250)  # employees at which the small, medium and large class begin (Eurostat)
_MOST_EMPLOYEES = 2.0e6  # the largest private employers; keeps the Pareto tail finite
_BETA_GRID = 4096
_GRID = (np.arange(_BETA_GRID) + 0.5) / _BETA_GRID


@dataclass(frozen=True)
class Strata:
    """One entry per stratum: which companies its rows stand for."""

    size_class: npt.NDArray[np.uint8]
    segment: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int64]
    firms: FloatArray  # real firms the stratum stands for
    lowest_rank: FloatArray  # employment quantiles covered within the size class
    highest_rank: FloatArray


def strata(population: Population, rows: int) -> Strata:
    """Split `rows` over segment x size strata and a top tail of the largest firms, one row each."""
    mix = np.asarray(population.size_mix, dtype=float)
    firms = population.real_firms * mix / mix.sum()
    developer = population.developer_share
    top_rows = round(population.rows_top_tail * rows) if firms[LARGE] > 0 and mix[LARGE] < 1 else 0
    top_rows = min(top_rows, int(firms[LARGE] * (1 - developer) // 2))
    developer_rows = round(population.rows_developer * rows) if 0 < developer < 1 else (rows if developer else 0)
    by_size = np.asarray(population.rows_by_size, dtype=float) * (mix > 0)
    size, segment, count, stands_for, low, high = [], [], [], [], [], []
    for which, total, share in (
        (ENTERPRISE, rows - top_rows - developer_rows, 1 - developer),
        (DEVELOPER, developer_rows, developer),
    ):
        if total <= 0 or share <= 0:
            continue
        for klass, n in enumerate(_split(total, by_size)):
            if n == 0:
                continue
            tail = top_rows if which == ENTERPRISE and klass == LARGE else 0
            size.append(klass)
            segment.append(which)
            count.append(n)
            stands_for.append(firms[klass] * share - tail)
            low.append(0.0)
            high.append(1.0 - tail / (firms[klass] * share))
    if top_rows:
        size.append(LARGE)
        segment.append(ENTERPRISE)
        count.append(top_rows)
        stands_for.append(float(top_rows))
        low.append(1.0 - top_rows / (firms[LARGE] * (1 - developer)))
        high.append(1.0)
    return Strata(
        size_class=np.array(size, dtype=np.uint8),
        segment=np.array(segment, dtype=np.uint8),
        rows=np.array(count, dtype=np.int64),
        firms=np.array(stands_for),
        lowest_rank=np.array(low),
        highest_rank=np.array(high),
    )


def _split(total: int, weights: FloatArray) -> npt.NDArray[np.int64]:
    """Whole rows by weight, largest remainder."""
    exact = total * weights / weights.sum()
    whole: npt.NDArray[np.int64] = np.floor(exact).astype(np.int64)
    leftover = total - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:leftover]] += 1
    return whole


def spread_quantiles(
    chance: Chance, mechanism: Mechanism, stratum: npt.NDArray[np.int64], *, subject: int
) -> FloatArray:
    """Evenly spread quantiles in (0, 1) within each stratum, in a keyed random order; (entities,)."""
    entity = np.arange(len(stratum))
    order = np.lexsort((chance.uniform(mechanism, entity=entity, subject=2 * subject), stratum))
    jitter = chance.uniform(mechanism, entity=entity, subject=2 * subject + 1)
    sizes = np.bincount(stratum)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    place = np.empty(len(stratum))
    place[order] = np.arange(len(stratum)) - first[stratum[order]]
    return (place + jitter) / sizes[stratum]


@dataclass(frozen=True)
class CompanyColumns:
    """Founding values of the company columns; shapes (rows,)."""

    weight: FloatArray
    employees: npt.NDArray[np.int32]
    size_class: npt.NDArray[np.uint8]
    segment: npt.NDArray[np.uint8]
    sector: npt.NDArray[np.uint8]
    jurisdiction: npt.NDArray[np.uint8]
    regulated: npt.NDArray[np.bool_]
    no_need: npt.NDArray[np.bool_]
    sensitive: npt.NDArray[np.bool_]
    ready: npt.NDArray[np.bool_]
    volume: FloatArray  # tokens/month of the whole company at G = 1
    first_slot: npt.NDArray[np.int64]  # (rows + 1,)


def found_companies(population: Population, adoption: Adoption, *, rows: int, chance: Chance) -> CompanyColumns:
    """Draw the companies: size, segment, sector, volume, sensitivity, readiness and number of workload slots."""
    plan = strata(population, rows)
    stratum = np.repeat(np.arange(len(plan.rows)), plan.rows)
    row = np.arange(rows)
    size_class, segment = plan.size_class[stratum], plan.segment[stratum]

    def spread(mechanism: Mechanism, subject: int = 0) -> FloatArray:
        return spread_quantiles(chance, mechanism, stratum, subject=subject)

    rank = plan.lowest_rank[stratum] + spread(Mechanism.FOUNDING_EMPLOYEES) * (
        plan.highest_rank[stratum] - plan.lowest_rank[stratum]
    )
    employees = _pareto_within_class(rank, size_class, population)
    column = np.where(segment == DEVELOPER, 3, size_class)
    log_volume = np.asarray(population.log_volume_mean)[column] + np.asarray(population.log_volume_sd)[column] * ndtri(
        spread(Mechanism.FOUNDING_VOLUME)
    )
    no_need = spread(Mechanism.FOUNDING_NO_NEED) < np.asarray(population.no_need)[size_class]
    no_need &= segment == ENTERPRISE
    at_start = np.where(
        segment == DEVELOPER, adoption.developers_ready_at_start, np.asarray(adoption.ready_at_start)[size_class]
    )
    mean_extra = population.workload_slope * np.log10(employees / population.smallest_employees)
    extra = poisson.ppf(spread(Mechanism.FOUNDING_SLOTS), np.maximum(mean_extra, 1e-12))
    slots = np.minimum(1 + extra, population.workload_cap).astype(np.int64)
    return CompanyColumns(
        weight=(plan.firms / plan.rows)[stratum],
        employees=employees.astype(np.int32),
        size_class=size_class,
        segment=segment,
        sector=(chance.uniform(Mechanism.FOUNDING_SECTOR, entity=row) * population.sectors).astype(np.uint8),
        jurisdiction=(spread(Mechanism.FOUNDING_JURISDICTION) < population.second_bloc_share).astype(np.uint8),
        regulated=spread(Mechanism.FOUNDING_REGULATED) < population.regulated_share,
        no_need=no_need,
        sensitive=spread(Mechanism.FOUNDING_SENSITIVITY) < population.sensitive_share,
        ready=(spread(Mechanism.FOUNDING_READINESS) < at_start) & ~no_need,
        volume=np.clip(10.0**log_volume, 1e6, 1e12),
        first_slot=np.concatenate([[0], np.cumsum(slots)]),
    )


def _pareto_within_class(rank: FloatArray, size_class: npt.NDArray[np.uint8], population: Population) -> FloatArray:
    """Employment at quantile `rank` of its size class: Pareto truncated to the class."""
    lower = np.array([population.smallest_employees, *SIZE_BOUNDS[1:]], dtype=float)
    upper = np.array([*SIZE_BOUNDS[1:], _MOST_EMPLOYEES], dtype=float)
    survivors = (lower / upper) ** population.pareto_exponent
    quantile = rank * (1.0 - survivors[size_class])
    employees: FloatArray = lower[size_class] * (1.0 - quantile) ** (-1.0 / population.pareto_exponent)
    return employees


@dataclass(frozen=True)
class WorkloadAttributes:
    """What one generation of workloads is like; shapes (workloads,)."""

    value: FloatArray  # USD/Mtok at full adequacy
    sensitivity: FloatArray  # delta, 0..1
    need_offset: FloatArray  # points from the trend of needs
    sla: npt.NDArray[np.uint8]  # 0 internal, 1 customer, 2 core


def slot_shares(population: Population, first_slot: npt.NDArray[np.int64], chance: Chance) -> FloatArray:
    """Dirichlet split of each company's volume over its slots; (slots,), summing to 1 by company."""
    slot = np.arange(first_slot[-1])
    uniform = chance.uniform(Mechanism.FOUNDING_SPLIT, entity=slot)
    if population.split_concentration == 1.0:
        gamma = -np.log(uniform)
    else:
        from scipy.special import gammaincinv

        gamma = gammaincinv(population.split_concentration, uniform)
    shares: FloatArray = gamma / np.repeat(np.add.reduceat(gamma, first_slot[:-1]), np.diff(first_slot))
    return shares


def draw_workloads(
    population: Population,
    needs: Needs,
    *,
    slot: npt.NDArray[np.int64],
    generation: npt.NDArray[np.int64],
    volume: FloatArray,
    company_volume: FloatArray,
    volume_column: npt.NDArray[np.int64],
    developer: npt.NDArray[np.bool_],
    sensitive: npt.NDArray[np.bool_],
    slots: int,
    chance: Chance,
) -> WorkloadAttributes:
    """Attributes of the given generation of workloads in the given slots, the same in every arm.

    What a slot is worth lasts, since access is measured against what AI could create in all of a company's slots.
    slot, generation, volume (tokens/month), company_volume, volume_column (0..3 of log_volume_mean), developer and
    sensitive have shape (workloads,); slots is the number of slots in the world.
    """

    def uniform(mechanism: Mechanism) -> FloatArray:
        return chance.uniform(mechanism, entity=slot, subject=generation)

    value = _values(population, slot, company_volume, volume_column, slots=slots, chance=chance)
    value[developer] *= population.developer_value
    need = needs.lowest + (needs.highest - needs.lowest) * uniform(Mechanism.WORKLOAD_NEED)
    need[developer] += population.developer_need
    return WorkloadAttributes(
        value=value,
        sensitivity=_sensitivities(uniform(Mechanism.WORKLOAD_SENSITIVITY), sensitive),
        need_offset=need,
        sla=_service_classes(population, volume, uniform(Mechanism.WORKLOAD_SLA)),
    )


def _values(
    population: Population, slot: npt.NDArray[np.int64], company_volume: FloatArray,
    volume_column: npt.NDArray[np.int64], *, slots: int, chance: Chance,
) -> FloatArray:  # fmt: skip
    """Gross value of workloads that no developer works on, USD/Mtok at full adequacy; (workloads,)."""
    if population.spacing == "even":
        return np.asarray(population.value_median * 2.0 * (slot + 0.5) / slots)
    mean = np.asarray(population.log_volume_mean)[volume_column]
    spread = np.maximum(np.asarray(population.log_volume_sd)[volume_column], 1e-9)
    z_volume = (np.log10(company_volume) - mean) / spread
    del mean, spread  # at a million companies an array of workloads is 50 MB
    rho = population.value_volume_correlation
    z = rho * z_volume + np.sqrt(1 - rho**2) * ndtri(chance.uniform(Mechanism.WORKLOAD_VALUE, entity=slot))
    return np.asarray(population.value_median * np.exp(population.value_sd * z))


def _sensitivities(quantile: FloatArray, sensitive: npt.NDArray[np.bool_]) -> FloatArray:
    """Sensitivity of the data of workloads at quantiles of their kind of company; (workloads,)."""
    sensitivity = np.empty(len(quantile))
    for group, shape in ((sensitive, (6.0, 2.0)), (~sensitive, (1.5, 6.0))):
        sensitivity[group] = np.interp(quantile[group], _GRID, _beta_quantiles(*shape))
    return sensitivity


def _service_classes(population: Population, volume: FloatArray, quantile: FloatArray) -> npt.NDArray[np.uint8]:
    """Service classes by volume (tokens/month) and luck; (workloads,)."""
    medians = np.log10(np.asarray(population.sla_medians))
    scale = np.log10(np.maximum(volume, 1.0)) + population.sla_sd * ndtri(quantile)
    return np.asarray(np.searchsorted(medians, scale, side="right"), dtype=np.uint8)


_BETA_CACHE: dict[tuple[float, float], FloatArray] = {}


def _beta_quantiles(a: float, b: float) -> FloatArray:
    """Quantiles of Beta(a, b) on a fixed grid; the inverse incomplete beta is too slow for millions of workloads."""
    if (a, b) not in _BETA_CACHE:
        _BETA_CACHE[(a, b)] = betaincinv(a, b, _GRID)
    return _BETA_CACHE[(a, b)]
