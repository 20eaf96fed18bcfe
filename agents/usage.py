"""What the offers in use amount to this month: tokens, bills, accelerators and the value they bring.

`use` is a numba kernel over all workloads that hold an offer, `use_plain` its NumPy twin; they agree bit for bit.
Source: docs/model.md, M1 and M7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import get_num_threads, set_num_threads

from agents.offers import DEVELOPER, Circumstances, OfferError, OfferSheet, OfferTerms
from agents.preferences import Demand
from agents.staffing import Staffing
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
from agents.usage_kernel import (
    RESULTS,
    Columns,
    Shared,
    Workload,
    metered_month,
    own_month,
    use_parallel,
    use_serial,
    worth_of,
)
from market.elementary import exp, power
from market.labour import Labour
from market.serving import SelfHosting
from market.units import MONTHS_PER_YEAR, TOKENS_PER_MTOK, CodeArray, FloatArray, IntArray


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
    staffing = circumstances.staffing
    paid = staffing.paid(labour)
    left = remaining_friction(circumstances.experience, demand)
    sector, developer = workloads.sector, workloads.segment == DEVELOPER
    by_sector = np.array(
        [demand.friction_hosted * left[:, HOSTED_EXPERIENCE], demand.friction_developer * left[:, DEVELOPER_EXPERIENCE]]
    )
    columns = Columns(
        company=workloads.company,
        volume=workloads.volume,
        value=workloads.value,
        need=workloads.need,
        quality=_quality_in_use(workloads, rows, held, offers, staffing),
        reference_price=workloads.reference_price,
        share=workloads.share,
        taste=workloads.taste,
        sla=workloads.sla,
        jurisdiction=workloads.jurisdiction,
        integration=integration_cost(
            workloads.company_volume, selfhost=selfhost, labour=paid, circumstances=circumstances
        ),
        on_hosted=by_sector[developer.astype(np.int64), sector],
        on_own=(demand.friction_self * left[:, OWN_EXPERIENCE])[sector],
        on_foreign=np.where(developer, 0.0, demand.aversion_foreign),
    )
    staff_fte, staff_wage = np.zeros(len(rows)), np.zeros(len(rows))
    own = np.flatnonzero(~offers.metered[held])
    tokens = workloads.volume[rows[own]] * circumstances.intensity
    staff_fte[own], staff_wage[own] = staff_of(tokens, selfhost=selfhost, labour=paid, circumstances=circumstances)
    smallest, spare = np.asarray(selfhost.smallest_replicas), np.asarray(selfhost.spare_replicas)
    peak = selfhost.peak_to_average / staffing.load_factor
    service = np.stack([peak, smallest, spare, selfhost.fixed_cost], axis=1).astype(np.float64)
    shared = Shared(
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
    out = np.empty((RESULTS, len(rows)))
    if threads == 1:
        use_serial(*arguments, out)
    else:
        before = get_num_threads()
        set_num_threads(threads)
        try:
            use_parallel(*arguments, out)
        finally:
            set_num_threads(before)
    return _less_work_undone(
        Usage(*out), workloads, arguments[0], offers=offers, selfhost=selfhost, labour=labour,
        circumstances=circumstances,
    )  # fmt: skip


def _quality_in_use(
    workloads: Workloads, rows: IntArray, held: IntArray | CodeArray, offers: OfferTerms, staffing: Staffing
) -> FloatArray:
    """Points of the version in use by slot; of a self-run model as its company's specialists leave it (M8)."""
    if staffing.rules is None:
        return workloads.held_quality
    quality, own = workloads.held_quality.copy(), rows[~offers.metered[held]]
    months = staffing.month - workloads.reviewed[own].astype(np.int64)
    quality[own] += staffing.quality_change - staffing.drift * months
    return np.asarray(quality)


def _less_work_undone(
    used: Usage, workloads: Workloads, rows: IntArray, *, offers: OfferTerms, selfhost: SelfHosting, labour: Labour,
    circumstances: Circumstances,
) -> Usage:  # fmt: skip
    """The month's use, with what companies' own people leave undone for it off the surplus; no money moves (M8)."""
    staffing = circumstances.staffing
    if staffing.rules is None or staffing.in_house == 0.0:
        return used
    worth, held = staffing.forgone(labour), workloads.held[rows]
    company = workloads.company[rows]
    of_company = integration_cost(
        workloads.company_volume, selfhost=selfhost, labour=worth, circumstances=circumstances
    )
    undone = offers.integration[held] * workloads.share[rows] * of_company[company]
    own = np.flatnonzero(~offers.metered[held])
    tokens = workloads.volume[rows[own]] * circumstances.intensity
    people, wage = staff_of(tokens, selfhost=selfhost, labour=worth, circumstances=circumstances)
    undone[own] = people * wage / MONTHS_PER_YEAR
    return replace(used, surplus=used.surplus - undone)


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
    out = np.empty((RESULTS, len(rows)))
    for metered in (True, False):
        at = np.flatnonzero(lines["metered"][held] == metered)
        row = rows[at]
        c = columns.company[row]
        level = columns.sla[row]
        w = Workload(
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
        month = metered_month(w, o, s, mtok) if metered else own_month(w, o, s, mtok)
        tokens, busy, gross, true, liking = worth_of(w, o, s, month)
        _, bill, staff, other, hours, value = month
        for k, values in enumerate((tokens, bill, staff, other, hours, busy, gross, value, true, liking)):
            out[k, at] = values
    return _less_work_undone(
        Usage(*out), workloads, rows, offers=offers, selfhost=selfhost, labour=labour, circumstances=circumstances
    )


def best_on_route(sheet: OfferSheet) -> FloatArray:
    """Quality of the best available model on each route, (5,) points; -inf on a route without offers."""
    best = np.full(5, -np.inf)
    np.maximum.at(best, sheet.route[sheet.available], sheet.quality[sheet.available])
    return best
