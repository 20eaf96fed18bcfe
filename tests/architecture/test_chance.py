"""Luck has one source: every draw comes from `market.chance`, or common random numbers would be a promise only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "market" / "chance.py"
MODULES = sorted(
    path for package in ("market", "agents", "scenarios", "simulation") for path in (ROOT / package).rglob("*.py")
)
SEEDED = {ROOT / "scenarios" / "sampling.py"}  # asks a library that insists on a seed, which it gets from `Chance`
FOREIGN_MODULES = {"random", "secrets", "uuid"}
FOREIGN_ATTRIBUTES = {"random", "rng", "shuffle", "shuffle_do", "default_rng", "RandomState", "permutation", "rvs"}


def other_chance(tree: ast.AST) -> list[str]:
    """Every use of a generator that is not ours."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [f"line {node.lineno}: {a.name}" for a in node.names if a.name.split(".")[0] in FOREIGN_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.split(".")[0] in FOREIGN_MODULES or node.module.endswith(".random"):
                found.append(f"line {node.lineno}: {node.module}")
        elif isinstance(node, ast.Attribute) and node.attr in FOREIGN_ATTRIBUTES:
            found.append(f"line {node.lineno}: .{node.attr}")
    return found


@pytest.mark.parametrize("path", sorted({*MODULES} - {SOURCE, *SEEDED}), ids=lambda path: path.stem)
def test_no_other_generator_is_used(path: Path) -> None:
    assert other_chance(ast.parse(path.read_text())) == []


def test_the_guard_itself_sees_a_stray_draw() -> None:
    stray = "import random\nfrom numpy.random import default_rng\nnp.random.rand()\nself.rng.normal()\n"
    assert len(other_chance(ast.parse(stray))) == 4


@pytest.mark.parametrize("path", sorted(SEEDED), ids=lambda path: path.stem)
def test_a_library_that_insists_on_a_seed_gets_it_from_chance(path: Path) -> None:
    text = path.read_text()
    assert "Chance(seed).bits(Mechanism." in text
    assert [line for line in other_chance(ast.parse(text)) if not line.endswith((".random", ".rng"))] == []
