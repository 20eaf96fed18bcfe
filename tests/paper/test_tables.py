"""Tables for LaTeX and for typst hold the same cells, and LaTeX takes them where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from paper.library import Library
from paper.tables import actors, targets
from paper.tabular import Table, table_module, table_names, tex, typst

DOCUMENT = r"\documentclass{article}\usepackage{array,booktabs,graphicx,longtable}\begin{document}%s\end{document}"


@pytest.mark.parametrize("name", table_names())
def test_every_row_has_as_many_cells_as_there_are_columns(name: str, built: Path, library: Library) -> None:
    text = (built / "tables" / f"{name}.tex").read_text()
    columns = len(table_module(name).table(library).headings)
    body = text.partition(r"\toprule")[2].partition(r"\bottomrule")[0]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert len(rows) > 1
    for row in rows:
        cells = len(re.findall(r"(?<!\\)&", row)) + 1
        assert cells == columns or rf"\multicolumn{{{columns}}}" in row


def test_signs_that_latex_would_take_for_its_own_are_written_out() -> None:
    table = Table(["a_b", "50%"], [["Section & more"], ["{x}", "\u22123 #1"]], "lr", note="R&D")
    text = tex(table, caption="100% of $", label="tab:x")
    assert r"a\_b & 50\% \\" in text
    assert r"\multicolumn{2}{l}{\emph{Section \& more}} \\" in text
    assert r"\{x\} & $-$3 \#1 \\" in text
    assert r"\caption{100\% of \$}\label{tab:x}" in text
    assert '("Section & more",)' in typst(table)


def test_a_long_table_of_texts_goes_on_over_pages() -> None:
    rows = [["C01", "a claim that takes a line or two"]] * 20
    short, long = (tex(Table(["", "claim"], rows[:n], "ll", widths=(0, 3)), caption="", label="t") for n in (5, 20))
    assert r"\begin{table}" in short and "longtable" not in short
    assert r"\begin{longtable}" in long and r"\endhead" in long and r"\begin{table}" not in long


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells under 3 headings"):
        Table(["a", "b", "c"], [["1", "2"]], "lll")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
def test_latex_takes_the_figures_and_tables(built: Path, tmp_path: Path) -> None:
    parts = [rf"\input{{{built}/tables/{name}.tex}}" for name in table_names()]
    parts.append(rf"\includegraphics[width=\linewidth]{{{built}/figures/iceberg.pdf}}")
    (tmp_path / "all.tex").write_text(DOCUMENT % "\n".join(parts))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)


def test_a_moment_that_was_not_computed_is_neither_inside_nor_outside() -> None:
    rows = [("T1", "inside", 0.5), ("T2", "outside", 0.1), ("T3", "not_computed", float("nan"))]
    frame = pd.DataFrame(rows, columns=["id", "verdict", "simulated"]).assign(
        moment="m", value=0.5, low=0.4, high=0.6, ci_low=0.1, ci_high=0.2
    )
    results: Any = SimpleNamespace(csv=lambda *_: frame)
    assert [(row[6], row[8]) for row in targets.table(results).rows] == [("+",) * 2, ("\u00d7",) * 2, ("\u2013",) * 2]


def test_companies_are_not_ranked_among_the_actors() -> None:
    rows = [("companies", "companies", 0.7), ("lab_1", "lab", 0.1), ("cloud_1", "cloud", 0.2)]
    frame = pd.DataFrame(rows, columns=["actor", "layer", "value"]).assign(measure="shapley", low=0.0, high=1.0)
    results: Any = SimpleNamespace(csv=lambda *_: frame)
    assert [row[0] for row in actors.table(results).rows] == ["cloud 1", "lab 1"]
