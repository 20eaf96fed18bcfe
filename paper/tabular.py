"""A table as plain cells, and how it is written: booktabs for LaTeX, and typst for the manuscript."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from paper.library import Library
from paper.words import MINUS
from paper.writing import write_whole

OURS = Path(__file__).parent / "tables"
MOST_ROWS_OF_TEXT = 15  # rows of cells that break over lines, beyond which a LaTeX table goes on over pages
PART_OF_LINE = 0.85  # of the line that columns of text share; space between columns takes the rest
FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"  # no wider than the line
_TEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", MINUS: "$-$", "\u2013": "--", "\u00d7": r"$\times$",
    "\u2264": r"$\le$", "\u2026": r"\dots{}",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Headings and rows of cells; a row of one cell is the heading of a section."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str  # a letter per column: l or r
    note: str = ""
    widths: Sequence[float] = ()  # parts of the width, where texts must break; 0: as wide as it needs

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) not in (1, len(self.headings)):
                raise ValueError(f"a row has {len(row)} cells under {len(self.headings)} headings: {row}")


def table_names() -> list[str]:
    """Tables of the paper."""
    return sorted(path.stem for path in OURS.glob("*.py") if not path.name.startswith("_"))


def table_module(name: str) -> ModuleType:
    """The file of a table: `NEEDS`, `caption` and `table`."""
    return importlib.import_module(f"paper.tables.{name}")


def write_table(name: str, results: Library, out: Path) -> list[Path]:
    """Write one table as `.tex` and `.typ`."""
    module = table_module(name)
    for needed in module.NEEDS:
        results.place(needed)
    table: Table = module.table(results)
    texts = {"tex": tex(table, caption=module.caption(results), label=f"tab:{name}"), "typ": typst(table)}
    for kind, text in texts.items():
        write_whole(out / f"{name}.{kind}", text)
    return [out / f"{name}.{kind}" for kind in texts]


def tex(table: Table, *, caption: str, label: str) -> str:
    """The table for `\\input` in a document that loads array, booktabs, graphicx and longtable.

    One that is too wide for its page is scaled down, one of many rows of text goes on over pages.
    """
    widths = _widths(table)
    columns = "".join(
        rf">{{\raggedright\arraybackslash}}p{{{PART_OF_LINE * width / sum(widths):.2f}\linewidth}}" if width else letter
        for letter, width in zip(table.align, widths, strict=True)
    )
    head = [r"\toprule", f"{_tex_row(table.headings)} \\\\", r"\midrule"]
    titled = rf"\caption{{{_tex(caption)}}}\label{{{label}}}"
    small = r"\footnotesize\setlength{\tabcolsep}{3pt}"
    note = [rf"\par\smallskip\footnotesize {_tex(table.note)}"] if table.note else []
    if any(widths) and len(table.rows) > MOST_ROWS_OF_TEXT:
        begin = [r"\begingroup", small, rf"\begin{{longtable}}{{{columns}}}", rf"{titled}\\", *head, r"\endfirsthead"]
        end = [r"\end{longtable}", *note, r"\endgroup"]
        return "\n".join([*begin, *head, r"\endhead", *_tex_body(table), r"\bottomrule", *end, ""])
    begin = [r"\begin{table}", r"\centering", titled, small, FITTED, rf"\begin{{tabular}}{{{columns}}}"]
    end = [r"\end{tabular}}", *note, r"\end{table}"]
    return "\n".join([*begin, *head, *_tex_body(table), r"\bottomrule", *end, ""])


def _tex_body(table: Table) -> list[str]:
    """The rows; a row of one cell goes over all columns."""
    over_all = rf"\multicolumn{{{len(table.headings)}}}{{l}}"
    return [
        rf"{over_all}{{\emph{{{_tex(row[0])}}}}} \\" if len(row) == 1 else f"{_tex_row(row)} \\\\" for row in table.rows
    ]


def typst(table: Table) -> str:
    """The table for the manuscript to include: rules above, below the head, and at the end."""
    widths = ", ".join(f"{width:g}fr" if width else "auto" for width in _widths(table))
    align = ", ".join({"l": "left", "r": "right"}[letter] for letter in table.align)
    rows = "".join(f"\n    ({', '.join(map(_text, row))},)," for row in table.rows)
    return "\n".join([
        '#import "/manuscript/template.typ": ruled', "#ruled(", f"  columns: ({widths},),", f"  align: ({align},),",
        f"  head: ({', '.join(map(_text, table.headings))},),", f"  rows: ({rows}\n  ),",
        f"  note: {_text(table.note)}, lines: {2 if any(_widths(table)) else 1},", ")", "",
    ])  # fmt: skip


def _widths(table: Table) -> Sequence[float]:
    return table.widths or [0.0] * len(table.headings)


def _tex(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in text)


def _tex_row(cells: Sequence[str]) -> str:
    return " & ".join(_tex(cell) for cell in cells)


def _text(text: str) -> str:
    """A string as typst writes it; JSON's escapes are its own."""
    return json.dumps(text, ensure_ascii=False)
