"""Who is needed how much for the value that AI creates: coalitions of firms and users, and their Shapley values.

A coalition without users is worth nothing. With them it is worth what their workloads bring with the models and the
machines of its members: every workload takes the best source there is, and where machines are short those that bring
most per GPU-hour are served. Source: Shapley 1953; docs/model.md 4.3.
"""

from __future__ import annotations

import numpy as np

from market.units import BoolArray, FloatArray, IntArray


def coalition_values(
    *, net: FloatArray, hours: FloatArray, weight: FloatArray, free: FloatArray, capacity: FloatArray
) -> FloatArray:
    """Value of every coalition of sources and clouds with the users, USD a month; (2^sources, 2^clouds).

    Bit k of a place says whether the k-th source, or cloud, is a member. net, hours (rows, sources + 1): value and
    GPU-hours of each workload with each source, per firm, and last with what nobody can refuse; weight (rows,) firms;
    free (rows,): value with what nobody can refuse, on no machines of a cloud; capacity (clouds,) GPU-hours a month.
    """
    base = np.maximum(free, 0.0)
    members = membership(len(capacity)) @ capacity  # room of each coalition of clouds
    public = net.shape[1] - 1

    def by_room(joined: BoolArray) -> FloatArray:
        sources = np.append(np.flatnonzero(joined), public)
        return np.interp(members, *merit_order(net=net, hours=hours, weight=weight, base=base, sources=sources))

    return float(weight @ base) + np.array([by_room(joined) for joined in membership(public)])


def membership(count: int) -> BoolArray:
    """Who is in each coalition of so many: bit k of its place is member k; (2^count, count)."""
    return (np.arange(1 << count)[:, None] >> np.arange(count) & 1).astype(bool)


def best_first(worth: FloatArray) -> IntArray:
    """Places from the largest worth on, of equal ones the first first; (n,). A stable sort is needed for ties alone."""
    order = np.argsort(-worth)
    ranked = worth[order]
    return order if (ranked[:-1] > ranked[1:]).all() else np.argsort(-worth, kind="stable")


def merit_order(
    *, net: FloatArray, hours: FloatArray, weight: FloatArray, base: FloatArray, sources: IntArray
) -> tuple[FloatArray, FloatArray]:
    """GPU-hours taken and value gained over `base`, cumulated from the best use of an hour on; both begin at 0."""
    best = sources[net[:, sources].argmax(axis=1)]
    row = np.arange(len(net))
    gain, takes = weight * (net[row, best] - base), weight * hours[row, best]
    pays = gain > 0
    gain, takes = gain[pays], takes[pays]
    per_hour = np.divide(gain, takes, out=np.full(len(gain), np.inf), where=takes > 0)
    order = best_first(per_hour)
    start = np.zeros(1)
    return np.concatenate([start, np.cumsum(takes[order])]), np.concatenate([start, np.cumsum(gain[order])])
