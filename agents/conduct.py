"""How sellers plan: declared parameters and pure rules for forecasts, investment, other demand, budgets and founding.

Source of the equations: docs/model.md, M4 and section 11 points 3, 7, 8 and 9.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, Protocol

import numpy as np

from market.parameters import ParameterGroup, choice, quantity
from market.pricing import Pricing, annuity
from market.units import HOURS_PER_MONTH, FloatArray


class Cloud(ParameterGroup):
    """The clouds and their ordinary business."""

    fringe_count: int = quantity(
        9, unit="firms", meaning="other clouds with legacy tenants", low=1, high=12, most=24, symbol="n_fringe"
    )
    neocloud_count: int = quantity(
        3, unit="firms", meaning="clouds that only rent accelerators", low=0, high=6, most=16, symbol="n_neo"
    )
    fringe_legacy_share: float = quantity(
        0.33, unit="share", meaning="legacy revenue of all other clouds together", most=1.0, source="fact 1.01",
        symbol="fringe_share",
    )
    neocloud_fleet_part: float = quantity(
        0.75, unit="share", meaning="share of the fringe's part of the founding fleet that neoclouds own", low=0.5,
        high=1, most=1.0, symbol="neo_part",
    )
    founding_fleet_age: int = quantity(
        24, unit="months", meaning="age of the oldest accelerators at founding, younger ones evenly spread", low=12,
        high=36, least=1, most=60, symbol="fleet_age",
    )
    legacy_revenue: float = quantity(
        1.9e10, unit="USD/month", meaning="non-AI cloud revenue of the world at month 0", low=1.8e10, high=2.0e10,
        source="fact 1.03", symbol="legacy_rev0",
    )
    legacy_growth: float = quantity(
        0.11, unit="1/year", meaning="growth of non-AI cloud revenue", low=0.08, high=0.20, least=-0.9,
        source="fact 1.09", symbol="legacy_growth",
    )
    legacy_margin: float = quantity(
        0.30, unit="share", meaning="operating margin of the ordinary business", low=0.15, high=0.40, most=1.0,
        source="fact 1.16", symbol="legacy_margin",
    )
    legacy_capex: float = quantity(
        1.36e11, unit="USD/year", meaning="capital spending outside AI of the hyperscalers and the platform giant",
        low=1.2e11, high=1.7e11, source="fact 2.01", symbol="legacy_capex",
    )
    legacy_capex_giant: float = quantity(
        0.17, unit="share", meaning="part of that capital spending by the platform giant", low=0.1, high=0.25, most=1.0,
        source="fact 2.01", symbol="capex_giant",
    )
    legacy_capex_own: float = quantity(
        0.1, unit="share",
        meaning="part of that spending that the margin of ordinary cloud business pays, the rest being wear of "
        "ordinary capital and other lines of business", low=0, high=0.3, most=1.0, symbol="capex_own",
    )
    rollover: float = quantity(
        0.083, unit="1/month", meaning="share of compute contracts that end in a month: one-year contracts", low=0.03,
        high=0.5, most=1.0, source="fact 2.12", symbol="rollover",
    )
    marketplace_cut: float = quantity(
        0.10, unit="share", meaning="share of a lab's sales through a cloud's marketplace kept by the cloud",
        low=0.03, high=0.3, most=0.9, symbol="market_cut",
    )


class Outlook(NamedTuple):
    """How an owner of machines looks ahead from the demand it has seen."""

    adaptation: float  # weight of the newest month in the level
    memory: int  # months of growth looked back on
    damping: float  # how much of the trend persists, month by month
    herd: float  # weight of the market's growth


RULE_OF_THUMB = Outlook(adaptation=1.0, memory=1, damping=1.0, herd=0.0)


class Invest(ParameterGroup):
    """When and how much capacity is ordered."""

    rule: str = choice(
        "forecast", ("forecast", "rule_of_thumb"),
        meaning="what orders are made for: a damped forecast of demand, or last month's growth over the lead time",
    )

    gpu_lead_months: int = quantity(
        6, unit="months", meaning="order to power-on of accelerators into a live site", low=3, high=12, least=1,
        symbol="L_gpu",
    )
    shell_lead_months: int = quantity(
        15, unit="months", meaning="order to energised shell where grid power is at hand", low=12, high=24, least=1,
        source="fact 2.08", symbol="L_shell",
    )
    site_lead_months: int = quantity(
        42, unit="months", meaning="order to energised shell where grid power must first come", low=24, high=84,
        least=1, source="fact 2.08", symbol="L_mw",
    )
    powered_share: float = quantity(
        0.6, unit="share", meaning="share of ordered sites that have grid power at hand", low=0.2, high=1, most=1.0,
        symbol="powered_share",
    )
    system_price: float = quantity(
        18000.0, unit="USD/H100e", meaning="server and network of an accelerator, at cost", low=10000, high=20000,
        source="fact 2.06", symbol="sys_h100e",
    )
    shell_price: float = quantity(
        1.2e7, unit="USD/MW", meaning="building and power of a site", low=1.0e7, high=2.0e7, source="fact 2.05",
        symbol="shell_per_mw",
    )
    power_per_gpu: float = quantity(
        1.2, unit="kW/H100e", meaning="site power of an accelerator, cooling included", low=1.1, high=1.8, least=0.01,
        symbol="kw_h100e",
    )
    life_months: int = quantity(
        60, unit="months", meaning="life of an accelerator", low=36, high=72, least=1, source="fact 2.17",
        most=100_000_000, symbol="life_gpu",
    )
    shell_life_months: int = quantity(
        240, unit="months", meaning="life of a shell", low=180, high=360, least=1,
        most=100_000_000, symbol="life_shell",
    )
    availability: float = quantity(
        0.999, unit="share", meaning="share of hours in which a commissioned accelerator can work", low=0.99,
        high=0.9999, least=0.01, most=1.0, symbol="avail0",
    )
    opex: float = quantity(
        0.22, unit="USD/GPU-hour", meaning="power, space and operation of an accelerator: its avoidable cost",
        low=0.15, high=0.6, source="fact 2.15", symbol="opex_gpuh",
    )
    reserve: float = quantity(
        0.075, unit="share", meaning="capacity planned above expected demand", low=0, high=0.3, symbol="iota"
    )
    herd: float = quantity(
        0.2, unit="share", meaning="weight of rivals' growth in a cloud's forecast", low=0, high=0.6, most=1.0,
        symbol="herd",
    )
    memory_months: int = quantity(
        12, unit="months", meaning="months of demand that a forecast looks back on", low=6, high=24, least=2,
        symbol="memory",
    )
    adaptation: float = quantity(
        0.5, unit="1/month", meaning="weight of the newest month in an expected level of demand or rent", low=0.15,
        high=1, least=0.01, most=1.0, symbol="adapt",
    )
    trend_damping: float = quantity(
        0.965, unit="1/month", meaning="how much of the trend a forecaster expects to persist, month by month",
        low=0.8, high=1, most=1.0, symbol="damping",
    )
    option_value: float = quantity(
        1.15, unit="1", meaning="hurdle of an irreversible order over its user cost", low=1, high=1.5,
        symbol="kappa_opt",
    )
    conduct: float = quantity(
        0.0, unit="1", meaning="0: clouds take the rent as given when they order; 1: Cournot", low=0, high=1, most=1.0,
        symbol="conduct",
    )
    eta_floor: float = quantity(
        0.3, unit="1", meaning="smallest elasticity of compute demand a Cournot cloud believes in", low=0.1, high=1,
        least=1e-6, symbol="eta_floor",
    )
    wacc_hyperscaler: float = quantity(
        0.085, unit="1/year", meaning="cost of capital of hyperscalers and fringe clouds", low=0.07, high=0.1,
        symbol="wacc_hyper",
    )
    wacc_neocloud: float = quantity(
        0.13, unit="1/year", meaning="cost of capital of neoclouds", low=0.1, high=0.16, symbol="wacc_neo"
    )
    wacc_shift: float = quantity(
        0.0, unit="1/year", meaning="shift of every cost of capital", low=-0.03, high=0.03, least=-0.07,
        symbol="wacc_shift",
    )
    leverage_hyperscaler: float = quantity(
        2.0, unit="years of EBITDA", meaning="debt limit of hyperscalers and fringe clouds", low=1, high=3,
        symbol="lev_hyper",
    )
    leverage_neocloud: float = quantity(
        6.0, unit="years of EBITDA", meaning="debt limit of neoclouds", low=3, high=8, symbol="lev_neo"
    )
    cash_kept: float = quantity(
        0.25, unit="share", meaning="share of its deposits that a cloud does not put into machines", low=0.1, high=0.5,
        most=1.0, symbol="cash_kept",
    )
    order_multiplier: float = quantity(
        1.0, unit="1", meaning="orders over the rule's orders, within cash and power", low=0.5, high=1.5,
        symbol="order_mult",
    )

    @property
    def outlook(self) -> Outlook:
        """How owners look ahead: an adaptive level with a damped trend, or last month's growth for ever."""
        if self.rule == "rule_of_thumb":
            return RULE_OF_THUMB
        return Outlook(self.adaptation, self.memory_months, self.trend_damping, self.herd)


class Other(ParameterGroup):
    """Demand for compute by everything but the modelled companies: consumer services, non-language and internal AI."""

    level: float = quantity(
        8.0e4, unit="H100e", meaning="other demand at month 0", low=4e4, high=1.5e5, symbol="other0"
    )
    jump: float = quantity(
        7.0, unit="1", meaning="rise of other demand over the months of the jump", low=3, high=8, least=1e-6,
        symbol="other_jump",
    )
    jump_first: int = quantity(1, unit="month", meaning="first month of the jump", most=120, symbol="jump_first")
    jump_months: int = quantity(6, unit="months", meaning="months the jump takes", least=1, most=120, symbol="jump_len")
    growth: tuple[float, ...] = quantity(
        (0.02, 0.13, 0.046, 0.05, 0.038, 0.028, 0.022, 0.016, 0.012), unit="1/month",
        meaning="growth after the jump by year from 2023, the last lasting", least=-0.5, most=1.0,
        symbol="other_growth",
    )
    elasticity: float = quantity(
        0.5, unit="1", meaning="price elasticity of other demand", low=0.1, high=0.8, most=10, symbol="other_eps"
    )
    own_sites: float = quantity(
        0.2, unit="share", meaning="other demand met on sites of its own", low=0.05, high=0.3, most=1.0,
        source="fact 2.25", symbol="other_own",
    )
    subscriptions: float = quantity(
        1.0e8, unit="USD/month", meaning="consumer subscriptions of all labs at month 0", low=0, high=3e8,
        symbol="subs0",
    )
    subscription_growth: float = quantity(
        0.08, unit="1/month", meaning="their growth up to subscription_slowdown", low=0.03, high=0.12, least=-0.5,
        most=1.0, symbol="subs_growth",
    )
    subscription_slowdown: int = quantity(
        35, unit="month", meaning="last month of fast growth", low=24, high=60, most=600, symbol="subs_until"
    )
    subscription_late_growth: float = quantity(
        0.02, unit="1/month", meaning="their growth afterwards", low=0, high=0.05, least=-0.5, most=1.0,
        symbol="subs_late",
    )
    subscription_compute_share: float = quantity(
        0.35, unit="share", meaning="share of that revenue spent on GPU-hours", low=0.2, high=0.6, most=1.0,
        symbol="subs_compute",
    )
    subscriber_flight: float = quantity(
        0.0, unit="share", meaning="subscribers who leave where open weights equal the best closed model; 0: nobody",
        low=0.0, high=1.0, most=1.0, symbol="subs_flight",
    )
    flight_scale: float = quantity(
        15.0, unit="points", meaning="lead of the best closed model that keeps 63% of them", low=5, high=40, least=0.1,
        most=1000, symbol="flight_scale",
    )


class NamedCloud(Protocol):
    """A cloud as its contract buyers see it."""

    brand: float
    role: str


def subscribers_kept(lead: float | FloatArray, other: Other) -> FloatArray:
    """Part of consumer subscriptions that labs keep where their best model leads open weights by `lead` points.

    `lead` is inf where no weights are public. A rival structure, off in the baseline: docs/model.md, 1.2.
    """
    return 1.0 - other.subscriber_flight * np.exp(-np.maximum(lead, 0.0) / other.flight_scale)


def trend_growth(history: FloatArray, *, memory: int) -> float:
    """Mean monthly log growth of GPU-hours over the last `memory` months; 0 where there is no history.

    Months before the first are taken to have been like it, and those with less than one GPU-hour are no history:
    neither two months nor a first customer make a trend.
    """
    recent = history[-(memory + 1) :]
    recent = recent[recent >= 1.0]
    return float(np.log(recent[-1] / recent[0]) / memory) if len(recent) > 1 else 0.0


def damped_forecast(level: float, growth: float, *, horizon: int, damping: float) -> float:
    """Level expected `horizon` months ahead when the trend fades (Gardner and McKenzie 1985, damped trend)."""
    return float(level * np.exp(growth * _months_of_trend(horizon, damping)))


@cache
def _months_of_trend(horizon: int, damping: float) -> np.float64:
    """Months of undamped growth in `horizon` months of a fading trend."""
    return np.float64((damping ** np.arange(1, horizon + 1)).sum())


def desired_capacity(expected_gpu_hours: float, *, reserve: float, target_load: float, availability: float) -> float:
    """Accelerators wanted for an expected demand in GPU-hours a month (M4, Ddes)."""
    return (1 + reserve) * expected_gpu_hours / (target_load * HOURS_PER_MONTH * availability)


def expected_rent(load: float, *, cost_price: float, pricing: Pricing) -> float:
    """Rent at which a market rests that stays at `load`: the long-run premium of section 11 point 1, USD per
    GPU-hour. Without a pull to cost nothing but the target load is a place of rest, and rent rises or falls without
    end.
    """
    gap = load - pricing.load_target
    if pricing.cost_pull == 0:
        premium = float(np.copysign(np.inf, gap)) if gap else 0.0
    else:
        premium = pricing.scarcity_response / pricing.cost_pull * gap
    with np.errstate(over="ignore"):
        return float(cost_price * np.exp(premium))


def pays_off(
    *, expected_price: float, load: float, machine_price: float, invest: Invest, wacc: float, price_decline: float,
    market_share: float, elasticity: float,
) -> bool:
    """The investment gate of M4: marginal revenue at the expected load covers user cost with the option hurdle."""
    marginal_revenue = expected_price * (1 - invest.conduct * market_share / max(abs(elasticity), invest.eta_floor))
    user_cost = machine_price * annuity(wacc - np.log(1 - price_decline), invest.life_months)
    shell_cost = invest.shell_price * invest.power_per_gpu / 1000 * annuity(wacc, invest.shell_life_months)
    margin = (marginal_revenue * load - invest.opex) * HOURS_PER_MONTH
    return bool(margin >= invest.option_value * (user_cost + shell_cost))


def cost_of_capital(invest: Invest, *, role: str) -> float:
    """Yearly cost of capital of a cloud by its place in the industry."""
    return (invest.wacc_neocloud if role == "neocloud" else invest.wacc_hyperscaler) + invest.wacc_shift


def leverage_of(invest: Invest, *, role: str) -> float:
    """Years of EBITDA up to which the bank lends to a cloud."""
    return invest.leverage_neocloud if role == "neocloud" else invest.leverage_hyperscaler


def contract_brand(clouds: Sequence[NamedCloud], pricing: Pricing) -> FloatArray:
    """What contract buyers pay more for each cloud's name, in ln price; (clouds,): its own, or the hyperscalers'."""
    return np.array([c.brand if c.brand > 0 else pricing.brand * (c.role == "hyperscaler") for c in clouds])
