"""Every symbol of the model page's equations is explained, and its month is the month of the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from market.parameters import declarations
from scenarios.scenario import Scenario
from scenarios.sellers import SPEC_OF_KIND

ROOT = Path(__file__).parents[2]
MODEL = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
NOTATION = (ROOT / "docs" / "notation.md").read_text(encoding="utf-8")
GREEK = re.compile(
    r"alpha|beta|gamma|delta|eps|eta|theta|iota|kappa|lam|mu|nu|xi|rho|sigma|tau|phi|psi|chi|omega", flags=re.IGNORECASE
)
INDEX = re.compile(r"_(?:[a-z]|none|cl)$")
NUMBER = re.compile(r"e\d+$|[MPLI]\d+$|log10$")  # of 1e6; of a mechanism, a rule, a limit, an identity


def equations() -> Iterator[str]:
    """Blocks of equations: those fenced without a language, the diagram left out."""
    language, lines = "", []
    inside = False
    for line in MODEL.splitlines():
        fence = re.fullmatch(r"```(\w*)", line)
        if fence and not inside:
            inside, language, lines = True, fence[1], []
        elif fence:
            inside = False
            if not language and not any("chip vendor --machines" in each for each in lines):
                yield "\n".join(lines)
        elif inside:
            lines.append(line)


def symbols(block: str) -> set[str]:
    """What looks like a symbol: one letter, a Greek name, or a name with an index or a number."""
    words = set(re.findall(r"[A-Za-z][A-Za-z_0-9]*", block))
    return {
        word for word in words
        if not NUMBER.match(word)
        and (len(word) == 1 or "_" in word or GREEK.fullmatch(word) or re.search(r"\d$", word))
    }  # fmt: skip


def test_every_symbol_of_the_equations_is_explained() -> None:
    groups = (Scenario, *SPEC_OF_KIND.values())
    declared = {name for group in groups for item in declarations(group) for name in (item.symbol, item.name)}
    first_cells = " ".join(re.findall(r"^\|([^|]+)\|", NOTATION, flags=re.MULTILINE))
    listed = {INDEX.sub("", word) for word in re.findall(r"[A-Za-z][A-Za-z_0-9]*", first_cells)} | {"E", "sum"}
    used = set().union(*(symbols(block) for block in equations()))
    assert len(used) > 100
    known = declared | listed
    assert sorted(word for word in used if not {word, INDEX.sub("", word)} & known) == []


def test_the_page_has_the_phases_of_the_month_in_their_order() -> None:
    tree = ast.parse((ROOT / "simulation" / "economy.py").read_text(encoding="utf-8"))
    step = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "step")
    calls = [node.value for node in ast.walk(step) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    called = [call.func.attr for call in calls if isinstance(call.func, ast.Attribute)]
    section = MODEL.partition("### 1.3")[2].partition("### 1.4")[0]
    assert re.findall(r"^\|`(\w+)`\|", section, flags=re.MULTILINE) == called
