"""The trade network of a month as plain data: who stands in it, where, and how much money goes from whom to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from app.amounts import actor
from market.accounts import COMPANIES, REST_OF_ECONOMY
from simulation.measuring.trading import GROUPS

GOODS: Mapping[str, tuple[str, ...]] = {  # what is bought -> flows of the ledger
    "models": ("api_fee", "hosted_fee", "consumer_fees", "distill_tokens"),
    "machine-hours": ("compute_rent", "credit_use", "credit_expiry", "take_or_pay_shortfall", "poc_cost"),
    "a cloud's part of sales": ("marketplace_cut", "revenue_share"),
    "chips and sites": ("capex_gpu", "capex_dc"),
}
USUAL = ("models", "machine-hours", "a cloud's part of sales")
WHAT = {
    "api_fee": "closed models by interface", "hosted_fee": "hosted open models", "consumer_fees": "subscriptions",
    "distill_tokens": "answers to train on", "compute_rent": "machine-hours", "credit_use": "machine-hours on credit",
    "credit_expiry": "credits that expired", "take_or_pay_shortfall": "hours reserved and not used",
    "poc_cost": "proofs of concept", "marketplace_cut": "sale through its marketplace",
    "revenue_share": "a partner's part of revenue", "capex_gpu": "accelerators", "capex_dc": "sites and power",
}  # fmt: skip
FRINGE = "fringe"  # the price-taking clouds, which are alike, stand together
SHOWN_IF_PAID = ("chip",)  # of no interest where nothing of what it sells is shown
COLUMN = {
    "companies": 0.0, "other": 0.0, "lab": 0.42, "releaser": 0.42, "host": 0.42, "cloud": 0.82, "public": 0.82,
    "chip": 1.0,
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """Somebody who buys or sells; money in cents of the month."""

    name: str
    label: str
    kind: str  # layer
    members: tuple[str, ...]  # holders that stand together here
    earned: int
    paid: int
    x: float  # 0..1, buyers left, makers of machines right
    y: float  # 0..1, from the top


@dataclass(frozen=True)
class Edge:
    """Money that goes from `payer` to `payee`, names of nodes."""

    payer: str
    payee: str
    cents: int
    flows: tuple[tuple[str, int], ...]  # flow and cents, largest first


@dataclass(frozen=True)
class Trade:
    """The network of one month."""

    month: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def cents(self) -> int:
        """All money in the picture."""
        return sum(edge.cents for edge in self.edges)


def trade_of(
    edges: pd.DataFrame, sellers: pd.DataFrame, *, month: int, goods: Collection[str] = USUAL, others: bool = True
) -> Trade:  # fmt: skip
    """The network of what is bought of `goods`, from the tables `edges` and `sellers` of a month.

    others: whether buyers that the model does not simulate are in the picture.
    """
    place = _places(sellers)
    if not others:
        place.pop(REST_OF_ECONOMY)
    flows = [flow for good in goods for flow in GOODS[good]]
    wanted = edges[edges["flow"].isin(flows) & edges["payer"].isin(list(place)) & edges["payee"].isin(list(place))]
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for payer, payee, flow, cents in wanted[["payer", "payee", "flow", "cents"]].itertuples(index=False):
        if place[payer][0] != place[payee][0]:
            sums[place[payer][0], place[payee][0]][flow] += int(cents)
    joined = tuple(
        Edge(payer, payee, sum(parts.values()), tuple(sorted(parts.items(), key=lambda part: (-part[1], part[0]))))
        for (payer, payee), parts in sorted(sums.items(), key=lambda item: -sum(item[1].values()))
    )
    return Trade(month=month, nodes=_nodes(place, sellers, joined), edges=joined)


def _places(sellers: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Node and kind of every holder that can be in the picture."""
    place = {group: (group, "companies") for group in GROUPS}
    place[COMPANIES] = (COMPANIES, "companies")
    place[REST_OF_ECONOMY] = (REST_OF_ECONOMY, "other")
    for name, layer, role in sellers[["seller", "layer", "role"]].itertuples(index=False):
        if layer in COLUMN and layer not in ("companies", "other"):
            place[name] = (FRINGE if role == FRINGE else name, layer)
    return place


def _nodes(
    place: Mapping[str, tuple[str, str]], sellers: pd.DataFrame, edges: Collection[Edge]
) -> tuple[Node, ...]:  # fmt: skip
    earned: dict[str, int] = defaultdict(int)
    paid: dict[str, int] = defaultdict(int)
    for edge in edges:
        earned[edge.payee] += edge.cents
        paid[edge.payer] += edge.cents
    alive = set(sellers.loc[sellers["alive"], "seller"]) | set(GROUPS) | {REST_OF_ECONOMY}
    members: dict[str, list[str]] = defaultdict(list)
    kind_of: dict[str, str] = {}
    for holder, (node, kind) in place.items():
        in_picture = holder in alive and kind not in SHOWN_IF_PAID and node != COMPANIES
        if in_picture or earned[node] or paid[node]:
            members[node].append(holder)
            kind_of[node] = kind
    columns: dict[float, list[str]] = defaultdict(list)
    for node, kind in kind_of.items():
        columns[COLUMN[kind]].append(node)
    height = {
        node: (at + 0.5) / len(column)
        for column in columns.values()
        for at, node in enumerate(_ordered(column, kind_of))
    }
    return tuple(
        Node(
            name=node, label=_label(node, members[node]), kind=kind, members=tuple(members[node]), earned=earned[node],
            paid=paid[node], x=COLUMN[kind], y=height[node],
        )
        for node, kind in kind_of.items()
    )  # fmt: skip


def _ordered(column: list[str], kind_of: Mapping[str, str]) -> list[str]:
    """Kinds one below the other, each in the order of its permanent codes."""
    kinds = list(COLUMN)
    return sorted(column, key=lambda node: kinds.index(kind_of[node]))


def _label(node: str, members: list[str]) -> str:
    if node == COMPANIES:
        return "all companies"  # what is not billed by workload: pilots, own servers
    return f"{actor(node)} ({len(members)})" if node == FRINGE else actor(node)
