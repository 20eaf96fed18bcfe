"""Replicas: how many accelerators and people a service of given volume needs, and what they cost.

Each rule is written once, in operations that mean the same for a number and for an array: called as it stands it works
on both, and the company kernel compiles it. Nothing here takes a power or a logarithm: throughput and the staff scale
`(tokens/5e9)**staff_exponent` come in ready.

Source of the equations: docs/model.md, M7.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from market.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, SECONDS_PER_MONTH

Amount: TypeAlias = Any  # a number or a float64 array; a result has the shape its arguments broadcast to

MEMORY_HEADROOM = 1.25  # memory of a replica over its weights: cache of attention keys and values, activations
LARGEST_REPLICA_DOUBLINGS = 16


def gpus_per_replica(total_billion: Amount, bytes_per_weight: float, gpu_memory: float) -> Amount:
    """Accelerators that hold one copy of a model: the power of two at or above what its weights need.

    `total_billion` parameters held, `gpu_memory` in GB. Doubling a float is exact, so no logarithm is rounded.
    """
    needed = np.ceil(total_billion * bytes_per_weight * MEMORY_HEADROOM / gpu_memory)
    cards = needed * 0.0 + 1.0
    for _ in range(LARGEST_REPLICA_DOUBLINGS):
        cards = cards + cards * (needed > cards)
    return cards


def replicas(
    tokens: Amount, replica_throughput: Amount, peak_to_average: Amount, operating_load: float, smallest: Amount,
    spare: Amount,
) -> Amount:
    """Copies of a model kept running for `tokens` a month: peak load at the operating load, spares and a floor.

    `replica_throughput` in tokens per second of one copy (GPUs of a replica times throughput of a GPU).
    """
    peak = tokens / SECONDS_PER_MONTH * peak_to_average
    return np.maximum(smallest, np.ceil(peak / (replica_throughput * operating_load)) + spare)


def visible_cost(tokens: Amount, replica_throughput: Amount, replica_gpus: Amount, gpu_hour_price: Amount) -> Amount:
    """Monthly bill a newcomer sees, USD: machines at average load, without peaks, spares, overhead or people (M10)."""
    copies = replicas(tokens, replica_throughput, 1.0, 1.0, 1.0, 0.0)
    return copies * replica_gpus * HOURS_PER_MONTH * gpu_hour_price


def staff(scale: Amount, base: float, slope: float, multiplier: float) -> Amount:
    """Specialists who keep a self-run service alive, FTE; `scale = (tokens/5e9)**staff_exponent`."""
    return multiplier * (base + slope * scale)


def integration_staff(scale: Amount, base: float, slope: float, route_multiplier: float) -> Amount:
    """Specialists who fit a route into the business, FTE; every route needs them (`integration_multipliers`)."""
    return route_multiplier * (base + slope * scale)


def self_run_cost(
    gpus: Amount, gpu_hour_price: Amount, overhead: float, staff_fte: Amount, wage: Amount, fixed: Amount
) -> Amount:
    """Monthly cost of running a model oneself, USD: machines with overhead, staff and fixed cost.

    `wage` and `fixed` are USD a year; `gpu_hour_price` is what the company pays per GPU-hour held.
    """
    machines = gpus * HOURS_PER_MONTH * gpu_hour_price * (1.0 + overhead)
    return machines + (staff_fte * wage + fixed) / MONTHS_PER_YEAR
