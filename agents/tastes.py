"""Lasting tastes of workloads for offers: exact nested-logit draws that depend on the offer's permanent code alone.

The tree is {none} | API-like routes | self-operated routes -> model -> host. A taste is

    eps_j = lam_host (G_j + ln Z1) + lam_model ln Z2,      none: eps = G,

with G Gumbel per (workload, offer), Z1 positive stable (lam_host / lam_model) per (workload, model, class) and Z2
positive stable (lam_model) per (workload, class), model.md M1. The month in the key is that of the workload's last
renewal of tastes, so tastes persist, and a new offer or a new price moves nobody between other offers. Positive-stable
draws follow Kanter (1975, Annals of Probability 3), as used by Chambers, Mallows and Stuck (1976).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable

from agents.offers import CLASSES
from market.chance import Chance, Mechanism
from market.elementary import log, open_unit_of, sine_of_turn
from market.units import FloatArray, IntArray, MaskArray

HOST_DRAW, MODEL_DRAW, CLASS_DRAW, NONE_DRAW, SEARCH_DRAW = range(5)
NO_OFFER = 2**15  # what doing without is called in the order of a search: above every code of an offer


@register_jitable(forceinline=True)  # type: ignore[untyped-decorator]
def gumbel(u: Any) -> Any:
    """Gumbel numbers from uniforms, by inversion."""
    return -log(-log(u))


@register_jitable(forceinline=True)  # type: ignore[untyped-decorator]
def log_positive_stable(index: float, angle: Any, clock: Any) -> Any:
    """Logarithm of positive-stable numbers of `index` below 1 from two uniforms: an angle and an exponential clock."""
    return (
        log(sine_of_turn(index * angle))
        - log(sine_of_turn(angle)) / index
        + (1.0 - index) / index * (log(sine_of_turn((1.0 - index) * angle)) - log(-log(clock)))
    )


def taste_states(chance: Chance) -> MaskArray:
    """Hash states of the tastes and of the order of search, in the order HOST_DRAW ... SEARCH_DRAW."""
    mechanisms = (
        Mechanism.TASTE_HOST, Mechanism.TASTE_MODEL, Mechanism.TASTE_CLASS, Mechanism.TASTE_NONE,
        Mechanism.SEARCH_ORDER,
    )  # fmt: skip
    return np.array([chance.state(mechanism) for mechanism in mechanisms], dtype=np.uint64)


def class_tastes(
    chance: Chance, mechanism: Mechanism, index: float, *, month: IntArray, entity: IntArray, subject: IntArray
) -> FloatArray:
    """ln Z of the nests `subject` for every workload, shape (workloads, nests); 0 where `index` is 1 (no nesting).

    `mechanism` is TASTE_MODEL with subject = CLASSES * model + class, or TASTE_CLASS with subject = class.
    """
    if index >= 1.0:
        return np.zeros((len(entity), len(subject)))
    key = {"month": month[:, None], "entity": entity[:, None]}
    angle = open_unit_of(chance.bits(mechanism, subject=2 * subject[None, :], **key))
    clock = open_unit_of(chance.bits(mechanism, subject=2 * subject[None, :] + 1, **key))
    return np.asarray(log_positive_stable(index, angle, clock))


def tastes(
    chance: Chance,
    *,
    entity: IntArray,
    month: IntArray,
    offer: IntArray,
    model: IntArray,
    nest: IntArray,
    dissimilarity_hosts: float,
    dissimilarity_models: float,
) -> tuple[FloatArray, FloatArray]:
    """Tastes of workloads for offers, in units of sigma: eps (workloads, offers), and eps of none (workloads,).

    `entity` and `month` (workloads,): permanent number and month of the last renewal of tastes. `offer`, `model` and
    `nest` (offers,): permanent codes. The plain twin of what the choice kernel draws in place.
    """
    key = {"month": month[:, None], "entity": entity[:, None]}
    host = gumbel(open_unit_of(chance.bits(Mechanism.TASTE_HOST, subject=offer[None, :], **key)))
    ratio = dissimilarity_hosts / dissimilarity_models
    same_key = {"month": month, "entity": entity}
    of_model = class_tastes(chance, Mechanism.TASTE_MODEL, ratio, subject=CLASSES * model + nest, **same_key)
    of_class = class_tastes(chance, Mechanism.TASTE_CLASS, dissimilarity_models, subject=nest, **same_key)
    none = gumbel(open_unit_of(chance.bits(Mechanism.TASTE_NONE, **same_key)))
    return dissimilarity_hosts * (host + of_model) + dissimilarity_models * of_class, np.asarray(none)


def search_order(
    chance: Chance, *, entity: IntArray, month: IntArray, offer: IntArray
) -> tuple[FloatArray, FloatArray]:
    """When a searching workload comes upon each offer, (workloads, offers), and upon doing without, (workloads,).

    Numbers in (0, 1), the smallest first; keyed as tastes are, so that a new offer leaves the order of others alone.
    """
    key = {"month": month[:, None], "entity": entity[:, None]}
    codes = np.append(offer, NO_OFFER)
    found = open_unit_of(chance.bits(Mechanism.SEARCH_ORDER, subject=codes[None, :], **key))
    return np.asarray(found[:, :-1]), np.asarray(found[:, -1])
