"""Results that were damaged, moved or half deleted are refused in one line, made again by their command, never lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import simulation
from scenarios import Scenario
from simulation import compare, open_results, simulate
from simulation.cli import exit_code
from simulation.results.errors import BadFolder
from simulation.results.reading import LOCK
from simulation.results.storage import results_folder
from simulation.run import Run
from simulation.sweeping.sweep import Report, sweep

DESIGN = """schema = 1
draws = 2
companies = 60
months = 3
arms = ["open", "closed"]
[factors]
"selfhost.overhead" = [0.2, 0.5]
"""
RUNS = 8
WORLD = Scenario(name="baseline", horizon={"months": 24}, companies={"count": 100})
ANOTHER = "holds the results of another command"


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("design") / "my_design.toml"
    path.write_text(DESIGN)
    return path


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where finished folders are made once, for every test to damage a copy of its own."""
    return tmp_path_factory.mktemp("originals")


@pytest.fixture
def swept(design: Path, originals: Path, tmp_path: Path, lose: dict[str, int]) -> Path:
    """A finished sweep."""
    if not (originals / "swept").exists():
        assert sweep(str(design), originals / "swept").complete
    return Path(shutil.copytree(originals / "swept", tmp_path / "swept"))


@pytest.fixture
def asked(run_of: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Worlds made up by formula; those that were computed."""
    found: list[tuple[str, int]] = []

    def made_up(scenario: Scenario, draw: int = 1, arm: str = "open", **_: object) -> Run:
        found.append((arm, draw))
        return run_of(arm, draw, world=scenario)

    monkeypatch.setattr(simulation, "simulate", made_up, raising=False)
    return found


@pytest.fixture
def answered(asked: list[tuple[str, int]], originals: Path, tmp_path: Path) -> Path:
    """A finished answer of two pairs."""
    if not (originals / "answer").exists():
        compare(WORLD, pairs=2, workers=1, out=originals / "answer")
        asked.clear()
    return Path(shutil.copytree(originals / "answer", tmp_path / "answer"))


def first(folder: Path, table: str = "indicators") -> Path:
    return min((folder / table).glob("*.parquet"))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def unnamed(path: Path) -> None:
    """Without a column that is declared."""
    content = pq.read_table(path)
    pq.write_table(content.rename_columns(["xx" if c == "access_small" else c for c in content.column_names]), path)


def without_rows(path: Path) -> None:
    pq.write_table(pq.read_table(path).slice(0, 0), path)


def without_notes(path: Path) -> None:
    pq.write_table(pq.read_table(path).replace_schema_metadata({}), path)


def flipped(path: Path) -> None:
    """The footer is whole, the values are not."""
    content = bytearray(path.read_bytes())
    content[4:200] = bytes(byte ^ 0xFF for byte in content[4:200])
    path.write_bytes(content)


def removed(path: Path) -> None:
    path.unlink()


DAMAGE = (cut, emptied, unnamed, without_rows)


def with_manifest(folder: Path, change: Callable[[dict], object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line in which a command is refused."""
    capsys.readouterr()
    assert exit_code([str(argument) for argument in arguments]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and told.startswith("commonweight: ")
    return told


@pytest.mark.parametrize("damage", [*DAMAGE, without_notes, removed])
def test_a_damaged_run_of_a_sweep_is_computed_again(
    swept: Path, design: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    before = open_results(swept).indicators
    damage(first(swept))
    said: list[str] = []
    assert sweep(str(design), swept, dry_run=True, say=said.append).runs == RUNS
    assert sweep(str(design), swept, say=said.append) == Report(RUNS, found=RUNS - 1, failed=0, complete=True)
    assert [line.partition(" in ")[0] for line in said if "damaged" in line] == (
        [] if damage is removed else ["1 run with damaged parts"] * 2
    )
    pd.testing.assert_frame_equal(open_results(swept).indicators, before)


def broken_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def unfinished_manifest(folder: Path) -> None:
    with_manifest(folder, lambda manifest: manifest.pop("schema"))


def no_runs(folder: Path) -> None:
    shutil.rmtree(folder / "runs")


def broken_runs(folder: Path) -> None:
    first(folder, "runs").write_bytes(b"x")


def a_part_too_many(folder: Path) -> None:
    shutil.copy(first(folder), folder / "indicators" / "other.parquet")


@pytest.mark.parametrize(
    "damage", [broken_manifest, unfinished_manifest, no_runs, broken_runs, a_part_too_many]
)
def test_manifest_and_table_of_runs_are_written_again(
    swept: Path, design: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    runs = open_results(swept).runs
    damage(swept)
    assert "run the same command again" in refused(capsys, "compare", swept, "--by", "selfhost.overhead")
    assert sweep(str(design), swept) == Report(RUNS, found=RUNS, failed=0, complete=True)
    pd.testing.assert_frame_equal(open_results(swept).runs, runs)
    assert exit_code(["compare", str(swept), "--by", "selfhost.overhead"]) == 0


def test_a_damaged_run_is_not_taken_over_from_another_sweep(swept: Path, design: Path, tmp_path: Path) -> None:
    cut(first(swept))
    report = sweep(str(design), tmp_path / "new", found_in=[swept])
    assert report == Report(RUNS, found=RUNS - 1, failed=0, complete=True)


@pytest.mark.parametrize("damage", [*DAMAGE, without_notes, flipped, removed])
def test_a_damaged_world_of_an_answer_is_computed_again(
    answered: Path, asked: list[tuple[str, int]], damage: Callable[[Path], None]
) -> None:
    before = open_results(answered).answers
    damage(first(answered))
    compare(WORLD, pairs=2, workers=1, out=answered)
    assert len(asked) == 1
    pd.testing.assert_frame_equal(open_results(answered).answers, before)


def test_a_damaged_table_beside_the_indicators_is_computed_again(
    answered: Path, asked: list[tuple[str, int]]
) -> None:
    cut(first(answered, "flows"))
    compare(WORLD, pairs=2, workers=1, out=answered)
    assert len(asked) == 1


@pytest.mark.parametrize("damage", [*DAMAGE, flipped])
def test_every_reader_names_the_damaged_part(
    answered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    damage(first(answered))
    export = tmp_path / "my_table.csv"
    for arguments in (("show", answered), ("compare", answered, "--by", "arm"), ("show", answered, "--export", export)):
        assert f"{first(answered)}: damaged" in refused(capsys, *arguments)
    assert not list(tmp_path.glob("*my_table*"))
    with pytest.raises(BadFolder, match="damaged"):
        _ = open_results(answered).indicators
    with pytest.raises(BadFolder, match="damaged"):
        open_results(answered).sql("SELECT * FROM indicators")


def test_a_query_that_is_wrong_is_not_blamed_on_the_folder(answered: Path) -> None:
    import duckdb

    with pytest.raises(duckdb.Error):
        open_results(answered).sql("SELECT no_such_column FROM indicators")
    assert open_results(answered).sql("SELECT count(*) AS n FROM indicators")["n"].tolist() == [4 * 24]


def test_a_folder_that_has_lost_a_part_is_not_summarised(
    answered: Path, swept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first(answered).unlink()
    assert "indicators has 3 parts where the manifest counts 4" in refused(capsys, "show", answered)
    shutil.rmtree(swept / "runs")
    assert "table runs has 0 parts where the manifest counts 1" in refused(capsys, "show", swept)
    with_manifest(swept, lambda manifest: manifest["tables"].pop("runs"))
    assert "table runs is missing" in refused(capsys, "show", swept)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda manifest: manifest.pop("schema"), '"schema"'), (lambda manifest: manifest.pop("runs"), '"runs"'),
        (lambda manifest: manifest.update(runs=None), '"runs"'), (lambda manifest: manifest.pop("tables"), '"tables"'),
        (lambda manifest: manifest["runs"][1].pop("arm"), '"arm" of run 2'),
        (lambda manifest: manifest.update(schema=2), "schema 2"),
    ],
)  # fmt: skip
def test_a_manifest_that_lacks_something_is_refused_by_every_reader(
    answered: Path, capsys: pytest.CaptureFixture[str], change: Callable[[dict], object], named: str
) -> None:
    with_manifest(answered, change)
    for arguments in (("show", answered), ("figure", "adoption_by_size", "--results", answered)):
        assert named in refused(capsys, *arguments)


@pytest.mark.parametrize("command", [["run", "baseline"], ["answer"], ["power"], ["targets"]])
def test_finished_results_of_another_command_are_left_alone(
    answered: Path, swept: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    small = ("--companies", "60", "--months", "3")
    with_manifest(answered, lambda manifest: manifest.update(command="other"))
    for folder in (answered, swept):
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert ANOTHER in refused(capsys, *command, *small, "--out", folder)
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    (swept / "manifest.json").unlink()
    assert ANOTHER in refused(capsys, *command, *small, "--out", swept)


def test_a_world_is_not_written_over_an_answer(answered: Path) -> None:
    tiny = Scenario(name="baseline", horizon={"months": 1}, companies={"count": 60})
    from simulation.run import simulate as really

    with pytest.raises(BadFolder, match=ANOTHER):
        really(tiny, out=answered)
    assert len(open_results(answered).manifest["runs"]) == 4
    with pytest.raises(BadFolder, match=ANOTHER):
        compare(WORLD, pairs=1, workers=1, out=_run_in(answered.parent / "run"))


def _run_in(folder: Path) -> Path:
    """A folder that says that one world was run there."""
    with results_folder(folder, command="run") as writer:
        writer.finish(command="run", runs=[], not_modelled=[])
    return folder


def test_what_stops_before_anything_is_written_leaves_the_earlier_results(
    answered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    before = {path: path.read_bytes() for path in answered.rglob("*") if path.is_file()}
    monkeypatch.setattr(simulation, "simulate", interrupted, raising=False)
    with pytest.raises(KeyboardInterrupt):
        compare(WORLD, pairs=3, workers=1, out=answered)
    assert {path: path.read_bytes() for path in answered.rglob("*") if path.is_file()} == before
    assert len(open_results(answered).answers) > 0


def test_what_stops_after_the_first_new_part_leaves_no_complete_folder(
    answered: Path, run_of: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(scenario: Scenario, draw: int = 1, arm: str = "open", **_: object) -> Run:
        if arm == "open":
            raise KeyboardInterrupt
        return run_of(arm, draw, world=scenario)

    monkeypatch.setattr(simulation, "simulate", breaks, raising=False)
    with pytest.raises(KeyboardInterrupt):
        compare(WORLD, pairs=3, workers=1, out=answered)
    with pytest.raises(BadFolder, match="was not finished"):
        open_results(answered)


def test_files_written_past_the_writer_leave_no_complete_folder(tmp_path: Path) -> None:
    folder = _run_in(tmp_path / "run")
    with pytest.raises(RuntimeError), results_folder(folder):
        (folder / "network.graphml").write_text("new")
        raise RuntimeError("the economy stopped")
    with pytest.raises(BadFolder, match="was not finished"):
        open_results(folder)


SMALL = ["--companies", "60", "--months", "3", "--pairs", "2"]


@pytest.mark.parametrize(
    "command", [["sweep", "DESIGN"], ["map", *SMALL], ["attribute", *SMALL], ["claims", *SMALL], ["run", "baseline"]]
)
def test_a_bad_folder_is_bad_input_for_every_command(
    design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    file, foreign = tmp_path / "file", tmp_path / "foreign"
    file.write_text("")
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("years of work")
    typed = [str(design) if word == "DESIGN" else word for word in command]
    for folder in (file, foreign):
        assert "--out" in refused(capsys, *typed, "--out", folder)
    assert [path.name for path in foreign.iterdir()] == ["thesis.tex"]


def test_bad_places_of_readers_are_bad_input(
    answered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(capsys, "figure", "adoption_by_size", "--results", tmp_path / "nowhere")
    assert "choose another place" in refused(capsys, "show", answered, "--export", tmp_path / "nowhere" / "my.csv")
    assert "no table prices" in refused(capsys, "show", answered, "--export", tmp_path / "my.csv", "--table", "prices")
    refused(capsys, "show", tmp_path)


def test_a_copy_without_hidden_files_is_still_of_another_command(
    answered: Path, design: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (answered / LOCK).unlink()
    assert ANOTHER in refused(capsys, "sweep", design, "--out", answered)


def test_the_same_command_goes_on_in_its_own_folder(tmp_path: Path) -> None:
    tiny = Scenario(name="baseline", horizon={"months": 1}, companies={"count": 60})
    for draw in (1, 2):
        simulate(tiny, draw=draw, out=tmp_path / "run")
        assert open_results(tmp_path / "run").indicators["draw"].unique().tolist() == [draw]
