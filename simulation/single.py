"""One world written into a results folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.writing import resolved_toml
from simulation.digest import run_digest
from simulation.storage import results_folder

if TYPE_CHECKING:
    from scenarios.scenario import Scenario
    from simulation.run import Run


def simulate_into(
    folder: Path,
    scenario: Scenario,
    *,
    draw: int,
    arm: str,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Simulate one world and write its tables, its resolved scenario and, last, the manifest.

    Raises StorageError for a folder that cannot be used, or for a disk that fills up; no manifest is left then.
    """
    from simulation import simulate

    with results_folder(folder) as writer:
        run = simulate(scenario, draw=draw, arm=arm, threads=threads, progress=progress)
        digest = run_digest(scenario.resolved(), arm=arm, draw=draw)
        writer.write_run(run, digest)
        writer.write_scenario(scenario.name, resolved_toml(scenario))
        identity = {
            "digest": digest, "scenario": scenario.name, "calibration": scenario.companies.calibration, "arm": arm,
            "draw": draw,
        }
        writer.finish(command="run", runs=[identity], not_modelled=list(run.manifest["not_modelled"]))
    return run
