"""Regulation in the month: which rules hold, what must be sold, what a regulator decides (docs/model.md M16).

Instruments act at the beginning of a month, as the rules that everybody then meets; the regulator looks at last month's
published concentration of control at its end, and what it adopts holds from the next month on.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.actor import trigger_as_heard
from agents.regulator import (
    Policy,
    Review,
    adopted,
    belief_under,
    compute_under,
    deal_under,
    in_force,
    instruments,
    lockin_under,
    next_review,
    reserve_under,
    safety_under,
    tenancy_under,
)
from market.accounts import FUND
from market.flows import Flow
from scenarios.scenario import Scenario
from simulation.world import World


@dataclass(frozen=True)
class PolicyNotice:
    """What changed in the rules, or what the regulator said."""

    instrument: str
    text: str
    actor: str = "regulator"


@dataclass(frozen=True)
class Regulation:
    """What the regulator concluded this month."""

    review: Review
    rules: Policy  # that held this month
    stance: float  # of the actor this month
    notices: tuple[PolicyNotice, ...]


def under_policy(world: World, plan: Scenario) -> Scenario:
    """The month's assumptions under the rules in force; the same object where no instrument is on."""
    policy = in_force(plan.policy, stage=world.review.stage)
    if not instruments(policy):
        return plan
    return plan.model_copy(
        update={
            "policy": policy,
            "lockin": lockin_under(plan.lockin, policy),
            "tenancy": tenancy_under(plan.tenancy, policy),
            "compute": compute_under(plan.compute, policy),
            "deal": deal_under(plan.deal, policy),
            "reserve": reserve_under(plan.reserve, policy),
            "belief": belief_under(plan.belief, policy),
            "safety": safety_under(plan.safety, policy),
        }
    )


def enforce_separation(world: World, policy: Policy) -> None:
    """Clouds sell what they hold of developers to investors, at what the shares were issued for, and own none."""
    if not policy.separation:
        return
    fund, stakes = world.ledger.code(FUND), world.finances.stakes
    for cloud, developer in [held for held in stakes if held[0] < len(world.clouds)]:
        cents = stakes.pop((cloud, developer))
        world.ledger.pay(Flow.EQUITY_SALE, payer=fund, payee=cloud, cents=cents)
        stakes[fund, developer] = stakes.get((fund, developer), 0) + cents
    for owned in world.trainers:
        if getattr(owned, "parent", ""):
            owned.parent = ""


def regulate(world: World, assumptions: Scenario, *, month: int) -> Regulation:
    """Compare the published concentration of control with the trigger, and open, decide or close a review."""
    policy, before = assumptions.policy, world.review
    trigger = trigger_as_heard(policy.review_hhi, assumptions.actor)
    review = next_review(
        before, month=month, control_hhi=world.bulletin.control_hhi, trigger=trigger, policy=policy
    )
    notices = [*_changes(world.rules, policy), *_decisions(before, review, policy, hhi=world.bulletin.control_hhi)]
    stance = assumptions.actor.stance
    if stance != world.stance:
        side = "for" if stance > 0 else "against" if stance < 0 else "no more about"
        notices.append(PolicyNotice("stance", f"speaks {side} open weights: {stance:+g}", actor="actor"))
    return Regulation(review=review, rules=policy, stance=stance, notices=tuple(notices))


def commit_regulation(world: World, regulation: Regulation) -> None:
    """What the regulator remembers."""
    world.review, world.rules, world.stance = regulation.review, regulation.rules, regulation.stance


def _changes(before: Policy, now: Policy) -> list[PolicyNotice]:
    """Instruments that came into force this month, changed or ended."""
    old, new = instruments(before), instruments(now)
    notices = [
        PolicyNotice(name, "in force" if value is True else f"set to {value:g}")
        for name, value in new.items() if old.get(name) != value
    ]  # fmt: skip
    return notices + [PolicyNotice(name, "no longer in force") for name in old if name not in new]


def _decisions(before: Review, after: Review, policy: Policy, *, hhi: float) -> list[PolicyNotice]:
    """What was opened or decided."""
    if after.stage > before.stage:
        names = sorted(set(adopted(policy, stage=after.stage)) - set(adopted(policy, stage=before.stage)))
        text = f"adopted after a review: concentration of control is {hhi:.2f}"
        return [PolicyNotice(", ".join(names), text)]
    if before.opened >= 0 > after.opened:
        return [PolicyNotice("review", f"closed without a measure: concentration of control is {hhi:.2f}")]
    if after.opened > before.opened:
        return [PolicyNotice("review", f"opened: concentration of control {hhi:.2f} for {policy.review_after} months")]
    return []
