"""The fixed sample of workload slots on which dear measures are taken (house rules: dear measures)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.chance import Chance, Mechanism
from market.units import BoolArray, FloatArray, IntArray

LARGEST_PART = 8  # the most valuable workloads of a month, as many as an eighth of the panel, are all measured
BY_VALUE = 0.5  # of the sample is drawn by volume, for shares of value; the rest firm by firm, for means over firms


@dataclass(frozen=True)
class ControlPanel:
    """Slots drawn once at founding, the same in every arm and month, and the slots each stands for."""

    rows: IntArray  # (n,) ascending
    stands_for: FloatArray  # (n,) one over the chance of being drawn


@dataclass(frozen=True)
class Sample:
    """Live workloads measured in a month; (n,) each, in the order of slots."""

    rows: IntArray
    stands_for: FloatArray  # live workloads of the population behind each
    certain: BoolArray  # one of the most valuable, which are all measured


def sample_of_month(panel: ControlPanel, *, live: BoolArray, holders: IntArray, value: FloatArray) -> Sample:
    """The panel's live workloads, and with certainty the most valuable of all the `holders` of an offer.

    live (slots,); value (holders,) of all firms behind each, ascending slots. Values are so unequal that a few giants
    the panel missed would carry its error.
    """
    rows = panel.rows[live[panel.rows]]
    most = len(panel.rows) // LARGEST_PART
    largest = np.zeros(len(live), dtype=bool)
    if 0 < most < len(holders):
        largest[holders[value >= np.partition(value, -most)[-most]]] = True
    stands_for = np.zeros(len(live))
    stands_for[rows] = panel.stands_for[live[panel.rows]]
    stands_for[largest] = 1.0
    measured = np.flatnonzero(stands_for > 0)
    return Sample(rows=measured, stands_for=stands_for[measured], certain=largest[measured])


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
    inclusion = _chances(BY_VALUE * _part(volume[eligible]) + (1 - BY_VALUE) * _part(firms[eligible]), size)
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
