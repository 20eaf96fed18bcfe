"""A scenario of a user's own: its mistakes are told in words and in their line, and a hostile one can do nothing."""

from __future__ import annotations

import pytest

from app.scenario_files import SHOWN_AS, mistake_in, read_text

HEAD = 'schema = 1\nextends = "baseline"\n'


def test_a_good_scenario_has_no_mistake_and_reads_like_its_file(tmp_path):
    from scenarios import read_scenario

    text = f"{HEAD}[selfhost]\noverhead = 0.21\n"
    (tmp_path / "scenario.toml").write_text(text)
    assert mistake_in(text) is None
    assert read_text(text) == read_scenario(tmp_path / "scenario.toml")


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (f"{HEAD}[selfhost]\noverhead = 0.4\nover_head = 3\n", 5, "did you mean selfhost.overhead?"),
        (f"{HEAD}[selfhost]\noverhead = -1.0\n", 4, "below"),
        (f'{HEAD}[selfhost]\noverhead = "much"\n', 4, "overhead"),
        (f"{HEAD}[selfhost\noverhead = 0.4\n", 3, "not valid TOML"),
        ('schema = 1\nextends = "../other"\n', 2, "is a path"),
        (f'{HEAD}[[shocks]]\nmonth = 3\nparameter = "selfhost.overhead"\nstep_to = 900.0\n', 5, "above"),
        (f'{HEAD}[nothing]\nat = "all"\n', 3, "nothing"),
        ("schema = 2\n", 1, "schema"),
    ],
)
def test_a_mistake_is_told_in_words_and_in_its_line(text, line, word):
    mistake = mistake_in(text)
    assert mistake is not None
    assert (mistake.line, word in mistake.message) == (line, True), mistake
    assert line in [number for number, _ in mistake.excerpt(text)]


@pytest.mark.parametrize(
    "text",
    ["", "\x00\x01", "[" * 5000, "a = " + "9" * 50_000, "#" * 2_000_000, "a." * 3_000 + "b = 1",
     f'{HEAD}name = "../../x"\n', f'{HEAD}extends = "scenario"\n', 'schema = 1\nextends = "scenario"\n',
     'schema = 1\nextends = "/etc/passwd"\n', f"{HEAD}[pop]\nslots_max = 99999999999\n", "\ud800"],
)  # fmt: skip
def test_a_hostile_text_is_one_line_of_refusal_without_a_path_of_the_server(text):
    mistake = mistake_in(text)
    assert mistake is not None
    assert "\n" not in mistake.message
    assert "/tmp" not in mistake.message
    assert len(mistake.message) < 3_000


def test_messages_call_it_the_users_scenario():
    assert mistake_in("schema = 1\n").message.startswith(SHOWN_AS)
