"""The terms on which workloads choose: per workload, its factors in the value equations.

What belongs to one workload alone is computed here, once and with arrays; only what belongs to a pair of workload and
offer is left to `agents.choice`. Source of the equations: docs/model.md, M1, M7, M11 and section 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.offers import (
    DEVELOPER,
    NONE,
    QUALITY_ORIGIN,
    SELF_CLASS,
    Circumstances,
    OfferSheet,
)
from agents.preferences import Demand, LockIn
from market.labour import Labour, loaded_wage
from market.replicas import integration_staff, staff
from market.serving import STAFF_REFERENCE_VOLUME, SelfHosting
from market.units import (
    GIGABYTES_PER_TERABYTE,
    MONTHS_PER_YEAR,
    TOKENS_PER_MTOK,
    BoolArray,
    ByteArray,
    CodeArray,
    FloatArray,
    IntArray,
    MaskArray,
)

_PACKED_TOGETHER = 1024  # rows of records that stay in the processor's nearest cache while they are filled
INTEGRATION_REFERENCE_VOLUME = 2e8  # tokens a month at which the scale of integration work is 1
HOSTED_EXPERIENCE, OWN_EXPERIENCE, DEVELOPER_EXPERIENCE = range(3)


@dataclass(frozen=True)
class Workloads:
    """The columns of the population that demand reads, as they stand; nothing is copied. (slots,) or (companies,)."""

    company: Any  # (slots,) row of the company
    share: FloatArray  # (slots,) of the company's volume
    volume: FloatArray  # (slots,) tokens/month at intensity 1
    value: FloatArray  # (slots,) USD/Mtok at full adequacy
    sensitivity: FloatArray  # (slots,) 0..1
    need: FloatArray  # (slots,) quality needed now, points
    sla: ByteArray  # (slots,) 0 internal, 1 customer, 2 core
    reference_price: FloatArray  # (slots,) USD/Mtok
    held: CodeArray  # (slots,) offer in use, -1 none
    held_quality: FloatArray  # (slots,) points of the version in use
    accepted_bill: FloatArray  # (slots,) USD/month at the last review
    tenure: CodeArray  # (slots,) months on the offer
    taste_month: CodeArray  # (slots,) month of the last renewal of tastes
    reviewed: CodeArray  # (slots,) month of the last review
    taste: FloatArray  # (slots,) taste for the offer in use less that for none, in units of sigma
    data_tb: FloatArray  # (slots,) TB kept at the provider
    company_volume: FloatArray  # (companies,) tokens/month at intensity 1
    segment: ByteArray  # (companies,) 0 enterprise, 1 developer
    sector: ByteArray  # (companies,)
    jurisdiction: ByteArray  # (companies,)
    regulated: BoolArray  # (companies,)
    tenancy: CodeArray  # (companies,) seller code of the own cloud
    known: MaskArray  # (companies,) bits of the sellers known
    accounts: MaskArray  # (companies,) bits of the sellers with which an account is open
    aware_open: BoolArray  # (companies,)
    adopted: BoolArray  # (companies,) first adoption paid
    dominant: CodeArray  # (companies,) vendor of more than half of its tokens, -1 none
    belief_mean: FloatArray  # (companies,) ln of total over visible cost of running a model oneself, as believed
    stigma: FloatArray  # (companies,) friction of running a model oneself after giving up, share of gross value
    called_in: BoolArray | None = None  # (slots,) may run only where a sovereign cloud exposes no less; None: nobody
    own_part: FloatArray | None = None  # (companies,) of outlays on AI that the company bears; None: all (M16)

    @classmethod
    def of(
        cls, companies: Any, *, need: FloatArray, dominant: CodeArray | None = None,
        own_part: FloatArray | None = None,
    ) -> Workloads:
        """View of the owner of the columns (`agents.companies.COLUMNS`), with this month's need and dependence.

        Without `dominant` nobody depends on a developer, which the cost of running a model does not ask. With a voucher
        the reference price is that at which the company's own part would be the old one.
        """
        if dominant is None:
            dominant = np.full(companies.rows, NONE, dtype=np.int16)
        own: dict[str, Any] = {
            "need": need, "dominant": dominant, "volume": companies.slot_volume, "company_volume": companies.volume,
            "own_part": own_part,
        }  # fmt: skip
        if own_part is not None:
            own["reference_price"] = companies.reference_price / own_part[companies.company]
        others = {name: getattr(companies, name) for name in cls.__dataclass_fields__ if name not in own}
        return cls(**own, **others)


class Terms(NamedTuple):
    """Factors of one workload in the value equations, shape (rows,); USD per month unless stated."""

    row: IntArray  # permanent number of the workload
    taste_month: IntArray
    held: IntArray
    held_model: IntArray
    held_vendor: IntArray
    held_cloud: IntArray
    held_own: BoolArray
    tenancy: IntArray
    known: MaskArray
    accounts: MaskArray
    aware_open: BoolArray
    jurisdiction: IntArray
    dominant: IntArray
    gross: FloatArray  # B
    sigma: FloatArray
    host_scale: FloatArray  # 1 / (sigma lam_host), 0 without tastes
    need_factor: FloatArray  # exp((need - origin) / spread)
    mtok: FloatArray  # million tokens a month at the reference price
    inverse_reference: FloatArray  # 1 / reference price
    reference_power: FloatArray  # reference price ** use_elasticity
    reference_value: FloatArray  # value of use at price 0 over that at the reference price
    tokens: FloatArray  # tokens a month at the reference price
    peak: FloatArray  # peak over average load, in proportion higher where operators are missing
    smallest: FloatArray  # replicas
    spare: FloatArray  # replicas
    staff_fte: FloatArray  # of running a model oneself
    staff_wage: FloatArray  # USD/FTE-year
    fixed: FloatArray  # USD/year
    hidden: FloatArray  # total over visible cost of running a model oneself, as believed
    integration: FloatArray  # of a route with multiplier 1
    sensitivity: FloatArray
    exposure_limit: FloatArray
    privacy: FloatArray
    holdup: FloatArray
    friction_hosted: FloatArray  # shares of B
    friction_own: FloatArray
    friction_foreign: FloatArray
    work_api: FloatArray  # USD, once
    work_own: FloatArray
    work_cloud: FloatArray
    egress: FloatArray
    retraining: FloatArray
    change_vendor: FloatArray
    change_within: FloatArray
    first_use: FloatArray
    new_account: FloatArray


def packed(columns: Any, *, skip: tuple[str, ...] = ()) -> npt.NDArray[np.void]:
    """The columns of a named tuple as one array of records, so that a kernel reads a row from one place in memory."""
    chosen = {name: getattr(columns, name) for name in columns._fields if name not in skip}
    count = len(next(iter(chosen.values())))
    records = np.empty(count, dtype=_record_of(tuple((name, values.dtype) for name, values in chosen.items())))
    for first in range(0, count, _PACKED_TOGETHER):
        some = slice(first, first + _PACKED_TOGETHER)
        part = records[some]
        for name, values in chosen.items():
            part[name] = values[some]
    return records


@cache
def _record_of(fields: tuple[tuple[str, np.dtype[Any]], ...]) -> np.dtype[np.void]:
    """The type of a record, which takes longer to make than a few rows take to pack."""
    return np.dtype(list(fields))


NEVER_SATISFIED = -1.0


class Weights(NamedTuple):
    """Numbers that all pairs share."""

    use_elasticity: float
    lam_host: float
    lam_model: float
    friction_real: float
    horizon: float
    operating_load: float
    overhead: float
    true_beliefs: int  # 1: everybody knows what running a model oneself costs
    threshold: float  # gain, as a share of gross value, with which a search ends; NEVER_SATISFIED: the best is taken


def weights(demand: Demand, lockin: LockIn, selfhost: SelfHosting, *, true_beliefs: int = 1) -> Weights:
    """The numbers that all pairs share, from the parameter groups."""
    return Weights(
        use_elasticity=demand.use_elasticity,
        lam_host=demand.dissimilarity_hosts,
        lam_model=demand.dissimilarity_models,
        friction_real=demand.friction_real,
        horizon=lockin.horizon,
        operating_load=selfhost.operating_load,
        overhead=selfhost.overhead,
        true_beliefs=true_beliefs,
        threshold=demand.threshold if demand.choice_rule == "threshold" else NEVER_SATISFIED,
    )


def integration_cost(
    company_volume: FloatArray, *, selfhost: SelfHosting, labour: Labour, circumstances: Circumstances
) -> FloatArray:
    """Integration staff of a company's route at multiplier 1, USD/month, (companies,); workloads bear it by share."""
    fte = integration_fte(company_volume, selfhost=selfhost, circumstances=circumstances)
    return np.asarray(fte * labour.integrator / MONTHS_PER_YEAR)


def integration_fte(
    company_volume: FloatArray, *, selfhost: SelfHosting, circumstances: Circumstances
) -> FloatArray:
    """The same in FTE, (companies,)."""
    tokens = company_volume * circumstances.intensity / circumstances.serving_efficiency
    scale = (tokens / STAFF_REFERENCE_VOLUME) ** selfhost.staff_exponent
    return np.asarray(integration_staff(scale, selfhost.integration_base, selfhost.integration_slope, 1.0))


def staff_of(
    tokens: FloatArray, *, selfhost: SelfHosting, labour: Labour, circumstances: Circumstances
) -> tuple[FloatArray, FloatArray]:
    """Staff (FTE) and their mean loaded wage (USD/FTE-year) of running a model oneself at `tokens` a month.

    Staff follows volume over serving efficiency: it is compute that is operated (section 11 point 9).
    """
    operated = tokens / circumstances.serving_efficiency
    scale = (operated / STAFF_REFERENCE_VOLUME) ** selfhost.staff_exponent
    people = staff(scale, selfhost.staff_base, selfhost.staff_slope, selfhost.staff_multiplier)
    return people, loaded_wage(operated, labour)


def remaining_friction(months: FloatArray, demand: Demand) -> FloatArray:
    """Share of a friction left after `months` of sector experience."""
    worn = np.exp(-demand.friction_decay * months)
    return np.asarray(demand.friction_floor + (1.0 - demand.friction_floor) * worn)


def terms(
    workloads: Workloads,
    rows: IntArray,
    *,
    sheet: OfferSheet,
    demand: Demand,
    lockin: LockIn,
    selfhost: SelfHosting,
    labour: Labour,
    circumstances: Circumstances,
) -> Terms:
    """Factors of the workloads `rows` in the value equations; each array has the shape of `rows`.

    Whoever is called in by a quota for sovereign compute may expose its data no more than there (M16). Developers have
    no switching cost, no other limit on exposure and no aversion to foreign weights (model.md section 1).
    """
    rows = np.asarray(rows, dtype=np.int64)
    company = workloads.company[rows].astype(np.int64)
    developer = workloads.segment[company] == DEVELOPER
    enterprise = np.where(developer, 0.0, 1.0)
    tokens = workloads.volume[rows] * circumstances.intensity
    growth = circumstances.intensity**circumstances.value_exponent
    borne = 1.0 if workloads.own_part is None else workloads.own_part[company]
    gross = workloads.value[rows] * workloads.volume[rows] * growth / TOKENS_PER_MTOK / borne
    sigma = demand.taste_spread * gross
    mtok = tokens / TOKENS_PER_MTOK
    reference = workloads.reference_price[rows]
    elasticity = demand.use_elasticity

    sla = workloads.sla[rows].astype(np.int64)
    staffing = circumstances.staffing
    worth = staffing.worth(labour)
    people, wage = staff_of(tokens, selfhost=selfhost, labour=worth, circumstances=circumstances)
    of_company = integration_cost(
        workloads.company_volume[company], selfhost=selfhost, labour=worth, circumstances=circumstances
    )
    sensitivity = workloads.sensitivity[rows]
    limit = np.where(workloads.regulated[company], demand.exposure_limit_regulated, demand.exposure_limit)
    limit = np.where(developer, np.inf, limit)
    if workloads.called_in is not None:
        at_home = sensitivity.astype(np.float64) * demand.exposure_sovereign
        limit = np.where(workloads.called_in[rows], np.minimum(limit, at_home), limit)
    left = remaining_friction(circumstances.experience, demand)[workloads.sector[company].astype(np.int64)]

    held = workloads.held[rows].astype(np.int64)
    holds = held != NONE
    at = np.where(holds, held, 0)
    relative = (tokens / INTEGRATION_REFERENCE_VOLUME) ** lockin.volume_exponent
    one_month = np.clip(relative, lockin.least_scale, lockin.most_scale) * labour.integrator / MONTHS_PER_YEAR
    one_month = one_month * staffing.moving / borne
    annual_spend = MONTHS_PER_YEAR * workloads.accepted_bill[rows] / borne
    adapting = (lockin.retraining + lockin.tenure_weight * workloads.tenure[rows]) * annual_spend
    change = enterprise * lockin.vendor_change * gross
    return Terms(
        row=rows,
        taste_month=workloads.taste_month[rows].astype(np.int64),
        held=held,
        held_model=np.where(holds, sheet.model[at], NONE).astype(np.int64),
        held_vendor=np.where(holds, sheet.vendor[at], NONE).astype(np.int64),
        held_cloud=np.where(holds, sheet.host_cloud[at], NONE).astype(np.int64),
        held_own=holds & (sheet.nest[at] == SELF_CLASS),
        tenancy=workloads.tenancy[company].astype(np.int64),
        known=workloads.known[company],
        accounts=workloads.accounts[company],
        aware_open=workloads.aware_open[company],
        jurisdiction=workloads.jurisdiction[company].astype(np.int64),
        dominant=workloads.dominant[company].astype(np.int64),
        gross=gross,
        sigma=sigma,
        host_scale=np.divide(1.0, sigma * demand.dissimilarity_hosts, out=np.zeros_like(sigma), where=sigma > 0),
        need_factor=np.exp((workloads.need[rows] - QUALITY_ORIGIN) / demand.adequacy_spread),
        mtok=mtok,
        inverse_reference=1.0 / reference,
        reference_power=reference**elasticity,
        reference_value=reference * mtok * (elasticity / (1.0 - elasticity)),
        tokens=tokens,
        peak=selfhost.peak_to_average[sla] / staffing.load_factor,
        smallest=np.asarray(selfhost.smallest_replicas, dtype=np.float64)[sla],
        spare=np.asarray(selfhost.spare_replicas, dtype=np.float64)[sla],
        staff_fte=people,
        staff_wage=wage,
        fixed=selfhost.fixed_cost[sla],
        hidden=np.exp(workloads.belief_mean[company]),
        integration=workloads.share[rows] * of_company,
        sensitivity=sensitivity,
        exposure_limit=limit,
        privacy=demand.privacy_weight * gross * sensitivity,
        holdup=demand.holdup_weight * gross,
        friction_hosted=np.where(
            developer,
            demand.friction_developer * left[:, DEVELOPER_EXPERIENCE],
            demand.friction_hosted * left[:, HOSTED_EXPERIENCE],
        ),
        friction_own=demand.friction_self * left[:, OWN_EXPERIENCE] - workloads.stigma[company],
        friction_foreign=enterprise * demand.aversion_foreign,
        work_api=enterprise * lockin.months_api * one_month,
        work_own=enterprise * lockin.months_self * one_month,
        work_cloud=enterprise * lockin.months_cloud * one_month,
        egress=enterprise * lockin.egress * GIGABYTES_PER_TERABYTE * workloads.data_tb[rows] / borne,
        retraining=enterprise * adapting,
        change_vendor=change,
        change_within=lockin.within_vendor * change,
        new_account=enterprise * lockin.months_account * one_month,
        first_use=np.where(workloads.adopted[company], 0.0, circumstances.first_use_months * one_month),
    )
