"""Games over switches: what each switch, and each pair of them, contributes to an outcome over all 2^k settings.

An outcome is an array (2^k, ...) whose row is the setting: bit j of its number says whether switch j is on.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from market.units import FloatArray


def shapley_effects(outcome: FloatArray) -> FloatArray:
    """Shapley value of each switch, (k, ...): its mean effect over all orders in which switches are thrown.

    They sum to the outcome with all on less that with all off. Source: Shapley 1953.
    """
    switches = _switches(outcome)
    settings = np.arange(len(outcome))
    on = _count(settings)
    effects = []
    for switch in range(switches):
        before = settings[settings & (1 << switch) == 0]
        weight = np.array([factorial(c) * factorial(switches - c - 1) for c in on[before]]) / factorial(switches)
        effects.append(np.tensordot(weight, outcome[before | (1 << switch)] - outcome[before], axes=1))
    return np.array(effects)


def shapley_interactions(outcome: FloatArray) -> FloatArray:
    """Interaction of each pair of switches, (k, k, ...), symmetric, nan on the diagonal.

    How much more one adds where the other is on, averaged as in the Shapley value: above 0 for complements. Source:
    Grabisch and Roubens 1999.
    """
    switches = _switches(outcome)
    settings = np.arange(len(outcome))
    on = _count(settings)
    result = np.full((switches, switches, *outcome.shape[1:]), np.nan)
    for one in range(switches):
        for other in range(one + 1, switches):
            a, b = 1 << one, 1 << other
            before = settings[settings & (a | b) == 0]
            weight = np.array([factorial(c) * factorial(switches - c - 2) for c in on[before]])
            weight = weight / factorial(switches - 1)
            extra = outcome[before | a | b] - outcome[before | a] - outcome[before | b] + outcome[before]
            result[one, other] = result[other, one] = np.tensordot(weight, extra, axes=1)
    return result


def _switches(outcome: FloatArray) -> int:
    count = len(outcome).bit_length() - 1
    if len(outcome) != 1 << count or count < 1:
        raise ValueError(f"{len(outcome)} settings are no power of two; give every setting of every switch")
    return count


def _count(settings: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Number of switches that are on in each setting."""
    return np.array([int(setting).bit_count() for setting in settings])
