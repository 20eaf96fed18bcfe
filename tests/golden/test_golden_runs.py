"""Did anything move? Small worlds are compared with the numbers they gave when somebody last looked and agreed.

Each file of this folder is one run: its indicators, its flows of money, and digests of its tables. The numbers hold on
any machine, to a tolerance; the digests are compared only where they were taken, since the last bits of a sum are the
processor's. Where a move is meant, write the files anew (`UPDATE`) and say in the commit what moved and why.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from importlib import metadata
from pathlib import Path

import llvmlite.binding
import numpy as np
import pandas as pd
import pytest

from scenarios import read_scenario
from simulation import simulate
from simulation.run import Run

FOLDER = Path(__file__).parent
UPDATE = 'make test ARGS="tests/golden --update-golden"'
TABLES = ("indicators", "market", "sellers", "cohorts", "flows", "events")
LEFT_OUT = ("scenario", "calibration", "arm", "draw", "price_gap")  # keys, and what the search for prices leaves over
RUNS = [f"{arm}-{calibration}" for calibration in ("iceberg", "lean") for arm in ("closed", "open")]
RUNS += ["open-iceberg-unlimited"]  # without M17: the bank lends whatever is missing, nobody fails or enters
WORLD = {"companies.count": 300, "companies.panel": 256, "horizon.months": 24}
MONTHS = (0, 11, 23)
TOLERANCE = 1e-6  # of the value, or of a thousandth of the largest in its line: what other processors may round
MOST_SHOWN = 12  # moves in one message


@pytest.fixture(scope="module", params=RUNS)
def golden(request: pytest.FixtureRequest) -> tuple[Path, Run]:
    """One run, simulated now, and the file of its numbers, written anew if that is asked for."""
    arm, calibration, *unlimited = request.param.split("-")
    assumed = WORLD | {"companies.calibration": calibration, "finance.enforced": not unlimited}
    run = simulate(read_scenario("baseline", overrides=assumed), arm=arm)
    path = FOLDER / f"{request.param}.csv"
    if request.config.getoption("--update-golden"):
        path.write_text(written(run), encoding="utf-8")
    return path, run


def test_no_indicator_and_no_flow_of_money_has_moved(golden: tuple[Path, Run]) -> None:
    path, run = golden
    before, now = pd.read_csv(path, comment="#", index_col="line"), numbers(run)
    lost, new = set(before.index) - set(now.index), set(now.index) - set(before.index)
    both = before.index.intersection(now.index)
    moved = [(line, *move) for line in both if (move := largest_move(before.loc[line], now.loc[line])) is not None]
    texts = [f"{line}: no longer there" for line in sorted(lost)] + [f"{line}: new" for line in sorted(new)]
    texts += [
        f"{line}, {column}: {old:.9g} -> {value:.9g} ({relative:+.2g} of it)"
        for line, column, old, value, relative in sorted(moved, key=lambda move: -abs(move[-1]))
    ]
    more = [f"... and {len(texts) - MOST_SHOWN} more"] if len(texts) > MOST_SHOWN else []
    advice = f"If this is meant: {UPDATE}, and say in the commit what moved and why."
    assert not texts, "\n".join([f"{path.stem} has moved", *texts[:MOST_SHOWN], *more, advice])


def test_the_tables_are_the_same_bytes_where_their_digests_were_taken(golden: tuple[Path, Run]) -> None:
    path, run = golden
    head = path.read_text(encoding="utf-8").splitlines()
    recorded = dict(line.removeprefix("# ").split(": ") for line in head if line.startswith("# ") and ": " in line)
    if recorded.pop("taken on") != this_place():
        pytest.skip("the digests were taken with another processor, interpreter or lock")
    other = [table for table, digest in digests(run).items() if recorded[table] != digest]
    assert not other, f"{path.stem}: {', '.join(other)} have other bytes; if this is meant: {UPDATE}"


def numbers(run: Run) -> pd.DataFrame:
    """One line per indicator and flow (USD): its values in `MONTHS` and its mean over the months that have one."""
    indicators = run.indicators.set_index("month").drop(columns=list(LEFT_OUT))
    flows = run.flows.pivot_table(index="month", columns="flow", values="cents", aggfunc="sum").fillna(0) / 100
    paths = pd.concat([indicators, flows.add_prefix("flow ")], axis=1).astype(float).dropna(axis=1, how="all")
    found = pd.DataFrame({f"month {month}": paths.loc[month] for month in MONTHS} | {"mean": paths.mean()})
    return found.rename_axis("line")


def largest_move(before: pd.Series, now: pd.Series) -> tuple[str, float, float, float] | None:
    """(column, old, new, relative move) of what moved most in a line; None where nothing moved beyond the tolerance."""
    largest = np.nanmax(np.abs(before.to_numpy()))
    scale = np.maximum(np.abs(before), 1e-3 * largest) if largest > 0 else pd.Series(1.0, index=before.index)
    relative = ((now - before) / scale).mask(before.isna() != now.isna(), np.inf).fillna(0.0)
    column = relative.abs().idxmax()
    if abs(relative[column]) <= TOLERANCE:
        return None
    return str(column), before[column], now[column], relative[column]


def written(run: Run) -> str:
    """The file of a run."""
    head = [f"# {run.scenario.name}, {run.arm} arm, {run.scenario.companies.calibration}; written by {UPDATE}"]
    head += [f"# {table}: {digest}" for table, digest in digests(run).items()]
    lines = numbers(run).to_csv(float_format="%.9g", lineterminator="\n")
    return "\n".join([*head, f"# taken on: {this_place()}", lines])


def digests(run: Run) -> dict[str, str]:
    """SHA-256 of the rows of every table, shortened."""
    return {name: shortened(pd.util.hash_pandas_object(getattr(run, name)).to_numpy().tobytes()) for name in TABLES}


def this_place() -> str:
    """What the last bits of a number depend on, as a digest: processor, interpreter and numerical libraries."""
    packages = [metadata.version(name) for name in ("numpy", "scipy", "pandas", "numba", "llvmlite")]
    processor = [platform.machine(), llvmlite.binding.get_host_cpu_name(), *llvmlite.binding.get_host_cpu_features()]
    return shortened(" ".join([sys.version, *packages, *processor]).encode())


def shortened(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
