"""Who may know whom: packages import downwards only, and the rules of exchange know no schedule and no screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import agents
import app
import market
import paper
import scenarios
import simulation

ROOT = Path(__file__).parents[2]


def test_a_package_imports_only_from_those_below_it() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_the_packages_are_ours_and_not_another_distribution_of_the_same_name() -> None:
    for package in (market, agents, scenarios, simulation, app, paper):
        assert Path(str(package.__file__)).parent.parent == ROOT


def test_the_public_names_stay_what_they_are_whatever_was_imported_before() -> None:
    code = (
        "import importlib, pkgutil, simulation, scenarios\n"
        "for package in (simulation, scenarios):\n"
        "    for module in pkgutil.iter_modules(package.__path__):\n"
        "        if not module.name.startswith('__'):\n"
        "            importlib.import_module(f'{package.__name__}.{module.name}')\n"
        "    for name in package.__all__:\n"
        "        assert callable(getattr(package, name)), f'{package.__name__}.{name} is no longer callable'\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
