"""Kernels of the three-level nested logit: one pass over the feasible offers of each account.

Every account's offers come sorted by nest, model and host: `model_row` marks where the hosts of a model begin,
`nest_row` the models of a nest, `account_row` the nests of an account. All values stay in USD a month: dividing by
sigma only inside exponentials keeps a world without tastes finite.

With P the choice probabilities of hosts of a model, the correction for identical hosts turns the inclusive value of the
model, lam_host (logsum - entropy), into the mean sum_h P_h v_h: identical hosts are worth one, a dominated one nothing.
Sources: model.md M1; derivatives of the nested logit, Train 2009, ch. 4.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from market.compiling import kernel, step
from market.elementary import exp
from market.units import TOKENS_PER_MTOK, BoolArray, FloatArray, IntArray

FAR_BELOW = -700.0  # exponentials below are 0
STEEPEST = 1e300  # inverse of sigma where there are no tastes: the best is chosen, exact ties are split


class Tree(NamedTuple):
    """Feasible offers of each account, one after the other in the order nest, model, host."""

    row: IntArray  # (accounts + 1,) where each account's offers begin
    account_row: IntArray  # (accounts + 1,) where each account's nests begin
    nest_row: IntArray  # (nests of all accounts + 1,) where each one's models begin
    model_row: IntArray  # (models of all accounts + 1,) where each one's hosts begin
    place: IntArray  # (feasible,) column of the offer, in the same order
    base: FloatArray  # (feasible,) USD a month
    rest_best: FloatArray  # (nests of all accounts,) USD a month: best of further models folded together, -inf if none
    rest_weight: FloatArray  # (nests of all accounts,) sum of exp((value - best) / (sigma lam_model)) over them


class Columns(NamedTuple):
    """The offers in the order nest, model, host."""

    metered: BoolArray  # (offers,)
    group: IntArray  # (offers,) code of the pair nest, model
    nest: IntArray  # (offers,)


class Panel(NamedTuple):
    """The accounts; units as in `market.demand.NestedDemand`."""

    outside: FloatArray  # (accounts,) value of choosing none of the offers of the tree, USD a month
    volume: FloatArray
    reference: FloatArray
    reference_power: FloatArray  # reference ** elasticity
    sigma: FloatArray
    weight: FloatArray


class Tastes(NamedTuple):
    """Numbers that all accounts share."""

    elasticity: float
    lam_model: float
    lam_host: float


class Desk(NamedTuple):
    """Work space for one account: arrays over its feasible offers, models and nests."""

    value: FloatArray  # (offers,) USD a month
    in_model: FloatArray  # (offers,) probability given the model
    in_nest: FloatArray  # (offers,) probability given the nest
    overall: FloatArray  # (offers,) probability
    model_value: FloatArray  # (models,) USD a month
    of_model: FloatArray  # (models,) probability of the model given the nest
    nest_value: FloatArray  # (nests,) USD a month
    rest: FloatArray  # (nests,) probability of the models folded together


@kernel
def new_desk(tree: Tree) -> Desk:
    """An empty desk for the account with most offers and nests."""
    longest = 0
    for i in range(len(tree.row) - 1):
        longest = max(longest, tree.row[i + 1] - tree.row[i], tree.account_row[i + 1] - tree.account_row[i])
    return Desk(
        np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest),
        np.empty(longest), np.empty(longest), np.empty(longest),
    )  # fmt: skip


@step  # type: ignore[untyped-decorator]
def value_offers(
    i: int, tree: Tree, columns: Columns, panel: Panel, tastes: Tastes, paid: FloatArray, value: FloatArray
) -> None:
    """Net value of each feasible offer of account i, USD a month: `use_and_payment` with the powers taken apart.

    `paid` (offers,) is price^(1 - elasticity) of metered offers and 0 elsewhere.
    """
    scale = panel.volume[i] / TOKENS_PER_MTOK / (1.0 - tastes.elasticity)
    free_use = scale * tastes.elasticity * panel.reference[i]
    paid_scale = scale * panel.reference_power[i]
    first = tree.row[i]
    for t in range(tree.row[i + 1] - first):
        j = tree.place[first + t]
        value[t] = tree.base[first + t] + free_use * columns.metered[j] - paid_scale * paid[j]


@step  # type: ignore[untyped-decorator]
def attractions(distance: FloatArray, count: int) -> None:
    """Replace the first `count` distances from the best, in units of a spread, by their exponentials; 0 far below."""
    for t in range(count):
        below = distance[t]
        distance[t] = exp(below) if below > FAR_BELOW else 0.0


@step  # type: ignore[untyped-decorator]
def share_among_hosts(i: int, tree: Tree, lam_host: float, panel: Panel, desk: Desk) -> None:
    """Probabilities of the hosts of each model of account i, and the value of each model, the mean of theirs."""
    offset, first, last = tree.row[i], tree.nest_row[tree.account_row[i]], tree.nest_row[tree.account_row[i + 1]]
    value, in_model, model_row = desk.value, desk.in_model, tree.model_row
    per_spread = min(1.0 / panel.sigma[i], STEEPEST) / lam_host
    for g in range(first, last):
        start, end = model_row[g] - offset, model_row[g + 1] - offset
        best = value[start]
        for t in range(start + 1, end):
            best = value[t] if value[t] > best else best
        desk.model_value[g - first] = best
        for t in range(start, end):
            in_model[t] = (value[t] - best) * per_spread
    attractions(in_model, tree.row[i + 1] - offset)
    for g in range(first, last):
        start, end = model_row[g] - offset, model_row[g + 1] - offset
        best, total, shortfall = desk.model_value[g - first], 0.0, 0.0
        for t in range(start, end):
            total += in_model[t]
            shortfall += in_model[t] * (value[t] - best)
        per_total = 1.0 / total
        for t in range(start, end):
            in_model[t] *= per_total
        desk.model_value[g - first] = best + shortfall * per_total


@step  # type: ignore[untyped-decorator]
def share_among_models(i: int, tree: Tree, lam_model: float, panel: Panel, desk: Desk) -> None:
    """Probabilities of the models of each nest of account i, the rest included, and the value of each nest."""
    first_nest, last_nest = tree.account_row[i], tree.account_row[i + 1]
    first, last = tree.nest_row[first_nest], tree.nest_row[last_nest]
    sigma, value, share = panel.sigma[i], desk.model_value, desk.of_model
    per_model = min(1.0 / sigma, STEEPEST) / lam_model
    for c in range(first_nest, last_nest):
        best = tree.rest_best[c]
        for g in range(tree.nest_row[c] - first, tree.nest_row[c + 1] - first):
            best = value[g] if value[g] > best else best
        desk.nest_value[c - first_nest] = best
        for g in range(tree.nest_row[c] - first, tree.nest_row[c + 1] - first):
            share[g] = (value[g] - best) * per_model
    attractions(share, last - first)
    for c in range(first_nest, last_nest):
        best, rest = desk.nest_value[c - first_nest], tree.rest_weight[c]
        if rest > 0.0:
            rest *= math.exp((tree.rest_best[c] - best) * per_model)
        total = rest
        for g in range(tree.nest_row[c] - first, tree.nest_row[c + 1] - first):
            total += share[g]
        per_total = 1.0 / total
        for g in range(tree.nest_row[c] - first, tree.nest_row[c + 1] - first):
            share[g] *= per_total
        desk.rest[c - first_nest] = rest * per_total
        desk.nest_value[c - first_nest] = best + sigma * lam_model * math.log(total)


@step  # type: ignore[untyped-decorator]
def choose_one(i: int, tree: Tree, panel: Panel, tastes: Tastes, desk: Desk) -> float:
    """Fill the desk, whose values are given, with the choice of account i; return sigma times the logsum, USD."""
    first_nest, last_nest = tree.account_row[i], tree.account_row[i + 1]
    sigma: float = panel.sigma[i]
    outside: float = panel.outside[i]
    if first_nest == last_nest:
        return outside
    share_among_hosts(i, tree, tastes.lam_host, panel, desk)
    share_among_models(i, tree, tastes.lam_model, panel, desk)
    per_sigma, best = min(1.0 / sigma, STEEPEST), outside
    for c in range(last_nest - first_nest):
        best = max(best, desk.nest_value[c])
    total = math.exp((outside - best) * per_sigma)
    for c in range(last_nest - first_nest):
        desk.nest_value[c] = math.exp((desk.nest_value[c] - best) * per_sigma)
        total += desk.nest_value[c]
    offset, first_model = tree.row[i], tree.nest_row[first_nest]
    for c in range(first_nest, last_nest):
        of_nest = desk.nest_value[c - first_nest] / total
        desk.rest[c - first_nest] *= of_nest
        for g in range(tree.nest_row[c], tree.nest_row[c + 1]):
            of_model = desk.of_model[g - first_model]
            for t in range(tree.model_row[g] - offset, tree.model_row[g + 1] - offset):
                desk.in_nest[t] = desk.in_model[t] * of_model
                desk.overall[t] = desk.in_nest[t] * of_nest
    return best + sigma * math.log(total)


@kernel
def tree_of(base: FloatArray, order: IntArray, columns: Columns, included: BoolArray) -> Tree:
    """The feasible offers among those `included` (places,); base (accounts, offers), order the offer at each place."""
    accounts, most = len(base), 0
    for i in range(accounts):
        for j in order:
            most += base[i, j] > -math.inf
    row, account_row = np.zeros(accounts + 1, np.int64), np.zeros(accounts + 1, np.int64)
    nest_row, model_row = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
    place, value = np.empty(most, np.int64), np.empty(most)
    leaves, models, nests = 0, 0, 0
    for i in range(accounts):
        group, nest = -1, -1
        for k in range(len(order)):
            if not included[k] or base[i, order[k]] == -math.inf:
                continue
            place[leaves], value[leaves] = k, base[i, order[k]]
            leaves += 1
            if nests == account_row[i] or columns.nest[k] != nest:
                nest = columns.nest[k]
                nests += 1
            if models == nest_row[nests - 1] or columns.group[k] != group:
                group = columns.group[k]
                models += 1
            nest_row[nests], model_row[models] = models, leaves
        row[i + 1], account_row[i + 1] = leaves, nests
    return Tree(
        row, account_row, nest_row[: nests + 1], model_row[: models + 1], place[:leaves], value[:leaves],
        np.full(nests, -math.inf), np.zeros(nests),
    )  # fmt: skip


@kernel
def choices_of_panel(
    tree: Tree, columns: Columns, panel: Panel, tastes: Tastes, price: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Probabilities (accounts, offers) and sigma times the logsum (accounts,), USD a month."""
    accounts, desk = len(tree.row) - 1, new_desk(tree)
    probability, logsum = np.zeros((accounts, len(columns.group))), np.zeros(accounts)
    paid = columns.metered * price ** (1.0 - tastes.elasticity)
    for i in range(accounts):
        value_offers(i, tree, columns, panel, tastes, paid, desk.value)
        logsum[i] = choose_one(i, tree, panel, tastes, desk)
        first = tree.row[i]
        for t in range(tree.row[i + 1] - first):
            probability[i, tree.place[first + t]] = desk.overall[t]
    return probability, logsum


@kernel
def quantities_of_panel(tree: Tree, columns: Columns, panel: Panel, tastes: Tastes, price: FloatArray) -> FloatArray:
    """Million tokens a month of each offer (offers,); an offer that is not metered is used at the reference volume."""
    desk, quantity = new_desk(tree), np.zeros(len(columns.group))
    paid, use = columns.metered * price ** (1.0 - tastes.elasticity), price**-tastes.elasticity
    for i in range(len(tree.row) - 1):
        value_offers(i, tree, columns, panel, tastes, paid, desk.value)
        choose_one(i, tree, panel, tastes, desk)
        tokens = panel.weight[i] * panel.volume[i] / TOKENS_PER_MTOK
        metered_tokens = tokens * panel.reference_power[i]
        first = tree.row[i]
        for t in range(tree.row[i + 1] - first):
            j = tree.place[first + t]
            quantity[j] += desk.overall[t] * (metered_tokens * use[j] if columns.metered[j] else tokens)
    return quantity


class Pulls(NamedTuple):
    """What the movable offers sell to each account, and how much of it a dearer offer sends to which rivals.

    sold: million tokens a month. to_all, to_nest, to_model: share of all sales of the account, and beyond it of the
    sales in the same nest and of the same model, that come to an offer k per USD/Mtok on offer j, by j. (accounts, M).
    """

    sold: FloatArray
    to_all: FloatArray
    to_nest: FloatArray
    to_model: FloatArray
    own: FloatArray  # (M,) million tokens a month lost per USD/Mtok on the offer's own price, before all that returns


@kernel
def pulls_of_panel(
    tree: Tree, columns: Columns, panel: Panel, tastes: Tastes, price: FloatArray, movable: IntArray
) -> Pulls:
    """Sales of the movable columns and their pulls on each other.

    With P the choice probabilities and u = value/sigma,
    d ln P_k / d u_j = [j=k]/lam_host + P_j|model (1/lam_model - 1/lam_host) + P_j|nest (1 - 1/lam_model) - P_j,
    each term where k and j share the model, the nest, or anything; d value_j / d price_j = -V_j/1e6 is exact.
    """
    accounts, count, desk = len(tree.row) - 1, len(movable), new_desk(tree)
    shape = (accounts, count)
    sold, to_all, to_nest, to_model = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    own = np.zeros(count)
    rank = np.full(len(columns.group), -1)
    rank[movable] = np.arange(count)
    paid, use = columns.metered * price ** (1.0 - tastes.elasticity), price**-tastes.elasticity
    across_hosts, across_models = 1.0 / tastes.lam_host - 1.0 / tastes.lam_model, 1.0 / tastes.lam_model - 1.0
    for i in range(accounts):
        value_offers(i, tree, columns, panel, tastes, paid, desk.value)
        choose_one(i, tree, panel, tastes, desk)
        sigma = panel.sigma[i]
        per_sigma = 1.0 / sigma if sigma > 0.0 else 0.0  # without tastes no customer is at the margin
        tokens = panel.volume[i] / TOKENS_PER_MTOK * panel.reference_power[i]
        first = tree.row[i]
        for t in range(tree.row[i + 1] - first):
            place = tree.place[first + t]
            k = rank[place]
            if k >= 0:
                used = tokens * use[place]
                pull = used * per_sigma
                sold[i, k] = panel.weight[i] * desk.overall[t] * used
                to_all[i, k] = pull * desk.overall[t]
                to_nest[i, k] = pull * desk.in_nest[t] * across_models
                to_model[i, k] = pull * desk.in_model[t] * across_hosts
                own[k] += sold[i, k] * pull / tastes.lam_host
    return Pulls(sold, to_all, to_nest, to_model, own)
