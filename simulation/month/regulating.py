"""Regulation in the month: which rules hold, what must be sold, what a regulator decides (docs/model.md M16).

Instruments act at the beginning of a month, as the rules that everybody then meets; the regulator looks at last month's
published concentration of control at its end, and what it adopts holds from the next month on.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.actor import trigger_as_heard
from agents.misuse_reaction import ROUTES, Reaction, next_reaction, under_reaction
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
from simulation.month.compute import Compute
from simulation.month.service import Service
from simulation.month.sovereignty import law_of_next_month
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
    reaction: Reaction
    sovereign_line: float  # sensitivity from which the second bloc's workloads are called in next month
    rules: Policy  # that held this month
    stance: float  # of the actor this month
    notices: tuple[PolicyNotice, ...]


def under_policy(world: World, plan: Scenario) -> Scenario:
    """The month's assumptions under the rules in force; the same object where no instrument is on."""
    policy = under_reaction(in_force(plan.policy, stage=world.review.stage), world.reaction)
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


def regulate(
    world: World, assumptions: Scenario, *, month: int, compute: Compute, service: Service
) -> Regulation:
    """Compare the published concentration of control with the trigger, and open, decide or close a review; react to
    misuse; say which of the second bloc's workloads must run at home.
    """
    policy, before = assumptions.policy, world.review
    trigger = trigger_as_heard(policy.review_hhi, assumptions.actor)
    review = next_review(
        before, month=month, control_hhi=world.bulletin.control_hhi, trigger=trigger, policy=policy
    )
    misuse = world.misuse
    reaction = next_reaction(
        world.reaction, event=misuse.event, month=month, danger=misuse.danger, policy=policy
    )
    notices = [*_changes(world.rules, policy), *_decisions(before, review, policy, hhi=world.bulletin.control_hhi)]
    notices += _answers(world.reaction, reaction, policy)
    stance = assumptions.actor.stance
    if stance != world.stance:
        side = "for" if stance > 0 else "against" if stance < 0 else "no more about"
        notices.append(PolicyNotice("stance", f"speaks {side} open weights: {stance:+g}", actor="actor"))
    line = law_of_next_month(world, assumptions, compute=compute, use=service.bloc)
    return Regulation(
        review=review, reaction=reaction, sovereign_line=line, rules=policy, stance=stance, notices=tuple(notices)
    )


def commit_regulation(world: World, regulation: Regulation) -> None:
    """What the regulator remembers."""
    world.review, world.rules, world.stance = regulation.review, regulation.rules, regulation.stance
    world.reaction, world.sovereign_line = regulation.reaction, regulation.sovereign_line


def _changes(before: Policy, now: Policy) -> list[PolicyNotice]:
    """Instruments that came into force this month, changed or ended."""
    old, new = instruments(before), instruments(now)
    notices = [
        PolicyNotice(name, "in force" if value is True else f"set to {value:g}")
        for name, value in new.items() if old.get(name) != value
    ]  # fmt: skip
    return notices + [PolicyNotice(name, "no longer in force") for name in old if name not in new]


def _answers(before: Reaction, after: Reaction, policy: Policy) -> list[PolicyNotice]:
    """A review opened after a severe misuse, or its answer."""
    notices = []
    for place, route in enumerate(ROUTES.values()):
        if after.seen[place] > before.seen[place]:
            text = f"opened after a severe misuse of {route}: decision in {policy.review_lag} months"
            notices.append(PolicyNotice("misuse", text))
        if after.answers[place] != before.answers[place]:
            text = f"adopted after a severe misuse of {route} in month {after.seen[place]}"
            notices.append(PolicyNotice(after.answers[place], text))
    return notices


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
