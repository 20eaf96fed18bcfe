"""A list of experiments is checked whole before anything runs: one line names file, experiment, key and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from paper import running
from paper.errors import BadPlan
from paper.plan import read_plan
from paper.plan_checking import KINDS
from simulation.cli import exit_code

HEAD = "schema = 1\n[sizes.small]\ncompanies = 60\nmonths = 6\npairs = 2\n"
FIRST = '[[experiments]]\nname = "first"\nasks = "?"\n'
ANSWER = FIRST + 'kind = "answer"\nscenario = "baseline"\n'
MAP = FIRST + 'kind = "map"\nscenario = "baseline"\ncalibration = "lean"\n'
CLAIMS = FIRST + 'kind = "claims"\ncalibrations = ["lean"]\n'
POWER = FIRST + 'kind = "power"\nscenario = "baseline"\n'
MOVED = FIRST + 'kind = "{}"\nscenario = "baseline"\ncalibration = "lean"\n'


def refusal(folder: Path, text: str) -> str:
    """The one line with which a list is refused, without its file."""
    path = folder / "plan.toml"
    path.write_text(text)
    with pytest.raises(BadPlan) as caught:
        read_plan("small", path)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{path}: ")
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sizes = 3\n", "sizes: 3 is not a table"),
        ("sizes = {small = 3}\n" + ANSWER, "sizes.small: 3 is not a table"),
        ("size = 3\n", "size: no such key of a list of experiments; did you mean sizes?"),
        ("schema = 2\n", "schema: 2 is not a schema this version reads"),
        (HEAD, "experiments: a list of tables is expected"),
        ("experiments = 3\n" + HEAD, "experiments: a list of tables is expected"),
        ("experiments = [3]\n" + HEAD, "experiments: a list of tables is expected"),
        (HEAD + "pair = 3\n" + ANSWER, "sizes.small: pair: no such key"),
        (HEAD + ANSWER + ANSWER, "first: an experiment is declared twice"),
        (HEAD + '[[experiments]]\nkind = "answer"\n', "experiment 1: name: missing"),
        (HEAD + ANSWER.replace('"first"', "3"), "3: name: 3 is not a text"),
        (HEAD + ANSWER.replace("first", "../../evil"), 'name: "../../evil" cannot be the name'),
        (HEAD + ANSWER.replace('"answer"', '"anser"'), 'first: kind: "anser" is none of them; did you mean answer?'),
        (HEAD + ANSWER + "scenari = 3\n", "first: scenari: no such key (of kind answer); did you mean scenario?"),
        (HEAD + ANSWER + "small = 3\n", "first.small: 3 is not a table"),
        (HEAD + ANSWER + "small = {pair = 3}\n", "first.small: pair: no such key (of kind answer)"),
        (HEAD.replace("pairs = 2", "") + ANSWER, "first: pairs: missing; an experiment of kind answer states it"),
        (HEAD + FIRST + 'kind = "answer"\n', "first: scenario: missing"),
        (HEAD + ANSWER + "pairs = 0\n", "first: pairs: 0 does not fit; give a whole number from 1"),
        (HEAD + ANSWER + 'pairs = "x"\n', 'first: pairs: "x" does not fit'),
        (HEAD + ANSWER + "companies = 1\n", "first: companies: 1 is below the least allowed value 50"),
        (HEAD + ANSWER + 'calibration = "ice"\n', "first: calibration: 'ice' is not one of iceberg, lean"),
        (HEAD + ANSWER.replace('"baseline"', '"baselin"'), "first: scenario: baselin: no scenario has this name"),
        (HEAD + ANSWER.replace('"baseline"', "[1]"), "first: scenario: [1] is no name"),
        (HEAD + MAP, "first: x: missing"),
        (HEAD + MAP + 'x = 3\ny = "lag"\n', "first: x: 3 is no axis"),
        (HEAD + MAP + 'x = "slak"\ny = "lag"\n', 'first: x: no parameter is called "slak"'),
        (HEAD + MAP + 'x = "lag"\ny = "lag"\n', "first: y: frontier.open_lag_override is on the other axis too"),
        (HEAD + MAP + 'x = "slack=-5,1"\ny = "lag"\n', "first: x: invest.order_multiplier: -5 is below the least"),
        (HEAD + CLAIMS + 'claims = ["C99"]\nscenarios = "all"\n', 'first: claims: "C99" is none of them'),
        (HEAD + CLAIMS + 'claims = "C01"\nscenarios = "all"\n', 'first: claims: "C01" is not a list of names'),
        (HEAD + CLAIMS + 'claims = ["C02"]\nscenarios = ["nope"]\n', "first: scenarios: nope: no scenario has this"),
        (HEAD + CLAIMS + 'claims = ["C02"]\nscenarios = ["limits/bass"]\n', 'scenarios: "limits/bass" has no number'),
        (HEAD + CLAIMS.replace("lean", "lea"), "first: claims: missing"),
        (HEAD + POWER + 'arm = "ajar"\n', 'first: arm: "ajar" is no arm; give one of open, closed, absent'),
        (HEAD + POWER + 'arm = "open"\ndraws = 0\n', "first: draws: 0 does not fit"),
        (HEAD + POWER + 'arm = "open"\nmonths = 1\n', "first: months: 1 is too short to raise a price in"),
        (HEAD + MOVED.format("attribute") + 'switches = ["nope"]\n', 'first: switches: "nope" is none of them'),
        (HEAD + MOVED.format("structures") + 'only = ["nope"]\n', 'first: only: "nope" is none of them'),
        (HEAD + MOVED.format("structures") + 'only = "all"\n', 'first: only: "all" is not a list of names'),
        (HEAD + MOVED.format("sensitivity") + 'parameters = ["a.b"]\n', 'parameters: no parameter is called "a.b"'),
        (
            HEAD + MOVED.format("sensitivity") + 'parameters = ["pricing.rule_lab"]\n',
            "first: parameters: pricing.rule_lab is declared without a range",
        ),
    ],
)
def test_every_mistake_is_one_line_before_anything_runs(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(tmp_path, text)


def test_a_mistake_in_the_last_experiment_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("typst")
    (tmp_path / "plan.toml").write_text(HEAD + ANSWER + POWER.replace("first", "last") + 'arm = "ajar"\n')
    out = tmp_path / "out"
    assert exit_code(["paper", "--small", "--plan", str(tmp_path / "plan.toml"), "--out", str(out)]) == 2
    assert 'last: arm: "ajar" is no arm' in capsys.readouterr().err
    assert not out.exists()


def test_a_list_without_mistakes_is_read_in_its_order(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(HEAD + POWER + 'arm = "open"\ndraws = 1\n' + ANSWER.replace("first", "second"))
    assert [each.name for each in read_plan("small", tmp_path / "plan.toml")] == ["first", "second"]


def test_every_kind_that_can_be_run_says_what_it_is_asked_with() -> None:
    assert set(KINDS) == set(running.RUNNERS)
