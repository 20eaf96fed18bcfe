"""What the offers of a month are worth to one workload: the value equations in loops over all offers.

Each equation has a loop of its own over columns of offers, because that is what vectorises: a loop over records, or one
that reads many columns, is computed offer by offer. Numbers of the workload are read before a loop for the same reason,
and columns of one type share an array, because every array costs time when a step is called.
Offers that a workload does not consider are appraised with the rest and left out by a mask. Source: docs/model.md, M1,
M7 and M11; the equations themselves are in `agents.valuation`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.offers import SELF_CLASS, OfferTerms, among
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
    visible_cost_of_running,
)
from market.compiling import step
from market.units import HOURS_PER_MONTH, SECONDS_PER_MONTH, FloatArray, IntArray

BLOCK = 4  # offers computed together: one vector register
_ONE = np.uint64(1)
_NO_CLOUD = -2  # never a tenancy, which is -1 where there is none

_CODES = (
    "code", "seller", "cloud", "heard_by_all", "metered", "own_class", "weights_of", "model", "vendor", "host_cloud",
)  # fmt: skip
CODE, _SELLER, _CLOUD, _HEARD, METERED, OWN_CLASS, _WEIGHTS_OF, _MODEL, VENDOR, _HOST_CLOUD = range(len(_CODES))
_NUMBERS = (
    "exposure", "exposure_tenant", "price", "price_factor", "integration", "replica_gpus", "replica_throughput",
    "quality_factor", "reliability", "expected_rise", "hosted", "own",
)  # fmt: skip
(
    _USUAL, _TENANT, PRICE, _PRICE_FACTOR, _INTEGRATION, GPUS, THROUGHPUT,
    QUALITY, RELIABILITY, RISE, _HOSTED, _OWN,
) = range(len(_NUMBERS))  # fmt: skip

RESULTS = 11
(
    EXPOSURE, UNIT_PRICE, RATIO, COST, USE, SYSTEMATIC, FRICTION, STARTING, MIGRATION, EGRESS, DISRUPTION,
) = range(RESULTS)  # fmt: skip
"""Rows of the results over the offers: share of data exposed, USD/Mtok, tokens over tokens at the reference price,
cost, value of use and systematic surplus in USD a month, share of gross value, what is paid or lost once in USD."""


class Lines(NamedTuple):
    """Offers by class and model, in full blocks: the last is filled with copies of the last offer, never considered."""

    alive: int  # offers without the filling
    first_own: int  # where the self-operated class begins
    codes: IntArray  # (len(_CODES), offers)
    numbers: FloatArray  # (len(_NUMBERS), offers)
    start: IntArray  # (groups + 1,) where the offers of each pair of class and model begin
    nest: IntArray  # (groups,) code of each pair
    least: FloatArray  # (2,) `least_bills` of the models that always need people of one's own


def lines_of(offers: OfferTerms, chosen: IntArray) -> Lines:
    """Columns of the offers whose codes are `chosen`, which come by class and model."""
    count = len(chosen)
    at = np.concatenate([chosen, np.full(-count % BLOCK, chosen[-1] if count else 0)])
    cloud = np.where(offers.host_cloud >= 0, offers.host_cloud, _NO_CLOUD)
    columns = offers._asdict() | {"cloud": cloud, "own_class": offers.nest == SELF_CLASS}
    begins = np.flatnonzero(np.diff(offers.group[chosen], prepend=-1))
    codes = np.array([columns[name][at] for name in _CODES], dtype=np.int64)
    numbers = np.array([columns[name][at] for name in _NUMBERS], dtype=np.float64)
    return Lines(
        alive=count,
        first_own=int((offers.nest[chosen] != SELF_CLASS).sum()),
        codes=codes,
        numbers=numbers,
        start=np.append(begins, count),
        nest=offers.group[chosen[begins]],
        least=least_bills(numbers[:, ~among(offers.group[at], offers.group[chosen[offers.metered[chosen]]])]),
    )


def unstaffed(offers: OfferTerms) -> IntArray:
    """Codes, in the order of consideration, of offers whose model some company may use without staff of its own."""
    group = offers.group[offers.order]
    return offers.order[among(group, group[offers.metered[offers.order]])]


@step  # type: ignore[untyped-decorator]
def appraise(
    w: Any, codes: Any, numbers: Any, count: int, first_own: int, s: Any, considered: Any, results: Any, value: Any
) -> None:
    """What every offer amounts to for the workload `w`, a record of `agents.terms.Terms`.

    Fills `considered` (offers,) with 1 where the workload considers the offer, `results` (RESULTS, offers), and `value`
    (offers,), the decision value N as the company sees it in USD a month.
    """
    _consider(w, codes, numbers, considered, results[EXPOSURE])
    considered[count:] = 0
    _pay_by_the_token(w, numbers, results)
    _run_alone(w, codes[METERED], numbers, first_own // BLOCK * BLOCK, s, results)
    _value(w, numbers, results)
    _resist(w, codes, numbers, results[FRICTION])
    _move(w, codes, results)
    _decide(w, codes[VENDOR], numbers[RISE], s.horizon, results, value)


@step  # type: ignore[untyped-decorator]
def _consider(w: Any, codes: Any, numbers: Any, considered: Any, exposure: Any) -> None:
    """Which offers a workload considers: sellers it knows, models it has heard of, exposure it may bear."""
    known, tenancy, held, aware = w.known, w.tenancy, w.held, np.int64(w.aware_open)
    sensitivity, limit = w.sensitivity, w.exposure_limit
    cloud, usual, tenant = codes[_CLOUD], numbers[_USUAL], numbers[_TENANT]
    for k in range(exposure.size):
        exposure[k] = tenant[k] if cloud[k] == tenancy else usual[k]
    seller, heard = codes[_SELLER], codes[_HEARD]
    for k in range(considered.size):
        reachable = np.int64((known >> np.uint64(seller[k])) & _ONE) | np.int64(seller[k] == tenancy)
        considered[k] = reachable & (heard[k] | aware)
    code = codes[CODE]
    for k in range(considered.size):
        considered[k] = (considered[k] | np.int64(code[k] == held)) & np.int64(sensitivity * exposure[k] <= limit)


@step  # type: ignore[untyped-decorator]
def _pay_by_the_token(w: Any, numbers: Any, results: Any) -> None:
    """Cost and use as if every offer were billed by the token."""
    reference_power, mtok, integration = w.reference_power, w.mtok, w.integration
    price, price_factor, multiplier = numbers[PRICE], numbers[_PRICE_FACTOR], numbers[_INTEGRATION]
    unit_price, ratio, cost = results[UNIT_PRICE], results[RATIO], results[COST]
    for k in range(ratio.size):
        unit_price[k] = price[k]
        ratio[k] = metered_ratio(price_factor[k], reference_power)
    for k in range(cost.size):
        cost[k] = price[k] * mtok * ratio[k] + multiplier[k] * integration


@step  # type: ignore[untyped-decorator]
def _run_alone(w: Any, metered: Any, numbers: Any, first: int, s: Any, results: Any) -> None:
    """Cost and use of the models that a company runs itself, from offer `first` on, in place of what is metered.

    The cost is what the company believes it is (M10).
    """
    tokens, mtok, peak, smallest, spare = w.tokens, w.mtok, w.peak, w.smallest, w.spare
    people, wage, fixed, reference_power = w.staff_fte, w.staff_wage, w.fixed, w.reference_power
    hidden = w.hidden
    metered, price = metered[first:], numbers[PRICE][first:]
    gpus, throughput = numbers[GPUS][first:], numbers[THROUGHPUT][first:]
    unit_price, ratio, cost = results[UNIT_PRICE][first:], results[RATIO][first:], results[COST][first:]
    if s.true_beliefs:
        for k in range(cost.size):
            copies = replicas_needed(tokens, throughput[k], peak, s.operating_load, smallest, spare)
            own = cost_of_running(copies * gpus[k], price[k], s.overhead, people, wage, fixed)
            cost[k] = cost[k] if metered[k] else own
    else:
        for k in range(cost.size):
            believed = visible_cost_of_running(tokens, throughput[k], gpus[k], price[k]) * hidden
            cost[k] = cost[k] if metered[k] else believed
    for k in range(cost.size):
        unit_price[k] = unit_price[k] if metered[k] else cost[k] / mtok
    for k in range(cost.size):
        own = own_ratio(unit_price[k], s.use_elasticity, reference_power)
        ratio[k] = ratio[k] if metered[k] else own


@step  # type: ignore[untyped-decorator]
def truth_of_own(w: Any, numbers: Any, k: int, s: Any) -> Any:
    """True cost and systematic surplus, USD a month, of running the model of offer `k` oneself."""
    copies = replicas_needed(w.tokens, numbers[THROUGHPUT, k], w.peak, s.operating_load, w.smallest, w.spare)
    gpus, price = copies * numbers[GPUS, k], numbers[PRICE, k]
    cost = cost_of_running(gpus, price, s.overhead, w.staff_fte, w.staff_wage, w.fixed)
    unit_cost = cost / w.mtok
    ratio = own_ratio(unit_cost, s.use_elasticity, w.reference_power)
    use = value_of_use(w.reference_value, unit_cost, w.inverse_reference, ratio)
    adequate = adequacy(w.need_factor, numbers[QUALITY, k])
    return cost, surplus(w.gross, adequate, numbers[RELIABILITY, k], use, cost)


@equation  # type: ignore[untyped-decorator]
def least_visible_cost(w: Any, least: Any) -> Any:
    """Bound from below of what a company can see of the cost of models that always need its people, USD a month."""
    return max(least[0], least[1] * w.tokens)


def least_bills(numbers: FloatArray) -> FloatArray:
    """Least bill of one copy (USD a month), and least bill per token a month at full load, over some offers; (2,).

    Infinite where there are none.
    """
    copy = numbers[GPUS] * numbers[PRICE] * HOURS_PER_MONTH
    per_token = copy / (numbers[THROUGHPUT] * SECONDS_PER_MONTH)
    return np.array([copy.min(initial=np.inf), per_token.min(initial=np.inf)])


@step  # type: ignore[untyped-decorator]
def _value(w: Any, numbers: Any, results: Any) -> None:
    """Value of use and systematic surplus, USD a month."""
    reference_value, inverse_reference, gross, need = w.reference_value, w.inverse_reference, w.gross, w.need_factor
    unit_price, ratio, cost = results[UNIT_PRICE], results[RATIO], results[COST]
    quality_factor, reliability = numbers[QUALITY], numbers[RELIABILITY]
    use, systematic = results[USE], results[SYSTEMATIC]
    for k in range(use.size):
        use[k] = value_of_use(reference_value, unit_price[k], inverse_reference, ratio[k])
    for k in range(systematic.size):
        systematic[k] = surplus(gross, adequacy(need, quality_factor[k]), reliability[k], use[k], cost[k])


@step  # type: ignore[untyped-decorator]
def _resist(w: Any, codes: Any, numbers: Any, share: Any) -> None:
    """Residual friction as a share of gross value."""
    jurisdiction, on_hosted, on_own, on_foreign = w.jurisdiction, w.friction_hosted, w.friction_own, w.friction_foreign
    hosted, own, weights_of = numbers[_HOSTED], numbers[_OWN], codes[_WEIGHTS_OF]
    for k in range(share.size):
        share[k] = friction(hosted[k], own[k], weights_of[k], jurisdiction, on_hosted, on_own, on_foreign)


@step  # type: ignore[untyped-decorator]
def _move(w: Any, codes: Any, results: Any) -> None:
    """Migration with first use and a new account, egress and disruption of taking each offer, USD once."""
    held, held_own, held_model, held_cloud, held_vendor = w.held, w.held_own, w.held_model, w.held_cloud, w.held_vendor
    work_api, work_own, work_cloud, retraining = w.work_api, w.work_own, w.work_cloud, w.retraining
    first_use, accounts, new_account = w.first_use, w.accounts, w.new_account
    charge, change_vendor, change_within = w.egress, w.change_vendor, w.change_within
    code, own, model, vendor, cloud = codes[CODE], codes[OWN_CLASS], codes[_MODEL], codes[VENDOR], codes[_HOST_CLOUD]
    moving, egress, lost = results[MIGRATION], results[EGRESS], results[DISRUPTION]
    seller, starting = codes[_SELLER], results[STARTING]
    for k in range(starting.size):
        starting[k] = first_use + account_opening(accounts, np.uint64(seller[k]), new_account)
    for k in range(moving.size):
        moving[k] = starting[k] + migration(
            code[k], held, own[k], held_own, model[k], held_model, cloud[k], held_cloud,
            work_api, work_own, work_cloud, retraining,
        )  # fmt: skip
    for k in range(egress.size):
        egress[k] = egress_bill(code[k], held, cloud[k], held_cloud, charge)
    for k in range(lost.size):
        lost[k] = disruption(code[k], held, vendor[k], held_vendor, change_vendor, change_within)


@step  # type: ignore[untyped-decorator]
def _decide(w: Any, vendor: Any, expected_rise: Any, horizon: float, results: Any, value: Any) -> None:
    """Decision value as the company sees it, USD a month."""
    privacy, holdup, dominant, gross = w.privacy, w.holdup, w.dominant, w.gross
    moving, egress, lost = results[MIGRATION], results[EGRESS], results[DISRUPTION]
    systematic, exposure, share = results[SYSTEMATIC], results[EXPOSURE], results[FRICTION]
    for k in range(value.size):
        value[k] = moving[k] + egress[k] + lost[k]
    for k in range(value.size):
        value[k] = decision_value(
            systematic[k], privacy, exposure[k], holdup, expected_rise[k], vendor[k] == dominant, value[k], horizon,
            share[k], gross,
        )  # fmt: skip
