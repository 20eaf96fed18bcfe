"""Groups of options stand on the command line as if each option had been written out in the command."""

from __future__ import annotations

import inspect
from pathlib import Path

from simulation.commands.options import ScenarioName, Work, World, with_options


def test_a_group_is_written_out_where_it_stands_and_given_whole() -> None:
    given: list[object] = []

    @with_options
    def command(scenario: ScenarioName = "baseline", *, world: World, work: Work, last: int = 0) -> None:
        given.extend((scenario, world, work, last))

    assert list(inspect.signature(command).parameters) == [
        "scenario", "companies", "months", "settings", "calibration", "workers", "threads", "out", "last"
    ]  # fmt: skip
    command(
        scenario="S02", companies=50, months=None, settings=["pop.a=1"], calibration=None, workers=3, threads=1,
        out=Path("results"), last=7,
    )  # fmt: skip
    assert given == ["S02", World(companies=50, settings=["pop.a=1"]), Work(workers=3, out=Path("results")), 7]


def test_no_more_worlds_are_in_memory_than_there_are() -> None:
    assert [Work(workers=4).at_a_time(worlds) for worlds in (2, 4, 9, None)] == [2, 4, 4, 4]
