"""What a person meets at the command line: results on stdout, one line on stderr, an exit code that tells."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

import simulation.moments.targets
from scenarios import read_scenario, shipped_names
from scenarios.reading import SHIPPED
from simulation.cli import app, exit_code

EXAMPLE = Path(__file__).parents[2] / "docs" / "how_to" / "sweep_example.toml"
SMALL = ("--companies", "300", "--months", "2")


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    """The one line on stderr of a command that ends with `code`; nothing may be on stdout."""
    assert exit_code(list(arguments)) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("commonweight: ")
    assert printed.err.count("\n") == 1
    return printed.err


def test_help_answers_at_once_and_loads_no_simulator() -> None:
    code = "import sys; from simulation.cli import app, exit_code; exit_code(['--help']); print(sorted(sys.modules))"
    began = time.perf_counter()
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert time.perf_counter() - began < 3.0  # half a second alone; the machine may be busy
    assert "answer" in printed
    assert not re.search(r"'(numpy|numba|mesa|pandas|matplotlib)'", printed)


@pytest.mark.parametrize("command", sorted(typer.main.get_command(app).commands))
def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert exit_code([command, "--help"]) == 0
    assert command in capsys.readouterr().out


def test_the_module_is_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "simulation", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("commonweight ")
    assert exit_code(["--version"]) == 0
    assert capsys.readouterr().out.startswith("commonweight ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("rum",), "rum"),
        (("run",), "SCENARIO"),
        (("run", "baselin"), "did you mean baseline?"),
        (("run", "nowhere.toml"), "no such file"),
        (("run", "baseline", "--arm", "ajar"), "open, closed or absent"),
        (("run", "baseline", "--draw", "0"), "--draw"),
        (("run", "baseline", "--draw", "one"), "--draw: one does not fit; give a whole number from 1 to 2147483647"),
        (("run", "baseline", "--draw", "99999999999"), "--draw"),
        (("run", "baseline", "--threads", "0"), "--threads: 0 does not fit; give a whole number from 1 to 256"),
        (("run", "baseline", "--months", "0"), "--months"),
        (("run", "baseline", "--months", "100000"), "--months"),
        (("run", "baseline", "--companies", "-5"), "--companies"),
        (("run", "baseline", "--companies", "1e4"), "--companies"),
        (("run", "baseline", "--companies", "100000000000"), "--companies"),
        (("run", "baseline", "--calibration", "warm"), "--calibration"),
        (("run", "baseline", "--set", "selfhost.over_head=0.3"), "did you mean selfhost.overhead?"),
        (("run", "baseline", "--set", "selfhost.overhead"), "--set"),
        (("run", "baseline", "--set", "=3"), "--set"),
        (("run", "baseline", "--set", f"selfhost.overhead={'[' * 5000}"), "selfhost.overhead: lists nested too deep"),
        (("run", "baseline", "--set", f"{'a.' * 2000}a=1"), "not the dotted name"),
        (("check", "a" * 5000), "no scenario has this name"),
        (("run", "baseline", "--set", "selfhost.overhead=nan"), "finite"),
        (("run", "baseline", "--set", "selfhost.overhead=high"), "selfhost.overhead"),
        (("run", "baseline", "--set", "selfhost.overhead=-1"), "below the least"),
        (("run", "baseline", "--frobnicate"), "--frobnicate"),
        (("answer", "baseline", "--pairs", "0"), "--pairs"),
        (("answer", "baseline", "--pairs", "1000000"), "--pairs"),
        (("answer", "baseline", "--workers", "0"), "--workers: 0 does not fit; give a whole number from 1 to 1024"),
        (("targets", "baselin"), "did you mean baseline?"),
        (("targets", "--draws", "0"), "--draws: 0 does not fit; give a whole number from 1 to 1000"),
        (("map", "--supply-slope", "-1"), "--supply-slope: -1 does not fit; give a number from 0"),
        (("targets", "--draws", "many"), "--draws"),
        (("targets", "--companies", "-5"), "--companies"),
        (("targets", "--months", "0"), "--months"),
        (("targets", "--pairs", "2"), "--pairs"),
        (("targets", "--set", "selfhost.over_head=0.3"), "did you mean selfhost.overhead?"),
        (("portrait",), "--company"),
        (("portrait", "--company", "-1"), "--company"),
        (("portrait", "--company", "first"), "--company"),
        (("portrait", "--company", "5000"), "rows run from 0 to 4999"),
        (("portrait", "--company", "60", "--companies", "60"), "rows run from 0 to 59"),
        (("portrait", "--company", "1", "nowhere.toml"), "no such file"),
        (("portrait", "--company", "1", "--arm", "ajar"), "open, closed or absent"),
        (("portrait", "--company", "1", "--draw", "0"), "--draw"),
        (("check", "nowhere.toml"), "no such file"),
        (("sweep",), "DESIGN"),
        (("sweep", "nowhere.toml", "--out", "out"), "no such file"),
        (("sweep", str(EXAMPLE)), "--out"),
        (("sweep", str(EXAMPLE), "--out", "out", "--shard", "0/4"), "--shard"),
        (("sweep", str(EXAMPLE), "--out", "out", "--shard", "5/4"), "--shard"),
        (("sweep", str(EXAMPLE), "--out", "out", "--shard", "half"), "--shard"),
        (("sweep", str(EXAMPLE), "--out", "out", "--workers", "0"), "--workers"),
        (("sweep", str(EXAMPLE), "--out", "out", "--cluster", "somewhere"), "tcp://HOST:PORT"),
        (("sweep", str(EXAMPLE), "--out", "out", "--cluster", "slurm"), "sbatch"),
        (("sweep", str(EXAMPLE), "--out", "out", "--cluster", "slurm", "--shard", "1/2"), "--shard"),
        (("show", "nowhere"), "holds no results"),
        (("compare", "nowhere", "--by", "arm"), "holds no results"),
        (("scenarios", "nowhere"), "nowhere"),
        (("parameters", "nowhere"), "nowhere"),
    ],
)
def test_bad_input_is_one_line_and_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...],
    says: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert says in complaint(capsys, *arguments)


def test_a_bad_file_is_refused_alike_by_check_and_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('schema = 1\nextends = "baseline"\n[selfhost]\nover_head = 0.3\n')
    said = [complaint(capsys, command, str(path)) for command in ("check", "run", "answer", "parameters")]
    line = f"commonweight: {path}: selfhost.over_head: no such parameter; did you mean selfhost.overhead?\n"
    assert set(said) == {line}


def test_settings_are_read_as_toml_or_as_a_bare_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert "is not one of" in complaint(capsys, "run", "baseline", "--set", "pricing.rule_lab=magic")
    assert "3 numbers" in complaint(capsys, "run", "baseline", "--set", "pop.size_mix=[0.5, 0.5]")


def test_scenarios_are_listed_and_printed_resolved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert exit_code(["scenarios"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed if not line.startswith(" ")] == shipped_names()
    (closed,) = [line for line in listed if line.startswith(" ")]
    assert "--arm closed" in closed and "S01" in closed and closed == listed[1]
    assert exit_code(["scenarios", "baseline"]) == 0
    copy = tmp_path / "copy.toml"
    copy.write_text(capsys.readouterr().out)
    assert read_scenario(copy) == read_scenario("baseline")
    assert exit_code(["scenarios", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == shipped_names()
    assert all(row["question"] and row["expected"] for row in rows)
    assert exit_code(["scenarios", "--schema"]) == 0
    assert "selfhost" in json.loads(capsys.readouterr().out)["properties"]


def test_a_valid_scenario_is_said_to_be_valid(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["check", "baseline"]) == 0
    assert "valid" in capsys.readouterr().out


@pytest.mark.parametrize("command", [("check",), ("run", *SMALL), ("answer", *SMALL, "--pairs", "2", "--workers", "1")])
def test_a_file_that_states_everything_is_accepted_by_every_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(SHIPPED / "baseline.toml", "baseline.toml")
    assert exit_code([command[0], "baseline.toml", *command[1:]]) == 0
    assert capsys.readouterr().out


def test_the_assumed_parameters_can_be_told_from_those_with_a_fact(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["parameters", "--json"]) == 0
    every = json.loads(capsys.readouterr().out)
    assert exit_code(["parameters", "--assumed", "--json"]) == 0
    assumed = json.loads(capsys.readouterr().out)
    assert 0 < len(assumed) < len(every)
    assert all(row["source"] == "assumed" for row in assumed)
    assert exit_code(["parameters", "--assumed"]) == 0
    assert f"{len(assumed)} of {len(every)} parameters are assumed" in capsys.readouterr().out


@pytest.mark.parametrize("command", [("run", "baseline"), ("answer", "baseline"), ("targets", "baseline")])
@pytest.mark.parametrize("trouble", ["a file", "something else"])
def test_a_folder_that_cannot_hold_results_is_refused_before_any_work(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...],
    trouble: str,
) -> None:
    def work(*_: object, **__: object) -> None:
        raise AssertionError("work began")

    monkeypatch.setattr(simulation, "simulate", work, raising=False)
    monkeypatch.setattr(simulation, "compare", work, raising=False)
    monkeypatch.setattr(simulation.moments.targets, "judge_targets", work)
    if trouble == "a file":
        target = tmp_path / "file"
        target.write_text("mine")
    else:
        target = tmp_path
        (tmp_path / "thesis.tex").write_text("mine")
    assert str(target) in complaint(capsys, *command, "--out", str(target))
    assert trouble == "a file" or [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_reader_that_leaves_early_is_no_failure() -> None:
    command = f"{sys.executable} -m simulation parameters | head -1"
    found = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert found.returncode == 0
    assert found.stderr == ""


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [("parameters >&-", 2, "output: it is closed"), ("check baseline 2>&-", 0, ""), ("check nowhere 2>&-", 2, "")],
)
def test_an_output_that_is_closed_ends_no_command_in_a_traceback(command: str, code: int, says: str) -> None:
    found = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m simulation {command}"], capture_output=True, text=True, check=False
    )
    assert found.returncode == code
    assert says in found.stderr
    assert found.stderr.count("\n") == bool(says)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="asks for a device without room")
def test_an_output_without_room_is_said_in_one_line() -> None:
    found = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m simulation check baseline >/dev/full"], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert found.returncode == 1
    assert found.stderr == (
        "commonweight: output: no room left on the disk; free some and run again (finished worlds are kept)\n"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_without_permission_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    complaint(capsys, "run", "baseline", *SMALL, "--out", str(tmp_path / "results"))
