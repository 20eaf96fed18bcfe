"""Every column of the companies has one writer, and nobody reaches around him: read off the source and tried out."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from agents.companies import COLUMNS, FOUNDING, WriterError

ROOT = Path(__file__).parents[2]
SOURCES = [
    path for package in ("market", "agents", "scenarios", "simulation") for path in (ROOT / package).rglob("*.py")
]
HOME = ROOT / "agents" / "companies.py"
WRITERS = {spec.writer for spec in COLUMNS.values()}


def commits() -> list[tuple[Path, ast.Call]]:
    """Every call of `companies.commit` in the source."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
                found.append((path, node))
    return found


def test_every_commit_names_its_writer_and_only_that_writers_columns():
    assert len(commits()) > 10
    for path, call in commits():
        where = f"{path.name}:{call.lineno}"
        writer = call.args[0]
        assert isinstance(writer, ast.Constant) and writer.value in WRITERS - {FOUNDING}, where
        for keyword in call.keywords:
            if keyword.arg not in (None, "rows"):
                assert COLUMNS[keyword.arg].writer == writer.value, f"{where}: {keyword.arg}"


def test_a_writer_lives_in_one_phase():
    """Founding aside, columns of one writer are committed from one file, or from files of one phase of the month."""
    phases = {
        "beliefs": {"reveal"},
        "births": {"births", "demand"},
        "readiness": {"demand", "entry"},
        "law": {"sovereignty"},
        "choice": {"births", "demand", "reviews", "tenancies", "liquidation"},
        "settlement": {"company_trade", "orders", "liquidation"},
    }
    for path, call in commits():
        if path.parent.name == "month":
            assert path.stem in phases[call.args[0].value], f"{path.name}:{call.lineno}"


def test_nobody_but_the_companies_touches_their_arrays():
    for path in SOURCES:
        if path == HOME:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            targets = []
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
                targets = [node.target]
            for target in targets:
                written = target.value if isinstance(target, ast.Subscript) else target
                if isinstance(written, ast.Attribute) and written.attr in COLUMNS:
                    owner = ast.unparse(written.value)
                    assert not owner.endswith("companies"), f"{path.name}:{node.lineno} writes {ast.unparse(target)}"


def test_every_column_that_is_not_founded_has_somebody_who_writes_it():
    written = {call.args[0].value for _, call in commits() if isinstance(call.args[0], ast.Constant)}
    assert written == WRITERS - {FOUNDING}


@pytest.mark.parametrize("writer", sorted(WRITERS))
def test_a_second_writer_is_refused(writer, economy_of):
    companies = economy_of().companies
    for name, spec in COLUMNS.items():
        if spec.writer != writer:
            with pytest.raises(WriterError, match=f"column {name} is written by {spec.writer}, not by {writer}"):
                companies.commit(writer, **{name: getattr(companies, name)})
