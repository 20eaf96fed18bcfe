"""Files of a paper, each written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

from paper.errors import UnusableFolder
from scenarios.wording import short
from simulation.results.storage import ResultsWriter


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name and rename it, in a folder that is made where it is missing.

    Raises `UnusableFolder` where there can be no such folder, `StorageError` where the file cannot be written.
    """
    make_folder(path.parent)
    ResultsWriter(path.parent).write_file(path.name, content if isinstance(content, bytes) else content.encode())


def write_json(path: Path, content: object, *, sort_keys: bool = True) -> None:
    """Plain data, the same bytes for the same content; refuses NaN, which no sentence can say."""
    write_whole(path, json.dumps(content, indent=1, sort_keys=sort_keys, ensure_ascii=False, allow_nan=False) + "\n")


def make_folder(folder: Path) -> None:
    """Make a folder where it is missing. Raises `UnusableFolder`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"cannot be a folder to write to ({error.strerror})"
        raise UnusableFolder(f"{short(str(folder))}: {problem}; choose another --out") from error
