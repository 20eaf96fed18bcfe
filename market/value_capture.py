"""Who is needed how much for the value that AI creates: coalitions of firms and users, and their Shapley values.

A coalition without users is worth nothing. With them it is worth what their workloads bring with the models and the
machines of its members: every workload takes the best source there is, and where machines are short those that bring
most per GPU-hour are served. Source: Shapley 1953; docs/model.md 4.3.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from market.units import FloatArray, IntArray


def coalition_value(
    *, net: FloatArray, hours: FloatArray, weight: FloatArray, free: FloatArray, capacity: FloatArray
) -> Callable[[frozenset[int], frozenset[int]], float]:
    """Value of a coalition of sources and clouds with the users, as a function of their indices, USD a month.

    net, hours (rows, sources): value and GPU-hours of each workload with each source, per firm; weight (rows,) firms;
    free (rows,): value with what nobody can refuse, on no machines of a cloud; capacity (clouds,) GPU-hours a month.
    """
    base = np.maximum(free, 0.0)
    by_users_alone, rooms = float(weight @ base), capacity.tolist()

    @cache
    def served(sources: frozenset[int]) -> tuple[FloatArray, FloatArray]:
        return merit_order(net=net, hours=hours, weight=weight, base=base, sources=np.array(sorted(sources), dtype=int))

    def value(sources: frozenset[int], clouds: frozenset[int]) -> float:
        taken, gained = served(sources)
        room = float(sum(rooms[cloud] for cloud in clouds))
        return by_users_alone + float(np.interp(room, taken, gained))

    return value


def best_first(worth: FloatArray) -> IntArray:
    """Places from the largest worth on, of equal ones the first first; (n,). A stable sort is needed for ties alone."""
    order = np.argsort(-worth)
    ranked = worth[order]
    return order if (ranked[:-1] > ranked[1:]).all() else np.argsort(-worth, kind="stable")


def merit_order(
    *, net: FloatArray, hours: FloatArray, weight: FloatArray, base: FloatArray, sources: IntArray
) -> tuple[FloatArray, FloatArray]:
    """GPU-hours taken and value gained over `base`, cumulated from the best use of an hour on; both begin at 0."""
    if len(sources) == 0:
        return np.zeros(1), np.zeros(1)
    best = sources[net[:, sources].argmax(axis=1)]
    row = np.arange(len(net))
    gain, takes = weight * (net[row, best] - base), weight * hours[row, best]
    pays = gain > 0
    gain, takes = gain[pays], takes[pays]
    per_hour = np.divide(gain, takes, out=np.full(len(gain), np.inf), where=takes > 0)
    order = best_first(per_hour)
    start = np.zeros(1)
    return np.concatenate([start, np.cumsum(takes[order])]), np.concatenate([start, np.cumsum(gain[order])])
