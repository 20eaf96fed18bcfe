"""Code of others that draws a figure: whatever goes wrong in it is one line that names its file and the line in it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paper.errors import BadFigure
from scenarios import ScenarioError
from simulation.commands.options import BadInput
from simulation.results.errors import StorageError

LONGEST_REASON = 200  # characters
OURS_TO_TELL = (BadInput, StorageError, ScenarioError, MemoryError)  # one line already, or no fault of that code


@contextmanager
def blamed(path: Path, what: str, *, line: int | None = None) -> Iterator[None]:
    """Turn what a figure's file raises, or its wish to end the program, into `BadFigure`: "`path`, line 3: draw ...".

    `line` is where to look if the error was raised outside the file.
    """
    try:
        yield
    except OURS_TO_TELL:
        raise
    except (Exception, SystemExit) as error:
        place = line_in(path, error) or line
        where = f"{path}, line {place}" if place else str(path)
        raise BadFigure(f"{where}: {what} ({reason_of(error)}); correct it and draw again") from error


def line_in(path: Path, error: BaseException) -> int | None:
    """The last line of a file that an error passed on its way, or that could not be parsed."""
    if isinstance(error, SyntaxError) and error.filename is not None and Path(error.filename) == path.absolute():
        return error.lineno
    passed = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(passed) if Path(frame.filename) == path.absolute()), None)


def line_of(function: object) -> int | None:
    """Where a function begins, if it is one that was written in Python."""
    code = getattr(function, "__code__", None)
    return None if code is None else int(code.co_firstlineno)


def reason_of(error: BaseException) -> str:
    """An error in one line of bounded length."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 3]}..."
