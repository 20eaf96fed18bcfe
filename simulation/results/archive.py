"""What a results folder says about itself: a data dictionary, and RO-Crate metadata for repositories of research data.

RO-Crate 1.1 (Soiland-Reyes et al. 2022, Data Science 5) is JSON-LD with the vocabulary of schema.org; a repository that
knows it can archive the folder as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simulation.results.schema import Table
from simulation.results.tables import data_dictionary

DICTIONARY = "data_dictionary.md"
CRATE = "ro-crate-metadata.json"
_CRATE_VERSION = "https://w3id.org/ro/crate/1.1"
_LICENCE = "https://spdx.org/licenses/MIT"
_FORMATS = {
    ".toml": "application/toml", ".json": "application/json", ".md": "text/markdown", ".png": "image/png",
    ".pdf": "application/pdf", ".csv": "text/csv",
}
_MEANINGS = {
    "manifest.json": "what was run, with what code and packages; its presence means that the folder is complete",
    "design.toml": "the design of the sweep",
    DICTIONARY: "every column of every table: type, unit and meaning",
}


def dictionary_text(tables: Sequence[Table], *, title: str) -> str:
    """The data dictionary of one folder."""
    lead = (
        "One folder of Parquet parts per table. A floating column is NaN where a ratio has no denominator or where no "
        "mechanism fills it; `manifest.json` lists indicators that are NaN in every row under `not_modelled`. Money "
        "that was booked is in cents, prices and measures are in US dollars."
    )
    return f"# Data dictionary: {title}\n\n{lead}\n\n{data_dictionary(tables).rstrip()}\n"


def crate_text(
    folder: Path, tables: Sequence[Table], *, title: str, description: str, command: str, code: Mapping[str, Any]
) -> str:
    """The RO-Crate metadata of a folder as JSON-LD, all files beside the tables being those that are there now.

    `code` holds digest and commit of the program that made it.
    """
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    files = sorted({*_files_of(folder), "manifest.json"})
    parts = [*(f"{table.name}/" for table in tables), *files]
    root = {
        "@id": "./", "@type": "Dataset", "name": title, "description": description, "datePublished": now,
        "license": {"@id": _LICENCE}, "hasPart": _references(parts), "mentions": {"@id": "#run"},
    }
    graph = [
        {"@id": CRATE, "@type": "CreativeWork", "conformsTo": {"@id": _CRATE_VERSION}, "about": {"@id": "./"}},
        root,
        {"@id": _LICENCE, "@type": "CreativeWork", "name": "MIT License"},
        *_programme(command, code, now=now, made=parts, used=[name for name in files if name.endswith(".toml")]),
        *(_file(folder, name) for name in files),
    ]
    for table in tables:
        graph += _table(table)
    return json.dumps({"@context": f"{_CRATE_VERSION}/context", "@graph": graph}, indent=1, ensure_ascii=False)


def _files_of(folder: Path) -> Iterable[str]:
    """Files beside the tables that say nothing of the machine: those at the top, and the scenarios."""
    for place in (folder, folder / "scenarios"):
        for path in place.glob("*"):
            if path.is_file() and not path.name.startswith(".") and path.name != CRATE:
                yield path.relative_to(folder).as_posix()


def _programme(
    command: str, code: Mapping[str, Any], *, now: str, made: Sequence[str], used: Sequence[str]
) -> list[dict[str, Any]]:
    """The program, and the run of it that made the folder."""
    commit = f", commit {code['commit']}" if code.get("commit") else ""
    return [
        {
            "@id": "#commonweight", "@type": "SoftwareApplication", "name": "commonweight",
            "softwareVersion": version("commonweight"), "description": f"code digest {code['digest']}{commit}",
        },
        {
            "@id": "#run", "@type": "CreateAction", "name": f"commonweight {command}", "endTime": now,
            "instrument": {"@id": "#commonweight"}, "object": _references(used), "result": _references(made),
        },
    ]


def _file(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"@id": name, "@type": "File", "name": Path(name).name}
    meaning = _MEANINGS.get(name) or ("a scenario with every value" if name.startswith("scenarios/") else "")
    if meaning:
        found["description"] = meaning
    if Path(name).suffix in _FORMATS:
        found["encodingFormat"] = _FORMATS[Path(name).suffix]
    path = folder / name
    if path.is_file():
        found["contentSize"] = str(path.stat().st_size)
    return found


def _table(table: Table) -> list[dict[str, Any]]:
    """A table and its columns."""
    columns = [
        {
            "@id": f"#{table.name}/{column.name}", "@type": "PropertyValue", "name": column.name,
            "description": column.meaning,
        } | ({"unitText": column.unit} if column.unit else {})
        for column in table.columns
    ]  # fmt: skip
    return [
        {
            "@id": f"{table.name}/", "@type": "Dataset", "name": table.name, "description": table.row,
            "encodingFormat": "application/vnd.apache.parquet",
            "variableMeasured": _references([column["@id"] for column in columns]),
        },
        *columns,
    ]


def _references(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": name} for name in names]
