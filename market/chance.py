"""Chance: every random number of the economy is a pure function of what it is for.

A draw is addressed by (draw number, mechanism, month, entity, subject) and computed in place by a counter-based hash:
nothing is stored, no order of calls can matter, and removing one mechanism, seller or offer shifts no other number
(common random numbers, docs/model.md section 4.6). The hash absorbs one word at a time through the finaliser of
SplitMix64 (Steele, Lea and Flood 2014; variant 13 of Stafford). Written once, it runs on arrays in NumPy and on single
numbers in numba kernels, with the same bits.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, vectorize
from numba.extending import register_jitable
from scipy.special import ndtri

from market.units import FloatArray, MaskArray

IntegerLike = int | np.integer[Any] | npt.NDArray[Any]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_SHIFT_30 = np.uint64(30)
_SHIFT_27 = np.uint64(27)
_SHIFT_31 = np.uint64(31)
_SHIFT_12 = np.uint64(12)
_ONE = np.uint64(1)
_START = np.uint64(0x436F6D6D6F6E5774)
_LATTICE = 2.0**-52
_HALF_STEP = 2.0**-53


class UnaddressableDrawError(ValueError):
    """The address of a draw is not made of whole numbers, or the draw number is not a positive integer."""


class Mechanism(IntEnum):
    """Every random mechanism of the economy; the numbers are permanent, since they enter the hash.

    Behind each: what addresses a draw beside its number, and what it decides. Taken once: 3, 5, 6, 15, 18, 19, 63, 71.
    """

    FOUNDING_EMPLOYEES = 1  # company: rank in its size class
    FOUNDING_VOLUME = 2  # company: tokens a month
    FOUNDING_SENSITIVITY = 4  # company: whether its data are mostly sensitive
    FOUNDING_SECTOR = 7  # company: sector
    FOUNDING_JURISDICTION = 8  # company: bloc
    FOUNDING_TENANCY = 9  # company: cloud of its ordinary business, whether it moves in later, work of moving it
    FOUNDING_NETWORK = 10  # company, link: seat in the ring, which links are rewired, where to
    FOUNDING_KNOWLEDGE = 11  # company, seller: who is known at founding
    FOUNDING_READINESS = 12  # company: ready at founding
    FOUNDING_REGULATED = 13  # company: under sector regulation
    FOUNDING_NO_NEED = 14  # company: never needs AI
    FOUNDING_SPLIT = 16  # slot: its part of the company's volume
    FOUNDING_SLOTS = 17  # company: number of slots
    FOUNDING_RUN = 20  # lab: how much of the run under way at founding is done
    WORKLOAD_BIRTH = 30  # slot, generation: hazard that a free slot waits for
    WORKLOAD_LIFE = 31  # slot, generation: months that a workload lives
    WORKLOAD_VALUE = 32  # slot: value per Mtok
    WORKLOAD_NEED = 33  # slot, generation: offset of its need
    WORKLOAD_SENSITIVITY = 34  # slot, generation: sensitivity of its data
    WORKLOAD_SLA = 35  # slot, generation: class of service
    REVIEW = 40  # month, slot: a review without a trigger
    TASTE_REFRESH = 41  # month, slot: a review renews tastes
    TASTE_HOST = 42  # month of renewal, slot, offer: taste for one offer
    TASTE_MODEL = 43  # month of renewal, slot, model and class: taste for a model
    TASTE_CLASS = 44  # month of renewal, slot, class: taste for a class of routes
    TASTE_NONE = 45  # month of renewal, slot: taste for doing without
    SEARCH_ORDER = 46  # month of renewal, slot, offer: order in which a threshold search finds offers
    READINESS = 50  # month, company: becomes ready
    SEARCH = 51  # month, company, seller: finds a seller
    OPEN_AWARENESS = 52  # month, company: hears of open models
    KNOWLEDGE_DECAY = 53  # month, company, seller: loses sight of a seller
    RUN_OUTCOME = 60  # month, lab: how a training run turns out
    DETECTION = 61  # month, lab: whether distilling is found out
    TENANCY_REVIEW = 62  # month, company, step or cloud: a tenancy is reviewed, quoted, moved
    RELEASE_STALL = 64  # month, releaser: whether it stalls
    PANEL = 70  # slot: permanent number of the panel on which sellers price
    BENCHMARK = 72  # worlds of the benchmarks
    DESIGN = 73  # samples of sweeps
    INCIDENT = 90  # month, model, kind: luck common to all users of a model
    INCIDENT_USER = 91  # month, slot: who meets an incident
    PILOT_SIGNAL = 110  # slot, generation: noise of a proof of concept
    PRODUCTION_SIGNAL = 111  # slot, generation: noise of own production
    PEER_SIGNAL = 112  # month, listener, slot told of: noise of what peers tell
    MARKETING = 113  # month, company: whether vendors reach it
    ADVICE = 114  # slot, generation: whether advice is taken, its noise
    OVERRUN = 115  # slot, generation: luck of a project, body or tail
    TOLERANCE = 116  # company: bill above plan that it bears
    ABANDONMENT = 117  # month, slot: whether a project beyond tolerance is given up
    CONTROL_PANEL = 120  # start of the systematic sample of the control panel
    APPETITE = 140  # month: news about investors' appetite
    FIRE_SALE = 141  # month, failed firm: part of book value that its assets fetch
    ENTRY = 142  # month, kind of firm: how many found one
    PRICE_EXPLORATION = 150  # session, period: what a learning price algorithm tries
    INTEGRATION_QUEUE = 160  # month, slot: whether a review finds an integrator


@register_jitable(forceinline=True)  # type: ignore[untyped-decorator]
def mix64(word: Any) -> Any:
    """Finaliser of SplitMix64: a bijection of 64-bit words; an input bit flips each output bit half the time."""
    word = (word ^ (word >> _SHIFT_30)) * _FIRST
    word = (word ^ (word >> _SHIFT_27)) * _SECOND
    return word ^ (word >> _SHIFT_31)


@register_jitable(forceinline=True)  # type: ignore[untyped-decorator]
def absorb(state: Any, word: Any) -> Any:
    """State of the hash after one more word of the address."""
    return mix64(state + (word + _ONE) * _GOLDEN)


@cache
def _of_arrays() -> Any:
    """`absorb` of arrays that broadcast, in one pass; made when it is first needed, which spares who draws nothing."""
    return vectorize(["uint64(uint64, uint64)"], cache=True)(absorb)  # type: ignore[no-untyped-call]


def _absorbed(state: Any, word: Any) -> Any:
    return _of_arrays()(state, word)


@register_jitable(forceinline=True)  # type: ignore[untyped-decorator]
def open_unit(word: Any) -> Any:
    """Map 64 random bits to an odd multiple of 2**-53 strictly between 0 and 1."""
    return np.float64(word >> _SHIFT_12) * _LATTICE + _HALF_STEP


@njit  # type: ignore[untyped-decorator]
def uniform01(seed: int, mechanism: int, month: int, entity: int, subject: int) -> float:
    """One uniform number in (0, 1) for a numba kernel; bitwise the number of `Chance(seed).uniform` at this address."""
    state = absorb(_START, np.uint64(seed))
    state = absorb(state, np.uint64(mechanism))
    state = absorb(state, np.uint64(month))
    state = absorb(state, np.uint64(entity))
    return float(open_unit(absorb(state, np.uint64(subject))))


def _words(value: IntegerLike, *, name: str) -> MaskArray:
    words = np.asarray(value)
    if words.dtype.kind not in "iu":
        raise UnaddressableDrawError(f"{name} of a draw is of type {words.dtype}; pass whole numbers")
    return words.astype(np.uint64)


@cache
def _mechanism_state(draw: int, mechanism: int) -> np.uint64:
    return np.uint64(_absorbed(_absorbed(_START, _words(draw, name="draw")), _words(mechanism, name="mechanism")))


class Chance:
    """The random world number `draw`: a cube of independent uniforms, read by address and never advanced.

    Raises `UnaddressableDrawError` if `draw` is not an integer of at least 1.
    """

    __slots__ = ("draw",)

    def __init__(self, draw: int) -> None:
        if isinstance(draw, bool) or not isinstance(draw, (int, np.integer)) or draw < 1:
            raise UnaddressableDrawError(f"draw is {draw!r}; random worlds are numbered by integers from 1")
        self.draw = int(draw)

    def state(self, mechanism: Mechanism) -> np.uint64:
        """Hash state after the draw number and the mechanism; kernels absorb month, entity and subject themselves."""
        return _mechanism_state(self.draw, int(mechanism))

    def bits(
        self,
        mechanism: Mechanism,
        *,
        month: IntegerLike = 0,
        entity: IntegerLike = 0,
        subject: IntegerLike = 0,
    ) -> MaskArray:
        """64 random bits per address; month, entity and subject broadcast against each other as NumPy arrays do."""
        state = _absorbed(self.state(mechanism), _words(month, name="month"))
        state = _absorbed(state, _words(entity, name="entity"))
        return np.asarray(_absorbed(state, _words(subject, name="subject")))

    def uniform(
        self,
        mechanism: Mechanism,
        *,
        month: IntegerLike = 0,
        entity: IntegerLike = 0,
        subject: IntegerLike = 0,
    ) -> FloatArray:
        """Uniform numbers in the open interval (0, 1), on the lattice of odd multiples of 2**-53.

        The result has the broadcast shape of month, entity and subject (a zero-dimensional array if all are scalars).
        """
        bits = self.bits(mechanism, month=month, entity=entity, subject=subject)
        return np.asarray(open_unit(bits))

    def normal(
        self,
        mechanism: Mechanism,
        *,
        month: IntegerLike = 0,
        entity: IntegerLike = 0,
        subject: IntegerLike = 0,
    ) -> FloatArray:
        """Standard normal numbers by inversion of `uniform` at the same address."""
        return np.asarray(ndtri(self.uniform(mechanism, month=month, entity=entity, subject=subject)))

    def exponential(
        self,
        mechanism: Mechanism,
        *,
        month: IntegerLike = 0,
        entity: IntegerLike = 0,
        subject: IntegerLike = 0,
    ) -> FloatArray:
        """Exponential numbers of mean 1 by inversion of `uniform` at the same address."""
        return np.asarray(-np.log(self.uniform(mechanism, month=month, entity=entity, subject=subject)))
