"""The changes that how-to pages make to the code, made to a copy: they fit and run, and off is the economy without."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from market.compiling import source_stamp
from scenarios import read_scenario
from simulation import simulate

ROOT = Path(__file__).parents[2]
KERNELS = ROOT / "agents" / "choice_kernel.py"
PAGES = ("add_a_mechanism.md", "add_a_policy_instrument.md")
CODE = ("market", "agents", "scenarios", "simulation")
UNCHANGED = {"companies.count": 200, "horizon.months": 6}
RUN_OFF = f"""
from scenarios import read_scenario
from simulation import simulate
print(simulate(read_scenario("baseline", overrides={UNCHANGED!r})).indicators.to_csv(index=False))
"""


def text_of(page: str) -> str:
    return (ROOT / "docs" / "how_to" / page).read_text(encoding="utf-8")


def changes(page: str) -> list[tuple[str, list[str], list[str]]]:
    """File, lines before and lines after of every change on a page."""
    found = []
    for block in re.findall(r"```diff\n(.*?)```", text_of(page), flags=re.DOTALL):
        head, *lines = block.splitlines()
        for part in "\n".join(lines).split("\n@@\n"):
            stands = part.split("\n")
            before = [line[1:] for line in stands if line[:1] in (" ", "-", "")]
            after = [line[1:] for line in stands if line[:1] in (" ", "+", "")]
            found.append((head.removeprefix("--- "), before, after))
    return found


def make(change: tuple[str, list[str], list[str]], *, folder: Path) -> None:
    """Make one change to a copy of the code; the lines it stands between are there exactly once."""
    name, before, after = change
    file = folder / name
    lines = file.read_text(encoding="utf-8").split("\n")
    places = [at for at in range(len(lines)) if lines[at : at + len(before)] == before]
    assert len(places) == 1, f"{name}: these lines stand in {len(places)} places:\n" + "\n".join(before)
    lines[places[0] : places[0] + len(before)] = after
    file.write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, compiled kernels included, with the changes of every page."""
    folder = tmp_path_factory.mktemp("changed")
    for package in CODE:
        shutil.copytree(ROOT / package, folder / package)
    for page in PAGES:
        for change in changes(page):
            make(change, folder=folder)
    return folder


def run(code: str, *, folder: Path) -> str:
    """What a program prints that imports the changed code.

    No kernel calls what the pages add, so that the kernels compiled before the change serve.
    """
    compiled = f"import market.compiling\nmarket.compiling.source_stamp = lambda file: {source_stamp(KERNELS)!r}\n"
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", compiled + code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_the_changes_work_as_the_page_says(page: str, changed: Path) -> None:
    shown = re.findall(r"<!-- with the changes of this page -->\n```python\n(.*?)```", text_of(page), flags=re.DOTALL)
    assert shown
    for block in shown:
        run(block, folder=changed)


def test_what_the_pages_add_is_off_in_the_baseline(changed: Path) -> None:
    without = simulate(read_scenario("baseline", overrides=UNCHANGED)).indicators.to_csv(index=False)
    assert run(RUN_OFF, folder=changed).strip() == without.strip()


def test_a_scenario_of_the_page_is_read_with_its_instrument(changed: Path) -> None:
    (block,) = re.findall(r"of this page -->\n```toml\n(.*?)```", text_of(PAGES[1]), flags=re.DOTALL)
    (changed / "my_campaign.toml").write_text(block, encoding="utf-8")
    code = 'from scenarios import read_scenario\nprint(read_scenario("my_campaign.toml").at(30).policy.open_campaign)'
    assert float(run(code, folder=changed)) == 0.05
