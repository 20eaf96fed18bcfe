"""What the offers in use amount to this month: tokens, bills, accelerators and the value they bring.

`use` is a numba kernel over all workloads that hold an offer, `use_plain` its NumPy twin; they agree bit for bit.
`calls_for_review` says whose bill or model has changed enough to choose again. Source: docs/model.md, M1 and M7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numba import get_num_threads, prange, set_num_threads

from agents.offers import DEVELOPER, Circumstances, OfferError, OfferSheet, OfferTerms
from agents.preferences import Demand
from agents.terms import (
    DEVELOPER_EXPERIENCE,
    HOSTED_EXPERIENCE,
    OWN_EXPERIENCE,
    Workloads,
    integration_cost,
    packed,
    remaining_friction,
    staff_of,
)
from agents.valuation import (
    adequacy,
    cost_of_running,
    equation,
    friction,
    metered_ratio,
    own_ratio,
    replicas_needed,
    surplus,
    value_of_use,
)
from market.compiling import kernel
from market.elementary import exp, power
from market.labour import Labour
from market.serving import SelfHosting
from market.units import (
    HOURS_PER_MONTH,
    MONTHS_PER_YEAR,
    TOKENS_PER_MTOK,
    BoolArray,
    ByteArray,
    FloatArray,
    IntArray,
)

_CHUNK = 4096
_RESULTS = 10
_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class Usage:
    """One month of the offers in use, per real firm of the row; every array has the shape of the rows asked for."""

    tokens: FloatArray  # tokens a month at today's cost
    bill: FloatArray  # USD to the seller: tokens, or accelerators held (a device: energy)
    staff: FloatArray  # USD of wages: integration, or the staff of running a model oneself
    other: FloatArray  # USD of overhead and fixed cost of running a model oneself
    gpu_hours_held: FloatArray  # of running a model oneself
    gpu_hours_busy: FloatArray
    gross: FloatArray  # USD of value delivered at the quality in use
    use: FloatArray  # USD, value of using more or less than at the reference price
    surplus: FloatArray  # USD, systematic: value less costs and true friction
    taste: FloatArray  # USD, taste for the offer over none


class _Columns(NamedTuple):
    """Columns of the population as the kernel reads them."""

    company: IntArray  # (slots,)
    volume: FloatArray  # (slots,)
    value: FloatArray  # (slots,)
    need: FloatArray  # (slots,)
    quality: FloatArray  # (slots,) in use
    reference_price: FloatArray  # (slots,)
    share: FloatArray  # (slots,)
    taste: FloatArray  # (slots,)
    sla: ByteArray  # (slots,)
    jurisdiction: ByteArray  # (companies,)
    integration: FloatArray  # (companies,) USD/month of a route with multiplier 1
    on_hosted: FloatArray  # (companies,) friction as shares of gross value
    on_own: FloatArray  # (companies,)
    on_foreign: FloatArray  # (companies,)


class _Workload(NamedTuple):
    """One workload in a kernel, or all of them as arrays in the twin."""

    volume: Any
    value: Any
    reference_price: Any
    reference_power: Any  # reference price ** use elasticity
    need_factor: Any  # exp((need - quality in use) / spread)
    taste: Any
    peak: Any
    smallest: Any
    spare: Any
    fixed: Any
    jurisdiction: Any
    integration: Any
    on_hosted: Any
    on_own: Any
    on_foreign: Any
    staff_fte: Any
    staff_wage: Any


class _Shared(NamedTuple):
    """Numbers all rows share."""

    intensity: float
    growth: float  # of value with intensity
    elasticity: float
    taste_spread: float
    friction_real: float
    operating_load: float
    overhead: float
    adequacy_spread: float


@equation  # type: ignore[untyped-decorator]
def _metered_month(w: Any, o: Any, s: Any, mtok: Any) -> Any:
    """Ratio of use, bill, staff, other cost, accelerator hours held and value of use of a metered offer."""
    ratio = metered_ratio(o.price_factor, w.reference_power)
    worth = w.reference_price * mtok * (s.elasticity / (1.0 - s.elasticity))
    use = value_of_use(worth, o.price, 1.0 / w.reference_price, ratio)
    return ratio, o.price * mtok * ratio, o.integration * w.integration, 0.0, 0.0, use


@equation  # type: ignore[untyped-decorator]
def _own_month(w: Any, o: Any, s: Any, mtok: Any) -> Any:
    """The same of a model that the company runs itself."""
    tokens = w.volume * s.intensity
    gpus = replicas_needed(tokens, o.replica_throughput, w.peak, s.operating_load, w.smallest, w.spare)
    gpus = gpus * o.replica_gpus
    cost = cost_of_running(gpus, o.price, s.overhead, w.staff_fte, w.staff_wage, w.fixed)
    unit_cost = cost / mtok
    ratio = own_ratio(unit_cost, s.elasticity, w.reference_power)
    worth = w.reference_price * mtok * (s.elasticity / (1.0 - s.elasticity))
    use = value_of_use(worth, unit_cost, 1.0 / w.reference_price, ratio)
    hours = gpus * HOURS_PER_MONTH
    rent = hours * o.price
    staff = w.staff_fte * w.staff_wage / MONTHS_PER_YEAR
    return ratio, rent, staff, cost - rent - staff, hours, use


@equation  # type: ignore[untyped-decorator]
def _worth(w: Any, o: Any, s: Any, month: Any) -> Any:
    """Tokens, busy hours, value delivered, systematic surplus and taste of a month (USD)."""
    ratio, bill, staff, other, _, use = month
    tokens = w.volume * s.intensity * ratio
    busy = (1 - o.metered) * o.replica_gpus * tokens / (o.replica_throughput * _SECONDS_PER_HOUR)
    gross = w.value * w.volume * s.growth / TOKENS_PER_MTOK
    share = friction(o.hosted, o.own, o.weights_of, w.jurisdiction, w.on_hosted, w.on_own, w.on_foreign)
    adequate = adequacy(w.need_factor, 1.0)
    systematic = surplus(gross, adequate, o.reliability, use, bill + staff + other)
    true = systematic + s.friction_real * share * gross
    return tokens, busy, gross * adequate * o.reliability, true, s.taste_spread * gross * w.taste


@equation  # type: ignore[untyped-decorator]
def _use_rows(
    first: int, last: int, rows: Any, held: Any, columns: Any, staff_fte: Any, staff_wage: Any, service: Any,
    offers: Any, s: Any, out: Any,
) -> None:  # fmt: skip
    """Results of the workloads rows[first:last]."""
    company, volume, value, need, quality, reference, share, taste, sla, jurisdiction, integration, hosted, own, far = (
        columns
    )
    reference_power, need_factor = np.empty(last - first), np.empty(last - first)
    for k in range(last - first):
        row = rows[first + k]
        reference_power[k] = reference[row]
        need_factor[k] = (need[row] - quality[row]) / s.adequacy_spread
    for k in range(last - first):  # apart, over plain arrays: in vector registers
        reference_power[k] = power(reference_power[k], s.elasticity)
        need_factor[k] = exp(need_factor[k])
    for k in range(last - first):
        i = first + k
        row = rows[i]
        c = company[row]
        level = sla[row]
        w = _Workload(
            volume[row], value[row], reference[row], reference_power[k], need_factor[k], taste[row],
            service[level, 0], service[level, 1], service[level, 2], service[level, 3], np.int64(jurisdiction[c]),
            share[row] * integration[c], hosted[c], own[c], far[c], staff_fte[i], staff_wage[i],
        )  # fmt: skip
        o = offers[held[i]]
        mtok = w.volume * s.intensity / TOKENS_PER_MTOK
        if o.metered:
            month = _metered_month(w, o, s, mtok)
        else:
            month = _own_month(w, o, s, mtok)
        tokens, busy, gross, true, liking = _worth(w, o, s, month)
        _, bill, staff, other, hours, use = month
        out[0, i], out[1, i], out[2, i], out[3, i], out[4, i] = tokens, bill, staff, other, hours
        out[5, i], out[6, i], out[7, i], out[8, i], out[9, i] = busy, gross, use, true, liking


@kernel
def _use_serial(
    rows: Any, held: Any, columns: Any, staff_fte: Any, staff_wage: Any, service: Any, offers: Any, s: Any, out: Any
) -> None:
    for first in range(0, rows.size, _CHUNK):
        last = min(first + _CHUNK, rows.size)
        _use_rows(first, last, rows, held, columns, staff_fte, staff_wage, service, offers, s, out)


@kernel(parallel=True)  # type: ignore[untyped-decorator]
def _use_parallel(
    rows: Any, held: Any, columns: Any, staff_fte: Any, staff_wage: Any, service: Any, offers: Any, s: Any, out: Any
) -> None:
    for chunk in prange((rows.size + _CHUNK - 1) // _CHUNK):
        first = chunk * _CHUNK
        last = min(first + _CHUNK, rows.size)
        _use_rows(first, last, rows, held, columns, staff_fte, staff_wage, service, offers, s, out)


def _inputs(
    workloads: Workloads,
    rows: IntArray,
    offers: OfferTerms,
    demand: Demand,
    selfhost: SelfHosting,
    labour: Labour,
    circumstances: Circumstances,
) -> tuple[Any, ...]:
    """Arguments of the kernel and of its twin; staff is computed only where a model is run by the company itself."""
    rows = np.asarray(rows, dtype=np.int64)
    held = workloads.held[rows]
    if np.any(held < 0):
        raise OfferError("some of the workloads asked for hold no offer; pass rows with held >= 0 only")
    left = remaining_friction(circumstances.experience, demand)
    sector, developer = workloads.sector, workloads.segment == DEVELOPER
    by_sector = np.array(
        [demand.friction_hosted * left[:, HOSTED_EXPERIENCE], demand.friction_developer * left[:, DEVELOPER_EXPERIENCE]]
    )
    columns = _Columns(
        company=workloads.company,
        volume=workloads.volume,
        value=workloads.value,
        need=workloads.need,
        quality=workloads.held_quality,
        reference_price=workloads.reference_price,
        share=workloads.share,
        taste=workloads.taste,
        sla=workloads.sla,
        jurisdiction=workloads.jurisdiction,
        integration=integration_cost(
            workloads.company_volume, selfhost=selfhost, labour=labour, circumstances=circumstances
        ),
        on_hosted=by_sector[developer.astype(np.int64), sector],
        on_own=(demand.friction_self * left[:, OWN_EXPERIENCE])[sector],
        on_foreign=np.where(developer, 0.0, demand.aversion_foreign),
    )
    staff_fte, staff_wage = np.zeros(len(rows)), np.zeros(len(rows))
    own = np.flatnonzero(~offers.metered[held])
    tokens = workloads.volume[rows[own]] * circumstances.intensity
    staff_fte[own], staff_wage[own] = staff_of(tokens, selfhost=selfhost, labour=labour, circumstances=circumstances)
    smallest, spare = np.asarray(selfhost.smallest_replicas), np.asarray(selfhost.spare_replicas)
    service = np.stack([selfhost.peak_to_average, smallest, spare, selfhost.fixed_cost], axis=1).astype(np.float64)
    shared = _Shared(
        intensity=circumstances.intensity,
        growth=circumstances.intensity**circumstances.value_exponent,
        elasticity=demand.use_elasticity,
        taste_spread=demand.taste_spread,
        friction_real=demand.friction_real,
        operating_load=selfhost.operating_load,
        overhead=selfhost.overhead,
        adequacy_spread=demand.adequacy_spread,
    )
    return rows, held, columns, staff_fte, staff_wage, service, packed(offers, skip=("order",)), shared


def use(
    workloads: Workloads,
    rows: IntArray,
    *,
    offers: OfferTerms,
    demand: Demand,
    selfhost: SelfHosting,
    labour: Labour,
    circumstances: Circumstances,
    threads: int = 1,
) -> Usage:
    """One month of the workloads `rows`, all of which hold an offer, at today's prices.

    Raises `OfferError` if one of them holds none. The results are the same bytes for any number of `threads`.
    """
    arguments = _inputs(workloads, rows, offers, demand, selfhost, labour, circumstances)
    out = np.empty((_RESULTS, len(rows)))
    if threads == 1:
        _use_serial(*arguments, out)
    else:
        before = get_num_threads()
        set_num_threads(threads)
        try:
            _use_parallel(*arguments, out)
        finally:
            set_num_threads(before)
    return Usage(*out)


def use_plain(
    workloads: Workloads,
    rows: IntArray,
    *,
    offers: OfferTerms,
    demand: Demand,
    selfhost: SelfHosting,
    labour: Labour,
    circumstances: Circumstances,
) -> Usage:
    """The twin of `use` with NumPy arrays: the same results bit for bit."""
    rows, held, columns, staff_fte, staff_wage, service, lines, s = _inputs(
        workloads, rows, offers, demand, selfhost, labour, circumstances
    )
    out = np.empty((_RESULTS, len(rows)))
    for metered in (True, False):
        at = np.flatnonzero(lines["metered"][held] == metered)
        row = rows[at]
        c = columns.company[row]
        level = columns.sla[row]
        w = _Workload(
            columns.volume[row], columns.value[row], columns.reference_price[row],
            power(columns.reference_price[row], s.elasticity),
            exp((columns.need[row] - columns.quality[row]) / s.adequacy_spread),
            columns.taste[row], service[level, 0], service[level, 1],
            service[level, 2], service[level, 3], columns.jurisdiction[c],
            columns.share[row] * columns.integration[c], columns.on_hosted[c], columns.on_own[c],
            columns.on_foreign[c], staff_fte[at], staff_wage[at],
        )  # fmt: skip
        o = lines[held[at]].view(np.recarray)
        mtok = w.volume * s.intensity / TOKENS_PER_MTOK
        month = _metered_month(w, o, s, mtok) if metered else _own_month(w, o, s, mtok)
        tokens, busy, gross, true, liking = _worth(w, o, s, month)
        _, bill, staff, other, hours, value = month
        for k, values in enumerate((tokens, bill, staff, other, hours, busy, gross, value, true, liking)):
            out[k, at] = values
    return Usage(*out)


def best_on_route(sheet: OfferSheet) -> FloatArray:
    """Quality of the best available model on each route, (5,) points; -inf on a route without offers."""
    best = np.full(5, -np.inf)
    np.maximum.at(best, sheet.route[sheet.available], sheet.quality[sheet.available])
    return best


def calls_for_review(
    *,
    bill: FloatArray,
    accepted_bill: FloatArray,
    lead: FloatArray,
    demand: Demand,
) -> BoolArray:
    """Whether a workload is reviewed without waiting for its turn, shape of the arguments (model.md M1).

    `bill` is last month's and `accepted_bill` that of the last review, USD a month; `lead` is the quality by which the
    best model on the held route exceeds the one held, points.
    """
    dearer = (accepted_bill > 0) & (bill > (1.0 + demand.bill_trigger) * accepted_bill)
    return np.asarray(dearer | (lead >= demand.quality_trigger))
