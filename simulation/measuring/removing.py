"""One actor taken away: who loses how much of the value realised, where the others go, and what capacity limits.

The sum of what is lost is the month's kill-switch exposure to that actor (docs/model.md 4.2), split by size class and
segment of the companies, by where they go and by why what is lost is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.offers import NONE
from market.control import NOBODY, served_in_shortage
from market.goods import ROUTE_NAMES
from market.units import FloatArray, IntArray
from market.withdrawal import Withdrawal, withdrawal
from simulation.measuring.exposing import Exposed, Withdrawals
from simulation.measuring.market_table import SEGMENT_NAMES
from simulation.recording import SIZE_NAMES
from simulation.world import World

if TYPE_CHECKING:
    from simulation.economy import ComputeEconomy

UNTOUCHED, STAYS, MOVES, LOST = "untouched", "stays", "moves", "lost"


class NotMeasured(ValueError):
    """A world in which nobody measures who could deny what."""


@dataclass(frozen=True)
class Removal:
    """What becomes of the value realised where one actor withdraws; USD a month, over real firms."""

    actor: str
    months: int  # time in which it must be replaced
    exposure: float  # share of realised value lost
    outcomes: pd.DataFrame  # segment, size_class, outcome, route, seller, reason, usd, workloads
    hours_wanted: float  # GPU-hours a month that the displaced ask for elsewhere
    hours_free: float  # that are to be had
    hours_found: float

    @property
    def lost_usd(self) -> float:
        """USD a month of value lost."""
        return self.usd(LOST)

    def usd(self, *outcomes: str) -> float:
        """USD a month with any of these outcomes; all of it where none is named."""
        at = self.outcomes["outcome"].isin(outcomes or self.outcomes["outcome"].unique())
        return float(self.outcomes.loc[at, "usd"].sum())


def withdrawals_of(economy: ComputeEconomy) -> Withdrawals:
    """What becomes of whom if any actor withdrew at the end of the last month: one look at the panel serves all.

    Raises NotMeasured before the first month and where `control.panel` is 0.
    """
    if economy.record.closing is None:
        raise NotMeasured("no month has been simulated: nobody uses anything yet; simulate one month first")
    if economy.plan.control.panel == 0:
        raise NotMeasured("control.panel is 0: nobody measures who could deny what; set it to 1024 or more")
    return economy.recorder.dear.withdrawals(economy.world, economy.record)


def controller_names(economy: ComputeEconomy) -> tuple[str, ...]:
    """Who could withdraw, in the order of exposures: every seller, then every owner of several firms as a group."""
    names = [seller.name for seller in economy.sellers]
    controllers = economy.recorder.dear.controllers
    for members in controllers.members[controllers.firms :]:
        owned = [names[code] for code in np.flatnonzero(members)]
        names.append(" + ".join(owned))
    return tuple(names)


def removal(world: World, found: Withdrawals, *, controller: int, actor: str, span: int = 0) -> Removal:
    """Take away `controller`, a place in `found.exposure`, for the horizon in place `span`."""
    exposed = found.exposed[span]
    value = exposed.fallbacks.value
    if controller == world.vendor.code:
        served = served_in_shortage(value, exposed.fallbacks.hours, missing=found.undelivered[span])
        parts = [_part(exposed, UNTOUCHED, value * served), _part(exposed, LOST, value * (1 - served), "no_deliveries")]
        hours = (float(exposed.fallbacks.hours @ (1.0 - served)), 0.0, 0.0)
    else:
        pool = float(found.pool[controller])
        gone = withdrawal(exposed.fallbacks, controller=controller, share=found.share[:, controller], pool=pool)
        parts = _parts(exposed, gone)
        wanted = np.where(gone.hit & np.isfinite(gone.wants), gone.wants, 0.0)
        hours = (float(wanted.sum()), pool, float(wanted @ gone.served))
    return Removal(
        actor=actor, months=found.months[span], exposure=float(found.exposure[span, controller]),
        outcomes=_table(world, exposed, parts), hours_wanted=hours[0], hours_free=hours[1], hours_found=hours[2],
    )  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """One thing that may happen to a workload; (n,) each."""

    outcome: str
    reason: str
    usd: FloatArray
    offer: IntArray  # where it goes, NONE where it goes nowhere


def _part(exposed: Exposed, outcome: str, usd: FloatArray, reason: str = "", offer: IntArray | None = None) -> _Part:
    nowhere = np.full(len(exposed.firms), NONE, dtype=np.int64)
    return _Part(outcome, reason, usd, nowhere if offer is None else offer)


def _parts(exposed: Exposed, gone: Withdrawal) -> list[_Part]:
    """The value of every workload, split into what becomes of it; the parts add up to all of it."""
    value, place = exposed.fallbacks.value, gone.place
    at = (np.arange(len(value)), np.maximum(place, 0))
    denied = place != NOBODY
    could = np.where(denied, exposed.kept_with_people[at], 1.0)
    instead = np.where(denied, exposed.instead[at], NONE)
    there = value * gone.hit
    left = value * gone.left * gone.hit
    return [
        _part(exposed, UNTOUCHED, value * ~gone.hit),
        _part(exposed, STAYS, left * ~denied),
        _part(exposed, MOVES, left * denied, offer=instead),
        _part(exposed, LOST, there * np.where(could > 0, 0.0, 1.0), "no_option"),
        _part(exposed, LOST, there * np.where(could > 0, 1.0 - could, 0.0), "worse_option"),
        _part(exposed, LOST, there * (could - gone.keeps), "no_specialists"),
        _part(exposed, LOST, there * gone.keeps * gone.moves * (1.0 - gone.served), "no_machines"),
    ]


def _table(world: World, exposed: Exposed, parts: list[_Part]) -> pd.DataFrame:
    """USD and workloads of real firms by segment, size class, outcome and destination; rows without value left out."""
    companies, offers = world.companies, world.book.offers
    segment: npt.NDArray[np.object_] = SEGMENT_NAMES[companies.segment[exposed.company]]
    size: npt.NDArray[np.object_] = SIZE_NAMES[companies.size_class[exposed.company]]
    route = np.array([*(ROUTE_NAMES[offer.route] for offer in offers), ""], dtype=object)
    seller = np.array([*(offer.seller for offer in offers), ""], dtype=object)
    share = [np.divide(part.usd, exposed.fallbacks.value) for part in parts]
    rows = pd.concat(
        [
            pd.DataFrame(
                {"segment": segment, "size_class": size, "outcome": part.outcome, "route": route[part.offer],
                 "seller": seller[part.offer], "reason": part.reason, "usd": part.usd,
                 "workloads": exposed.firms * of_value}
            )[part.usd > 0]
            for part, of_value in zip(parts, share, strict=True)
        ],
        ignore_index=True,
    )  # fmt: skip
    keys = ["segment", "size_class", "outcome", "route", "seller", "reason"]
    return rows.groupby(keys, as_index=False, sort=True)[["usd", "workloads"]].sum()
