"""What companies believe that running a model oneself costs, what they learn, and what their projects then cost.

A company sees the bill of the machines and guesses the rest: its belief about x = ln(total cost / visible cost) is
normal, and every signal it takes for x moves it by Bayes' rule for normal variables. Source: docs/model.md, M10.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from scipy.special import ndtri

from market.parameters import ParameterGroup, quantity
from market.units import FloatArray, IntArray

PLANNED_WELL_FROM = 8.0  # log10 tokens a month above which larger companies know more of the hidden cost


class Project(IntEnum):
    """How far a workload has come on the way to running its model oneself."""

    NONE = 0
    ADVISED = 1  # asked for advice, no pilot yet
    PILOT = 2  # a proof of concept is under way
    PILOTED = 3  # it is over
    PRODUCTION = 4
    GIVEN_UP = 5  # falls back to an interface next month


class Belief(ParameterGroup):
    """How companies misjudge the cost of running a model themselves, and what corrects them."""

    true_beliefs: int = quantity(
        0, unit="0|1", meaning="whether companies know the true cost of running a model themselves", low=0, high=1,
        most=1, symbol="true_beliefs",
    )
    prior_mean: float = quantity(
        0.6, unit="ln ratio", meaning="total over visible cost as a small company believes, in logs", low=0, high=1.2,
        least=-5, most=5, symbol="mu0",
    )
    prior_slope: float = quantity(
        0.35, unit="ln ratio per decade", meaning="rise of that belief with volume above 1e8 tokens a month", low=0,
        high=0.6, least=-5, most=5, symbol="mu0_slope",
    )
    prior_sd: float = quantity(
        0.35, unit="ln ratio", meaning="uncertainty of that belief", low=0.1, high=0.8, least=1e-3, most=10,
        symbol="tau0",
    )
    pilot_months: int = quantity(
        3, unit="months", meaning="length of a proof of concept; 0: models go to production without one", low=1, high=6,
        most=36, source="fact 7.19", symbol="poc_months",
    )
    pilot_reveals: float = quantity(
        0.3, unit="share", meaning="part of x that a proof of concept shows: it has no redundancy and nobody on call",
        low=0.1, high=0.6, most=2, symbol="poc_frac",
    )
    pilot_sd: float = quantity(
        0.3, unit="ln ratio", meaning="noise of what a proof of concept shows", low=0.1, high=0.6, least=1e-3, most=10,
        symbol="poc_sd",
    )
    production_sd: float = quantity(
        0.15, unit="ln ratio", meaning="noise of what the first month of production shows", low=0.05, high=0.3,
        least=1e-3, most=10, symbol="prod_sd",
    )
    peer_sd: float = quantity(
        0.3, unit="ln ratio", meaning="noise of what a peer of the same size tells of its production", low=0.1,
        high=1.0, least=1e-3, most=10, symbol="peer_sd",
    )
    marketing_sd: float = quantity(
        1.0, unit="ln ratio", meaning="noise that companies ascribe to vendors who say that nothing is hidden", low=0.5,
        high=2, least=1e-3, most=10, symbol="mkt_sd",
    )
    marketing_reach: float = quantity(
        0.02, unit="probability per month", meaning="chance that a vendor reaches a company aware of open models",
        low=0, high=0.1, most=1, symbol="mkt_reach",
    )
    advice_sd: float = quantity(
        0.2, unit="ln ratio", meaning="noise of independent advice", low=0.1, high=0.4, least=1e-3, most=10,
        symbol="adv_sd",
    )
    advice_reach: float = quantity(
        0.0, unit="share", meaning="would-be pilots that take independent advice first", low=0, high=1, most=1,
        symbol="advice_reach",
    )
    advice_fee: float = quantity(
        10e3, unit="USD", meaning="fee of independent advice on one project", low=3e3, high=3e4, symbol="advice_fee"
    )
    body_sd: float = quantity(
        0.2, unit="ln ratio", meaning="spread of ordinary projects' cost over plan", low=0.1, high=0.3, most=5,
        symbol="body_sd",
    )
    tail_prob: float = quantity(
        0.18, unit="probability", meaning="chance that a project runs out of hand", low=0, high=0.3, most=1,
        symbol="tail_prob",
    )
    tail_alpha: float = quantity(
        1.38, unit="1", meaning="Pareto exponent of the cost of such a project", low=1.2, high=2.5, least=0.1, most=20,
        symbol="tail_alpha",
    )
    tail_from: float = quantity(
        1.5, unit="1", meaning="least cost of such a project over plan", low=1.3, high=2, least=0.01, symbol="tail_from"
    )
    tail_cap: float = quantity(
        15.0, unit="1", meaning="largest cost of such a project over plan", low=5, high=30, least=0.01,
        symbol="tail_cap",
    )
    overrun_months: int = quantity(
        12, unit="months", meaning="time for which the bill of a project carries its overrun", low=6, high=24,
        symbol="overrun_months",
    )
    tolerance_low: float = quantity(
        0.3, unit="share", meaning="excess of the bill over plan that the least patient company bears", low=0.1,
        high=0.5, symbol="tol_lo",
    )
    tolerance_high: float = quantity(
        1.2, unit="share", meaning="excess that the most patient company bears", low=0.8, high=2, symbol="tol_hi"
    )
    abandon: float = quantity(
        0.5, unit="probability per month", meaning="chance that a project beyond tolerance is given up", low=0.2,
        high=0.8, most=1, symbol="abandon",
    )
    stigma: float = quantity(
        0.1, unit="share of gross value", meaning="friction of running models oneself after giving one up", low=0,
        high=0.3, most=10, symbol="stigma",
    )
    stigma_half_life: float = quantity(
        18.0, unit="months", meaning="half-life of that friction", low=6, high=36, least=0.1, symbol="stigma_hl"
    )


def prior_mean(volume: FloatArray, *, mean: float, slope: float) -> FloatArray:
    """Founding belief about x of companies with `volume` tokens a month: larger ones plan better; (companies,)."""
    decades = np.maximum(np.log10(volume) - PLANNED_WELL_FROM, 0.0)
    return np.asarray(mean + slope * decades)


def updated(
    mean: FloatArray, variance: FloatArray, *, company: IntArray, signal: FloatArray, sd: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Beliefs (companies,) after signals (signals,) with noise `sd` were taken for x by the companies `company`.

    Normal prior, normal signals of known noise: precisions add up, means are weighted by them (DeGroot 1970, ch. 9).
    """
    precision = 1.0 / np.square(np.broadcast_to(sd, np.shape(signal)))
    heard = np.bincount(company, weights=precision, minlength=len(mean))
    said = np.bincount(company, weights=precision * signal, minlength=len(mean))
    reached = heard > 0
    now = 1.0 / variance + heard
    return np.where(reached, (mean / variance + said) / now, mean), np.where(reached, 1.0 / now, variance)


def similarity(volume: FloatArray, other_volume: FloatArray) -> FloatArray:
    """How much the experience of one company tells another: 1 at equal volume, one half at ten times as much."""
    return np.asarray(1.0 / (1.0 + np.abs(np.log10(volume) - np.log10(other_volume))))


def overrun_mean(belief: Belief) -> float:
    """Mean of the raw multiplier on a project's cost: a lognormal body and a truncated Pareto tail."""
    alpha, low, high = belief.tail_alpha, belief.tail_from, belief.tail_cap
    body = float(np.exp(belief.body_sd**2 / 2.0))
    if high <= low:
        tail = low
    elif alpha == 1.0:
        tail = low * np.log(high / low) / (1.0 - low / high)
    else:
        tail = low * alpha / (alpha - 1.0) * (1.0 - (low / high) ** (alpha - 1.0)) / (1.0 - (low / high) ** alpha)
    return (1.0 - belief.tail_prob) * body + belief.tail_prob * float(tail)


def overrun(chance_of_tail: FloatArray, place: FloatArray, belief: Belief) -> FloatArray:
    """Realised over expected cost of projects, mean 1: from two uniform numbers each, (projects,).

    Most projects cost a little less than a budget that must pay for the few that run out of hand.
    """
    alpha, low, high = belief.tail_alpha, belief.tail_from, max(belief.tail_cap, belief.tail_from)
    body = np.exp(belief.body_sd * ndtri(place))
    tail = low * (1.0 - place * (1.0 - (low / high) ** alpha)) ** (-1.0 / alpha)
    return np.asarray(np.where(chance_of_tail < belief.tail_prob, tail, body) / overrun_mean(belief))


def tolerance(uniform: FloatArray, belief: Belief) -> FloatArray:
    """Excess of the bill over plan, as a share, that each company bears."""
    return np.asarray(belief.tolerance_low + (belief.tolerance_high - belief.tolerance_low) * uniform)


def faded(stigma: FloatArray, belief: Belief) -> FloatArray:
    """What is left of a stigma after one month."""
    return np.asarray(stigma * 0.5 ** (1.0 / belief.stigma_half_life))
