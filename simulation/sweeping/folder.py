"""The results folder of a sweep: who may write in it, and what an earlier start has left there."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from scenarios.design import Design
from scenarios.design_reading import drafts_of
from scenarios.reading import with_overrides
from scenarios.writing import resolved_toml
from simulation.results.digest import canonical_json
from simulation.results.errors import BadFolder, StorageError, disk_full, no_room
from simulation.results.reading import DESIGN
from simulation.results.storage import ResultsWriter, locked, refuse_foreign
from simulation.sweeping.plan import Plan, make_plan

PLAN = ".plan.parquet"
ESTIMATE = ".estimate.json"
KEPT = ".kept.json"


@contextmanager
def sweep_folder(folder: Path, *, shard: str = "") -> Iterator[ResultsWriter]:
    """Take the folder of a sweep for writing, alone, or together with the other shards of the same sweep.

    What finished runs have written stays. Raises BadFolder where the folder holds something else or is in use.
    """
    refuse_foreign(folder)
    _refuse_other_results(folder)
    with locked(folder, shared=bool(shard)):
        if shard:
            with locked(folder, f".commonweight.shard-{shard}.lock"):
                yield ResultsWriter(folder)
            return
        for leftover in folder.rglob(".*.part"):
            leftover.unlink(missing_ok=True)
        yield ResultsWriter(folder)


@contextmanager
def rehearsal_folder(folder: Path, design: Design) -> Iterator[ResultsWriter]:
    """A place for the plan of a dry run, which leaves `folder` as it is; raises BadFolder where a sweep would.

    It lies in the folder if that is there, where workers on other machines can see it.
    """
    refuse_foreign(folder)
    _refuse_other_results(folder)
    _refuse_other_keep(folder, design)
    home = folder if os.access(folder, os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix=".rehearsal-", dir=home) as place,
        sweep_folder(Path(place) / "sweep") as writer,
    ):
        yield writer


def prepare(writer: ResultsWriter, design: Design) -> Plan:
    """Put plan, design and scenarios into the folder; raises `BadDesign` for a point that is refused."""
    try:
        plan = make_plan(design, writer.folder / PLAN)
    except OSError as error:
        if no_room(error):
            raise StorageError(disk_full(writer.folder)) from error
        raise BadFolder(f"{writer.folder}: cannot write there ({error.strerror}); choose another --out") from error
    _refuse_other_keep(writer.folder, design)
    writer.write_file(KEPT, _kept(design).encode())
    writer.write_file(DESIGN, design.text.encode())
    for draft in drafts_of(design).values():
        scenario = with_overrides(draft, {})
        writer.write_scenario(scenario.name, resolved_toml(scenario))
    return plan


def room_left(folder: Path) -> int:
    """Bytes free on the disk of a folder that may not exist yet."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def flush_folder(folder: Path) -> None:
    """Have the names in a folder reach the disk, where the system can do that."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)


def _kept(design: Design) -> str:
    """What the parts of a design's runs keep, as the folder remembers it."""
    return canonical_json(asdict(design.keep))


def _refuse_other_keep(folder: Path, design: Design) -> None:
    """Refuse a folder whose parts keep other tables, months or columns: they would be taken for what is wanted now."""
    path = folder / KEPT
    if path.is_file() and path.read_text() != _kept(design) and any(folder.glob("*/*.parquet")):
        raise BadFolder(
            f"{folder}: its runs keep other tables, months or outcomes than [keep] of {design.label} says; "
            "choose another --out, or restore [keep]"
        )


def _refuse_other_results(folder: Path) -> None:
    """Refuse a folder that another command has begun or filled."""
    if not folder.is_dir():
        return
    names = {name for name in os.listdir(folder) if not name.startswith(".")}
    if names and DESIGN not in names:
        raise BadFolder(f"{folder}: holds the results of another command; choose an empty or new --out")
