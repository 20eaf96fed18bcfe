"""A world that does not fit is refused before it is founded, and one that is over takes no room."""

from __future__ import annotations

import gc
import weakref

import pytest

from scenarios import read_scenario
from simulation import ComputeEconomy, memory
from simulation.cli import exit_code


def test_worlds_at_a_time_share_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 3_000_000_000)
    assert memory.shortage(1_000_000, worlds=1) == ""
    assert "2 worlds at a time of 1,000,000 companies" in memory.shortage(1_000_000, worlds=2)


def test_nothing_is_refused_where_nobody_knows_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: None)
    assert memory.shortage(10_000_000, worlds=8) == ""


@pytest.mark.parametrize("command", [("run", "baseline"), ("answer", "baseline")])
def test_a_population_too_large_for_the_machine_is_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(memory, "available", lambda: 8_000_000_000)
    assert exit_code([*command, "--companies", "10000000"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "10,000,000 companies need about" in printed.err


def test_a_world_that_nobody_holds_is_forgotten() -> None:
    found = ComputeEconomy(read_scenario("baseline", overrides={"companies.count": 60, "horizon.months": 1}))
    found.run()
    held = weakref.ref(found)
    del found
    gc.collect()
    assert held() is None
