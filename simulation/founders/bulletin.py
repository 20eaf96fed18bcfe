"""What everyone can read before the first month."""

from __future__ import annotations

import numpy as np

from market.bulletin import Bulletin
from market.units import FloatArray


def founding_bulletin(
    *,
    clouds: int,
    offers: int,
    labs: FloatArray,
    buyers: int,
    rent: float,
    closed_price: float,
    machine_price: float,
    other_hours: float,
    other_row: int,
    tenants: float,
) -> Bulletin:
    """What is known before the first month: founding rents, no use, equal labs.

    `labs` (labs,) is 1 where one exists, 0 at a reserved seat.
    """
    share = labs / labs.sum() if labs.any() else labs
    hours = np.zeros(buyers)
    hours[other_row] = other_hours
    return Bulletin(
        month=-1,
        cloud_price=np.full(clouds, rent),
        load=np.zeros(clouds),
        rent=rent,
        offer_price=np.full(offers, np.nan),
        offer_available=np.zeros(offers, dtype=bool),
        closed_price=closed_price,
        founding_closed_price=closed_price,
        price_paid=np.full(2, closed_price),
        mean_price_paid=closed_price,
        adequacy=np.ones(2),
        adequate_price=closed_price,
        founding_adequate_price=closed_price,
        adoption_by_size=np.zeros(3),
        lab_share=share,
        lab_share_before=share,
        machine_price=machine_price,
        hosted_tokens={},
        hosted_tokens_before={},
        hours_by_buyer=hours,
        training_hours=0.0,
        self_rent_hours=np.zeros(clouds),
        self_rent_slope=np.zeros(clouds),
        tenants=np.full(offers, tenants),
        pooled_tokens=np.zeros(offers),
        waiting=np.zeros(offers),
        mean_active=1.0,
        mean_tenants=tenants,
        open_at_cost=False,
    )
