"""Kernels of the three-level nested logit: how the accounts of a panel choose among offers, level by level.

Offers come sorted by nest, model and host: `model_row` marks where the hosts of a model begin, `nest_row` the models of
a nest. Accounts lie side by side in memory, so that every step through the tree is a loop over accounts that runs in
vector registers; an offer that an account cannot choose is worth -inf to it and weighs nothing. All values stay in USD
a month: dividing by sigma only inside exponentials keeps a world without tastes finite.

With P the choice probabilities of hosts of a model, the correction for identical hosts turns the inclusive value of the
model, lam_host (logsum - entropy), into the mean sum_h P_h v_h: identical hosts are worth one, a dominated one nothing.
Sources: model.md M1; derivatives of the nested logit, Train 2009, ch. 4.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from market.compiling import kernel, step
from market.elementary import exp, log
from market.units import TOKENS_PER_MTOK, FloatArray, IntArray

FAR_BELOW = -700.0  # exponentials below are 0
STEEPEST = 1e300  # inverse of sigma where there are no tastes: the best is chosen, exact ties are split


class Tree(NamedTuple):
    """Whole nests of offers that some account can choose, in the order nest, model, host."""

    place: IntArray  # (leaves,) column of the offer
    metered: FloatArray  # (leaves,) 1 where it is paid by the token
    model_row: IntArray  # (models + 1,) where the hosts of each model begin
    nest_row: IntArray  # (nests + 1,) where the models of each nest begin
    base: FloatArray  # (leaves, accounts) USD a month; -inf: not a choice
    rest_best: FloatArray  # (nests, accounts) USD a month: best of further models folded together, -inf if none
    rest_weight: FloatArray  # (nests, accounts) sum of exp((value - best) / (sigma lam_model)) over them


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
    """Work space: what is computed level by level for all accounts."""

    value: FloatArray  # (leaves, accounts) USD a month
    in_model: FloatArray  # (leaves, accounts) probability given the model
    overall: FloatArray  # (leaves, accounts) probability
    model_value: FloatArray  # (models, accounts) USD a month
    of_model: FloatArray  # (models, accounts) probability of the model given the nest
    nest_value: FloatArray  # (nests, accounts) USD a month
    of_nest: FloatArray  # (nests, accounts) probability
    rest: FloatArray  # (nests, accounts) probability of the models folded together
    logsum: FloatArray  # (accounts,) sigma times the logsum, USD a month
    free_use: FloatArray  # (accounts,) use_and_payment at price 0, USD a month
    paid_scale: FloatArray  # (accounts,) what price ** (1 - elasticity) = 1 takes from it
    per_sigma: FloatArray  # (accounts,) 1 / sigma, at most STEEPEST
    total: FloatArray  # (accounts,)
    shortfall: FloatArray  # (accounts,)


@kernel
def new_desk(tree: Tree, panel: Panel, tastes: Tastes) -> Desk:
    """A desk for the accounts of a panel, whose own numbers are filled in."""
    (leaves, accounts), models, nests = tree.base.shape, len(tree.model_row) - 1, len(tree.nest_row) - 1
    scale = panel.volume / TOKENS_PER_MTOK / (1.0 - tastes.elasticity)
    per_sigma = np.empty(accounts)
    for i in range(accounts):
        per_sigma[i] = min(1.0 / panel.sigma[i], STEEPEST)
    return Desk(
        np.empty((leaves, accounts)), np.empty((leaves, accounts)), np.empty((leaves, accounts)),
        np.empty((models, accounts)), np.empty((models, accounts)), np.empty((nests, accounts)),
        np.empty((nests, accounts)), np.empty((nests, accounts)), np.empty(accounts),
        scale * tastes.elasticity * panel.reference, scale * panel.reference_power, per_sigma, np.empty(accounts),
        np.empty(accounts),
    )  # fmt: skip


@step  # type: ignore[untyped-decorator]
def value_offers(tree: Tree, price: FloatArray, elasticity: float, desk: Desk) -> None:
    """Net value of each offer to each account, USD a month: `use_and_payment` with the powers taken apart.

    price (offers,) by column, USD/Mtok.
    """
    free_use, paid_scale = desk.free_use, desk.paid_scale
    for t in range(tree.place.size):
        metered, base, value = tree.metered[t], tree.base[t], desk.value[t]
        paid = metered * price[tree.place[t]] ** (1.0 - elasticity)
        for i in range(value.size):
            value[i] = base[i] + free_use[i] * metered - paid_scale[i] * paid


@step  # type: ignore[untyped-decorator]
def copy(value: FloatArray, out: FloatArray) -> None:
    """Write the same numbers."""
    for i in range(out.size):
        out[i] = value[i]


@step  # type: ignore[untyped-decorator]
def take_better(value: FloatArray, best: FloatArray) -> None:
    """Raise `best` to `value` where that is more."""
    for i in range(best.size):
        best[i] = value[i] if value[i] > best[i] else best[i]


@step  # type: ignore[untyped-decorator]
def attract(value: FloatArray, best: FloatArray, per_sigma: FloatArray, spread: float, weight: FloatArray) -> None:
    """exp of the distance from the best in units of sigma times `spread`; 0 far below and for what is no choice."""
    for i in range(weight.size):
        weight[i] = (value[i] - best[i]) * (per_sigma[i] / spread)
    for i in range(weight.size):
        below = weight[i]
        weight[i] = exp(below) if below > FAR_BELOW else 0.0


@step  # type: ignore[untyped-decorator]
def add(weight: FloatArray, total: FloatArray) -> None:
    """Add to a total."""
    for i in range(total.size):
        total[i] += weight[i]


@step  # type: ignore[untyped-decorator]
def scale(weight: FloatArray, factor: FloatArray) -> None:
    """Multiply by a factor for each account."""
    for i in range(weight.size):
        weight[i] *= factor[i]


@step  # type: ignore[untyped-decorator]
def invert(total: FloatArray) -> None:
    """Replace totals by their inverses; 0 where there is nothing to share."""
    for i in range(total.size):
        total[i] = 1.0 / total[i] if total[i] > 0.0 else 0.0


@step  # type: ignore[untyped-decorator]
def share_among_hosts(tree: Tree, lam_host: float, desk: Desk) -> None:
    """Probabilities of the hosts of each model, and the value of each model, the mean of theirs."""
    total, shortfall = desk.total, desk.shortfall
    for g in range(tree.model_row.size - 1):
        first, last, best = tree.model_row[g], tree.model_row[g + 1], desk.model_value[g]
        copy(desk.value[first], best)
        if last - first == 1:
            desk.in_model[first][:] = 1.0
            continue
        for t in range(first + 1, last):
            take_better(desk.value[t], best)
        total[:] = 0.0
        shortfall[:] = 0.0
        for t in range(first, last):
            value, share = desk.value[t], desk.in_model[t]
            attract(value, best, desk.per_sigma, lam_host, share)
            add(share, total)
            for i in range(shortfall.size):
                shortfall[i] += share[i] * (value[i] - best[i]) if share[i] > 0.0 else 0.0
        invert(total)
        for t in range(first, last):
            scale(desk.in_model[t], total)
        scale(shortfall, total)
        add(shortfall, best)


@step  # type: ignore[untyped-decorator]
def share_among_models(tree: Tree, lam_model: float, sigma: FloatArray, desk: Desk) -> None:
    """Probabilities of the models of each nest, the rest included, and the value of each nest."""
    total = desk.total
    for c in range(tree.nest_row.size - 1):
        first, last, best, rest = tree.nest_row[c], tree.nest_row[c + 1], desk.nest_value[c], desk.rest[c]
        copy(tree.rest_best[c], best)
        for g in range(first, last):
            take_better(desk.model_value[g], best)
        attract(tree.rest_best[c], best, desk.per_sigma, lam_model, rest)
        scale(rest, tree.rest_weight[c])
        copy(rest, total)
        for g in range(first, last):
            attract(desk.model_value[g], best, desk.per_sigma, lam_model, desk.of_model[g])
            add(desk.of_model[g], total)
        for i in range(total.size):
            best[i] += sigma[i] * lam_model * (log(total[i]) if total[i] > 0.0 else 0.0)
        invert(total)
        scale(rest, total)
        for g in range(first, last):
            scale(desk.of_model[g], total)


@step  # type: ignore[untyped-decorator]
def share_among_nests(outside: FloatArray, sigma: FloatArray, desk: Desk) -> None:
    """Probabilities of the nests against choosing none of them, and the value of choosing."""
    total, best = desk.total, desk.logsum
    copy(outside, best)
    for c in range(len(desk.nest_value)):
        take_better(desk.nest_value[c], best)
    attract(outside, best, desk.per_sigma, 1.0, total)
    for c in range(len(desk.nest_value)):
        attract(desk.nest_value[c], best, desk.per_sigma, 1.0, desk.of_nest[c])
        add(desk.of_nest[c], total)
    for i in range(total.size):
        best[i] += sigma[i] * log(total[i])
    invert(total)
    for c in range(len(desk.of_nest)):
        scale(desk.of_nest[c], total)


@step  # type: ignore[untyped-decorator]
def choose_in_panel(tree: Tree, panel: Panel, tastes: Tastes, desk: Desk) -> None:
    """Fill the desk, whose values are given, with the choices of all accounts."""
    share_among_hosts(tree, tastes.lam_host, desk)
    share_among_models(tree, tastes.lam_model, panel.sigma, desk)
    share_among_nests(panel.outside, panel.sigma, desk)
    for c in range(tree.nest_row.size - 1):
        of_nest = desk.of_nest[c]
        scale(desk.rest[c], of_nest)
        for g in range(tree.nest_row[c], tree.nest_row[c + 1]):
            of_model = desk.of_model[g]
            for t in range(tree.model_row[g], tree.model_row[g + 1]):
                in_model, overall = desk.in_model[t], desk.overall[t]
                for i in range(overall.size):
                    overall[i] = in_model[i] * of_model[i] * of_nest[i]


@step  # type: ignore[untyped-decorator]
def inner(one: FloatArray, other: FloatArray) -> Any:
    """Sum of products over accounts, in four chains that a processor adds side by side."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    even = one.size // 4 * 4
    for i in range(0, even, 4):
        a += one[i] * other[i]
        b += one[i + 1] * other[i + 1]
        c += one[i + 2] * other[i + 2]
        d += one[i + 3] * other[i + 3]
    for i in range(even, one.size):
        a += one[i] * other[i]
    return (a + b) + (c + d)


@kernel
def choices_of_panel(
    tree: Tree, panel: Panel, tastes: Tastes, price: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Probabilities (leaves, accounts) and sigma times the logsum (accounts,), USD a month."""
    desk = new_desk(tree, panel, tastes)
    value_offers(tree, price, tastes.elasticity, desk)
    choose_in_panel(tree, panel, tastes, desk)
    return desk.overall, desk.logsum


@kernel
def quantities_of_panel(tree: Tree, panel: Panel, tastes: Tastes, price: FloatArray) -> FloatArray:
    """Million tokens a month of each offer (offers,); an offer that is not metered is used at the reference volume."""
    desk, quantity = new_desk(tree, panel, tastes), np.zeros(len(price))
    value_offers(tree, price, tastes.elasticity, desk)
    choose_in_panel(tree, panel, tastes, desk)
    tokens = panel.weight * panel.volume / TOKENS_PER_MTOK
    metered_tokens = tokens * panel.reference_power
    for t in range(len(tree.place)):
        j = tree.place[t]
        if tree.metered[t] > 0.0:
            quantity[j] = inner(desk.overall[t], metered_tokens) * price[j] ** -tastes.elasticity
        else:
            quantity[j] = inner(desk.overall[t], tokens)
    return quantity
