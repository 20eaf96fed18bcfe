"""Contracts for compute: how a buyer's GPU-hours are split over the clouds that may supply it.

Hours already held stay where they are but for the part whose contract ends this month; the rest, and all growth, is
placed by a logit over posted prices and names. Source: docs/model.md, "Default cloud rule".
"""

from __future__ import annotations

import numpy as np

from market.units import FloatArray


def place_contracts(
    *, wanted: FloatArray, held: FloatArray, new_share: FloatArray, rollover: float
) -> tuple[FloatArray, FloatArray]:
    """GPU-hours placed with each cloud, and of these the hours that continue a standing contract.

    wanted (buyers,) GPU-hours this month; held (buyers, clouds) hours held last month; new_share (buyers, clouds) where
    free hours go, rows summing to 1; rollover: share of contracts that end in a month.
    """
    kept = (1.0 - rollover) * held
    total = kept.sum(axis=1)
    too_much = np.divide(wanted, total, out=np.ones_like(total), where=total > wanted)
    kept = kept * too_much[:, None]
    free = np.maximum(wanted - kept.sum(axis=1), 0.0)
    placed = kept + free[:, None] * new_share
    return placed, np.minimum(placed, held)
