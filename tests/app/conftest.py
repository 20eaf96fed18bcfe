"""Small worlds for the page, a server with a tiny opening world, and a browser to look at it with."""

from __future__ import annotations

import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.choices import Choice
from app.courses import Course, Snapshot
from app.worlds import World
from scenarios import read_scenario
from simulation.answering.pairing import compile_kernels, miniature

ROOT = Path(__file__).parents[2]
OPENING = Choice(companies=200, changes=(("horizon.months", 12),))
_SERVE = (
    "from app.choices import Choice\n"
    "from app.serving import serve\n"
    f"serve(host='127.0.0.1', port=0, opening={OPENING!r})\n"
)


MONTHS = 12


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    """The last month of a small world, simulated once."""
    small = {"companies.count": 400, "companies.panel": 256, "horizon.months": MONTHS}
    course = Course(read_scenario("baseline", overrides=small), draw=1, arm="open")
    for _ in range(MONTHS):
        course.advance()
    course.publish()
    assert course.latest is not None
    return course.latest


@pytest.fixture(scope="session")
def with_public_cloud() -> Snapshot:
    """The first month of a small world with a public cloud, whose actors must be replaced in 1 or 12 months."""
    small = {"companies.count": 200, "companies.panel": 128, "horizon.months": 1, "control.panel": 1024}
    times = {"control.horizon": 1, "control.long_horizon": 12}
    course = Course(read_scenario("s04_public_compute_20", overrides=small | times), draw=1, arm="open")
    course.advance()
    course.publish()
    assert course.latest is not None
    return course.latest


@pytest.fixture
def world_of() -> Iterator[Callable[..., World]]:
    """A small world for a page, closed at the end: world_of({"invest.opex": 0.6}, months=6, draw=2)."""
    made: list[World] = []

    def found(overrides: dict[str, Any] | None = None, *, months: int = 6, draw: int = 1, arm: str = "open") -> World:
        small = {"companies.count": 200, "companies.panel": 128, "horizon.months": months}
        made.append(World(read_scenario("baseline", overrides=small | (overrides or {})), draw=draw, arm=arm))
        return made[-1]

    yield found
    for world in made:
        world.close()
        world.wait()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a server of the page, its kernels compiled beforehand."""
    compile_kernels(miniature(OPENING.read()))
    command = [sys.executable, "-c", _SERVE]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            assert "http://" in line, "the server did not start"
            yield _answering(line.split()[3])
        finally:
            server.terminate()


def _answering(address: str, patience: float = 60.0) -> str:
    """The address once something listens there: the server says where it will be before it is."""
    place = urlsplit(address)
    deadline = time.monotonic() + patience
    while True:
        try:
            socket.create_connection((place.hostname, place.port), timeout=1.0).close()
        except OSError:
            assert time.monotonic() < deadline, f"nothing listens at {address}"
            time.sleep(0.1)
        else:
            return address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium that reaches this machine only; skips where none can be had."""
    tools = runpy.run_path(str(ROOT / "requirements" / "chromium.py"))
    path = tools["obtain"]()
    if path is None:
        pytest.skip(f"NO BROWSER: the page was not tried in one; {tools['HOW']}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # every name but this machine's leads nowhere: what the page asks for elsewhere fails, and is told
        nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
        yield (found := playwright.chromium.launch(executable_path=path, args=["--no-sandbox", nowhere]))
        found.close()
