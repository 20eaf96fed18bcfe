"""The tutorial, typed word for word in worlds of few companies and months: its commands, its file and its programs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from simulation.cli import exit_code

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
SMALL = {"--companies": "300", "--months": "4", "--pairs": "2"}  # company 225 must exist
BLOCK = re.compile(r"```(\w+)\n(.*?)```", flags=re.DOTALL)


def in_small(line: str) -> list[str]:
    """The words of a command after `commonweight`, with small numbers."""
    words = shlex.split(line)[1:]
    for at, word in enumerate(words):
        if word in SMALL:
            words[at + 1] = SMALL[word]
    return [*words, "--workers", "1"] if words[0] == "answer" else words


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path]:
    """What every command printed, after all blocks were typed in their order in an empty folder."""
    folder = tmp_path_factory.mktemp("tutorial")
    printed: dict[str, str] = {}
    names: dict[str, Any] = {"__name__": "tutorial"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for language, block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
            if language == "toml":
                (folder / "my_power_wall.toml").write_text(block, encoding="utf-8")
            elif language == "python":
                exec(compile(block, PAGE.name, "exec"), names)
            elif language == "sh":
                for line in block.splitlines():
                    if line.startswith("commonweight"):
                        printed[line] = _run(line)
    return printed, folder


def _run(line: str) -> str:
    """What a command prints; it must succeed."""
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert exit_code(in_small(line)) == 0, line
    return out.getvalue()


def test_every_block_runs_as_typed(typed: tuple[dict[str, str], Path]) -> None:
    printed, folder = typed
    assert [line.split()[1] for line in printed] == ["--version", "run", "answer", "check", "answer", "portrait"]
    assert {path.name for path in (folder / "results").iterdir()} == {"my_answer", "my_wall"}
    assert (folder / "my_gain.pdf").read_bytes().startswith(b"%PDF")


def test_what_the_page_shows_has_the_lines_of_what_is_printed(typed: tuple[dict[str, str], Path]) -> None:
    """Numbers of other sizes differ; labels, headings and their order do not."""
    everything = "\n".join(typed[0].values())
    page = PAGE.read_text(encoding="utf-8")
    for label in (
        "      adoption  access  small  open ent.  open dev.  closed    open  GPU-hour  clouds    labs  clouds   chips",
        "Access (share of the value AI could create)\n  smaller half of companies",
        "Money by layer (USD bn a month, economic profit)", "  labs, after training", "\n  clouds  ", "Verdict: ",
    ):  # fmt: skip
        assert label in page and label in everything, label


def test_a_mistyped_key_is_answered_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    mistyped = 'schema = 1\nextends = "baseline"\ntitle = "typo"\n[invest]\nsite_leadmonths = 84\n'
    Path("my_typo.toml").write_text(mistyped, encoding="utf-8")
    assert exit_code(["check", "my_typo.toml"]) == 2
    said = capsys.readouterr().err.strip().removeprefix("commonweight: my_typo.toml: ")
    assert said in text
