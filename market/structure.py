"""Structure of a trade network: who is central, how many suppliers count, and how ownership concentrates (4.2).

Analysis only: nothing in the economy reads these. Matrices are (n, n) with the weight of the edge from row to column.
"""

from __future__ import annotations

import numpy as np

from market.indicators import hhi
from market.units import FloatArray

DAMPING = 0.85
_CLOSE = 1e-12
_MOST_ROUNDS = 10_000


def pagerank(edges: FloatArray, *, damping: float = DAMPING) -> FloatArray:
    """PageRank of each node, summing to 1; (n,). A node without outgoing edges passes its rank on to everybody alike.

    Source: Page, Brin, Motwani, Winograd 1999.
    """
    count = len(edges)
    leaving = edges.sum(axis=1)
    step = np.divide(edges, leaving[:, None], out=np.full((count, count), 1.0 / count), where=leaving[:, None] > 0)
    rank = np.full(count, 1.0 / count)
    for _ in range(_MOST_ROUNDS):
        following = damping * (rank @ step) + (1.0 - damping) / count
        if np.abs(following - rank).sum() < _CLOSE:
            return np.asarray(following)
        rank = following
    raise RuntimeError(f"PageRank did not settle in {_MOST_ROUNDS} rounds; a damping of {damping} is too close to 1")


def katz(edges: FloatArray, *, attenuation: float) -> FloatArray:
    """Katz centrality of each node, longest 1: paths that end there, each edge further off counting less; (n,).

    Raises `ValueError` where `attenuation` is not below one over the largest eigenvalue. Source: Katz 1953.
    """
    count = len(edges)
    radius = float(np.abs(np.linalg.eigvals(edges)).max(initial=0.0))
    if attenuation * radius >= 1.0:
        raise ValueError(f"attenuation {attenuation:g} lets paths explode; keep it below {1.0 / radius:g}")
    reached = np.linalg.solve(np.eye(count) - attenuation * edges.T, np.ones(count))
    return np.asarray(reached / np.linalg.norm(reached))


def effective_suppliers(edges: FloatArray) -> FloatArray:
    """Number of equal suppliers with the concentration of each buyer's, 1/HHI over its row; nan without any; (n,)."""
    return np.array([1.0 / hhi(row) for row in edges])


def modified_hhi(share: FloatArray, ownership: FloatArray) -> float:
    """Herfindahl index that counts joint ownership under proportional control (O'Brien and Salop 2000), 0 to 1.

    share (firms,) of sales; ownership (owners, firms) part of each firm's profit that each owner receives: sum over
    j, k of s_j s_k (sum_i o_ij o_ik)/(sum_i o_ij^2). The plain index where nobody owns parts of two.
    """
    sales = share / share.sum()
    joint = ownership.T @ ownership
    return float(sales @ (joint / np.diagonal(joint)[:, None]) @ sales)
