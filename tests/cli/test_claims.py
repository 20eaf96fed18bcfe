"""`commonweight claims`: runs what the claims need, each world once, judges, prints and saves; goes on where it was."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from simulation import open_results
from simulation.cli import exit_code
from simulation.judging.verdicts import DEPENDS, REFUTED, SUPPORTED, UNTESTABLE

TINY = ("--companies", "60", "--months", "3", "--pairs", "2", "--workers", "1")
VERDICTS = {SUPPORTED, REFUTED, DEPENDS, UNTESTABLE}


def test_claims_are_judged_on_worlds_that_are_run_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "claims"
    assert exit_code(["claims", "--only", "C02,C22", *TINY, "--out", str(out), "--json"]) == 0
    captured = capsys.readouterr()
    rows = json.loads(captured.out)
    assert [row["claim"] for row in rows] == ["C02", "C22"]
    assert {row["verdict"] for row in rows} <= VERDICTS
    baseline, lean = rows[1]["iceberg"], rows[1]["lean"]
    indicators = open_results(out).indicators
    shares = indicators[(indicators["scenario"] == "baseline") & (indicators["arm"] == "open")]
    assert baseline == pytest.approx(shares[shares["calibration"] == "iceberg"]["cloud_top3"].mean())
    assert lean == pytest.approx(shares[shares["calibration"] == "lean"]["cloud_top3"].mean())
    assert len(open_results(out).runs) == 3 * 2 * 2  # baseline in both arms and S03; two calibrations, two draws
    with (out / "claims.csv").open(encoding="utf-8") as file:
        assert [row["claim"] for row in csv.DictReader(file)] == ["C02", "C22"]
    with (out / "criteria.csv").open(encoding="utf-8") as file:
        assert {row["calibration"] for row in csv.DictReader(file)} == {"iceberg", "lean"}

    assert exit_code(["claims", "--only", "C22", *TINY, "--out", str(out)]) == 0
    again = capsys.readouterr()
    assert "finished before" in again.err and "to do" not in again.err
    assert "C22" in again.out and "C02" not in again.out


def test_a_claim_about_costs_needs_no_world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "costs"
    assert exit_code(["claims", "--only", "C15", "--calibration", "iceberg", "--out", str(out)]) == 0
    assert "supported (by construction)" in capsys.readouterr().out
    assert (out / "claims.csv").is_file() and not (out / "runs").exists()
    assert exit_code(["claims", "--only", "C15", "--out", str(out)]) == 0
    assert "depends (calibration" in capsys.readouterr().out


def test_an_unknown_claim_is_one_line_and_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["claims", "--only", "C99"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
