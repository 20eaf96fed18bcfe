"""The chip vendor after the month: its price follows the order book, its output follows orders (docs/model.md M5)."""

from __future__ import annotations

import numpy as np

from market.vendor import chip_cost, chip_price, machine_price, next_output
from scenarios.scenario import Scenario
from simulation.world import World


def move_vendor(world: World, assumptions: Scenario, *, month: int, orders: float, sold: float) -> None:
    """Next month's output and price of the vendor, after this month's orders."""
    vendor, chip = world.vendor, assumptions.chip
    scarcity_output = vendor.output * chip.delivery_multiplier
    vendor.sold += sold
    vendor.orders.append(orders)
    book = float(np.mean(vendor.orders[-assumptions.invest.gpu_lead_months :]))
    set_vendor_price(world, assumptions, month=month + 1, orders=max(book, 1.0), output=scarcity_output)
    vendor.output = next_output(output=vendor.output, orders=orders, month=month, chip=chip)


def set_vendor_price(world: World, assumptions: Scenario, *, month: int, orders: float, output: float) -> None:
    """Cost and price of the vendor's accelerators in `month`, USD per H100e."""
    vendor, chip = world.vendor, assumptions.chip
    founding = assumptions.founding.fleet
    vendor.unit_cost = chip_cost(month=month, cumulative=founding + vendor.sold, founding_fleet=founding, chip=chip)
    vendor.price = chip_price(cost=vendor.unit_cost, orders=orders, output=output, chip=chip)
    vendor.machine_price = machine_price(
        month=month, chip_price=vendor.price, system_price=assumptions.invest.system_price, chip=chip
    )
    vendor.system_price = vendor.machine_price - vendor.price
