"""What a workload would do if parts of the infrastructure were free (docs/model.md 4.1): equations for one workload.

Weights can be downloaded for nothing; what stands between them and use is compute above its marginal cost, staff, the
cost of moving, costs seen wrongly, and companies that are not ready. `agents.fallback` runs these over a panel.
"""

from __future__ import annotations

from typing import Any

from agents.appraisal import (
    CODE,
    COST,
    DISRUPTION,
    EGRESS,
    EXPOSURE,
    FRICTION,
    GPUS,
    MIGRATION,
    PRICE,
    RISE,
    THROUGHPUT,
    VENDOR,
)
from agents.offers import NONE
from agents.valuation import equation, visible_cost_of_running
from market.compiling import step
from market.units import MONTHS_PER_YEAR

FEATURES = ("compute", "staff", "switching", "beliefs", "readiness")  # what could be in the way, bit by bit of a set
_COMPUTE, _STAFF, _SWITCHING, _BELIEFS, _READY = (1 << bit for bit in range(len(FEATURES)))
COALITIONS = 1 << len(FEATURES)
SECONDS_PER_HOUR = 3600.0


@equation  # type: ignore[untyped-decorator]
def _marginal_compute(w: Any, lines: Any, chain: Any, marginal_hour: Any, k: int, energy: Any) -> Any:
    """Compute cost of a self-operated model where machines stand idle anyway, USD/month; a device costs its energy."""
    code = lines.codes[CODE, k]
    if chain.own_rent[code] == 0.0:
        return energy
    busy = lines.numbers[GPUS, k] * w.tokens / (lines.numbers[THROUGHPUT, k] * SECONDS_PER_HOUR)
    return busy * marginal_hour


@equation  # type: ignore[untyped-decorator]
def nominal_value(w: Any, lines: Any, chain: Any, marginal_hour: Any, delivered: Any) -> Any:
    """Value on the best downloadable model at marginal compute cost with full staff; 0 where it does not pay that."""
    most = 0.0
    for k in range(lines.first_own, lines.alive):
        if chain.downloadable[lines.codes[CODE, k]] and delivered[k] > most:
            compute = _marginal_compute(w, lines, chain, marginal_hour, k, 0.0)
            most = delivered[k] if delivered[k] > compute else most
    return most


@equation  # type: ignore[untyped-decorator]
def free_infrastructure(
    w: Any, lines: Any, s: Any, chain: Any, marginal_hour: Any, realised: Any, ready: Any, misled: Any, at: int,
    delivered: Any, considered: Any, results: Any, value: Any, beaten: Any, reached: Any,
) -> None:  # fmt: skip
    """Fill `reached` (COALITIONS,): the value delivered for every set of features out of the way.

    A workload keeps what it has or runs a public model.
    Bit f of a set says whether feature f of FEATURES is out of the way: compute at its marginal cost, staff for
    nothing, no cost of switching, costs seen as they are, the company ready and aware. Of the clouds that rent out
    machines for one model the most valuable stands for all. Value of use is left out on both sides.
    """
    now = 0.0
    if at != NONE:
        now = delivered[at] - results[COST, at] + _risks(w, lines, results, at)
    for features in range(COALITIONS):
        beaten[features], reached[features] = now, realised
    for g in range(lines.nest.size):
        if lines.start[g] < lines.first_own:
            continue
        for device in range(2):
            best_known, best_other = NONE, NONE
            for k in range(lines.start[g], lines.start[g + 1]):
                code = lines.codes[CODE, k]
                if not chain.downloadable[code] or w.sensitivity * results[EXPOSURE, k] > w.exposure_limit:
                    continue
                if chain.bloc[code] != NONE and chain.bloc[code] != w.jurisdiction:
                    continue
                if (chain.own_rent[code] == 0.0) != (device == 1):
                    continue
                if k == at:
                    _take_up(
                        w, lines, s, chain, marginal_hour, realised, misled, k, True, delivered, results, beaten,
                        reached,
                    )  # fmt: skip
                elif ready and considered[k] == 1:
                    if best_known == NONE or value[k] > value[best_known]:
                        best_known = k
                elif best_other == NONE or value[k] > value[best_other]:
                    best_other = k
            for known, k in ((True, best_known), (False, best_other)):
                if k != NONE:
                    _take_up(
                        w, lines, s, chain, marginal_hour, delivered[k], misled, k, known, delivered, results, beaten,
                        reached,
                    )  # fmt: skip


@equation  # type: ignore[untyped-decorator]
def _take_up(
    w: Any, lines: Any, s: Any, chain: Any, marginal_hour: Any, arrives: Any, misled: Any, k: int, known: Any,
    delivered: Any, results: Any, beaten: Any, reached: Any,
) -> None:  # fmt: skip
    """Let a public model that brings more than what is held so far take its place, set of features by set.

    One that is not `known` can be taken up only where readiness is out of the way (bit 4); `arrives` is its value.
    Companies that are `misled` go by what they believe it costs, unless beliefs are out of the way (bit 3).
    """
    staffed = chain.own_rent[lines.codes[CODE, k]] != 0.0
    hands = (w.staff_fte * w.staff_wage + w.fixed) / MONTHS_PER_YEAR if staffed else w.integration
    compute = results[COST, k] - hands
    cheap = _marginal_compute(w, lines, chain, marginal_hour, k, compute)
    once = (results[MIGRATION, k] + results[EGRESS, k] + results[DISRUPTION, k]) / s.horizon
    seen = 0.0
    if staffed and misled:
        at_full_load = visible_cost_of_running(
            w.tokens, lines.numbers[THROUGHPUT, k], lines.numbers[GPUS, k], lines.numbers[PRICE, k]
        )
        seen = results[COST, k] - at_full_load * w.hidden
    before = delivered[k] + _risks(w, lines, results, k)
    first = 0 if known else _READY
    _beat(before, cheap, compute, seen, hands, once, arrives, beaten[first:], reached[first:])


@step  # type: ignore[untyped-decorator]
def _beat(
    before: float, cheap: float, compute: float, seen: float, hands: float, once: float, arrives: float, beaten: Any,
    reached: Any,
) -> None:  # fmt: skip
    """Write net value and what arrives where the net value beats the one so far, for every set of features."""
    for features in range(beaten.size):  # from the empty set, or from readiness alone: the bits read below are the same
        net = before - (cheap if features & _COMPUTE else compute)
        net += (
            (0.0 if features & _BELIEFS else seen) - (0.0 if features & _STAFF else hands)
            - (0.0 if features & _SWITCHING else once)
        )  # fmt: skip
        better = net > beaten[features]
        beaten[features] = net if better else beaten[features]
        reached[features] = arrives if better else reached[features]


@equation  # type: ignore[untyped-decorator]
def _risks(w: Any, lines: Any, results: Any, k: int) -> Any:
    """Expected harm and residual friction of an offer, USD/month, negative where it deters."""
    depends = lines.codes[VENDOR, k] == w.dominant
    risk = w.privacy * results[EXPOSURE, k] + depends * w.holdup * lines.numbers[RISE, k]
    return results[FRICTION, k] * w.gross - risk
