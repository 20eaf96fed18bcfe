"""The site of the documents: every page is in it, every link leads somewhere, and nothing comes from a network."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it, warnings being errors; the two references of the code take longest."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", "-c", "docs"]
    done = subprocess.run([*build, ".", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_in_the_site(site: Path) -> None:
    pages = [path for pattern in ("*.md", "*.rst") for path in (ROOT / "docs").rglob(pattern)]
    pages += [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    missing = [page for page in pages if not (site / page.relative_to(ROOT)).with_suffix(".html").exists()]
    assert missing == []
    assert "docs/index.html" in (site / "index.html").read_text(encoding="utf-8")


def test_no_page_asks_for_anything_outside(site: Path) -> None:
    asks = re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=[\"'](?:https?:)?//", flags=re.IGNORECASE)
    for page in site.rglob("*.html"):
        assert not asks.search(page.read_text(encoding="utf-8")), page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_the_public_interface_is_explained(site: Path) -> None:
    text = (site / "docs" / "reference" / "interface.html").read_text(encoding="utf-8")
    for name in ("read_scenario", "simulate", "compare", "open_results", "ComputeEconomy", "FlatEconomy", "sweep"):
        assert f">{name}<" in text, name


def test_what_is_said_of_the_project_is_the_same_everywhere() -> None:
    """Version, licence, holder and requirements in the citation, in CodeMeta and in the declaration of the project."""
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    meta = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    holder = re.search(r"Copyright \(c\) (\d{4}) (.+)", (ROOT / "LICENSE").read_text(encoding="utf-8"))
    assert holder is not None
    year, name = holder.groups()
    assert f"version: {DECLARED['version']}\n" in citation and meta["version"] == DECLARED["version"]
    assert f"license: {DECLARED['license']}\n" in citation and meta["license"].endswith(DECLARED["license"])
    assert name.lower() in citation.lower() and meta["copyrightHolder"][0]["name"].lower() == name.lower()
    assert meta["copyrightYear"] == int(year)
    assert meta["description"] == DECLARED["description"] and meta["keywords"] == DECLARED["keywords"]
    assert meta["softwareRequirements"] == [re.match(r"[\w-]+", each)[0] for each in DECLARED["dependencies"]]  # type: ignore[index]
    known = {"cff-version", "message", "type", "title", "abstract", "authors", "version", "license", "keywords"}
    assert set(re.findall(r"^([\w-]+):", citation, flags=re.MULTILINE)) == known
