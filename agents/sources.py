"""What a workload would bring with each source of models, at the cost of resources, not prices (docs/model.md 4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.appraisal import (
    CODE,
    COST,
    EXPOSURE,
    FRICTION,
    GPUS,
    PRICE,
    QUALITY,
    RATIO,
    RELIABILITY,
    RESULTS,
    THROUGHPUT,
    USE,
    appraise,
    lines_of,
)
from agents.fallback import Chain, own_hours
from agents.offers import NONE, OfferTerms
from agents.terms import Terms, Weights, packed
from agents.valuation import adequacy
from market.compiling import kernel
from market.units import FloatArray, IntArray


@dataclass(frozen=True)
class Worth:
    """Net value of each workload with each source and the GPU-hours at clouds it takes; (rows, sources) per firm.

    USD a month, 0 where a source brings nothing.
    """

    net: FloatArray
    hours: FloatArray


def worth_of_sources(
    rows: Terms, offers: OfferTerms, shared: Weights, *, chain: Chain, source: IntArray, sources: int, hour_cost: float
) -> Worth:
    """Best offer of every source for the workloads `rows`: value and value of use less energy, staff, own machines.

    source (offers,) numbers who must agree to an offer, NONE for offers left out; `hour_cost` is what running a machine
    of a cloud takes, USD per GPU-hour. Tokens, and with them hours and value of use, are those of today's prices. What
    a cloud's machines have cost is spent; tastes and moves are left out.
    """
    net, hours = np.zeros((len(rows.row), sources)), np.zeros((len(rows.row), sources))
    _fill_worth(packed(rows), lines_of(offers, offers.order), shared, chain, source, hour_cost, net, hours)
    return Worth(net=net, hours=hours)


@kernel
def _fill_worth(
    workloads: Any, lines: Any, s: Any, chain: Any, source: Any, hour_cost: float, net: Any, hours: Any
) -> None:
    size = lines.codes.shape[1]
    considered, results, value = np.empty(size, np.int64), np.empty((RESULTS, size)), np.empty(size)
    for i in range(len(net)):
        w = workloads[i]
        appraise(w, lines.codes, lines.numbers, lines.alive, lines.first_own, s, considered, results, value)
        for k in range(lines.alive):
            code = lines.codes[CODE, k]
            of = source[code]
            if of == NONE or w.sensitivity * results[EXPOSURE, k] > w.exposure_limit:
                continue
            if chain.bloc[code] != NONE and chain.bloc[code] != w.jurisdiction:
                continue
            brings = w.gross * adequacy(w.need_factor, lines.numbers[QUALITY, k]) * lines.numbers[RELIABILITY, k]
            brings += results[USE, k] + s.friction_real * results[FRICTION, k] * w.gross
            price, takes, cost = lines.numbers[PRICE, k], 0.0, results[COST, k]
            if chain.service[code] != NONE:
                tokens = w.mtok * results[RATIO, k]
                takes = tokens * chain.hours_per_mtok[code]
                cost += takes * hour_cost - price * tokens
            elif chain.needs_seller[code] != 0:
                takes = own_hours(w, s, lines.numbers[THROUGHPUT, k], lines.numbers[GPUS, k])
                cost += takes * (hour_cost - price * (1.0 + s.overhead))
            if brings - cost > net[i, of]:
                net[i, of], hours[i, of] = brings - cost, takes
