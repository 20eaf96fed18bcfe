"""What a user sends: a scenario as text, a results folder as a zip; both of limited size, neither ever a path."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

from simulation.results.reading import MANIFEST
from simulation.results.tables import TABLES

LARGEST_SCENARIO = 200_000  # bytes
LARGEST_ZIP, LARGEST_RESULTS, MOST_PARTS = 50_000_000, 400_000_000, 20_000  # bytes, bytes unpacked, files
_PART = re.compile(rf"(?:[^/\\]+/)?({re.escape(MANIFEST)}|(?:{'|'.join(TABLES)})/[A-Za-z0-9_.+-]+\.parquet)")


class Refused(ValueError):
    """What was sent cannot be used; the message is one line that says why."""


def read_upload(upload: Any, *, largest: int) -> bytes:
    """The content of an uploaded file, if it is no larger than it may be; raises `Refused`."""
    content: bytes = upload["file_obj"].read(largest + 1) if int(upload["size"]) <= largest else b""
    if int(upload["size"]) > largest or len(content) > largest:
        raise Refused(f"the file is larger than {largest / 1e6:g} MB")
    return content


def scenario_text(upload: Any) -> str:
    """The text of an uploaded scenario; raises `Refused`."""
    try:
        return read_upload(upload, largest=LARGEST_SCENARIO).decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise Refused("this is not UTF-8 text; save the file as UTF-8") from reason


def unpack_results(content: bytes, folder: Path) -> Path:
    """Unpack a zipped results folder into an empty one; only tables and manifest are taken. Raises `Refused`."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError) as reason:
        raise Refused("this is no zip file; zip the results folder as it is") from reason
    with archive:
        parts = [(info, _PART.fullmatch(info.filename)) for info in archive.infolist()]
        wanted = [(info, match.group(1)) for info, match in parts if match is not None]
        if not any(name == MANIFEST for _, name in wanted):
            raise Refused(f"the zip holds no {MANIFEST}: it is no finished results folder")
        if len(wanted) > MOST_PARTS or sum(info.file_size for info, _ in wanted) > LARGEST_RESULTS:
            raise Refused(f"the results are larger than {LARGEST_RESULTS / 1e6:g} MB unpacked")
        left = LARGEST_RESULTS
        for info, name in wanted:
            try:
                with archive.open(info) as part:
                    data = part.read(left + 1)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as reason:
                raise Refused(f"the zip is damaged at {name}") from reason
            left -= len(data)
            if left < 0:
                raise Refused(f"the results are larger than {LARGEST_RESULTS / 1e6:g} MB unpacked")
            place = folder / name  # a name from the list above, never one of the archive's own
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(data)
    return folder
