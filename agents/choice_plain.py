"""The plain twin of the company kernel: the same choice with NumPy matrices of workloads by offers.

It exists to check `agents.choice.choose` (the two agree bit for bit) and to be read beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.choice import Choices, choices_of
from agents.choice_kernel import RESULTS, TASTE
from agents.offers import NONE, SELF_CLASS, OfferTerms
from agents.tastes import search_order, tastes
from agents.terms import Terms, Weights
from agents.valuation import (
    account_opening,
    adequacy,
    cost_of_running,
    decision_value,
    disruption,
    egress_bill,
    friction,
    metered_ratio,
    migration,
    own_ratio,
    replicas_needed,
    surplus,
    value_of_use,
    visible_cost_of_running,
)
from market.chance import Chance
from market.elementary import exp, log
from market.units import BoolArray, FloatArray, IntArray


def column(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Values of workloads as a column, to broadcast against offers."""
    return np.asarray(values)[:, None]


def exposures(rows: Terms, offers: OfferTerms, codes: IntArray) -> FloatArray:
    """Exposure of each workload's data under each offer, (rows, codes)."""
    cloud = offers.host_cloud[codes]
    own_cloud = (cloud >= 0) & (cloud == column(rows.tenancy))
    return np.where(own_cloud, offers.exposure_tenant[codes], offers.exposure[codes])


def consideration(rows: Terms, offers: OfferTerms, codes: IntArray) -> BoolArray:
    """Whether each workload considers each available offer, (rows, codes)."""
    seller = offers.seller[codes].astype(np.uint64)
    known = ((column(rows.known) >> seller) & np.uint64(1)) > 0
    reachable = known | (offers.seller[codes] == column(rows.tenancy))
    heard = offers.heard_by_all[codes] | column(rows.aware_open)
    allowed = column(rows.sensitivity) * exposures(rows, offers, codes) <= column(rows.exposure_limit)
    return np.asarray(((reachable & heard) | (codes == column(rows.held))) & allowed)


def costs_and_use(
    rows: Terms, offers: OfferTerms, shared: Weights, codes: IntArray, *, believed: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Monthly cost (USD), value of use (USD) and tokens over tokens at the reference price; each (rows, codes).

    What running a model oneself costs is what the company believes, or the truth.
    """
    price = offers.price[codes]
    ratio = metered_ratio(offers.price_factor[codes], column(rows.reference_power))
    cost = price * column(rows.mtok) * ratio + offers.integration[codes] * column(rows.integration)
    unit_price = np.broadcast_to(price, cost.shape).copy()
    own = ~offers.metered[codes]
    if own.any():
        some = codes[own]
        if believed and not shared.true_beliefs:
            seen = visible_costs(rows, offers, some)
            cost[:, own] = seen * column(rows.hidden)
        else:
            cost[:, own] = own_costs(rows, offers, shared, some)
        unit_price[:, own] = cost[:, own] / column(rows.mtok)
        ratio[:, own] = own_ratio(unit_price[:, own], shared.use_elasticity, column(rows.reference_power))
    use = value_of_use(column(rows.reference_value), unit_price, column(rows.inverse_reference), ratio)
    return cost, use, ratio


def own_costs(rows: Terms, offers: OfferTerms, shared: Weights, codes: IntArray) -> FloatArray:
    """True monthly cost of running a model oneself, USD, (rows, codes)."""
    copies = replicas_needed(
        column(rows.tokens), offers.replica_throughput[codes], column(rows.peak), shared.operating_load,
        column(rows.smallest), column(rows.spare),
    )  # fmt: skip
    cost = cost_of_running(
        copies * offers.replica_gpus[codes], offers.price[codes], shared.overhead,
        column(rows.staff_fte), column(rows.staff_wage), column(rows.fixed),
    )  # fmt: skip
    return np.asarray(cost)


def visible_costs(rows: Terms, offers: OfferTerms, codes: IntArray) -> FloatArray:
    """Bill of machines at average load of running a model oneself, USD a month, (rows, codes)."""
    seen = visible_cost_of_running(
        column(rows.tokens), offers.replica_throughput[codes], offers.replica_gpus[codes], offers.price[codes]
    )
    return np.asarray(seen)


def frictions(rows: Terms, offers: OfferTerms, codes: IntArray) -> FloatArray:
    """Residual friction as a share of gross value, (rows, codes)."""
    return np.asarray(
        friction(
            offers.hosted[codes], offers.own[codes], offers.weights_of[codes], column(rows.jurisdiction),
            column(rows.friction_hosted), column(rows.friction_own), column(rows.friction_foreign),
        )
    )  # fmt: skip


def varieties(value: FloatArray, considered: BoolArray, rows: Terms, group: IntArray) -> FloatArray:
    """Entropy of the considered hosts of each offer's model, (rows, codes), summed in the order of codes."""
    variety = np.zeros_like(value)
    scaled = value * column(rows.host_scale)
    for first in np.unique(group):
        members = np.flatnonzero(group == first)
        inside = considered[:, members]
        best = np.where(inside, scaled[:, members], -np.inf).max(axis=1, keepdims=True)
        distance = np.where(inside, scaled[:, members] - np.where(np.isfinite(best), best, 0.0), 0.0)
        weight = np.where(inside, exp(distance), 0.0)
        total, moment = np.zeros(len(value)), np.zeros(len(value))
        for position in range(len(members)):
            total = total + weight[:, position]
            moment = moment + weight[:, position] * distance[:, position]
        several = inside.sum(axis=1) > 1
        entropy = log(np.where(several, total, 1.0)) - moment / np.where(several, total, 1.0)
        variety[:, members] = np.where(several, entropy, 0.0)[:, None]
    return variety


@dataclass(frozen=True)
class Pairs:
    """Every workload with every offer of `codes`; each array has shape (rows, codes), USD."""

    codes: IntArray  # (codes,)
    considered: BoolArray
    decision: FloatArray  # N as perceived, a month
    true: FloatArray  # N without misperceived friction, risks and switching, a month
    cost: FloatArray  # true, a month
    believed: FloatArray  # cost as the company believes, a month
    use: FloatArray  # value of using more or less than at the reference price, as believed, a month
    ratio: FloatArray  # tokens over tokens at the reference price
    migration: FloatArray  # once
    egress: FloatArray  # once
    disruption: FloatArray  # once


def pairs(rows: Terms, offers: OfferTerms, shared: Weights) -> Pairs:
    """Values of all workloads with all offers in the order in which they are considered."""
    codes = offers.order
    considered = consideration(rows, offers, codes)
    adequate = adequacy(column(rows.need_factor), offers.quality_factor[codes])

    def worth(cost: FloatArray, use: FloatArray) -> FloatArray:
        return np.asarray(surplus(column(rows.gross), adequate, offers.reliability[codes], use, cost))

    believed, use, ratio = costs_and_use(rows, offers, shared, codes, believed=True)
    cost, true_use, _ = costs_and_use(rows, offers, shared, codes, believed=False)
    systematic = worth(believed, use)
    share = frictions(rows, offers, codes)
    moving = migration(
        codes, column(rows.held), offers.nest[codes] == SELF_CLASS, column(rows.held_own), offers.model[codes],
        column(rows.held_model), offers.host_cloud[codes], column(rows.held_cloud), column(rows.work_api),
        column(rows.work_own), column(rows.work_cloud), column(rows.retraining),
    ) + (column(rows.first_use) + account_opening(
        column(rows.accounts), offers.seller[codes].astype(np.uint64), column(rows.new_account)
    ))  # fmt: skip
    egress = egress_bill(
        codes, column(rows.held), offers.host_cloud[codes], column(rows.held_cloud), column(rows.egress)
    )
    lost = disruption(
        codes, column(rows.held), offers.vendor[codes], column(rows.held_vendor), column(rows.change_vendor),
        column(rows.change_within),
    )  # fmt: skip
    value = decision_value(
        systematic, column(rows.privacy), exposures(rows, offers, codes), column(rows.holdup),
        offers.expected_rise[codes], offers.vendor[codes] == column(rows.dominant), moving + egress + lost,
        shared.horizon, share, column(rows.gross),
    )  # fmt: skip
    true = worth(cost, true_use) + shared.friction_real * share * column(rows.gross)

    return Pairs(codes, considered, value, true, cost, believed, use, ratio, moving, egress, lost)


def panel_base_plain(rows: Terms, offers: OfferTerms, shared: Weights) -> FloatArray:
    """The twin of `agents.panel_base.panel_base`, bit for bit."""
    every = pairs(rows, offers, shared)
    offer_price = offers.price[every.codes]
    metered_part = every.use - offer_price * column(rows.mtok) * every.ratio
    api_like = offers.nest[every.codes] != SELF_CLASS
    value = np.where(api_like, every.decision - metered_part, every.decision)
    base = np.full((len(rows.row), len(offers.code)), -np.inf)
    base[:, every.codes] = np.where(every.considered, value, -np.inf)
    return base


def best_with_tastes(
    chance: Chance, rows: Terms, offers: OfferTerms, every: Pairs, shared: Weights
) -> tuple[BoolArray, IntArray, FloatArray, FloatArray]:
    """Whether each workload takes an offer, its place among the codes, and tastes for offers and for none."""
    codes, value = every.codes, every.decision
    raw, none = tastes(
        chance, entity=rows.row, month=rows.taste_month, offer=codes, model=offers.model[codes].astype(np.int64),
        nest=offers.nest[codes].astype(np.int64), dissimilarity_hosts=shared.lam_host,
        dissimilarity_models=shared.lam_model,
    )  # fmt: skip
    taste = raw - shared.lam_host * varieties(value, every.considered, rows, offers.group[codes])
    utility = np.where(every.considered, value + column(rows.sigma) * taste, -np.inf)
    with_none = np.concatenate([(rows.sigma * none)[:, None], utility], axis=1)
    best = np.argmax(with_none, axis=1)
    return best > 0, np.maximum(best - 1, 0), taste, none


def first_good_enough(
    chance: Chance, rows: Terms, every: Pairs, shared: Weights
) -> tuple[BoolArray, IntArray]:
    """Whether each workload takes an offer and its place: the first found that beats what is held by the threshold."""
    holds = every.considered & (every.codes == column(rows.held))
    place, keeps = np.argmax(holds, axis=1), holds.any(axis=1)
    row = np.arange(len(place))
    enough = np.where(keeps, every.decision[row, place], 0.0) + shared.threshold * rows.gross
    order, none = search_order(chance, entity=rows.row, month=rows.taste_month, offer=every.codes)
    found = np.where(every.considered & (every.decision > column(enough)), order, 2.0)
    first = np.argmin(found, axis=1)
    earliest = found[row, first]
    gives_up = keeps & (enough < 0.0) & (none < earliest)
    finds = (earliest < 2.0) & ~gives_up
    return (finds | keeps) & ~gives_up, np.where(finds, first, place)


def choose_plain(chance: Chance, rows: Terms, offers: OfferTerms, shared: Weights) -> Choices:
    """Offer taken by each workload: the same results as `agents.choice.choose`, bit for bit."""
    every = pairs(rows, offers, shared)
    codes, value = every.codes, every.decision
    if shared.threshold >= 0.0:
        picked, at = first_good_enough(chance, rows, every, shared)
        taste, none = np.zeros_like(value), np.zeros(len(value))
    else:
        picked, at, taste, none = best_with_tastes(chance, rows, offers, every, shared)
    row = np.arange(len(at))
    out = np.zeros((len(at), RESULTS))
    for index, matrix in enumerate((value, every.true, every.cost, every.migration, every.egress, every.disruption)):
        out[:, index] = np.where(picked, matrix[row, at], 0.0)
    out[:, TASTE] = np.where(picked, taste[row, at], none) - none
    return choices_of(np.where(picked, codes[at], NONE).astype(np.int16), out, rows.sigma)
