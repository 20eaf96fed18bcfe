"""Labs decide on their next training run, and releasers on what their schedule needs (docs/model.md M6)."""

from __future__ import annotations

import numpy as np

from agents.actor import appetite_as_heard
from agents.conduct import subscribers_kept
from agents.regulator import months_of_advantage
from agents.sellers import ModelLab, OpenWeightReleaser, TrainingRun
from market.chance import Mechanism
from market.frontier import gpu_hours_for, run_quality, training_cost
from market.goods import Route
from market.selection import one_of
from market.training import (
    choose_run,
    equity_raised,
    feasible,
    owed_anyway,
    reachable_base,
    run_candidates,
    run_months,
)
from market.units import CENTS_PER_DOLLAR, MONTHS_PER_YEAR, FloatArray
from scenarios.scenario import Scenario
from scenarios.sellers import ReleaserSpec
from simulation.month.communities import may_publish
from simulation.month.dealing import net_of_cut, revenue_share
from simulation.month.mandating import is_ordered
from simulation.month.models import distilled
from simulation.month.paying import backed
from simulation.month.release_choice import decides_by_value
from simulation.month.releasing import due_quality, pauses
from simulation.month.reserving import Idle
from simulation.month.tariffs import Tariffs
from simulation.world import World


def equity_round(world: World, assumptions: Scenario, *, lab: ModelLab, month: int) -> float:
    """USD the fund puts into the lab this month: as much as its growth supports, until a year's training is funded."""
    revenue = lab.revenue_history
    now = revenue[-1] if revenue else 0.0
    spent = lab.research_spend[-1] if lab.research_spend else 0.0
    seed = float(world.calendar.seed_equity[month])
    return equity_raised(
        need=max(MONTHS_PER_YEAR * max(spent, seed) - lab.training_cash, 0.0),
        seed=seed,
        yearly_growth=yearly_growth(revenue, otherwise=assumptions.lab.equity_growth_most),
        monthly_revenue=now,
        appetite=world.finances.appetite * appetite_as_heard(assumptions.actor),
        lab=assumptions.lab,
    )


def yearly_growth(history: list[float], *, otherwise: float) -> float:
    """Growth of a monthly amount over a year, 1 = doubled; `otherwise` without a year of sales to compare with."""
    before = history[-1 - MONTHS_PER_YEAR] if len(history) > MONTHS_PER_YEAR else 0.0
    return history[-1] / before - 1 if before > 0 else otherwise


def next_run(
    world: World, assumptions: Scenario, *, lab: ModelLab, month: int, tariffs: Tariffs, inflow: float, supply: float,
    idle: Idle,
) -> TrainingRun | None:  # fmt: skip
    """The run a lab starts now: the candidate with the largest profit gain, net of added cost, that it can pay.

    inflow: USD a month set aside for training; supply: GPU-hours a month of all clouds; idle: hours it owes and does
    not use.
    """
    frontier = assumptions.frontier
    price = lab.gpu_price_paid * frontier.compute_price_multiplier
    unit = float(training_cost(1.0, gpu_hour_price=lab.gpu_price_paid, frontier=frontier))
    most = assumptions.lab.most_of_supply * supply
    speed = min((lab.training_cash / frontier.run_months_max + inflow) / unit, most)
    budget = max(lab.training_cash, 0.0) + inflow * frontier.run_months_max
    base = reachable_base(
        lab.last_run_hours,
        budget=budget,
        gpu_hour_price=lab.gpu_price_paid,
        gpu_hours_per_month=speed,
        frontier=frontier,
    )
    if base <= 0 or price <= 0:
        return None
    candidates = run_candidates(base)
    candidates = candidates[
        feasible(
            candidates, budget=budget, gpu_hour_price=lab.gpu_price_paid, gpu_hours_per_month=speed, frontier=frontier
        )
    ]
    if candidates.size == 0:
        return None
    months = run_months(candidates, gpu_hours_per_month=speed, frontier=frontier)
    help_ = distilled(lab, best=world.closed_frontier[-1], assumptions=assumptions) if lab.distils else 0.0
    quality = np.asarray(
        run_quality(candidates, algorithms=lab.algorithms, frontier=frontier, bonus=lab.flywheel + help_)
    )
    gain = profit_gain(
        world, assumptions, lab=lab, quality=quality, months=months + assumptions.policy.safety_delay, month=month,
        tariffs=tariffs,
    )  # fmt: skip
    plan = choose_run(
        candidates,
        profit_gain=gain,
        owed=owed_anyway(candidates, months, idle=idle.hours, price=idle.price),
        budget=budget,
        gpu_hour_price=lab.gpu_price_paid,
        gpu_hours_per_month=speed,
        frontier=frontier,
        objective=assumptions.lab.objective,
    )
    if plan is None:
        return None
    return TrainingRun(
        gpu_hours=plan.gpu_hours,
        left=plan.gpu_hours,
        budget=plan.gpu_hours_per_month * price,
        started=month,
        distillation=help_,
    )


def profit_gain(
    world: World,
    assumptions: Scenario,
    *,
    lab: ModelLab,
    quality: FloatArray,
    months: FloatArray,
    month: int,
    tariffs: Tariffs,
) -> FloatArray:
    """Profit over the payback time with each candidate quality (candidates,) less without any run, USD.

    Evaluated on the arm's own offers at posted prices when the run ends: by then rivals and needs have moved up at the
    common trend, so the lab's own quality is lowered by it instead.
    """
    drift = world.need_drift(month) * months
    sold = lab.models["frontier"].quality
    coming = max([model.quality for model in lab.in_tests], default=sold)
    without_run = max(coming - sold, 0.0) - drift
    payback: float = assumptions.lab.payback_months
    if is_ordered(world, assumptions, month=month):
        payback = months_of_advantage(payback, assumptions.policy)
    gained = np.maximum(quality - sold, max(coming - sold, 0.0))
    profit = _monthly_profits(
        world,
        assumptions,
        lab=lab,
        shift=np.concatenate([gained - drift, without_run]),
        month=month,
        tariffs=tariffs,
        ahead=np.tile(months + payback / 2, 2),
    )
    with_run, without = np.split(profit, 2)
    return payback * (with_run - without)


def _monthly_profits(
    world: World,
    assumptions: Scenario,
    *,
    lab: ModelLab,
    shift: FloatArray,
    month: int,
    tariffs: Tariffs,
    ahead: FloatArray,
) -> FloatArray:
    """Profit a month before training, `ahead` months from now, if the lab's models were `shift` points better; USD.

    All (cases,). API margins grow with the value of workloads, subscriptions on their announced path, less those whom a
    smaller lead over open weights would lose.
    """
    book, sheet = world.book, tariffs.sheet
    closed = np.flatnonzero(sheet.available & (sheet.route == Route.CLOSED_API))
    is_own = book.seller[closed] == lab.code
    of_labs = one_of(book.seller[closed], [other.code for other in world.labs])
    price = np.where(np.isfinite(tariffs.base_price), tariffs.base_price, 1.0)
    tokens = tariffs.panel.quantities_if_better(offers=closed[is_own], shifts=shift, price=price)[:, closed]
    net = net_of_cut(world, assumptions, codes=closed)
    margin = ((sheet.price[closed] * net - tariffs.unit_cost[closed]) * tokens)[:, is_own].sum(axis=1)
    revenue = sheet.price[closed] * tokens
    total = revenue[:, of_labs].sum(axis=1)
    share = np.divide(revenue[:, is_own].sum(axis=1), total, out=np.zeros(len(total)), where=total > 0)
    calendar = world.calendar
    then = np.minimum(np.rint(month + ahead).astype(np.int64), len(calendar.intensity) - 1)
    value = (calendar.intensity[then] / calendar.intensity[month]) ** assumptions.needs.value_exponent
    kept = 1 - assumptions.other.subscription_compute_share - revenue_share(world, assumptions, lab=lab.code)
    subscribed = calendar.subscriptions[then] * subscribers_kept(
        lead_if_better(world, lab, shift=shift, lead=tariffs.closed_lead), assumptions.other
    )
    return np.asarray(margin * value + subscribed * share * kept)


def lead_if_better(world: World, lab: ModelLab, *, shift: FloatArray, lead: float) -> FloatArray:
    """Lead of the best closed model over open weights if the lab's were `shift` points better; all (cases,)."""
    best, own = world.closed_frontier[-1], lab.models["frontier"].quality
    sold = [other.models["frontier"].quality for other in world.labs if other is not lab and "frontier" in other.models]
    others = best if own < best else max(sold, default=-np.inf)
    return lead + np.maximum(others, own + shift) - best


def releaser_run(
    world: World, assumptions: Scenario, *, spec: ReleaserSpec, name: str, month: int
) -> TrainingRun | None:
    """This month's part of the training that the next release needs; none for weights it may neither publish nor
    sell behind an interface, and none while it stalls, after it left or where no course pays for training. Where the
    money for it is missing, the next model waits.
    """
    releaser = next(r for r in world.releasers if r.name == name)
    has_a_use = spec.closed_api or may_publish(world, assumptions, month=month)
    if not releaser.models or not has_a_use or pauses(releaser, cadence=assumptions.release.cadence, month=month):
        return None
    quality = due_quality(world, assumptions, spec=spec, releaser=releaser, month=month)
    newest = max(model.quality for model in releaser.models.values())
    if quality <= newest:
        return None
    hours = (
        float(gpu_hours_for(quality, algorithms=releaser.algorithms, frontier=assumptions.frontier))
        / assumptions.release.cadence
    )
    if not _can_pay(world, assumptions, releaser=releaser, hours=hours, month=month):
        releaser.next_release += 1
        return None
    budget = hours * releaser.gpu_price_paid * assumptions.frontier.compute_price_multiplier
    return TrainingRun(gpu_hours=hours, left=hours, budget=budget, started=month)


def _can_pay(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, hours: float, month: int
) -> bool:
    """Whether a releaser without a patron has the money for a month's training, staff included: else it waits."""
    bound = assumptions.finance.enforced and not backed(releaser) and decides_by_value(world, assumptions, month=month)
    cost = float(training_cost(hours, gpu_hour_price=releaser.gpu_price_paid, frontier=assumptions.frontier))
    return not bound or cost <= world.ledger.view(releaser.name).deposits / CENTS_PER_DOLLAR


def detected(world: World, assumptions: Scenario, *, lab: ModelLab, month: int) -> bool:
    """Whether the lab's distillation is found out this month, which ends it for good."""
    uniform = float(world.chance.uniform(Mechanism.DETECTION, month=month, entity=lab.luck))
    return bool(uniform < -np.expm1(-assumptions.frontier.detection))
