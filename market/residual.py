"""Residual demand: what is left to some offers of a panel while all others keep their prices.

Models without one of these offers are worth the same to an account whatever these offers do. Each nest keeps them as
one inclusive value, so that a price rule or a training plan that asks again and again computes only what can change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from market.compiling import kernel, step
from market.nestedlogit import (
    Desk,
    Panel,
    Tastes,
    Tree,
    add,
    attract,
    choose_in_panel,
    inner,
    invert,
    new_desk,
    scale,
    share_among_hosts,
    take_better,
    value_offers,
)
from market.units import TOKENS_PER_MTOK, BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Response:
    """Demand for M movable offers at one price vector, and how it moves with their prices."""

    quantity: FloatArray  # (M,) million tokens a month
    derivative: FloatArray  # (M, M) [j, k] = d quantity_j / d price_k; million tokens a month per USD/Mtok
    top: FloatArray  # (M,) the part of the own derivatives that stems from the choice between nests


class Rest(NamedTuple):
    """The offers that were folded into the rest of their nests, nest by nest in the order of the residual tree."""

    row: IntArray  # (nests + 1,) where the folded offers of each nest begin
    place: IntArray  # (folded,) column of the offer
    given: FloatArray  # (folded, accounts) probability of the offer given the rest of its nest


class Pulls(NamedTuple):
    """What the movable offers sell to each account, and how much of it a dearer offer sends to which rivals.

    sold: million tokens a month. to_all, to_nest, to_model: share of all sales of the account, and beyond it of the
    sales in the same nest and of the same model, that come to an offer k per USD/Mtok on offer j, by j. (M, accounts).
    """

    sold: FloatArray
    to_all: FloatArray
    to_nest: FloatArray
    to_model: FloatArray
    own: FloatArray  # (M,) million tokens a month lost per USD/Mtok on the offer's own price, before all that returns


class Kin(NamedTuple):
    """Which of the movable offers stand together, as numbers 0 and 1."""

    rank: IntArray  # (offers,) number of a movable offer by its column, -1 for all others
    same_nest: FloatArray  # (M, M)
    same_model: FloatArray  # (M, M)


@kernel
def _rest_of_nests(
    tree: Tree, panel: Panel, tastes: Tastes, price: FloatArray, folded: BoolArray, count: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Value and weight (nests, accounts) of the `folded` models (models,), and given (count, accounts) of `Rest`."""
    desk, nests = new_desk(tree, panel, tastes), len(tree.nest_row) - 1
    best, weight = np.full((nests, len(panel.sigma)), -np.inf), np.zeros((nests, len(panel.sigma)))
    given = np.empty((count, len(panel.sigma)))
    value_offers(tree, price, tastes.elasticity, desk)
    share_among_hosts(tree, tastes.lam_host, desk)
    f = 0
    for c in range(nests):
        for g in range(tree.nest_row[c], tree.nest_row[c + 1]):
            if folded[g]:
                take_better(desk.model_value[g], best[c])
        for g in range(tree.nest_row[c], tree.nest_row[c + 1]):
            if folded[g]:
                attract(desk.model_value[g], best[c], desk.per_sigma, tastes.lam_model, desk.of_model[g])
                add(desk.of_model[g], weight[c])
        desk.total[:] = weight[c]
        invert(desk.total)
        for g in range(tree.nest_row[c], tree.nest_row[c + 1]):
            if folded[g]:
                scale(desk.of_model[g], desk.total)
                for t in range(tree.model_row[g], tree.model_row[g + 1]):
                    given[f] = desk.in_model[t] * desk.of_model[g]
                    f += 1
    return best, weight, given


def fold(tree: Tree, panel: Panel, tastes: Tastes, price: FloatArray, kept: BoolArray) -> tuple[Tree, Rest]:
    """The tree of the models of which an offer is `kept` (leaves,), the others folded into the rest of their nests."""
    stays = np.logical_or.reduceat(kept, tree.model_row[:-1]) if len(kept) else kept
    leaf_stays = np.repeat(stays, np.diff(tree.model_row))
    best, weight, given = _rest_of_nests(tree, panel, tastes, price, ~stays, int((~leaf_stays).sum()))
    first_leaf = tree.model_row[tree.nest_row]
    small = Tree(
        place=tree.place[leaf_stays],
        metered=tree.metered[leaf_stays],
        model_row=_before(leaf_stays, np.append(tree.model_row[:-1][stays], len(leaf_stays))),
        nest_row=_before(stays, tree.nest_row),
        base=tree.base[leaf_stays],
        rest_best=best,
        rest_weight=weight,
    )
    return small, Rest(row=_before(~leaf_stays, first_leaf), place=tree.place[~leaf_stays], given=given)


def _before(flag: BoolArray, place: IntArray) -> IntArray:
    """How many flags are set before each place."""
    return np.asarray(np.append(0, np.cumsum(flag))[place])


@kernel
def quantities_if_worth(
    tree: Tree, rest: Rest, panel: Panel, tastes: Tastes, price: FloatArray, rank: IntArray, change: FloatArray
) -> FloatArray:
    """Million tokens a month (cases, offers) of the offers if some were worth `change` (cases, M, accounts) more.

    `rank` (offers,) is the place of an offer in the second axis of `change`, -1 where its worth does not change.
    """
    desk, quantity = new_desk(tree, panel, tastes), np.zeros((len(change), len(price)))
    tokens, use = panel.weight * panel.volume / TOKENS_PER_MTOK * panel.reference_power, price**-tastes.elasticity
    value_offers(tree, price, tastes.elasticity, desk)
    worth = desk.value.copy()
    for s in range(len(change)):
        for t in range(len(tree.place)):
            m = rank[tree.place[t]]
            desk.value[t] = worth[t] + change[s, m] if m >= 0 else worth[t]
        choose_in_panel(tree, panel, tastes, desk)
        for t in range(len(tree.place)):
            j = tree.place[t]
            quantity[s, j] = inner(desk.overall[t], tokens) * use[j]
        for c in range(len(desk.rest)):
            scale(desk.rest[c], tokens)
            for f in range(rest.row[c], rest.row[c + 1]):
                quantity[s, rest.place[f]] = inner(desk.rest[c], rest.given[f]) * use[rest.place[f]]
    return quantity


@step  # type: ignore[untyped-decorator]
def _fill_pulls(
    tree: Tree, panel: Panel, tastes: Tastes, tokens: FloatArray, price: FloatArray, rank: IntArray, desk: Desk,
    pulls: Pulls,
) -> None:  # fmt: skip
    """Sales of the movable offers and their pulls on each other, the choices on the desk given.

    With P the choice probabilities and u = value/sigma,
    d ln P_k / d u_j = [j=k]/lam_host + P_j|model (1/lam_model - 1/lam_host) + P_j|nest (1 - 1/lam_model) - P_j,
    each term where k and j share the model, the nest, or anything; d value_j / d price_j = -V_j/1e6 is exact.
    """
    across_hosts, across_models = 1.0 / tastes.lam_host - 1.0 / tastes.lam_model, 1.0 / tastes.lam_model - 1.0
    sigma, weight, pull = panel.sigma, panel.weight, desk.total
    for g in range(tree.model_row.size - 1):
        of_model = desk.of_model[g]
        for t in range(tree.model_row[g], tree.model_row[g + 1]):
            k = rank[tree.place[t]]
            if k < 0:
                continue
            use = price[tree.place[t]] ** -tastes.elasticity
            in_model, overall, sold = desk.in_model[t], desk.overall[t], pulls.sold[k]
            for i in range(pull.size):  # without tastes no customer is at the margin
                pull[i] = tokens[i] * use * desk.per_sigma[i] if sigma[i] > 0.0 else 0.0
            for i in range(sold.size):
                sold[i] = weight[i] * overall[i] * (tokens[i] * use)
            to_all, to_nest, to_model = pulls.to_all[k], pulls.to_nest[k], pulls.to_model[k]
            for i in range(to_all.size):
                to_all[i] = pull[i] * overall[i]
            for i in range(to_nest.size):
                to_nest[i] = pull[i] * (in_model[i] * of_model[i]) * across_models
            for i in range(to_model.size):
                to_model[i] = pull[i] * in_model[i] * across_hosts
            pulls.own[k] = inner(sold, pull) / tastes.lam_host


@kernel
def new_pulls(movable: int, accounts: int) -> Pulls:
    """Space for the pulls of some movable offers; an offer that no account can choose stays at 0."""
    shape = (movable, accounts)
    return Pulls(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(movable))


@kernel
def respond(
    tree: Tree, panel: Panel, tastes: Tastes, price: FloatArray, places: IntArray, kin: Kin, desk: Desk, pulls: Pulls
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Numbers of a `Response` of the movable offers, which stand at the columns `places`, to `price` (offers,)."""
    value_offers(tree, price, tastes.elasticity, desk)
    choose_in_panel(tree, panel, tastes, desk)
    tokens = panel.volume / TOKENS_PER_MTOK * panel.reference_power
    _fill_pulls(tree, panel, tastes, tokens, price, kin.rank, desk, pulls)
    by_all = np.dot(pulls.sold, pulls.to_all.T)
    derivative = by_all + kin.same_nest * np.dot(pulls.sold, pulls.to_nest.T)
    derivative += kin.same_model * np.dot(pulls.sold, pulls.to_model.T)
    quantity, top = np.empty(len(places)), np.empty(len(places))
    for k in range(len(places)):
        quantity[k], top[k] = pulls.sold[k].sum(), by_all[k, k]
        derivative[k, k] -= pulls.own[k] + tastes.elasticity * quantity[k] / price[places[k]]
    return quantity, derivative, top


@dataclass(frozen=True)
class ResidualDemand:
    """Demand for some metered offers of a panel at given prices of all others.

    places (M,) columns of these offers · price (K,) USD/Mtok.
    """

    tree: Tree
    rest: Rest
    panel: Panel
    tastes: Tastes
    price: FloatArray
    places: IntArray
    kin: Kin

    def response(self, price: FloatArray) -> Response:
        """Quantities of the offers at their prices `price` (M,), USD/Mtok, and derivatives among them.

        The effective number of hosts of a model is held fixed in the derivatives (model.md M1).
        """
        prices = self.price.copy()
        prices[self.places] = price
        desk = new_desk(self.tree, self.panel, self.tastes)
        pulls = new_pulls(len(self.places), len(self.panel.sigma))
        return Response(*respond(self.tree, self.panel, self.tastes, prices, self.places, self.kin, desk, pulls))

    def quantities_if_worth(self, change: FloatArray) -> FloatArray:
        """Million tokens a month of the metered offers (cases, K) if accounts valued the M offers differently.

        `change` (cases, M, accounts) is what an offer brings an account beyond its value so far, USD a month.
        """
        quantity: FloatArray = quantities_if_worth(
            self.tree, self.rest, self.panel, self.tastes, self.price, self.kin.rank, change
        )
        return quantity
