"""Machines a company owns: servers on its premises and devices on its desks.

Source of the equations: docs/model.md, M7 (on-prem, on-device). Servers are paid up front; what they cost an hour is an
annuity with power, space, maintenance and the hands that keep them running.
"""

from __future__ import annotations

import numpy as np

from market.pricing import annuity
from market.replicas import MEMORY_HEADROOM
from market.serving import Device, SelfHosting
from market.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, TOKENS_PER_MTOK, BoolArray, FloatArray

GPUS_PER_SERVER = 8
REFERENCE_DEVICE_ACTIVE = 8.0  # billion parameters of the model whose speed on a device is declared
JOULES_PER_KILOWATT_HOUR = 3.6e6


def servers_for(gpus: float | FloatArray) -> FloatArray:
    """Whole servers that hold so many accelerators."""
    return np.ceil(np.asarray(gpus) / GPUS_PER_SERVER)


def server_cost_per_month(selfhost: SelfHosting) -> float:
    """Capital, power, space and maintenance of one server, USD a month, without staff."""
    capital = selfhost.server_price * float(annuity(selfhost.server_interest, selfhost.server_life_months))
    return capital + server_running_cost_per_month(selfhost)


def server_running_cost_per_month(selfhost: SelfHosting) -> float:
    """Power, space and maintenance of one server, USD a month: what is paid after the purchase."""
    kilowatts = selfhost.server_power * selfhost.cooling_factor
    maintenance = selfhost.maintenance * selfhost.server_price / MONTHS_PER_YEAR
    return kilowatts * HOURS_PER_MONTH * selfhost.electricity_price + selfhost.colocation + maintenance


def owned_gpu_hour_cost(selfhost: SelfHosting, *, wage: float = 0.0) -> float:
    """Cost of an own accelerator, USD per GPU-hour owned: compare it with rent divided by utilisation.

    With a loaded yearly `wage` the hands that keep servers running are counted in.
    """
    hands = selfhost.server_staff * wage / MONTHS_PER_YEAR
    return (server_cost_per_month(selfhost) + hands) / (GPUS_PER_SERVER * HOURS_PER_MONTH)


def fits_device(total_billion: float | FloatArray, *, selfhost: SelfHosting, memory: float) -> BoolArray:
    """Whether a model of so many parameters runs in the `memory` of a device, GB."""
    return np.asarray(np.asarray(total_billion) * selfhost.bytes_per_weight * MEMORY_HEADROOM <= memory)


def device_energy_cost(active_billion: float | FloatArray, device: Device) -> FloatArray:
    """Electricity of a million tokens on a device, USD: a token takes energy in proportion to active parameters."""
    relative_size = np.asarray(active_billion) / REFERENCE_DEVICE_ACTIVE
    joules_per_token = device.power / device.tokens_per_second_8b * relative_size
    return joules_per_token * TOKENS_PER_MTOK / JOULES_PER_KILOWATT_HOUR * device.electricity_price
