"""The page for R and Stata: the exports have what it says, and the R program gives the interval of the answer."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios import read_scenario
from simulation import compare, open_results
from simulation.results.exporting import export

PAGE = Path(__file__).parents[2] / "docs" / "how_to" / "r_and_stata.md"
SMALL = {"companies.count": 100, "horizon.months": 4}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exports of a small answer."""
    folder = tmp_path_factory.mktemp("exported")
    compare(read_scenario("baseline", overrides=SMALL), pairs=3, workers=1, out=folder / "answer")
    for name in ("my_indicators.csv", "my_indicators.dta"):
        export(open_results(folder / "answer"), "indicators", folder / name)
    return folder


def test_r_gives_the_paired_interval(exported: Path) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    program = re.findall(r"```r\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)[0]
    done = subprocess.run(["Rscript", "-e", program], cwd=exported, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = re.search(r"companies: ([+-][\d.]+) \(95%: ([+-][\d.]+) to ([+-][\d.]+)\)", done.stdout)
    assert told is not None
    by_world = pd.read_csv(exported / "my_indicators.csv").groupby(["arm", "draw"])["access_small"].mean()
    gain = by_world["open"] - by_world["closed"]
    half = 4.302652729911275 * gain.std(ddof=1) / np.sqrt(3)  # Student's, two degrees of freedom
    expected = (gain.mean(), gain.mean() - half, gain.mean() + half)
    assert np.allclose([float(each) for each in told.groups()], expected, atol=6e-5)


def test_the_stata_file_has_every_column_with_its_label(exported: Path) -> None:
    names = pd.read_csv(exported / "my_indicators.csv", nrows=1).columns
    with pd.read_stata(exported / "my_indicators.dta", iterator=True) as reader:
        labels = reader.variable_labels()
    assert list(labels) == list(names)
    used = {"access_small", "price_closed", "profit_cloud", "month", "arm", "draw"}
    assert all(name in PAGE.read_text(encoding="utf-8") for name in used)
    assert used <= set(labels) and all(labels.values())
