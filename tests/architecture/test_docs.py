"""The documentation names real things: files, commands, options, parameters, functions, facts and sections."""

from __future__ import annotations

import csv
import importlib
import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from agents.companies import COLUMNS
from market.parameters import declarations
from scenarios import read_design, read_scenario
from scenarios.scenario import GROUPS, Scenario
from simulation.cli import app
from simulation.results.tables import TABLES

ROOT = Path(__file__).parents[2]
PACKAGES = ("market", "agents", "scenarios", "simulation")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = ("claims.md", "data_dictionary.md", "declarations.md", "parameters.md", "scenarios.md")
TYPED_ELSEWHERE = {ROOT / "docs" / "tutorial.md"}  # its programs need its commands: tests/docs/test_tutorial.py
WRITTEN = [path for path in PAGES if path.name not in GENERATED]
MODEL = ROOT / "docs" / "model.md"

MADE_LATER = {  # files of a results folder, named without one
    "manifest.json", "data_dictionary.md", "ro-crate-metadata.json", "design.toml", "answer.png", "answer.pdf",
    "actors.csv", "attribution.csv", "claims.csv", "concentration.csv", "criteria.csv", "map.csv", "map.pdf", "map.png",
    "mediation.csv", "networks/", "settings.csv", "structures.csv", "paper.pdf", "figures/", "tables/", "numbers.json",
    "gallery.ipynb", "manuscript/", "results/", "stamps/",
}  # fmt: skip
WITH_CHANGES = "<!-- with the changes of this page -->"  # tried by tests/docs/test_changes_of_how_to_pages.py
OF_THE_READER = re.compile(r"(my_|results/|DIR)")  # files that a reader makes
FILE = re.compile(r"[\w./*<>+-]+\.(?:py|toml|md|csv|txt|png|pdf|json)")
KEY = re.compile(r"([a-z]+)\.([a-z][a-z0-9_]*)")
NAME = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+(?:\(\))?")
COMMAND_LINE = re.compile(r"(?:\.venv/bin/)?(commonweight|make)\b(.*)")


def in_backticks(page: Path) -> Iterator[str]:
    """What a page sets in backticks outside its code blocks."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", text)


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of one language, without those that hold only once a page's own changes are made."""
    text = re.sub(rf"{WITH_CHANGES}\n```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def declared_on(page: Path) -> set[str]:
    """Names of parameters that a page declares itself, in its changes to the code."""
    added = r"^\+    (\w+): (?:float|int|bool|str) ="
    return set(re.findall(added, page.read_text(encoding="utf-8"), flags=re.MULTILINE))


def commands(page: Path) -> Iterator[str]:
    """Every command line of ours on a page, in a block or in backticks."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    for line in (*lines, *in_backticks(page)):
        if COMMAND_LINE.match(line.strip()):
            yield line.strip().partition("#")[0].strip()


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_file_named_exists(page: Path) -> None:
    missing = []
    for token in in_backticks(page):
        is_folder = re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*/", token)
        if not (FILE.fullmatch(token) or is_folder) or token in MADE_LATER or OF_THE_READER.match(token):
            continue
        pattern = re.sub(r"<[^>]*>", "*", token)
        if not (list(ROOT.glob(pattern.rstrip("/"))) or list(page.parent.glob(pattern.rstrip("/")))):
            missing.append(token)
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        if target.startswith("https://"):
            continue
        place = (page.parent / file) if file else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            dead.append(target)
    assert dead == []


def anchors(page: Path) -> set[str]:
    """The anchors that headings of a page get."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_command_and_option_exists(page: Path) -> None:
    known: Any = typer.main.get_command(app)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    wrong = []
    for line in commands(page):
        program, *words = shlex.split(line.removeprefix(".venv/bin/"))
        if program == "make":
            wrong += [line for word in words if "=" not in word and word not in targets]
            continue
        if not words or words[0].startswith("-"):
            wrong += [line for word in words if word not in ("--version", "--help")]
            continue
        command = known.commands.get(words[0])
        if command is None:
            wrong.append(line)
            continue
        options = {option for item in command.params for option in (*item.opts, *item.secondary_opts)} | {"--help"}
        wrong += [line for word in words[1:] if word.startswith("--") and word not in options]
    assert wrong == []


def test_every_command_is_explained() -> None:
    known: Any = typer.main.get_command(app)
    told = "\n".join(page.read_text(encoding="utf-8") for page in WRITTEN)
    assert [name for name in known.commands if f"commonweight {name}" not in told] == []


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_parameter_named_is_declared(page: Path) -> None:
    declared = {item.key for item in declarations(Scenario)}
    keys = [token for token in in_backticks(page) if KEY.fullmatch(token) and not FILE.fullmatch(token)]
    found = [key for key in keys if key.partition(".")[0] in GROUPS]
    set_in_blocks = re.findall(r"--set ([a-z]+\.[a-z0-9_]+)=", page.read_text(encoding="utf-8"))
    known = declared | {key for key in (*found, *set_in_blocks) if key.split(".")[1] in declared_on(page)}
    assert [key for key in (*found, *set_in_blocks) if key not in known and key.split(".")[1] not in COLUMNS] == []


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_column_named_is_in_its_table(page: Path) -> None:
    tables = {name: {column.name for column in table.columns} for name, table in TABLES.items() if name != "market"}
    wrong = []
    for token in in_backticks(page):
        match = KEY.fullmatch(token)
        if match and match[1] in tables and match[2] not in tables[match[1]] and match[1] not in PACKAGES:
            wrong.append(token)
    assert wrong == []


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_function_named_can_be_imported(page: Path) -> None:
    wrong = []
    for token in in_backticks(page):
        if NAME.fullmatch(token) and not FILE.fullmatch(token) and not exists(token.removesuffix("()")):
            wrong.append(token)
    assert wrong == []


def exists(name: str) -> bool:
    """Whether a dotted name is a module or something inside one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            place: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(place, part):
                return False
            place = getattr(place, part)
        return True
    return False


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_fact_cited_is_in_the_evidence(page: Path) -> None:
    with (ROOT / "scenarios" / "evidence" / "facts.csv").open(newline="", encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    lists = re.findall(r"\bfacts? (\d+\.\d\d(?:(?:-|, | and )\d+\.\d\d)*)", page.read_text(encoding="utf-8"))
    assert {fact for text in lists for fact in re.findall(r"\d+\.\d\d", text)} <= known


def test_the_generated_pages_are_current() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()
    assert set(pages) == set(GENERATED)
    stale = [name for name, text in pages.items() if (ROOT / "docs" / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run: .venv/bin/python docs/generate.py"


def citations() -> list[tuple[Path, str]]:
    """What the code cites of the model description: `M7`, `section 4.5`, `section 11 point 3`, `L21`."""
    found = []
    for package in (*PACKAGES, "tests"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = " ".join(path.read_text(encoding="utf-8").replace("#", " ").split())
            cited = set(re.findall(r"\bM\d{1,2}\b(?!\.)|\bsection \d+(?:\.\d)?|\bL\d\d\b", text))
            for points in re.findall(r"section 11 points? ((?:\d+(?:, | and )?)+)", text):
                cited |= {f"section 11 point {number}" for number in re.findall(r"\d+", points)}
            found += [(path, name) for name in cited]
    return found


def test_what_the_code_cites_is_described() -> None:
    text = MODEL.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    described = {f"section {heading.split()[0].rstrip('.')}" for heading in headings if heading[0].isdigit()}
    described |= {heading.split()[0] for heading in headings if re.match(r"M\d+ ", heading)}
    for span in re.findall(r"^\|(L[^|]+)\|", text, flags=re.MULTILINE):
        described |= {f"L{number:02d}" for number in _range(span)}
    lessons = re.split(r"^## 11\b.*$", text, flags=re.MULTILINE)[1].partition("\n## ")[0]
    described |= {f"section 11 point {number}" for number in re.findall(r"^(\d+)\. ", lessons, flags=re.MULTILINE)}
    missing = sorted({f"{name} in {path.relative_to(ROOT)}" for path, name in citations() if name not in described})
    assert missing == []


def _range(span: str) -> list[int]:
    """The numbers of `L21` or `L08-L12`."""
    ends = [int(number) for number in re.findall(r"L(\d\d)", span)]
    return list(range(ends[0], ends[-1] + 1))


@pytest.mark.parametrize("page", sorted({*WRITTEN} - TYPED_ELSEWHERE), ids=lambda page: page.name)
def test_every_python_example_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples of a page run one after the other, in a world of few companies and months."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "example"}
    for block in blocks(page, "python"):
        exec(compile(in_miniature(block), page.name, "exec"), names)


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_scenario_and_design_example_is_valid(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(blocks(page, "toml")):
        file = tmp_path / f"my_example_{number}.toml"
        file.write_text(block, encoding="utf-8")
        assert (read_scenario(file) if "extends" in block else read_design(file)).title


def test_the_shipped_design_is_valid_and_small() -> None:
    design = read_design(ROOT / "docs" / "how_to" / "sweep_example.toml")
    assert design.runs == len(list(design.worlds())) == 96


def in_miniature(code: str) -> str:
    """The same example with few companies, months and pairs."""
    for pattern, small in (
        (r'("companies\.count": )[\d_]+', r"\g<1>100"),
        (r'("horizon\.months": )\d+', r"\g<1>3"),
        (r"pairs=\d+", "pairs=2, workers=1"),
    ):
        code = re.sub(pattern, small, code)
    return code
