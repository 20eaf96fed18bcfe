"""Points that fill a cube evenly: Latin hypercubes and scrambled Sobol sequences.

The library's generators get their seed from `Chance`, so that a design is the same wherever it is read.
"""

from __future__ import annotations

from market.units import FloatArray


def unit_points(method: str, *, points: int, factors: int, seed: int) -> FloatArray:
    """Points in the unit cube, (points, factors); `method` is latin_hypercube or sobol, which wants a power of two."""
    from scipy.stats import qmc

    from market.chance import Chance, Mechanism

    entropy = int(Chance(seed).bits(Mechanism.DESIGN))
    sampler = qmc.Sobol if method == "sobol" else qmc.LatinHypercube
    unit: FloatArray = sampler(factors, rng=entropy).random(points)
    return unit
