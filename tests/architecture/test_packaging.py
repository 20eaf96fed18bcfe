"""What is shipped works elsewhere: wheel, locks, set-up and the page of commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("run", "app", "paper", "full")  # the last holds all of the others, each of them the first


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the wheel of this project is unpacked, far from the checkout."""
    folder = tmp_path_factory.mktemp("elsewhere")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("commonweight-*.whl")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(folder / "site"), str(wheel)], check=True, capture_output=True)
    return folder


def run_elsewhere(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command line outside the checkout."""
    environment = os.environ | {"PYTHONPATH": str(folder / "site"), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_lists_and_checks_the_shipped_scenarios(elsewhere: Path) -> None:
    place = run_elsewhere(elsewhere, "-c", "import scenarios; print(scenarios.__file__)").stdout
    assert place.startswith(str(elsewhere))
    listed = run_elsewhere(elsewhere, "-m", "simulation", "scenarios")
    assert listed.returncode == 0, listed.stderr
    assert "baseline" in listed.stdout
    checked = run_elsewhere(elsewhere, "-m", "simulation", "check", "baseline")
    assert checked.returncode == 0, checked.stderr


def test_the_wheel_holds_every_scenario_the_evidence_and_every_module(elsewhere: Path) -> None:
    site = elsewhere / "site"
    kinds = ("*.py", "*.toml", "*.csv", "*.css", "*.js", "*.vue", "*.typ", "*.bib")
    for package in ("market", "agents", "scenarios", "simulation", "app", "paper"):
        wanted = [path for kind in kinds for path in (ROOT / package).rglob(kind)]
        missing = [str(path.relative_to(ROOT)) for path in wanted if not (site / path.relative_to(ROOT)).exists()]
        assert missing == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    assert not re.search(r"://|--index|--extra|--find-links|@ ", text)
    pins = re.findall(r"^[a-z0-9_.-]+==", text, flags=re.MULTILINE)
    blocks = re.findall(r"^[a-z0-9_.-]+==.*(?:\\\n +--hash=sha256:[0-9a-f]{64})+", text, flags=re.MULTILINE)
    assert len(pins) == len(blocks) > 20


def test_testing_needs_the_very_versions_that_running_needs() -> None:
    run, app, paper, full = (set(_pins(lock)) for lock in LOCKS)
    assert run < app < full
    assert run < paper < full


def _pins(lock: str) -> list[str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    return re.findall(r"^[a-z0-9_.-]+==[^\\; ]*", text, flags=re.MULTILINE)


def set_up_with(preparation: str) -> subprocess.CompletedProcess[str]:
    """Run the set-up script under a pretended interpreter."""
    script = ROOT / "requirements" / "install.py"
    started = f"runpy.run_path({str(script)!r}, run_name='set-up')"
    code = f"import runpy, sys; {preparation}; sys.argv = ['install.py', 'run', '--chosen']; {started}['main']()"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_too_old_an_interpreter_is_one_clear_line() -> None:
    found = set_up_with("sys.version_info = (3, 9, 1, 'final', 0)")
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert "3.9 is too old" in found.stderr


def test_an_interpreter_without_venv_is_one_clear_line() -> None:
    script = ROOT / "requirements" / "install.py"
    code = f"import runpy, sys; sys.modules['ensurepip'] = None; runpy.run_path({str(script)!r})['fresh_environment']()"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert "no venv module" in found.stderr


def test_the_page_of_commands_lists_what_it_does() -> None:
    command = ["make", "--no-print-directory"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in ("setup", "run", "app", "paper", "test", "bench", "check", "help"):
        assert re.search(rf"^make {command}\b", listed, flags=re.MULTILINE)
