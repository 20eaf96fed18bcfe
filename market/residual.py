"""Residual demand: what is left to some offers of a panel while all others keep their prices.

Models without one of these offers are worth the same to an account whatever these offers do. Each nest keeps them as
one inclusive value, so that a price rule or a training plan that asks again and again computes only what can change.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from market.compiling import kernel
from market.nestedlogit import (
    STEEPEST,
    Columns,
    Panel,
    Tastes,
    Tree,
    choose_in_panel,
    new_desk,
    pulls_of_panel,
    share_among_hosts,
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

    row: IntArray  # (nests of all accounts + 1,) where each one's folded offers begin
    place: IntArray  # (folded,) column of the offer
    given: FloatArray  # (folded,) probability of the offer given the rest of its nest


@kernel
def fold(
    tree: Tree, columns: Columns, panel: Panel, tastes: Tastes, price: FloatArray, kept: BoolArray
) -> tuple[Tree, Rest]:
    """The tree of the models of which an offer is `kept` (offers,), the others folded into the rest of their nests."""
    desk, accounts = new_desk(tree), len(tree.row) - 1
    row, account_row = np.zeros(accounts + 1, np.int64), tree.account_row
    nest_row, model_row = np.zeros(len(tree.nest_row), np.int64), np.zeros(len(tree.model_row), np.int64)
    place, base = np.empty(len(tree.place), np.int64), np.empty(len(tree.place))
    rest_best, rest_weight = np.full(len(tree.nest_row) - 1, -math.inf), np.zeros(len(tree.nest_row) - 1)
    rest_row = np.zeros(len(tree.nest_row), np.int64)
    rest_place, given = np.empty(len(tree.place), np.int64), np.empty(len(tree.place))
    paid = columns.metered * price ** (1.0 - tastes.elasticity)
    leaves, models, folded = 0, 0, 0
    value_offers(tree, columns, panel, tastes, paid, desk.value)
    share_among_hosts(tree, tastes.lam_host, panel, desk)
    for i in range(accounts):
        per_model = min(1.0 / panel.sigma[i], STEEPEST) / tastes.lam_model
        for c in range(account_row[i], account_row[i + 1]):
            first_folded = folded
            for g in range(tree.nest_row[c], tree.nest_row[c + 1]):
                first, last = tree.model_row[g], tree.model_row[g + 1]
                stays = False
                for t in range(first, last):
                    stays |= kept[tree.place[t]]
                if stays:
                    for t in range(first, last):
                        place[leaves], base[leaves] = tree.place[t], tree.base[t]
                        leaves += 1
                    models += 1
                    model_row[models] = leaves
                    continue
                worth = desk.model_value[g]
                if worth > rest_best[c]:
                    shrink = math.exp((rest_best[c] - worth) * per_model)
                    for t in range(first_folded, folded):
                        given[t] *= shrink
                    rest_weight[c] *= shrink
                    rest_best[c] = worth
                weight = math.exp((worth - rest_best[c]) * per_model)
                rest_weight[c] += weight
                for t in range(first, last):
                    rest_place[folded], given[folded] = tree.place[t], weight * desk.in_model[t]
                    folded += 1
            if folded > first_folded:
                given[first_folded:folded] /= rest_weight[c]
            nest_row[c + 1], rest_row[c + 1] = models, folded
        row[i + 1] = leaves
    small = Tree(
        row, account_row, nest_row, model_row[: models + 1], place[:leaves], base[:leaves], rest_best, rest_weight
    )  # fmt: skip
    return small, Rest(rest_row, rest_place[:folded], given[:folded])


@kernel
def quantities_if_worth(
    tree: Tree, rest: Rest, columns: Columns, panel: Panel, tastes: Tastes, price: FloatArray, rank: IntArray,
    change: FloatArray,
) -> FloatArray:  # fmt: skip
    """Million tokens a month (cases, offers) of the offers if some were worth `change` (cases, accounts, M) more.

    `rank` (offers,) is the place of an offer in the last axis of `change`, -1 where its worth does not change.
    """
    cases, desk = len(change), new_desk(tree)
    quantity = np.zeros((cases, len(columns.group)))
    paid, use = columns.metered * price ** (1.0 - tastes.elasticity), price**-tastes.elasticity
    worth = np.empty(len(desk.value))
    value_offers(tree, columns, panel, tastes, paid, worth)
    for s in range(cases):
        for i in range(len(tree.row) - 1):
            for t in range(tree.row[i], tree.row[i + 1]):
                m = rank[tree.place[t]]
                desk.value[t] = worth[t] + change[s, i, m] if m >= 0 else worth[t]
        choose_in_panel(tree, panel, tastes, desk)
        for i in range(len(tree.row) - 1):
            tokens = panel.weight[i] * panel.volume[i] / TOKENS_PER_MTOK * panel.reference_power[i]
            for t in range(tree.row[i], tree.row[i + 1]):
                j = tree.place[t]
                quantity[s, j] += desk.overall[t] * tokens * use[j]
            for c in range(tree.account_row[i], tree.account_row[i + 1]):
                left = desk.rest[c] * tokens
                for t in range(rest.row[c], rest.row[c + 1]):
                    quantity[s, rest.place[t]] += left * rest.given[t] * use[rest.place[t]]
    return quantity


@dataclass(frozen=True)
class ResidualDemand:
    """Demand for some metered offers of a panel at given prices of all others.

    places (M,) where these offers stand among the columns · order (K,) offer at each column · price (K,) by column.
    """

    tree: Tree
    rest: Rest
    columns: Columns
    panel: Panel
    tastes: Tastes
    price: FloatArray
    places: IntArray
    order: IntArray

    def response(self, price: FloatArray) -> Response:
        """Quantities of the offers at their prices `price` (M,), USD/Mtok, and derivatives among them.

        The effective number of hosts of a model is held fixed in the derivatives (model.md M1).
        """
        prices = self.price.copy()
        prices[self.places] = price
        pulls = pulls_of_panel(self.tree, self.columns, self.panel, self.tastes, prices, self.places)
        quantity, by_all = pulls.sold.sum(axis=0), pulls.sold.T @ pulls.to_all
        derivative = by_all + self._same_nest * (pulls.sold.T @ pulls.to_nest)
        derivative += self._same_model * (pulls.sold.T @ pulls.to_model)
        derivative[np.diag_indices(len(price))] -= pulls.own + self.tastes.elasticity * quantity / price
        return Response(quantity, derivative, np.diagonal(by_all))

    def quantities_if_worth(self, change: FloatArray) -> FloatArray:
        """Million tokens a month of the metered offers (cases, K) if accounts valued the M offers differently.

        `change` (cases, accounts, M) is what an offer brings an account beyond its value so far, USD a month.
        """
        rank = np.full(len(self.order), -1)
        rank[self.places] = np.arange(len(self.places))
        by_place = quantities_if_worth(
            self.tree, self.rest, self.columns, self.panel, self.tastes, self.price, rank, change
        )
        quantity: FloatArray = np.empty_like(by_place)
        quantity[:, self.order] = by_place
        return quantity

    @cached_property
    def _same_nest(self) -> BoolArray:
        nest = self.columns.nest[self.places]
        return np.asarray(nest[:, None] == nest)

    @cached_property
    def _same_model(self) -> BoolArray:
        group = self.columns.group[self.places]
        return np.asarray(group[:, None] == group)
