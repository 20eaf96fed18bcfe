"""Kernels of the three-level nested logit: one pass over the feasible offers of all accounts, level by level.

Every account's offers come sorted by nest, model and host: `model_row` marks where the hosts of a model begin,
`nest_row` the models of a nest, `account_row` the nests of an account. All values stay in USD a month: dividing by
sigma only inside exponentials keeps a world without tastes finite. A level is a loop over the whole panel, because an
account has too few offers to fill vector registers.

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
    """Work space for the whole panel, in the order of the tree: what is computed level by level for all accounts."""

    value: FloatArray  # (offers,) USD a month
    in_model: FloatArray  # (offers,) probability given the model
    in_nest: FloatArray  # (offers,) probability given the nest
    overall: FloatArray  # (offers,) probability
    model_value: FloatArray  # (models,) USD a month
    of_model: FloatArray  # (models,) probability of the model given the nest
    nest_value: FloatArray  # (nests,) USD a month
    of_nest: FloatArray  # (nests,) probability
    rest: FloatArray  # (nests,) probability of the models folded together
    logsum: FloatArray  # (accounts,) sigma times the logsum, USD a month


@kernel
def new_desk(tree: Tree) -> Desk:
    """An empty desk for all accounts of a tree."""
    offers, models, nests = len(tree.place), len(tree.model_row) - 1, len(tree.nest_row) - 1
    return Desk(
        np.empty(offers), np.empty(offers), np.empty(offers), np.empty(offers), np.empty(models), np.empty(models),
        np.empty(nests), np.empty(nests), np.empty(nests), np.empty(len(tree.row) - 1),
    )  # fmt: skip


@step  # type: ignore[untyped-decorator]
def value_offers(
    tree: Tree, columns: Columns, panel: Panel, tastes: Tastes, paid: FloatArray, value: FloatArray
) -> None:
    """Net value of each feasible offer of each account, USD a month: `use_and_payment` with the powers taken apart.

    `paid` (offers,) is price^(1 - elasticity) of metered offers and 0 elsewhere.
    """
    for i in range(len(tree.row) - 1):
        scale = panel.volume[i] / TOKENS_PER_MTOK / (1.0 - tastes.elasticity)
        free_use = scale * tastes.elasticity * panel.reference[i]
        paid_scale = scale * panel.reference_power[i]
        for t in range(tree.row[i], tree.row[i + 1]):
            j = tree.place[t]
            value[t] = tree.base[t] + free_use * columns.metered[j] - paid_scale * paid[j]


@step  # type: ignore[untyped-decorator]
def attractions(distance: FloatArray) -> None:
    """Replace distances from the best, in units of a spread, by their exponentials; 0 far below."""
    for t in range(distance.size):
        below = distance[t]
        distance[t] = exp(below) if below > FAR_BELOW else 0.0


@step  # type: ignore[untyped-decorator]
def share_among_hosts(tree: Tree, lam_host: float, panel: Panel, desk: Desk) -> None:
    """Probabilities of the hosts of each model of each account, and the value of each model, the mean of theirs."""
    value, in_model, model_value, model_row = desk.value, desk.in_model, desk.model_value, tree.model_row
    for i in range(len(tree.row) - 1):
        per_spread = min(1.0 / panel.sigma[i], STEEPEST) / lam_host
        for g in range(tree.nest_row[tree.account_row[i]], tree.nest_row[tree.account_row[i + 1]]):
            best = value[model_row[g]]
            for t in range(model_row[g] + 1, model_row[g + 1]):
                best = value[t] if value[t] > best else best
            model_value[g] = best
            for t in range(model_row[g], model_row[g + 1]):
                in_model[t] = (value[t] - best) * per_spread
    attractions(in_model)
    for g in range(model_value.size):
        best, total, shortfall = model_value[g], 0.0, 0.0
        for t in range(model_row[g], model_row[g + 1]):
            total += in_model[t]
            shortfall += in_model[t] * (value[t] - best)
        per_total = 1.0 / total
        for t in range(model_row[g], model_row[g + 1]):
            in_model[t] *= per_total
        model_value[g] = best + shortfall * per_total


@step  # type: ignore[untyped-decorator]
def share_among_models(tree: Tree, lam_model: float, panel: Panel, desk: Desk) -> None:
    """Probabilities of the models of each nest of each account, the rest included, and the value of each nest."""
    value, share, nest_row = desk.model_value, desk.of_model, tree.nest_row
    for i in range(len(tree.row) - 1):
        per_model = min(1.0 / panel.sigma[i], STEEPEST) / lam_model
        for c in range(tree.account_row[i], tree.account_row[i + 1]):
            best = tree.rest_best[c]
            for g in range(nest_row[c], nest_row[c + 1]):
                best = value[g] if value[g] > best else best
            desk.nest_value[c] = best
            for g in range(nest_row[c], nest_row[c + 1]):
                share[g] = (value[g] - best) * per_model
    attractions(share)
    for i in range(len(tree.row) - 1):
        sigma = panel.sigma[i]
        per_model = min(1.0 / sigma, STEEPEST) / lam_model
        for c in range(tree.account_row[i], tree.account_row[i + 1]):
            best, rest = desk.nest_value[c], tree.rest_weight[c]
            if rest > 0.0:
                rest *= math.exp((tree.rest_best[c] - best) * per_model)
            total = rest
            for g in range(nest_row[c], nest_row[c + 1]):
                total += share[g]
            per_total = 1.0 / total
            for g in range(nest_row[c], nest_row[c + 1]):
                share[g] *= per_total
            desk.rest[c] = rest * per_total
            desk.nest_value[c] = best + sigma * lam_model * math.log(total)


@step  # type: ignore[untyped-decorator]
def share_among_nests(tree: Tree, panel: Panel, desk: Desk) -> None:
    """Probabilities of the nests of each account against choosing none of them, and the value of choosing."""
    for i in range(len(tree.row) - 1):
        first, last = tree.account_row[i], tree.account_row[i + 1]
        sigma, outside = panel.sigma[i], panel.outside[i]
        if first == last:
            desk.logsum[i] = outside
            continue
        per_sigma, best = min(1.0 / sigma, STEEPEST), outside
        for c in range(first, last):
            best = max(best, desk.nest_value[c])
        total = math.exp((outside - best) * per_sigma)
        for c in range(first, last):
            desk.of_nest[c] = math.exp((desk.nest_value[c] - best) * per_sigma)
            total += desk.of_nest[c]
        for c in range(first, last):
            desk.of_nest[c] /= total
        desk.logsum[i] = best + sigma * math.log(total)


@step  # type: ignore[untyped-decorator]
def choose_in_panel(tree: Tree, panel: Panel, tastes: Tastes, desk: Desk) -> None:
    """Fill the desk, whose values are given, with the choices of all accounts."""
    share_among_hosts(tree, tastes.lam_host, panel, desk)
    share_among_models(tree, tastes.lam_model, panel, desk)
    share_among_nests(tree, panel, desk)
    for c in range(desk.of_nest.size):
        of_nest = desk.of_nest[c]
        desk.rest[c] *= of_nest
        for g in range(tree.nest_row[c], tree.nest_row[c + 1]):
            of_model = desk.of_model[g]
            for t in range(tree.model_row[g], tree.model_row[g + 1]):
                desk.in_nest[t] = desk.in_model[t] * of_model
                desk.overall[t] = desk.in_nest[t] * of_nest


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
    probability = np.zeros((accounts, len(columns.group)))
    value_offers(tree, columns, panel, tastes, columns.metered * price ** (1.0 - tastes.elasticity), desk.value)
    choose_in_panel(tree, panel, tastes, desk)
    for i in range(accounts):
        for t in range(tree.row[i], tree.row[i + 1]):
            probability[i, tree.place[t]] = desk.overall[t]
    return probability, desk.logsum


@kernel
def quantities_of_panel(tree: Tree, columns: Columns, panel: Panel, tastes: Tastes, price: FloatArray) -> FloatArray:
    """Million tokens a month of each offer (offers,); an offer that is not metered is used at the reference volume."""
    desk, quantity = new_desk(tree), np.zeros(len(columns.group))
    paid, use = columns.metered * price ** (1.0 - tastes.elasticity), price**-tastes.elasticity
    value_offers(tree, columns, panel, tastes, paid, desk.value)
    choose_in_panel(tree, panel, tastes, desk)
    for i in range(len(tree.row) - 1):
        tokens = panel.weight[i] * panel.volume[i] / TOKENS_PER_MTOK
        metered_tokens = tokens * panel.reference_power[i]
        for t in range(tree.row[i], tree.row[i + 1]):
            j = tree.place[t]
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
    value_offers(tree, columns, panel, tastes, paid, desk.value)
    choose_in_panel(tree, panel, tastes, desk)
    for i in range(accounts):
        sigma = panel.sigma[i]
        per_sigma = 1.0 / sigma if sigma > 0.0 else 0.0  # without tastes no customer is at the margin
        tokens = panel.volume[i] / TOKENS_PER_MTOK * panel.reference_power[i]
        for t in range(tree.row[i], tree.row[i + 1]):
            place = tree.place[t]
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
