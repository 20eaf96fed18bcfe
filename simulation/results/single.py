"""One world written into a results folder of its own."""

from __future__ import annotations

from scenarios.writing import resolved_toml
from simulation.results.digest import run_digest
from simulation.results.storage import ResultsWriter, refuse_other
from simulation.run import Run

COMMAND = "run"


def write_world(writer: ResultsWriter, run: Run, *, variant: str = "") -> None:
    """Write the tables of a world, its resolved scenario and, last, the manifest.

    `variant` tells apart worlds of one scenario, arm and draw. Raises StorageError for a disk that fills up; no
    manifest is left then. Raises BadFolder, before anything is written, where another command has filled the folder.
    """
    refuse_other(writer.folder, COMMAND)
    scenario = run.scenario
    digest = run_digest(scenario.resolved(), arm=run.arm, draw=run.draw, variant=variant)
    writer.write_run(run, digest)
    writer.write_scenario(scenario.name, resolved_toml(scenario))
    identity = {
        "digest": digest, "scenario": scenario.name, "calibration": scenario.companies.calibration, "arm": run.arm,
        "draw": run.draw,
    }
    writer.finish(command=COMMAND, runs=[identity], not_modelled=list(run.manifest["not_modelled"]))
