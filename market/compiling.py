"""Numba kernels cached on disk under a stamp of all source files that a kernel may call.

Numba renews a cached kernel only when the file of the kernel itself changes; the functions it calls live in other
files, and an edited equation would silently go on running in its old form.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit

_ROOT = Path(__file__).resolve().parent.parent
_COMPILED_PACKAGES = ("market", "agents")


@cache
def source_stamp(own_file: Path) -> tuple[int, int]:
    """Time of the latest change (ns) and total size (bytes) of the files a kernel of `own_file` may call."""
    files = {path for package in _COMPILED_PACKAGES for path in (_ROOT / package).glob("*.py")} | {own_file}
    facts = [path.stat() for path in files]
    return max(fact.st_mtime_ns for fact in facts), sum(fact.st_size for fact in facts)


def kernel(function: Callable[..., Any] | None = None, *, parallel: bool = False) -> Any:
    """Compile a function with numba, cached under `source_stamp`.

    Arithmetic is IEEE (no fast-math), division by zero as in NumPy.
    """
    if function is None:
        return lambda later: kernel(later, parallel=parallel)
    dispatcher = njit(function, error_model="numpy", parallel=parallel, cache=True, nogil=True)
    dispatcher._cache._cache_file._source_stamp = source_stamp(Path(function.__code__.co_filename))
    return dispatcher


def step(function: Callable[..., Any]) -> Any:
    """Compile a part of a kernel as a function of its own, called and not pasted in; it may not create arrays.

    LLVM gives up vectorising the loops of a very long function: a kernel of many loops is written as steps. Arrays that
    a step is given outlive it, so it need not count who refers to them, which would take longer than a short loop.
    """
    return njit(function, error_model="numpy", nogil=True, _nrt=False)  # type: ignore[call-overload]
