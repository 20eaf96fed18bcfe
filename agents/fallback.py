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
from market.compiling import kernel
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


class Horizons(NamedTuple):
    """Numbers of the measures that all workloads share."""

    months: FloatArray  # (horizons,) in which a withdrawn service must be replaced
    marginal_hour: float  # USD per GPU-hour of a machine that is there anyway


@dataclass(frozen=True)
class Options:
    """What the workloads of a panel could do; (rows,) unless stated, USD a month per firm."""

    kept: FloatArray  # (horizons, rows, MOST_DENIERS) share of realised value kept without that controller
    needs: FloatArray  # (horizons, rows, MOST_DENIERS) GPU-hours it takes
    runs_on: IntArray  # (horizons, rows, MOST_DENIERS)
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
        runs_on=np.full((spans, count, MOST_DENIERS), OWN_MACHINES, dtype=np.int64),
        nominal=np.zeros(count),
        with_features=np.zeros((count, COALITIONS)),
    )
    lines = lines_of(offers, offers.order)
    _fill(packed(rows), lines, shared, chain, horizons, realised, ready, misled, *vars(found).values())
    return found


@kernel
def _fill(
    workloads: Any, lines: Any, s: Any, chain: Any, horizons: Any, realised: Any, ready: Any, misled: Any, kept: Any,
    needs: Any, runs_on: Any, nominal: Any, with_features: Any,
) -> None:  # fmt: skip
    size = lines.codes.shape[1]
    considered, results, value = np.empty(size, np.int64), np.empty((RESULTS, size)), np.empty(size)
    delivered = np.empty(size)
    beaten, reached = np.empty(COALITIONS), np.empty(COALITIONS)
    for i in range(realised.size):
        w = workloads[i]
        appraise(w, lines.codes, lines.numbers, lines.alive, lines.first_own, s, considered, results, value)
        at = NONE
        for k in range(lines.alive):
            adequate = adequacy(w.need_factor, lines.numbers[QUALITY, k])
            delivered[k] = w.gross * adequate * lines.numbers[RELIABILITY, k]
            if lines.codes[CODE, k] == w.held:
                at = k
        if w.held != NONE and realised[i] > 0.0:
            for p in range(MOST_DENIERS):
                k = chain.denier[w.held, p]
                if k != NOBODY:
                    without = chain.of_controller[k]
                    for t in range(horizons.months.size):
                        found = _best_without(w, lines, s, chain, horizons.months[t], without, at, delivered, results)
                        worth, kept_hours, kind = found
                        kept[t, i, p] = min(max(worth / realised[i], 0.0), 1.0)
                        needs[t, i, p], runs_on[t, i, p] = kept_hours, kind
        free_infrastructure(
            w, lines, s, chain, horizons.marginal_hour, realised[i], ready[i], misled, at, delivered, considered,
            results, value, beaten, reached,
        )  # fmt: skip
        nominal[i] = nominal_value(w, lines, chain, horizons.marginal_hour, delivered)
        for features in range(COALITIONS):
            with_features[i, features] = reached[features]


@equation  # type: ignore[untyped-decorator]
def _best_without(
    w: Any, lines: Any, s: Any, chain: Any, months: float, without: Any, at: int, delivered: Any, results: Any
) -> Any:
    """Value of the best option that needs none of the sellers `without`, the GPU-hours it takes, what it runs on."""
    best, hours, kind = 0.0, 0.0, OWN_MACHINES
    cost_now = results[COST, at] if at != NONE else 0.0
    for k in range(lines.alive):
        code = lines.codes[CODE, k]
        wait = chain.deployment[code]
        if chain.needs_seller[code] & without != 0 or wait >= months or code == w.held:
            continue
        if w.sensitivity * results[EXPOSURE, k] > w.exposure_limit:
            continue
        dearer = max(results[COST, k] - cost_now, 0.0)
        once = results[MIGRATION, k] + results[EGRESS, k]
        worth = (delivered[k] - dearer) * (1.0 - wait / months) - once / months
        if worth > best:
            best, kind = worth, chain.runs_on[code]
            if chain.service[code] == NONE:
                hours = own_hours(w, s, lines.numbers[THROUGHPUT, k], lines.numbers[GPUS, k])
            else:
                hours = w.mtok * results[RATIO, k] * chain.hours_per_mtok[code]
                if chain.service[code] == chain.service[w.held]:
                    kind = SAME_SERVICE
    return best, hours, kind


@equation  # type: ignore[untyped-decorator]
def own_hours(w: Any, s: Any, throughput: Any, gpus: Any) -> Any:
    """GPU-hours a month that a company holds to run a model itself."""
    copies = replicas_needed(w.tokens, throughput, w.peak, s.operating_load, w.smallest, w.spare)
    return copies * gpus * HOURS_PER_MONTH


def hours_per_mtok(held: FloatArray, tokens: FloatArray, *, otherwise: FloatArray) -> FloatArray:
    """GPU-hours behind a million tokens of each offer, `otherwise` where nobody is served yet; (offers,)."""
    return np.divide(held * TOKENS_PER_MTOK, tokens, out=otherwise.copy(), where=tokens > 0)
