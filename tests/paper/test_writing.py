"""Files of a paper are written whole or not at all, and only in a folder that is a paper's."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

import simulation.results.storage
from paper.building import build
from paper.errors import UnusableFolder
from paper.gallery import find_figure, write_figure
from paper.library import Library
from paper.stamps import STAMPS, begin_paper, refuse_foreign
from paper.writing import write_json, write_whole
from simulation.results.errors import StorageError

OWN = '"""Nothing is shown."""\nfrom paper import drawing\ndef draw(results):\n    return drawing.new_figure(20.0)\n'


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on which nothing can be written to its end."""

    def sync(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(simulation.results.storage.os, "fsync", sync)


def test_what_is_there_stays_where_the_disk_is_full(tmp_path: Path, full_disk: None) -> None:
    (tmp_path / "numbers.json").write_text("before")
    with pytest.raises(StorageError, match="no room left on the disk"):
        write_json(tmp_path / "numbers.json", {"a": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.json"]
    assert (tmp_path / "numbers.json").read_text() == "before"


def test_a_figure_that_is_there_stays_where_the_disk_is_full(
    tmp_path: Path, full_disk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "own.pdf").write_text("before")
    with pytest.raises(StorageError, match="no room left on the disk"):
        write_figure(find_figure(str(tmp_path / "own.py")), Library(tmp_path, {}), tmp_path)
    assert (tmp_path / "own.pdf").read_text() == "before"
    monkeypatch.undo()
    write_figure(find_figure(str(tmp_path / "own.py")), Library(tmp_path, {}), tmp_path)
    assert (tmp_path / "own.pdf").read_bytes().startswith(b"%PDF")


def test_a_file_where_a_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("mine")
    with pytest.raises(UnusableFolder, match=r"afile: cannot be a folder .*choose another --out"):
        write_whole(tmp_path / "afile" / "own.pdf", b"")
    assert (tmp_path / "afile").read_text() == "mine"


@pytest.mark.parametrize("run_missing", [True, False])
def test_a_folder_that_holds_something_else_is_refused_before_any_work(tmp_path: Path, run_missing: bool) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    (tmp_path / "results").mkdir()
    with pytest.raises(UnusableFolder, match=r"holds something else than a paper \(such as `thesis.tex`\)"):
        build(tmp_path, size="tiny", run_missing=run_missing)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results", "thesis.tex"]


def test_a_folder_of_a_paper_is_known_by_its_stamps_or_by_results_alone(tmp_path: Path) -> None:
    refuse_foreign(tmp_path / "new")
    begin_paper(tmp_path / "begun")
    (tmp_path / "begun" / "paper.pdf").touch()
    refuse_foreign(tmp_path / "begun")
    assert (tmp_path / "begun" / STAMPS).is_dir()
    (tmp_path / "interrupted" / "worlds").mkdir(parents=True)
    refuse_foreign(tmp_path / "interrupted")
    (tmp_path / "afile").touch()
    with pytest.raises(UnusableFolder, match="not a folder"):
        refuse_foreign(tmp_path / "afile")
