"""The verdict: what the paired worlds say, in words (model.md section 4.5).

Theta, how much of labs' loss clouds gain, sets the column; the change of small companies' access sets the row. The
mean is classed on its 95% intervals, so an interval across a threshold names every class it reaches; a single pair is
classed on its points. Without a loss of the labs there is no ratio and the class says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from market.estimators import Interval
from market.units import FloatArray

TABLE = (  # rows: access wider, flat, narrower; columns: Theta below theta_lo, between, at or above theta_hi
    ("SPREAD", "SPREAD+PARTIAL SHIFT", "WIDER BUT RE-CONTROLLED"),
    ("DILUTION", "PARTIAL SHIFT", "PURE SHIFT"),
    ("LEVELLING DOWN", "EROSION", "CAPTURE"),
)
NO_LAB_LOSS = "NO LAB LOSS"
UNDECIDED = "UNDECIDED"
CLASSES = (*(name for row in TABLE for name in row), NO_LAB_LOSS)
MEANING = {
    "SPREAD": "small companies gain access and little of what labs lose goes to clouds",
    "SPREAD+PARTIAL SHIFT": "small companies gain access, and clouds take part of what labs lose",
    "WIDER BUT RE-CONTROLLED": "small companies gain access, but most of what labs lose goes to clouds",
    "DILUTION": "labs lose rent, access stays as it was and clouds gain little",
    "PARTIAL SHIFT": "access stays as it was and clouds take part of what labs lose",
    "PURE SHIFT": "access stays as it was and what labs lose goes to clouds, as the essay claims",
    "LEVELLING DOWN": "labs lose, and small companies lose access",
    "EROSION": "small companies lose access and clouds take part of what labs lose",
    "CAPTURE": "small companies lose access and clouds take most of what labs lose",
    NO_LAB_LOSS: "labs do not clearly lose, so there is nothing to be shared out and no ratio",
    UNDECIDED: "one pair of worlds gives no interval: use at least two",
}


@dataclass(frozen=True)
class Thresholds:
    """Where one class ends and the next begins; Theta columns are left-closed."""

    theta_low: float
    theta_high: float
    access: float  # smallest change of access that counts
    money: float  # smallest loss of labs that counts, as a share of the scale of the money at stake


@dataclass(frozen=True)
class Verdict:
    """The class, or the classes an interval reaches, of the mean over pairs."""

    classes: tuple[str, ...]
    sub_label: str = ""
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The class in capitals; several joined by "or"."""
        name = " or ".join(self.classes)
        return f"{name} ({self.sub_label})" if self.sub_label else name

    @property
    def meaning(self) -> str:
        """The same in a half-sentence of plain words."""
        return "; or ".join(MEANING[name] for name in self.classes)

    def __str__(self) -> str:
        return self.label


CONTROL_MOVES, CONTROL_FALLS, UNCHANGED = "CONTROL MOVES TO THE CLOUD", "CONTROL FALLS", "UNCHANGED"


@dataclass(frozen=True)
class KillSwitch:
    """Whether the power to deny service moved; a table of its own beside the verdict on money, never mixed with it."""

    label: str
    disagrees: bool | None  # with the verdict on money; None if not modelled
    reaches: tuple[str, ...] = field(default=(), compare=False)  # labels that the 95% intervals allow
    changes: Mapping[str, Interval] = field(default_factory=dict, compare=False)  # open less closed, by indicator

    def __str__(self) -> str:
        return self.label


def verdict(
    *,
    theta: Interval,
    access: Interval,
    profit_lab: Interval,
    profit_cloud: Interval,
    scale: float,
    thresholds: Thresholds,
) -> Verdict:
    """Class the mean over pairs on its 95% intervals.

    `access`, `profit_lab` and `profit_cloud` are differences, open less closed; `scale` (USD a month) is the larger of
    closed-arm consumer surplus and the size of closed-arm lab profit.
    """
    if math.isnan(access.low) or math.isnan(profit_lab.low):
        return Verdict((UNDECIDED,))
    if not labs_lose(profit_lab, scale=scale, thresholds=thresholds):
        label = f"access {_direction(access, thresholds.access)}, cloud profit {_direction(profit_cloud, 0.0)}"
        return Verdict((NO_LAB_LOSS,), sub_label=label)
    rows = range(_row(access.high, thresholds), _row(access.low, thresholds) + 1)
    columns = range(_column(theta.low, thresholds), _column(theta.high, thresholds) + 1)
    return Verdict(tuple(TABLE[row][column] for row in rows for column in columns), notes=_rent_notes(theta))


def labs_lose(profit_lab: Interval, *, scale: float, thresholds: Thresholds) -> bool:
    """Whether the 95% interval of the change of lab profit lies wholly below what counts as a loss."""
    return profit_lab.high < -thresholds.money * scale


def pair_classes(
    *,
    profit_lab: FloatArray,  # (pairs,) open less closed
    profit_cloud: FloatArray,  # (pairs,)
    access: FloatArray,  # (pairs,)
    scale: FloatArray,  # (pairs,) USD a month, as in `verdict`
    thresholds: Thresholds,
) -> tuple[str, ...]:
    """The class of every pair on its points."""
    return tuple(
        TABLE[_row(gain, thresholds)][_column(cloud / -lab, thresholds)]
        if lab < -thresholds.money * size
        else NO_LAB_LOSS
        for lab, cloud, gain, size in zip(profit_lab, profit_cloud, access, scale, strict=True)
    )


def class_shares(classes: Sequence[str]) -> dict[str, float]:
    """The share of pairs in each class that occurs: a frequency, not a probability that the class is true."""
    return {name: classes.count(name) / len(classes) for name in CLASSES if name in classes}


def kill_switch(
    *,
    control_cloud: Interval,
    control_total: Interval,
    theta: Interval,
    thresholds: Thresholds,
    changes: Mapping[str, Interval] | None = None,
) -> KillSwitch:
    """Class the change of kill-switch exposure, open less closed, and say whether it disagrees with the money verdict.

    The label is that of the means; `reaches` lists every label within the intervals. `changes` are further changes to
    report beside it.
    """
    if math.isnan(control_cloud.value) or math.isnan(control_total.value):
        return KillSwitch("not modelled", disagrees=None)
    rope = thresholds.access
    moves = control_cloud.value > rope
    shifts = not theta.refused and theta.value >= thresholds.theta_low
    ends = {
        _control_label(cloud, total, rope=rope)
        for cloud in (control_cloud.low, control_cloud.value, control_cloud.high)
        for total in (control_total.low, control_total.value, control_total.high)
        if not (math.isnan(cloud) or math.isnan(total))
    }
    return KillSwitch(
        _control_label(control_cloud.value, control_total.value, rope=rope),
        disagrees=shifts != moves,
        reaches=tuple(label for label in (CONTROL_MOVES, CONTROL_FALLS, UNCHANGED) if label in ends),
        changes={"control_cloud": control_cloud, "control_total": control_total, **(changes or {})},
    )


def _control_label(cloud: float, total: float, *, rope: float) -> str:
    """Label of a change of exposure to clouds and in all."""
    if cloud > rope:
        return CONTROL_MOVES
    return CONTROL_FALLS if total < -rope else UNCHANGED


def money_scale(*, profit_lab: FloatArray, consumer_surplus: FloatArray) -> FloatArray:
    """The money at stake in the closed arm: the larger of consumer surplus and the size of lab profit."""
    return np.maximum(np.abs(profit_lab), consumer_surplus)


def _row(access: float, thresholds: Thresholds) -> int:
    """0 wider, 1 flat, 2 narrower."""
    if access > thresholds.access:
        return 0
    return 1 if access >= -thresholds.access else 2


def _column(theta: float, thresholds: Thresholds) -> int:
    """0 little, 1 part, 2 most of labs' loss goes to clouds."""
    return int(theta >= thresholds.theta_low) + int(theta >= thresholds.theta_high)


def _rent_notes(theta: Interval) -> tuple[str, ...]:
    """Whether clouds gain more than labs lose."""
    if theta.low >= 1.0:
        return ("Theta >= 1: provider rent rises in total",)
    if theta.high >= 1.0:
        return ("Theta may reach 1: provider rent may rise in total",)
    return ()


def _direction(change: Interval, rope: float) -> str:
    """Up, down or flat, on the 95% interval."""
    if change.low > rope:
        return "up"
    return "down" if change.high < -rope else "flat or unclear"
