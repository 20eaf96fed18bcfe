"""Views of who pays, who depends on whom and who owns whom, for analysis and GraphML (docs/model.md M0, 4.2)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from market.goods import Route
from market.units import weighted_count
from simulation.measuring.service_chains import METERED, parent_of, sellers_needed
from simulation.world import MonthRecord, World

if TYPE_CHECKING:
    import networkx as nx

    from simulation.economy import ComputeEconomy

SEGMENTS = ("enterprises", "developers")


def dependency_graph(world: World, record: MonthRecord) -> nx.DiGraph:
    """Who depends on whom for how much realised value, `usd` a month, from those who depend to those they depend on.

    Companies, by segment, depend on whoever can withdraw the offers they hold; who runs a shared service depends on the
    clouds by GPU-hours held; clouds depend on the chip vendor.
    """
    import networkx as nx

    graph = nx.DiGraph()
    demand, book = record.demand, world.book
    value = demand.weight * demand.wanted.gross * record.service.served
    segment = world.companies.segment[world.companies.company[demand.live_rows]]
    runs = dict.fromkeys(world.buyers.names, 0.0)
    for number, name in enumerate(SEGMENTS):
        of_segment = segment == number
        by_offer = weighted_count(demand.code[of_segment], value[of_segment], len(book.offers))
        for offer in book.offers:
            for seller in sellers_needed(offer):
                _add(graph, name, seller, float(by_offer[offer.code]))
            if offer.route in METERED:
                runs[offer.host] += float(by_offer[offer.code])
    held = record.compute.serving_held
    for row, name in enumerate(world.buyers.names):
        total = held[row].sum()
        for cloud in world.clouds:
            if cloud.name != name and total > 0:
                _add(graph, name, cloud.name, runs[name] * float(held[row, cloud.code] / total))
    rented = np.flatnonzero(book.route == Route.SELF_RENT)
    own = weighted_count(demand.code, value, len(book.offers))
    for cloud in world.clouds:
        behind = sum(runs[name] * _part(held[row], cloud.code) for row, name in enumerate(world.buyers.names))
        behind += float(own[rented[book.seller[rented] == cloud.code]].sum())
        _add(graph, cloud.name, world.vendor.name, behind)
    return graph


def ownership_graph(world: World, *, stake: float = 0.0) -> nx.DiGraph:
    """Every seller, with an edge from an owner to each firm it holds: `part` 1 of one it owns, `stake` by a deal."""
    import networkx as nx

    graph = nx.DiGraph()
    for seller in world.sellers:
        graph.add_node(seller.name, kind=seller.kind, layer=seller.layer)
    for seller in world.sellers:
        if parent_of(seller):
            graph.add_edge(parent_of(seller), seller.name, part=1.0)
    for tie in world.deals.invested:
        graph.add_edge(world.clouds[tie.cloud].name, world.sellers[tie.lab].name, part=stake)
    return graph


def write_networks(economy: ComputeEconomy, folder: Path) -> None:
    """Write payments, dependencies and ownership of the last month as GraphML into `folder`. Raises `StorageError`."""
    import networkx as nx

    from simulation.results.storage import ResultsWriter

    writer = ResultsWriter(folder)
    views = {
        "payments": economy.trade_network.payments(),
        "dependencies": dependency_graph(economy.world, economy.record),
        "ownership": ownership_graph(economy.world, stake=economy.assumptions.deal.stake),
    }
    for name, graph in views.items():
        content = io.BytesIO()
        nx.write_graphml(graph, content)
        writer.write_file(f"{name}.graphml", content.getvalue())


def _add(graph: nx.DiGraph, one: str, other: str, usd: float) -> None:
    if usd > 0:
        known = graph.get_edge_data(one, other, default={"usd": 0.0})["usd"]
        graph.add_edge(one, other, usd=known + usd)


def _part(held: np.ndarray[tuple[int], np.dtype[np.float64]], cloud: int) -> float:
    total = held.sum()
    return float(held[cloud] / total) if total > 0 else 0.0
