"""Whether the results of an experiment are there, whole, and those that the paper asks for.

A stamp is written when an experiment is finished: its digest, and size or sum of every file it left, so that a file
which was deleted, cut off or edited afterwards is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from paper.errors import MissingResult, StaleResult, UnusableFolder
from paper.plan import Experiment
from paper.writing import make_folder, write_whole
from scenarios.wording import short

RESULTS, STAMPS = "results", "stamps"
WORLDS = "worlds"  # what experiments share, run before the first of them is finished and stamped
SUMMED = (".csv", ".toml")
AGAIN = "run `commonweight paper` with the same --out, and it is made again"


def refuse_foreign(out: Path) -> None:
    """Raise `UnusableFolder` for a folder that holds something other than a paper: it has stamps, or results alone."""
    try:
        names = set(os.listdir(out))
    except FileNotFoundError:
        return
    except OSError as error:
        problem = f"not a folder that can be read ({error.strerror})"
        raise UnusableFolder(f"{short(str(out))}: {problem}; choose another --out") from error
    others = names - {RESULTS, WORLDS}
    if others and STAMPS not in names:
        raise UnusableFolder(
            f"{out}: holds something else than a paper (such as `{min(others)}`); choose an empty or new --out"
        )


def begin_paper(out: Path) -> None:
    """Make the folder of a paper, by its stamps known as one. Raises `UnusableFolder`."""
    make_folder(out / STAMPS)


def folder_of(out: Path, experiment: Experiment | str) -> Path:
    """Where the results of an experiment are."""
    return out / RESULTS / (experiment if isinstance(experiment, str) else experiment.name)


def write_stamp(out: Path, experiment: Experiment) -> None:
    """Say that an experiment is finished, and with which files."""
    folder = folder_of(out, experiment)
    stamp = {
        "digest": experiment.digest, "kind": experiment.kind, "asks": experiment.asks,
        "arguments": dict(experiment.arguments), "files": _files(folder),
    }  # fmt: skip
    write_whole(_stamp(out, experiment.name), json.dumps(stamp, indent=1, sort_keys=True) + "\n")


def remove_stamp(out: Path, experiment: Experiment) -> None:
    """The results of an experiment are about to change."""
    _stamp(out, experiment.name).unlink(missing_ok=True)


def require(out: Path, experiment: Experiment) -> None:
    """Raise `MissingResult` or `StaleResult`, naming the result, unless an experiment's results are as asked for."""
    folder, path = folder_of(out, experiment), _stamp(out, experiment.name)
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingResult(f"result {experiment.name} ({folder}) is missing or unfinished; {AGAIN}") from None
    except (OSError, ValueError) as error:
        raise MissingResult(f"{path}: cannot be read ({error}); {AGAIN}") from error
    if not isinstance(stamp, dict) or not {"files", "digest"} <= set(stamp):
        raise MissingResult(f"{path}: is no stamp of a finished result; {AGAIN}")
    found = _files(folder)
    for name, sum_ in stamp["files"].items():
        if name not in found:
            raise MissingResult(f"result {experiment.name}: {folder / name} is missing; {AGAIN}")
        if found[name] != sum_:
            raise StaleResult(f"result {experiment.name}: {folder / name} is not what was written there; {AGAIN}")
    if stamp["digest"] != experiment.digest:
        raise StaleResult(
            f"result {experiment.name} ({folder}) is stale: a scenario, the code, the evidence or the size it was made "
            f"with has changed; {AGAIN}"
        )


def is_current(out: Path, experiment: Experiment) -> bool:
    """Whether the results of an experiment are as asked for."""
    try:
        require(out, experiment)
    except (MissingResult, StaleResult):
        return False
    return True


def _stamp(out: Path, name: str) -> Path:
    return out / STAMPS / f"{name}.json"


def _files(folder: Path) -> dict[str, str]:
    """What every file of a folder is, by its place in it; hidden ones are the engine's own business."""
    return {
        path.relative_to(folder).as_posix(): _sum_of(path)
        for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")
    }  # fmt: skip


def _sum_of(path: Path) -> str:
    """The SHA-256 of a table as text, the size of a larger file."""
    if path.suffix in SUMMED:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{path.stat().st_size} bytes"
