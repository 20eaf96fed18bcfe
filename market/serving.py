"""What it takes to serve a model: throughput, memory, staff, and the bill of a company that hosts it itself.

Source of the equations: docs/model.md, M7. Two calibrations are always run: `iceberg` reproduces published invoices of
self-hosting (facts 4.01-4.05), `lean` the engineering write-ups (facts 3.06, 3.09, 4.14); they differ about tenfold.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from market.labour import Labour, loaded_wage
from market.parameters import ParameterGroup, quantity
from market.replicas import gpus_per_replica, replicas, self_run_cost, staff, visible_cost
from market.units import MONTHS_PER_YEAR, FloatArray

Calibration = Literal["iceberg", "lean"]
Service = Literal["internal", "customer", "core"]

SERVICES: tuple[Service, ...] = ("internal", "customer", "core")  # codes 0, 1, 2
REFERENCE_ACTIVE = 70.0  # billion parameters: the size whose throughput is declared
STAFF_REFERENCE_VOLUME = 5e9  # tokens a month at which the staff scale is 1


class SelfHosting(ParameterGroup):
    """Engineering and staffing of inference, and what a company pays to run an open model itself."""

    tokens_per_second_70b: float = quantity(
        1500.0, unit="tokens/s/GPU", meaning="blended throughput of a 70-billion-parameter model on one H100e",
        low=600, high=3000, least=1, source="fact 3.05", symbol="th70",
    )
    size_exponent: float = quantity(
        0.9, unit="1", meaning="fall of throughput with active parameters", low=0.7, high=1.0, source="fact 3.02",
        most=3, symbol="beta_size",
    )
    operating_load: float = quantity(
        0.7, unit="share", meaning="load of a replica beyond which answers become too slow", low=0.5, high=0.85,
        least=0.01, most=1.0, symbol="rho_op",
    )
    overhead: float = quantity(
        0.35, unit="share", meaning="storage, network, monitoring and idle tests on top of the GPU bill", low=0.2,
        high=0.5, symbol="oh",
    )
    bytes_per_weight: float = quantity(
        1.0, unit="bytes", meaning="memory of one parameter (1 = 8-bit)", low=0.5, high=2, least=0.1,
        source="fact 3.01", symbol="bytes",
    )
    gpu_memory: float = quantity(
        80.0, unit="GB/GPU", meaning="memory of one H100e", low=80, high=141, least=1, source="fact 3.01",
        most=1e7, symbol="mem_gpu",
    )
    peak_internal: float = quantity(
        6.0, unit="1", meaning="peak over average load of an internal service", low=3, high=10, least=1,
        symbol="par_int",
    )
    peak_customer: float = quantity(
        4.0, unit="1", meaning="peak over average load of a customer-facing service", low=2, high=6, least=1,
        symbol="par_cust",
    )
    peak_core: float = quantity(
        3.0, unit="1", meaning="peak over average load of a core service", low=1.5, high=4, least=1, symbol="par_core"
    )
    smallest_replicas: tuple[int, ...] = quantity(
        (2, 2, 4), unit="replicas", meaning="fewest copies kept running: internal, customer, core", least=1,
        symbol="r_min",
    )
    spare_replicas: tuple[int, ...] = quantity(
        (0, 1, 2), unit="replicas", meaning="copies kept in reserve: internal, customer, core", symbol="n_plus"
    )
    fixed_internal: float = quantity(
        5e3, unit="USD/year", meaning="tools and audits of an internal service", low=0, high=2e4, most=1e13,
        symbol="fix_int",
    )
    fixed_customer: float = quantity(
        3e4, unit="USD/year", meaning="tools and audits of a customer-facing service", low=1e4, high=6e4,
        most=1e13, symbol="fix_cust",
    )
    fixed_core: float = quantity(
        3e5, unit="USD/year", meaning="tools and audits of a core service", low=1e5, high=6e5, most=1e13,
        symbol="fix_core",
    )
    staff_base: float = quantity(
        0.20, unit="FTE", meaning="staff of the smallest self-run service", low=0.1, high=0.5, symbol="fte0"
    )
    staff_slope: float = quantity(
        1.15, unit="FTE", meaning="further staff at 5e9 tokens a month", low=0.6, high=2.0, symbol="fte1"
    )
    staff_exponent: float = quantity(
        0.65, unit="1", meaning="growth of staff with volume", low=0.5, high=0.8, most=2, symbol="fte_exp"
    )
    staff_multiplier: float = quantity(
        1.0, unit="1", meaning="staff over the rule's staff", low=0.5, high=1, symbol="fte_mult"
    )
    price_multiplier: float = quantity(
        1.0, unit="1", meaning="price paid by a self-renter over the posted GPU-hour price", low=0.75, high=1,
        symbol="self_price_mult",
    )
    integration_base: float = quantity(
        0.0, unit="FTE", meaning="integration staff of the smallest route", low=0.0, high=0.2, symbol="int_base"
    )
    integration_slope: float = quantity(
        0.25, unit="FTE", meaning="further integration staff at 5e9 tokens a month", low=0.1, high=0.5,
        symbol="int_slope",
    )
    integration_api: float = quantity(
        0.5, unit="1", meaning="integration of a closed API over self-running", low=0.2, high=1, symbol="int_api"
    )
    integration_hosted: float = quantity(
        0.7, unit="1", meaning="integration of a hosted open model over self-running", low=0.3, high=1,
        symbol="int_hosted",
    )
    pooling: int = quantity(
        1, unit="0|1|2", meaning="peaks of tenants of a shared host: 0 coincide, 1 independent, 2 cancel out", low=0,
        high=2, most=2, symbol="pool",
    )
    server_price: float = quantity(
        350e3, unit="USD/server", meaning="server of eight accelerators on own premises", low=200e3, high=450e3,
        source="fact 2.11", symbol="srv_cost",
    )
    server_staff: float = quantity(
        0.125, unit="FTE/server", meaning="hands that keep an own server running", low=0.06, high=0.25,
        source="fact 4.13", symbol="srv_fte",
    )
    server_lead_months: int = quantity(
        3, unit="months", meaning="order to power-on of an own server", low=1, high=6, symbol="srv_lead"
    )
    server_life_months: int = quantity(
        48, unit="months", meaning="life of an own server", low=36, high=72, least=1, source="fact 2.17",
        symbol="srv_life",
    )
    server_interest: float = quantity(
        0.10, unit="1/year", meaning="cost of capital of a company that buys servers", low=0.07, high=0.15,
        symbol="srv_wacc",
    )
    server_power: float = quantity(
        10.2, unit="kW/server", meaning="power of an own server", low=8, high=12, symbol="srv_kw"
    )
    cooling_factor: float = quantity(
        1.3, unit="1", meaning="power of the site over power of its servers", low=1.1, high=1.8, least=1, symbol="pue"
    )
    electricity_price: float = quantity(
        0.09, unit="USD/kWh", meaning="industrial electricity", low=0.05, high=0.2, symbol="kwh_price"
    )
    colocation: float = quantity(
        1500.0, unit="USD/server/month", meaning="rack space of an own server", low=800, high=2500, symbol="colo"
    )
    maintenance: float = quantity(
        0.08, unit="1/year", meaning="maintenance contract over the price of a server", low=0.04, high=0.15,
        symbol="srv_maint",
    )

    @property
    def peak_to_average(self) -> FloatArray:
        """Peak over average load by service code; (3,)."""
        return np.array([self.peak_internal, self.peak_customer, self.peak_core])

    @property
    def fixed_cost(self) -> FloatArray:
        """Fixed cost by service code, USD a year; (3,)."""
        return np.array([self.fixed_internal, self.fixed_customer, self.fixed_core])

    @property
    def integration_multipliers(self) -> FloatArray:
        """Integration staff by route code over that of running a model oneself; (5,).

        Self-rent and on-premises are 0: their integrators are part of the staff curve. A device has no such curve.
        """
        return np.array([self.integration_api, self.integration_hosted, 0.0, 0.0, 1.0])


class Device(ParameterGroup):
    """Running a small model on a machine one has anyway."""

    memory: float = quantity(
        32.0, unit="GB", meaning="memory of a device that may hold a model", low=8, high=128, source="fact 6.04",
        symbol="mem_dev",
    )
    quality_lag_months: int = quantity(
        9, unit="months", meaning="months by which models for devices trail the best open model", low=6, high=12,
        source="fact 6.04", most=120, symbol="dev_lag",
    )
    power: float = quantity(
        150.0, unit="W", meaning="extra power drawn while a device answers", low=40, high=400, least=0.01,
        symbol="dev_watts",
    )
    tokens_per_second_8b: float = quantity(
        60.0, unit="tokens/s", meaning="speed of a device with a model of 8 billion active parameters", low=20,
        high=150, least=0.1, symbol="dev_speed",
    )
    electricity_price: float = quantity(
        0.15, unit="USD/kWh", meaning="electricity at the desk", low=0.08, high=0.35, least=1e-4,
        source="fact 2.26", symbol="dev_kwh",
    )


LEAN = {
    "tokens_per_second_70b": 3000.0,
    "peak_internal": 2.0,
    "peak_customer": 2.0,
    "peak_core": 2.0,
    "staff_multiplier": 0.5,
    "price_multiplier": 0.75,
}


class CalibrationError(ValueError):
    """A calibration that does not exist was asked for."""


def calibrated(selfhost: SelfHosting, calibration: Calibration) -> SelfHosting:
    """The self-hosting parameters under a calibration: as they stand, or with the engineers' optimism of `lean`.

    A parameter that a scenario moved away from its declared default keeps the scenario's value under both. (Setting one
    explicitly to its declared default therefore does not protect it from `lean`.) Raises `CalibrationError`.
    """
    if calibration == "iceberg":
        return selfhost
    if calibration != "lean":
        raise CalibrationError(f"calibration {calibration!r} does not exist; choose iceberg or lean")
    declared = SelfHosting()
    untouched = {name: value for name, value in LEAN.items() if getattr(selfhost, name) == getattr(declared, name)}
    return selfhost.model_copy(update=untouched)


def throughput(active_billion: float | FloatArray, efficiency: float, selfhost: SelfHosting) -> FloatArray:
    """Tokens per second of one accelerator serving a model with that many active parameters (M7)."""
    relative_size = REFERENCE_ACTIVE / np.asarray(active_billion)
    return selfhost.tokens_per_second_70b * relative_size**selfhost.size_exponent * efficiency


def staff_scale(tokens_per_month: float | FloatArray, selfhost: SelfHosting) -> FloatArray:
    """`(tokens/5e9)**staff_exponent`, what all staff curves share; 1 at 5e9 tokens a month."""
    return (np.asarray(tokens_per_month) / STAFF_REFERENCE_VOLUME) ** selfhost.staff_exponent


def service_of_volume(tokens_per_month: float) -> Service:
    """The class of service a company of that volume typically runs in the reference table of M7."""
    return "internal" if tokens_per_month < 1e9 else "customer" if tokens_per_month < 5e10 else "core"


@dataclass(frozen=True)
class ReferenceModel:
    """Size of the model that the reference table serves, billions of parameters."""

    active: float
    total: float


REFERENCE_PRICE = {"internal": 3.5, "customer": 3.0, "core": 3.0}  # USD per GPU-hour
DENSE_REFERENCE = {
    "internal": ReferenceModel(active=32.0, total=32.0),
    "customer": ReferenceModel(active=70.0, total=70.0),
    "core": ReferenceModel(active=70.0, total=70.0),
}
SPARSE_REFERENCE = ReferenceModel(active=20.0, total=120.0)  # mixture of experts
SPARSE_FROM_VOLUME = 1e9  # tokens a month from which the lean table serves it


@dataclass(frozen=True)
class SelfHostCost:
    """Cost of running a model oneself: accelerators, people, and USD a year."""

    gpus: float
    staff_fte: float
    infrastructure: float
    staff: float
    fixed: float
    visible: float  # of it what a newcomer sees: machines at average load (M10)

    @property
    def total(self) -> float:
        """USD a year."""
        return self.infrastructure + self.staff + self.fixed


def self_host_cost(
    tokens_per_month: float,
    service: Service | None = None,
    calibration: Calibration = "iceberg",
    *,
    model: ReferenceModel | None = None,
    gpu_hour_price: float | None = None,
    selfhost: SelfHosting | None = None,
    labour: Labour | None = None,
) -> SelfHostCost:
    """Yearly cost of self-hosting `tokens_per_month`, at the reference model and price of the service class (M7).

    `service` defaults to the class typical of the volume. Keywords replace the reference model, the price per GPU-hour
    (before the calibration's discount) and the parameters. Raises `ValueError` for an unknown service, a volume that is
    not positive or an unknown calibration.
    """
    if not 0 < tokens_per_month < np.inf:
        raise ValueError(f"tokens_per_month is {tokens_per_month!r}; give a positive finite number")
    service = service or service_of_volume(tokens_per_month)
    if service not in SERVICES:
        raise ValueError(f"service {service!r} does not exist; choose one of {', '.join(SERVICES)}")
    host = calibrated(selfhost or SelfHosting(), calibration)
    sparse = calibration == "lean" and tokens_per_month >= SPARSE_FROM_VOLUME
    served = model or (SPARSE_REFERENCE if sparse else DENSE_REFERENCE[service])
    price = (REFERENCE_PRICE[service] if gpu_hour_price is None else gpu_hour_price) * host.price_multiplier

    code = SERVICES.index(service)
    cards = gpus_per_replica(served.total, host.bytes_per_weight, host.gpu_memory)
    capacity = cards * float(throughput(served.active, 1.0, host))
    copies = replicas(
        tokens_per_month, capacity, float(host.peak_to_average[code]),
        host.operating_load, float(host.smallest_replicas[code]), float(host.spare_replicas[code]),
    )  # fmt: skip
    scale = float(staff_scale(tokens_per_month, host))
    people = staff(scale, host.staff_base, host.staff_slope, host.staff_multiplier)
    machines = self_run_cost(float(copies * cards), price, host.overhead, 0.0, 0.0, 0.0)
    return SelfHostCost(
        gpus=float(copies * cards),
        staff_fte=people,
        infrastructure=MONTHS_PER_YEAR * machines,
        staff=people * float(loaded_wage(tokens_per_month, labour or Labour())),
        fixed=float(host.fixed_cost[code]),
        visible=MONTHS_PER_YEAR * float(visible_cost(tokens_per_month, capacity, cards, price)),
    )
