"""The kernel of `agents.choice`: values, tastes and the best offer of one workload after the other.

All offers are appraised, and their tastes drawn, in loops that run in vector registers (`agents.appraisal`). Where even
the luckiest taste could not pay for the people who run a model, the models that need them are left out beforehand.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import prange

from agents.appraisal import (
    BLOCK,
    CODE,
    DISRUPTION,
    FRICTION,
    METERED,
    SYSTEMATIC,
    appraise,
    least_visible_cost,
    truth_of_own,
)
from agents.appraisal import COST as MONTHLY_COST
from agents.appraisal import EGRESS as LEAVING
from agents.appraisal import MIGRATION as MOVING
from agents.appraisal import RESULTS as APPRAISED
from agents.offers import CLASSES, NONE, SELF_CLASS
from agents.tastes import (
    CLASS_DRAW,
    HOST_DRAW,
    MODEL_DRAW,
    NO_OFFER,
    NONE_DRAW,
    SEARCH_DRAW,
    gumbel,
    log_positive_stable,
)
from agents.valuation import equation
from market.chance import absorb
from market.compiling import kernel, step
from market.elementary import exp, log, open_unit_of
from market.units import MONTHS_PER_YEAR, FloatArray, IntArray

_CHUNK = 512  # workloads of one parallel task
_LARGEST_GUMBEL = 37.0  # -log(-log(u)) of the largest uniform, 1 - 2**-53, is 36.7
_ROUNDING = 1e-9  # share of its terms by which a bound must hold: far more than rounding can move them
DECISION, TRUE, COST, MIGRATION, EGRESS, LOST, TASTE = range(7)
RESULTS = 7


class _Nests(NamedTuple):
    """Work space for the nests of one workload: classes of routes, then pairs of model and class, in full blocks."""

    exponent: FloatArray  # of the positive-stable law
    angle: FloatArray
    clock: FloatArray
    taste: FloatArray  # ln Z
    most: FloatArray  # (models,) largest value and taste among its hosts, variety left aside


class _Desk(NamedTuple):
    """Work space for the offers that one workload appraises."""

    considered: IntArray  # (offers,)
    results: FloatArray  # (results of `appraise`, offers)
    value: FloatArray  # (offers,)
    noise: FloatArray  # (offers,) Gumbel tastes for hosts
    distance: FloatArray  # (offers,) from the best host, in units of the spread of tastes
    weight: FloatArray  # (offers,)


@equation  # type: ignore[untyped-decorator]
def _new_desk(size: int) -> _Desk:
    return _Desk(
        np.empty(size, np.int64), np.empty((APPRAISED, size)), np.empty(size), np.empty(size), np.empty(size),
        np.empty(size),
    )  # fmt: skip


@equation  # type: ignore[untyped-decorator]
def _new_nests(size: int) -> _Nests:
    return _Nests(
        np.full(size, 0.5), np.full(size, 0.5), np.full(size, 0.5), np.empty(size), np.empty(size)
    )


@step  # type: ignore[untyped-decorator]
def _draw_hosts(state: Any, code: Any, out: Any) -> None:
    """Gumbel tastes of all offers."""
    for k in range(out.size):
        out[k] = open_unit_of(absorb(state, np.uint64(code[k])))
    for k in range(out.size):
        out[k] = gumbel(out[k])


@step  # type: ignore[untyped-decorator]
def _draw_nests(model_state: Any, class_state: Any, lam_host: float, lam_model: float, nest: Any, nests: Any) -> None:
    """ln Z of the classes of routes and of the models' nests, in one go, so that all vectorise.

    0, and nothing to draw, where models or hosts are no closer than the level above.
    """
    index, angle, clock, out = nests.exponent, nests.angle, nests.clock, nests.taste
    out[:] = 0.0
    drawn = 0
    if lam_model < 1.0:
        drawn = CLASSES
        for c in range(CLASSES):
            index[c] = lam_model
            angle[c] = open_unit_of(absorb(class_state, np.uint64(2 * c)))
            clock[c] = open_unit_of(absorb(class_state, np.uint64(2 * c + 1)))
    if lam_host < lam_model:
        drawn = CLASSES + nest.size
        for g in range(nest.size):
            index[CLASSES + g] = lam_host / lam_model
            angle[CLASSES + g] = open_unit_of(absorb(model_state, np.uint64(2 * nest[g])))
            clock[CLASSES + g] = open_unit_of(absorb(model_state, np.uint64(2 * nest[g] + 1)))
    for g in range((drawn + BLOCK - 1) // BLOCK * BLOCK):
        out[g] = log_positive_stable(index[g], angle[g], clock[g])
    if lam_model >= 1.0:
        out[:CLASSES] = 0.0
    if lam_host >= lam_model:
        out[CLASSES:] = 0.0


@equation  # type: ignore[untyped-decorator]
def _too_small_for_staff(w: Any, s: Any, none: float, of_class: float, of_models: Any, least: Any) -> Any:
    """Whether no model that needs people of one's own can be chosen, whatever the tastes for its hosts.

    `none`, `of_class` and `of_models` are the tastes for no AI, for running models oneself, and for those models. Such
    a model brings at most all of the gross value and the value of free use, and is believed to cost at least its people
    or, by who does not know about them, a multiple of the least visible bill.
    """
    if s.true_beliefs:
        costs = (w.staff_fte * w.staff_wage + w.fixed) / MONTHS_PER_YEAR
    else:
        costs = least_visible_cost(w, least) * w.hidden
    liking = max(w.friction_own, 0.0) + max(-w.friction_foreign, 0.0)
    luck = s.lam_host * (_LARGEST_GUMBEL + np.max(of_models)) + s.lam_model * of_class
    brings = w.gross * (1.0 + liking) + w.reference_value
    return brings + w.sigma * (luck - none) < costs - _ROUNDING * (brings + costs)


@step  # type: ignore[untyped-decorator]
def _variety(scale: float, considered: Any, value: Any, distance: Any, weight: Any) -> Any:
    """Entropy of the conditional logit over the considered hosts of a model: 0 for one, ln n for n equal ones (M1).

    `scale` is 1 / (sigma lam_host); the arrays hold the hosts of this model alone.
    """
    best = -np.inf
    for k in range(value.size):
        distance[k] = value[k] * scale if considered[k] else -np.inf
    for k in range(value.size):
        best = distance[k] if distance[k] > best else best
    for k in range(value.size):
        weight[k] = exp(distance[k] - best)
    total, moment = 0.0, 0.0
    for k in range(value.size):
        if considered[k]:
            total += weight[k]
            moment += weight[k] * (distance[k] - best)
    total = total if total > 1.0 else 1.0  # the best host weighs 1; without a host there is no variety
    return log(total) - moment / total


@step  # type: ignore[untyped-decorator]
def _most_without_variety(
    sigma: float, lam_host: float, lam_model: float, lines: Any, considered: Any, value: Any, noise: Any,
    taste_of_nest: Any, most: Any,
) -> None:  # fmt: skip
    """Fill `most` (models,) with the largest value and taste among the hosts of each model, variety left aside."""
    for g in range(lines.nest.size):
        of_model, of_class = taste_of_nest[CLASSES + g], taste_of_nest[lines.nest[g] % CLASSES]
        highest = -np.inf
        for k in range(lines.start[g], lines.start[g + 1]):
            utility = value[k] + sigma * (lam_host * (noise[k] + of_model) + lam_model * of_class)
            highest = utility if considered[k] and utility > highest else highest
        most[g] = highest


@step  # type: ignore[untyped-decorator]
def _best_host(
    w: Any, g: int, lam_host: float, lam_model: float, lines: Any, desk: Any, taste_of_nest: Any, best: Any
) -> Any:
    """Value and taste, place and taste of the first host of model `g` that is best and beats `best`; NONE if none does.
    """
    first, last = lines.start[g], lines.start[g + 1]
    considered, value = desk.considered[first:last], desk.value[first:last]
    of_model, of_class = taste_of_nest[CLASSES + g], taste_of_nest[lines.nest[g] % CLASSES]
    variety = _variety(w.host_scale, considered, value, desk.distance[first:last], desk.weight[first:last])
    chosen, chosen_taste = NONE, 0.0
    for k in range(last - first):
        taste = lam_host * (desk.noise[first + k] + of_model) + lam_model * of_class - lam_host * variety
        utility = value[k] + w.sigma * taste
        if utility > best and considered[k]:
            best, chosen, chosen_taste = utility, first + k, taste
    return best, chosen, chosen_taste


@step  # type: ignore[untyped-decorator]
def _best_offer(w: Any, none: float, lam_host: float, lam_model: float, lines: Any, desk: Any, nests: Any) -> Any:
    """Place of the offer with the largest value and taste, NONE if none is best, and the taste for it.

    Variety takes from a model and never adds to it: it is measured only where a model could still be the best without.
    """
    most, taste_of_nest = nests.most, nests.taste
    _most_without_variety(
        w.sigma, lam_host, lam_model, lines, desk.considered, desk.value, desk.noise, taste_of_nest, most
    )
    best, chosen, chosen_taste = w.sigma * none, NONE, none
    promising = 0
    for g in range(lines.nest.size):
        promising = g if most[g] > most[promising] else promising
    reached = best
    if lines.nest.size > 0 and most[promising] > best:
        reached = _best_host(w, promising, lam_host, lam_model, lines, desk, taste_of_nest, best)[0]
    for g in range(lines.nest.size):
        if most[g] > best and most[g] >= reached:
            utility, place, taste = _best_host(w, g, lam_host, lam_model, lines, desk, taste_of_nest, best)
            if place != NONE:
                best, chosen, chosen_taste = utility, place, taste
    return chosen, chosen_taste


@step  # type: ignore[untyped-decorator]
def _first_good_enough(w: Any, state: Any, threshold: float, codes: Any, considered: Any, value: Any) -> int:
    """Place of the first offer found that beats what is held by `threshold` of gross value (Simon 1955), NONE if that
    is doing without; what is held where nothing does. Tastes play no part; none is held where the offer has ended.
    """
    held, place = 0.0, NONE
    for k in range(value.size):
        if considered[k] and codes[CODE, k] == w.held:
            held, place = value[k], k
    enough = held + threshold * w.gross
    chosen, earliest = place, 2.0
    if place != NONE and enough < 0.0:
        chosen, earliest = NONE, open_unit_of(absorb(state, np.uint64(NO_OFFER)))
    for k in range(value.size):
        if considered[k] and value[k] > enough:
            found = open_unit_of(absorb(state, np.uint64(codes[CODE, k])))
            if found < earliest:
                chosen, earliest = k, found
    return chosen


@step  # type: ignore[untyped-decorator]
def _take(w: Any, lines: Any, s: Any, chosen: int, taste: float, desk: Any, out: Any) -> int:
    """Write the results of one workload into `out` (RESULTS,), and return the code of the offer at place `chosen`."""
    results, value = desk.results, desk.value
    out[:] = 0.0
    out[TASTE] = taste
    if chosen == NONE:
        return NONE
    out[DECISION] = value[chosen]
    cost, systematic = results[MONTHLY_COST, chosen], results[SYSTEMATIC, chosen]
    if not (s.true_beliefs or lines.codes[METERED, chosen]):
        cost, systematic = truth_of_own(w, lines.numbers, chosen, s)
    out[TRUE] = systematic + s.friction_real * results[FRICTION, chosen] * w.gross
    out[COST] = cost
    out[MIGRATION] = results[MOVING, chosen]
    out[EGRESS] = results[LEAVING, chosen]
    out[LOST] = results[DISRUPTION, chosen]
    return int(lines.codes[CODE, chosen])


@step  # type: ignore[untyped-decorator]
def _search(w: Any, lines: Any, s: Any, state: Any, desk: Any, out: Any) -> int:
    """The offer a workload takes under the rule `threshold`."""
    appraise(w, lines.codes, lines.numbers, lines.alive, lines.first_own, s, desk.considered, desk.results, desk.value)
    chosen = _first_good_enough(w, state, s.threshold, lines.codes, desk.considered, desk.value)
    return int(_take(w, lines, s, chosen, 0.0, desk, out))


@step  # type: ignore[untyped-decorator]
def _choose_among(w: Any, lines: Any, s: Any, host_state: Any, none: float, nests: Any, desk: Any, out: Any) -> int:
    """The offer a workload takes under the nested logit, its results written into `out` (RESULTS,)."""
    appraise(w, lines.codes, lines.numbers, lines.alive, lines.first_own, s, desk.considered, desk.results, desk.value)
    _draw_hosts(host_state, lines.codes[CODE], desk.noise)
    chosen, taste = _best_offer(w, none, s.lam_host, s.lam_model, lines, desk, nests)
    return int(_take(w, lines, s, chosen, taste - none, desk, out))


@equation  # type: ignore[untyped-decorator]
def _choose_rows(
    first: int, last: int, workloads: Any, every: Any, unstaffed: Any, s: Any, states: Any, code: Any, out: Any
) -> None:
    """Choices of the workloads first..last-1 among `every` offer, or among those that need no staff of one's own."""
    desk, small_desk = _new_desk(every.codes.shape[1]), _new_desk(unstaffed.codes.shape[1])
    nests = _new_nests((CLASSES + every.nest.size + BLOCK - 1) // BLOCK * BLOCK)
    of_staffed = nests.taste[CLASSES + unstaffed.nest.size : CLASSES + every.nest.size]
    for i in range(first, last):
        w = workloads[i]
        month, row = np.uint64(w.taste_month), np.uint64(w.row)
        if s.threshold >= 0.0:
            search_state = absorb(absorb(states[SEARCH_DRAW], month), row)
            code[i] = _search(w, every, s, search_state, desk, out[i])
            continue
        none = gumbel(open_unit_of(absorb(absorb(absorb(states[NONE_DRAW], month), row), np.uint64(0))))
        model_state = absorb(absorb(states[MODEL_DRAW], month), row)
        class_state = absorb(absorb(states[CLASS_DRAW], month), row)
        host_state = absorb(absorb(states[HOST_DRAW], month), row)
        _draw_nests(model_state, class_state, s.lam_host, s.lam_model, every.nest, nests)
        if of_staffed.size > 0 and _too_small_for_staff(
            w, s, none, nests.taste[SELF_CLASS], of_staffed, every.least
        ):
            code[i] = _choose_among(w, unstaffed, s, host_state, none, nests, small_desk, out[i])
        else:
            code[i] = _choose_among(w, every, s, host_state, none, nests, desk, out[i])


@kernel
def choose_serial(w: Any, every: Any, unstaffed: Any, s: Any, states: Any, code: Any, out: Any) -> None:
    """Fill `code` (rows,) and `out` (rows, RESULTS) on one thread."""
    _choose_rows(0, code.size, w, every, unstaffed, s, states, code, out)


@kernel(parallel=True)  # type: ignore[untyped-decorator]
def choose_parallel(w: Any, every: Any, unstaffed: Any, s: Any, states: Any, code: Any, out: Any) -> None:
    """The same in chunks of workloads on several threads."""
    for chunk in prange((code.size + _CHUNK - 1) // _CHUNK):
        first = chunk * _CHUNK
        _choose_rows(first, min(first + _CHUNK, code.size), w, every, unstaffed, s, states, code, out)
