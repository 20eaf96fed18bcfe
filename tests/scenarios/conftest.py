"""A folder to write scenario files in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a scenario file that differs from the baseline by the lines given; `whole` writes the text as it is."""

    def write_file(text: str = "", name: str = "mine.toml", *, whole: bool = False, extends: str = "baseline") -> Path:
        path = tmp_path / name
        path.write_text(text if whole else f'schema = 1\nextends = "{extends}"\n{text}')
        return path

    return write_file
