"""The plan of a sweep: every run of a design with who it is, kept on disk so that it takes no memory.

Making a plan lays every point of the design over its scenarios, so that whatever would be refused is refused before
anything runs. It is made again only where design, scenarios or code have changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from market.parameters import Declaration
from scenarios.design import AXES, Design, World
from scenarios.design_reading import drafts_of, point_refused
from scenarios.draft import Draft
from scenarios.errors import ScenarioError
from scenarios.reading import with_overrides
from scenarios.scenario import Scenario
from simulation.results.digest import canonical_json, code_digest, run_digest

LENGTH_OF_RUN = 16  # hexadecimal digits of the digest that name a run in the tables
BATCH = 1_000  # runs held in memory at a time
FINGERPRINT = b"commonweight plan"
_ARROW = {"number": pa.float64(), "integer": pa.int64(), "flag": pa.bool_(), "text": pa.string(), "list": pa.string()}
_FIXED = (
    ("number", pa.int32()), ("digest", pa.string()), ("point", pa.int32()), ("experiment", pa.string()),
    ("scenario", pa.string()), ("source", pa.string()), ("calibration", pa.string()), ("arm", pa.string()),
    ("draw", pa.int32()), ("companies", pa.int32()), ("months", pa.int16()), ("overrides", pa.string()),
)  # fmt: skip


@dataclass(frozen=True)
class PlannedRun:
    """One run of the plan; `values` holds what its scenario gives the parameters that vary."""

    number: int  # from 1, in the order of the design
    digest: str
    point: int
    experiment: str
    scenario: str  # its name
    source: str  # what the design called it
    calibration: str
    arm: str
    draw: int
    companies: int
    months: int
    overrides: Mapping[str, Any]
    values: Mapping[str, Any]

    @property
    def run(self) -> str:
        """What the run is called in the tables."""
        return self.digest[:LENGTH_OF_RUN]


@dataclass(frozen=True)
class Plan:
    """The runs of a design on disk."""

    path: Path
    design: Design

    @property
    def runs(self) -> int:
        """Number of runs."""
        return int(pq.read_metadata(self.path).num_rows)

    @property
    def fingerprint(self) -> str:
        """What the plan was made of."""
        return str(pq.read_schema(self.path).metadata[FINGERPRINT].decode())

    @property
    def factors(self) -> pa.Schema:
        """Columns of the parameters that vary, in the order of the design."""
        schema = pq.read_schema(self.path)
        return pa.schema([schema.field(place) for place in range(len(_FIXED), len(schema))])

    def __iter__(self) -> Iterator[PlannedRun]:
        """Every run in the order of the design."""
        fixed = [name for name, _ in _FIXED]
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(batch_size=BATCH):
                for row in batch.to_pylist():
                    own = {name: row.pop(name) for name in fixed}
                    yield PlannedRun(**own | {"overrides": json.loads(own["overrides"])}, values=row)


def make_plan(design: Design, path: Path) -> Plan:
    """The plan of a design at `path`: the one that is there if it is current, else a new one.

    Raises `BadDesign` for the first point that a scenario refuses, OSError where the file cannot be written.
    """
    drafts = drafts_of(design)
    fingerprint = _fingerprint(design, drafts)
    plan = Plan(path, design)
    try:
        if plan.fingerprint == fingerprint:
            return plan
    except (OSError, pa.ArrowException, KeyError, TypeError):
        pass  # there is none, or none that can be read: it is made again
    schema = pa.schema([*_FIXED, *_factor_fields(design, drafts)], metadata={FINGERPRINT: fingerprint})
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with pq.ParquetWriter(temporary, schema, compression="zstd") as file:
            rows: list[dict[str, Any]] = []
            for row in _rows(design, drafts, schema.names[len(_FIXED) :]):
                rows.append(row)
                if len(rows) == BATCH:
                    file.write_table(pa.Table.from_pylist(rows, schema=schema))
                    rows = []
            file.write_table(pa.Table.from_pylist(rows, schema=schema))
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return plan


def _rows(design: Design, drafts: Mapping[str, Draft], keys: list[str]) -> Iterator[dict[str, Any]]:
    """Every run as a row; a scenario is laid out once for all its draws and arms."""
    before: tuple[int, str, Mapping[str, Any]] | None = None
    for number, world in enumerate(design.worlds(), start=1):
        if before != (world.point.number, world.source, world.overrides):
            before = (world.point.number, world.source, world.overrides)
            scenario = _laid_out(design, drafts[world.source], world)
            resolved = scenario.resolved()
            known = {
                "point": world.point.number, "experiment": world.point.experiment, "scenario": scenario.name,
                "source": world.source, "calibration": scenario.companies.calibration,
                "companies": scenario.companies.count, "months": scenario.horizon.months,
                "overrides": json.dumps(world.overrides),
            } | {key: _plain(_found(resolved, key)) for key in keys}  # fmt: skip
        digest = run_digest(resolved, arm=world.arm, draw=world.draw)
        yield {"number": number, "digest": digest, "arm": world.arm, "draw": world.draw} | known


def _laid_out(design: Design, draft: Draft, world: World) -> Scenario:
    try:
        return with_overrides(draft, world.overrides)
    except ScenarioError as refusal:
        raise point_refused(design, world.point, draft.tree.get("name", draft.stem), refusal) from None


def _factor_fields(design: Design, drafts: Mapping[str, Draft]) -> list[pa.Field]:
    """A column per parameter that varies, of its declared type."""
    declared: dict[str, Declaration] = {}
    for draft in drafts.values():
        declared |= {item.key: item for item, _ in with_overrides(draft, {}).parameters()}
    keys = [key for key in design.keys if key not in AXES and key != "companies.calibration"]
    return [pa.field(key, _ARROW[declared[key].type] if key in declared else pa.string()) for key in keys]


def _fingerprint(design: Design, drafts: Mapping[str, Draft]) -> str:
    """What decides whether a plan is current: design, what its scenarios say, and the code."""
    stated = {source: [draft.tree, [list(shock) for shock in draft.shocks]] for source, draft in drafts.items()}
    words = ("label", "title", "question", "keep", "text")
    worlds = {name: value for name, value in vars(design).items() if name not in words}
    text = f"{worlds}{canonical_json(stated)}{code_digest()}"
    return hashlib.sha256(text.encode()).hexdigest()


def _found(resolved: Mapping[str, Any], key: str) -> Any:
    """The value of a dotted key in a resolved scenario; None where it has none, such as of a seller that is absent."""
    place: Any = resolved
    for part in key.split("."):
        if not isinstance(place, Mapping) or part not in place:
            return None
        place = place[part]
    return place


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | tuple | dict) else value
