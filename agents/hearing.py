"""Who hears of what, compiled: passes over the companies and their peers.

Draws are those of `market.chance` at the same addresses, as in `agents.census`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agents.census import uniform_of
from market.compiling import kernel
from market.units import BoolArray, FloatArray, IntArray, MaskArray

_ONE = np.uint64(1)


class Hearing(NamedTuple):
    """Chances with which companies become ready and learn this month."""

    ready: FloatArray  # (size classes,)
    open: FloatArray  # (peers + 1,) to hear of open models, by the number of peers that use one
    meet: float  # to come across some seller
    forget: float  # to lose sight of some seller
    sellers: IntArray  # (sellers,) codes in the order in which the number drawn picks them
    states: MaskArray  # hash states of readiness, awareness, search and forgetting in this month


@kernel
def _one_seller(uniform: float, chance: float, sellers: IntArray) -> Any:
    """Bit of the seller a uniform number stands for, of `sellers` alike; none where it is not below `chance`."""
    if not uniform < chance:
        return np.uint64(0)
    place: Any = min(np.int64(uniform / chance * sellers.size), sellers.size - 1)  # type: ignore[type-var]
    return _ONE << np.uint64(sellers[place])


@kernel
def listen(
    ready: BoolArray, no_need: BoolArray, aware: BoolArray, known: MaskArray, used: MaskArray, uses_open: BoolArray,
    size_class: Any, neighbours: Any, hearing: Hearing,
) -> tuple[BoolArray, BoolArray, MaskArray]:  # fmt: skip
    """Readiness, awareness of open models and sellers known after this month, (companies,) each.

    `used` are bits of the sellers each company bought from, `neighbours` (companies, peers) whom it hears from. A
    company knows whom it uses, sees whom its peers use, finds one seller now and then, and forgets one now and then.
    """
    of_ready, of_aware, of_search, of_forgetting = hearing.states
    now_ready, now_aware, now_known = ready.copy(), aware.copy(), known.copy()
    for c in range(ready.size):
        peers_on_open, seen = 0, used[c]
        for n in range(neighbours.shape[1]):
            peers_on_open += uses_open[neighbours[c, n]]
            seen |= used[neighbours[c, n]]
        if not ready[c] and not no_need[c]:
            now_ready[c] = uniform_of(of_ready, c) < hearing.ready[size_class[c]]
        if not aware[c]:
            now_aware[c] = uniform_of(of_aware, c) < hearing.open[peers_on_open]
        found = _one_seller(uniform_of(of_search, c), hearing.meet, hearing.sellers)
        forgotten = _one_seller(uniform_of(of_forgetting, c), hearing.forget, hearing.sellers)
        now_known[c] = (known[c] & ~forgotten) | seen | found
    return now_ready, now_aware, now_known


@kernel
def reached(audience: BoolArray, state: Any, chance: float) -> IntArray:
    """Rows of the `audience` (companies,) that something reaches with `chance`, drawn from the hash `state`."""
    rows, count = np.empty(audience.size, np.int64), 0
    for c in range(audience.size):
        if audience[c] and uniform_of(state, c) < chance:
            rows[count] = c
            count += 1
    return rows[:count]


@kernel
def news_of_peers(neighbours: Any, begins: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs of a company and the place of a piece of news of one of its peers, peers in rising order.

    The news of company c stand at `begins[c]` to `begins[c + 1]`, (companies + 1,); a peer met twice tells once.
    """
    many, peers = 0, np.empty(neighbours.shape[1], neighbours.dtype)
    tells = begins[1:] > begins[:-1]
    for c in range(len(neighbours)):
        for peer in neighbours[c]:
            if tells[peer]:
                many += begins[peer + 1] - begins[peer]
    company, place = np.empty(many, np.int64), np.empty(many, np.int64)
    heard = 0
    for c in range(len(neighbours)):
        telling = 0
        for peer in neighbours[c]:
            if tells[peer]:
                at = telling
                while at > 0 and peers[at - 1] > peer:
                    peers[at] = peers[at - 1]
                    at -= 1
                peers[at] = peer
                telling += 1
        for n in range(telling):
            if n > 0 and peers[n] == peers[n - 1]:
                continue
            for news in range(begins[peers[n]], begins[peers[n] + 1]):
                company[heard], place[heard] = c, news
                heard += 1
    return company[:heard], place[:heard]
