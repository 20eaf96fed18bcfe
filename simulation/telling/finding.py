"""The company of a world that is most like a description: "a hospital of 300 people with sensitive data"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.units import BoolArray, FloatArray
from simulation.measuring.market_table import SEGMENT_NAMES
from simulation.world import World

TRAITS = {"sensitive": 3.0, "regulated": 2.0, "sector": 1.0}  # distance of another trait; 1: ten times the employment
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


def nearest_company(world: World, wanted: Description, *, among: BoolArray | None = None) -> int:
    """Row of the company nearest to a description; of equal ones the first.

    among (companies,) flags those to choose from, all where none is flagged. Distance: decades of employment, and
    `TRAITS` for every one that differs. Raises ValueError for a segment that does
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
    for name, weight in TRAITS.items():
        asked = getattr(wanted, name)
        if asked is not None:
            distance = distance + weight * (getattr(companies, name) != asked)
    if among is not None and among.any():
        distance = np.where(among, distance, np.inf)
    return int(np.argmin(distance))
