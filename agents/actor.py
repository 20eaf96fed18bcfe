"""One prominent voice: how far what the head of a lab says in public moves an industry (docs/model.md M18).

The stance is on open weights: +1 speaks for them (good enough, safe, and a check on everybody), -1 against them (not
free, not safe, and the clouds will own you). Words change what companies feel about open models, what the regulator
watches and what investors pay for closed ones; they change nothing real.
"""

from __future__ import annotations

from agents.preferences import Demand
from market.parameters import ParameterGroup, quantity


class Actor(ParameterGroup):
    """The public stance of one actor, and how far its voice carries."""

    stance: float = quantity(
        0.0, unit="1", meaning="public stance on open weights: -1 against, 0 silent, 1 for them", low=-1, high=1,
        least=-1, most=1, source="derived", symbol="actor_stance",
    )
    voice: float = quantity(
        0.05, unit="1",
        meaning="friction of open models in shares of gross value, and shares of the regulator's trigger and of "
        "investors' appetite for labs, that a full stance moves",
        low=0, high=0.2, most=1.0, symbol="voice",
    )


def as_heard(demand: Demand, actor: Actor) -> Demand:
    """Demand as companies that heard the actor feel it when they choose; the same object where nothing is said.

    Frictions of open models shift by voice * stance in shares of gross value and wear off like the rest. True values
    are those of `demand`: an opinion is no cost.
    """
    shift = actor.voice * actor.stance
    if shift == 0:
        return demand
    names = ("friction_hosted", "friction_self", "friction_developer")
    return demand.model_copy(update={name: getattr(demand, name) + shift for name in names})


def trigger_as_heard(trigger: float, actor: Actor) -> float:
    """Concentration of control at which the regulator looks: whoever speaks against open weights points at clouds."""
    return trigger * (1 + actor.voice * actor.stance)


def appetite_as_heard(actor: Actor) -> float:
    """What investors give labs over what they would give: less where open models are said to be as good."""
    return 1 - actor.voice * actor.stance
