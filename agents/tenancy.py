"""Where companies run their ordinary business: who moves into a cloud, when a tenancy pays to move, and to where.

Ordinary (non-AI) business is rented from one cloud, the company's tenancy. It moves only when its company looks at it
again and finds posted prices above a rival's by more than the annualised bill of moving. Companies that still run their
ordinary business on premises move into some cloud in time and choose it by price and name.

Source of the equations: docs/model.md, "Clouds' ordinary business" and M11.
"""

from __future__ import annotations

import numpy as np

from market.parameters import ParameterGroup, quantity
from market.units import MONTHS_PER_YEAR, FloatArray, IntArray

ON_PREMISES = -1  # tenancy of a company whose ordinary business runs in no cloud


class Tenancy(ParameterGroup):
    """Ordinary cloud business of the companies: who has it, and what moves it."""

    at_start: tuple[float, ...] = quantity(
        (0.27, 0.38, 0.48), unit="share",
        meaning="companies of 10-49, 50-249, 250+ employees whose ordinary business runs in a cloud at month 0",
        low=(0.2, 0.3, 0.4), high=(0.45, 0.6, 0.8), most=1.0, symbol="ten0",
    )  # fmt: skip
    arrival: float = quantity(
        0.0052, unit="1/month", meaning="hazard at which another company moves its ordinary business into a cloud",
        low=0.0025, high=0.01, most=1.0, symbol="ten_arr",
    )  # fmt: skip
    taste_spread: float = quantity(
        0.5, unit="ln price", meaning="spread of newcomers' tastes for clouds in their ordinary business", low=0.1,
        high=0.8, least=0.01, symbol="ten_tau",
    )  # fmt: skip
    machine_share: float = quantity(
        0.25, unit="share",
        meaning="part of an ordinary bill that follows the cloud's posted price of machine time, the rest being alike",
        low=0.1, high=0.5, most=1.0, symbol="ten_mach",
    )  # fmt: skip
    renewal_discount: tuple[float, float] = quantity(
        (0.07, 0.12), unit="share", meaning="least and most that the own cloud takes off its prices at a renewal",
        low=0.0, high=0.2, most=0.9, source="fact 1.20", symbol="ten_keep",
    )  # fmt: skip
    rival_discount: tuple[float, float] = quantity(
        (0.08, 0.26), unit="share", meaning="least and most that another cloud takes off its prices to win a tenant",
        low=0.0, high=0.4, most=0.9, source="fact 1.20", symbol="ten_win",
    )  # fmt: skip
    review: float = quantity(
        0.014, unit="1/month", meaning="chance that a company looks at its tenancy again: every other three-year term",
        low=0.014, high=0.083, most=1.0, source="fact 1.20", symbol="ten_rev",
    )  # fmt: skip
    migration_years: float = quantity(
        3.0, unit="years of bill", meaning="work of moving ordinary business to another cloud, median company",
        low=0.75, high=3.0, symbol="ten_move",
    )  # fmt: skip
    migration_spread: float = quantity(
        0.7, unit="ln", meaning="spread of that work between companies", low=0.3, high=1.0, symbol="ten_sd"
    )
    price_memory: int = quantity(
        12, unit="months", meaning="months of posted prices that a tenant compares clouds by", low=3, high=24, least=1,
        symbol="ten_mem",
    )  # fmt: skip


def quoted_discount(uniform: FloatArray, bounds: tuple[float, float]) -> FloatArray:
    """Discount quoted to a tenant, evenly between the two bounds; the shape of `uniform`."""
    return np.asarray(bounds[0] + (bounds[1] - bounds[0]) * uniform)


def saving(
    price: FloatArray, *, own: IntArray, machine_share: float, renewal: FloatArray, offer: FloatArray,
    offered: FloatArray,
) -> FloatArray:  # fmt: skip
    """Share of its bill that a tenant of `own` saves at each cloud; (tenants, clouds), -inf where it cannot go.

    1 - (1 - offer)/(1 - renewal) (1 - machine_share + machine_share price_rival/price_own). price (clouds,) USD per
    GPU-hour; own (tenants,) cloud codes; renewal (tenants,) and offer (tenants, clouds) discounts; offered (clouds,) is
    positive where ordinary services are sold.
    """
    relative = 1.0 - machine_share + machine_share * price[None, :] / price[own][:, None]
    share = 1.0 - (1.0 - offer) / (1.0 - renewal[:, None]) * relative
    share[:, offered <= 0] = -np.inf
    share[np.arange(len(own)), own] = -np.inf
    return np.asarray(share)


def annualised_migration(
    *, years_of_bill: FloatArray, egress: FloatArray, bill: FloatArray, horizon: float
) -> FloatArray:
    """Bill of moving, spread over the `horizon` in months, as a share of a year's bill; (tenants,).

    years_of_bill (tenants,) work in years of bill, egress (tenants,) USD, bill (tenants,) USD a month. A tenant
    without a bill saves nothing by moving: infinite.
    """
    years_of_egress = np.divide(egress, MONTHS_PER_YEAR * bill, out=np.full(len(bill), np.inf), where=bill > 0)
    return np.asarray((years_of_bill + years_of_egress) * MONTHS_PER_YEAR / horizon)


def destination(gain: FloatArray, *, attraction: FloatArray, uniform: FloatArray) -> IntArray:
    """Cloud a tenant moves to, -1 where it stays; (tenants,).

    gain (tenants, clouds): saving less annualised migration, only positive ones pay; among those the choice is by
    `attraction` (clouds,), with one uniform number each.
    """
    weight = np.where(gain > 0, attraction[None, :], 0.0)
    moves = weight.sum(axis=1) > 0
    found = pick(np.where(moves[:, None], weight, 1.0), uniform)
    return np.where(moves, found, ON_PREMISES)


def attraction(
    price: FloatArray, *, brand: FloatArray, machine_share: float, offered: FloatArray, spread: float
) -> FloatArray:
    """Logit weights of clouds for ordinary business; (clouds,), 0 where none is sold.

    Utility (brand - machine_share ln price)/spread; price USD per GPU-hour, brand in ln price, both (clouds,).
    """
    sells = offered > 0
    if not sells.any():
        return np.zeros(len(price))
    utility = (brand - machine_share * np.log(price)) / spread
    return np.asarray(np.where(sells, np.exp(utility - utility[sells].max()), 0.0))


def pick(weight: FloatArray, uniform: FloatArray) -> IntArray:
    """Column drawn in proportion to `weight` (rows, columns) by one uniform number in (0, 1) per row; (rows,)."""
    reached = np.cumsum(weight, axis=1)
    return np.asarray((reached < uniform[:, None] * reached[:, -1:]).sum(axis=1), dtype=np.int64)
