"""Finished runs whose parts were damaged since: found by their footers, and forgotten, so that they are run again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from scenarios.design import Keep
from simulation.results.parts import READERS
from simulation.sweeping.keeping import is_finished, is_whole, last_part
from simulation.sweeping.plan import BATCH, PlannedRun


def damaged_runs(folder: Path, runs: Iterable[PlannedRun], keep: Keep) -> list[str]:
    """Digests of runs that count as finished although a part is missing, cut off or has other columns or rows."""

    def is_damaged(planned: PlannedRun) -> bool:
        return not is_whole(folder, planned.digest, keep, months=planned.months)

    finished = (planned for planned in runs if is_finished(folder, planned.digest, keep))
    found: dict[str, None] = {}
    with ThreadPoolExecutor(READERS) as readers:
        for batch in _batches(finished, BATCH):
            damaged = readers.map(is_damaged, batch)
            found |= {run.digest: None for run, bad in zip(batch, damaged, strict=True) if bad}
    return list(found)


def forget(folder: Path, digests: Iterable[str], keep: Keep) -> None:
    """Take away the part of each run that says that it is finished."""
    for digest in digests:
        last_part(folder, digest, keep).unlink(missing_ok=True)


def _batches(runs: Iterable[PlannedRun], size: int) -> Iterator[Sequence[PlannedRun]]:
    """So many at a time."""
    rest = iter(runs)
    while batch := list(islice(rest, size)):
        yield batch
