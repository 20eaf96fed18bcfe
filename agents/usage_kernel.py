"""The kernel of `agents.usage`: what one workload after the other uses, pays and gains in a month.

The equations are also those of the plain twin, which applies them to arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import prange

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
from market.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, TOKENS_PER_MTOK, ByteArray, FloatArray, IntArray

RESULTS = 10  # numbers per workload, in the order of `agents.usage.Usage`
_CHUNK = 4096
_SECONDS_PER_HOUR = 3600.0


class Columns(NamedTuple):
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


class Workload(NamedTuple):
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


class Shared(NamedTuple):
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
def metered_month(w: Any, o: Any, s: Any, mtok: Any) -> Any:
    """Ratio of use, bill, staff, other cost, accelerator hours held and value of use of a metered offer."""
    ratio = metered_ratio(o.price_factor, w.reference_power)
    worth = w.reference_price * mtok * (s.elasticity / (1.0 - s.elasticity))
    use = value_of_use(worth, o.price, 1.0 / w.reference_price, ratio)
    return ratio, o.price * mtok * ratio, o.integration * w.integration, 0.0, 0.0, use


@equation  # type: ignore[untyped-decorator]
def own_month(w: Any, o: Any, s: Any, mtok: Any) -> Any:
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
def worth_of(w: Any, o: Any, s: Any, month: Any) -> Any:
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
        w = Workload(
            volume[row], value[row], reference[row], reference_power[k], need_factor[k], taste[row],
            service[level, 0], service[level, 1], service[level, 2], service[level, 3], np.int64(jurisdiction[c]),
            share[row] * integration[c], hosted[c], own[c], far[c], staff_fte[i], staff_wage[i],
        )  # fmt: skip
        o = offers[held[i]]
        mtok = w.volume * s.intensity / TOKENS_PER_MTOK
        if o.metered:
            month = metered_month(w, o, s, mtok)
        else:
            month = own_month(w, o, s, mtok)
        tokens, busy, gross, true, liking = worth_of(w, o, s, month)
        _, bill, staff, other, hours, use = month
        out[0, i], out[1, i], out[2, i], out[3, i], out[4, i] = tokens, bill, staff, other, hours
        out[5, i], out[6, i], out[7, i], out[8, i], out[9, i] = busy, gross, use, true, liking


@kernel
def use_serial(
    rows: Any, held: Any, columns: Any, staff_fte: Any, staff_wage: Any, service: Any, offers: Any, s: Any, out: Any
) -> None:
    for first in range(0, rows.size, _CHUNK):
        last = min(first + _CHUNK, rows.size)
        _use_rows(first, last, rows, held, columns, staff_fte, staff_wage, service, offers, s, out)


@kernel(parallel=True)  # type: ignore[untyped-decorator]
def use_parallel(
    rows: Any, held: Any, columns: Any, staff_fte: Any, staff_wage: Any, service: Any, offers: Any, s: Any, out: Any
) -> None:
    for chunk in prange((rows.size + _CHUNK - 1) // _CHUNK):
        first = chunk * _CHUNK
        last = min(first + _CHUNK, rows.size)
        _use_rows(first, last, rows, held, columns, staff_fte, staff_wage, service, offers, s, out)
