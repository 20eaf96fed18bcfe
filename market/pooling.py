"""Shared serving: why a host of many tenants needs fewer accelerators than each of them alone, and how long they wait.

Peaks of independent tenants partly cancel, so that a pool runs at a higher load than any member; its utilisation
emerges from their number. Source of the equations: docs/model.md, M7; queues: Erlang (1917), M/M/c.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from market.frontier import SECONDS_PER_HOUR
from market.replicas import gpus_per_replica, replicas, staff
from market.serving import SelfHosting, staff_scale, throughput
from market.units import HOURS_PER_MONTH, TOKENS_PER_MTOK, FloatArray

CUSTOMER_FACING = 1  # service code: a host promises its tenants what a customer-facing service needs
POOL_COINCIDING, POOL_INDEPENDENT, POOL_CANCELLING = 0, 1, 2


def pooled_peak(peak_to_average: float, tenants: float | FloatArray, pooling: int) -> FloatArray:
    """Peak over average load of a pool of tenants, 1 at the least.

    Independent peaks shrink with the root of the number of tenants. Where tenants differ in size `tenants` is their
    effective number, 1 over the sum of squared shares: one giant among a thousand small ones is hardly pooled.
    """
    members = np.maximum(tenants, 1.0)
    if pooling == POOL_COINCIDING:
        return np.full_like(members, peak_to_average)
    if pooling == POOL_CANCELLING:
        return np.ones_like(members)
    return 1.0 + (peak_to_average - 1.0) / np.sqrt(members)


@dataclass(frozen=True)
class PooledService:
    """Accelerators behind one model at one host, GPU-hours a month."""

    held: float  # rented or kept for it
    busy: float  # computing

    @property
    def utilisation(self) -> float:
        """Busy over held; NaN for a service without machines."""
        return self.busy / self.held if self.held > 0 else float("nan")


def pooled_service(
    tokens: float, *, active: float, total: float, tenants: float, efficiency: float, selfhost: SelfHosting
) -> PooledService:
    """Accelerators a shared service of `tokens` a month holds and keeps busy; `active`, `total` billion parameters."""
    if tokens <= 0:
        return PooledService(held=0.0, busy=0.0)
    speed = float(throughput(active, efficiency, selfhost))
    cards = float(gpus_per_replica(total, selfhost.bytes_per_weight, selfhost.gpu_memory))
    copies = replicas(
        tokens, cards * speed, float(pooled_peak(selfhost.peak_customer, tenants, selfhost.pooling)),
        selfhost.operating_load, float(selfhost.smallest_replicas[CUSTOMER_FACING]),
        float(selfhost.spare_replicas[CUSTOMER_FACING]),
    )  # fmt: skip
    return PooledService(held=float(copies) * cards * HOURS_PER_MONTH, busy=tokens / (speed * SECONDS_PER_HOUR))


def gpu_hours_per_mtok(speed: float | FloatArray, load: float | FloatArray) -> FloatArray:
    """GPU-hours behind a million tokens at a throughput in tokens per second and a load in 0..1."""
    return TOKENS_PER_MTOK / (np.asarray(speed) * SECONDS_PER_HOUR * load)


def pooled_load(tenants: float | FloatArray, selfhost: SelfHosting) -> FloatArray:
    """Average load at which a large pool runs: the operating load, divided by what its peak stands above the mean."""
    return selfhost.operating_load / pooled_peak(selfhost.peak_customer, tenants, selfhost.pooling)


def marginal_gpu_hours_per_mtok(
    *, active: float | FloatArray, tenants: float | FloatArray, efficiency: float, selfhost: SelfHosting
) -> FloatArray:
    """GPU-hours that one more million tokens of a pooled service takes; replicas and spares left aside."""
    return gpu_hours_per_mtok(throughput(active, efficiency, selfhost), pooled_load(tenants, selfhost))


def serving_cost_per_mtok(
    *, active: float | FloatArray, gpu_hour_price: float | FloatArray, load: float | FloatArray, efficiency: float,
    selfhost: SelfHosting, overhead: float = 0.0, markup: float = 0.0,
) -> FloatArray:
    """Cost, or price with a mark-up, of a million tokens of a shared service, USD."""
    hours = gpu_hours_per_mtok(throughput(active, efficiency, selfhost), load)
    return hours * gpu_hour_price * (1 + overhead) * (1 + markup)


def shared_staff(tokens: float | FloatArray, *, efficiency: float, selfhost: SelfHosting) -> FloatArray:
    """Specialists of a host or lab that serves `tokens` a month, FTE.

    The curve runs over tokens divided by serving efficiency, that is over machines: what software makes cheap to
    compute takes no more hands (section 11 point 9).
    """
    scale = staff_scale(np.asarray(tokens) / efficiency, selfhost)
    return np.asarray(staff(scale, selfhost.staff_base, selfhost.staff_slope, selfhost.staff_multiplier))


def erlang_c(servers: float | FloatArray, load: float | FloatArray) -> FloatArray:
    """Probability that an arrival waits in an M/M/c queue of `servers`, offered `load` in servers; 1 when overloaded.

    Through Erlang's loss formula as a ratio of Poisson probabilities, exact for any number of servers.
    """
    count, offered = np.broadcast_arrays(np.asarray(servers, dtype=float), np.asarray(load, dtype=float))
    log_full = special.xlogy(count, offered) - offered - special.gammaln(count + 1)
    blocked = np.exp(log_full) / special.gammaincc(count + 1, offered)
    stable = offered < count
    idle_part = np.where(stable, count - offered * (1 - blocked), 1.0)
    return np.where(stable, count * blocked / idle_part, 1.0)


def mean_wait(servers: float, load: float, service_rate: float) -> float:
    """Mean time in the queue of an M/M/c, in units of 1/service_rate; infinite when overloaded."""
    if load >= servers:
        return float("inf")
    return float(erlang_c(servers, load)) / (servers * service_rate - load * service_rate)


def reliability(*, availability: float, latency_weight: float, waiting: float | FloatArray) -> FloatArray:
    """Share of its value that a service delivers: up, and prompt with probability 1 - `waiting` (M1, rel)."""
    return availability * (1 - latency_weight * np.asarray(waiting))
