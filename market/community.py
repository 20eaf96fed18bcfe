"""What a community of users makes of published weights: better models, flaws found and mended, lines carried on (M14).

Readability says how much of a model others can read and rebuild: 0 closed, 0.15 weights, 0.35 with the training code,
0.7 with the data as well, 1 like the source of an operating system. Serving software is ordinary open source and
grows by itself (`frontier.serving_progress`); adapting weights to one's own use needs no readability. Source of the
equations: docs/model.md, M14.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.parameters import ParameterGroup, flag, quantity
from market.units import MONTHS_PER_YEAR, BoolArray, FloatArray

UNREADABLE_SHARE = 0.2  # of the patch rate, where only behaviour can be observed (docs/model.md, M14)


class OpenWeights(ParameterGroup):
    """What is published with the weights, and what their community gives back."""

    community: bool = flag(True, meaning="communities form around published weights", source="derived")
    readability: float = quantity(
        0.15, unit="1", low=0, high=1, most=1.0, symbol="rho",
        meaning="readability of models as they are published: 0.15 weights, 0.35 and code, 0.7 and data, 1 like Linux",
    )
    readability_exponent: float = quantity(
        1.5, unit="1", meaning="exponent of readability in what a community contributes", low=1, high=2.5, least=0.01,
        symbol="gam",
    )
    most_bonus: float = quantity(
        5.0, unit="points", meaning="quality that the largest community adds to a model", low=0, high=25, symbol="kS"
    )
    fading: float = quantity(
        0.03, unit="1/month", meaning="share of a community's contributions that is out of date", low=0.01, high=0.1,
        most=1.0, symbol="dS",
    )
    contributions: float = quantity(
        0.02, unit="1/month", meaning="contributions to a fully readable model per unit of ln(1 + users/reference)",
        low=0, high=0.1, symbol="nu_s",
    )
    reference_users: float = quantity(
        100.0, unit="workloads", meaning="users at which a community begins to count", low=30, high=1000, least=1e-3,
        symbol="u0",
    )
    patch_rate: float = quantity(
        0.3, unit="1/month", meaning="rate at which a community mends a known flaw of a fully readable model", low=0.1,
        high=0.6, least=1e-3, most=10, symbol="p0",
    )
    audit_hazard: float = quantity(
        0.05, unit="1/month", meaning="hazard that a hidden flaw of a fully readable model is found by reading it",
        low=0.01, high=0.2, most=10, symbol="a0",
    )
    fork_rate: float = quantity(
        10.0, unit="points/year", meaning="rise of a fully readable model that its community carries on alone", low=4,
        high=20, symbol="g_open",
    )


@dataclass(frozen=True)
class Communities:
    """What has gathered around each model line; arrays (lines,), 0 where nothing is published."""

    stock: FloatArray  # contributions that are not out of date
    hidden: FloatArray  # share of the flaws of the version on offer that nobody knows
    known: FloatArray  # share found by reading the model and not mended yet
    users: FloatArray  # real workloads of last month

    @classmethod
    def none(cls, lines: int) -> Communities:
        """No contributions, and all flaws hidden."""
        return cls(np.zeros(lines), np.ones(lines), np.zeros(lines), np.zeros(lines))

    @property
    def found(self) -> FloatArray:
        """Share of the flaws of the version on offer that was found by reading it; (lines,)."""
        return 1.0 - self.hidden

    @property
    def present(self) -> FloatArray:
        """Share of the flaws that can still do harm, hidden or known; (lines,)."""
        return self.hidden + self.known


def next_stock(stock: FloatArray, *, users: FloatArray, readability: FloatArray, weights: OpenWeights) -> FloatArray:
    """Contributions a month later: S (1 - dS) + nu_s rho^gam ln(1 + users/u0); users are real workloads."""
    gained = readability**weights.readability_exponent * np.log1p(users / weights.reference_users)
    return np.asarray(stock * (1 - weights.fading) + weights.contributions * gained)


def quality_bonus(stock: FloatArray, weights: OpenWeights) -> FloatArray:
    """Points that a community adds to its model: kS (1 - exp(-S)), below kS however many contribute."""
    return np.asarray(weights.most_bonus * -np.expm1(-stock))


def patch_rate(readability: FloatArray, weights: OpenWeights) -> FloatArray:
    """Rate at which a community mends a known flaw, 1/month; what cannot be read is mended from outside, slowly."""
    return np.asarray(weights.patch_rate * (UNREADABLE_SHARE + (1 - UNREADABLE_SHARE) * readability))


def fork_growth(readability: float, weights: OpenWeights) -> float:
    """Points a month by which a community carries on a model that its developer gave up; frozen where unreadable."""
    return readability * weights.fork_rate / MONTHS_PER_YEAR


def next_communities(
    before: Communities, *, users: FloatArray, readability: FloatArray, published: BoolArray, renewed: BoolArray,
    weights: OpenWeights,
) -> Communities:  # fmt: skip
    """Communities a month later; arrays (lines,).

    `renewed` lines got a version of their developer's this month: contributions carry over to it, flaws do not. Flaws
    are found with hazard a0 rho and mended with the patch rate; only `published` lines have a community.
    """
    hidden, known = np.where(renewed, 1.0, before.hidden), np.where(renewed, 0.0, before.known)
    found = hidden * -np.expm1(-weights.audit_hazard * readability)
    mended = known * -np.expm1(-patch_rate(readability, weights))
    return Communities(
        stock=np.where(published, next_stock(before.stock, users=users, readability=readability, weights=weights), 0.0),
        hidden=np.where(published, hidden - found, 1.0),
        known=np.where(published, known + found - mended, 0.0),
        users=np.where(published, users, 0.0),
    )
