"""The company of a world that is most like a description: "a hospital of 300 people with sensitive data"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.units import FloatArray
from simulation.market_table import SEGMENT_NAMES
from simulation.world import World

OTHER_FLAG = 1.0  # distance of a company whose data are of another kind, as a tenfold difference in employment
OTHER_SEGMENT = 100.0  # no likeness of size makes up for it
NEVER_NEEDS = 10.0  # whoever never has a use for AI has no story to tell


@dataclass(frozen=True)
class Description:
    """What is known of the company looked for; None where it does not matter."""

    employees: int
    segment: str = "enterprise"
    sensitive: bool | None = None
    regulated: bool | None = None
    sector: int | None = None


def nearest_company(world: World, wanted: Description) -> int:
    """Row of the company nearest to a description; of equal ones the first.

    Distance: decades of employment, one more for every trait that differs. Raises ValueError for a segment that does
    not exist or a company without employees.
    """
    companies = world.companies
    if wanted.segment not in SEGMENT_NAMES:
        raise ValueError(f"segment {wanted.segment!r} does not exist; choose one of {', '.join(SEGMENT_NAMES)}")
    if wanted.employees < 1:
        raise ValueError(f"a company of {wanted.employees} employees does not exist; give 1 or more")
    distance: FloatArray = np.abs(np.log10(companies.employees) - np.log10(wanted.employees))
    distance = distance + OTHER_SEGMENT * (SEGMENT_NAMES[companies.segment] != wanted.segment)
    distance = distance + NEVER_NEEDS * companies.no_need
    for name in ("sensitive", "regulated", "sector"):
        asked = getattr(wanted, name)
        if asked is not None:
            distance = distance + OTHER_FLAG * (getattr(companies, name) != asked)
    return int(np.argmin(distance))
