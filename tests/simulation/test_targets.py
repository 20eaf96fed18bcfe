"""Verdicts on targets, and the command on a small world whose results anybody can judge again."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from scenarios import read_scenario
from scenarios.moments import Target, targets
from simulation import open_results
from simulation.cli import exit_code
from simulation.moments import moments_of
from simulation.moments.targets import Finding, findings_of, judge_targets, judged, targets_frame
from simulation.moments.targets_report import summary, targets_text
from simulation.moments.windows import Tables

COLUMNS = ["id", "moment", "value", "low", "high", "simulated", "ci_low", "ci_high", "verdict"]
SMALL = ("--companies", "120", "--draws", "2", "--workers", "1")


def target(id: str = "T", *, low: float = 0.1, high: float = 0.3, definition: str = "a share") -> Target:
    return Target(id, "a moment", definition, 0.2, low, high, "2025", ("1.01",))


def found(id: str) -> Target:
    return next(target for target in targets() if target.id == id)


def test_the_mean_over_draws_is_judged_and_both_ends_of_the_band_are_inside() -> None:
    assert judged(target(), [0.05, 0.15]).verdict == "inside"
    assert judged(target(), [0.3, 0.3]).verdict == "inside"
    below, above = judged(target(), [0.0, 0.1]), judged(target(), [0.4])
    assert (below.verdict, below.reason) == ("outside", "0.05 below 0.1")
    assert (above.verdict, above.reason) == ("outside", "0.1 above 0.3")


def test_the_interval_is_students_over_draws_and_one_draw_has_none() -> None:
    several = judged(target(), [0.1, 0.2, 0.3])
    half = 4.302652729911275 * 0.1 / math.sqrt(3)
    assert (several.ci_low, several.ci_high) == (pytest.approx(0.2 - half), pytest.approx(0.2 + half))
    assert math.isnan(judged(target(), [0.2]).ci_low)


def test_a_moment_without_a_value_in_any_draw_is_not_computed_and_says_why() -> None:
    nothing = judged(target(), ["needs 36 months; 12 were simulated"] * 2)
    assert (nothing.verdict, nothing.reason) == ("not_computed", "needs 36 months; 12 were simulated")
    assert judged(target(), ["no fees", 0.2]).verdict == "inside"


def test_the_enterprise_open_share_must_also_fall() -> None:
    every = {target.id: target.value for target in targets()}
    falls = {finding.target.id: finding for finding in findings_of([every])}
    assert falls["T5b"].verdict == "inside"
    rises = {finding.target.id: finding for finding in findings_of([every | {"T5a": 0.10, "T5b": 0.12}])}
    assert (rises["T5b"].verdict, rises["T5b"].reason) == ("outside", "not below T5a (0.1)")


def test_the_observed_values_themselves_pass_and_the_dependent_moment_is_not_counted() -> None:
    findings = findings_of([{target.id: target.value for target in targets()}])
    assert {finding.verdict for finding in findings} == {"inside"}
    assert summary(findings) == "33 of 33 inside, 0 outside (T8 is reported and not counted)"


def test_a_definition_that_repeats_another_names_it() -> None:
    text = targets_text([Finding(found("T5b"), 0.5, 0.4, 0.6, "outside", "0.35 above 0.15", (0.5,))], title="made up")
    assert text.splitlines()[-1] == (
        "T5b  0.35 above 0.15; measured: as T5a, December 2025; must also be below T5a [2025-12]"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small worlds of three years, measured."""
    out = tmp_path_factory.mktemp("targets") / "results"
    assert exit_code(["targets", *SMALL, "--out", str(out)]) == 0
    return out


def test_the_command_writes_the_table_of_the_interface(folder: Path) -> None:
    table = pd.read_csv(folder / "targets.csv")
    assert list(table.columns) == COLUMNS
    assert table["id"].tolist() == [target.id for target in targets()]
    assert set(table["verdict"]) <= {"inside", "outside", "not_computed"}
    assert table.loc[table["verdict"] == "not_computed", "simulated"].isna().all()


def test_anybody_can_compute_the_moments_again_from_the_folder(folder: Path) -> None:
    results = open_results(folder)
    by_draw = []
    for draw in (1, 2):
        frames = {name: getattr(results, name) for name in Tables.__dataclass_fields__}
        by_draw.append(moments_of(Tables(**{n: frame[frame["draw"] == draw] for n, frame in frames.items()})))
    again = targets_frame(findings_of(by_draw))
    written = pd.read_csv(folder / "targets.csv")
    pd.testing.assert_frame_equal(again, written, check_dtype=False, rtol=1e-12)
    assert int(results.indicators["month"].max()) == 35
    assert results.manifest["command"] == "targets"


def test_finished_worlds_are_read_and_not_run_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import simulation.economy

    before = (folder / "targets.csv").read_bytes()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a world was run again")

    monkeypatch.setattr(simulation.economy, "ComputeEconomy", refuse)
    assert exit_code(["targets", *SMALL, "--out", str(folder), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["counted"] == 33
    assert [row["id"] for row in data["targets"]] == [target.id for target in targets()]
    assert (folder / "targets.csv").read_bytes() == before


def test_a_short_horizon_leaves_later_moments_uncomputed() -> None:
    short = read_scenario("baseline", overrides={"companies.count": 60, "horizon.months": 13})
    findings = {finding.target.id: finding for finding in judge_targets(short, draws=1, workers=1)}
    assert findings["T13a"].verdict in ("inside", "outside")
    assert findings["T13b"].reason == "needs 36 months; 13 were simulated"


def test_no_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        judge_targets(read_scenario("baseline"), draws=0)
