"""Misuse: what published weights put within everybody's reach for good, beside what interfaces let through (M15).

Weights cannot be recalled, and what keeps them from dangerous help can be removed for next to nothing (facts 8.01 and
8.02). A provider of an interface sees its users and stops most of the misuse, and may withdraw the model. The harm of
published weights counts only as far as it exceeds what interfaces let through anyway (marginal risk). Source:
docs/model.md, M15.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from market.safety import Safety
from market.units import MONTHS_PER_YEAR, FloatArray


@dataclass(frozen=True)
class Misuse:
    """What can be misused this month, in fully dangerous models."""

    stock: FloatArray  # (releasers,) out there, by who published it
    closed: float  # what interfaces on sale let through: gone when they are withdrawn
    danger: float  # points at which half of a model's help is dangerous
    event: int  # code of the severe event that happens this month, 0: none
    asked: int  # code that the scenario asked for: an event happens once
    ordered: float = 0.0  # stock published by order, for which nobody answers

    @classmethod
    def at_founding(cls, releasers: int, rules: Safety) -> Misuse:
        """Nothing is out yet."""
        return cls(stock=np.zeros(releasers), closed=0.0, danger=rules.danger_quality, event=0, asked=0)

    @property
    def whole(self) -> float:
        """All that is out there."""
        return float(self.stock.sum()) + self.ordered

    @property
    def marginal(self) -> float:
        """What published weights add to what interfaces let through anyway."""
        return max(self.whole - self.closed, 0.0)

    @property
    def answered_for(self) -> FloatArray:
        """The marginal stock by who published it, in proportion; (releasers,)."""
        total = self.whole
        return self.stock * (self.marginal / total) if total > 0 else np.zeros_like(self.stock)


def dangerous_share(quality: float | FloatArray, *, danger: float, rules: Safety) -> FloatArray:
    """Part of a model's help that is dangerous: logistic in its quality over the danger line."""
    return np.asarray(expit((np.asarray(quality) - danger) / rules.danger_slope))


def released_danger(quality: FloatArray, *, safety: FloatArray, danger: float, rules: Safety) -> FloatArray:
    """What each published model adds to the stock, (models,): (1 - s) (1 - guard) L(q), s as it is once stripped."""
    kept = safety * (1 - rules.stripped)
    return np.asarray((1 - kept) * (1 - rules.guard) * dangerous_share(quality, danger=danger, rules=rules))


def passed_by_interfaces(quality: FloatArray, *, safety: FloatArray, danger: float, rules: Safety) -> float:
    """What closed models on sale let through, (models,) each: safeguards hold, and misuse is monitored."""
    let_through = (1 - safety) * (1 - rules.monitoring) * dangerous_share(quality, danger=danger, rules=rules)
    return float(let_through.sum())


def next_danger(danger: float, *, frontier_rise: float, rules: Safety) -> float:
    """The danger line a month later: defence follows a part of the frontier's rise, points."""
    return danger + rules.defence * max(frontier_rise, 0.0)


def next_misuse(
    before: Misuse, *, added: FloatArray, closed: float, danger: float, asked: int, routes: tuple[bool, bool],
    rules: Safety, ordered: float = 0.0,
) -> Misuse:  # fmt: skip
    """Misuse a month later: M (1 - dM) + what was published, of free will (releasers,) `added` or by order.

    asked: code of the event in the scenario, which happens in the first month that asks for it, where its route exists:
    `routes` says whether new weights are out, and whether an interface is sold.
    """
    begins = asked != before.asked and asked > 0 and routes[asked - 1]
    return replace(
        before, stock=before.stock * (1 - rules.misuse_fading) + added,
        ordered=before.ordered * (1 - rules.misuse_fading) + ordered, closed=closed, danger=danger,
        event=asked if begins else 0, asked=asked,
    )  # fmt: skip


@dataclass(frozen=True)
class Harm:
    """Harm of the month to the rest of the economy, USD."""

    closed: float  # through interfaces
    open: float  # of published weights beyond that
    event: float
    damages: FloatArray  # (releasers,) of it that publishers pay

    @property
    def total(self) -> float:
        """Everything together, damages not deducted."""
        return self.closed + self.open + self.event


def harm_of(misuse: Misuse, *, compute_access: float, rules: Safety) -> Harm:
    """hm * stock * access to compute: the marginal part of published weights, beside that of interfaces.

    compute_access: GPU-hours that a dollar buys, over those of the founding month.
    """
    each = rules.harm * compute_access
    return Harm(
        closed=each * misuse.closed,
        open=each * misuse.marginal,
        event=rules.event_harm if misuse.event else 0.0,
        damages=rules.liability * each * misuse.answered_for,
    )


def expected_liability(
    added: float, *, marginal: float, compute_access: float, months: int, discount_rate: float, rules: Safety
) -> float:
    """Present value of the damages that publishing a model will cost its publisher over `months`, USD.

    added: its part of the stock, which fades; marginal: part of the stock's harm that counts, 0..1.
    """
    at = np.arange(months)
    weight = (1 - rules.misuse_fading) ** at * (1 + discount_rate) ** (-at / MONTHS_PER_YEAR)
    return float(rules.liability * rules.harm * compute_access * marginal * added * weight.sum())
