"""What a regulator makes of a severe misuse (docs/model.md M16)."""

from __future__ import annotations

import pytest

from agents.misuse_reaction import INTERFACE, WEIGHTS, Reaction, next_reaction, under_reaction
from agents.regulator import Policy, instruments

DANGER = 142.0


def after(policy: Policy, events: dict[int, int], *, months: int = 12) -> Reaction:
    reaction = Reaction()
    for month in range(months):
        reaction = next_reaction(
            reaction, event=events.get(month, 0), month=month, danger=DANGER + month, policy=policy
        )
    return reaction


def rules(answer: str) -> Policy:
    return Policy(misuse_reaction=answer, review_lag=4, reaction_tests=5)


def test_nothing_follows_where_the_regulator_does_not_react() -> None:
    assert after(Policy(review_lag=0), {2: WEIGHTS}) == Reaction()
    policy = Policy()
    assert under_reaction(policy, Reaction()) is policy
    assert instruments(Policy(misuse_reaction="ban", reaction_tests=9)) == {}


@pytest.mark.parametrize(
    ("answer", "changed"),
    [("tests", {"safety_delay": 5}), ("ban", {"open_ban_q": DANGER + 7}), ("liability", {"liability_open": True})],
)
def test_a_misuse_of_weights_is_answered_a_lag_later(answer: str, changed: dict[str, float]) -> None:
    policy = rules(answer)
    assert under_reaction(policy, after(policy, {3: WEIGHTS}, months=7)) is policy
    assert instruments(under_reaction(policy, after(policy, {3: WEIGHTS}, months=8))) == changed


@pytest.mark.parametrize("answer", ["tests", "ban", "liability"])
def test_a_misuse_of_an_interface_is_answered_by_tests(answer: str) -> None:
    policy = rules(answer)
    assert instruments(under_reaction(policy, after(policy, {3: INTERFACE}))) == {"safety_delay": 5}


def test_each_route_has_its_own_answer_and_what_is_stricter_holds() -> None:
    policy = rules("ban").model_copy(update={"open_ban_q": 120.0, "safety_delay": 9})
    both = under_reaction(policy, after(policy, {0: WEIGHTS, 2: INTERFACE}))
    assert (both.open_ban_q, both.safety_delay) == (120.0, 9)


def test_a_second_misuse_of_the_same_route_changes_nothing() -> None:
    policy = rules("ban")
    assert after(policy, {1: WEIGHTS, 2: WEIGHTS, 9: WEIGHTS}) == after(policy, {1: WEIGHTS})
