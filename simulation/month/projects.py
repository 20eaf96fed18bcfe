"""Companies on the way to running a model themselves: advice, a proof of concept, production, falling back (M10).

Whoever would run a model itself for the first time tries it on one workload at a time; meanwhile, and after giving up,
the workload takes the best of the other offers. Nothing is stored here: `reveal_outcomes` commits what happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from agents.beliefs import Belief, Project, overrun, updated
from agents.choice import Choices, Menu, menu_of
from agents.offers import NONE, SELF_RENT, OfferSheet, OfferTerms
from agents.self_running import pilot_hours, running_cost
from agents.tenancy import ON_PREMISES
from agents.terms import Workloads
from agents.usage import Usage
from market.chance import Chance, Mechanism
from market.units import BoolArray, ByteArray, CodeArray, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.conditions import circumstances_of
from simulation.world import World

Chooser = Callable[[IntArray, Menu, Workloads], Choices]
"""Choices of the workloads at some places of the rows under review, among some offers, as companies believe."""


@dataclass(frozen=True)
class Signals:
    """What companies hear and take for the hidden part x of the cost of running a model themselves."""

    company: IntArray  # (signals,)
    value: FloatArray  # ln ratio
    sd: FloatArray

    @classmethod
    def none(cls) -> Signals:
        """Silence."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))


@dataclass(frozen=True)
class Projects:
    """Where every workload stands after this month's choices, and what began."""

    state: ByteArray  # (slots,) codes of agents.beliefs.Project
    piloting: IntArray  # (pilots,) slots with a proof of concept under way
    pilot_offer: CodeArray  # (pilots,) what they try
    pilot_cloud: IntArray  # (pilots,) where its machines are rented
    pilot_hours: FloatArray  # (pilots,) GPU-hours per firm
    pilots_begun: IntArray  # slots
    offer_begun: CodeArray  # what these try
    production: IntArray  # (producing,) slots that run a model themselves
    overrun: FloatArray  # (producing,) cost of the month over what it should be
    production_begun: IntArray  # slots
    plan: FloatArray  # (production begun,) what they believed
    advised: IntArray  # slots whose owner took advice
    advice: Signals


def opening_states(world: World, *, ended: IntArray) -> ByteArray:
    """State of every workload before this month's choices; whatever `ended` left no project behind."""
    state: ByteArray = world.companies.project.copy()
    state[ended] = Project.NONE
    return state


def forced_reviews(world: World, state: ByteArray, *, month: int) -> IntArray:
    """Slots that choose again because a proof of concept is over or a project was given up."""
    due = np.flatnonzero((state == Project.PILOTED) | (state == Project.GIVEN_UP))
    recent = (state[due] == Project.GIVEN_UP) | (world.companies.project_since[due] == month - 1)
    return np.asarray(due[recent])


def without_self_running(offers: OfferTerms) -> OfferTerms:
    """The offers that a workload may take whose company cannot, or no longer will, run its model itself."""
    return offers._replace(order=offers.order[offers.metered[offers.order]])


def overruns(chance: Chance, slot: IntArray, generation: IntArray, belief: Belief) -> FloatArray:
    """Realised over expected cost of the projects of workloads: drawn once for each; (slots,)."""
    chance_of_tail = chance.uniform(Mechanism.OVERRUN, entity=slot, subject=2 * generation)
    place = chance.uniform(Mechanism.OVERRUN, entity=slot, subject=2 * generation + 1)
    return overrun(chance_of_tail, place, belief)


def choose_with_projects(
    world: World,
    assumptions: Scenario,
    *,
    month: int,
    rows: IntArray,
    state: ByteArray,
    workloads: Workloads,
    sheet: OfferSheet,
    offers: OfferTerms,
    choose: Chooser,
) -> tuple[Choices, Projects]:
    """What the workloads `rows` choose where self-running begins with a proof of concept, and the projects this leaves.

    state: (slots,) before the choices; changed in place to what it is after them.
    """
    belief, every, others = assumptions.belief, menu_of(offers), menu_of(without_self_running(offers))
    before = state[rows]
    confined = (before == Project.PILOT) | (before == Project.GIVEN_UP)
    everyone = np.arange(len(rows))
    choices = choose(everyone[~confined], every, workloads)
    if confined.any():
        fallback = choose(everyone[confined], others, workloads)
        choices = _merged(everyone[~confined], choices, everyone[confined], fallback)

    fresh = (before == Project.NONE) | (before == Project.ADVISED)
    eager = np.flatnonzero(fresh & _runs_alone(choices.code, offers)) if belief.pilot_months > 0 else everyone[:0]
    advised, advice = _advice(
        world, assumptions, month=month, rows=rows[eager], code=choices.code[eager], state=state, workloads=workloads,
        offers=offers,
    )  # fmt: skip
    if len(advised):
        heard = eager[np.isin(rows[eager], advised)]
        mean, _ = updated(
            workloads.belief_mean, world.companies.belief_variance, company=advice.company, signal=advice.value,
            sd=advice.sd,
        )  # fmt: skip
        workloads = replace(workloads, belief_mean=mean)
        _put(choices, heard, choose(heard, every, workloads))
        eager = eager[_runs_alone(choices.code[eager], offers)]
    tried = choices.code[eager].astype(np.int16)
    if len(eager):
        _put(choices, eager, choose(eager, others, workloads))

    alone = _runs_alone(choices.code, offers)
    begins = alone & (before != Project.PRODUCTION)
    state[advised] = Project.ADVISED
    state[rows[eager]] = Project.PILOT
    state[rows[alone]] = Project.PRODUCTION
    state[rows[~alone & (before == Project.PRODUCTION)]] = Project.PILOTED
    state[rows[~alone & (before == Project.GIVEN_UP)]] = Project.NONE
    return choices, _projects(
        world, assumptions, month=month, state=state, sheet=sheet, offers=offers, advised=advised, advice=advice,
        pilots_begun=rows[eager], offer_begun=tried, production_begun=rows[begins],
        plan=workloads.belief_mean[workloads.company[rows[begins]]],
    )  # fmt: skip


def _projects(
    world: World, assumptions: Scenario, *, month: int, state: ByteArray, sheet: OfferSheet, offers: OfferTerms,
    advised: IntArray, advice: Signals, pilots_begun: IntArray, offer_begun: CodeArray, production_begun: IntArray,
    plan: FloatArray,
) -> Projects:  # fmt: skip
    """Pilots and production of the month, those that began in it included."""
    companies, belief = world.companies, assumptions.belief
    piloting, production = np.flatnonzero(state == Project.PILOT), np.flatnonzero(state == Project.PRODUCTION)
    tried = companies.project_offer[piloting]
    tried[np.searchsorted(piloting, pilots_begun)] = offer_begun
    since = companies.project_since[production]
    since[np.searchsorted(production, production_begun)] = month
    young = month - since < belief.overrun_months
    cost = overruns(world.chance, production, companies.generation[production].astype(np.int64), belief)
    return Projects(
        state=state,
        piloting=piloting,
        pilot_offer=tried,
        pilot_cloud=_pilot_clouds(world, rows=piloting, offer=tried, sheet=sheet),
        pilot_hours=pilot_hours(tried.astype(np.int64), offers),
        pilots_begun=pilots_begun,
        offer_begun=offer_begun,
        production=production,
        overrun=np.where(young, cost, 1.0),
        production_begun=production_begun,
        plan=plan,
        advised=advised,
        advice=advice,
    )


def _pilot_clouds(world: World, *, rows: IntArray, offer: CodeArray, sheet: OfferSheet) -> IntArray:
    """Where pilots rent: at the cloud tried, else that of the ordinary business, else where machines are cheapest.

    A pilot whose cloud is out of business goes on at the cheapest.
    """
    tenancy = world.companies.tenancy[world.companies.company[rows]]
    working = [cloud for cloud in world.clouds if cloud.fleet.count > 0]
    cheapest = min(working or world.clouds, key=lambda c: (c.price, c.code)).code
    home = np.where(tenancy == ON_PREMISES, cheapest, tenancy)
    cloud = np.where(sheet.route[offer] == SELF_RENT, sheet.host_cloud[offer], home).astype(np.int64)
    alive = np.array([cloud.alive for cloud in world.clouds])
    return np.asarray(np.where(alive[cloud], cloud, cheapest), dtype=np.int64)


def _advice(
    world: World, assumptions: Scenario, *, month: int, rows: IntArray, code: CodeArray, state: ByteArray,
    workloads: Workloads, offers: OfferTerms,
) -> tuple[IntArray, Signals]:  # fmt: skip
    """Slots among `rows` whose owners take independent advice before they try the offer `code`, and what it says."""
    belief, companies = assumptions.belief, world.companies
    generation = companies.generation[rows].astype(np.int64)
    asks = world.chance.uniform(Mechanism.ADVICE, entity=rows, subject=2 * generation) < belief.advice_reach
    asks &= state[rows] == Project.NONE
    if not asks.any():
        return rows[:0], Signals.none()
    some = rows[asks]
    cost = running_cost(
        workloads, some, code[asks].astype(np.int64), offers=offers, selfhost=assumptions.selfhost,
        labour=assumptions.labour, circumstances=circumstances_of(world, assumptions, month=month),
    )  # fmt: skip
    noise = world.chance.normal(Mechanism.ADVICE, entity=some, subject=2 * generation[asks] + 1)
    told = np.isfinite(cost.hidden)
    return some, Signals(
        company=companies.company[some[told]].astype(np.int64),
        value=(cost.hidden + belief.advice_sd * noise)[told],
        sd=np.full(int(told.sum()), belief.advice_sd),
    )


def with_overruns(wanted: Usage, projects: Projects, *, rows: IntArray, price: FloatArray) -> Usage:
    """The month's use of `rows` (slots), changed in place by what projects cost beyond, or below, what they should.

    An overrun takes machines and people alike; no service holds fewer machines than it computes on. `price` (rows,) is
    what a GPU-hour costs.
    """
    if not len(projects.production):
        return wanted
    at = np.searchsorted(rows, projects.production)
    hours, factor = wanted.gpu_hours_held[at], projects.overrun
    held = np.maximum(hours * factor, np.minimum(hours, wanted.gpu_hours_busy[at]))
    bill = np.where(factor == 1.0, wanted.bill[at], held * price[at])
    changed = {
        "gpu_hours_held": held, "bill": bill, "staff": wanted.staff[at] * factor, "other": wanted.other[at] * factor,
    }  # fmt: skip
    more = sum(changed[name] - getattr(wanted, name)[at] for name in ("bill", "staff", "other"))
    changed["surplus"] = wanted.surplus[at] - more
    for name, values in changed.items():
        getattr(wanted, name)[at] = values
    return wanted


def set_up_overruns(projects: Projects, rows: IntArray) -> FloatArray:
    """Realised over expected cost of moving the reviewed workloads `rows`: 1 but for projects that begin; (rows,)."""
    factor = np.ones(len(rows))
    at = np.searchsorted(projects.production, projects.production_begun)
    factor[np.searchsorted(rows, projects.production_begun)] = projects.overrun[at]
    return factor


def _runs_alone(code: CodeArray, offers: OfferTerms) -> BoolArray:
    """Whether the offer taken is a model that the company runs itself, with people of its own."""
    return np.asarray((code != NONE) & ~offers.metered[np.where(code != NONE, code, 0)])


def _put(choices: Choices, at: IntArray, some: Choices) -> None:
    """Replace the choices `at` some places."""
    for name in Choices.__dataclass_fields__:
        getattr(choices, name)[at] = getattr(some, name)


def _merged(at: IntArray, some: Choices, at_others: IntArray, others: Choices) -> Choices:
    """The choices of two groups of workloads, by their places."""
    columns = {}
    for name in Choices.__dataclass_fields__:
        first, second = getattr(some, name), getattr(others, name)
        columns[name] = np.empty(len(at) + len(at_others), dtype=first.dtype)
        columns[name][at], columns[name][at_others] = first, second
    return Choices(**columns)
