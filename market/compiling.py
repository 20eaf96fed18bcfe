"""Numba kernels cached on disk under a stamp of all source files that a kernel may call.

Numba renews a cached kernel only when the file of the kernel itself changes; the functions it calls live in other files,
and an edited equation would silently go on running in its old form.
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
def source_stamp() -> tuple[int, int]:
    """Time of the latest change (ns) and total size (bytes) of the source files a kernel may call."""
    files = [path.stat() for package in _COMPILED_PACKAGES for path in sorted((_ROOT / package).glob("*.py"))]
    return max(file.st_mtime_ns for file in files), sum(file.st_size for file in files)


def kernel(function: Callable[..., Any] | None = None, *, parallel: bool = False) -> Any:
    """Compile a function with numba: IEEE arithmetic (no fast-math), division as in NumPy, cached under `source_stamp`."""
    if function is None:
        return lambda later: kernel(later, parallel=parallel)
    dispatcher = njit(function, error_model="numpy", parallel=parallel, cache=True, nogil=True)
    dispatcher._cache._cache_file._source_stamp = source_stamp()
    return dispatcher
