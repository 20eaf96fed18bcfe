"""Clearing of the compute market: who holds which GPU-hours of which provider this month.

Demand that cannot wait (inference) is diverted to providers with room or lost; demand that can (training, reservations)
queues at the provider it was placed with, and some of it gives up. Prices are posted before; here quantities clear.

Source of the equations: docs/model.md, M3. Axes throughout: buyers x providers x priority classes (`Priority`).
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from market.parameters import ParameterGroup, quantity
from market.units import BoolArray, FloatArray


class Compute(ParameterGroup):
    """How scarce compute is shared out."""

    foreclosure: float = quantity(
        0.0, unit="share", meaning="demand of rival labs and hosters that an integrated cloud serves last", low=0,
        high=1, most=1.0, symbol="foreclosure",
    )
    renege: float = quantity(
        0.25, unit="1/month", meaning="share of what is left waiting that gives up in a month", low=0.05, high=0.6,
        most=1.0, symbol="renege",
    )


class Priority(IntEnum):
    """Priority classes in the order in which they are served."""

    RESERVED = 0  # reservations, and running hours of who cannot reserve
    AFFILIATE = 1  # a lab the provider owns, and what it hosts itself
    RIVAL_LAB = 2  # contracts of other labs
    HOSTER = 3
    SELF_RENT = 4
    SPOT = 5
    OUTSIDE = 6  # contracts of everybody else, served beside rival labs and never foreclosed


CLASSES = len(Priority)
FORECLOSABLE = (Priority.RIVAL_LAB, Priority.HOSTER)
TIERS = CLASSES + len(FORECLOSABLE)  # classes, then what is foreclosed of the two


class ClearingError(ValueError):
    """The demands handed to the compute market contradict each other."""


@dataclass(frozen=True)
class ClearedMarket:
    """Outcome of one month, GPU-hours; shape (buyers, providers, classes) unless stated."""

    supply: FloatArray  # (providers,)
    immediate: FloatArray  # new demand that cannot wait, where it was placed
    deferrable: FloatArray  # new demand that can
    opening_backlog: FloatArray  # demand waiting from last month
    service_rate: FloatArray  # (providers, classes): share of demand placed there that is served; 1 where there is none
    immediate_served: FloatArray  # where it was placed
    deferrable_served: FloatArray  # backlog included
    received: FloatArray  # diverted here from other providers, and served
    diverted: FloatArray  # sent away from where it was placed, and served elsewhere
    lost: FloatArray
    reneged: FloatArray
    backlog: FloatArray  # waiting for next month

    @property
    def served(self) -> FloatArray:
        """GPU-hours held at each provider, diverted ones where they arrived."""
        return self.immediate_served + self.deferrable_served + self.received

    @property
    def demanded(self) -> FloatArray:
        """Demand before rationing, backlog included; (providers,)."""
        demanded: FloatArray = (self.immediate + self.deferrable + self.opening_backlog).sum(axis=(0, 2))
        return demanded

    @property
    def load(self) -> FloatArray:
        """Demand before rationing over supply, not capped at 1; (providers,), 0 for a provider without supply."""
        return np.divide(self.demanded, self.supply, out=np.zeros_like(self.supply), where=self.supply > 0)

    @property
    def identity_gap(self) -> FloatArray:
        """What the identity I9 leaves unexplained at each provider; (providers,), 0 up to rounding.

        new demand + received = served + change of backlog + reneged + diverted away + lost.
        """
        arriving = self.immediate + self.deferrable + self.received
        leaving = self.served + self.backlog - self.opening_backlog + self.reneged + self.diverted + self.lost
        gap: FloatArray = (arriving - leaving).sum(axis=(0, 2))
        return gap


def clear(
    *,
    supply: FloatArray,
    immediate: FloatArray,
    deferrable: FloatArray,
    backlog: FloatArray,
    preference: FloatArray,
    compute: Compute,
    integrated: BoolArray | None = None,
    captive: BoolArray | None = None,
) -> ClearedMarket:
    """Clear one month: classes in order, proportional rationing inside a class, diversion, queues.

    `supply` (providers,) in GPU-hours; `immediate`, `deferrable`, `backlog` (buyers, providers, classes);
    `preference` (buyers, providers) is how a buyer's diverted demand leans over providers with room, 0 where it may not
    go; `integrated` (providers,) marks the clouds that own a lab and may foreclose, `captive` (providers,) those whose
    customers nobody else may serve. Diverted demand comes without a contract: it is served from what is free after
    every class, in proportion. Raises `ClearingError`.
    """
    _refuse_contradiction(supply, immediate, deferrable, backlog, preference)
    foreclosed = compute.foreclosure * (np.zeros_like(supply) if integrated is None else integrated.astype(float))
    waiting = deferrable + backlog
    demanded = (immediate + waiting).sum(axis=0)  # (providers, classes)
    rate = service_rate(supply=supply, demanded=demanded, foreclosed=foreclosed)

    immediate_served = immediate * rate
    deferrable_served = waiting * rate
    short = immediate - immediate_served
    movable = short if captive is None else np.where(captive[:, None], 0.0, short)
    free = np.maximum(supply - demanded.sum(axis=1), 0.0)
    accepted, found = divert(short=movable.sum(axis=(1, 2)), free=free, preference=preference)

    unserved = waiting - deferrable_served
    diverted = movable * found[:, None, None]
    return ClearedMarket(
        supply=supply,
        immediate=immediate,
        deferrable=deferrable,
        opening_backlog=backlog,
        service_rate=rate,
        immediate_served=immediate_served,
        deferrable_served=deferrable_served,
        received=accepted[:, :, None] * _mix(movable.sum(axis=1))[:, None, :],
        diverted=diverted,
        lost=short - diverted,
        reneged=compute.renege * unserved,
        backlog=unserved - compute.renege * unserved,
    )


def service_rate(*, supply: FloatArray, demanded: FloatArray, foreclosed: FloatArray) -> FloatArray:
    """Share of each class's demand that its provider serves; shape (providers, classes), 1 where there is no demand.

    `demanded` (providers, classes); `foreclosed` (providers,) is the share of rival labs' and hosters' demand moved
    behind spot. Supply is used up tier by tier; inside the tier where it ends everybody gets the same share.
    """
    tiers = np.empty((len(supply), TIERS))
    tiers[:, :CLASSES] = demanded
    tiers[:, CLASSES:] = demanded[:, FORECLOSABLE] * foreclosed[:, None]
    tiers[:, FORECLOSABLE] -= tiers[:, CLASSES:]
    tiers[:, Priority.RIVAL_LAB] += demanded[:, Priority.OUTSIDE]
    tiers[:, Priority.OUTSIDE] = 0.0
    served_before = np.zeros_like(tiers)
    np.cumsum(tiers[:, :-1], axis=1, out=served_before[:, 1:])
    left_for_tier = supply[:, None] - served_before
    served = np.clip(left_for_tier, 0.0, tiers)
    tier_rate = np.divide(served, tiers, out=np.ones_like(tiers), where=tiers > 0)
    rate: FloatArray = tier_rate[:, :CLASSES].copy()
    behind, ahead = foreclosed[:, None], 1.0 - foreclosed[:, None]
    rate[:, Priority.OUTSIDE] = tier_rate[:, Priority.RIVAL_LAB]
    rate[:, FORECLOSABLE] = ahead * tier_rate[:, FORECLOSABLE] + behind * tier_rate[:, CLASSES:]
    return rate


def divert(*, short: FloatArray, free: FloatArray, preference: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Send unserved demand to providers with room: GPU-hours accepted (buyers, providers), share placed (buyers,).

    Every round a buyer splits what it still lacks over the providers with room, by preference times room; a provider
    asked for more than it has fills up, treating askers alike. Each round fills a provider or satisfies everyone.
    """
    accepted = np.zeros_like(preference)
    lacking = short.copy()
    room = free.copy()
    for _ in range(len(free) + 1):
        lean = preference * room
        leaning = lean.sum(axis=1)
        can = (leaning > 0) & (lacking > 0)
        if not can.any():
            break
        asked = lacking[:, None] * np.divide(lean, leaning[:, None], out=np.zeros_like(lean), where=can[:, None])
        asked_in_all = asked.sum(axis=0)
        fills = asked_in_all > room
        taken = asked * np.where(fills, np.divide(room, asked_in_all, out=np.ones_like(room), where=fills), 1.0)
        accepted += taken
        lacking = np.maximum(lacking - taken.sum(axis=1), 0.0)
        if not fills.any():
            break
        room = np.where(fills, 0.0, np.maximum(room - taken.sum(axis=0), 0.0))
    placed = np.minimum(accepted.sum(axis=1), short)
    return accepted, np.divide(placed, short, out=np.zeros_like(short), where=short > 0)


def _mix(amounts: FloatArray) -> FloatArray:
    """Rows divided by their sums; a row without amounts stays 0."""
    sums = amounts.sum(axis=1, keepdims=True)
    mix: FloatArray = np.divide(amounts, sums, out=np.zeros_like(amounts), where=sums > 0)
    return mix


def _refuse_contradiction(
    supply: FloatArray, immediate: FloatArray, deferrable: FloatArray, backlog: FloatArray, preference: FloatArray
) -> None:
    """Raise `ClearingError` where shapes disagree or a quantity is negative."""
    buyers, providers = preference.shape
    shape = (buyers, providers, CLASSES)
    for name, demand in (("immediate", immediate), ("deferrable", deferrable), ("backlog", backlog)):
        if demand.shape != shape:
            raise ClearingError(f"{name} demand has shape {demand.shape}; give (buyers, providers, classes) = {shape}")
        if demand.size and demand.min() < 0:
            raise ClearingError(f"{name} demand is negative ({demand.min():g} GPU-hours); demands are at least 0")
    if supply.shape != (providers,):
        raise ClearingError(f"supply has shape {supply.shape}; give one number for each of {providers} providers")
    if supply.size and supply.min() < 0:
        raise ClearingError(f"supply is negative ({supply.min():g} GPU-hours); a provider has at least 0")
