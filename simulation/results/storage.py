"""The results folder: Parquet parts per table, the resolved scenarios, and a manifest that is written last.

A part is written under a temporary name, flushed to disk and renamed, so that a file with its final name is whole. The
manifest is removed before the first file is written, and written last: its presence means that the folder is complete
(docs/how_to/run_and_read.md).
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulation.results.digest import canonical_json, code_digest, code_version
from simulation.results.errors import BadFolder, StorageError, disk_full, no_room
from simulation.results.parts import NOTES, declared_schema, footer_of, is_sound, notes_of
from simulation.results.reading import (
    DESIGN,
    FORMAT,
    LOCK,
    MANIFEST,
    SCHEMA,
    read_manifest,
)
from simulation.results.schema import Table, checked, empty_frame
from simulation.results.tables import ANSWERS, RUN_TABLES, TABLES
from simulation.run import Run

if TYPE_CHECKING:
    from scenarios.scenario import Scenario

BETWEEN_LOOKS = 0.5  # seconds between tries of a lock that somebody holds
_LARGE = {"compression": "zstd", "use_dictionary": True}
_SMALL = {"compression": "snappy", "use_dictionary": False, "write_statistics": False}
_PACKAGES = ("mesa", "numba", "numpy", "pandas", "pyarrow", "scipy")


class ResultsWriter:
    """Writes runs and answers into one results folder; obtained from `results_folder`.

    With `earlier`, what an earlier call of the same command has left beside its parts is taken away before anything is
    written.
    """

    def __init__(self, folder: Path, *, earlier: bool = False) -> None:
        self.folder = folder
        self._earlier = earlier

    def write_run(self, run: Run, digest: str) -> None:
        """Write the tables of a run, indicators last: the folder is not complete any more.

        Raises TableError or StorageError.
        """
        remove_manifest(self.folder)
        for name in RUN_TABLES:
            notes = {} if name != "indicators" else {"not_modelled": list(run.manifest["not_modelled"])}
            if name == "indicators" and run.training_path is not None:
                notes["training_path"] = run.training_path.tolist()
            self.write_table(TABLES[name], getattr(run, name), part=digest, notes=notes)

    def has_run(self, digest: str) -> bool:
        """Whether every table of this run was written in full, with the columns that are declared now."""
        return all(
            is_sound(self._part(name, digest), declared_schema(TABLES[name]), noted=name == "indicators")
            for name in RUN_TABLES
        )

    def finished_run(self, digest: str, *, scenario: Scenario, arm: str, draw: int) -> Run | None:
        """The run with this digest, without the rows of its large tables, if it was written in full; else None.

        A part that is damaged counts as not written.
        """
        if any(footer_of(self._part(name, digest)) is None for name in RUN_TABLES):
            return None
        try:
            content = pq.read_table(self._part("indicators", digest))
            indicators = content.to_pandas()
        except (OSError, pa.ArrowException):
            return None
        notes = notes_of(content.schema.metadata) or {}
        if indicators.empty or not _typed(indicators) or not isinstance(notes.get("not_modelled"), list):
            return None
        path_of_training = notes.get("training_path")
        return Run(
            scenario=scenario,
            arm=arm,
            draw=draw,
            indicators=indicators,
            **{name: empty_frame(TABLES[name]) for name in RUN_TABLES if name != "indicators"},
            manifest={"not_modelled": notes["not_modelled"]},
            training_path=None if path_of_training is None else np.array(path_of_training, dtype=np.float64),
        )

    def _part(self, name: str, digest: str) -> Path:
        """Where the part of a run is."""
        return self.folder / name / f"{digest}.parquet"

    def write_table(
        self, table: Table, frame: pd.DataFrame, *, part: str, notes: Mapping[str, Any] | None = None,
        small: bool = False,
    ) -> None:
        """Write one Parquet part of a table after checking it against its schema, with notes in the file's header.

        `small` leaves out what pays on long parts only: dictionaries, statistics and the denser compression.
        """
        content = pa.Table.from_pandas(checked(table, frame), preserve_index=False)
        header = {**(content.schema.metadata or {}), NOTES: canonical_json(dict(notes or {})).encode()}
        content = content.replace_schema_metadata(header)
        self._write(
            self.folder / table.name / f"{part}.parquet",
            lambda file: pq.write_table(content, file, **(_SMALL if small else _LARGE)),
        )

    def write_answers(self, answers: pd.DataFrame) -> None:
        """Write the table of answers."""
        self.write_table(ANSWERS, answers, part="answers")

    def write_scenario(self, name: str, toml: str) -> None:
        """Write one resolved scenario."""
        self._write(self.folder / "scenarios" / f"{name}.toml", lambda file: file.write(toml.encode()))

    def write_file(self, name: str, content: bytes) -> None:
        """Write a file beside the tables, such as a figure."""
        self._write(self.folder / name, lambda file: file.write(content))

    def write_with(self, name: str, fill: Callable[[IO[bytes]], object]) -> None:
        """Write a file beside the tables, filled by a function that is given the open file."""
        self._write(self.folder / name, fill)

    def finish(self, **facts: Any) -> None:
        """Drop parts that belong to none of the runs named, then write the manifest: the folder is now complete.

        `facts["runs"]` lists one mapping per run, each with its `digest`.
        """
        self._begin()
        wanted = {run["digest"] for run in facts.get("runs", ())}
        for name in RUN_TABLES:
            for path in (self.folder / name).glob("*.parquet"):
                if path.stem not in wanted:
                    path.unlink()
        self.write_manifest(**facts)

    def write_manifest(self, **facts: Any) -> None:
        """Write what was run, with what code and how many parts: the folder is now complete."""
        commit, dirty = code_version()
        manifest = {
            "format": FORMAT,
            "schema": SCHEMA,
            "code": {"digest": code_digest(), "commit": commit, "dirty": dirty},
            "python": platform.python_version(),
            "packages": {name: metadata.version(name) for name in _PACKAGES},
            "tables": {name: len(list((self.folder / name).glob("*.parquet"))) for name in TABLES},
            **facts,
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False, default=_plain)
        self._write(self.folder / MANIFEST, lambda file: file.write(text.encode()))

    def _write(self, path: Path, fill: Callable[[IO[bytes]], object]) -> None:
        """Fill a file under a temporary name, flush it to disk and rename it. Raises StorageError with one line."""
        self._begin()
        temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(exist_ok=True)
            with temporary.open("wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StorageError(_write_failure(path, error)) from error

    def _begin(self) -> None:
        """Before the first file: take away what an earlier call of the same command has left beside its parts."""
        if self._earlier:
            self._earlier = False
            _clear_for_writing(self.folder)


@contextmanager
def results_folder(folder: str | os.PathLike[str], *, command: str = "") -> Iterator[ResultsWriter]:
    """Take a results folder for writing, locked against others: incomplete from the first file to the call of `finish`.

    Earlier results of the same `command` stay until the first file is written, and the parts of its finished runs
    longer, so that the same work is not done twice. Raises BadFolder where the folder cannot be created or written,
    holds something else or, if `command` is named, the results of another one, or is in use.
    """
    folder = Path(folder)
    refuse_foreign(folder)
    if command:
        refuse_other(folder, command)
    with locked(folder):
        _drop_leftovers(folder)
        before = _state(folder)
        try:
            yield ResultsWriter(folder, earlier=True)
        except BaseException:
            if _state(folder) != before:  # whoever has written, and by whatever means
                remove_manifest(folder)
            raise


@contextmanager
def locked(folder: Path, name: str = LOCK, *, shared: bool = False, patience: float = 0.0) -> Iterator[IO[bytes]]:
    """Hold a lock file of a folder, which is made if it is missing; a process that ends lets go of it, however it ends.

    Waits `patience` seconds for whoever holds it. Raises BadFolder where the folder cannot be written or the lock
    cannot be had.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / name).open("a+b")
    except OSError as error:
        raise BadFolder(f"{folder}: cannot write there ({error.strerror}); choose another --out") from error
    with lock:
        deadline = time.monotonic() + patience
        while not _taken(lock, shared=shared):
            if time.monotonic() >= deadline:
                raise BadFolder(f"{folder}: another run writes there; wait for it or choose another --out")
            time.sleep(BETWEEN_LOOKS)
        yield lock


def _taken(lock: IO[bytes], *, shared: bool) -> bool:
    """Whether the lock could be had."""
    try:
        fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def refuse_foreign(folder: Path) -> None:
    """Refuse a path that is no folder, or a folder that holds something other than our results."""
    try:
        names = set(os.listdir(folder))
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadFolder(
            f"{folder}: not a folder that can be read ({error.strerror}); choose another --out"
        ) from error
    if not names or LOCK in names:
        return
    if MANIFEST in names:
        read_manifest(folder)
        return
    raise BadFolder(f"{folder}: holds something else (such as `{min(names)}`); choose an empty or new --out")


def refuse_other(folder: Path, command: str) -> None:
    """Refuse a folder that another command than `command` has filled, or that a sweep has begun to fill.

    A manifest that cannot be read tells of no command: results that are damaged are made again where they are.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        manifest = {}
    known = manifest.get("command", command) if isinstance(manifest, dict) else command
    if known != command or (folder / DESIGN).exists():
        raise BadFolder(
            f"{folder}: holds the results of another command ({'sweep' if known == command else known}); "
            "choose an empty or new --out"
        )


def _drop_leftovers(folder: Path) -> None:
    """Take away what an interrupted writer left under temporary names."""
    try:
        for path in folder.rglob(".*.part"):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise BadFolder(f"{folder}: cannot write there ({error.strerror}); choose another --out") from error


def _state(folder: Path) -> dict[Path, int]:
    """When each file that can be seen in a folder was written."""
    return {
        path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")
    }


def remove_manifest(folder: Path) -> None:
    """The folder is about to change: it is not complete until it is finished again."""
    try:
        (folder / MANIFEST).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(_write_failure(folder / MANIFEST, error)) from error


def _clear_for_writing(folder: Path) -> None:
    """Take away the manifest, an earlier answer and the scenarios."""
    remove_manifest(folder)
    try:
        for name in ("answers", "scenarios"):
            if (folder / name).is_dir():
                shutil.rmtree(folder / name)
    except OSError as error:
        raise StorageError(f"{folder}: cannot write there ({error.strerror}); choose another --out") from error


def _typed(indicators: pd.DataFrame) -> bool:
    """Whether the columns that are declared now have their types; other columns may be of another version."""
    declared = {column.name: column.dtype for column in TABLES["indicators"].columns}
    return all(str(dtype) == declared.get(str(name), str(dtype)) for name, dtype in indicators.dtypes.items())


def _write_failure(path: Path, error: OSError) -> str:
    """One line for a failed write."""
    if no_room(error):
        return disk_full(path.parent)
    return f"{path}: cannot write ({error.strerror or error}); choose another --out"


def _plain(value: Any) -> Any:
    """A NumPy or path value as JSON knows it."""
    return value.item() if hasattr(value, "item") else str(value)
