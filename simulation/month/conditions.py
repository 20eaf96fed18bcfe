"""What this month is like for every workload: level of needs, intensity of use, dependence on one developer."""

from __future__ import annotations

from agents import census
from agents.conduct import cost_of_capital, leverage_of
from agents.finance import appetite_of, next_mood
from agents.offers import Circumstances
from agents.regulator import PUBLIC
from agents.sovereignty import SOVEREIGN
from market.chance import Mechanism
from market.units import CodeArray, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.hiring import staffing_of
from simulation.world import World


def set_financing(world: World, assumptions: Scenario, *, month: int) -> None:
    """Give every cloud this month's cost of capital and debt limit, and investors their appetite."""
    for cloud in world.clouds:
        cloud.wacc = cost_of_capital(assumptions.invest, role=cloud.role)
        if cloud.role == PUBLIC:
            cloud.wacc, cloud.planned_share = assumptions.policy.public_rate, assumptions.policy.public_compute
        if cloud.role == SOVEREIGN:  # a private firm on its home market: financed like a neocloud
            cloud.wacc = cost_of_capital(assumptions.invest, role="neocloud")
            cloud.planned_share = assumptions.policy.sovereign_quota
        cloud.leverage = leverage_of(assumptions.invest, role=cloud.role)
    finance, finances = assumptions.finance, world.finances
    finances.month = month
    if finance.enforced:
        if month > 0:
            news = float(world.chance.normal(Mechanism.APPETITE, month=month))
            finances.mood = next_mood(finances.mood, news=news, finance=finance)
        finances.appetite = finance.appetite * appetite_of(finances.mood, months=month, finance=finance)


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
        staffing=staffing_of(world, assumptions, month=month),
    )


def dominant_vendor(world: World, *, rows: IntArray) -> CodeArray:
    """Developer of the models behind more than half of the tokens of the companies that own `rows`.

    -1 where there is none, and for all other companies; (companies,).
    """
    companies = world.companies
    dominant: CodeArray = census.dominant_vendors(
        companies.company[rows], companies.first_slot, companies.live, companies.held, companies.slot_volume,
        world.book.vendor,
    )
    return dominant


def needs_now(world: World, assumptions: Scenario, *, month: int) -> FloatArray:
    """Quality each workload needs this month, points; (slots,)."""
    companies, level = world.companies, needs_level(world, assumptions, month=month)
    need: FloatArray = census.needs(companies.need_birth, companies.need_offset, assumptions.needs.ratchet, level)
    return need
