"""A sweep gives the same tables however it is computed, goes on where it was stopped, and tells what failed."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import simulation.results.storage
import simulation.sweeping.sweep
from scenarios import read_design, read_scenario
from simulation import open_results
from simulation.breakdown import EconomyBreakdown
from simulation.cli import exit_code
from simulation.results.digest import run_digest
from simulation.results.errors import StorageError
from simulation.results.storage import locked
from simulation.sweeping import driver, work
from simulation.sweeping.folder import prepare, sweep_folder
from simulation.sweeping.plan import make_plan
from simulation.sweeping.shards import Shard
from simulation.sweeping.sweep import Report, sweep
from simulation.sweeping.taking import take_over
from simulation.sweeping.work import Outcome

ROOT = Path(__file__).resolve().parents[2]
DESIGN = """schema = 1
title = "Very short worlds"
arms = ["open", "closed"]
draws = 2
companies = 60
months = 3

[factors]
"selfhost.overhead" = [0.2, 0.5]

[keep]
tables = ["indicators", "sellers"]
window = [1, 2]
"""
RUNS = 2 * 2 * 2


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small design."""
    path = tmp_path_factory.mktemp("design") / "my_design.toml"
    path.write_text(DESIGN)
    return path


@pytest.fixture(scope="module")
def calm(design: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same design computed by two worker processes that nobody disturbs."""
    out = tmp_path_factory.mktemp("calm") / "out"
    assert sweep(str(design), out, workers=2) == Report(runs=RUNS, found=0, failed=0, complete=True)
    return out


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Every table of a sweep, sorted by its keys."""
    results = open_results(folder)
    keys = {"indicators": ["run", "month"], "sellers": ["run", "month", "seller"], "runs": ["number"]}
    return {name: results.table(name).sort_values(by, ignore_index=True) for name, by in keys.items()}


def assert_same(one: Path, other: Path) -> None:
    """Two folders hold the same tables to the last bit."""
    left, right = tables(one), tables(other)
    for name in left:
        pd.testing.assert_frame_equal(left[name], right[name], check_exact=True)


def test_a_sweep_keeps_what_its_design_says(calm: Path) -> None:
    results = open_results(calm)
    assert len(results.runs) == RUNS
    assert results.runs["run"].is_unique
    assert sorted(results.indicators["month"].unique()) == [1, 2]
    assert results.indicators.groupby("run").size().tolist() == [2] * RUNS
    assert set(results.sellers["run"]) == set(results.runs["run"])
    assert results.market.empty
    assert results.manifest["runs"] == RUNS
    assert sorted(results.runs["selfhost.overhead"].unique()) == [0.2, 0.5]


def test_a_run_of_a_sweep_is_the_run_of_the_command_it_names(calm: Path, tmp_path: Path) -> None:
    results = open_results(calm)
    told = results.runs.iloc[-1]
    program, *arguments = shlex.split(told["command"])
    assert program == "commonweight"
    assert exit_code([*arguments, "--out", str(tmp_path / "one")]) == 0
    alone = open_results(tmp_path / "one").indicators.query("month >= 1").reset_index(drop=True)
    swept = results.indicators[results.indicators["run"] == told["run"]].drop(columns="run").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, swept, check_exact=True)
    assert open_results(tmp_path / "one").manifest["runs"][0]["digest"].startswith(told["run"])


def test_one_worker_and_shards_give_the_tables_of_two_workers(
    design: Path, calm: Path, tmp_path: Path, lose: dict[str, int]
) -> None:
    assert sweep(str(design), tmp_path / "one").complete
    assert_same(tmp_path / "one", calm)
    shards = [sweep(str(design), tmp_path / "three", shard=Shard(number, 3)) for number in (2, 3, 1)]
    assert [(report.runs, report.complete) for report in shards] == [(3, False), (2, False), (3, True)]
    assert_same(tmp_path / "three", calm)


def test_a_second_start_does_only_what_is_missing(
    design: Path, calm: Path, tmp_path: Path, lose: dict[str, int]
) -> None:
    out = tmp_path / "out"
    assert sweep(str(design), out).complete
    parts = sorted((out / "indicators").glob("*.parquet"))
    parts[0].unlink()
    (out / "indicators" / f".{parts[1].name}.77.part").write_bytes(b"half")
    (out / "manifest.json").unlink()
    untouched = {path: path.stat().st_mtime_ns for path in parts[1:]}
    assert sweep(str(design), out) == Report(RUNS, found=RUNS - 1, failed=0, complete=True)
    assert {path: path.stat().st_mtime_ns for path in parts[1:]} == untouched
    assert not list(out.rglob("*.part"))
    assert_same(out, calm)
    finished = (out / "manifest.json").stat().st_mtime_ns
    assert sweep(str(design), out) == Report(RUNS, found=RUNS, failed=0, complete=True)
    assert (out / "manifest.json").stat().st_mtime_ns == finished


def test_a_longer_design_in_the_same_folder_keeps_the_runs_they_share(
    design: Path, tmp_path: Path, lose: dict[str, int]
) -> None:
    out = tmp_path / "out"
    sweep(str(design), out)
    longer = tmp_path / "my_longer.toml"
    longer.write_text(DESIGN.replace("draws = 2", "draws = 3").replace("[0.2, 0.5]", "[0.2]"))
    assert sweep(str(longer), out) == Report(runs=6, found=4, failed=0, complete=True)
    assert len(open_results(out).runs) == len(list((out / "indicators").iterdir())) == 6


def test_a_folder_that_keeps_something_else_is_refused(
    design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lose: dict[str, int]
) -> None:
    out, other = tmp_path / "out", tmp_path / "my_other.toml"
    sweep(str(design), out, shard=Shard(1, 8))
    other.write_text(DESIGN.replace("window = [1, 2]", "window = [0, 2]"))
    assert exit_code(["sweep", str(other), "--out", str(out)]) == 2
    assert "keep other tables, months or outcomes" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks /proc for the children of a process")
def test_parent_and_workers_may_be_killed_at_any_moment(tmp_path: Path, lose: dict[str, int]) -> None:
    design, out = tmp_path / "my_design.toml", tmp_path / "out"
    design.write_text(DESIGN.replace("draws = 2", "draws = 4"))
    line = [sys.executable, "-m", "simulation", "sweep", str(design), "--out", str(out), "--workers", "2"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def started() -> subprocess.Popen:
        return subprocess.Popen(line, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)

    with started() as parent:
        wait_until(lambda: finished_runs(out) >= 1)
        workers = children(parent.pid)
        os.kill(workers[0], signal.SIGKILL)
        wait_until(lambda: finished_runs(out) >= 3)
        parent.kill()
    assert not (out / "manifest.json").exists()
    wait_until(lambda: not any(alive(worker) for worker in workers))
    with started() as again:
        _, told = again.communicate(timeout=600)
    assert again.returncode == 0, told
    assert "finished before" in told
    assert sweep(str(design), tmp_path / "calm").complete
    assert_same(out, tmp_path / "calm")


def test_a_run_that_fails_is_a_row_and_the_others_go_on(
    design: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lose: dict[str, int]
) -> None:
    import simulation.economy

    sound = simulation.economy.ComputeEconomy.run

    def breaks(economy: Any, months: int | None = None) -> None:
        if economy.draw == 2 and economy.arm == "closed":
            raise EconomyBreakdown("month 2 has no answer")
        sound(economy, months)

    with monkeypatch.context() as broken:
        broken.setattr(simulation.economy.ComputeEconomy, "run", breaks)
        assert sweep(str(design), tmp_path / "out") == Report(RUNS, found=0, failed=2, complete=True)
    runs = open_results(tmp_path / "out").runs
    failed = runs[runs["status"] == "failed"]
    assert failed["error"].unique().tolist() == ["EconomyBreakdown: month 2 has no answer"]
    assert failed["command"].iloc[0] == (
        "commonweight run baseline --draw 2 --arm closed --companies 60 --months 3 --set selfhost.overhead=0.2"
    )
    assert set(open_results(tmp_path / "out").indicators["run"]) == set(runs["run"]) - set(failed["run"])
    assert sweep(str(design), tmp_path / "out").failed == 2  # failed runs stay failed ...
    assert sweep(str(design), tmp_path / "out", retry_failed=True) == Report(RUNS, RUNS - 2, failed=0, complete=True)
    assert (open_results(tmp_path / "out").runs["error"] == "").all()


def test_a_run_that_kills_its_worker_is_tried_again_and_then_given_up(
    design: Path, tmp_path: Path, lose: dict[str, int]
) -> None:
    plan = make_plan(read_design(design), tmp_path / "plan")
    once, always, *_ = (planned.digest for planned in plan)
    lose |= {once: 1, always: 10**6}
    assert sweep(str(design), tmp_path / "out").failed == 1
    runs = open_results(tmp_path / "out").runs
    (error,) = runs.loc[runs["status"] == "failed", "error"]
    assert "killed by SIGKILL" in error
    assert lose[always] == 10**6 - driver.MOST_LOSSES
    assert lose[once] == 0


@pytest.mark.parametrize("writes", [0, 4, 9])
def test_a_full_disk_stops_the_sweep_in_one_line_and_loses_nothing(
    design: Path, calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    lose: dict[str, int], writes: int,
) -> None:  # fmt: skip
    done = 0

    def replace(source: object, target: object) -> None:
        nonlocal done
        done += 1
        if done > writes:
            raise OSError(28, "No space left on device")
        os.rename(str(source), str(target))

    with monkeypatch.context() as full:
        full.setattr(simulation.results.storage.os, "replace", replace)
        assert exit_code(["sweep", str(design), "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err.splitlines()
    assert "no room left on the disk" in told[-1]
    with pytest.raises(StorageError):
        open_results(tmp_path / "out")
    assert sweep(str(design), tmp_path / "out").complete
    assert_same(tmp_path / "out", calm)


def test_a_second_sweep_on_the_same_folder_says_so_and_stops(
    design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lose: dict[str, int]
) -> None:
    with locked(tmp_path / "out"):
        assert exit_code(["sweep", str(design), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == (
        f"commonweight: {tmp_path / 'out'}: another run writes there; wait for it or choose another --out\n"
    )
    with locked(tmp_path / "out", shared=True):  # shards work side by side, but not with a whole sweep
        assert exit_code(["sweep", str(design), "--out", str(tmp_path / "out")]) == 2
        assert exit_code(["sweep", str(design), "--out", str(tmp_path / "out"), "--shard", "1/8"]) == 0


def test_a_folder_of_another_command_is_left_alone(
    design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--companies", "60", "--months", "1"]
    assert exit_code(["run", "baseline", *small, "--out", str(tmp_path / "out")]) == 0
    assert exit_code(["sweep", str(design), "--out", str(tmp_path / "out")]) == 2
    assert "holds the results of another command" in capsys.readouterr().err
    assert open_results(tmp_path / "out").manifest["command"] == "run"


def test_a_dry_run_tells_what_would_be_done_and_leaves_nothing(
    design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lose: dict[str, int]
) -> None:
    assert exit_code(["sweep", str(design), "--out", str(tmp_path / "out"), "--dry-run"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "8 runs: 2 points, 2 draws"
    assert second.startswith("8 to do: about ")
    assert "on the disk" in second
    assert not (tmp_path / "out").exists()


def test_a_dry_run_of_another_design_leaves_a_finished_sweep_as_it_is(
    design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert exit_code(["sweep", str(design), "--out", str(out), "--workers", "1"]) == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    other = tmp_path / "other.toml"
    other.write_text(design.read_text().replace("draws = 2", "draws = 3"))
    assert other.read_text() != design.read_text()
    capsys.readouterr()
    assert exit_code(["sweep", str(other), "--out", str(out), "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("12 runs: 2 points, 3 draws, 8 finished before\n4 to do: about ")
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_shard_prints_a_job_array_for_all_of_them(
    design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lose: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    arguments = ["sweep", str(design), "--out", str(tmp_path / "out"), "--shard", "1/2", "--workers", "3", "--dry-run"]
    assert exit_code(arguments) == 0
    script = tmp_path / "job.sh"
    script.write_text(capsys.readouterr().out)
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/bin/bash"
    assert {"#SBATCH --array=1-2", "#SBATCH --cpus-per-task=3", "#SBATCH --time=00:10:00"} <= set(lines)
    subprocess.run(["bash", "-n", str(script)], check=True)
    (tmp_path / "commonweight").write_text("#!/bin/bash\nprintf '%s\\n' \"$@\"\n")
    (tmp_path / "commonweight").chmod(0o755)
    script.write_text("\n".join([*lines[:-1], lines[-1].replace(lines[-1].split()[1], str(tmp_path / "commonweight"))]))
    given = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_CPUS_PER_TASK": "3", "PATH": os.environ["PATH"]}
    told = subprocess.run(["bash", str(script)], env=given, capture_output=True, text=True, check=True).stdout
    assert told.splitlines()[-5:] == [str(tmp_path / "out"), "--shard", "2/2", "--workers", "3"]


def test_code_that_changed_under_a_worker_stops_the_sweep(
    design: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lose: dict[str, int]
) -> None:
    monkeypatch.setattr(work, "code_digest", lambda: "other")
    with pytest.raises(StorageError, match="runs other code"):
        sweep(str(design), tmp_path / "out")


def test_a_point_that_no_scenario_can_have_is_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "my_design.toml"
    file.write_text(
        'schema = 1\n[factors]\n"answer.theta_low" = [0.3, 0.9]\n"answer.theta_high" = [0.95, 0.6]\n', encoding="utf-8"
    )
    assert exit_code(["sweep", str(file), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "factors" in told and "is above answer.theta_high" in told and told.count("\n") == 1


def test_the_parent_needs_no_more_memory_for_more_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lose: dict[str, int]
) -> None:
    def peak(draws: int, *, attempt: int = 0) -> int:
        """Bytes at most while so many runs are handed out that nobody computes."""
        design, out = tmp_path / f"my_{draws}.toml", tmp_path / f"out-{draws}-{attempt}"
        design.write_text(f"schema = 1\ndraws = {draws}\ncompanies = 60\nmonths = 3\n")
        with sweep_folder(out) as writer:
            prepare(writer, read_design(design))
        tracemalloc.start()
        assert not sweep(str(design), out).complete
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    monkeypatch.setattr(simulation.sweeping.sweep, "answer", lambda task: Outcome(task.digest, "done"))
    peak(10)
    more, fewer = (min(peak(draws, attempt=k) for k in range(3)) for draws in (2_200, 1_100))  # garbage comes by chance
    assert more - fewer < 200_000


def test_the_digest_of_a_run_is_that_of_its_scenario_as_the_worker_reads_it(calm: Path, design: Path) -> None:
    plan = make_plan(read_design(design), calm / ".plan.parquet")
    for planned in plan:
        scenario = work.scenario_of(calm, planned.scenario, planned.overrides)
        assert run_digest(scenario.resolved(), arm=planned.arm, draw=planned.draw) == planned.digest
    assert scenario.resolved() == read_scenario("baseline", overrides=planned.overrides).resolved()


def test_the_folder_describes_itself(calm: Path) -> None:
    dictionary = (calm / "data_dictionary.md").read_text()
    assert "|`access_small`|float64|share|" in dictionary
    assert "|`selfhost.overhead`|float64|" in dictionary
    crate = json.loads((calm / "ro-crate-metadata.json").read_text())
    assert crate["@context"] == "https://w3id.org/ro/crate/1.1/context"
    known = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(known) == len(crate["@graph"])
    named = {reference["@id"] for entity in known.values() for reference in references(entity)}
    assert named - set(known) == {"https://w3id.org/ro/crate/1.1"}
    assert known["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    for part in known["./"]["hasPart"]:
        assert (calm / part["@id"]).exists()
    assert {"indicators/", "sellers/", "runs/", "design.toml"} <= {part["@id"] for part in known["./"]["hasPart"]}


def references(value: Any) -> Iterator[dict[str, str]]:
    """Every reference inside an entity."""
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            yield value
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def finished_runs(out: Path) -> int:
    return len(list((out / "indicators").glob("*.parquet"))) if out.exists() else 0


def children(parent: int) -> list[int]:
    """Worker processes of a parent."""
    found = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return [pid for pid in found if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]


def wait_until(condition: Callable[[], bool], *, seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_runs_that_another_sweep_has_finished_are_taken_over(calm: Path, design: Path, tmp_path: Path) -> None:
    said: list[str] = []
    report = sweep(str(design), tmp_path / "out", workers=1, found_in=[calm], say=said.append)
    assert report == Report(runs=RUNS, found=RUNS, failed=0, complete=True)
    assert not [line for line in said if "to do" in line]
    for name, table in tables(calm).items():
        pd.testing.assert_frame_equal(tables(tmp_path / "out")[name], table)


def test_runs_that_keep_other_months_are_not_taken_over(calm: Path, design: Path, tmp_path: Path) -> None:
    other = tmp_path / "my_design.toml"
    other.write_text(DESIGN.replace("window = [1, 2]", "window = [0, 2]"))
    with sweep_folder(tmp_path / "out") as writer:
        plan = prepare(writer, read_design(str(other)))
        assert take_over(plan, tmp_path / "out", [calm, tmp_path / "nowhere"]) == 0
