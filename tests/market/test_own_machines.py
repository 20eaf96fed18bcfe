"""Machines a company owns: servers and devices."""

from __future__ import annotations

import numpy as np
import pytest

from market.own_machines import (
    device_energy_cost,
    fits_device,
    owned_gpu_hour_cost,
    server_cost_per_month,
    server_running_cost_per_month,
    servers_for,
)
from market.serving import Device, SelfHosting


def test_an_own_accelerator_costs_two_dollars_thirty_three_an_hour_before_staff() -> None:
    assert owned_gpu_hour_cost(SelfHosting()) == pytest.approx(2.33, abs=5e-3)
    assert owned_gpu_hour_cost(SelfHosting(), wage=231e3) == pytest.approx(2.74, abs=5e-3)


def test_most_of_what_an_own_server_costs_is_the_server() -> None:
    host = SelfHosting()
    running = server_running_cost_per_month(host)
    assert running == pytest.approx(10.2 * 1.3 * 730 * 0.09 + 1500 + 0.08 * 350e3 / 12)
    assert 0.6 < 1 - running / server_cost_per_month(host) < 0.7


def test_servers_come_whole() -> None:
    assert servers_for(np.array([0.0, 1.0, 8.0, 9.0])) == pytest.approx([0, 1, 1, 2])


def test_only_small_models_fit_a_device() -> None:
    totals = np.array([7.0, 20.0, 25.6, 30.0, 120.0])
    fits = fits_device(totals, selfhost=SelfHosting(), memory=Device().memory)
    assert fits.tolist() == [True, True, True, False, False]
    assert fits_device(totals, selfhost=SelfHosting(), memory=128.0).tolist() == [True] * 4 + [False]


def test_a_larger_model_draws_more_energy_for_a_token() -> None:
    small, large = device_energy_cost(np.array([8.0, 20.0]), Device())
    assert small == pytest.approx(150 / 60 * 1e6 / 3.6e6 * 0.15)
    assert large == pytest.approx(2.5 * small)
