"""Figures found by name or by file, drawn in a journal's format, saved with their data and the command beside them."""

from __future__ import annotations

import importlib.util
import io
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pandas as pd
from matplotlib.figure import Figure

from paper.drawing import STYLES, Style
from paper.errors import BadFigure
from paper.library import Library
from paper.own_code import blamed, line_of
from paper.writing import make_folder, write_whole
from scenarios.reading import is_file
from scenarios.wording import nearest, short, shown

OURS = Path(__file__).parent / "figures"
DEFAULT_STYLE = "page"
KINDS: Mapping[type, str] = {Figure: "a matplotlib Figure", str: "a text", pd.DataFrame: "a pandas DataFrame"}
Asked = TypeVar("Asked")
_BARE = {"CreationDate": None, "Producer": None, "Creator": None, "Date": None}


@dataclass(frozen=True)
class FigureFile:
    """One file of a figure."""

    name: str
    path: Path
    module: ModuleType

    @property
    def sentence(self) -> str:
        """The sentence it supports: the first paragraph of the file."""
        return " ".join((self.module.__doc__ or "").strip().partition("\n\n")[0].split())

    @property
    def needs(self) -> tuple[str, ...]:
        """Results it is drawn from."""
        return tuple(getattr(self.module, "NEEDS", ()))

    @property
    def is_ours(self) -> bool:
        """Whether it is a figure of the paper, whose errors are defects and not somebody's input."""
        return self.path.parent == OURS

    def caption(self, results: Library) -> str:
        """What is shown and how uncertain it is; the sentence where the file says no more."""
        return self.sentence if getattr(self.module, "caption", None) is None else self._asked("caption", results, str)

    def data(self, results: Library) -> pd.DataFrame | None:
        """The numbers that are drawn, where the file gives them."""
        if getattr(self.module, "data", None) is None:
            return None
        return self._asked("data", results, pd.DataFrame)

    def draw(self, results: Library, style: Style) -> Figure:
        """The figure in a format. Raises `BadFigure` where `draw` fails or returns none."""
        for name in self.needs:
            results.place(name)
        with style.applied():
            return self._asked("draw", results, Figure)

    def saved(self, results: Library, style: Style) -> dict[str, bytes]:
        """The figure drawn and saved. Raises `BadFigure` where either fails."""
        figure = self.draw(results, style)
        with self.blamed("the figure cannot be saved", line=line_of(self.module.draw)):
            return saved(figure, style)

    def blamed(self, what: str, *, line: int | None) -> AbstractContextManager[None]:
        """What goes wrong is told of the file, unless it is ours."""
        return nullcontext() if self.is_ours else blamed(self.path, what, line=line)

    def _asked(self, name: str, results: Library, kind: type[Asked]) -> Asked:
        """What one function of the file returns for the results. Raises `BadFigure` where it is not of this kind."""
        function = getattr(self.module, name)
        line = line_of(function)
        with self.blamed(f"{name}(results) fails", line=line):
            found = function(results)
        if not isinstance(found, kind):
            where = f"{self.path}, line {line}" if line else str(self.path)
            raise BadFigure(f"{where}: {name} returned {type(found).__name__}; return {KINDS[kind]}")
        return found


def figure_names(folders: Sequence[Path] = ()) -> dict[str, Path]:
    """Files of figures by name: those of the paper, then those of the folders given, which win. Raises `BadFigure`."""
    for folder in folders:
        if not folder.is_dir():
            raise BadFigure(f"--figures: {folder} is no folder; name one with figures of your own (.py)")
    return {
        path.stem: path
        for folder in (OURS, *folders) for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")
    }  # fmt: skip


def find_figure(name: str, folders: Sequence[Path] = ()) -> FigureFile:
    """A figure by its name, or by the path of its file. Raises `BadFigure`."""
    if name.endswith(".py"):
        path = Path(name)
        if not is_file(path):
            known = ", ".join(figure_names(folders))
            raise BadFigure(f"{short(name)}: no such file; give a figure's file, or one of {known}")
        return _loaded(path.stem, path)
    files = figure_names(folders)
    if name not in files:
        there = ", ".join(files)
        raise BadFigure(f'no figure is called "{short(name)}"; {nearest(name, list(files))}; there are {there}')
    return _loaded(name, files[name])


def _loaded(name: str, path: Path) -> FigureFile:
    """Load the file of a figure; our own by its place in the package. Raises `BadFigure` for one that is none."""
    if path.parent == OURS:
        module = importlib.import_module(f"paper.figures.{name}")
    else:
        spec = importlib.util.spec_from_file_location(f"figure_{name}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        with blamed(path, "cannot be loaded"):
            spec.loader.exec_module(module)
    if not callable(getattr(module, "draw", None)):
        raise BadFigure(f"{path}: has no function draw(results); see docs/how_to/add_a_figure.md")
    if not (module.__doc__ or "").strip():
        raise BadFigure(f"{path}: does not begin with the sentence that it supports; write it as the first line")
    for optional in ("caption", "data"):
        if not callable(getattr(module, optional, lambda results: None)):
            raise BadFigure(f"{path}: {optional} is no function; write {optional}(results), or leave it out")
    needs = getattr(module, "NEEDS", ())
    if not isinstance(needs, list | tuple) or not all(isinstance(needed, str) for needed in needs):
        raise BadFigure(f'{path}: NEEDS is {shown(needs)}; list the results it is drawn from: NEEDS = ("answer",)')
    return FigureFile(name, path, module)


def saved(figure: Figure, style: Style) -> dict[str, bytes]:
    """A figure as `pdf` and `svg` without dates or names of programs: the same figure, the same bytes."""
    files = {}
    with style.applied():
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once, not for every format
        for kind in ("pdf", "svg"):
            buffer = io.BytesIO()
            metadata: dict[str, Any] = {k: v for k, v in _BARE.items() if (k == "Date") == (kind == "svg")}
            figure.savefig(buffer, format=kind, metadata=metadata)
            files[kind] = buffer.getvalue()
    return files


def write_figure(found: FigureFile, results: Library, out: Path, *, style: str = DEFAULT_STYLE) -> list[Path]:
    """Draw a figure into the folder `out`: PDF, SVG, its data as CSV, and what it says and how to draw it again."""
    look = STYLES[style]
    make_folder(out)
    contents = found.saved(results, look)
    numbers = found.data(results)
    if numbers is not None:
        contents["csv"] = numbers.to_csv(index=False, lineterminator="\n", float_format="%.10g").encode()
    contents["json"] = (json.dumps(about(found, results, style), indent=1, ensure_ascii=False) + "\n").encode()
    paths = []
    for kind, content in contents.items():
        paths.append(out / f"{found.name}.{kind}")
        write_whole(paths[-1], content)
    return paths


def about(found: FigureFile, results: Library, style: str) -> dict[str, Any]:
    """What a figure says, what it is drawn from, and the command that draws it."""
    name = found.name if found.is_ours else str(found.path)
    command = ["commonweight", "figure", name, "--results", str(results.folder), "--style", style]
    return {
        "sentence": found.sentence, "caption": found.caption(results), "needs": list(found.needs),
        "command": shlex.join(command),
    }  # fmt: skip


def show(name: str, results: Library, *, style: str = DEFAULT_STYLE) -> Any:
    """A figure for a notebook: drawn, as an image that Jupyter shows."""
    look = STYLES[style]
    figure = find_figure(name).draw(results, look)
    with look.applied():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return Picture(buffer.getvalue().decode())


@dataclass(frozen=True)
class Picture:
    """An SVG that a notebook displays by itself."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg
