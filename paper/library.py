"""The results that figures, tables and sentences are made from: several results folders, each asked for by name.

`open_library` takes the folder of a paper, or one results folder of any command: then that command's name is the name
of the one experiment in it, so that a figure can be drawn from an `answer` or a `map` alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd

from market.units import FloatArray
from paper.errors import MissingResult, StaleResult
from paper.stamps import RESULTS, STAMPS
from scenarios import read_scenario
from scenarios.reading import is_file, is_folder
from scenarios.scenario import Scenario
from scenarios.wording import short
from simulation.answering.answer import Answer, answer_from_runs
from simulation.results.indicator_table import INDICATORS
from simulation.results.reading import MANIFEST, Results, open_results
from simulation.results.storage import ResultsWriter
from simulation.run import Run

ARMS = ("closed", "open")
MARKS = {  # a file that only one command leaves: the name of its results
    "claims.csv": "claims", "map.csv": "map", "attribution.csv": "attribute", "structures.csv": "structures",
    "sensitivity.csv": "sensitivity", "actors.csv": "power", "targets.csv": "targets", "answers": "answer",
}  # fmt: skip


@dataclass(frozen=True)
class Library:
    """Results folders by the name of the experiment that made them; each is read when it is first asked for."""

    folder: Path
    places: Mapping[str, Path]

    def place(self, name: str) -> Path:
        """The folder of an experiment. Raises `MissingResult`, naming it."""
        if name not in self.places:
            there = ", ".join(self.places) or "none"
            raise MissingResult(
                f"{self.folder}: no result called {name} (there: {there}); run `commonweight paper`, or the command "
                f"`commonweight {name.partition('_')[0]}` with --out"
            )
        return self.places[name]

    def results(self, name: str) -> Results:
        """The tables of an experiment."""
        return _opened(self.place(name), _age(self.place(name)))

    def csv(self, name: str, file: str) -> pd.DataFrame:
        """A table that an experiment left as CSV; what is empty is NaN. Raises `MissingResult`, naming the file."""
        path = self.place(name) / file
        try:
            return pd.read_csv(path)
        except FileNotFoundError as error:
            raise MissingResult(f"{path} is missing; run `commonweight paper` again") from error

    def scenario(self, name: str) -> Scenario:
        """The scenario of an experiment as it was resolved then."""
        return _scenario(self.place(name))

    def answer(self, name: str = "answer") -> Answer:
        """The answer, assembled again from the worlds in the folder."""
        return _answer(self.place(name), _age(self.place(name)))

    def paths(self, name: str = "answer", arm: str = "open") -> Mapping[str, FloatArray]:
        """Indicators of the headline arms of an answer, (draws, months) by column; month 1 comes first."""
        answer = self.answer(name)
        return answer.open_paths if arm == "open" else answer.closed_paths

    def tail(self, name: str = "answer") -> range:
        """The months that an answer is measured over."""
        basis = self.answer(name).basis
        return range(basis.first_month, basis.last_month + 1)

    @cached_property
    def size(self) -> str:
        """In a few words how large and how many the worlds of the answer are."""
        basis = self.answer().basis
        return f"{basis.pairs} pairs of worlds of {basis.companies:,} companies"


def open_library(folder: str | os.PathLike[str]) -> Library:
    """Open the folder of a paper, or one results folder. Raises `MissingResult` where it is neither."""
    folder = Path(folder)
    if is_folder(folder / STAMPS) or is_folder(folder / RESULTS):
        found = sorted(path for path in (folder / RESULTS).glob("*") if (path / MANIFEST).is_file())
        return Library(folder, {path.name: path for path in found})
    if is_file(folder / MANIFEST):
        name = next((name for mark, name in MARKS.items() if (folder / mark).exists()), "run")
        return Library(folder, {name: folder})
    given = short(str(folder))
    raise MissingResult(f"{given}: neither a paper's folder nor a finished results folder; give another --results")


def _age(folder: Path) -> int:
    """When a folder was finished, so that one which was made again is read again."""
    path = folder / MANIFEST
    if not path.is_file():
        raise MissingResult(f"{path} is missing; run `commonweight paper` again")
    return path.stat().st_mtime_ns


def _scenario(folder: Path) -> Scenario:
    files = sorted((folder / "scenarios").glob("*.toml"))
    if not files:
        raise MissingResult(f"{folder}: its scenario is missing; run `commonweight paper` again")
    plain = [file for file in files if "+" not in file.name]
    return read_scenario(str((plain or files)[0]))


@lru_cache(maxsize=32)
def _opened(folder: Path, age: int) -> Results:
    return open_results(folder)


@lru_cache(maxsize=8)
def _answer(folder: Path, age: int) -> Answer:
    manifest, scenario = open_results(folder).manifest, _scenario(folder)
    arms = {arm: [_run(folder, scenario, run) for run in manifest["runs"] if _is(run, arm, scenario)] for arm in ARMS}
    if not arms["open"] or len(arms["open"]) != len(arms["closed"]):
        raise MissingResult(f"{folder}: holds no pairs of open and closed worlds of {scenario.name}")
    return answer_from_runs(scenario, closed=arms["closed"], open_=arms["open"])


def _is(run: Mapping[str, object], arm: str, scenario: Scenario) -> bool:
    return run["arm"] == arm and run["scenario"] == scenario.name


def _run(folder: Path, scenario: Scenario, run: Mapping[str, object]) -> Run:
    """One world with its indicators."""
    found = ResultsWriter(folder).finished_run(
        str(run["digest"]), scenario=scenario, arm=str(run["arm"]), draw=int(str(run["draw"]))
    )
    if found is None:
        raise MissingResult(f"{folder}: a world ({run['arm']} arm, draw {run['draw']}) is missing; run it again")
    lacking = [column.name for column in INDICATORS.own_columns if column.name not in found.indicators]
    if lacking:
        raise StaleResult(f"{folder}: written by another version (it has no column {lacking[0]}); run it again")
    return found
