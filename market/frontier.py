"""The quality frontier: how compute and knowledge become quality, how both advance, and how they leak.

Quality is in points of a capability index, 100 = frontier of January 2023; algorithmic knowledge in dex (powers of ten
of compute saved). Which run a lab chooses is in `market.training`, what releasers publish when in
`market.release_schedule`. Source of the equations: docs/model.md, M6 and section 11 points 2 and 9.
"""

import numpy as np

from market.parameters import ParameterGroup, choice, flag, quantity
from market.units import MONTHS_PER_YEAR, FloatArray

SECONDS_PER_HOUR = 3600.0
RESEARCH_TREND_MONTH = 12  # January 2024: the trend of research spending is stated for 2024


class Frontier(ParameterGroup):
    """Training, algorithmic progress and its leaks."""

    founding_quality: float = quantity(
        100.0, unit="points", meaning="quality of the frontier in January 2023", low=100, high=100, most=200,
        symbol="q0",
    )
    reference_compute: float = quantity(
        2e25, unit="FLOP", meaning="effective training compute of the founding frontier", low=1e25, high=4e25, least=1,
        source="fact 6.12", symbol="E_ref",
    )
    flop_per_second: float = quantity(
        4e14, unit="FLOP/s/H100e", meaning="training speed achieved on one accelerator", low=2e14, high=6e14,
        least=1e12, symbol="flop_eff",
    )
    points_per_dex: float = quantity(
        24.0, unit="points/dex", meaning="quality gained from ten times the effective compute", low=15, high=28,
        least=0.01, symbol="kq",
    )
    progress: float = quantity(
        0.48, unit="dex/year", meaning="algorithmic progress of a lab that spends on trend", low=0.3, high=0.7,
        symbol="gA",
    )
    research_elasticity: float = quantity(
        0.3, unit="1", meaning="elasticity of algorithmic progress to research spending off trend", low=0, high=0.6,
        symbol="eta_rd",
    )
    research_reference: float = quantity(
        3e9, unit="USD/year", meaning="research spending of a leading lab in 2024", low=1e9, high=6e9, least=1,
        source="fact 6.11", symbol="rd_ref",
    )
    research_trend: tuple[float, ...] = quantity(
        (2.4, 2.4, 2.4, 1.8, 1.5, 1.3, 1.2, 1.15, 1.1, 1.08), unit="1/year",
        meaning="yearly factor of the trend of research spending, by year from 2023, the last lasting", least=0.1,
        low=(2.0, 2.0, 2.0, 1.5, 1.3, 1.1, 1.0, 1.0, 1.0, 1.0), high=(3.1, 3.1, 3.1, 2.4, 2.0, 1.6, 1.5, 1.4, 1.3, 1.3),
        source="fact 6.08", symbol="g_rd",
    )
    research_staff: float = quantity(
        0.5, unit="share", meaning="staff and data of a training run over its compute bill", low=0.3, high=0.8,
        source="fact 6.08", symbol="rd_staff",
    )
    leak_base: float = quantity(
        0.02, unit="1/month", meaning="share of the gap to public knowledge closed without open weights", low=0,
        high=0.05, most=1.0, symbol="leak0",
    )
    leak_open: float = quantity(
        0.08, unit="1/month", meaning="further share closed where all frontier models are open", low=0, high=0.2,
        most=1.0, symbol="leak_open",
    )
    leak_reach: float = quantity(
        40.0, unit="points", meaning="distance behind the frontier at which open weights teach nothing", low=20,
        high=60, least=0.01, symbol="leak_reach",
    )
    distillation: float = quantity(
        0.25, unit="share", meaning="share of the gap to the frontier closed by distilling it, per run", low=0,
        high=0.6, most=1.0, symbol="eta_d",
    )
    distillation_margin: float = quantity(
        3.0, unit="points", meaning="gap that distillation cannot close", low=0, high=8, symbol="dmin"
    )
    distillation_tokens: float = quantity(
        5e11, unit="tokens", meaning="tokens of the frontier model bought to distil it once", low=1e11, high=2e12,
        symbol="tok_d",
    )
    detection: float = quantity(
        0.1, unit="1/month", meaning="hazard that distillation is detected and cut off", low=0.03, high=0.3,
        symbol="detect",
    )
    flywheel: float = quantity(
        3.0, unit="points", meaning="quality that usage data are worth, per unit of ln(1 + 12*usage share)", low=0,
        high=4, symbol="kf",
    )
    flywheel_decay: float = quantity(
        0.08, unit="1/month", meaning="ageing of usage data", low=0.03, high=0.2, most=1.0, symbol="fly_decay"
    )
    run_months_min: int = quantity(
        3, unit="months", meaning="shortest training run", low=2, high=4, least=1, most=60, symbol="run_min"
    )
    run_months_max: int = quantity(
        9, unit="months", meaning="longest training run", low=6, high=12, least=1, symbol="run_max"
    )
    serving_progress: float = quantity(
        0.9, unit="1/year", meaning="growth of tokens served per GPU-hour by better software up to serving_slowdown",
        low=0.2, high=1.0, symbol="serv_eff",
    )
    serving_slowdown: int = quantity(
        35, unit="month", meaning="last month of fast progress of serving software", low=23, high=59,
        most=600, symbol="serv_until",
    )
    serving_late_progress: float = quantity(
        0.4, unit="1/year", meaning="growth of tokens served per GPU-hour by better software afterwards", low=0.0,
        high=0.9, symbol="serv_late",
    )
    compute_price_multiplier: float = quantity(
        1.0, unit="1", meaning="price of training compute over the contract price", low=1, high=1.5,
        least=0.01, symbol="flop_price_mult",
    )
    open_lag_override: float = quantity(
        -1.0, unit="months", meaning="months the best open model is held behind the frontier; -1: its own pace",
        low=-1, high=24, least=-1, symbol="open_lag_override",
    )


class Lab(ParameterGroup):
    """What labs aim at, what they build and what they may spend."""

    objective: str = choice(
        "profit", ("profit", "rank"), meaning="what a training run is chosen for", symbol="lab_objective"
    )
    training_spend: str = choice(
        "endogenous", ("endogenous", "frozen"),
        meaning="frozen: training in the open world follows the path of the closed one", symbol="training_spend",
    )
    compute_per_token: str = choice(
        "engineering", ("engineering", "equal"),
        meaning="equal: every model is served as if it had `equal_active` parameters", symbol="compute_per_token",
    )
    equal_active: float = quantity(
        120.0, unit="billion parameters", meaning="active parameters of every model under `equal`", low=50, high=280,
        least=0.01, symbol="A_equal",
    )
    run_under_way: bool = flag(
        True, symbol="run_under_way",
        meaning="labs are founded in the midst of a training run, each at a point of its own",
    )
    active_frontier: float = quantity(
        279.0, unit="billion parameters", meaning="active parameters of a frontier model", low=100, high=400,
        least=0.01, symbol="A_front",
    )
    active_small: float = quantity(
        52.0, unit="billion parameters", meaning="active parameters of a lab's smaller tier", low=20, high=100,
        least=0.01, symbol="A_small",
    )
    small_gap: float = quantity(
        12.0, unit="points", meaning="quality of the smaller tier below the frontier model", low=6, high=18,
        most=500, symbol="small_gap",
    )
    quality_noise: float = quantity(
        2.1, unit="points", meaning="standard deviation of the outcome of a training run", low=0, high=4,
        symbol="q_noise",
    )
    payback_months: float = quantity(
        24.0, unit="months", meaning="months of profit against which the cost of a training run is weighed", low=12,
        high=36, least=1, symbol="T_run",
    )
    most_of_supply: float = quantity(
        0.12, unit="share", meaning="most of all rented GPU-hours that one lab can contract for training", low=0.05,
        high=0.3, least=0.001, most=1.0, symbol="train_share",
    )
    budget_share: float = quantity(
        0.45, unit="share", meaning="share of revenue set aside for training", low=0.3, high=0.6, most=1.0,
        symbol="budget_share",
    )
    seed_equity: float = quantity(
        6e7, unit="USD/month", meaning="equity a lab can raise at month 0 without revenue", low=3e7, high=1e8,
        symbol="seed0",
    )
    seed_growth: tuple[float, ...] = quantity(
        (0.055, 0.06, 0.05, 0.04, 0.02, 0.01, 0.0), unit="1/month",
        meaning="its growth by year from 2023, the last lasting", least=-0.5, most=1.0, symbol="seed_growth",
        any_length=True,
    )
    equity_growth: float = quantity(
        0.5, unit="1", meaning="equity raised per unit of revenue and of its yearly growth", low=0.2, high=1,
        symbol="eq_growth",
    )
    equity_growth_most: float = quantity(
        2.0, unit="1/year", meaning="yearly growth beyond which investors pay no more", low=1, high=3, symbol="eq_cap"
    )


def run_quality(
    gpu_hours: float | FloatArray, *, algorithms: float, frontier: Frontier, bonus: float = 0.0
) -> float | FloatArray:
    """Quality of a model trained with `gpu_hours`: points; raises `FloatingPointError` for a run without compute.

    `algorithms` in dex; `bonus` holds the points that usage data and distillation add (M6).
    """
    compute = np.asarray(gpu_hours) * SECONDS_PER_HOUR * frontier.flop_per_second
    dex = np.log10(compute / frontier.reference_compute) + algorithms
    return frontier.founding_quality + frontier.points_per_dex * dex + bonus


def gpu_hours_for(
    quality: float | FloatArray, *, algorithms: float, frontier: Frontier, bonus: float = 0.0
) -> float | FloatArray:
    """GPU-hours that train a model of that quality: the inverse of `run_quality`."""
    dex = (np.asarray(quality) - frontier.founding_quality - bonus) / frontier.points_per_dex - algorithms
    return frontier.reference_compute * 10.0**dex / (SECONDS_PER_HOUR * frontier.flop_per_second)


def training_cost(gpu_hours: float | FloatArray, *, gpu_hour_price: float, frontier: Frontier) -> float | FloatArray:
    """What a run costs, USD: its compute at the price of training compute, and the staff and data that go with it."""
    return frontier.compute_price_multiplier * gpu_hours * gpu_hour_price * (1 + frontier.research_staff)


def research_on_trend(month: int, frontier: Frontier) -> float:
    """Yearly research spending at which a lab progresses at the normal pace, USD; it grows, or progress would speed up.

    `research_reference` is its level in January 2024, the yearly factors apply month by month.
    """
    factors = np.asarray(frontier.research_trend)
    years = np.minimum(np.arange(max(month, RESEARCH_TREND_MONTH)) // MONTHS_PER_YEAR, len(factors) - 1)
    growth = np.cumsum(np.log(factors[years])) / MONTHS_PER_YEAR
    at_month = growth[month - 1] if month > 0 else 0.0
    return float(frontier.research_reference * np.exp(at_month - growth[RESEARCH_TREND_MONTH - 1]))


def leak(*, open_share: float, gap: float, frontier: Frontier) -> float:
    """Share of the gap to public knowledge that a lab closes in a month.

    `open_share` of frontier models are open, the best of them `gap` points behind; open weights teach less the further
    behind they are, and nothing beyond `leak_reach`.
    """
    return frontier.leak_base + frontier.leak_open * open_share * max(0.0, 1 - gap / frontier.leak_reach)


def next_algorithms(
    algorithms: float, *, research_spend: float, public: float, leak_rate: float, month: int, frontier: Frontier
) -> float:
    """A lab's algorithmic knowledge a month later, dex.

    `research_spend` is the last 12 months' research compute and staff in USD, `public` the knowledge that leaks.
    """
    effort = float((research_spend / research_on_trend(month, frontier)) ** frontier.research_elasticity)
    return algorithms + frontier.progress / MONTHS_PER_YEAR * effort + leak_rate * max(0.0, public - algorithms)


def next_flywheel(flywheel: float, *, usage_share: float, frontier: Frontier) -> float:
    """Points that usage data add to a lab's next run, a month later.

    Data age at `flywheel_decay` and are renewed by use, so that a lasting usage share is worth kf*ln(1 + 12*share).
    """
    lasting = frontier.flywheel * float(np.log1p(MONTHS_PER_YEAR * usage_share))
    return flywheel + frontier.flywheel_decay * (lasting - flywheel)


def distillation_gain(*, frontier_quality: float, own_quality: float, frontier: Frontier) -> float:
    """Points that distilling the frontier adds to one run: a share of the gap beyond the margin, never negative."""
    return frontier.distillation * max(0.0, frontier_quality - frontier.distillation_margin - own_quality)
