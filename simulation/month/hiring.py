"""Specialists are hired, and work: positions, hires, wages, pay above reservation wages (docs/model.md M8, M9).

Sellers of models bid more than companies. Their missing people are made up for by overtime, which they pay; a company's
missing people are not paid and do harm (`agents.staffing`). Work bought in one month, such as moving to another offer
or research on a model, is done over several: heads follow slowly, pay is due at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.conduct import damped_forecast, trend_growth
from agents.offers import DEVELOPER, NONE, Circumstances, OfferSheet, OfferTerms
from agents.regulator import with_newcomers
from agents.staffing import Staff, Staffing
from agents.terms import Workloads, integration_fte, staff_of
from market.chance import Mechanism
from market.labour import INTEGRATION, MIX_OF_THE_SMALLEST, MODEL, ROLES, Labour, role_mix
from market.labour_market import COMPANIES, SELLERS, LabourMarket, after_hiring, beginners, next_wage
from market.units import MONTHS_PER_YEAR, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.world import World

if TYPE_CHECKING:
    from simulation.month.projects import Projects


@dataclass(frozen=True)
class Positions:
    """What companies need specialists for, over real firms; (roles,) FTE."""

    standing: FloatArray  # integration of what they use, and self-run models
    pilots: FloatArray


@dataclass(frozen=True)
class AtWork:
    """Who works for whom this month, and what that is paid above the founding wage."""

    market: LabourMarket  # with this month's positions, before people without a task leave
    by_seller: dict[str, FloatArray]  # (roles,) FTE
    by_companies: FloatArray  # (roles,) FTE, their own people left out
    rent_companies: float  # USD of the month above reservation wages
    rent_sellers: float
    undone: float  # USD worth of work that companies' own people leave undone

    @property
    def rent(self) -> float:
        """USD paid to specialists above their reservation wages."""
        return self.rent_companies + self.rent_sellers


def wages_now(world: World, labour: Labour) -> Labour:
    """The parameters with this month's wages, which were agreed last month."""
    multiplier = np.full(len(ROLES), labour.wage_multiplier)
    return labour.at(multiplier if world.labour is None else multiplier * world.labour.wage)


def hire_specialists(world: World, assumptions: Scenario) -> LabourMarket | None:
    """Let newcomers arrive and employers hire for last month's positions, sellers first; None without a market."""
    if world.labour is None:
        return None
    world.labour = after_hiring(with_newcomers(world.labour, assumptions.policy), assumptions.labour)
    return world.labour


def staffing_of(world: World, assumptions: Scenario, *, month: int) -> Staffing:
    """How far companies' positions are filled, as is known now, and what that does to them."""
    return staffing_on(world.labour, assumptions.staff, month=month)


def staffing_on(market: LabourMarket | None, rules: Staff, *, month: int) -> Staffing:
    """The same for a market that stands as it stood at some step of the month; None: all positions are filled."""
    if not rules.roles:
        return Staffing(month=month)
    fill = np.ones(len(ROLES)) if market is None else market.fill[COMPANIES]
    return Staffing(month=month, market_fill=fill, rules=rules)


def attended(
    world: World, assumptions: Scenario, *, month: int, rows: IntArray, sheet: OfferSheet, forced: IntArray
) -> tuple[IntArray, IntArray]:
    """Of the slots `rows`, and of those that waited, which find an integrator for their review, and which wait.

    A deployment that takes `delay` months longer than with all integrators in place begins in a month with chance
    1/(1 + delay). Developers do their own integration, `forced` reviews and those whose offer ended do not wait.
    """
    companies, chance = world.companies, staffing_of(world, assumptions, month=month).deploys
    if chance == 1.0 and not companies.waiting.any():
        return rows, rows[:0]
    asks = companies.waiting & companies.live & companies.ready[companies.company]
    asks[rows] = True
    asking = np.flatnonzero(asks)
    must = np.zeros(companies.slots, dtype=bool)
    must[forced] = True
    held = companies.held[asking]
    urgent = (held != NONE) & ~sheet.available[np.maximum(held, 0)]
    urgent |= companies.segment[companies.company[asking]] == DEVELOPER
    urgent |= must[asking]
    goes = urgent | (world.chance.uniform(Mechanism.INTEGRATION_QUEUE, month=month, entity=asking) < chance)
    return asking[goes], asking[~goes]


def company_positions(
    world: World, assumptions: Scenario, *, workloads: Workloads, rows: IntArray, offers: OfferTerms,
    circumstances: Circumstances, projects: Projects,
) -> Positions:  # fmt: skip
    """Positions behind the offers in use by the slots `rows`, luck of young projects included, and behind pilots."""
    companies, selfhost = world.companies, assumptions.selfhost
    code, owner = companies.held[rows].astype(np.int64), companies.company[rows]
    weight = companies.weight[owner]
    of_company = integration_fte(workloads.company_volume, selfhost=selfhost, circumstances=circumstances)
    standing = np.zeros(len(ROLES))
    standing[INTEGRATION] = float(
        (weight * workloads.share[rows] * offers.integration[code] * of_company[owner]).sum()
    )
    own = np.flatnonzero(~offers.metered[code])
    if len(own):
        luck = np.ones(len(rows))
        luck[np.searchsorted(rows, projects.production)] = projects.overrun
        tokens = workloads.volume[rows[own]] * circumstances.intensity
        people, _ = staff_of(tokens, selfhost=selfhost, labour=assumptions.labour, circumstances=circumstances)
        mix = role_mix(tokens / circumstances.serving_efficiency)
        standing += ((weight[own] * luck[own] * people)[:, None] * mix).sum(axis=0)
    trying = float(companies.weight[companies.company[projects.piloting]].sum())
    smallest = selfhost.staff_multiplier * selfhost.staff_base * np.asarray(MIX_OF_THE_SMALLEST)
    return Positions(standing=standing, pilots=trying * smallest)


def announce(world: World, assumptions: Scenario, positions: Positions) -> None:
    """Make this month's positions of companies known; those their own people fill are not open to others."""
    market = world.labour
    if market is None:
        return
    in_house = assumptions.staff.in_house if assumptions.staff.roles else 0.0
    wanted = (1.0 - in_house) * positions.standing + positions.pilots
    wanted[INTEGRATION] += market.projects / assumptions.labour.project_months
    world.labour = replace(market, required=np.stack([market.required[SELLERS], wanted]))


def at_work(
    world: World, assumptions: Scenario, *, month: int, positions: Positions, moving: float,
    serving: dict[str, FloatArray], training_staff: FloatArray,
) -> AtWork | None:  # fmt: skip
    """The month's work of specialists; None without a labour market.

    moving: USD paid for integrators' work on moves; serving: FTE by role of each seller's service; training_staff:
    (trainers,) USD of the month. Research employs by the mean of the last twelve months.
    """
    market, labour = world.labour, assumptions.labour
    if market is None:
        return None
    staffing = staffing_of(world, assumptions, month=month)
    by_seller = {name: people.copy() for name, people in serving.items()}
    part = assumptions.frontier.research_staff / (1.0 + assumptions.frontier.research_staff)
    pay = labour.research_pay * labour.machine_learning_engineer / MONTHS_PER_YEAR
    for trainer in world.trainers:
        booked = trainer.research_spend[MONTHS_PER_YEAR:][-MONTHS_PER_YEAR:]  # what founding assumes left out
        spent = float(np.mean(booked)) if booked else 0.0
        by_seller.setdefault(trainer.name, np.zeros(len(ROLES)))[MODEL] += part * spent / pay
    required = sum(by_seller.values(), np.zeros(len(ROLES)))
    market = replace(market, required=np.stack([required, market.required[COMPANIES]]))
    wages = np.asarray(labour.wages) / MONTHS_PER_YEAR
    above = 1.0 - 1.0 / market.wage
    paid = positions.pilots * wages
    if staffing.rules is None:
        paid = paid + positions.standing * wages
    else:
        paid = paid + positions.standing * np.asarray(staffing.paid(labour).wages) / MONTHS_PER_YEAR
    paid[INTEGRATION] += moving
    by_sellers = sum(serving.values(), np.zeros(len(ROLES))) * wages
    by_sellers[MODEL] += float(training_staff.sum())
    undone = 0.0
    if staffing.rules is not None:
        undone = float(positions.standing @ np.asarray(staffing.forgone(labour).wages)) / MONTHS_PER_YEAR
    heads = market.fill[SELLERS]
    return AtWork(
        market=market,
        by_seller={name: people * heads for name, people in by_seller.items()},
        by_companies=market.fill[COMPANIES] * market.required[COMPANIES],
        rent_companies=float(paid @ above),
        rent_sellers=float(by_sellers @ above),
        undone=undone,
    )


def close_labour_market(world: World, assumptions: Scenario, work: AtWork | None, *, moving: float) -> None:
    """Let people without a task leave, wages answer to excess demand, newcomers begin training, work be done."""
    if work is None:
        return
    labour, market = assumptions.labour, work.market
    done = market.fill[COMPANIES][INTEGRATION] * market.projects / labour.project_months
    wanted = market.required.sum(axis=0)
    history = (*market.history, wanted)[-MONTHS_PER_YEAR - 1 :]
    begin = beginners(market, labour, expected=_expected(history, labour))
    world.labour = replace(
        market,
        employed=np.minimum(market.employed, market.required),
        wage=next_wage(market, labour),
        training=np.vstack([market.training, begin]),
        projects=market.projects - done + moving / (labour.integrator / MONTHS_PER_YEAR),
        history=history,
    )


def _expected(history: tuple[FloatArray, ...], labour: Labour) -> FloatArray:
    """Positions expected when who begins now has finished training, (roles,); as founding assumes in the first year."""
    settled = len(history) > MONTHS_PER_YEAR
    expected = [
        damped_forecast(
            float(path[-1]), trend_growth(path, memory=MONTHS_PER_YEAR) if settled else labour.founding_growth,
            horizon=labour.training_months, damping=labour.trend_damping,
        )
        for path in np.stack(history, axis=1)
    ]  # fmt: skip
    return np.array(expected)
