"""A gallery as a Jupyter notebook: every figure with the sentence it supports, drawn from the results beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from paper.gallery import figure_names, find_figure
from paper.writing import write_json

FILE = "gallery.ipynb"
_OPENING = """\
from paper.gallery import find_figure, show
from paper.library import open_library

results = open_library(".")  # the folder of this notebook; any results folder will do"""


def write_notebook(out: Path) -> Path:
    """Write the gallery beside the results of a paper."""
    cells = [
        _text("# Gallery\n\nEvery figure of the paper from the results in this folder. Change a line and look again; a "
              "file of your own with `draw(results)` works like those of the paper."),
        _code(_OPENING),
    ]  # fmt: skip
    for name in figure_names():
        cells.append(_text(f"## {name.replace('_', ' ')}\n\n{find_figure(name).sentence}"))
        cells.append(_code(f'show("{name}", results)'))
    content = {
        "nbformat": 4, "nbformat_minor": 5, "cells": [cell | {"id": f"cell-{n}"} for n, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    }  # fmt: skip
    path = out / FILE
    write_json(path, content, sort_keys=False)
    return path


def _text(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(code: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": code, "execution_count": None, "outputs": []}
