"""Who a run is: the SHA-256 of everything its numbers depend on, and where its code came from."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

CODE_FOLDERS = ("market", "agents", "scenarios", "simulation")
CODE_SUFFIXES = (".py",)  # scenarios are in a run's digest by what they assume, not by their files
_ROOT = Path(__file__).resolve().parents[2]  # the folder of the packages


def run_digest(resolved: Mapping[str, Any], *, arm: str, draw: int, variant: str = "") -> str:
    """SHA-256, in hexadecimal, of the resolved scenario (companies and months in it), arm, draw and the code.

    `variant` tells apart runs that follow another run's path, such as `training of closed`.
    """
    identity = {"scenario": resolved, "arm": arm, "draw": draw, "variant": variant, "code": code_digest()}
    return hashlib.sha256(canonical_json(identity).encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, so that equal values have equal bytes. Raises ValueError for NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@cache
def code_digest(root: Path = _ROOT) -> str:
    """SHA-256 over names and bytes of the `.py` files of the packages; works without git.

    Raises FileNotFoundError where a package has no code below `root`, whose digest would be that of nothing.
    """
    digest = hashlib.sha256()
    for folder in CODE_FOLDERS:
        paths = [path for path in sorted((root / folder).rglob("*")) if path.suffix in CODE_SUFFIXES and path.is_file()]
        if not paths:
            raise FileNotFoundError(f"{root / folder}: no code of the package {folder}")
        for path in paths:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


@cache
def code_version(root: Path = _ROOT) -> tuple[str | None, bool | None]:
    """Commit and whether the tree differs from it; (None, None) outside a git checkout of this project."""
    if not (root / ".git").exists():
        return None, None
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return commit, bool(_git(root, "status", "--porcelain", "--", *CODE_FOLDERS))
    except (OSError, subprocess.SubprocessError):
        return None, None


def _git(root: Path, *arguments: str) -> str:
    """Output of one git command."""
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
