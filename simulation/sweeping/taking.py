"""Finished runs of another sweep taken over by their digests, where they keep the same of every run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from simulation.results.digest import canonical_json
from simulation.sweeping.folder import KEPT
from simulation.sweeping.keeping import is_finished, is_whole, parts_in_order
from simulation.sweeping.plan import Plan


def take_over(plan: Plan, folder: Path, sources: Iterable[Path]) -> int:
    """Link parts of runs that the plan asks for and a source has finished into `folder`; how many runs were taken.

    A source that keeps other tables, months or columns is left alone: its parts would not be those asked for. So is a
    run whose parts are damaged there.
    """
    keep, taken = plan.design.keep, 0
    for source in sources:
        if _kept(source) != canonical_json(asdict(keep)):
            continue
        for digest, months in {planned.digest: planned.months for planned in plan}.items():
            if is_finished(folder, digest, keep) or not is_whole(source, digest, keep, months=months):
                continue
            for name in parts_in_order(keep):
                _link(source / name / f"{digest}.parquet", folder / name / f"{digest}.parquet")
            taken += 1
    return taken


def _kept(source: Path) -> str:
    """What the runs of a source keep; empty where it is no sweep."""
    path = source / KEPT
    return path.read_text() if path.is_file() else ""


def _link(here: Path, there: Path) -> None:
    """The same bytes under another name, copied where the disk cannot link."""
    there.parent.mkdir(exist_ok=True)
    there.unlink(missing_ok=True)
    try:
        os.link(here, there)
    except OSError:
        shutil.copyfile(here, there)
