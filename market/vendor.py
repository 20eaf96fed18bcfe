"""The chip vendor's rules: what a machine costs, how output follows orders, and who gets it when it is short.

Source of the equations: docs/model.md, M5 and section 11 point 8. A price that only followed cost would hand all rent
of scarcity to the clouds by assumption; the scarcity factor lets the vendor take part of it.
"""

from __future__ import annotations

import numpy as np

from market.fleet import Chip
from market.units import MONTHS_PER_YEAR, FloatArray


def yearly_decline(month: int, chip: Chip) -> float:
    """Price of a machine over its price at month 0 when it falls by `price_decline` a year."""
    return float((1 - chip.price_decline) ** (month / MONTHS_PER_YEAR))


def experience_curve(cumulative: float | FloatArray, first: float, exponent: float) -> float | FloatArray:
    """Unit cost over its first level after `cumulative` units where the curve started at `first` (Wright 1936)."""
    return (cumulative / first) ** -exponent


def chip_cost(*, month: int, cumulative: float, founding_fleet: float, chip: Chip) -> float:
    """The vendor's cost of one accelerator, USD per H100e: by the calendar, or by cumulative output (`price_path`)."""
    if chip.price_path == "experience":
        progress = float(experience_curve(cumulative, founding_fleet, chip.experience_exponent))
    else:
        progress = yearly_decline(month, chip)
    return (1 - chip.gross_margin) * chip.price * progress


def chip_price(*, cost: float, orders: float, output: float, chip: Chip) -> float:
    """The vendor's price of one accelerator, USD per H100e: cost and margin times scarcity, never below cost (M5).

    `orders` and `output` in H100e a month; raises `ZeroDivisionError` for a vendor without output.
    """
    scarcity = float((orders / output) ** chip.scarcity_exponent)
    return max(cost, cost / (1 - chip.gross_margin) * scarcity)


def machine_price(*, month: int, chip_price: float, system_price: float, chip: Chip) -> float:
    """Price of a machine, USD per H100e: accelerator plus server and network.

    Servers and networks get cheaper with the calendar under `annual_decline` and keep their price under `experience`.
    """
    decline = yearly_decline(month, chip) if chip.price_path == "annual_decline" else 1.0
    return chip_price + system_price * decline


def next_output(*, output: float, orders: float, month: int, chip: Chip) -> float:
    """Next month's output in H100e: it follows orders, up by at most the fastest growth of the year, down slowly."""
    fastest = 1 + chip.output_growth_max[min(month // MONTHS_PER_YEAR, len(chip.output_growth_max) - 1)]
    return min(max(orders, output * (1 - chip.output_fall_max)), output * fastest)


def allocate(*, output: float, orders: FloatArray, past_purchases: FloatArray, exponent: float) -> FloatArray:
    """Share `output` out over `orders` by past purchases to a power; shape (buyers,), H100e.

    Nobody gets more than ordered; what the well-served leave goes to the others in the same proportions, and last to
    those without a history, in proportion to their orders. The sum is the smaller of output and all orders.
    """
    if orders.sum() <= output:
        return orders.astype(float)
    weight = np.where(past_purchases > 0, past_purchases, 0.0) ** exponent * (past_purchases > 0)
    filled = _fill(output, orders, weight)
    strangers = np.where(past_purchases > 0, 0.0, orders)
    left = output - filled.sum()
    return filled + _fill(left, strangers, strangers) if left > 0 and strangers.any() else filled


def _fill(amount: float, wanted: FloatArray, weight: FloatArray) -> FloatArray:
    """Give everyone min(wanted, level*weight) at the level that uses `amount` up, or all that is wanted if it suffices.

    The level is found exactly: in order of wanted/weight, the first k are filled and the rest share what is left.
    """
    takers = np.flatnonzero((weight > 0) & (wanted > 0))
    share = np.zeros_like(wanted, dtype=float)
    if takers.size == 0 or amount <= 0:
        return share
    order = takers[np.argsort(wanted[takers] / weight[takers], kind="stable")]
    filled_before = np.concatenate([[0.0], np.cumsum(wanted[order])[:-1]])
    weight_from_here = np.cumsum(weight[order][::-1])[::-1]
    levels = (amount - filled_before) / weight_from_here
    binding = np.flatnonzero(levels < wanted[order] / weight[order])
    level = levels[binding[0]] if binding.size else np.inf
    share[takers] = np.minimum(wanted[takers], level * weight[takers])
    return share
