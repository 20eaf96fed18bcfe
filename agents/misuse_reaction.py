"""What a regulator makes of a severe misuse of models: the instruments it adopts once its review is over (M16).

A misuse of published weights and one of a closed interface are answered by themselves: what is out cannot be recalled,
so that only what is still to come can be banned or answered for; an interface is mended, so that the answer to a misuse
of one is tests of what comes next. Source: docs/model.md M16.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.regulator import Policy

WEIGHTS, INTERFACE = 1, 2  # codes of `safety.event`
ROUTES = {WEIGHTS: "published weights", INTERFACE: "a closed interface"}


@dataclass(frozen=True)
class Reaction:
    """What severe misuses have led to so far."""

    seen: tuple[int, ...] = (-1, -1)  # month of the first one of weights and of an interface, -1: none
    answers: tuple[str, ...] = ("none", "none")  # adopted after it: tests | ban | liability
    danger: float = -1.0  # points of the danger line when weights above it were banned


def answer_to(route: int, policy: Policy) -> str:
    """What the regulator does about a misuse of `route`: a ban and liability can only concern published weights."""
    if policy.misuse_reaction == "none" or route == WEIGHTS:
        return policy.misuse_reaction
    return "tests"


def next_reaction(reaction: Reaction, *, event: int, month: int, danger: float, policy: Policy) -> Reaction:
    """The reaction a month later: `review_lag` months after the first severe misuse of a route its answer is adopted.

    event: code of the misuse of the month, 0: none; danger: points at which half of a model's help is dangerous. What
    is adopted stays; who reacts to nothing does not remember either.
    """
    if policy.misuse_reaction == "none":
        return reaction
    seen = tuple(
        month if event == route and before < 0 else before
        for route, before in zip(ROUTES, reaction.seen, strict=True)
    )
    answers = tuple(
        answer_to(route, policy) if answer == "none" and since >= 0 and month - since >= policy.review_lag else answer
        for route, answer, since in zip(ROUTES, reaction.answers, seen, strict=True)
    )
    bans = "ban" in answers and "ban" not in reaction.answers
    return Reaction(seen=seen, answers=answers, danger=danger if bans else reaction.danger)


def under_reaction(policy: Policy, reaction: Reaction) -> Policy:
    """The policy vector with what misuses have led to; the same object where that is nothing."""
    changed: dict[str, float | bool] = {}
    if "tests" in reaction.answers:
        changed["safety_delay"] = max(policy.safety_delay, policy.reaction_tests)
    if "ban" in reaction.answers:
        lines = [line for line in (policy.open_ban_q, reaction.danger) if line >= 0]
        changed["open_ban_q"] = min(lines)
    if "liability" in reaction.answers:
        changed["liability_open"] = True
    return policy.model_copy(update=changed) if changed else policy
