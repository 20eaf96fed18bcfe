"""Networks: who hears from whom (PeerNetwork) and who buys from whom (TradeNetwork).

The peer network is a Watts-Strogatz small world within each sector whose rewired links lead to companies of like
size (Watts and Strogatz 1998, Nature 393); it is held as fixed-degree CSR arrays because networkx takes a minute for
a million nodes. networkx views are built on request, for analysis only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from market.chance import Chance, Mechanism

if TYPE_CHECKING:
    import networkx as nx

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PeerNetwork:
    """Directed links along which a company hears of others' use; row i hears from `neighbours[i]`."""

    neighbours: npt.NDArray[np.int32]  # (rows, degree)

    @property
    def degree(self) -> int:
        """Number of peers each company hears from."""
        return int(self.neighbours.shape[1])

    def csr(self) -> tuple[IntArray, npt.NDArray[np.int32]]:
        """Row pointer (rows + 1,) and column index (rows * degree,) of the adjacency matrix."""
        rows, degree = self.neighbours.shape
        return np.arange(0, rows * degree + 1, degree, dtype=np.int64), self.neighbours.reshape(-1)

    def to_networkx(self, *, most_rows: int = 5_000) -> nx.DiGraph:
        """A networkx view, company by company; refused above `most_rows` companies, where it would take minutes."""
        import networkx as nx

        rows, degree = self.neighbours.shape
        if rows > most_rows:
            raise ValueError(
                f"a graph of {rows:,} single companies is not drawn (limit {most_rows:,}): "
                "simulate fewer companies, or group them by cohort"
            )
        graph = nx.DiGraph()
        graph.add_nodes_from(range(rows))
        graph.add_edges_from(
            zip(np.repeat(np.arange(rows), degree).tolist(), self.neighbours.reshape(-1).tolist(), strict=True)
        )
        return graph


def small_world(
    chance: Chance, *, sector: npt.NDArray[np.uint8], size_class: npt.NDArray[np.uint8], peers: int, rewiring: float
) -> PeerNetwork:
    """Peer network of the companies: a ring lattice within sector, a share `rewiring` of links to like-sized others.

    sector, size_class: (rows,). Every company has min(peers, rows - 1) links, none to itself; in a sector of fewer
    companies than that it has several to the same peer, and one that is alone there hears from the next sector.
    """
    rows = len(sector)
    degree = max(1, min(peers, rows - 1))
    seat = chance.uniform(Mechanism.FOUNDING_NETWORK, entity=np.arange(rows), subject=0)
    order = np.lexsort((seat, sector))
    neighbours = np.empty((rows, degree), dtype=np.int32)
    offsets = _ring_offsets(degree)
    for members in np.split(order, np.flatnonzero(np.diff(sector[order])) + 1):
        place, others = np.arange(len(members))[:, None], len(members) - 1
        if others:
            steps = np.sign(offsets) * (1 + (np.abs(offsets) - 1) % others)
            neighbours[members] = members[(place + steps[None, :]) % len(members)]
        elif rows > 1:
            neighbours[members] = order[(np.flatnonzero(order == members[0])[:, None] + offsets[None, :]) % rows]
        else:
            neighbours[members] = members[0]
    _rewire(neighbours, chance, size_class=size_class, rewiring=rewiring)
    return PeerNetwork(neighbours=neighbours)


def _ring_offsets(degree: int) -> IntArray:
    """Steps to a company's peers around the ring: nearest on both sides, never 0."""
    ahead = np.arange(1, degree // 2 + 1)
    behind = -np.arange(1, degree - len(ahead) + 1)
    return np.concatenate([behind, ahead])


def _rewire(
    neighbours: npt.NDArray[np.int32], chance: Chance, *, size_class: npt.NDArray[np.uint8], rewiring: float
) -> None:
    rows, degree = neighbours.shape
    row, link = np.arange(rows)[:, None], np.arange(degree)[None, :]
    leaves = chance.uniform(Mechanism.FOUNDING_NETWORK, entity=row, subject=1 + link) < rewiring
    where = chance.uniform(Mechanism.FOUNDING_NETWORK, entity=row, subject=1 + degree + link)
    for size in np.unique(size_class):
        same_size = np.flatnonzero(size_class == size)
        here = leaves & (size_class == size)[:, None]
        if len(same_size) < 2:  # nobody else to hear from
            continue
        drawn = (where[here] * len(same_size)).astype(np.int64)
        oneself = same_size[drawn] == np.broadcast_to(row, here.shape)[here]
        neighbours[here] = same_size[(drawn + oneself) % len(same_size)]


@dataclass
class TradeNetwork:
    """Who bought from whom this month, between the holders of accounts; views for analysis and GraphML export."""

    flows: list[tuple[str, str, str, int]] = field(default_factory=list)  # (payer, payee, flow, cents)

    def payments(self) -> nx.DiGraph:
        """Directed graph payer -> payee with the month's cents as edge weight."""
        import networkx as nx

        graph = nx.DiGraph()
        for payer, payee, _, cents in self.flows:
            known = graph.get_edge_data(payer, payee, default={"cents": 0})["cents"]
            graph.add_edge(payer, payee, cents=known + cents)
        return graph

    def write_graphml(self, path: str) -> None:
        """Write the payment graph as GraphML."""
        import networkx as nx

        nx.write_graphml(self.payments(), path)
