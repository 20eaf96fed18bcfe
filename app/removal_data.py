"""One actor taken away, as plain data: who loses how much, where the others go, what machines and people limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.amounts import actor as words_for
from market.control import Control
from simulation import ComputeEconomy
from simulation.measuring.removing import (
    LOST,
    MOVES,
    STAYS,
    UNTOUCHED,
    Removal,
    controller_names,
    removal,
    withdrawals_of,
)

GROUPS: Mapping[tuple[str, str], str] = {
    ("enterprise", "10-49"): "small companies", ("enterprise", "50-249"): "medium companies",
    ("enterprise", "250+"): "large companies", ("developer", "10-49"): "small developers",
    ("developer", "50-249"): "medium developers", ("developer", "250+"): "large developers",
}  # fmt: skip
FATES = {
    UNTOUCHED: "not touched", STAYS: "goes on, on machines of others", MOVES: "moves elsewhere", LOST: "lost",
}  # fmt: skip
WHY_LOST = {
    "no_option": "no alternative pays off in time", "worse_option": "worse, dearer or later elsewhere",
    "no_specialists": "nobody free to run a model", "no_machines": "no machines free",
    "no_deliveries": "machines wear out",
}  # fmt: skip
BY_ROUTE = {
    "closed_api": "", "hosted_open": ", hosted open model", "self_rent": ", machines to run a model on",
    "on_prem": "own servers", "on_device": "own devices",
}  # fmt: skip
SMALL = 0.015  # part of what is touched below which a destination is not shown by itself
MOST_RANKED = 12


@dataclass(frozen=True)
class GroupFate:
    """What becomes of a group's value; USD a month."""

    group: str
    usd: Mapping[str, float]  # by fate of `FATES`
    lost: Mapping[str, float]  # by reason of `WHY_LOST`
    workloads_lost: float  # as many whole workloads as the value lost makes

    @property
    def total(self) -> float:
        """All that the group's AI brings."""
        return sum(self.usd.values())


@dataclass(frozen=True)
class Exposed:
    """Everything about one removal; nothing in it changes any more."""

    month: int
    actor: str  # name of the controller
    horizon: int  # months in which it must be replaced
    exposure: float  # share of realised value lost, this month
    published: float  # the same as a mean over three months: what the indicators say
    groups: tuple[GroupFate, ...]
    goes: tuple[tuple[str, str, float], ...]  # group, destination, USD a month; what is touched only
    hours_wanted: float
    hours_free: float
    hours_found: float
    ranking: tuple[tuple[str, str, float], ...]  # controller, layer, exposure; the largest first
    actors: tuple[tuple[str, str], ...]  # name and words of all who could withdraw

    @property
    def lost(self) -> float:
        """USD a month."""
        return sum(group.usd[LOST] for group in self.groups)

    @property
    def total(self) -> float:
        """USD a month that all AI in use brings."""
        return sum(group.total for group in self.groups)

    def usd(self, fate: str) -> float:
        """USD a month with that fate."""
        return sum(group.usd[fate] for group in self.groups)


def exposed_by(economy: ComputeEconomy, actor: str, *, span: int = 0) -> Exposed:
    """Take `actor` away at the end of the economy's last month; the most dangerous one where the name is unknown.

    `span` 0 is the short, 1 the long horizon. Raises NotMeasured. The economy must stand still meanwhile.
    """
    found, names = withdrawals_of(economy), controller_names(economy)
    alive = [name for name in names if _in_business(economy, name)]
    chosen = actor if actor in alive else max(alive, key=lambda name: found.exposure[span, names.index(name)])
    place = names.index(chosen)
    gone = removal(economy.world, found, controller=place, actor=chosen, span=span)
    exposure = {name: float(found.exposure[span, names.index(name)]) for name in alive}
    ranked = sorted(alive, key=lambda name: -exposure[name])[:MOST_RANKED]
    return Exposed(
        month=economy.month - 1, actor=chosen, horizon=gone.months, exposure=gone.exposure,
        published=float(economy.recorder.dear.exposure()[span, place]), groups=_groups(gone), goes=_goes(gone),
        hours_wanted=gone.hours_wanted, hours_free=gone.hours_free, hours_found=gone.hours_found,
        ranking=tuple((name, _layer(economy, name), exposure[name]) for name in ranked),
        actors=tuple((name, _words(name)) for name in alive),
    )  # fmt: skip


def horizons_of(control: Control) -> list[tuple[str, str]]:
    """The times in which an actor must be replaced, as choices: `span` of `exposed_by` and words."""
    horizons = (control.horizon, control.long_horizon)
    return [(str(span), f"in {months_text(months)}") for span, months in enumerate(horizons)]


def months_text(months: int) -> str:
    """A time in words."""
    return "1 month" if months == 1 else f"{months} months"


def _in_business(economy: ComputeEconomy, name: str) -> bool:
    return all(economy.sellers[economy.world.code_of[one]].alive for one in name.split(" + "))


def _layer(economy: ComputeEconomy, name: str) -> str:
    return str(economy.sellers[economy.world.code_of[name.split(" + ")[0]]].layer)


def _words(name: str) -> str:
    return " with ".join(words_for(one) for one in name.split(" + "))


def _groups(gone: Removal) -> tuple[GroupFate, ...]:
    rows = gone.outcomes
    fates = []
    for (segment, size), words in GROUPS.items():
        own = rows[(rows["segment"] == segment) & (rows["size_class"] == size)]
        usd = own.groupby("outcome")["usd"].sum()
        lost = own[own["outcome"] == LOST].groupby("reason")["usd"].sum()
        fates.append(
            GroupFate(
                group=words, usd={fate: float(usd.get(fate, 0.0)) for fate in FATES},
                lost={reason: float(lost.get(reason, 0.0)) for reason in WHY_LOST},
                workloads_lost=float(own.loc[own["outcome"] == LOST, "workloads"].sum()),
            )
        )  # fmt: skip
    return tuple(fates)


def _goes(gone: Removal) -> tuple[tuple[str, str, float], ...]:
    """From which group where, USD a month; small destinations are put together."""
    rows = gone.outcomes[gone.outcomes["outcome"] != UNTOUCHED]
    if rows.empty:
        return ()
    group = [GROUPS[key] for key in zip(rows["segment"], rows["size_class"], strict=True)]
    where = [_where(*row) for row in rows[["outcome", "route", "seller", "reason"]].itertuples(index=False)]
    flows = pd.DataFrame({"group": group, "where": where, "usd": rows["usd"].to_numpy()})
    sums = flows.groupby("where")["usd"].sum()
    small = set(sums.index[sums < SMALL * sums.sum()]) - LOSSES
    flows["where"] = [OTHER_PLACES if place in small else place for place in flows["where"]]
    joined = flows.groupby(["group", "where"], sort=True)["usd"].sum()
    order = {words: at for at, words in enumerate(GROUPS.values())}
    lines = [(str(a), str(b), float(usd)) for (a, b), usd in joined.items() if usd > 0]
    return tuple(sorted(lines, key=lambda line: (order[line[0]], -line[2])))


OTHER_PLACES = "elsewhere"
LOSSES = {f"lost: {words}" for words in WHY_LOST.values()}


def _where(outcome: str, route: str, seller: str, reason: str) -> str:
    if outcome == LOST:
        return f"lost: {WHY_LOST[reason]}"
    if outcome == STAYS:
        return "same service, machines of others"
    return BY_ROUTE[route] if route in ("on_prem", "on_device") else f"{words_for(seller)}{BY_ROUTE[route]}"


def limits(exposed: Exposed) -> str:
    """In a sentence: whether machines or people keep the displaced from being served."""
    lost = {reason: sum(group.lost[reason] for group in exposed.groups) for reason in WHY_LOST}
    if exposed.lost <= 0:
        return "Nothing of value is lost: everybody finds something as good in time."
    largest = max(lost, key=lambda reason: lost[reason])
    part = lost[largest] / exposed.lost
    scarce = np.isfinite(exposed.hours_free) and exposed.hours_found < exposed.hours_wanted * (1 - 1e-9)
    machines = (
        "Machines are short: not all displaced find GPU-hours." if scarce
        else "Machines are not short: all GPU-hours that are asked for elsewhere are to be had."
    )  # fmt: skip
    return f"{part:.0%} of the loss: {WHY_LOST[largest]}. {machines}"
