"""Incidents of models in use: how often, how long until they are mended on each channel, and how many live with them.

An incident is a flaw of a model that shows at a workload: bias, misinformation, or acting on its own. Who serves a
model to all its users mends it for all of them at once; who runs a model has to do it himself, and some never do.
Source of the equations: docs/model.md, M15.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from market.goods import Route
from market.parameters import ParameterGroup, flag, quantity
from market.units import FloatArray, IntArray, SmallArray

STAFF_SHARE = 0.25  # latency of a self-run model is over this plus the operations staff at hand (docs/model.md, M15)


class Incident(IntEnum):
    """What goes wrong; the numbers are permanent, since they address draws."""

    BIAS = 0
    MISINFORMATION = 1
    AUTONOMY = 2


class Safety(ParameterGroup):
    """Incidents and their mending; what weights that anybody can run make possible; who answers for it."""

    incidents: bool = flag(True, meaning="models in use cause incidents", source="derived")
    hazard: float = quantity(
        0.01, unit="1/month", meaning="hazard that a workload meets an incident of a model without safeguards",
        low=0.001, high=0.05, most=1.0, symbol="h0",
    )
    mix: tuple[float, ...] = quantity(
        (0.4, 0.4, 0.2), unit="share", meaning="parts of it that are bias, misinformation, acting on its own",
        low=(0.2, 0.2, 0.1), high=(0.6, 0.6, 0.4), most=1.0, symbol="h_mix",
    )
    safety_effect: float = quantity(
        2.0, unit="1", meaning="fall of the logarithm of that hazard with the safety of the model", low=0, high=4,
        symbol="ks",
    )
    severity: float = quantity(
        0.5, unit="share", meaning="value delivered that an incident destroys until it is mended", low=0.1, high=1,
        most=1.0, symbol="sev",
    )
    latency_closed: float = quantity(
        0.1, unit="months", meaning="time until an incident of a closed interface is mended", low=0.05, high=0.3,
        least=1e-3, symbol="lat_closed",
    )
    latency_hosted: float = quantity(
        0.7, unit="months", meaning="the same of a hosted open model", low=0.3, high=2, least=1e-3, symbol="lat_host"
    )
    latency_self: float = quantity(
        4.0, unit="months", meaning="the same of a self-run model, over 0.25 and the share of operations posts filled",
        low=2, high=8, least=1e-3, symbol="lat_self",
    )
    latency_device: float = quantity(
        6.0, unit="months", meaning="the same of a model on a device", low=3, high=12, least=1e-3, symbol="lat_dev"
    )
    never_patched: float = quantity(
        0.15, unit="share", meaning="self-run models that are never patched", low=0, high=0.4, most=1.0,
        symbol="never_patch",
    )
    misuse: bool = flag(True, meaning="capability available for misuse is followed", source="derived")
    stripped: float = quantity(
        0.99, unit="share", meaning="part of the safeguards of published weights that whoever minds them removes",
        low=0, high=1, most=1.0, source="fact 8.01", symbol="strip",
    )
    guard: float = quantity(
        0.0, unit="share", meaning="part of dangerous capability that is left out of published weights for good",
        low=0, high=0.8, most=1.0, symbol="guard",
    )
    monitoring: float = quantity(
        0.8, unit="share", meaning="misuse of a closed interface that its provider detects and stops", low=0.4,
        high=0.95, most=1.0, symbol="monitor",
    )
    danger_quality: float = quantity(
        130.0, unit="points", meaning="quality at which half of a model's help is dangerous, in January 2023",
        low=110, high=160, most=1000, symbol="q_danger0",
    )
    danger_slope: float = quantity(
        6.0, unit="points", meaning="scale on which help becomes dangerous", low=3, high=12, least=0.01,
        symbol="mis_slope",
    )
    defence: float = quantity(
        0.8, unit="1", meaning="rise of that quality with the frontier, by better defence", low=0, high=1, most=1.0,
        symbol="defence",
    )
    misuse_fading: float = quantity(
        0.02, unit="1/month", meaning="share of the stock of misuse that loses its use", low=0, high=0.05, most=1.0,
        symbol="dM",
    )
    harm: float = quantity(
        0.0, unit="USD/month", meaning="harm of one fully dangerous model in everybody's reach, at founding rents",
        low=0, high=1e10, most=1e13, symbol="hm",
    )
    event: int = quantity(
        0, unit="code", low=0, high=2, most=2, source="derived", symbol="event",
        meaning="one severe misuse when it is set: 1 of open weights, 2 of a closed interface, where there are any",
    )
    event_harm: float = quantity(
        1e10, unit="USD", meaning="harm of that one event", low=1e9, high=1e12, symbol="event_harm"
    )
    liability: float = quantity(
        0.0, unit="share", low=0, high=1, most=1.0, source="derived", symbol="liability_open",
        meaning="part of the marginal harm of published weights that their publisher pays",
    )


@dataclass(frozen=True)
class Unpatched:
    """Users with an incident that is not mended, by offer and kind of incident; (offers, kinds) real workloads."""

    waiting: FloatArray  # until the patch reaches them
    for_good: FloatArray  # they never patch

    @classmethod
    def nobody(cls, offers: int) -> Unpatched:
        """No incident has happened yet."""
        return cls(np.zeros((offers, len(Incident))), np.zeros((offers, len(Incident))))


@dataclass(frozen=True)
class Spell:
    """A month of incidents by offer and kind; (offers, kinds) real workloads."""

    struck: FloatArray  # met an incident in the month
    unpatched: FloatArray  # lived with one, on average over the month: user-months
    after: Unpatched  # at its end


def incident_hazard(
    *, safety: FloatArray, present: FloatArray, luck: FloatArray, rules: Safety
) -> FloatArray:
    """Chance that a workload meets an incident in the month, by model line and kind; (lines, kinds).

    1 - exp(-h), h = h0 mix exp(-ks s) * flaws present * luck; safety (lines,) s in 0..1, present (lines,) share of
    flaws that nobody mended yet, luck (lines, kinds) of mean 1 is common to all users of a model.
    """
    guarded = rules.hazard * np.exp(-rules.safety_effect * safety) * present
    return np.asarray(-np.expm1(-guarded[:, None] * np.asarray(rules.mix) * luck))


def latency_of(route: SmallArray, *, rules: Safety, staffed: float) -> FloatArray:
    """Months until a known flaw is mended on each route, once somebody has written the patch; (offers,).

    `staffed`: share of operations posts of self-runners that are filled.
    """
    by_route = np.zeros(len(Route))
    by_route[Route.CLOSED_API], by_route[Route.HOSTED_OPEN] = rules.latency_closed, rules.latency_hosted
    by_route[[Route.SELF_RENT, Route.ON_PREM]] = rules.latency_self / (STAFF_SHARE + staffed)
    by_route[Route.ON_DEVICE] = rules.latency_device
    return np.asarray(by_route[route])


def month_of_incidents(
    before: Unpatched, *, users: FloatArray, staying: FloatArray, hazard: FloatArray, latency: FloatArray,
    never: FloatArray,
) -> Spell:  # fmt: skip
    """Users struck and unpatched in a month; hazard (offers, kinds), all others (offers,).

    users: real workloads on the offer now; staying: share of last month's users still there, who keep their incidents.
    Incidents come evenly over the month and are mended at the rate 1/latency (infinite: nobody writes the patch), so
    that a lasting inflow f leaves f * latency users unpatched; a share `never` patches nothing and falls once.
    """
    rate = 1.0 / latency[:, None]
    left = -np.expm1(-rate)  # share mended within a month of those who waited at its beginning
    spell = np.divide(left, rate, out=np.ones_like(rate), where=rate > 0)  # months they wait of it, on average
    waiting, for_good = before.waiting * staying[:, None], before.for_good * staying[:, None]
    struck = users[:, None] * hazard
    patching = struck * (1 - never[:, None])
    queued = np.divide(patching * (1 - spell), rate, out=patching / 2, where=rate > 0)
    fallen = hazard * np.maximum(never[:, None] * users[:, None] - for_good, 0.0)
    return Spell(
        struck=struck,
        unpatched=waiting * spell + queued + for_good + fallen / 2,
        after=Unpatched(waiting=waiting * (1 - left) + patching * spell, for_good=for_good + fallen),
    )


def lost_share(incidents: FloatArray, rules: Safety) -> FloatArray:
    """Share of the value delivered that incidents destroy: 1 - exp(-sev n), n incidents that a workload lives with.

    Their number is Poisson with mean n, and each leaves 1 - sev of what is left.
    """
    return np.asarray(-np.expm1(-rules.severity * incidents))


def harmed_rows(uniform: FloatArray, *, hazard: FloatArray, code: IntArray) -> IntArray:
    """Places of the workloads that meet an incident; uniform and code (rows,), hazard (offers, kinds)."""
    escapes = np.prod(1 - hazard, axis=1)
    return np.flatnonzero(uniform > escapes[code])
