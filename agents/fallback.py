"""What a workload can fall back on, and what it could do if infrastructure were free (docs/model.md 4.1, 4.2).

Both need every offer appraised for workloads that are not under review, so they share one pass over a panel. A company
that loses its supplier looks at the whole market: knowledge and tastes are no reason to stay without service, limits on
exposure are. An option is worth the value it delivers less what it costs more a month than the one held, less the
migration bill spread over the horizon; one that takes months to deploy delivers for the rest of the horizon only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from agents.appraisal import (
    CODE,
    COST,
    EGRESS,
    EXPOSURE,
    GPUS,
    MIGRATION,
    QUALITY,
    RATIO,
    RELIABILITY,
    RESULTS,
    THROUGHPUT,
    appraise,
    lines_of,
)
from agents.infrastructure import COALITIONS, free_infrastructure, nominal_value
from agents.offers import NONE, OfferTerms
from agents.terms import Terms, Weights, packed
from agents.valuation import adequacy, equation, replicas_needed
from market.compiling import kernel, step
from market.control import NOBODY, OWN_MACHINES, SAME_SERVICE
from market.units import (
    HOURS_PER_MONTH,
    TOKENS_PER_MTOK,
    BoolArray,
    FloatArray,
    IntArray,
    MaskArray,
)

MOST_DENIERS = 4  # controllers that can withdraw one offer: who licenses it, who resells it, and the owners of these


class Chain(NamedTuple):
    """Who stands behind each offer; (offers,) unless stated."""

    denier: IntArray  # (offers, MOST_DENIERS) controllers that can withdraw it, NOBODY where there are fewer
    of_controller: MaskArray  # (controllers,) bits of the sellers a controller owns
    needs_seller: MaskArray  # bits of the sellers without which the offer does not exist
    service: IntArray  # shared service behind it, NONE for a company's own
    hours_per_mtok: FloatArray  # GPU-hours of a shared service behind a million tokens
    deployment: FloatArray  # months until it serves
    runs_on: IntArray  # OWN_MACHINES or NEW_HOURS
    downloadable: BoolArray  # a self-operated route of public weights
    own_rent: FloatArray  # 1 where a company pays rent for the accelerators it holds
    bloc: IntArray  # jurisdiction of the companies that it is for, NONE where it is for all


class Horizons(NamedTuple):
    """Numbers of the measures that all workloads share."""

    months: FloatArray  # (horizons,) in which a withdrawn service must be replaced
    marginal_hour: float  # USD per GPU-hour of a machine that is there anyway


@dataclass(frozen=True)
class Options:
    """What the workloads of a panel could do; (rows,) unless stated, USD a month per firm."""

    kept: FloatArray  # (horizons, rows, MOST_DENIERS) share of realised value kept without that controller
    needs: FloatArray  # (horizons, rows, MOST_DENIERS) GPU-hours it takes
    people: FloatArray  # (horizons, rows, MOST_DENIERS) specialists it takes, FTE
    runs_on: IntArray  # (horizons, rows, MOST_DENIERS)
    instead: IntArray  # (horizons, rows, MOST_DENIERS) offer it would take, NONE where nothing is worth it
    nominal: FloatArray  # value on the best downloadable model, wherever that exceeds its marginal compute cost
    with_features: FloatArray  # (rows, COALITIONS) value if these parts of infrastructure were free


def options(
    rows: Terms, offers: OfferTerms, shared: Weights, *, chain: Chain, horizons: Horizons, realised: FloatArray,
    ready: BoolArray, misled: bool,
) -> Options:  # fmt: skip
    """Appraise every offer for the workloads `rows`.

    realised (rows,) is the value each delivers now, `ready` (rows,) whether its company reviews AI at all, `misled`
    whether companies go by what they believe self-hosting costs.
    """
    count, spans = len(rows.row), len(horizons.months)
    found = Options(
        kept=np.zeros((spans, count, MOST_DENIERS)),
        needs=np.zeros((spans, count, MOST_DENIERS)),
        people=np.zeros((spans, count, MOST_DENIERS)),
        runs_on=np.full((spans, count, MOST_DENIERS), OWN_MACHINES, dtype=np.int64),
        instead=np.full((spans, count, MOST_DENIERS), NONE, dtype=np.int64),
        nominal=np.zeros(count),
        with_features=np.zeros((count, COALITIONS)),
    )
    lines = lines_of(offers, offers.order)
    _fill(packed(rows), lines, shared, chain, horizons, realised, ready, misled, *vars(found).values())
    return found


@kernel
def _fill(
    workloads: Any, lines: Any, s: Any, chain: Any, horizons: Any, realised: Any, ready: Any, misled: Any, kept: Any,
    needs: Any, people: Any, runs_on: Any, instead: Any, nominal: Any, with_features: Any,
) -> None:  # fmt: skip
    size = lines.codes.shape[1]
    considered, results, value = np.empty(size, np.int64), np.empty((RESULTS, size)), np.empty(size)
    delivered, worth, beaten = np.empty(size), np.empty(size), np.empty(COALITIONS)
    bloc, needs_seller = chain.bloc[lines.codes[CODE]], chain.needs_seller[lines.codes[CODE]]
    serves = _time_served(chain.deployment[lines.codes[CODE]], horizons.months)
    for i in range(realised.size):
        w = workloads[i]
        appraise(w, lines.codes, lines.numbers, lines.alive, lines.first_own, s, considered, results, value)
        _deliver(w, lines.numbers, delivered)
        at = NONE
        for k in range(lines.alive):
            if lines.codes[CODE, k] == w.held:
                at = k
        if w.held != NONE and realised[i] > 0.0:
            for t in range(horizons.months.size):
                _fall_back(w, lines.codes[CODE], bloc, serves[t], horizons.months[t], at, delivered, results, worth)
                for p in range(MOST_DENIERS):
                    if chain.denier[w.held, p] != NOBODY:
                        without = chain.of_controller[chain.denier[w.held, p]]
                        k = _best_without(without, needs_seller, lines.alive, worth)
                        if k != NONE:
                            kept[t, i, p] = min(max(worth[k] / realised[i], 0.0), 1.0)
                            needs[t, i, p], runs_on[t, i, p] = _takes(w, lines, s, chain, results, k)
                            people[t, i, p] = w.staff_fte * chain.own_rent[lines.codes[CODE, k]]
                            instead[t, i, p] = lines.codes[CODE, k]
        free_infrastructure(
            w, lines, s, chain, horizons.marginal_hour, realised[i], ready[i], misled, at, delivered, considered,
            results, value, beaten, with_features[i],
        )  # fmt: skip
        nominal[i] = nominal_value(w, lines, chain, horizons.marginal_hour, delivered)


@step  # type: ignore[untyped-decorator]
def _deliver(w: Any, numbers: Any, delivered: Any) -> None:
    """Value that each offer delivers, USD a month."""
    gross, need, quality, reliability = w.gross, w.need_factor, numbers[QUALITY], numbers[RELIABILITY]
    for k in range(delivered.size):
        delivered[k] = gross * adequacy(need, quality[k]) * reliability[k]


@equation  # type: ignore[untyped-decorator]
def _time_served(wait: Any, months: Any) -> Any:
    """Part of each horizon in which an offer serves that takes `wait` months to deploy; (horizons, offers)."""
    return 1.0 - wait / months.reshape(-1, 1)


@step  # type: ignore[untyped-decorator]
def _fall_back(
    w: Any, code: Any, bloc: Any, serves: Any, months: float, at: int, delivered: Any, results: Any, worth: Any
) -> None:  # fmt: skip
    """Worth of each offer as a replacement within `months`, USD a month; 0 where it comes too late or is no choice."""
    held, sensitivity, limit, jurisdiction = w.held, w.sensitivity, w.exposure_limit, w.jurisdiction
    exposure, cost, moving, egress = results[EXPOSURE], results[COST], results[MIGRATION], results[EGRESS]
    cost_now = cost[at] if at != NONE else 0.0
    for k in range(worth.size):
        dearer = max(cost[k] - cost_now, 0.0)
        net = (delivered[k] - dearer) * serves[k] - (moving[k] + egress[k]) / months
        possible = (serves[k] > 0.0) & (code[k] != held) & (sensitivity * exposure[k] <= limit)
        possible &= (bloc[k] == NONE) | (bloc[k] == jurisdiction)
        worth[k] = net if possible else 0.0


@equation  # type: ignore[untyped-decorator]
def _best_without(without: Any, needs_seller: Any, alive: int, worth: Any) -> Any:
    """Place of the most valuable option that needs none of the sellers `without`; NONE where nothing is worth it."""
    best, found = 0.0, NONE
    for k in range(alive):
        if worth[k] > best and needs_seller[k] & without == 0:
            best, found = worth[k], k
    return found


@equation  # type: ignore[untyped-decorator]
def _takes(w: Any, lines: Any, s: Any, chain: Any, results: Any, k: int) -> Any:
    """GPU-hours a month that the option takes, and what it runs on."""
    code = lines.codes[CODE, k]
    service = chain.service[code]
    if service == NONE:
        return own_hours(w, s, lines.numbers[THROUGHPUT, k], lines.numbers[GPUS, k]), chain.runs_on[code]
    kind = SAME_SERVICE if service == chain.service[w.held] else chain.runs_on[code]
    return w.mtok * results[RATIO, k] * chain.hours_per_mtok[code], kind


@equation  # type: ignore[untyped-decorator]
def own_hours(w: Any, s: Any, throughput: Any, gpus: Any) -> Any:
    """GPU-hours a month that a company holds to run a model itself."""
    copies = replicas_needed(w.tokens, throughput, w.peak, s.operating_load, w.smallest, w.spare)
    return copies * gpus * HOURS_PER_MONTH


def hours_per_mtok(held: FloatArray, tokens: FloatArray, *, otherwise: FloatArray) -> FloatArray:
    """GPU-hours behind a million tokens of each offer, `otherwise` where nobody is served yet; (offers,)."""
    return np.divide(held * TOKENS_PER_MTOK, tokens, out=otherwise.copy(), where=tokens > 0)
