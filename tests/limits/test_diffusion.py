"""Diffusion by own interest and by peers: docs/model.md section 6, L18 and L19 (Bass 1969)."""

from __future__ import annotations

import numpy as np
import pytest

from market.chance import Chance, Mechanism
from market.units import FloatArray

P, Q = 0.03, 0.38  # per year: own interest, influence of those who have adopted


def bass_share(years: FloatArray | float) -> FloatArray:
    """Share that has adopted in the continuous model."""
    decay = np.exp(-(P + Q) * np.asarray(years))
    return (1 - decay) / (1 + Q / P * decay)


def mean_field(months: int) -> FloatArray:
    """Share that has adopted when hazards act month by month: the limit of many companies; (months + 1,)."""
    share = np.zeros(months + 1)
    for month in range(months):
        share[month + 1] = share[month] + (1 - share[month]) * -np.expm1(-(P + Q * share[month]) / 12)
    return share


def test_l18_adoption_peaks_when_imitation_has_caught_up() -> None:
    peak = np.log(Q / P) / (P + Q)
    assert peak == pytest.approx(6.192619, abs=1e-6)
    assert bass_share(peak) == pytest.approx(0.460526, abs=1e-6)
    assert (P + Q * bass_share(peak)) * (1 - bass_share(peak)) == pytest.approx(0.110592, abs=1e-6)
    assert bass_share(np.array([5.0, 10.0])) == pytest.approx([0.331199, 0.812803], abs=1e-6)


def test_l19_monthly_hazards_lag_a_little_behind_the_continuous_model() -> None:
    share = mean_field(120)
    assert share[[60, 120]] == pytest.approx([0.324166, 0.806342], abs=1e-6)
    assert (share[1:] < bass_share(np.arange(1, 121) / 12)).all()


def test_l19_many_companies_drawing_their_own_luck_follow_the_mean_field() -> None:
    companies, worlds = 2000, 20
    reached = []
    for world in range(1, worlds + 1):
        chance = Chance(world)
        adopted = np.zeros(companies, dtype=bool)
        for month in range(60):
            hazard = (P + Q * adopted.mean()) / 12
            luck = chance.uniform(Mechanism.READINESS, month=month, entity=np.arange(companies))
            adopted |= luck < -np.expm1(-hazard)
        reached.append(adopted.mean())
    standard_error = np.std(reached, ddof=1) / np.sqrt(worlds)
    assert abs(np.mean(reached) - mean_field(60)[60]) < 3 * standard_error
