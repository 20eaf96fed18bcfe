"""Vintages: capacity at work in one place, by the month it was commissioned, and what it is worth in the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from market.compiling import kernel
from market.units import Cents, CentsArray, FloatArray, IntArray, running_sum

NEVER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class Vintage:
    """Capacity commissioned together: accelerators in H100e, or site power in MW."""

    commissioned: int  # month
    life: int  # months
    count: float  # H100e or MW
    cost_cents: int  # what was paid


def _no_months() -> IntArray:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Vintages:
    """Vintages in the order they started; never changed, only replaced, so that what is added up once stays true."""

    commissioned: IntArray = field(default_factory=_no_months)
    life: IntArray = field(default_factory=_no_months)
    counts: FloatArray = field(default_factory=lambda: np.zeros(0))
    cost_cents: CentsArray = field(default_factory=_no_months)

    @staticmethod
    def of(vintages: Sequence[Vintage]) -> Vintages:
        """The given vintages."""
        together = Vintages()
        for vintage in vintages:
            together = together.joined_by(vintage)
        return together

    def joined_by(self, vintage: Vintage) -> Vintages:
        """These vintages and one more."""
        return self.joined_with(
            Vintages(
                commissioned=np.array([vintage.commissioned], dtype=np.int64),
                life=np.array([vintage.life], dtype=np.int64),
                counts=np.array([vintage.count], dtype=np.float64),
                cost_cents=np.array([vintage.cost_cents], dtype=np.int64),
            )
        )

    def joined_with(self, others: Vintages) -> Vintages:
        """These vintages and those of another place."""
        return Vintages(
            commissioned=np.concatenate([self.commissioned, others.commissioned]),
            life=np.concatenate([self.life, others.life]),
            counts=np.concatenate([self.counts, others.counts]),
            cost_cents=np.concatenate([self.cost_cents, others.cost_cents]),
        )

    def valued_at(self, share: float) -> Vintages:
        """The same capacity at a `share` of its cost, in whole cents."""
        cost = np.floor(self.cost_cents * share).astype(np.int64)
        return Vintages(self.commissioned, self.life, self.counts, cost)

    @cached_property
    def count(self) -> float:
        """Capacity of all vintages, added up from the oldest."""
        return float(running_sum(self.counts.tolist()))

    @cached_property
    def retires(self) -> IntArray:
        """Month at whose start each vintage stops working; (vintages,)."""
        return self.commissioned + self.life

    @cached_property
    def next_retirement(self) -> int:
        """First month at whose start a vintage stops working."""
        return int(self.retires.min(initial=NEVER))

    def retired_by(self, month: int) -> float:
        """Capacity whose life is over at the start of `month`."""
        return self.retiring(self.next_retirement, month)

    def retiring(self, first: int, last: int) -> float:
        """Capacity whose life ends in months `first` to `last`."""
        if self.next_retirement > last:
            return 0.0
        return float(sum(self.counts[(first <= self.retires) & (self.retires <= last)].tolist()))

    def working_in(self, month: int) -> Vintages:
        """Those whose life is not over at the start of `month`."""
        if self.next_retirement > month:
            return self
        still = self.retires > month
        return Vintages(self.commissioned[still], self.life[still], self.counts[still], self.cost_cents[still])

    def book_cents(self, month: int) -> Cents:
        """Book value at the end of `month`: straight lines in whole cents, 0 once a vintage's life is over."""
        return int(_book_cents(self.commissioned, self.life, self.cost_cents, month))


@kernel
def _book_cents(commissioned: IntArray, life: IntArray, cost: CentsArray, month: int) -> int:
    """Sum of cost less cost times age over life, rounded down as a whole; split so that no product overflows."""
    book = 0
    for v in range(cost.size):
        age = min(max(month - commissioned[v] + 1, 0), life[v])
        each, rest = cost[v] // life[v], cost[v] % life[v]
        book += cost[v] - each * age - rest * age // life[v]
    return book
