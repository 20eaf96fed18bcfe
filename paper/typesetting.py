"""The manuscript copied beside its results, its references to results checked, and typeset without a network."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

from paper.errors import BadManuscript
from paper.writing import write_whole
from scenarios.wording import nearest

SOURCE = Path(__file__).parent / "manuscript"
PLACE, MAIN = "manuscript", "paper.typ"
KINDS = ("*.typ", "*.bib")
FONTS = ("Libertinus Serif", "New Computer Modern Math", "DejaVu Sans Mono")  # inside typst: no network, any machine
_NAMED = re.compile(r"#?\b(?:num|flag|find)\(\"([^\"]+)\"\)")
_FIGURE, _TABLE = re.compile(r"#drawn\(\"([^\"]+)\""), re.compile(r"#tabled\(\"([^\"]+)\"")


def copy_manuscript(out: Path, source: Path = SOURCE) -> None:
    """Put the text beside results, figures and tables, so that the folder is a typst project by itself."""
    for kind in KINDS:
        for path in sorted(source.glob(kind)):
            write_whole(out / PLACE / path.name, path.read_bytes())


def refuse_unknown_names(out: Path) -> None:
    """Raise `BadManuscript` for the first name in the text that no result, figure or table has."""
    numbers = json.loads((out / "numbers.json").read_text(encoding="utf-8"))
    captions = json.loads((out / "captions.json").read_text(encoding="utf-8"))
    kinds = ((_NAMED, "result", numbers), (_FIGURE, "figure", captions["figures"]),
             (_TABLE, "table", captions["tables"]))  # fmt: skip
    for path in sorted((out / PLACE).glob("*.typ")):
        for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for pattern, kind, known in kinds:
                for name in pattern.findall(line):
                    if name not in known:
                        raise BadManuscript(
                            f"{path}, line {row}: no {kind} is called {name}; {nearest(name, list(known))}"
                        )


def typeset(out: Path, pdf: Path) -> Path:
    """Typeset the manuscript of the folder `out`. Raises `BadManuscript` with one line for what typst refuses."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    missing = [name for name in FONTS if name not in fonts.families()]
    if missing:
        raise BadManuscript(f"typst {version('typst')} brings no {', '.join(missing)}; install that of the lock")
    try:
        compiler = typst.Compiler(str(out / PLACE / MAIN), root=str(out), font_paths=fonts, ignore_system_fonts=True)
        content = compiler.compile(format="pdf", timestamp=0)
    except typst.TypstError as error:
        raise BadManuscript(f"{out / PLACE / MAIN}: {' '.join(error.diagnostic.split())}") from error
    assert isinstance(content, bytes)
    write_whole(pdf, content)
    return pdf
