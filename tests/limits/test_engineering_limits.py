"""Limits of the engineering with known solutions: docs/model.md section 6, L20-L22 and L35-L36."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from market.fleet import Fleet
from market.labour import Labour
from market.pooling import erlang_c, mean_wait, serving_cost_per_mtok
from market.serving import SPARSE_REFERENCE, ReferenceModel, SelfHosting, self_host_cost
from market.units import FloatArray
from market.vendor import experience_curve


def test_l20_a_twenty_percent_experience_curve_costs_a_ninth_after_ten_doublings() -> None:
    exponent = -np.log2(0.8)
    assert exponent == pytest.approx(0.321928, abs=5e-7)
    doublings = np.arange(11)
    cost = experience_curve(2.0**doublings, 1.0, exponent)
    assert cost[-1] == pytest.approx(0.107374, abs=5e-7)
    assert np.diff(np.log(cost)) / np.diff(np.log(2.0**doublings)) == pytest.approx(-exponent)


def test_l21_waiting_follows_erlang() -> None:
    assert erlang_c(8.0, 6.0) == pytest.approx(0.356981, abs=5e-7)
    wait = mean_wait(8.0, 6.0, 1.0)
    assert wait == pytest.approx(0.178491, abs=1e-6)
    assert 6 * wait == pytest.approx(1.070943, abs=1e-6)
    assert mean_wait(1.0, 0.8, 1.0) == pytest.approx(4)
    assert 0.8 * mean_wait(1.0, 0.8, 1.0) + 0.8 == pytest.approx(4)  # queue 3.2 and the one in service
    assert mean_wait(2.0, 1.5, 1.0) == pytest.approx(1.285714, abs=1e-6)
    assert mean_wait(2.0, 2.0, 1.0) == float("inf")


def test_l22_a_steady_stream_of_orders_fills_the_pipeline_and_the_fleet() -> None:
    fleet = Fleet()
    fleet.install_site(commissioned=-1, megawatts=1e6, cents=0, life=1000)
    for month in range(100):
        fleet.commission(month, power_per_gpu=1.4, machine_life=60, site_life=240)
        fleet.order_machines(arrival=month + 20, count=100.0, cents=60_000)
        if month >= 80:
            assert fleet.count_on_order == pytest.approx(2000)
            assert fleet.count == pytest.approx(6000)
            assert fleet.depreciation_cents(month) == 60_000  # wear equals purchases in a steady state


@pytest.mark.parametrize(
    ("volume", "gpus", "infrastructure", "staff", "total", "share", "over_api", "tier"),
    [
        (3e7, 2, 83e3, 54e3, 142e3, 0.58, 212, (125e3, 190e3)),
        (1e8, 2, 83e3, 65e3, 153e3, 0.54, 69, (125e3, 190e3)),
        (3e8, 2, 83e3, 87e3, 175e3, 0.47, 26, (125e3, 190e3)),
        (3e9, 8, 284e3, 237e3, 550e3, 0.52, 8.2, (500e3, 820e3)),
        (5e9, 10, 355e3, 313e3, 697e3, 0.51, 6.2, (500e3, 820e3)),
        (1e11, 114, 4.04e6, 1.95e6, 6.29e6, 0.64, 2.8, (6e6, 12e6)),
        (1.5e11, 168, 5.96e6, 2.52e6, 8.78e6, 0.68, 2.6, (6e6, 12e6)),
        (2e11, 222, 7.88e6, 3.03e6, 11.2e6, 0.70, 2.5, (6e6, 12e6)),
    ],
)
def test_l35_self_hosting_costs_what_published_budgets_say(
    volume: float, gpus: int, infrastructure: float, staff: float, total: float, share: float, over_api: float,
    tier: tuple[float, float],
) -> None:
    cost = self_host_cost(volume)
    assert cost.gpus == gpus
    assert cost.total == pytest.approx(total, rel=5e-3)
    assert cost.infrastructure == pytest.approx(infrastructure, rel=5e-3)
    assert cost.staff == pytest.approx(staff, rel=1e-2)  # printed in whole thousands
    assert cost.infrastructure / cost.total == pytest.approx(share, abs=6e-3)
    assert cost.total / (12 * volume / 1e6 * 1.86) == pytest.approx(over_api, rel=2e-2)
    assert tier[0] <= cost.total <= tier[1]


def test_l35_a_mid_size_model_in_full_precision_costs_tens_of_thousands_a_month() -> None:
    host = SelfHosting(bytes_per_weight=2.0, spare_replicas=(0, 0, 0))
    cost = self_host_cost(
        1e8, "customer", model=ReferenceModel(active=70.0, total=70.0), gpu_hour_price=3.5, selfhost=host
    )
    assert cost.gpus == 8
    assert cost.infrastructure / 12 == pytest.approx(27_600, rel=1e-3)


def test_l35_three_specialists_cost_more_than_seven_hundred_thousand() -> None:
    labour = Labour()
    assert labour.machine_learning_engineer + labour.operations_engineer + labour.integrator == 710_000


VOLUMES = 10 ** np.linspace(9, 13, 8001)


@cache
def cost_per_mtok(calibration: str, service: str | None, sparse: bool) -> FloatArray:
    """Cost of a million tokens run by oneself at each of `VOLUMES`, USD."""
    model = SPARSE_REFERENCE if sparse else None
    yearly = [self_host_cost(volume, service, calibration, model=model).total for volume in VOLUMES]
    return np.array(yearly) / (12 * VOLUMES / 1e6)


def last_crossing(price: float, calibration: str, *, service: str | None = None, sparse: bool = False) -> float:
    """Volume from which self-hosting stays cheaper than a price per million tokens; infinite if it never does."""
    dearer = np.flatnonzero(cost_per_mtok(calibration, service, sparse) > price)[-1]
    return float("inf") if dearer + 1 == len(VOLUMES) else float(VOLUMES[dearer + 1])


@pytest.mark.parametrize(
    ("calibration", "sparse", "price", "volume"),
    [
        ("iceberg", False, 1.86, float("inf")),
        ("iceberg", False, 6.0, 5.5e10),
        ("iceberg", False, 10.0, 8.6e9),
        ("iceberg", True, 1.86, 8.1e11),
        ("iceberg", True, 6.0, 1.3e10),
        ("iceberg", True, 10.0, 4.5e9),
        ("lean", False, 1.86, 5.9e10),
        ("lean", False, 6.0, 3.8e9),
        ("lean", False, 10.0, 1.9e9),
    ],
)
def test_self_hosting_breaks_even_where_the_two_calibrations_say(
    calibration: str, sparse: bool, price: float, volume: float
) -> None:
    assert last_crossing(price, calibration, sparse=sparse) == pytest.approx(volume, rel=0.1)


def test_the_break_even_moves_when_the_service_class_is_held() -> None:
    assert last_crossing(6.0, "iceberg", service="customer") == pytest.approx(1.06e11, rel=0.1)
    assert last_crossing(1.86, "lean", service="customer") == pytest.approx(2.8e10, rel=0.1)


def test_l36_a_host_reaches_a_quarter_dollar_only_without_overhead() -> None:
    def cost(active: float, *, markup: float = 0.0, overhead: float = 0.0) -> float:
        return float(
            serving_cost_per_mtok(
                active=active, gpu_hour_price=2.5, load=0.65, efficiency=1.0, selfhost=SelfHosting(),
                overhead=overhead, markup=markup,
            )
        )

    assert cost(20.0) == pytest.approx(0.2307, abs=5e-5)
    assert cost(100.0) == pytest.approx(0.982, abs=5e-4)
    assert cost(20.0, markup=0.25) == pytest.approx(0.2883, abs=5e-5)
    assert cost(20.0, markup=0.25, overhead=0.35) == pytest.approx(0.3892, abs=5e-5)
