"""A small world for the views, simulated once."""

from __future__ import annotations

import pytest

from app.worlds import Course, Snapshot
from scenarios import read_scenario

MONTHS = 12


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    """The last month of a small world."""
    small = {"companies.count": 400, "companies.panel": 256, "horizon.months": MONTHS}
    course = Course(read_scenario("baseline", overrides=small), draw=1, arm="open")
    for _ in range(MONTHS):
        course.advance()
    course.publish()
    assert course.latest is not None
    return course.latest
