"""A figure of one's own that goes wrong is one line: its file, the line in it, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from paper.errors import BadFigure
from paper.gallery import figure_names, find_figure, write_figure
from paper.library import Library
from simulation.cli import exit_code

HEAD = '"""A sentence."""\nimport matplotlib.pyplot as plt\nimport sys\n'
DRAWS = "def draw(results):\n    return plt.figure()\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def draw(results):\n    raise ValueError('a\\nb')\n", ", line 5: draw(results) fails (ValueError: a b)"),
        ("def draw():\n    return plt.figure()\n", ", line 4: draw(results) fails (TypeError: "),
        ("def draw(results):\n    sys.exit(7)\n", ", line 5: draw(results) fails (SystemExit: 7)"),
        ("def draw(results):\n    return None\n", ", line 4: draw returned NoneType; return a matplotlib Figure"),
        ("sys.exit(3)\n" + DRAWS, ", line 4: cannot be loaded (SystemExit: 3)"),
        ("def draw(results)\n", ", line 4: cannot be loaded (SyntaxError: "),
        (DRAWS + "def caption(results):\n    raise KeyError(1)\n", ", line 7: caption(results) fails (KeyError: 1)"),
        (DRAWS + "def caption(results):\n    return 3\n", ", line 6: caption returned int; return a text"),
        (DRAWS + "caption = 'words'\n", ": caption is no function; write caption(results)"),
        (DRAWS + "def data(results):\n    return [1]\n", ", line 6: data returned list; return a pandas DataFrame"),
        (DRAWS + "NEEDS = 3\n", ": NEEDS is 3; list the results"),
        (DRAWS + "NEEDS = 'answer'\n", ': NEEDS is "answer"; list the results'),
        (
            "def draw(results):\n    figure = plt.figure()\n    figure.suptitle('$\\\\nope$')\n    return figure\n",
            ", line 4: the figure cannot be saved (ValueError: ",
        ),
    ],
)
def test_what_goes_wrong_in_a_figure_is_one_line_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "own.py"
    path.write_text(HEAD + text)
    with pytest.raises(BadFigure) as refusal:
        write_figure(find_figure(str(path)), Library(tmp_path, {}), tmp_path / "out")
    assert str(refusal.value).startswith(f"{path}{says}")
    assert "\n" not in str(refusal.value)


def test_a_folder_of_figures_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "afile").touch()
    for folder in (tmp_path / "nope", tmp_path / "afile"):
        with pytest.raises(BadFigure, match="is no folder"):
            figure_names([folder])
    assert exit_code(["figure", "--figures", str(tmp_path / "nope")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_absurdly_long_name_is_no_figure_and_no_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["x" * 5000], ["x" * 5000 + ".py"], ["iceberg", "--results", "x" * 5000]):
        assert exit_code(["figure", *arguments]) in (1, 2)
        assert capsys.readouterr().err.count("\n") == 1
