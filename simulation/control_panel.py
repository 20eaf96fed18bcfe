"""The fixed sample of workload slots on which dear measures are taken (house rules: dear measures)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.chance import Chance, Mechanism
from market.units import FloatArray, IntArray

BY_VALUE = 0.5  # of the sample is drawn by volume, for shares of value; the rest firm by firm, for means over firms


@dataclass(frozen=True)
class ControlPanel:
    """Slots drawn once at founding, the same in every arm and month, and the slots each stands for."""

    rows: IntArray  # (n,) ascending
    stands_for: FloatArray  # (n,) one over the chance of being drawn


def control_panel(
    chance: Chance, *, volume: FloatArray, firms: FloatArray, strata: IntArray, eligible: IntArray, size: int
) -> ControlPanel:
    """Draw `size` of the `eligible` slots, or take all where they are fewer.

    volume (slots,) tokens a month of the real firms behind a slot, firms (slots,) the real firms times the slot's share
    of its company, strata (slots,) codes. Systematic sampling with unequal chances along the slots ordered by stratum
    and volume, which stratifies by both; a slot whose chance would exceed 1 is taken for certain (Madow 1949).
    """
    if len(eligible) <= size:
        return ControlPanel(rows=eligible, stands_for=np.ones(len(eligible)))
    measure = BY_VALUE * _part(volume[eligible]) + (1 - BY_VALUE) * _part(firms[eligible])
    inclusion = _chances(measure, size)
    order = np.lexsort((eligible, volume[eligible], strata[eligible]))
    start = float(chance.uniform(Mechanism.CONTROL_PANEL))
    passed = np.floor(np.cumsum(inclusion[order]) - start)
    drawn = order[np.diff(passed, prepend=np.floor(-start)) > 0]
    chosen = np.sort(drawn)
    return ControlPanel(rows=eligible[chosen], stands_for=1.0 / inclusion[chosen])


def _part(measure: FloatArray) -> FloatArray:
    """Shares of the sum; equal shares where there is nothing to share."""
    total = measure.sum()
    return measure / total if total > 0 else np.full(len(measure), 1.0 / len(measure))


def _chances(measure: FloatArray, size: int) -> FloatArray:
    """Chances in proportion to a positive measure that sum to `size`, none above 1."""
    certain = np.zeros(len(measure), dtype=bool)
    while True:
        left = np.where(certain, 0.0, measure)
        chances = np.where(certain, 1.0, left * ((size - certain.sum()) / left.sum()))
        if not (chances > 1.0).any():
            return chances
        certain |= chances >= 1.0
