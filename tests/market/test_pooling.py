"""Shared serving: pooled peaks, host cost and waiting."""

from __future__ import annotations

import numpy as np
import pytest

from market.pooling import (
    POOL_CANCELLING,
    POOL_COINCIDING,
    POOL_INDEPENDENT,
    PooledService,
    erlang_c,
    marginal_gpu_hours_per_mtok,
    pooled_load,
    pooled_peak,
    pooled_service,
    reliability,
    serving_cost_per_mtok,
    shared_staff,
)
from market.serving import SelfHosting

HOST = SelfHosting()


def service(tokens: float, tenants: float, efficiency: float = 1.0) -> PooledService:
    return pooled_service(
        tokens, active=20.0, total=120.0, tenants=tenants, efficiency=efficiency, selfhost=HOST
    )


def test_independent_peaks_shrink_with_the_root_of_the_number_of_tenants() -> None:
    tenants = np.array([0.0, 1.0, 9.0, 1e6])
    assert pooled_peak(4.0, tenants, POOL_INDEPENDENT) == pytest.approx([4, 4, 2, 1.003])
    assert (pooled_peak(4.0, tenants, POOL_COINCIDING) == 4).all()
    assert (pooled_peak(4.0, tenants, POOL_CANCELLING) == 1).all()


def test_a_shared_service_runs_at_a_higher_load_the_more_tenants_it_has() -> None:
    loads = [service(1e14, tenants).utilisation for tenants in (1, 10, 1000)]
    assert loads == sorted(loads)
    assert loads[-1] == pytest.approx(float(pooled_load(1000, HOST)), abs=0.01)
    assert loads[-1] < HOST.operating_load


def test_a_service_without_users_holds_no_machines() -> None:
    idle = service(0.0, 10)
    assert (idle.held, idle.busy) == (0, 0)
    assert np.isnan(idle.utilisation)


def test_a_new_service_holds_its_floor_of_replicas_nearly_idle() -> None:
    small = service(1e7, 3)
    assert small.held == 2 * 2 * 730  # two replicas of two accelerators
    assert small.utilisation < 0.01


def test_marginal_hours_are_what_more_volume_adds_in_a_large_pool() -> None:
    per_mtok = (service(2e13, 400).held - service(1e13, 400).held) / 1e7
    marginal = marginal_gpu_hours_per_mtok(active=20.0, tenants=400, efficiency=1.0, selfhost=HOST)
    assert per_mtok == pytest.approx(float(marginal), rel=1e-3)


def test_better_serving_software_saves_machines_and_hands() -> None:
    assert service(1e13, 100, efficiency=2.0).busy == pytest.approx(service(1e13, 100).busy / 2)
    assert shared_staff(2e13, efficiency=2.0, selfhost=HOST) == shared_staff(1e13, efficiency=1.0, selfhost=HOST)


def test_a_host_at_scale_serves_a_million_tokens_for_less_than_a_company_alone() -> None:
    alone, shared = (
        serving_cost_per_mtok(
            active=20.0, gpu_hour_price=2.5, load=pooled_load(tenants, HOST), efficiency=1.0, selfhost=HOST
        )
        for tenants in (1, 500)
    )
    assert alone / shared == pytest.approx(float(pooled_peak(4.0, 1, 1) / pooled_peak(4.0, 500, 1)))
    assert alone > 3 * shared


def test_waiting_is_rarer_in_a_large_pool_at_the_same_load() -> None:
    waits = erlang_c(np.array([1.0, 10.0, 100.0, 1e5]), np.array([0.9, 9.0, 90.0, 9e4]))
    assert waits[0] == pytest.approx(0.9)
    assert (np.diff(waits) < 0).all()
    assert erlang_c(4.0, 4.0) == 1
    assert erlang_c(4.0, 0.0) == 0


def test_a_service_is_worth_less_where_its_users_wait() -> None:
    assert reliability(availability=0.999, latency_weight=0.1, waiting=0.0) == 0.999
    assert reliability(availability=1.0, latency_weight=0.1, waiting=1.0) == pytest.approx(0.9)
