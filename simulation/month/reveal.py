"""What the month revealed about running models oneself: pilots, first bills, news from peers, projects given up (M10).

Companies take every signal for the whole truth. What a proof of concept shows is only a part of it, which is why it
lowers the perceived cost of most companies before production raises it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents import census, hearing
from agents.beliefs import Belief, Project, faded, similarity, tolerance, updated
from agents.offers import offer_terms
from agents.self_running import RunningCost, running_cost
from agents.terms import Workloads
from market.chance import Mechanism
from market.goods import Route
from market.money import to_cents
from market.units import BoolArray, ByteArray, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.conditions import circumstances_of
from simulation.month.demand import Demand
from simulation.month.projects import Projects, Signals
from simulation.world import World


@dataclass(frozen=True)
class Revelation:
    """What came to light; numbers are projects of real firms."""

    pilots_begun: float
    production_begun: float
    in_production: float
    given_up: float
    excess_cents: int  # bills of the projects given up beyond what was planned
    news: int  # signals of rows


def reveal_outcomes(world: World, assumptions: Scenario, *, month: int, demand: Demand) -> Revelation:
    """Let companies learn from pilots, bills, peers, advisers and vendors, and give up what costs too much."""
    companies, belief, projects = world.companies, assumptions.belief, demand.projects
    over = _pilots_over(world, projects, belief, month=month)
    costs = _costs(world, assumptions, month=month, demand=demand)
    bills = _bills(world, assumptions, demand=demand, costs=costs)
    begun = np.isin(projects.production, projects.production_begun)
    quits = _gives_up(world, belief, month=month, projects=projects, bills=bills)
    told = _own_news(world, belief, projects=projects, begun=begun, bills=bills)
    signals = [
        _shown_by_pilots(world, assumptions, demand=demand, over=over, costs=costs),
        _signals(told.company, told.value, told.sd),
        _heard_from_peers(world, belief, month=month, slot=projects.production[begun], news=told),
        _heard_from_peers(
            world, belief, month=month, slot=projects.production[quits], news=_bad_news(world, projects, bills, quits)
        ),
        projects.advice,
        _marketing(world, assumptions, month=month, demand=demand, costs=costs),
    ]
    heard = Signals(*(np.concatenate([getattr(s, name) for s in signals]) for name in ("company", "value", "sd")))
    mean, variance = updated(
        companies.belief_mean, companies.belief_variance, company=heard.company, signal=heard.value, sd=heard.sd
    )
    if world.belief_path is not None:
        mean, variance = world.belief_path[month]
    gone = projects.production[quits]
    _commit(world, assumptions, month=month, projects=projects, over=over, gone=gone, mean=mean, variance=variance)
    excess = np.maximum(bills.total - bills.planned, 0.0)[quits]
    return Revelation(
        pilots_begun=_firms(world, projects.pilots_begun),
        production_begun=_firms(world, projects.production_begun),
        in_production=_firms(world, projects.production),
        given_up=_firms(world, gone),
        excess_cents=int(to_cents(excess, companies.weight[companies.company[gone]]).sum()),
        news=len(heard.company),
    )


def _firms(world: World, slots: IntArray) -> float:
    """Real firms behind some workloads."""
    return float(world.companies.weight[world.companies.company[slots]].sum())


@dataclass(frozen=True)
class _Bills:
    """Monthly cost of the workloads in production, USD per firm; (producing,) each."""

    total: FloatArray  # as it came out
    planned: FloatArray  # as believed when production began
    cost: RunningCost  # without luck


RunningCosts = Callable[[IntArray, IntArray], RunningCost]  # of workloads (rows,) on self-run offers (rows,)


def _bills(world: World, assumptions: Scenario, *, demand: Demand, costs: RunningCosts) -> _Bills:
    """What production cost this month, and what it was taken to cost when it began."""
    projects, wanted = demand.projects, demand.wanted
    rows = projects.production
    at = np.searchsorted(demand.live_rows, rows)
    cost = costs(rows, demand.code[at])
    if assumptions.belief.true_beliefs:
        planned = cost.total
    else:
        plan = world.companies.project_plan[rows]
        plan[np.searchsorted(rows, projects.production_begun)] = projects.plan
        planned = cost.visible * np.exp(plan)
    return _Bills(total=(wanted.bill + wanted.staff + wanted.other)[at], planned=planned, cost=cost)


def _costs(world: World, assumptions: Scenario, *, month: int, demand: Demand) -> RunningCosts:
    """What running a model oneself costs this month, for any workloads and offers."""
    circumstances, selfhost = circumstances_of(world, assumptions, month=month), assumptions.selfhost
    workloads = Workloads.of(world.companies, need=demand.need)
    offers = offer_terms(demand.sheet, demand=assumptions.demand, selfhost=selfhost, circumstances=circumstances)

    def costs(rows: IntArray, code: IntArray) -> RunningCost:
        return running_cost(
            workloads, rows, code, offers=offers, selfhost=selfhost, labour=assumptions.labour,
            circumstances=circumstances,
        )  # fmt: skip

    return costs


def _pilots_over(world: World, projects: Projects, belief: Belief, *, month: int) -> IntArray:
    """Places among the pilots of those that end with this month."""
    since = world.companies.project_since[projects.piloting]
    since[np.searchsorted(projects.piloting, projects.pilots_begun)] = month
    return np.flatnonzero(month - since + 1 >= belief.pilot_months)


def _shown_by_pilots(
    world: World, assumptions: Scenario, *, demand: Demand, over: IntArray, costs: RunningCosts
) -> Signals:
    """A part of the hidden cost, which the company takes for all of it."""
    belief, companies = assumptions.belief, world.companies
    slot = demand.projects.piloting[over]
    code = demand.projects.pilot_offer[over].astype(np.int64)
    hidden = costs(slot, code).hidden
    noise = world.chance.normal(
        Mechanism.PILOT_SIGNAL, entity=slot, subject=companies.generation[slot].astype(np.int64)
    )
    value = belief.pilot_reveals * hidden + belief.pilot_sd * noise
    return _signals(companies.company[slot], value, np.full(len(slot), belief.pilot_sd))


def _signals(company: IntArray, value: FloatArray, sd: FloatArray) -> Signals:
    """Signals that say something: nothing is learnt where nothing is paid."""
    says = np.isfinite(value)
    return Signals(company=company[says].astype(np.int64), value=value[says], sd=sd[says])


def _own_news(world: World, belief: Belief, *, projects: Projects, begun: BoolArray, bills: _Bills) -> Signals:
    """What the first month of production shows its owner."""
    companies, slot = world.companies, projects.production[begun]
    noise = world.chance.normal(
        Mechanism.PRODUCTION_SIGNAL, entity=slot, subject=companies.generation[slot].astype(np.int64)
    )
    value = bills.cost.hidden[begun] + belief.production_sd * noise
    return Signals(companies.company[slot].astype(np.int64), value, np.full(len(slot), belief.production_sd))


def _bad_news(world: World, projects: Projects, bills: _Bills, quits: IntArray) -> Signals:
    """The cost, luck included, of projects given up."""
    company = world.companies.company[projects.production[quits]].astype(np.int64)
    value = bills.cost.hidden[quits] + np.log(projects.overrun[quits])
    return Signals(company, value, np.zeros(len(company)))


def _heard_from_peers(world: World, belief: Belief, *, month: int, slot: IntArray, news: Signals) -> Signals:
    """What companies hear of the workloads `slot` of their peers; the less alike they are, the less it tells."""
    if not len(slot):
        return Signals.none()
    companies, neighbours = world.companies, world.peers.neighbours
    receiver, place = listeners(neighbours, news.company)
    teller = news.company[place]
    sd = belief.peer_sd / similarity(companies.volume[receiver], companies.volume[teller])
    noise = world.chance.normal(Mechanism.PEER_SIGNAL, month=month, entity=receiver, subject=slot[place])
    return _signals(receiver, news.value[place] + sd * noise, sd)


def listeners(neighbours: npt.NDArray[np.int32], teller: IntArray) -> tuple[IntArray, IntArray]:
    """Who hears which news: pairs of a company and the place in `teller` (news,) of one of its peers' news.

    `neighbours` (companies, peers) are whom each company hears from; a peer met twice tells once.
    """
    order = np.argsort(teller, kind="stable")
    begins = np.concatenate(([0], np.cumsum(np.bincount(teller, minlength=len(neighbours)))))
    company, place = hearing.news_of_peers(neighbours, begins)
    return company, order[place]


def _marketing(
    world: World, assumptions: Scenario, *, month: int, demand: Demand, costs: RunningCosts
) -> Signals:
    """Vendors tell who has heard of open models that nothing is hidden, or what is where they must (M16)."""
    belief, companies = assumptions.belief, world.companies
    state = census.month_state(world.chance, Mechanism.MARKETING, month)
    reached = hearing.reached(companies.aware_open, state, belief.marketing_reach)
    if not assumptions.policy.disclosure:
        return Signals(reached, np.zeros(len(reached)), np.full(len(reached), belief.marketing_sd))
    stated = _labelled(world, demand=demand, company=reached, costs=costs)
    return _signals(reached, stated, np.full(len(reached), belief.marketing_sd))


def _labelled(world: World, *, demand: Demand, company: IntArray, costs: RunningCosts) -> FloatArray:
    """What a label must state of the cost of running the best public model on the cheapest rented machines: x of each
    company's largest live workload; (company,), nan where there is no workload or no such model.
    """
    companies, sheet = world.companies, demand.sheet
    rents = np.flatnonzero(sheet.available & (sheet.route == Route.SELF_RENT))
    slot = census.largest_slots(companies.first_slot, companies.slot_volume * companies.live)[company]
    live = np.flatnonzero(companies.live[slot])
    stated = np.full(len(company), np.nan)
    if rents.size and live.size:
        offer = rents[np.lexsort((sheet.price[rents], -sheet.quality[rents]))[0]]
        code = np.full(len(live), offer, dtype=np.int64)
        stated[live] = costs(slot[live], code).hidden
    return stated


def _gives_up(world: World, belief: Belief, *, month: int, projects: Projects, bills: _Bills) -> IntArray:
    """Places among the workloads in production of those whose bill is beyond what their company bears."""
    companies, slot = world.companies, projects.production
    bears = tolerance(world.chance.uniform(Mechanism.TOLERANCE, entity=companies.company[slot]), belief)
    beyond = bills.total - bills.planned > bears * bills.planned
    quits = world.chance.uniform(Mechanism.ABANDONMENT, month=month, entity=slot) < belief.abandon
    return np.flatnonzero(beyond & quits)


def _commit(
    world: World, assumptions: Scenario, *, month: int, projects: Projects, over: IntArray, gone: IntArray,
    mean: FloatArray, variance: FloatArray,
) -> None:  # fmt: skip
    """Store beliefs, stigma and the stage of every project."""
    companies = world.companies
    state: ByteArray = projects.state.copy()
    done = projects.piloting[over]
    state[done], state[gone] = Project.PILOTED, Project.GIVEN_UP
    stigma = faded(companies.stigma, assumptions.belief)
    owner = companies.company[gone]
    stigma[owner] = np.maximum(stigma[owner], assumptions.belief.stigma)
    companies.commit("beliefs", project=state, belief_mean=mean, belief_variance=variance, stigma=stigma)
    companies.commit(
        "beliefs", rows=projects.pilots_begun, project_offer=projects.offer_begun, project_since=month
    )
    companies.commit("beliefs", rows=projects.production_begun, project_plan=projects.plan, project_since=month)
    companies.commit("beliefs", rows=done, project_since=month)
