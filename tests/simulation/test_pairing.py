"""`compare` runs the worlds an answer needs, each once, and puts their answer in a folder."""

from __future__ import annotations

import pytest

import simulation
from scenarios import Scenario
from simulation import open_results
from simulation.answering.pairing import BOTH_OFF, EQUAL, FROZEN, NO_RELEASERS, compare


@pytest.fixture
def baseline():
    return Scenario(name="baseline", horizon={"months": 48}, companies={"count": 100})


@pytest.fixture
def simulated(run_of, monkeypatch):
    """Worlds made up by formula in place of the economy; the list of those asked for."""
    asked = []

    def simulate(scenario, draw=1, arm="open", *, training_path=None, threads=1):
        asked.append((scenario.name, arm, draw, training_path is not None))
        theta = 0.9 if scenario.lab.compute_per_token == "equal" else 0.25
        return run_of(arm, draw, world=scenario, theta=theta + (0.3 if training_path is not None else 0.0))

    monkeypatch.setattr(simulation, "simulate", simulate, raising=False)
    return asked


def test_each_draw_is_run_closed_and_open(simulated, baseline):
    told = []
    found = compare(baseline, pairs=3, workers=1, progress=lambda done, total: told.append((done, total)))
    assert sorted(simulated) == [("baseline", arm, draw, False) for arm in ("closed", "open") for draw in (1, 2, 3)]
    assert told[-1] == (6, 6) and len(told) == 6
    assert found.theta.value == pytest.approx(0.25, rel=0.15)
    assert len(found.runs) == 6
    assert all(run.flows.empty for run in found.runs)


@pytest.mark.parametrize("training", ("endogenous", "frozen"))
def test_a_watcher_is_told_what_the_complete_pairs_say_and_last_the_whole_answer(simulated, baseline, training):
    scenario = baseline.model_copy(update={"lab": baseline.lab.model_copy(update={"training_spend": training})})
    told = []
    found = compare(scenario, pairs=3, workers=1, watch=told.append)
    assert [answer.basis.pairs for answer in told] == [1, 2, 3]
    assert told[-1].table.equals(found.table)



def test_the_full_answer_switches_the_two_channels_off(simulated, baseline):
    found = compare(baseline, pairs=3, workers=1, full=True)
    theta = {comparison.version: comparison.theta.value for comparison in found.comparisons}
    assert theta[FROZEN] == pytest.approx(0.55, rel=0.15)
    assert theta[EQUAL] == pytest.approx(0.9, rel=0.15)
    assert theta[BOTH_OFF] == pytest.approx(1.2, rel=0.15)
    assert NO_RELEASERS in theta
    assert len(simulated) == len(set(simulated)) == 7 * 3


def test_training_frozen_by_the_scenario_is_the_headline(simulated, baseline):
    lab = baseline.lab.model_copy(update={"training_spend": "frozen"})
    found = compare(baseline.model_copy(update={"lab": lab}), pairs=3, workers=1)
    assert found.theta.value == pytest.approx(0.55, rel=0.15)
    assert [arm for _, arm, _, follows in simulated if not follows] == ["closed"] * 3


def test_the_folder_holds_answer_figure_scenarios_and_runs(simulated, baseline, tmp_path):
    found = compare(baseline, pairs=2, workers=1, full=True, out=tmp_path / "out")
    results = open_results(tmp_path / "out")
    assert results.answers.equals(found.table)
    assert set(results.indicators["scenario"]) == {
        "baseline", "baseline+equal_compute", "baseline+frozen_training", "baseline+equal_compute+frozen_training",
    }  # fmt: skip
    assert not results.indicators.duplicated(["scenario", "arm", "draw", "month"]).any()
    assert {run["arm"] for run in results.manifest["runs"]} == {"open", "closed", "absent"}
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"answer.pdf", "answer.png", "manifest.json"} <= names
    assert (tmp_path / "out" / "scenarios" / "baseline+equal_compute.toml").is_file()


def test_worlds_of_an_interrupted_answer_are_not_run_again(simulated, baseline, tmp_path, monkeypatch):
    def interrupt(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(baseline, pairs=4, workers=1, out=tmp_path / "out", progress=interrupt)
    first = list(simulated)
    again = compare(baseline, pairs=4, workers=1, out=tmp_path / "out")
    assert len(simulated) == 8 and simulated[: len(first)] == first
    assert again.table.equals(compare(baseline, pairs=4, workers=1).table)


def test_an_answer_needs_pairs(simulated, baseline):
    with pytest.raises(ValueError, match="pairs = 0"):
        compare(baseline, pairs=0)
