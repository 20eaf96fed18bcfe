"""The power to deny service: how much realised value is lost where one controller withdraws what it owns (M0, 4.2).

Each controller k is taken away in turn. Workloads whose service chain it belongs to fall back on their best option
without k; those that need machines share what rivals have free, and what training and other uses give up, best value
per GPU-hour first. Exposure is the share of realised value that is lost. Pure functions; who is in which chain is
built in simulation/measuring/controlling.py, what each workload can fall back on in agents/fallback.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from market.compiling import kernel
from market.indicators import hhi
from market.parameters import ParameterGroup, quantity
from market.units import FloatArray, IntArray

NOBODY = -1
NEGLIGIBLE = 1e-9  # sum of exposures below which nobody controls anything and there is no concentration
OWN_MACHINES, NEW_HOURS, SAME_SERVICE = range(3)  # what a fallback runs on


class Control(ParameterGroup):
    """How the power to deny service is measured; nothing here enters the economy."""

    panel: int = quantity(
        4096, unit="workloads", source="derived", low=1024, high=16_384, most=1_000_000,
        meaning="fixed sample on which exposure and the infrastructure gap are measured; 0: neither is measured",
    )
    horizon: int = quantity(
        3, unit="months", meaning="time in which a withdrawn service must be replaced", low=1, high=6, least=1, most=60,
        symbol="tau",
    )
    long_horizon: int = quantity(
        24, unit="months", meaning="the same with time to build a service of one's own", low=12, high=36, least=1,
        most=120, symbol="tau_long",
    )
    deployment: float = quantity(
        2.0, unit="months", meaning="from decision to service of a model a company runs itself", low=1, high=4,
    )
    training_release: float = quantity(
        1.0, unit="share", meaning="GPU-hours of training that displaced workloads can have", low=0.5, high=1, most=1.0,
    )
    other_release: float = quantity(
        0.2, unit="share", low=0, high=0.5, most=1.0,
        meaning="GPU-hours of other demand that displaced workloads can have: what it gives up at twice the rent",
    )


@dataclass(frozen=True)
class Fallbacks:
    """Realised value of workloads and what each keeps where one of its suppliers withdraws; (n,) or (n, deniers)."""

    value: FloatArray  # USD a month of all firms behind the row
    hours: FloatArray  # GPU-hours at clouds behind its present service
    offer: IntArray  # code held
    denier: IntArray  # (n, deniers) controllers that can withdraw the offer itself, NOBODY where there are fewer
    kept: FloatArray  # (n, deniers) share of value the best option without that controller keeps
    needs: FloatArray  # (n, deniers) GPU-hours it takes
    runs_on: IntArray  # (n, deniers) OWN_MACHINES, NEW_HOURS or SAME_SERVICE


def limited_by_staff(fallbacks: Fallbacks, *, people: FloatArray, idle: float) -> FloatArray:
    """Share of value kept, (n, deniers), where own operations need `people` (n, deniers) FTE and `idle` FTE are free.

    For each controller that withdraws, those with most value per specialist find them until nobody is left.
    """
    kept = fallbacks.kept.copy()
    worth = fallbacks.value[:, None] * kept
    for controller in np.unique(fallbacks.denier[people > 0]):
        at = (fallbacks.denier == controller) & (people > 0)
        density, asked = worth[at] / people[at], people[at]
        line, at_line = cutoff(density.copy(), asked.copy(), idle)
        kept[at] *= np.where(density > line, 1.0, np.where(density == line, at_line, 0.0))
    return kept


def exposures(fallbacks: Fallbacks, *, share: FloatArray, pool: FloatArray) -> FloatArray:
    """Share of realised value lost where each controller withdraws; (controllers,), nan where nothing is realised.

    share (offers, controllers): part of an offer's machines that the controller owns; negative where whoever runs the
    offer may buy from nobody else. pool (controllers,): GPU-hours a month that the displaced can have elsewhere.
    """
    total = float(fallbacks.value.sum())
    if total <= 0:
        return np.full(len(pool), np.nan)
    return np.asarray(_losses(*vars(fallbacks).values(), share, pool) / total)


@kernel
def _losses(
    value: Any, hours: Any, offer: Any, denier: Any, kept: Any, needs: Any, runs_on: Any, share: Any, pool: Any
) -> Any:
    """Value lost to each controller, USD a month."""
    rows, controllers = value.size, pool.size
    losses = np.zeros(controllers)
    keeps, moves, wants = np.empty(rows), np.empty(rows), np.empty(rows)
    density, asked, worth = np.empty(rows), np.empty(rows), np.empty(rows)
    for k in range(controllers):
        hit = 0
        for i in range(rows):
            part = share[offer[i], k]
            at = NOBODY
            for p in range(denier.shape[1]):
                if denier[i, p] == k:
                    at = p
            if at == NOBODY and part == 0.0:
                continue
            keep, move, want = 1.0, part, part * hours[i]
            if at != NOBODY:
                keep = kept[i, at]
                if runs_on[i, at] == NEW_HOURS:
                    move, want = 1.0, needs[i, at]
                elif runs_on[i, at] == OWN_MACHINES:
                    move, want = 0.0, 0.0
            if move < 0.0:
                move, want = -move, np.inf
            keeps[hit], moves[hit], wants[hit], worth[hit] = keep, move, want, value[i]
            density[hit] = value[i] * keep * move / want if want > 0.0 else np.inf
            hit += 1
        asked[:hit] = wants[:hit]
        line, at_line = cutoff(density[:hit].copy(), asked[:hit], pool[k])
        for i in range(hit):
            served = 1.0 if density[i] > line else at_line if density[i] == line else 0.0
            losses[k] += worth[i] * (1.0 - keeps[i] * (1.0 - moves[i] * (1.0 - served)))
    return losses


@kernel
def cutoff(density: Any, hours: Any, pool: float) -> Any:
    """Value per GPU-hour of the last workload that `pool` GPU-hours serve, and the share of it that is served.

    density, hours (n,): both are reordered. Those of higher density are served in full, those of lower not at all. A
    quickselect by weight: expected time linear in n.
    """
    first, last, left = 0, density.size, pool
    while first < last:
        pivot = density[(first + last) // 2]
        above, here, below = first, first, last
        more, same = 0.0, 0.0
        while here < below:
            d, h = density[here], hours[here]
            if d > pivot:
                density[here], hours[here] = density[above], hours[above]
                density[above], hours[above] = d, h
                more += h
                above += 1
                here += 1
            elif d < pivot:
                below -= 1
                density[here], hours[here] = density[below], hours[below]
                density[below], hours[below] = d, h
            else:
                same += h
                here += 1
        if more > left:
            last = above
        elif more + same > left:
            return pivot, (left - more) / same
        else:
            left -= more + same
            first = below
    return -1.0, 0.0


@dataclass(frozen=True)
class ControlIndex:
    """Three numbers, never one (4.2): concentration over ultimate owners, the largest of them, and their sum."""

    hhi: float  # 0..1
    largest: float
    total: float  # may exceed 1: a service has several suppliers in series


def control_index(exposure: FloatArray) -> ControlIndex:
    """The control index of exposures to ultimate owners (owners,); concentration is nan where nobody controls anything.

    Source: docs/model.md 4.2.
    """
    if not np.isfinite(exposure).all():
        return ControlIndex(np.nan, np.nan, np.nan)
    return ControlIndex(
        hhi=hhi(exposure) if exposure.sum() > NEGLIGIBLE else np.nan,
        largest=float(exposure.max(initial=0.0)),
        total=float(exposure.sum()),
    )


def lost_to_shortage(value: FloatArray, hours: FloatArray, *, missing: float) -> float:
    """Share of realised value lost where a share `missing` of its GPU-hours is gone, the least valuable first.

    value, hours (n,): what runs on no GPU-hours loses nothing.
    """
    total = float(value.sum())
    if total <= 0:
        return float("nan")
    return float((value * (1.0 - served_in_shortage(value, hours, missing=missing))).sum()) / total


def served_in_shortage(value: FloatArray, hours: FloatArray, *, missing: float) -> FloatArray:
    """Share of each workload that goes on where a share `missing` of all GPU-hours is gone; (n,)."""
    if missing <= 0:
        return np.ones(len(value))
    density = np.divide(value, hours, out=np.full(len(value), np.inf), where=hours > 0)
    line, at_line = cutoff(density.copy(), hours.copy(), (1.0 - missing) * float(hours.sum()))
    return np.where(density > line, 1.0, np.where(density == line, at_line, 0.0))
