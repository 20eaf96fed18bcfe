"""What the folder of a sweep says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from market.parameters import Declaration
from scenarios.design_reading import drafts_of
from scenarios.reading import with_overrides
from simulation.results.archive import CRATE, DICTIONARY, crate_text, dictionary_text
from simulation.results.digest import code_digest, code_version
from simulation.results.schema import Column, Table
from simulation.results.storage import ResultsWriter
from simulation.results.tables import RUNS
from simulation.sweeping.keeping import kept_table, parts_in_order
from simulation.sweeping.plan import Plan

_DTYPE = {"double": "float64", "int64": "int64", "bool": "bool", "string": "str"}


def describe(writer: ResultsWriter, plan: Plan, facts: Mapping[str, Any]) -> None:
    """Write the data dictionary and the RO-Crate metadata."""
    design = plan.design
    tables = [*(kept_table(name, design.keep) for name in parts_in_order(design.keep)), runs_table(plan)]
    title = design.title or f"Sweep over {', '.join(design.scenarios)}"
    writer.write_file(DICTIONARY, dictionary_text(tables, title=title).encode())
    description = design.question or f"{facts['runs']:,} runs of an agent-based economy of AI infrastructure"
    commit, _ = code_version()
    crate = crate_text(
        writer.folder, tables, title=title, description=description, command="sweep design.toml",
        code={"digest": code_digest(), "commit": commit},
    )
    writer.write_file(CRATE, crate.encode())


def runs_table(plan: Plan) -> Table:
    """The schema of the table of runs, a column per parameter that varies before the last three."""
    declared: dict[str, Declaration] = {}
    for draft in drafts_of(plan.design).values():
        declared |= {item.key: item for item, _ in with_overrides(draft, {}).parameters()}
    factors = [
        Column(
            field.name, _DTYPE[str(field.type)], declared[field.name].unit if field.name in declared else "",
            declared[field.name].meaning if field.name in declared else "as the design sets it",
        )
        for field in plan.factors
    ]
    own = RUNS.own_columns
    return replace(RUNS, own_columns=(*own[:-3], *factors, *own[-3:]))
