"""The choice of companies: which offer each reviewed workload takes, lasting tastes included.

`choose` is one fused numba kernel over workloads and the offers they consider; `agents.choice_plain.choose_plain` is
the same step with NumPy matrices, and the two agree bit for bit. No matrix of workloads by offers is held in memory,
each workload writes only its own results, and a taste is drawn in place from its key, so the outcome depends neither on
the number of threads nor on the order of rows. Equations: docs/model.md, M1, M7, M11 and section 11 point 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import get_num_threads, set_num_threads

from agents.appraisal import Lines, lines_of, unstaffed
from agents.choice_kernel import (
    COST,
    DECISION,
    EGRESS,
    LOST,
    MIGRATION,
    RESULTS,
    TASTE,
    TRUE,
    choose_parallel,
    choose_serial,
)
from agents.offers import Circumstances, OfferError, OfferSheet, OfferTerms, offer_terms
from agents.preferences import Demand, LockIn
from agents.tastes import taste_states
from agents.terms import Terms, Weights, Workloads, packed, terms, weights
from market.chance import Chance
from market.units import CodeArray, FloatArray

__all__ = [
    "Choices", "Circumstances", "Demand", "LockIn", "Menu", "OfferError", "OfferSheet", "OfferTerms", "Terms",
    "Weights", "Workloads", "choose", "menu_of", "offer_terms", "terms", "weights",
]  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """What the reviewed workloads chose; every array has one entry per reviewed workload."""

    code: CodeArray  # offer chosen, -1 none
    decision_value: FloatArray  # N as perceived, USD/month, without taste; 0 for none
    true_value: FloatArray  # N without misperceived friction, risks and switching, USD/month
    taste: FloatArray  # taste for the choice less taste for none, variety corrected, in units of sigma
    sigma: FloatArray  # USD/month per unit of taste
    cost: FloatArray  # true monthly cost of the choice, USD, staff included
    migration: FloatArray  # integration work, retraining and first adoption, USD, paid once
    egress: FloatArray  # charge of the cloud left, USD, paid once
    disruption: FloatArray  # gross value lost by the move, USD, felt and not paid

    @property
    def taste_value(self) -> FloatArray:
        """Taste for the choice over none, USD/month."""
        return self.sigma * self.taste


class Menu(NamedTuple):
    """Offers laid out for the kernel: all of them, and those whose model a company may use without staff of its own."""

    every: Lines
    unstaffed: Lines


def menu_of(offers: OfferTerms) -> Menu:
    """The offers laid out once, to be chosen from again and again."""
    return Menu(lines_of(offers, offers.order), lines_of(offers, unstaffed(offers)))


def choose(chance: Chance, rows: Terms, offers: OfferTerms | Menu, shared: Weights, *, threads: int = 1) -> Choices:
    """Offer taken by each workload of `rows`: the largest decision value plus taste, or none.

    `rows`, `offers` and `shared` come from `terms`, `offer_terms` (or `menu_of` them) and `weights`. Tastes are read
    from `chance` by workload number, month of renewal and offer code. The results are the same bytes for any number of
    `threads`.
    """
    code = np.empty(len(rows.row), dtype=np.int16)
    out = np.empty((len(code), RESULTS))
    menu = offers if isinstance(offers, Menu) else menu_of(offers)
    arguments = packed(rows), *menu, shared, taste_states(chance), code, out
    if threads == 1:
        choose_serial(*arguments)
    else:
        before = get_num_threads()
        set_num_threads(threads)
        try:
            choose_parallel(*arguments)
        finally:
            set_num_threads(before)
    return choices_of(code, out, rows.sigma)


def choices_of(code: CodeArray, out: FloatArray, sigma: FloatArray) -> Choices:
    """Name the columns of the kernel's results."""
    return Choices(
        code=code,
        decision_value=out[:, DECISION],
        true_value=out[:, TRUE],
        taste=out[:, TASTE],
        sigma=sigma,
        cost=out[:, COST],
        migration=out[:, MIGRATION],
        egress=out[:, EGRESS],
        disruption=out[:, LOST],
    )


def joined(parts: Sequence[Choices]) -> Choices:
    """The choices of several groups of workloads, one after the other."""
    return Choices(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS})


_FIELDS = tuple(Choices.__dataclass_fields__)
