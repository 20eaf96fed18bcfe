"""Whether the machine has room for a world, told before any work: a world too large would end without a word."""

from __future__ import annotations

from pathlib import Path

BYTES_PER_COMPANY = 2_000  # columns, choices and postings at their peak, measured at 400,000 companies
BYTES_PER_WORLD = 350_000_000  # interpreter, libraries and compiled kernels
GIGABYTE = 1e9
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of a container


def needed(companies: int, *, worlds: int) -> int:
    """Bytes that `worlds` at a time of so many companies need, about."""
    return worlds * (BYTES_PER_WORLD + BYTES_PER_COMPANY * companies)


def available() -> int | None:
    """Bytes that can still be had on this machine or in this container; None where that is not known."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None
    limits = [_number_in(Path(path)) for path in _LIMITS]
    return min([free, *(limit for limit in limits if limit is not None)])


def shortage(companies: int, *, worlds: int) -> str:
    """What is wrong and what to do where the worlds do not fit, in half a line; empty where they do."""
    free, wanted = available(), needed(companies, worlds=worlds)
    if free is None or wanted <= free:
        return ""
    at_a_time = f"{worlds} worlds at a time of " if worlds > 1 else ""
    fewer = "--companies or --workers" if worlds > 1 else "--companies"
    return (
        f"{at_a_time}{companies:,} companies need about {wanted / GIGABYTE:.0f} GB of memory and "
        f"{free / GIGABYTE:.0f} GB are free; use fewer {fewer}"
    )


def _number_in(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
