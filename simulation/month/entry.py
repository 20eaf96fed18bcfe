"""Founders enter where they expect more than their hurdle: neoclouds, hosters and labs on reserved seats (M17).

Expected returns adapt to what incumbents earn. One draw a month and kind decides how many are founded; who they are is
fixed by the order of the seats, so that an entrant shifts nobody else's luck.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from agents.conduct import cost_of_capital
from agents.finance import founding_rate, poisson, return_on_machines
from agents.sellers import NEVER_FOUNDED, CloudProvider, ModelLab, Seller, TrainingRun
from market.accounts import FUND
from market.chance import Mechanism
from market.fleet import KILOWATTS_PER_MEGAWATT
from market.frontier import training_cost
from market.money import to_cents
from market.units import CENTS_PER_DOLLAR, HOURS_PER_MONTH, MONTHS_PER_YEAR, FloatArray, running_sum
from scenarios.scenario import Scenario
from simulation.month.capacity import is_outside
from simulation.month.compute import Compute
from simulation.month.funding import issue_equity
from simulation.month.paying import yearly_margins
from simulation.month.tariffs import Tariffs
from simulation.world import World

KINDS = ("cloud", "hoster", "lab")  # subjects of the draw, in this order
HOSTERS_PER_NEOCLOUD = 2.0  # a hoster needs neither machines nor sites: docs/model.md M17


def enter(
    world: World, assumptions: Scenario, *, month: int, tariffs: Tariffs, compute: Compute
) -> Iterator[tuple[str, int]]:
    """Found who enters this month; yields name and equity in cents."""
    expect_returns(world, assumptions, tariffs=tariffs, compute=compute)
    hurdle = hurdle_of(assumptions)
    for subject, kind in enumerate(KINDS):
        free = [seller for seller in world.sellers if seller.kind == kind and is_free(seller)]
        rate = founding_rate(world.finances.returns.get(kind, hurdle), hurdle=hurdle, finance=assumptions.finance)
        if kind == "hoster":
            rate *= HOSTERS_PER_NEOCLOUD
        uniform = float(world.chance.uniform(Mechanism.ENTRY, month=month, subject=subject))
        for seller in free[: poisson(uniform, mean=rate, most=len(free))]:
            dollars = equity_at_founding(world, assumptions, seller=seller, month=month, compute=compute)
            if dollars > 0:
                yield seller.name, found(world, assumptions, seller=seller, dollars=dollars, month=month)


def is_free(seller: Seller) -> bool:
    """Whether a seat has not been taken yet; nobody is founded twice."""
    return seller.seat and not seller.alive and seller.founded == NEVER_FOUNDED


def expect_returns(world: World, assumptions: Scenario, *, tariffs: Tariffs, compute: Compute) -> None:
    """Move the yearly returns that founders expect: of machines adaptively, of firms to what the last year showed."""
    finances, returns = world.finances, world.finances.returns
    before = returns.setdefault("cloud", hurdle_of(assumptions))
    seen = _return_of_machines(world, assumptions, tariffs=tariffs, compute=compute)
    returns["cloud"] = before + (seen - before) / MONTHS_PER_YEAR
    if len(finances.margins) == MONTHS_PER_YEAR:
        earned = yearly_margins(world)
        returns["hoster"] = _return_of_hosters(world, assumptions, earned=earned)
        returns["lab"] = _return_of_labs(world, earned=earned)


def hurdle_of(assumptions: Scenario) -> float:
    """Yearly return that founders ask for."""
    return cost_of_capital(assumptions.invest, role="neocloud") + assumptions.finance.hurdle_added


def _return_of_machines(world: World, assumptions: Scenario, *, tariffs: Tariffs, compute: Compute) -> float:
    """Return on a machine and its part of a site at this month's rent and load outside the hyperscalers."""
    invest, supply = assumptions.invest, compute.cleared.supply
    outside = np.array([is_outside(cloud) for cloud in world.clouds]) & (supply > 0)
    outside = outside if outside.any() else supply > 0
    if not outside.any():
        return 0.0
    load = float(compute.cleared.served.sum(axis=(0, 2))[outside].sum() / supply[outside].sum())
    return return_on_machines(
        margin=(tariffs.rent * load - invest.opex * load) * HOURS_PER_MONTH,
        machine_price=world.vendor.machine_price,
        shell_price=invest.shell_price * invest.power_per_gpu / KILOWATTS_PER_MEGAWATT,
        life=invest.life_months,
        shell_life=invest.shell_life_months,
        price_decline=assumptions.chip.price_decline,
    )


def _return_of_hosters(world: World, assumptions: Scenario, *, earned: FloatArray) -> float:
    """Mean profit of a hoster over the cash it takes to begin; 0 where there is none."""
    alive = [hoster.code for hoster in world.hosters if hoster.alive]
    cash = assumptions.finance.hoster_cash
    return float(earned[alive].mean()) / cash if alive and cash > 0 else 0.0


def _return_of_labs(world: World, *, earned: FloatArray) -> float:
    """Profit over capital paid in, of the lab that earns least: the newcomer's place; 0 where there is none."""
    returns = []
    for lab in world.labs:
        if lab.alive and lab.models:
            paid_in = world.ledger.view(lab.code).equity_issued / CENTS_PER_DOLLAR
            paid_in += world.finances.founding_cash[lab.code]
            returns.append(float(earned[lab.code]) / paid_in if paid_in > 0 else 0.0)
    return min(returns, default=0.0)


def frontier_run(world: World, assumptions: Scenario) -> tuple[float, float] | None:
    """GPU-hours and cost, USD, of the run behind the best closed model; none where no lab is left to follow."""
    labs = [lab for lab in world.labs if lab.alive and lab.models]
    if not labs:
        return None
    best = max(labs, key=lambda lab: (lab.models["frontier"].quality, -lab.code))
    cost = training_cost(best.last_run_hours, gpu_hour_price=best.gpu_price_paid, frontier=assumptions.frontier)
    return best.last_run_hours, float(cost)


def equity_at_founding(
    world: World, assumptions: Scenario, *, seller: Seller, month: int, compute: Compute
) -> float:
    """What the fund puts into a new firm, USD: more or less by its appetite; 0 where that is not enough to begin."""
    finance, appetite = assumptions.finance, world.finances.appetite
    if isinstance(seller, CloudProvider):
        invest = assumptions.invest
        hours = finance.entry_size * float(compute.cleared.demanded.sum())
        machines = hours / (HOURS_PER_MONTH * assumptions.pricing.load_target)
        site = invest.shell_price * invest.power_per_gpu / KILOWATTS_PER_MEGAWATT
        return appetite * machines * (world.vendor.machine_price + site) / (1 - invest.cash_kept)
    if isinstance(seller, ModelLab):
        run = frontier_run(world, assumptions)
        offered = MONTHS_PER_YEAR * appetite * float(world.calendar.seed_equity[month])
        return offered if run is not None and offered >= finance.entry_run * run[1] > 0 else 0.0
    return appetite * finance.hoster_cash


def found(world: World, assumptions: Scenario, *, seller: Seller, dollars: float, month: int) -> int:
    """Bring a firm into being with its equity; what it was paid in, cents."""
    cents = to_cents(dollars)
    seller.alive, seller.founded = True, month
    issue_equity(world, holder=FUND, issuer=seller.code, cents=cents)
    companies = world.companies
    bit = np.left_shift(np.uint64(1), np.uint64(seller.code))
    companies.commit("readiness", known=companies.known & ~bit)  # nobody has heard of it yet
    if isinstance(seller, CloudProvider):
        _plan_cloud(world, assumptions, cloud=seller)
    elif isinstance(seller, ModelLab):
        _begin_first_run(world, assumptions, lab=seller, dollars=dollars, month=month)
    return cents


def _plan_cloud(world: World, assumptions: Scenario, *, cloud: CloudProvider) -> None:
    """A neocloud expects the share of demand it was founded for, until its machines show what comes."""
    cloud.planned_share = assumptions.finance.entry_size
    total = running_sum(other.demand_history[-1] for other in world.clouds if other.demand_history)
    cloud.demand_history = [cloud.planned_share * total] * len(cloud.demand_history)
    machines = cloud.demand_history[-1] / (HOURS_PER_MONTH * assumptions.pricing.load_target)
    cloud.past_purchases = machines  # the vendor counts what it plans as it counts what others bought


def _begin_first_run(world: World, assumptions: Scenario, *, lab: ModelLab, dollars: float, month: int) -> None:
    """A lab begins with the run it raised money for, knowing what the least advanced of the labs knows."""
    run, frontier = frontier_run(world, assumptions), assumptions.frontier
    assert run is not None
    hours = assumptions.finance.entry_run * run[0]
    others = [other for other in world.labs if other.alive and other is not lab]
    lab.algorithms = min(other.algorithms for other in others)
    lab.gpu_price_paid = float(np.mean([other.gpu_price_paid for other in others]))
    lab.training_cash = dollars
    budget = hours / frontier.run_months_min * lab.gpu_price_paid * frontier.compute_price_multiplier
    lab.run = TrainingRun(gpu_hours=hours, left=hours, budget=budget, started=month)
