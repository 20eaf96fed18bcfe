"""Which training run a lab undertakes, and the equity that helps to pay for it.

Source of the equations: docs/model.md, M6 and section 11 point 9 (the training budget is the cash limit of the choice,
not the choice).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.frontier import Frontier, Lab, training_cost
from market.units import BoolArray, FloatArray

RUN_MULTIPLES = (0.5, 1.0, 2.0, 4.0)  # candidate runs over the last one


@dataclass(frozen=True)
class TrainingPlan:
    """A run decided upon."""

    gpu_hours: float
    months: float
    cost: float  # USD
    net_gain: float  # USD: profit gain over the months in which it must pay back, less what it adds to costs

    @property
    def gpu_hours_per_month(self) -> float:
        """GPU-hours to be bought each month."""
        return self.gpu_hours / self.months


def run_candidates(last_gpu_hours: float) -> FloatArray:
    """GPU-hours of the runs a lab compares; (4,)."""
    return last_gpu_hours * np.asarray(RUN_MULTIPLES)


def run_months(gpu_hours: float | FloatArray, *, gpu_hours_per_month: float, frontier: Frontier) -> FloatArray:
    """How long a run takes on the compute a lab can hold; a run that could be shorter is stretched to the minimum."""
    return np.maximum(np.asarray(gpu_hours) / gpu_hours_per_month, frontier.run_months_min)


def feasible(
    gpu_hours: float | FloatArray, *, budget: float, gpu_hour_price: float, gpu_hours_per_month: float,
    frontier: Frontier,
) -> BoolArray:
    """Whether runs can be paid from `budget` (USD over the run) and finished within the longest run; booleans."""
    affordable = np.asarray(training_cost(gpu_hours, gpu_hour_price=gpu_hour_price, frontier=frontier)) <= budget
    return affordable & (np.asarray(gpu_hours) <= gpu_hours_per_month * frontier.run_months_max)


def reachable_base(
    last_gpu_hours: float, *, budget: float, gpu_hour_price: float, gpu_hours_per_month: float, frontier: Frontier
) -> float:
    """The last run, halved until its smallest candidate is feasible; 0 where a budget or the compute is nil.

    Without it a lab whose budget once fell below half its last run would never train again.
    """
    unit_cost = float(training_cost(1.0, gpu_hour_price=gpu_hour_price, frontier=frontier))
    within_budget = budget / unit_cost if unit_cost > 0 else np.inf
    limit = min(within_budget, gpu_hours_per_month * frontier.run_months_max)
    if limit <= 0 or last_gpu_hours <= 0:
        return 0.0
    halvings = max(0, int(np.ceil(np.log2(last_gpu_hours * RUN_MULTIPLES[0] / limit))))
    return last_gpu_hours / 2.0**halvings


def owed_anyway(gpu_hours: FloatArray, months: FloatArray, *, idle: FloatArray, price: float) -> FloatArray:
    """What a lab owes for hours of each run whether it runs or not, USD: hours under contract that else lie idle.

    gpu_hours, months (candidates,); idle (months ahead,) GPU-hours reserved and not wanted for anything else, price USD
    an hour. A run takes them month by month, as many as its pace calls for.
    """
    ahead = np.arange(len(idle))
    part = np.clip(months[:, None] - ahead, 0.0, 1.0)  # of each month that the run lasts
    pace = (gpu_hours / months)[:, None]
    return np.asarray((np.minimum(pace, idle) * part).sum(axis=1) * price)


def choose_run(
    candidates: FloatArray,
    *,
    profit_gain: FloatArray,
    owed: FloatArray,
    budget: float,
    gpu_hour_price: float,
    gpu_hours_per_month: float,
    frontier: Frontier,
    objective: str = "profit",
) -> TrainingPlan | None:
    """The feasible candidate with the largest profit gain net of added cost; `None` if none is feasible or pays.

    By candidate, USD: `profit_gain` against not running, over the months in which a run must pay back; `owed`, what of
    its cost must be paid without it too (`owed_anyway`). Budgets bear what is owed either way, so that feasibility goes
    by the whole cost. Under objective `rank` a lab takes the largest feasible run whatever it earns.
    """
    possible = feasible(
        candidates, budget=budget, gpu_hour_price=gpu_hour_price, gpu_hours_per_month=gpu_hours_per_month,
        frontier=frontier,
    )  # fmt: skip
    if not possible.any():
        return None
    cost = np.asarray(training_cost(candidates, gpu_hour_price=gpu_hour_price, frontier=frontier))
    net_gain = profit_gain - (cost - owed)
    merit = candidates if objective == "rank" else net_gain
    best = int(np.argmax(np.where(possible, merit, -np.inf)))
    if objective != "rank" and net_gain[best] <= 0:
        return None
    months = run_months(candidates[best], gpu_hours_per_month=gpu_hours_per_month, frontier=frontier)
    return TrainingPlan(
        gpu_hours=float(candidates[best]), months=float(months), cost=float(cost[best]), net_gain=float(net_gain[best])
    )


def equity_raised(
    *, need: float, seed: float, yearly_growth: float, monthly_revenue: float, appetite: float, lab: Lab
) -> float:
    """Equity the fund gives a lab this month, USD: what it needs, at most what its growth and the times support.

    `seed` is what a lab without revenue can raise, `yearly_growth` of revenue a ratio (1 = doubled); `appetite` scales
    what investors give.
    """
    growth = min(max(yearly_growth, 0.0), lab.equity_growth_most)
    offered = appetite * (seed + lab.equity_growth * growth * monthly_revenue)
    return max(0.0, min(need, offered))
