"""The kernel of `agents.choice`: values, consideration, tastes and the best offer of one workload after the other.

Loops are cut so that the dear ones (logarithms, exponentials, hashes) run over plain arrays in vector registers; what
belongs to one pair is read from records of the workload and the offer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from agents.elementary import exp, log, open_unit_of
from agents.offers import API_CLASS, CLASSES, NONE, SELF_CLASS
from agents.tastes import CLASS_DRAW, HOST_DRAW, MODEL_DRAW, NONE_DRAW, gumbel, log_positive_stable
from agents.valuation import (
    account_opening,
    adequacy,
    cost_of_running,
    decision_value,
    disruption,
    egress_bill,
    equation,
    friction,
    metered_ratio,
    migration,
    own_ratio,
    replicas_needed,
    surplus,
    value_of_use,
)
from market.chance import absorb
from market.compiling import kernel

_CHUNK = 512  # workloads of one parallel task
_BLOCK = 8  # nests whose tastes are drawn together: one vector register
DECISION, TRUE, COST, MIGRATION, EGRESS, LOST, TASTE = range(7)
EVALUATED, RESULTS = 6, 7
_ONE = np.uint64(1)


@equation  # type: ignore[untyped-decorator]
def _own_cost(w: Any, o: Any, s: Any) -> Any:
    """Monthly cost of running the model of offer o oneself, USD."""
    copies = replicas_needed(w.tokens, o.replica_throughput, w.peak, s.operating_load, w.smallest, w.spare)
    return cost_of_running(copies * o.replica_gpus, o.price, s.overhead, w.staff_fte, w.staff_wage, w.fixed)


@equation  # type: ignore[untyped-decorator]
def _moving_costs(w: Any, o: Any) -> Any:
    """Migration, egress and disruption of taking offer o, USD once. A workload that holds nothing leaves nothing."""
    own = o.nest == SELF_CLASS
    starting = w.first_use + account_opening(w.accounts, np.uint64(o.seller), w.new_account)
    if w.held == NONE:
        return own * w.work_own + starting, 0.0, 0.0
    moving = migration(
        o.code, w.held, own, w.held_own, o.model, w.held_model, o.host_cloud, w.held_cloud,
        w.work_api, w.work_own, w.work_cloud, w.retraining,
    )  # fmt: skip
    egress = egress_bill(o.code, w.held, o.host_cloud, w.held_cloud, w.egress)
    lost = disruption(o.code, w.held, o.vendor, w.held_vendor, w.change_vendor, w.change_within)
    return moving + starting, egress, lost


@equation  # type: ignore[untyped-decorator]
def _evaluate(w: Any, o: Any, s: Any, exposure: float, own_cost: float, own_use: float) -> Any:
    """Decision value, true value, cost, migration, egress and disruption of a pair, USD.

    `own_cost` (USD/month) and `own_use` (tokens over tokens at the reference price) belong to self-run routes.
    """
    if o.metered:
        price, ratio = o.price, metered_ratio(o.price_factor, w.reference_power)
        cost = price * w.mtok * ratio + o.integration * w.integration
    else:
        price, ratio, cost = own_cost / w.mtok, own_use, own_cost
    use = value_of_use(w.reference_value, price, w.inverse_reference, ratio)
    systematic = surplus(w.gross, adequacy(w.need_factor, o.quality_factor), o.reliability, use, cost)
    share = friction(
        o.hosted, o.own, o.weights_of, w.jurisdiction, w.friction_hosted, w.friction_own, w.friction_foreign
    )
    moving, egress, lost = _moving_costs(w, o)
    decision = decision_value(
        systematic, w.privacy, exposure, w.holdup, o.expected_rise,
        o.vendor == w.dominant, moving + egress + lost, s.horizon, share, w.gross,
    )  # fmt: skip
    true = systematic + s.friction_real * share * w.gross
    return decision, true, cost, moving, egress, lost


@equation  # type: ignore[untyped-decorator]
def in_blocks(count: Any) -> Any:
    """`count` rounded up to full vector registers, so that no remainder is computed one by one."""
    return (count + _BLOCK - 1) // _BLOCK * _BLOCK


@equation  # type: ignore[untyped-decorator]
def _draw_hosts(state: Any, offers: Any, count: Any, out: Any) -> None:
    """Gumbel tastes of the first `count` offers; two loops, so that the second vectorises."""
    for t in range(count):
        out[t] = open_unit_of(absorb(state, np.uint64(offers[t])))
    for t in range(in_blocks(count)):
        out[t] = gumbel(out[t])


@equation  # type: ignore[untyped-decorator]
def _draw_nests(
    model_state: Any, class_state: Any, s: Any, nest: Any, groups: Any, out: Any, index: Any, angle: Any, clock: Any
) -> None:
    """ln Z of the models' nests, then of the classes of routes, into `out`; in one go, so that all vectorise."""
    for g in range(groups):
        index[g] = s.lam_host / s.lam_model
        angle[g] = open_unit_of(absorb(model_state, np.uint64(2 * nest[g])))
        clock[g] = open_unit_of(absorb(model_state, np.uint64(2 * nest[g] + 1)))
    for c in range(CLASSES):
        index[groups + c] = s.lam_model
        angle[groups + c] = open_unit_of(absorb(class_state, np.uint64(2 * c)))
        clock[groups + c] = open_unit_of(absorb(class_state, np.uint64(2 * c + 1)))
    for g in range(in_blocks(groups + CLASSES)):
        out[g] = log_positive_stable(index[g], angle[g], clock[g])
    if s.lam_host >= s.lam_model:
        out[:groups] = 0.0
    if s.lam_model >= 1.0:
        out[groups : groups + CLASSES] = 0.0


@equation  # type: ignore[untyped-decorator]
def _measure_variety(
    value: Any, scale: float, group: Any, count: Any, groups: Any, out: Any, moment: Any, distance: Any, weight: Any
) -> None:
    """Entropy of the conditional logit over the hosts of each model: 0 for one host, ln n for n equal ones (M1).

    `value` holds N_j of the offers and `group` the number of their model; `scale` is 1 / (sigma lam_host).
    """
    for g in range(groups):
        out[g] = -np.inf
    for t in range(count):
        out[group[t]] = max(out[group[t]], value[t] * scale)
    for t in range(count):
        distance[t] = value[t] * scale - out[group[t]]
    for t in range(in_blocks(count)):
        weight[t] = exp(distance[t])
    for g in range(groups):
        out[g] = 0.0
        moment[g] = 0.0
    for t in range(count):
        out[group[t]] += weight[t]
        moment[group[t]] += weight[t] * distance[t]
    for g in range(in_blocks(groups)):
        out[g] = log(out[g]) - moment[g] / out[g]


@equation  # type: ignore[untyped-decorator]
def _choose_rows(
    first: int, last: int, workloads: Any, offers: Any, gate: Any, s: Any, states: Any, code: Any, out: Any
) -> None:
    """Choices of the workloads first..last-1, in scratch space of one row of offers."""
    code_of, nest_of, seller, cloud, heard, usual_exposure, tenant_exposure = gate
    most = offers.size + 2 * _BLOCK
    passes, exposure = np.empty(most, np.int64), np.empty(most)
    position, group = np.empty(most, np.uint64), np.empty(most, np.uint64)  # unsigned: an index that cannot wrap
    codes, nest = np.empty(most, np.int64), np.empty(most, np.int64)
    value, noise = np.empty(most), np.full(most, 0.5)
    own_cost, own_use = np.ones(most), np.ones(most)
    variety, moment, distance, weight = np.ones(most), np.zeros(most), np.zeros(most), np.empty(most)
    of_nest, index, angle, clock = np.empty(most), np.full(most, 0.5), np.full(most, 0.5), np.full(most, 0.5)
    for i in range(first, last):
        w = workloads[i]
        known, tenancy, held, aware = w.known, w.tenancy, w.held, np.int64(w.aware_open)
        sensitivity, limit, sigma, reference_power = w.sensitivity, w.exposure_limit, w.sigma, w.reference_power
        for k in range(offers.size):
            at_home = seller[k] == np.uint64(tenancy)
            reachable = (np.int64((known >> seller[k]) & _ONE) | np.int64(at_home)) & (heard[k] | aware)
            exposure[k] = tenant_exposure[k] if cloud[k] == tenancy else usual_exposure[k]
            passes[k] = (reachable | np.int64(code_of[k] == held)) & np.int64(sensitivity * exposure[k] <= limit)
        count = np.int64(0)
        for k in range(offers.size):
            position[count] = k
            count += passes[k]

        groups, previous, own_from = np.int64(0), np.int64(-1), np.int64(0)
        for t in range(count):
            k = position[t]
            codes[t] = code_of[k]
            groups += np.int64(nest_of[k] != previous)
            previous = nest_of[k]
            group[t] = groups - 1
            nest[groups - 1] = previous
            own_from += np.int64(previous % CLASSES == API_CLASS)
        for t in range(own_from, count):
            o = offers[position[t]]
            if not o.metered:
                own_cost[t] = _own_cost(w, o, s)
                own_use[t] = own_cost[t] / w.mtok
        self_run = own_use[own_from:]
        for t in range(in_blocks(count - own_from)):
            self_run[t] = own_ratio(self_run[t], s.use_elasticity, reference_power)
        for t in range(count):
            value[t] = _evaluate(w, offers[position[t]], s, exposure[position[t]], own_cost[t], own_use[t])[0]

        month, row = np.uint64(w.taste_month), np.uint64(w.row)
        model_state = absorb(absorb(states[MODEL_DRAW], month), row)
        class_state = absorb(absorb(states[CLASS_DRAW], month), row)
        _draw_hosts(absorb(absorb(states[HOST_DRAW], month), row), codes, count, noise)
        _draw_nests(model_state, class_state, s, nest, groups, of_nest, index, angle, clock)
        none = gumbel(open_unit_of(absorb(absorb(absorb(states[NONE_DRAW], month), row), np.uint64(0))))
        _measure_variety(value, w.host_scale, group, count, groups, variety, moment, distance, weight)

        best, chosen, chosen_taste = sigma * none, NONE, none
        for t in range(count):
            g = group[t]
            of_class = of_nest[groups + nest[g] % CLASSES]
            taste = s.lam_host * (noise[t] + of_nest[g]) + s.lam_model * of_class - s.lam_host * variety[g]
            utility = value[t] + sigma * taste
            if utility > best:
                best, chosen, chosen_taste = utility, t, taste

        code[i] = NONE
        out[i, :] = 0.0
        if chosen != NONE:
            k = position[chosen]
            code[i] = offers[k].code
            out[i, :EVALUATED] = _evaluate(w, offers[k], s, exposure[k], own_cost[chosen], own_use[chosen])
        out[i, TASTE] = chosen_taste - none


@kernel
def choose_serial(w: Any, o: Any, gate: Any, s: Any, states: Any, code: Any, out: Any) -> None:
    """Fill `code` (rows,) and `out` (rows, RESULTS) on one thread."""
    _choose_rows(0, code.size, w, o, gate, s, states, code, out)


@kernel(parallel=True)  # type: ignore[untyped-decorator]
def choose_parallel(w: Any, o: Any, gate: Any, s: Any, states: Any, code: Any, out: Any) -> None:
    """The same in chunks of workloads on several threads."""
    for chunk in prange((code.size + _CHUNK - 1) // _CHUNK):
        first = chunk * _CHUNK
        _choose_rows(first, min(first + _CHUNK, code.size), w, o, gate, s, states, code, out)
