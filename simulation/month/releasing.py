"""Releasers: what comes out when, and what they keep to themselves (docs/model.md M13, section 11 point 7).

Up to the end of the schedule a releaser publishes at every date. Afterwards it does with each finished model what is
worth most to it, lays training down where no course pays for it, stalls by chance, and leaves where a scenario says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from agents.regulator import may_publish_quality
from agents.releasing import NEVER, Decision
from agents.sellers import Announced, OpenWeightReleaser
from market.chance import Mechanism
from market.goods import Model
from market.release_schedule import quality_months_ago, scheduled_lag
from market.units import MONTHS_PER_YEAR
from scenarios.scenario import Scenario
from scenarios.sellers import ReleaserSpec
from simulation.month.capacity import Capacity
from simulation.month.communities import carry_on, may_publish
from simulation.month.hindering import hindered_quality
from simulation.month.release_choice import decide_release, decides_by_value
from simulation.world import World


@dataclass(frozen=True)
class Notice:
    """What a releaser made known about its plans: USD is what opening is worth to it over never opening."""

    actor: str
    line: int
    dollars: float
    text: str


def publish_or_keep(
    world: World, assumptions: Scenario, *, month: int, capacity: Capacity
) -> tuple[list[Model], list[Notice]]:
    """What releasers bring out this month, and what they say about it."""
    released: list[Model] = []
    notices: list[Notice] = []
    if world.arm == "absent":
        return released, notices
    for releaser in world.releasers:
        notices += _misfortune(world, assumptions, releaser=releaser, month=month)
        released += _pending(world, assumptions, releaser=releaser, month=month, notices=notices)
        released += _due(world, assumptions, releaser=releaser, month=month, capacity=capacity, notices=notices)
        notices += _forks(world, assumptions, releaser=releaser, month=month)
    return released, notices


def pauses(releaser: OpenWeightReleaser, *, cadence: int, month: int) -> bool:
    """Whether the releaser trains nothing: it left, it gave up, or its stall lasts longer than a model takes."""
    return releaser.left or not releaser.trains or releaser.stalled_until - month > cadence


def _misfortune(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, month: int
) -> Iterator[Notice]:
    """A giant that leaves for good in its month; a stall, by a chance that the arms share."""
    release, line = assumptions.release, releaser.models["open"].line
    if 0 <= release.giant_exit <= month and releaser.funding == "complement" and not releaser.left:
        releaser.left, releaser.pending = True, []
        releaser.models.pop("api", None)
        yield Notice(releaser.name, line, 0.0, "leaves for good; its published weights stay")
    if not decides_by_value(world, assumptions, month=month) or releaser.left or month < releaser.stalled_until:
        return
    uniform = float(world.chance.uniform(Mechanism.RELEASE_STALL, month=month, entity=releaser.luck))
    if uniform < -np.expm1(-release.stall_hazard):
        releaser.stalled_until = month + release.stall_months
        yield Notice(releaser.name, line, 0.0, f"stalls: no new model for {release.stall_months} months")


def _forks(world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, month: int) -> Iterator[Notice]:
    """Communities carry on what its developer gave up, where new weights may be published and can be made."""
    if not may_publish(world, assumptions, month=month):
        return
    fork = carry_on(assumptions.open, releaser=releaser)
    if fork is not None and not releaser.forked:
        yield Notice(releaser.name, fork.line, 0.0, "given up by its developer; its community carries the line on")
    releaser.forked = fork is not None


def _pending(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, month: int, notices: list[Notice]
) -> list[Model]:
    """Publish weights whose announced month has come; an interface that is no better ends."""
    ready = [(weights.quality, weights.flaws_left) for weights in releaser.pending if weights.month <= month]
    releaser.pending = [weights for weights in releaser.pending if weights.month > month]
    current = releaser.models["open"]
    quality, left = max(ready, default=(-np.inf, 1.0))
    if quality <= current.quality or not may_publish(world, assumptions, month=month):
        return []
    if not may_publish_quality(quality, assumptions.policy):
        notices.append(Notice(releaser.name, current.line, 0.0, "may not publish the weights it had announced"))
        return []
    notices.append(Notice(releaser.name, current.line, 0.0, "publishes weights it had kept as an interface until now"))
    rho = assumptions.open.readability
    return [
        publish_weights(
            releaser, quality=quality, month=month, readability=rho, capped=current.capped, flaws_left=left
        )
    ]


def _due(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, month: int, capacity: Capacity,
    notices: list[Notice],
) -> list[Model]:  # fmt: skip
    """The releaser's new model where one is due: published, sold as an interface, or neither."""
    override = assumptions.frontier.open_lag_override
    if (month < releaser.next_release and override < 0) or releaser.left or month < releaser.stalled_until:
        return []
    spec = assumptions.sellers[releaser.name]
    assert isinstance(spec, ReleaserSpec)
    releaser.next_release = month + assumptions.release.cadence
    quality = due_quality(world, assumptions, spec=spec, releaser=releaser, month=month)
    left = due_flaws(world, assumptions, spec=spec, month=month)
    allowed = may_publish(world, assumptions, month=month) and may_publish_quality(quality, assumptions.policy)
    if decides_by_value(world, assumptions, month=month):
        return _by_value(
            world, assumptions, releaser=releaser, quality=quality, left=left, month=month, capacity=capacity,
            allowed=allowed, notices=notices,
        )  # fmt: skip
    if not allowed and not releaser.closed_api:
        return []
    current = releaser.models.get("open" if allowed else "api")
    if current is not None and quality <= current.quality:
        return []
    if not allowed:
        return [_keep(releaser, quality, month, flaws_left=left)]
    rho = assumptions.open.readability
    return [publish_weights(releaser, quality=quality, month=month, readability=rho, flaws_left=left)]


def _by_value(
    world: World, assumptions: Scenario, *, releaser: OpenWeightReleaser, quality: float, left: float, month: int,
    capacity: Capacity, allowed: bool, notices: list[Notice],
) -> list[Model]:  # fmt: skip
    """Do with the finished model what is worth most; a releaser that laid training down asks whether to resume."""
    if quality <= max(model.quality for model in releaser.models.values()):
        return []
    decision = decide_release(
        world, assumptions, releaser=releaser, quality=quality, flaws_left=left, month=month, capacity=capacity,
        allowed=allowed,
    )  # fmt: skip
    was_training = releaser.trains
    releaser.misses = 0 if decision.pays_training else releaser.misses + 1
    releaser.trains = decision.pays_training or (was_training and releaser.misses < assumptions.release.patience)
    line, gain = releaser.models["open"].line, decision.gain if np.isfinite(decision.gain) else 0.0
    if was_training:
        notices.append(Notice(releaser.name, line, gain, _wording(decision, allowed=allowed)))
    if was_training != releaser.trains:
        text = "resumes training" if releaser.trains else "stops training: no course pays for it"
        notices.append(Notice(releaser.name, line, gain, text))
    if not was_training or decision.after is None:
        return []
    releaser.withholds = allowed and decision.after != 0
    releaser.keeps = allowed and decision.after == NEVER
    if decision.after == 0:
        rho = assumptions.open.readability
        return [
            publish_weights(
                releaser, quality=quality, month=month, readability=rho, capped=decision.capped, flaws_left=left
            )
        ]
    if decision.after != NEVER:
        releaser.pending.append(Announced(month + decision.after, quality, left))
    return [_keep(releaser, quality, month, flaws_left=left)]


def _wording(decision: Decision, *, allowed: bool) -> str:
    """The decision in words."""
    if decision.after is None:
        return "kept from the market: worth nothing to it, published or not"
    amount = f"{abs(decision.gain) / 1e6:.1f} million USD"
    if decision.after == 0:
        licence = ", hyperscalers may not host it" if decision.capped else ""
        return f"published: worth {amount} more than kept closed{licence}"
    if decision.after == NEVER:
        return f"kept closed: worth {amount} more as an API" if allowed else "an API: weights may not be published"
    return f"opened after {decision.after} months: worth {amount} more than kept closed"


def publish_weights(
    releaser: OpenWeightReleaser, *, quality: float, month: int, readability: float, flaws_left: float,
    capped: bool = False,
) -> Model:  # fmt: skip
    """The line of published weights gets its new version; an interface to a model no better ends.

    Hosts serve the same model for less, and a clone under another line would add a taste that nobody has.
    """
    releaser.models["open"] = replace(
        releaser.models["open"], quality=quality, released=month, capped=capped, readability=readability,
        flaws_left=flaws_left,
    )  # fmt: skip
    interface = releaser.models.get("api")
    if interface is not None and interface.quality <= quality:
        del releaser.models["api"]
    releaser.keeps = False
    releaser.pending = [weights for weights in releaser.pending if weights.quality > quality]
    return releaser.models["open"]


def _keep(releaser: OpenWeightReleaser, quality: float, month: int, *, flaws_left: float) -> Model:
    """The releaser's interface gets its new version; what was published stays as it is."""
    weights = releaser.models["open"]
    releaser.models["api"] = replace(
        weights, line=weights.line + 1, quality=quality, open=False, released=month, capped=False, readability=0.0,
        flaws_left=flaws_left,
    )  # fmt: skip
    return releaser.models["api"]


def due_quality(
    world: World, assumptions: Scenario, *, spec: ReleaserSpec, releaser: OpenWeightReleaser, month: int
) -> float:
    """Quality of a model that trails this arm's closed frontier by the scheduled lag, and by what a ban of distillation
    and export control cost it; -inf where nothing can be trained."""
    quality = quality_months_ago(
        np.asarray(world.closed_frontier),
        months_ago=_months_behind(assumptions, spec=spec, month=month),
        monthly_growth=assumptions.needs.trend[0] / MONTHS_PER_YEAR,
    )
    return hindered_quality(world, assumptions, releaser=releaser, quality=quality, month=month)


def due_flaws(world: World, assumptions: Scenario, *, spec: ReleaserSpec, month: int) -> float:
    """What tests left of the flaws of a model that is due: it waited for them as long as the closed one it trails.

    Between two of these the older counts; before month 0 nothing was tested.
    """
    date = int(np.floor(len(world.closed_flaws) - 1 - _months_behind(assumptions, spec=spec, month=month)))
    return world.closed_flaws[date] if date >= 0 else 1.0


def _months_behind(assumptions: Scenario, *, spec: ReleaserSpec, month: int) -> float:
    """Months by which the releaser's model due in `month` trails the closed frontier."""
    override = assumptions.frontier.open_lag_override
    if override >= 0:
        return override
    return scheduled_lag(
        month, points=spec.lag_schedule, growth=spec.lag_growth, growth_from=spec.lag_growth_from,
        last_month=assumptions.release.schedule_end,
    )  # fmt: skip
