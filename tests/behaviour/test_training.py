"""Where labs stand in their first training run at founding (docs/model.md M6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from market.chance import Chance, Mechanism
from scenarios import read_scenario
from simulation import ComputeEconomy
from simulation.run import Run

SMALL = {"companies.count": 100, "companies.panel": 128, "control.panel": 128, "horizon.months": 24}


def founded(draw: int, *, arm: str = "open", **overrides: Any) -> ComputeEconomy:
    return ComputeEconomy(read_scenario("baseline", overrides=SMALL | overrides), draw=draw, arm=arm)


def test_every_lab_of_every_draw_is_at_a_point_of_its_own_and_at_the_same_in_both_arms() -> None:
    starts = np.array([[lab.head_start for lab in founded(draw).world.labs if lab.models] for draw in (1, 2, 3)])
    assert len(np.unique(starts)) == starts.size and ((starts > 0) & (starts < 1)).all()
    closed = [lab.head_start for lab in founded(1, arm="closed").world.labs if lab.models]
    assert closed == starts[0].tolist()
    lab = founded(2).world.labs[1]
    assert lab.head_start == Chance(2).uniform(Mechanism.FOUNDING_RUN, entity=lab.luck)


def test_the_first_run_is_shorter_by_what_was_done_and_no_later_one_is() -> None:
    economy = founded(1)
    starts = {lab.name: lab.head_start for lab in economy.world.labs if lab.models}
    left: dict[str, list[float]] = {name: [] for name in starts}  # share of each new run still to do
    seen: dict[str, int] = {}
    for _ in range(24):
        economy.step()
        for lab in economy.world.labs:
            if lab.name in starts and lab.run is not None and seen.get(lab.name) != lab.run.started:
                seen[lab.name] = lab.run.started
                left[lab.name].append(lab.run.left / lab.run.gpu_hours)
    assert all(len(runs) >= 2 for runs in left.values())
    for name, (first, *later) in left.items():
        assert np.isclose(first, 1 - starts[name]) and np.allclose(later, 1.0)


def test_without_it_labs_begin_together_and_nobody_is_ahead(
    run_of_world: Callable[..., Run], differences: Callable[..., list[str]]
) -> None:
    assert all(lab.head_start == 0.0 for lab in founded(1, **{"lab.run_under_way": False}).world.labs)
    assert differences(run_of_world({"lab.run_under_way": False}, months=12), run_of_world(months=12))
