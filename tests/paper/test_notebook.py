"""The gallery is a notebook whose cells run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paper.gallery import figure_names


def test_the_cells_of_the_gallery_run(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = json.loads((built / "gallery.ipynb").read_text())
    code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) == 1 + len(figure_names())
    monkeypatch.chdir(built)
    names: dict[str, object] = {}
    for cell in code[:3]:
        exec(cell, names)


def test_the_gallery_is_a_valid_notebook(built: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.read(built / "gallery.ipynb", as_version=4))
