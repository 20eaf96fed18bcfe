"""What this month is like for every workload: level of needs, intensity of use, dependence on one developer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.conduct import Invest, cost_of_capital, leverage_of
from agents.offers import Circumstances
from market.units import FloatArray
from scenarios.scenario import Scenario
from simulation.world import World

NONE = -1


def set_financing(world: World, invest: Invest) -> None:
    """Give every seller this month's cost of capital, and clouds their debt limit."""
    for seller in world.sellers:
        seller.wacc = cost_of_capital(invest, kind=seller.kind, role=getattr(seller, "role", ""))
    for cloud in world.clouds:
        cloud.leverage = leverage_of(invest, role=cloud.role)


def needs_level(world: World, assumptions: Scenario, *, month: int) -> float:
    """Level of needs this month, points: the exogenous trend, or the arm's own frontier."""
    if assumptions.needs.follow == "frontier" and world.closed_frontier:
        return max(world.closed_frontier[-1], assumptions.frontier.founding_quality)
    return assumptions.frontier.founding_quality + float(world.calendar.needs[month])


def circumstances_of(world: World, assumptions: Scenario, *, month: int) -> Circumstances:
    """What all workloads share this month."""
    return Circumstances(
        intensity=float(world.calendar.intensity[month]),
        value_exponent=assumptions.needs.value_exponent,
        serving_efficiency=float(world.calendar.serving_efficiency[month]),
        first_use_months=assumptions.adopt.first_use_months,
        device_memory=assumptions.device.memory,
        experience=world.open_experience,
    )


def dominant_vendor(world: World) -> npt.NDArray[np.int16]:
    """Developer of the models behind more than half of each company's tokens; -1 none; (companies,)."""
    companies = world.companies
    vendor = np.where(companies.held != NONE, world.book.vendor[np.maximum(companies.held, 0)], NONE)
    tokens = np.where(companies.live & (vendor != NONE), companies.slot_volume, 0.0)
    largest = companies.largest_slot(tokens)
    of_largest = vendor[largest]
    same = np.where(vendor == of_largest[companies.company], tokens, 0.0)
    total = companies.sum_by_company(tokens)
    more_than_half = companies.sum_by_company(same) > 0.5 * total
    return np.where((total > 0) & more_than_half, of_largest, NONE).astype(np.int16)


def needs_now(world: World, assumptions: Scenario, *, month: int) -> FloatArray:
    """Quality each workload needs this month, points; (slots,)."""
    companies = world.companies
    risen = needs_level(world, assumptions, month=month) - companies.need_birth
    return np.asarray(companies.need_birth + companies.need_offset + assumptions.needs.ratchet * risen)
