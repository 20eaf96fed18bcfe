"""Figures worth citing: a sentence each, legible at final size, fonts inside, no dates; and one's own work alike."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.text import Text

from paper.drawing import MM, STYLES
from paper.errors import BadFigure, MissingResult
from paper.gallery import Picture, figure_names, find_figure, show
from paper.library import Library, open_library
from simulation.cli import exit_code

OWN = '''"""More companies use AI in the end than in the beginning.

A figure of one's own.
"""

from paper import drawing

NEEDS = ("answer",)


def draw(results):
    figure = drawing.new_figure(50.0, width="single")
    axes = figure.add_subplot()
    drawing.draw_path(axes, results.paths("answer", "open")["adoption"], colour=drawing.OPEN)
    return figure
'''


@pytest.mark.parametrize("name", figure_names())
def test_a_figure_begins_with_the_sentence_it_supports(name: str) -> None:
    found = find_figure(name)
    assert found.sentence.endswith(".")
    assert found.needs


@pytest.mark.parametrize(("name", "style"), [*((name, "columns") for name in figure_names()), ("phase_map", "page")])
def test_a_figure_is_as_wide_as_the_journal_and_its_type_is_7_to_9_points(
    name: str, style: str, library: Library
) -> None:
    figure = find_figure(name).draw(library, STYLES[style])
    assert figure.get_figwidth() == pytest.approx(STYLES[style].double * MM)
    shown = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    sizes = {round(text.get_fontsize(), 2) for text in shown}
    assert 7.0 <= min(sizes) <= max(sizes) <= 9.0


@pytest.mark.parametrize("name", figure_names())
def test_a_saved_figure_embeds_its_fonts_and_bears_no_date(name: str, built: Path) -> None:
    pdf = (built / "figures" / f"{name}.pdf").read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf
    svg = (built / "figures" / f"{name}.svg").read_text()
    assert "<dc:date>" not in svg
    assert "<text" not in svg  # letters are shapes: nothing to be missing elsewhere


@pytest.mark.parametrize("name", figure_names())
def test_a_caption_says_how_uncertain_the_figure_is(name: str, library: Library) -> None:
    caption = find_figure(name).caption(library)
    assert re.search(r"interval|percentile|uncertainty|single draw", caption, flags=re.IGNORECASE)
    assert "nan" not in caption


def test_another_process_draws_the_same_bytes(built: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulation", "figure", "iceberg", "--results", str(built), "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2])
    for kind in ("pdf", "svg", "csv", "json"):
        assert (tmp_path / f"iceberg.{kind}").read_bytes() == (built / "figures" / f"iceberg.{kind}").read_bytes()


def test_a_figure_of_ones_own_works_by_file_and_from_a_folder(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.py").write_text(OWN)
    out = str(tmp_path / "drawn")
    assert exit_code(["figure", str(tmp_path / "own.py"), "--results", str(built), "--out", out]) == 0
    assert exit_code(["figure", "own", "--figures", str(tmp_path), "--results", str(built), "--out", out]) == 0
    assert (tmp_path / "drawn" / "own.pdf").read_bytes().startswith(b"%PDF")
    assert exit_code(["figure", "--figures", str(tmp_path)]) == 0
    assert "More companies use AI in the end than in the beginning." in capsys.readouterr().out


def test_a_figure_is_drawn_from_the_results_of_one_command_alone(built: Path) -> None:
    alone = open_library(built / "results" / "map")
    assert list(alone.places) == ["map"]
    assert find_figure("phase_map").draw(alone, STYLES["columns"])
    with pytest.raises(MissingResult, match="no result called answer"):
        find_figure("price_cycle").draw(alone, STYLES["columns"])


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["figure", "phase_mp", "--results", "."], "did you mean phase_map?"),
        (["figure", "phase_map"], "--results: missing"),
        (["figure", "phase_map", "--results", ".", "--style", "poster"], "give page or columns"),
        (["figure", "nowhere.py", "--results", "."], "nowhere.py: no such file"),
    ],
)
def test_a_figure_that_cannot_be_drawn_is_refused_in_one_line(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(arguments) == 2
    told = capsys.readouterr().err
    assert problem in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [("x = 1\n", "no function draw"), ("def draw(results):\n    return None\n", "does not begin with the sentence"),
     ("import nowhere_at_all\n", "cannot be loaded")],
)  # fmt: skip
def test_a_file_that_is_no_figure_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "broken.py").write_text(text)
    with pytest.raises(BadFigure, match=problem):
        find_figure(str(tmp_path / "broken.py"))


def test_the_gallery_shows_figures(library: Library) -> None:
    picture = show("iceberg", library)
    assert isinstance(picture, Picture)
    assert picture._repr_svg_().lstrip().startswith("<?xml")
