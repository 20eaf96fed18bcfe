"""What becomes of every workload where one controller withdraws what it owns: `market.control` workload by workload.

The sum of what is lost, over all realised value, is the exposure to that controller.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.control import NEW_HOURS, NOBODY, OWN_MACHINES, Fallbacks, cutoff
from market.units import BoolArray, FloatArray, IntArray

UNBOUNDED = np.inf  # hours wanted by those who may rent from nobody else: no pool serves them


@dataclass(frozen=True)
class Withdrawal:
    """Workloads after one controller withdrew; (n,) each."""

    hit: BoolArray  # the controller is in the chain behind the workload
    place: IntArray  # of the controller among those who can withdraw the offer itself, NOBODY where only machines go
    keeps: FloatArray  # share of value that the best option without the controller keeps
    moves: FloatArray  # share of the service that needs other machines
    wants: FloatArray  # GPU-hours a month asked for elsewhere
    served: FloatArray  # share of these that are found
    left: FloatArray  # share of value left in the end


def withdrawal(fallbacks: Fallbacks, *, controller: int, share: FloatArray, pool: float) -> Withdrawal:
    """Every workload after `controller` withdrew; share (offers,) and `pool` are its own of `market.control.exposures`.

    Best value per GPU-hour is served first. Source: docs/model.md 4.2.
    """
    rows = len(fallbacks.value)
    part = share[fallbacks.offer]
    denies = fallbacks.denier == controller
    place = np.where(denies.any(axis=1), denies.shape[1] - 1 - denies[:, ::-1].argmax(axis=1), NOBODY)
    hit = (place != NOBODY) | (part != 0.0)
    at = (np.arange(rows), np.maximum(place, 0))
    runs_on = np.where(place == NOBODY, NOBODY, fallbacks.runs_on[at])
    keeps = np.where(place == NOBODY, 1.0, fallbacks.kept[at])
    moves, wants = part.copy(), part * fallbacks.hours
    for kind, move, hours in ((NEW_HOURS, 1.0, fallbacks.needs[at]), (OWN_MACHINES, 0.0, np.zeros(rows))):
        moves, wants = np.where(runs_on == kind, move, moves), np.where(runs_on == kind, hours, wants)
    bound = moves < 0
    moves, wants = np.abs(moves), np.where(bound, UNBOUNDED, wants)
    worth = np.where(hit, fallbacks.value * keeps * moves, 0.0)
    density = np.divide(worth, wants, out=np.full(rows, np.inf), where=wants > 0)
    line, at_line = cutoff(density[hit].copy(), wants[hit].copy(), pool)
    served = np.where(density > line, 1.0, np.where(density == line, at_line, 0.0))
    served = np.where(hit, served, 1.0)
    left = np.where(hit, keeps * (1.0 - moves * (1.0 - served)), 1.0)
    return Withdrawal(hit=hit, place=place, keeps=keeps, moves=moves, wants=wants, served=served, left=left)
