"""What it costs to run a model oneself: what can be seen of it, all of it, a proof of concept (model.md M7, M10)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.offers import Circumstances, OfferTerms
from agents.terms import Workloads, staff_of
from market.labour import Labour
from market.replicas import replicas, self_run_cost, visible_cost
from market.serving import SelfHosting
from market.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, FloatArray, IntArray


@dataclass(frozen=True)
class RunningCost:
    """Monthly cost of running a model oneself, USD per firm; (rows,) each."""

    visible: FloatArray  # machines at average load
    total: FloatArray  # with peaks, spares, overhead, people and fixed cost

    @property
    def hidden(self) -> FloatArray:
        """x = ln(total/visible); NaN where nothing is visible or nothing is to be paid."""
        good = (self.visible > 0) & (self.total > 0)
        ratio = np.divide(self.total, self.visible, out=np.full_like(self.total, np.nan), where=good)
        return np.log(ratio, out=np.full_like(ratio, np.nan), where=good)


def running_cost(
    workloads: Workloads,
    rows: IntArray,
    code: IntArray,
    *,
    offers: OfferTerms,
    selfhost: SelfHosting,
    labour: Labour,
    circumstances: Circumstances,
) -> RunningCost:
    """Cost of running each workload of `rows` on the self-run offer `code` (rows,) this month."""
    need = _needs(
        workloads, rows, code, offers=offers, selfhost=selfhost, labour=labour, circumstances=circumstances
    )
    total = self_run_cost(
        need.copies * need.cards, need.price, selfhost.overhead, need.people, need.wage, need.fixed
    )  # fmt: skip
    return RunningCost(visible=visible_cost(need.tokens, need.speed, need.cards, need.price), total=total)


@dataclass(frozen=True)
class CostParts:
    """What the cost of running a model oneself is made of, USD a month per firm; (rows,) each."""

    visible: FloatArray  # machines at average load
    spares: FloatArray  # further machines: peaks, reserve, the least that must run
    overhead: FloatArray  # storage, network, monitoring
    people: FloatArray
    fixed: FloatArray  # tools and audits
    undone: FloatArray  # worth of the other work that the company's own people leave undone, which nobody bills

    @property
    def billed(self) -> FloatArray:
        """All that is paid, the same as `RunningCost.total`."""
        return self.visible + self.spares + self.overhead + self.people + self.fixed


def cost_parts(
    workloads: Workloads,
    rows: IntArray,
    code: IntArray,
    *,
    offers: OfferTerms,
    selfhost: SelfHosting,
    labour: Labour,
    circumstances: Circumstances,
) -> CostParts:
    """The parts of `running_cost`: what a newcomer sees and what it does not."""
    need = _needs(
        workloads, rows, code, offers=offers, selfhost=selfhost, labour=labour, circumstances=circumstances
    )
    visible = visible_cost(need.tokens, need.speed, need.cards, need.price)
    _, worth = staff_of(
        need.tokens, selfhost=selfhost, labour=circumstances.staffing.worth(labour), circumstances=circumstances
    )
    machines = need.copies * need.cards * HOURS_PER_MONTH * need.price
    return CostParts(
        visible=visible, spares=machines - visible, overhead=machines * selfhost.overhead,
        people=need.people * need.wage / MONTHS_PER_YEAR, fixed=need.fixed / MONTHS_PER_YEAR,
        undone=need.people * (worth - need.wage) / MONTHS_PER_YEAR,
    )  # fmt: skip


@dataclass(frozen=True)
class _Needs:
    """What running a model oneself takes; (rows,) each."""

    tokens: FloatArray  # a month
    speed: FloatArray  # tokens/s of one copy
    cards: FloatArray  # GPUs of one copy
    price: FloatArray  # USD per GPU-hour
    copies: FloatArray
    people: FloatArray  # FTE
    wage: FloatArray  # USD a year
    fixed: FloatArray  # USD a year


def _needs(
    workloads: Workloads, rows: IntArray, code: IntArray, *, offers: OfferTerms, selfhost: SelfHosting,
    labour: Labour, circumstances: Circumstances,
) -> _Needs:  # fmt: skip
    tokens = workloads.volume[rows] * circumstances.intensity
    sla = workloads.sla[rows].astype(np.int64)
    staffing = circumstances.staffing
    people, wage = staff_of(tokens, selfhost=selfhost, labour=staffing.paid(labour), circumstances=circumstances)
    speed = offers.replica_throughput[code]
    copies = replicas(
        tokens, speed, selfhost.peak_to_average[sla] / staffing.load_factor, selfhost.operating_load,
        np.asarray(selfhost.smallest_replicas, dtype=np.float64)[sla],
        np.asarray(selfhost.spare_replicas, dtype=np.float64)[sla],
    )  # fmt: skip
    return _Needs(
        tokens=tokens, speed=speed, cards=offers.replica_gpus[code], price=offers.price[code], copies=copies,
        people=people, wage=wage, fixed=selfhost.fixed_cost[sla],
    )  # fmt: skip


def pilot_hours(code: IntArray, offers: OfferTerms) -> FloatArray:
    """GPU-hours a month of a proof of concept: one copy of the model."""
    return np.asarray(offers.replica_gpus[code] * HOURS_PER_MONTH)


def pilot_staff_cost(selfhost: SelfHosting, labour: Labour) -> float:
    """USD a month for the people of a proof of concept: those of the smallest service."""
    return selfhost.staff_multiplier * selfhost.staff_base * labour.wage_of_the_smallest / MONTHS_PER_YEAR
