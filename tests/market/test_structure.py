"""Centrality and concentration of networks with known answers (L45)."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from market.indicators import hhi
from market.structure import effective_suppliers, katz, modified_hhi, pagerank


def test_l45_pagerank_of_three_adopters_a_lab_and_a_cloud():
    edges = np.zeros((5, 5))
    edges[:3, 3] = 1
    edges[3, 4] = 1
    assert pagerank(edges) == pytest.approx([0.09463, 0.09463, 0.09463, 0.33594, 0.38018], abs=1e-5)


def test_pagerank_and_katz_are_those_of_networkx():
    edges = np.random.default_rng(3).uniform(0, 1, (7, 7)) * (np.random.default_rng(4).uniform(size=(7, 7)) < 0.4)
    graph = nx.from_numpy_array(edges, create_using=nx.DiGraph)
    ranks = nx.pagerank(graph, alpha=0.85, tol=1e-13, max_iter=1000)
    assert pagerank(edges) == pytest.approx([ranks[k] for k in range(7)], abs=1e-9)
    central = nx.katz_centrality_numpy(graph, alpha=0.1, weight="weight")
    assert katz(edges, attenuation=0.1) == pytest.approx([central[k] for k in range(7)], rel=1e-8)


def test_katz_refuses_paths_that_explode():
    with pytest.raises(ValueError, match="keep it below"):
        katz(np.ones((2, 2)), attenuation=0.5)


def test_effective_suppliers_are_equal_suppliers_of_the_same_concentration():
    counts = effective_suppliers(np.array([[1.0, 1, 1, 1], [1, 0, 0, 0], [0, 0, 0, 0]]))
    assert counts[:2] == pytest.approx([4, 1])
    assert np.isnan(counts[2])


def test_common_owners_concentrate_a_market_and_separate_ones_do_not():
    share = np.array([0.5, 0.5])
    assert modified_hhi(share, np.eye(2)) == pytest.approx(hhi(share))
    assert modified_hhi(share, np.array([[1.0, 1.0], [0.0, 0.0]])) == pytest.approx(1.0)  # one owner of both: monopoly
    passive = modified_hhi(share, np.array([[1.0, 0.3], [0.0, 0.7]]))
    assert 0.5 < passive < 1.0


def test_without_joint_owners_the_modified_index_is_the_plain_one() -> None:
    share = np.array([0.5, 0.3, 0.2])
    assert modified_hhi(share, np.eye(3)) == pytest.approx(0.38)


def test_full_ownership_of_two_makes_them_one_firm() -> None:
    share = np.array([0.5, 0.3, 0.2])
    ownership = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert modified_hhi(share, ownership) == pytest.approx(0.8**2 + 0.2**2)


def test_a_partial_stake_counts_in_proportion_to_control() -> None:
    """Owner 1 has firm 1 and a fifth of firm 2: 1/(1) * .2 in firm 1's weight, .2/(.04 + .64) in firm 2's."""
    share = np.array([0.6, 0.4])
    ownership = np.array([[1.0, 0.2], [0.0, 0.8]])
    expected = 0.36 + 0.16 + 0.24 * (0.2 + 0.2 / 0.68)
    assert modified_hhi(share, ownership) == pytest.approx(expected)
