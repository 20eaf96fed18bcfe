"""What a user chose is in the address and in the command line, whole; nothing else an address says does any harm."""

from __future__ import annotations

import shlex

import pytest

from app.choices import FILE_NAME, Choice, choice_of, command_line, is_linkable, query_of
from scenarios import ScenarioError, read_scenario
from simulation.commands.options import read_with

CHANGED = (
    Choice()
    .changed("selfhost.overhead", 0.3)
    .changed("policy.advice_programme", True)
    .changed("pricing.rule_host", "cost_plus")
    .changed("release.lags", [1, 2, 3])
)
OWN = 'schema = 1\nextends = "S02"\n[selfhost]\noverhead = 0.21\n'


def legal(choice: Choice) -> Choice:
    """The choice without the changes that its scenario refuses."""
    kept = Choice(choice.scenario, choice.text, (), choice.companies, choice.draw, choice.arm)
    for key, value in choice.changes:
        try:
            kept.changed(key, value).read()
        except ScenarioError:
            continue
        kept = kept.changed(key, value)
    return kept


@pytest.mark.parametrize(
    "choice",
    [Choice(), Choice(scenario="s02_concentrated_cloud", draw=7, arm="closed", companies=500), legal(CHANGED),
     Choice(text=OWN, scenario="my_scenario", draw=2)],
)  # fmt: skip
def test_an_address_shows_a_colleague_the_same(choice):
    assert choice_of(query_of(choice, tab="compare")) == (choice, {"tab": "compare"}, "")


def test_the_changes_tried_here_are_more_than_one():
    assert len(legal(CHANGED).changes) >= 2


def test_the_command_line_reads_as_the_very_scenario_of_the_page():
    choice = legal(CHANGED)
    program, command, scenario, *words = shlex.split(command_line(choice))
    options = dict(zip(words[::2], words[1::2], strict=True))
    settings = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
    read = read_with(scenario, companies=int(options["--companies"]), settings=settings)
    assert (program, command, options["--draw"], options["--arm"]) == ("commonweight", "run", "1", "open")
    assert read == choice.read()


def test_the_command_for_a_scenario_of_ones_own_names_its_file():
    assert f" {FILE_NAME} " in command_line(Choice(text=OWN, scenario="my_scenario"), command="answer", pairs=4)


@pytest.mark.parametrize(
    "query",
    ["scenario=../../etc/passwd", "scenario=/etc/passwd.toml", "companies=9999999999", "companies=-1", "draw=0",
     "draw=1e9", "arm=ajar", "set=selfhost.overhead=nan", "set=selfhost.overhead=1e99", "set=no.such=1",
     "set=companies.count=9000000", "set=__class__=1", "file=not-base64", "file=eJw=",
     "set=selfhost.overhead", "set=sellers=1", 'set=title="x"', 'set=name="x"', 'set=question="x"',
     'set=sellers.hoster_9={kind="hoster"}'],
)  # fmt: skip
def test_what_an_address_may_not_say_is_told_and_left_out(query):
    choice, _, problem = choice_of(query)
    assert choice == Choice()
    assert problem
    assert "\n" not in problem


def test_good_parts_of_an_address_survive_the_bad_ones():
    choice, further, problem = choice_of("draw=3&set=selfhost.over_head=1&set=selfhost.overhead=0.3&tab=take")
    assert (choice.draw, choice.changes, further) == (3, (("selfhost.overhead", 0.3),), {"tab": "take"})
    assert "did you mean selfhost.overhead?" in problem


def test_a_packed_bomb_unpacks_no_further_than_a_file_may_be():
    import base64
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(b"#" * 50_000_000, 9)).decode()
    choice, _, _ = choice_of(f"file={bomb}")
    assert len(choice.text) <= 200_000


def test_a_long_scenario_is_not_put_into_a_link():
    import random

    text = OWN + "".join(f"# {random.Random(line).random()}\n" for line in range(2_000))
    long = Choice(text=text, scenario="my_scenario")
    assert not is_linkable(long)
    assert "file=" not in query_of(long)


def test_a_change_taken_back_leaves_the_scenario_as_it_is():
    choice = Choice().changed("selfhost.overhead", 0.3).unchanged("selfhost.overhead")
    assert choice == Choice()
    assert choice.read() == read_scenario("baseline", overrides={"companies.count": 2_000})
