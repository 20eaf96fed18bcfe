"""Parts of a sweep that need nothing of each other but the folder, and the Slurm job array that runs them all."""

from __future__ import annotations

import math
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from simulation import memory
from simulation.sweeping.plan import PlannedRun

SAFETY = 2.0  # wall time asked for, over the time expected
STEP = 600  # seconds to which wall time is rounded up
WITHOUT_ESTIMATE = 86_400.0  # seconds asked for where nothing is known
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Shard:
    """The part `number` of `of` of a sweep: every so many runs, so that parts are alike."""

    number: int = 1
    of: int = 1

    @property
    def name(self) -> str:
        """How its lock is called; empty where the sweep is whole."""
        return f"{self.number}-of-{self.of}" if self.of > 1 else ""

    def has(self, planned: PlannedRun) -> bool:
        """Whether a run belongs to this part."""
        return (planned.number - 1) % self.of == self.number - 1


def slurm_script(
    design: Path, out: Path, *, shards: int, workers: int, seconds: float | None, companies: int
) -> str:
    """A batch script that runs every shard as one task of a job array, ready for `sbatch`.

    `seconds` of one core are what a shard is expected to take; `companies` is the largest world, for its memory. A task
    that is pre-empted is queued again and goes on where it stopped.
    """
    wall = SAFETY * seconds / workers if seconds is not None else WITHOUT_ESTIMATE
    minutes = math.ceil(max(wall, STEP) / STEP) * STEP // 60
    each = math.ceil(SAFETY * memory.needed(companies, worlds=1) / MEGABYTE)
    command = shlex.join([*_programme(), "sweep", str(design.absolute()), "--out", str(out.absolute())])
    return "\n".join([
        "#!/bin/bash",
        "#SBATCH --job-name=commonweight",
        f"#SBATCH --array=1-{shards}",
        f"#SBATCH --cpus-per-task={workers}",
        f"#SBATCH --mem-per-cpu={each}M",
        f"#SBATCH --time={minutes // 60:02d}:{minutes % 60:02d}:00",
        "#SBATCH --requeue",
        "set -euo pipefail",
        f'exec {command} --shard "$SLURM_ARRAY_TASK_ID/{shards}" --workers "$SLURM_CPUS_PER_TASK"',
    ])  # fmt: skip


def _programme() -> list[str]:
    """This program as any shell can start it."""
    beside = Path(sys.executable).with_name("commonweight")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "simulation"]
