"""A results folder is complete or says that it is not; nothing half-written is taken for whole."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

import simulation
from scenarios import read_scenario
from simulation.results import storage
from simulation.results.digest import CODE_FOLDERS, canonical_json, code_digest, code_version, run_digest
from simulation.results.errors import StorageError
from simulation.results.reading import LOCK, MANIFEST, open_results
from simulation.results.storage import results_folder


def write(folder: Path, *runs, finish: bool = True) -> None:
    """Write runs under digests d1, d2, … and finish."""
    with results_folder(folder) as writer:
        names = [f"d{place}" for place in range(1, len(runs) + 1)]
        for name, run in zip(names, runs, strict=True):
            writer.write_run(run, name)
        writer.write_scenario("made_up", "schema = 1\n")
        if finish:
            named = [
                {"digest": name, "scenario": "made_up", "calibration": "iceberg", "arm": run.arm, "draw": run.draw}
                for name, run in zip(names, runs, strict=True)
            ]
            writer.finish(command="run", runs=named, not_modelled=[])


def test_what_was_written_is_read_back(tmp_path, run_of):
    closed, open_ = run_of("closed", draw=1), run_of("open", draw=1)
    write(tmp_path / "out", open_, closed)
    results = open_results(tmp_path / "out")
    assert len(results.indicators) == 120
    assert results.indicators["arm"].unique().tolist() == ["closed", "open"]
    assert results.flows.dtypes.equals(closed.flows.dtypes)
    assert results.flows["cents"].sum() == 2 * 60 * 1200
    assert results.market.empty and "price_usd" in results.market.columns
    assert results.answers.empty
    assert (tmp_path / "out" / "scenarios" / "made_up.toml").read_text() == "schema = 1\n"
    assert results.manifest["code"]["digest"] == code_digest()


def test_a_folder_without_a_manifest_is_not_results(tmp_path, run_of):
    write(tmp_path / "out", run_of("open", draw=1), finish=False)
    with pytest.raises(StorageError, match="was not finished"):
        open_results(tmp_path / "out")
    with pytest.raises(StorageError, match="holds no results"):
        open_results(tmp_path)
    with pytest.raises(StorageError, match="holds no results"):
        open_results(tmp_path / "nowhere")


def test_a_manifest_of_something_else_is_refused(tmp_path):
    (tmp_path / MANIFEST).write_text('{"name": "a web page"}')
    with pytest.raises(StorageError, match="not a results folder"):
        open_results(tmp_path)
    with pytest.raises(StorageError, match="not a results folder"), results_folder(tmp_path):
        pass
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(StorageError, match="cannot be read"):
        open_results(tmp_path)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(StorageError, match=r"holds something else \(such as `thesis.tex`\)"), results_folder(tmp_path):
        pass
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_a_file_is_no_folder(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(StorageError, match="choose another --out"), results_folder(file):
        pass
    with pytest.raises(StorageError, match="choose another --out"), results_folder(file / "below"):
        pass


def test_two_writers_do_not_share_a_folder(tmp_path):
    with (
        results_folder(tmp_path / "out"),
        pytest.raises(StorageError, match="another run writes there"),
        results_folder(tmp_path / "out"),
    ):
        pass
    with results_folder(tmp_path / "out"):
        pass


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_full_disk_is_one_clear_line_and_leaves_no_manifest(tmp_path, run_of, monkeypatch, function):
    folder = tmp_path / "out"
    calls = []

    def no_room(*arguments):
        calls.append(arguments)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError, match="no room left on the disk") as caught, results_folder(folder) as writer:
        monkeypatch.setattr(storage.os, function, no_room)
        writer.write_run(run_of("open", draw=1), "d1")
    monkeypatch.undo()
    assert calls and "\n" not in str(caught.value)
    assert not (folder / MANIFEST).exists()
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [LOCK]


def test_a_second_run_takes_the_manifest_of_the_first_with_it_once_it_writes(tmp_path, run_of):
    folder = tmp_path / "out"
    write(folder, run_of("open", draw=1))
    with pytest.raises(RuntimeError), results_folder(folder):
        raise RuntimeError("the economy stopped")
    assert (folder / "scenarios" / "made_up.toml").exists()
    assert open_results(folder).indicators["draw"].unique().tolist() == [1]
    with pytest.raises(RuntimeError), results_folder(folder) as writer:
        writer.write_run(run_of("open", draw=2), "d2")
        raise RuntimeError("the economy stopped")
    with pytest.raises(StorageError, match="was not finished"):
        open_results(folder)


def test_a_finished_run_is_found_again_by_its_digest(tmp_path, run_of, scenario):
    folder, run = tmp_path / "out", run_of("closed", draw=2)
    write(folder, run, finish=False)
    with results_folder(folder) as writer:
        found = writer.finished_run("d1", scenario=scenario, arm="closed", draw=2)
        assert writer.finished_run("d2", scenario=scenario, arm="closed", draw=2) is None
    assert found is not None
    assert found.indicators.equals(run.indicators)
    assert (found.training_path == run.training_path).all()
    assert tuple(found.manifest["not_modelled"]) == tuple(run.manifest["not_modelled"])


def test_parts_of_runs_nobody_named_are_dropped(tmp_path, run_of):
    folder = tmp_path / "out"
    write(folder, run_of("open", draw=1), run_of("open", draw=2))
    write(folder, run_of("open", draw=1))
    assert open_results(folder).indicators["draw"].unique().tolist() == [1]
    assert sorted(path.stem for path in (folder / "flows").iterdir()) == ["d1"]


def test_the_same_run_is_written_in_the_same_bytes(tmp_path, run_of):
    for name in ("one", "two"):
        write(tmp_path / name, run_of("open", draw=1))
    one, two = ((tmp_path / name / "indicators" / "d1.parquet").read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_digest_changes_with_scenario_arm_draw_and_path():
    resolved = {"schema": 1, "selfhost": {"overhead": 0.35}}
    digests = {
        run_digest(resolved, arm="open", draw=1),
        run_digest(resolved, arm="closed", draw=1),
        run_digest(resolved, arm="open", draw=2),
        run_digest(resolved, arm="open", draw=1, variant="training of the closed arm"),
        run_digest({"schema": 1, "selfhost": {"overhead": 0.3}}, arm="open", draw=1),
    }
    assert len(digests) == 5
    assert run_digest({"b": 1, "a": 2}, arm="open", draw=1) == run_digest({"a": 2, "b": 1}, arm="open", draw=1)


def test_canonical_json_refuses_nan():
    assert canonical_json({"b": [1.5, True], "a": "é"}) == '{"a":"é","b":[1.5,true]}'
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"a": float("nan")})


def test_the_code_digest_sees_code_and_nothing_else(tmp_path):
    for folder in ("market", "agents", "scenarios", "simulation", "app"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text("x = 1\n")
    first = code_digest.__wrapped__(tmp_path)
    (tmp_path / "app" / "a.py").write_text("x = 2\n")
    (tmp_path / "market" / "notes.txt").write_text("a thought")
    (tmp_path / "scenarios" / "b.toml").write_text("schema = 1\n")
    assert code_digest.__wrapped__(tmp_path) == first
    (tmp_path / "scenarios" / "a.py").write_text("x = 3\n")
    assert code_digest.__wrapped__(tmp_path) != first


def test_the_code_digest_is_that_of_the_code_which_runs(tmp_path):
    root = Path(simulation.__file__).resolve().parents[1]
    assert (root / "simulation" / "economy.py").is_file()
    assert code_digest() == code_digest.__wrapped__(root)
    for folder in CODE_FOLDERS:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text("x = 1\n")
    assert code_digest() != code_digest.__wrapped__(tmp_path)
    (tmp_path / "market" / "a.py").unlink()
    with pytest.raises(FileNotFoundError, match="no code of the package market"):
        code_digest.__wrapped__(tmp_path)
    assert (code_version()[0] is not None) == (root / ".git").exists()


def test_a_run_is_another_one_where_its_scenario_assumes_something_else():
    usual, other = (read_scenario("baseline", overrides={"selfhost.overhead": value}) for value in (0.35, 0.3))
    first, second = (run_digest(scenario.resolved(), arm="open", draw=1) for scenario in (usual, other))
    assert first != second


def test_the_manifest_is_plain_json(tmp_path, run_of):
    write(tmp_path / "out", run_of("open", draw=1))
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert manifest["format"] == "commonweight results"
    assert manifest["tables"]["indicators"] == 1
