"""The smallest paper, built once for all tests and all processes that run them."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from paper.building import build
from paper.library import Library, open_library

SIZE = "tiny"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the smallest paper; whoever comes first builds it, others wait."""
    pytest.importorskip("typst")
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (base / "paper.lock").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        if not (base / "paper" / "paper.pdf").exists():
            build(base / "paper", size=SIZE, workers=1)
    return base / "paper"


@pytest.fixture
def copied(built: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    shutil.copytree(built, tmp_path / "paper")
    return tmp_path / "paper"


@pytest.fixture(scope="session")
def library(built: Path) -> Library:
    """The results of the smallest paper."""
    return open_library(built)
