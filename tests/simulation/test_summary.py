"""What `show`, `compare` and exports say of a sweep is what one would compute by hand from its tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulation import open_results
from simulation.cli import exit_code
from simulation.results.errors import StorageError
from simulation.results.exporting import export, stata_names
from simulation.results.reading import Results
from simulation.results.summary import CannotSummarise, Sweep, Window
from simulation.sweeping.sweep import sweep

DESIGN = """schema = 1
title = "Very short worlds"
arms = ["open", "closed"]
draws = 3
companies = 60
months = 3

[factors]
"selfhost.overhead" = [0.2, 0.5]
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Twelve very short worlds."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "my_design.toml").write_text(DESIGN)
    assert sweep(folder / "my_design.toml", folder / "out", workers=1).complete
    return open_results(folder / "out")


@pytest.fixture(scope="module")
def by_run(results: Results) -> pd.DataFrame:
    """Indicators with the settings of their runs."""
    return results.indicators.merge(results.runs[["run", "selfhost.overhead"]], on="run")


def test_means_are_those_of_draws_with_students_interval(results: Results, by_run: pd.DataFrame) -> None:
    told = Sweep(results).means(by=["arm"], outcomes=["adoption"]).set_index("arm")
    for arm in ("open", "closed"):
        of_draws = by_run[by_run["arm"] == arm].groupby(["draw", "run"])["adoption"].mean().groupby("draw").mean()
        low, high = stats.t.interval(0.95, 2, loc=of_draws.mean(), scale=stats.sem(of_draws))
        assert told.loc[arm, ["mean", "low", "high"]].tolist() == pytest.approx([of_draws.mean(), low, high])
        assert told.loc[arm, "runs"] == 6


def test_differences_are_paired_by_draw_and_by_everything_else(results: Results, by_run: pd.DataFrame) -> None:
    (told,) = Sweep(results).differences("arm", outcomes=["adoption"]).to_dict("records")
    wide = by_run.pivot_table(index=["draw", "selfhost.overhead", "month"], columns="arm", values="adoption")
    change = (wide["open"] - wide["closed"]).groupby("draw").mean()
    half = stats.t.ppf(0.975, 2) * stats.sem(change)
    assert told["against"] == "closed"
    assert told["pairs"] == 6
    assert told["difference"] == pytest.approx(change.mean())
    assert told["high"] - told["low"] == pytest.approx(2 * half)
    factor = Sweep(results).differences("selfhost.overhead", against="0.5", outcomes=["adoption"])
    assert factor["selfhost.overhead"].tolist() == [0.2]
    dear = by_run[by_run["selfhost.overhead"] == 0.5]
    assert factor["reference"].tolist() == pytest.approx([dear["adoption"].mean()])


def test_months_without_a_value_count_for_neither_world(results: Results) -> None:
    told = Sweep(results)
    assert told.means(outcomes=["misuse_stock"])["mean"].isna().all() or np.isfinite(told.means()["mean"]).any()
    window = told.means(by=["arm"], outcomes=["adoption"], window=Window(2, 2)).set_index("arm")["mean"]
    last = results.indicators.query("month == 2").groupby("arm")["adoption"].mean()
    assert window["open"] == pytest.approx(last["open"])


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda sweep: sweep.means(by=["armm"]), "did you mean arm?"),
        (lambda sweep: sweep.means(outcomes=["adoptio"]), "did you mean adoption?"),
        (lambda sweep: sweep.differences("scenario"), "nothing to compare"),
        (lambda sweep: sweep.differences("arm", against="absent"), "no world has"),
        (lambda sweep: sweep.differences("point"), "differ by point alone"),
        (lambda sweep: sweep.months_counted(Window(100, 110)), "no month"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(results: Results, ask: object, says: str) -> None:
    assert callable(ask)
    with pytest.raises(CannotSummarise, match=says.replace("?", r"\?")):
        ask(Sweep(results))


def test_show_and_compare_print_tables_or_json(results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(results.folder)
    assert exit_code(["show", folder, "--outcome", "adoption"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("Very short worlds: 12 runs\nmeans over 2023-01 to 2023-03; 95% intervals over 3 draws\n")
    assert "adoption [%]" in told
    assert exit_code(["compare", folder, "--by", "arm", "--outcome", "adoption"]) == 0
    assert "Worlds alike in all but arm, less those with arm = closed" in capsys.readouterr().out
    assert exit_code(["show", folder, "--by", "selfhost.overhead", "--outcome", "adoption", "--json"]) == 0
    assert [row["selfhost.overhead"] for row in json.loads(capsys.readouterr().out)] == [0.2, 0.5]
    for bad in (["--by", "weather"], ["--window", "3"], ["--window", "9:3"], ["--export", "table.xlsx"]):
        assert exit_code(["show", folder, *bad]) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("table", ["indicators", "runs"])
def test_an_export_holds_the_rows_of_its_table(results: Results, tmp_path: Path, table: str) -> None:
    whole = results.table(table).sort_values(
        ["run", "month"] if table == "indicators" else ["number"], ignore_index=True
    )
    for ending, read in ((".csv", pd.read_csv), (".dta", pd.read_stata), (".parquet", pd.read_parquet)):
        path = tmp_path / f"my_{table}{ending}"
        assert export(results, table, path) == len(whole)
        back = read(path)
        back = back.sort_values(["run", "month"] if table == "indicators" else ["number"], ignore_index=True)
        assert len(back.columns) == len(whole.columns)
        name = "adoption" if table == "indicators" else back.columns[list(whole.columns).index("selfhost.overhead")]
        np.testing.assert_array_equal(back[name], whole["adoption" if table == "indicators" else "selfhost.overhead"])
        assert back["run"].tolist() == whole["run"].tolist()
    labels = pd.io.stata.StataReader(tmp_path / f"my_{table}.dta").variable_labels()
    assert labels["run"].startswith("which run")


def test_names_for_stata_are_short_and_differ() -> None:
    long = "sellers.hyperscaler_1.a_very_long_parameter"
    names = stata_names(["a.b", "a_b", f"{long}_one", f"{long}_two"])
    assert len(set(names.values())) == 4
    assert all(len(name) <= 32 and name.isidentifier() for name in names.values())


def test_a_table_that_was_not_kept_cannot_be_exported(results: Results, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no table market is kept"):
        export(results, "market", tmp_path / "my_market.csv")
    with pytest.raises(StorageError, match="cannot write"):
        export(results, "runs", tmp_path / "nowhere" / "my_runs.csv")


def test_sql_sees_the_tables_without_reading_them_whole(results: Results) -> None:
    found = results.sql('SELECT "selfhost.overhead" AS x, count(*) AS n FROM runs GROUP BY x ORDER BY x')
    assert found.to_dict("list") == {"x": [0.2, 0.5], "n": [6, 6]}


def test_a_folder_of_another_command_can_be_shown_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["run", "baseline", "--companies", "60", "--months", "1", "--out", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    assert exit_code(["show", str(tmp_path / "out"), "--outcome", "adoption"]) == 0
    assert "baseline" in capsys.readouterr().out
    assert exit_code(["compare", str(tmp_path / "out"), "--by", "arm"]) == 2
    assert "every world has arm = open" in capsys.readouterr().err
