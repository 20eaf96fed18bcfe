"""Who hears from whom: everybody from others, nearly all of them of the same sector."""

from __future__ import annotations

import numpy as np
import pytest

from market.chance import Chance
from market.network import small_world

PEERS = 8


def network(rows: int, sectors: int, *, rewiring: float, sizes: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(rows + sectors)
    sector = draw.integers(0, sectors, rows).astype(np.uint8)
    size = draw.integers(0, sizes, rows).astype(np.uint8)
    found = small_world(Chance(3), sector=sector, size_class=size, peers=PEERS, rewiring=rewiring)
    return found.neighbours, sector, size


@pytest.mark.parametrize("rewiring", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("rows", "sectors"), [(2, 1), (50, 20), (50, 8), (30, 200), (2000, 20)])
def test_nobody_hears_from_itself(rows: int, sectors: int, rewiring: float) -> None:
    neighbours, *_ = network(rows, sectors, rewiring=rewiring)
    assert neighbours.shape == (rows, min(PEERS, rows - 1))
    assert (neighbours != np.arange(rows)[:, None]).all()


def test_peers_are_of_ones_sector_and_all_different_where_it_is_large_enough() -> None:
    neighbours, sector, _ = network(2000, 20, rewiring=0.0)
    assert (sector[neighbours] == sector[:, None]).all()
    assert all(len(set(row)) == PEERS for row in neighbours.tolist())


def test_rewired_links_lead_to_companies_of_the_same_size() -> None:
    neighbours, _, size = network(2000, 20, rewiring=1.0)
    assert (size[neighbours] == size[:, None]).all()
    assert len(set(neighbours.ravel().tolist())) > 1900  # to all of them alike


def test_a_company_alone_has_nobody_to_hear_from_but_itself() -> None:
    neighbours, *_ = network(1, 1, rewiring=0.5)
    assert neighbours.tolist() == [[0]]
