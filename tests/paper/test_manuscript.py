"""The text holds no numbers of its own, and its references are complete."""

from __future__ import annotations

import re

import pytest

from paper.typesetting import SOURCE

CHAPTERS = sorted(path for path in SOURCE.glob("*.typ") if path.name != "template.typ")
NOT_PROSE = (
    r"//[^\n]*", r"`[^`]*`", r"\$[^$]*\$", r"#(?:let|set|show|import|include)\b[^\n]*",
    r"#?\w[\w.-]*\((?:[^()\"]|\"[^\"]*\"|\([^()]*\))*\)", r"#[a-z]\w*(?:\.\w+)*", r"<[\w-]+>", r"@[\w-]+", r"\bH100\b",
)  # fmt: skip
NEEDED = {
    "article": ("journal", "volume", "pages"), "book": ("publisher",), "misc": ("howpublished", "doi"),
    "inbook": ("booktitle", "publisher", "pages"), "techreport": ("type", "publisher"),
}  # fmt: skip
YEAR, FACT = r"\b(?:19|20)\d\d\b", r"\b\d{1,2}\.\d\d\b"  # dates, and ids of the evidence table


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_no_number_is_typed_into_the_text(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]
    for pattern in (*NOT_PROSE, YEAR, FACT):
        text = re.sub(pattern, " ", text)
    found = [line.strip() for line in text.splitlines() if re.search(r"\d", line)]
    assert found == []


def test_every_reference_is_cited_and_complete() -> None:
    text = "\n".join(path.read_text() for path in CHAPTERS)
    entries = re.findall(r"@(\w+)\{(\w+), (.*)\}\n", (SOURCE / "references.bib").read_text())
    assert len(entries) > 40
    for kind, key, fields in entries:
        assert re.search(rf"(?:@|<){key}\b", text), f"{key} is not cited"
        for field in ("author", "title", "year", *NEEDED[kind]):
            assert f"{field} = {{" in fields, f"{key} has no {field}"
