"""What cloud-lab deals leave behind from month to month: who is bound to whom, credits, and what partners know."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from market.deals import CreditLot
from market.units import FloatArray


@dataclass(frozen=True, slots=True)
class Tie:
    """One deal that holds this month."""

    lab: int  # code
    cloud: int  # code, which is also its place among the clouds
    since: int  # month
    exclusive: bool  # the lab may neither rent from nor be sold by another cloud


@dataclass
class DealBook:
    """Deals of a world; empty where none is declared."""

    ties: tuple[Tie, ...] = ()  # live this month
    invested: tuple[Tie, ...] = ()  # begun so far: stakes outlive the deal
    credits: tuple[CreditLot, ...] = ()  # not used and not expired
    granted: dict[tuple[int, int], int] = field(default_factory=dict)  # cents so far, by (cloud, lab)
    used: dict[tuple[int, int], int] = field(default_factory=dict)  # the same
    expired: dict[tuple[int, int], int] = field(default_factory=dict)  # the same
    expected_hours: dict[int, float] = field(default_factory=dict)  # of the lab at its partner, as the partner expects
    unit_cost: FloatArray = field(default_factory=lambda: np.zeros(0))  # (offers,) USD per Mtok last month

    def tie_of(self, lab: int) -> Tie | None:
        """The live deal of a lab."""
        return next((tie for tie in self.ties if tie.lab == lab), None)
