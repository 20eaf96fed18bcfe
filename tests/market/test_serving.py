"""What it takes to serve a model, and the bill of a company that hosts it itself."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from market import replicas
from market.labour import Labour
from market.serving import (
    SERVICES,
    Calibration,
    CalibrationError,
    ReferenceModel,
    SelfHosting,
    calibrated,
    self_host_cost,
    service_of_volume,
    staff_scale,
    throughput,
)


def test_a_model_twice_as_large_is_served_less_than_twice_as_slowly() -> None:
    host = SelfHosting()
    slowdown = throughput(35.0, 1.0, host) / throughput(70.0, 1.0, host)
    assert throughput(70.0, 1.0, host) == host.tokens_per_second_70b
    assert 1.8 < slowdown < 2.0


@pytest.mark.parametrize(
    ("total", "bytes_per_weight", "cards"),
    [(7, 1, 1), (32, 1, 1), (64, 1, 1), (65, 1, 2), (70, 1, 2), (70, 2, 4), (120, 1, 2), (405, 1, 8), (671, 1, 16)],
)
def test_a_replica_takes_the_power_of_two_of_accelerators_that_holds_the_weights(
    total: float, bytes_per_weight: float, cards: float
) -> None:
    assert replicas.gpus_per_replica(float(total), float(bytes_per_weight), 80.0) == cards


def test_a_small_service_keeps_its_floor_of_replicas_and_a_large_one_follows_its_peak() -> None:
    host = SelfHosting()
    speed = float(throughput(70.0, 1.0, host)) * 2
    small, large = replicas.replicas(np.array([1e6, 1e12]), speed, 3.0, host.operating_load, 4.0, 2.0)
    assert small == 4
    assert large == pytest.approx(1e12 / 2.628e6 * 3 / (speed * host.operating_load) + 2, abs=1)


def test_the_rules_compiled_for_one_company_equal_those_for_arrays_to_the_last_bit() -> None:
    totals = np.array([7.0, 64.0, 70.0, 280.0, 671.0])
    volumes = np.array([1e6, 3e8, 1e10, 3.3e11, 1e13])
    cards = replicas.gpus_per_replica(totals, 1.0, 80.0)
    copies = replicas.replicas(volumes, 1500.0 * cards, 4.0, 0.7, 2.0, 1.0)
    people = replicas.staff(staff_scale(volumes, SelfHosting()), 0.2, 1.15, 0.5)
    cost = replicas.self_run_cost(copies * cards, 2.5, 0.35, people, 2.3e5, 3e4)
    compiled_cards, compiled_copies, compiled_cost = (
        njit(rule) for rule in (replicas.gpus_per_replica, replicas.replicas, replicas.self_run_cost)
    )
    for i, total in enumerate(totals):
        assert compiled_cards(total, 1.0, 80.0) == cards[i]
        assert compiled_copies(volumes[i], 1500.0 * cards[i], 4.0, 0.7, 2.0, 1.0) == copies[i]
        assert compiled_cost(copies[i] * cards[i], 2.5, 0.35, people[i], 2.3e5, 3e4) == cost[i]


def test_a_dearer_gpu_hour_raises_only_the_infrastructure_bill() -> None:
    cheap, dear = (self_host_cost(5e9, "customer", gpu_hour_price=price) for price in (2.0, 3.0))
    assert dear.infrastructure == pytest.approx(1.5 * cheap.infrastructure)
    assert (dear.staff, dear.fixed, dear.gpus) == (cheap.staff, cheap.fixed, cheap.gpus)
    assert dear.total == dear.infrastructure + dear.staff + dear.fixed


def test_a_million_tokens_gets_cheaper_with_scale_within_a_class() -> None:
    volumes = (1e7, 1e8, 1e9, 1e10)
    per_mtok = [self_host_cost(volume, "customer").total / volume for volume in volumes]
    assert per_mtok == sorted(per_mtok, reverse=True)


def test_volume_decides_the_class_where_none_is_named() -> None:
    assert [service_of_volume(volume) for volume in (9e8, 1e9, 4.9e10, 5e10)] == [
        "internal", "customer", "customer", "core",
    ]  # fmt: skip
    assert self_host_cost(5e9) == self_host_cost(5e9, "customer")


def test_lean_engineering_is_cheaper_than_the_iceberg_at_every_volume_and_class() -> None:
    for volume in (1e7, 1e9, 1e11):
        for service in SERVICES:
            assert self_host_cost(volume, service, "lean").total < self_host_cost(volume, service, "iceberg").total


def test_a_scenarios_own_value_survives_the_lean_calibration() -> None:
    moved = calibrated(SelfHosting(tokens_per_second_70b=2000.0, peak_core=2.5), "lean")
    assert moved.tokens_per_second_70b == 2000.0
    assert moved.peak_core == 2.5
    assert (moved.peak_internal, moved.staff_multiplier, moved.price_multiplier) == (2.0, 0.5, 0.75)
    assert calibrated(moved, "iceberg") is moved


def test_every_route_needs_integration_and_self_running_has_it_in_its_staff() -> None:
    api, hosted, rented, premises, device = SelfHosting().integration_multipliers
    assert 0 < api < hosted < device
    assert (rented, premises) == (0, 0)


def test_wages_enter_the_staff_bill_in_proportion() -> None:
    doubled = Labour(
        machine_learning_engineer=520e3, operations_engineer=500e3, integrator=400e3, data_scientist=420e3
    )
    assert self_host_cost(1e10, labour=doubled).staff == pytest.approx(2 * self_host_cost(1e10).staff)


def test_a_reference_model_can_be_replaced() -> None:
    sparse = self_host_cost(1e11, model=ReferenceModel(active=20.0, total=120.0))
    assert sparse.infrastructure < self_host_cost(1e11).infrastructure / 2


@pytest.mark.parametrize("volume", [0.0, -1e9, float("nan"), float("inf")])
def test_a_volume_that_is_no_volume_is_refused(volume: float) -> None:
    with pytest.raises(ValueError, match="positive finite number"):
        self_host_cost(volume)


def test_unknown_services_and_calibrations_are_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="internal, customer, core"):
        self_host_cost(1e9, "gold")  # type: ignore[arg-type]
    with pytest.raises(CalibrationError, match="iceberg or lean"):
        self_host_cost(1e9, "core", "optimistic")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("volume", "calibration", "speed", "cards", "price"),
    [
        (1e8, "iceberg", 1500.0 * (70 / 32) ** 0.9, 1, 3.5), (4e9, "iceberg", 1500.0 * 2, 2, 3.0),
        (1e12, "iceberg", 1500.0 * 2, 2, 3.0), (1e12, "lean", 3000.0 * 3.5**0.9 * 2, 2, 2.25),
    ],
)  # fmt: skip
def test_what_a_newcomer_sees_are_machines_at_average_load(
    volume: float, calibration: Calibration, speed: float, cards: int, price: float
) -> None:
    seen = 12 * float(replicas.visible_cost(volume, speed, cards, price))
    assert self_host_cost(volume, calibration=calibration).visible == pytest.approx(seen)
