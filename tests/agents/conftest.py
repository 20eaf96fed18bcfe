"""Worlds small enough to reason about: identical companies facing a handful of offers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from agents.offers import Circumstances, OfferSheet
from agents.preferences import Demand, LockIn
from agents.terms import Workloads
from benchmarks.worlds import World
from market.labour import Labour
from market.serving import SelfHosting

OFFER = {
    "available": True, "route": 0, "nest": 0, "model": 0, "seller": 0, "vendor": 0, "host_cloud": -1, "exposure": 0.0,
    "exposure_tenant": 0.0, "price": 1.0, "quality": 150.0, "active": 70.0, "total": 70.0, "open": False, "outsider":
    False, "foreign": 0,
    "reliability": 1.0, "expected_rise": 0.0,
}  # fmt: skip
DTYPES = {
    "available": bool, "route": np.int8, "nest": np.int8, "model": np.int16, "seller": np.int16, "vendor": np.int16,
    "host_cloud": np.int16, "open": bool, "outsider": bool, "foreign": np.uint8,
}  # fmt: skip
WORKLOAD = {
    "share": 1.0, "volume": 1e8, "value": 50.0, "sensitivity": 0.0, "need": 100.0, "sla": 0, "reference_price": 1.0,
    "held": -1, "held_quality": 0.0, "accepted_bill": 0.0, "tenure": 0, "taste_month": 0, "reviewed": 0,
    "taste": 0.0, "data_tb": 0.0,
}  # fmt: skip
COMPANY = {
    "company_volume": 1e8, "segment": 0, "sector": 0, "jurisdiction": 0, "regulated": False, "tenancy": 40,
    "known": 2**40 - 1, "accounts": 2**40 - 1, "aware_open": True, "adopted": True, "dominant": -1,
    "belief_mean": 0.0, "stigma": 0.0,
}  # fmt: skip
INTEGERS = {
    "sla": np.uint8, "held": np.int16, "tenure": np.int16, "taste_month": np.int16, "reviewed": np.int16,
    "segment": np.uint8,
    "sector": np.uint8, "jurisdiction": np.uint8, "regulated": bool, "tenancy": np.int16, "known": np.uint64,
    "accounts": np.uint64,
    "aware_open": bool, "adopted": bool, "dominant": np.int16,
}  # fmt: skip
FRICTIONLESS = {
    "friction_hosted": 0.0, "friction_self": 0.0, "friction_developer": 0.0, "aversion_foreign": 0.0,
    "privacy_weight": 0.0, "holdup_weight": 0.0,
}  # fmt: skip


def small_world(
    offers: list[dict[str, Any]],
    *,
    companies: int = 1,
    demand: dict[str, float] | None = None,
    lockin: dict[str, float] | None = None,
    selfhost: dict[str, float] | None = None,
    labour: dict[str, float] | None = None,
    intensity: float = 1.0,
    **columns: Any,
) -> World:
    """`companies` one-workload companies facing `offers`; every unnamed attribute is the plainest one."""
    sheet = OfferSheet(
        **{
            name: np.array([offer.get(name, plain) for offer in offers], dtype=DTYPES.get(name, np.float64))
            for name, plain in OFFER.items()
        }
    )
    filled = {
        name: np.broadcast_to(np.asarray(columns.get(name, plain), dtype=INTEGERS.get(name, np.float64)), companies)
        for name, plain in (WORKLOAD | COMPANY).items()
    }
    return World(
        workloads=Workloads(
            company=np.arange(companies, dtype=np.int32), **{name: np.array(values) for name, values in filled.items()}
        ),
        sheet=sheet,
        circumstances=Circumstances(
            intensity=intensity, value_exponent=0.5, serving_efficiency=1.0, first_use_months=1.0, device_memory=32.0,
            experience=np.zeros((1, 3)),
        ),
        demand=Demand(**(FRICTIONLESS | (demand or {}))),
        lockin=LockIn(**(lockin or {})),
        selfhost=SelfHosting(**(selfhost or {})),
        labour=Labour(**(labour or {})),
        true_beliefs=1,
    )  # fmt: skip


@pytest.fixture
def make_world() -> Callable[..., World]:
    """Builder of small worlds."""
    return small_world
