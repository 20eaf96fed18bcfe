"""Whatever is wrong with a scenario is said in one line: file, key, what, remedy."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenarios import ScenarioError, read_scenario
from scenarios.errors import (
    BadInheritance,
    BadReference,
    BadShock,
    BadValue,
    MalformedFile,
    ScenarioNotFound,
    UnknownKey,
)

Write = Callable[..., Path]


def refusal(path: Path | str, kind: type[ScenarioError] = ScenarioError, **options: Any) -> str:
    """The one line with which a scenario is refused."""
    with pytest.raises(kind) as caught:
        read_scenario(path, **options)
    assert type(caught.value) is kind or kind is ScenarioError
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("# only a comment\n", "empty"),
        ("schema = 1\nextends = \n", "not valid TOML"),
        ('schema = 1\nextends = "baseline"\n[selfhost\n', "not valid TOML"),
        ('schema = 1\nextends = "baseline"\n[selfhost]\noverhead = 1\noverhead = 2\n', "not valid TOML"),
        ('extends = "baseline"\n', "schema: missing"),
        ('schema = 2\nextends = "baseline"\n', "schema: 2"),
        ('schema = true\nextends = "baseline"\n', "schema: true"),
        ('schema = "1"\nextends = "baseline"\n', 'schema: "1"'),
        ('schema = 1.0\nextends = "baseline"\n', "schema: 1.0"),
        (f'schema = 1\nextends = "baseline"\n[horizon]\nmonths = {"9" * 5000}\n', "not valid TOML"),
        (f'schema = 1\nextends = "baseline"\n{"a." * 2000}a = 1\n', ": a: tables or lists nested too deep"),
        (f'schema = 1\nextends = "baseline"\na = {"[" * 99}{"]" * 99}\n', ": a: tables or lists nested too deep"),
    ],
)
def test_a_malformed_file_is_named_with_its_fault(write: Write, text: str, says: str) -> None:
    path = write(text, whole=True)
    line = refusal(path, MalformedFile)
    assert line.startswith(str(path))
    assert says in line


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.toml"
    path.write_bytes(b"\xff\xfe\x00schema")
    assert "UTF-8" in refusal(path, MalformedFile)


def test_an_absurdly_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_text("# " + "x" * 1_100_000)
    assert "1 MB" in refusal(path, MalformedFile)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.toml", ScenarioNotFound)
    assert "folder" in refusal(tmp_path, ScenarioNotFound)


@pytest.mark.parametrize("name", ["a" * 5000, f"{'a' * 5000}.toml", f"{'a/' * 3000}b.toml"])
def test_an_absurdly_long_name_is_no_scenario_and_is_cut_short(name: str) -> None:
    line = refusal(name, ScenarioNotFound)
    assert line.startswith(name[:200])
    assert name not in line


def test_a_misspelt_scenario_is_met_with_the_nearest_name() -> None:
    assert "did you mean baseline?" in refusal("baselin", ScenarioNotFound)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("schema = 1\n", "extends: missing, and the file does not state horizon.months"),
        ("schema = 1\nextends = 3\n", "3 is not a name"),
        ('schema = 1\nextends = ""\n', "is not a name"),
        ('schema = 1\nextends = "../baseline"\n', "is a path"),
        ('schema = 1\nextends = "/etc/passwd"\n', "is a path"),
        ('schema = 1\nextends = "nowhere"\n', 'no scenario is called "nowhere"'),
        (f'schema = 1\nextends = "{"a" * 4000}"\n', "no scenario is called"),
        ('schema = 1\nextends = "mine"\n', "in a circle (mine -> mine)"),
    ],
)
def test_a_scenario_must_extend_something_that_exists(write: Write, text: str, says: str) -> None:
    assert says in refusal(write(text, whole=True), BadInheritance)


def test_scenarios_that_extend_each_other_are_refused(write: Write) -> None:
    write(name="second.toml", extends="first")
    assert "first -> second -> first" in refusal(write(name="first.toml", extends="second"), BadInheritance)


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("[selfhost]\nover_head = 0.3\n", "selfhost.over_head", "selfhost.overhead"),
        ("[selfhost]\noh = 0.3\n", "selfhost.oh", "selfhost.overhead"),
        ("[run]\nmonths = 12\n", "run", "horizon.months"),
        ("[self_host]\noverhead = 0.3\n", "self_host", "selfhost"),
        ('titel = "x"\n', "titel", "title"),
        ("[needs]\noverhead = 0.3\n", "needs.overhead", "selfhost.overhead"),
        ("months = 12\n", "months", "horizon.months"),
    ],
)
def test_an_unknown_key_is_met_with_the_nearest_name(write: Write, text: str, key: str, nearest: str) -> None:
    line = refusal(write(text), UnknownKey)
    assert f": {key}: no such parameter" in line
    assert f"did you mean {nearest}?" in line


@pytest.mark.parametrize(
    "text",
    [
        "[selfhost]\noverhead = true\n",
        '[selfhost]\noverhead = "0.3"\n',
        "[selfhost]\noverhead = nan\n",
        "[selfhost]\noverhead = inf\n",
        "[selfhost]\noverhead = -inf\n",
        "[selfhost]\noverhead = 1e400\n",
        "[selfhost]\noverhead = -0.1\n",
        "[selfhost]\noverhead = [0.3]\n",
        "[selfhost]\noverhead = 2023-01-01\n",
        "[selfhost.overhead]\nvalue = 0.3\n",
    ],
)
def test_a_value_of_the_wrong_type_or_size_names_its_key_and_its_bounds(write: Write, text: str) -> None:
    line = refusal(write(text), BadValue)
    assert ": selfhost.overhead: " in line
    assert "give a number from 0" in line


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[horizon]\nmonths = 1.5\n", "horizon.months"),
        ("[horizon]\nmonths = 0\n", "horizon.months"),
        ("[horizon]\nmonths = -3\n", "horizon.months"),
        ("[horizon]\nmonths = 100000\n", "horizon.months"),
        ('[horizon]\nmonths = "120"\n', "horizon.months"),
        ("[companies]\ncount = 0\n", "companies.count"),
        ("[companies]\ncount = 2e4\n", "companies.count"),
        (f"[companies]\ncount = 1{'0' * 30}\n", "companies.count"),
        (f"[selfhost]\noverhead = 1{'0' * 400}\n", "selfhost.overhead"),
        ('[companies]\ncalibration = "hot"\n', "companies.calibration"),
        ("[companies]\ncalibration = 1\n", "companies.calibration"),
        ("[pop]\nsize_mix = [0.5, 0.5]\n", "pop.size_mix"),
        ("[pop]\nsize_mix = []\n", "pop.size_mix"),
        ("[pop]\nsize_mix = [0.8, true, 0.1]\n", "pop.size_mix"),
        ("[pop]\nsize_mix = 0.8\n", "pop.size_mix"),
        ("title = 3\n", "title"),
        ('claims = "C21"\n', "claims"),
        ("selfhost = 3\n", "selfhost"),
        ("sellers = 3\n", "sellers"),
        ("[[selfhost]]\noverhead = 0.3\n", "selfhost"),
        ("shocks = 3\n", "shocks"),
    ],
)
def test_every_type_and_bound_is_enforced(write: Write, text: str, key: str) -> None:
    assert f": {key}: " in refusal(write(text), BadValue)


def test_a_value_inherited_from_a_wrong_parent_is_blamed_on_the_parent(write: Write) -> None:
    parent = write("[selfhost]\noverhead = -1\n", name="parent.toml")
    child = write("[horizon]\nmonths = 24\n", name="child.toml", extends="parent")
    assert refusal(child, BadValue).startswith(str(parent))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sellers.someone]\nquality = 3\n", "sellers.someone.kind: missing"),
        ('[sellers.someone]\nkind = "clowd"\n', '"clowd" is no kind of seller'),
        ("[sellers.someone]\nkind = [1]\n", "is no kind of seller"),
        ('[sellers.households]\nkind = "cloud"\n', "cannot be a seller's"),
        ('[sellers.Some-one]\nkind = "cloud"\n', "cannot be a seller's"),
        ('[sellers]\nsomeone = "cloud"\n', "a table is expected"),
        ('[sellers.someone]\nkind = "cloud"\nlegacy_share = 1.5\n', "sellers.someone.legacy_share"),
    ],
)
def test_a_seller_that_cannot_be_founded_is_refused(write: Write, text: str, says: str) -> None:
    assert says in refusal(write(text), BadValue)


def test_a_seller_has_the_keys_of_its_kind_only(write: Write) -> None:
    text = '[sellers.someone]\nkind = "cloud"\nactive_bilion = 3\n'
    assert "sellers.someone.active_bilion: no such parameter" in refusal(write(text), UnknownKey)


@pytest.mark.parametrize(
    "text",
    [
        '[sellers.someone]\nkind = "lab"\nparent = "nobody"\n',
        '[sellers.someone]\nkind = "lab"\nmarketplaces = ["nobody"]\n',
        '[sellers.someone]\nkind = "hoster"\nclouds = ["nobody"]\n',
    ],
)
def test_a_seller_cannot_deal_with_a_cloud_that_does_not_exist(write: Write, text: str) -> None:
    assert 'no cloud is called "nobody"' in refusal(write(text), BadReference)


def test_clouds_cannot_hold_more_than_the_whole_of_ordinary_business(write: Write) -> None:
    text = '[sellers.someone]\nkind = "cloud"\nlegacy_share = 0.9\n'
    assert "add up to" in refusal(write(text), BadReference)
    assert "cloud.fringe_legacy_share" in refusal(write("[cloud]\nfringe_legacy_share = 0.9\n"), BadReference)


def test_the_months_of_a_lag_schedule_must_rise(write: Write) -> None:
    text = '[sellers.someone]\nkind = "releaser"\nlag_schedule = [[12, 3], [6, 9]]\n'
    assert "must rise" in refusal(write(text), BadValue)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("month = -1\nparameter = 'selfhost.overhead'\nstep_to = 0.5\n", "-1 is not a month"),
        ("month = 1.5\nparameter = 'selfhost.overhead'\nstep_to = 0.5\n", "1.5 is not a month"),
        ("month = true\nparameter = 'selfhost.overhead'\nstep_to = 0.5\n", "true is not a month"),
        ("month = 2025-01-01\nparameter = 'selfhost.overhead'\nstep_to = 0.5\n", "is not a month"),
        ("month = 500\nparameter = 'selfhost.overhead'\nstep_to = 0.5\n", "not before the end of the horizon"),
        ("parameter = 'selfhost.overhead'\nstep_to = 0.5\n", "month: missing"),
        ("month = 3\nstep_to = 0.5\n", "parameter: missing"),
        ("month = 3\nparameter = 'selfhost.over_head'\nstep_to = 0.5\n", "did you mean selfhost.overhead?"),
        ("month = 3\nparameter = 'horizon.months'\nstep_to = 5\n", "acts once, at founding"),
        ("month = 3\nparameter = 'cloud.fringe_count'\nstep_to = 5\n", "acts once, at founding"),
        ("month = 3\nparameter = 'selfhost.overhead'\n", "0 kinds of change"),
        ("month = 3\nparameter = 'selfhost.overhead'\nstep_to = 0.5\nstep_by = 2\n", "2 kinds of change"),
        ("month = 3\nparameter = 'selfhost.overhead'\nramp_to = 0.5\n", "months: missing"),
        ("month = 3\nparameter = 'selfhost.overhead'\nramp_to = 0.5\nmonths = 0\n", "0 is not a number of months"),
        ("month = 3\nparameter = 'selfhost.overhead'\nstep_to = 0.5\nmonths = 3\n", "lasts for ever"),
        ("month = 3\nparameter = 'selfhost.overhead'\nstep_to = -0.5\n", "below the least"),
        ("month = 3\nparameter = 'selfhost.overhead'\nstep_to = nan\n", "finite"),
        ("month = 3\nparameter = 'selfhost.overhead'\nstep_to = '0.5'\n", "valid number"),
        ("month = 3\nparameter = 'selfhost.overhead'\nstep_by = true\n", "is not a factor"),
        ("month = 3\nparameter = 'selfhost.overhead'\nstep_by = inf\n", "finite"),
        ("month = 3\nparameter = 'selfhost.overhead'\nstep_by = -1\n", "below the least"),
        ("month = 3\nparameter = 'selfhost.overhead'\nstep_to = 0.5\nstep = 1\n", "no such key of a shock"),
        ("month = 3\nparameter = 'pricing.rule_lab'\nstep_by = 2\n", "is no quantity"),
        ("month = 3\nparameter = 'pricing.rule_lab'\nstep_to = 'magic'\n", "is not one of"),
    ],
)
def test_an_impossible_shock_is_refused(write: Write, text: str, says: str) -> None:
    assert says in refusal(write(f"[[shocks]]\n{text}"), BadShock)


def test_two_shocks_of_one_parameter_in_one_month_are_refused(write: Write) -> None:
    shock = "[[shocks]]\nmonth = 3\nparameter = 'selfhost.overhead'\nstep_to = 0.5\n"
    assert "a second shock" in refusal(write(shock + shock), BadShock)


def test_the_closed_arm_must_begin_within_the_horizon(write: Write) -> None:
    text = "[horizon]\nmonths = 24\n[counterfactual]\nclosed_from = 24\n"
    assert "not before the end of the horizon" in refusal(write(text), BadReference)


def test_thresholds_of_the_verdict_must_be_in_order(write: Write) -> None:
    assert "theta_high" in refusal(write("[answer]\ntheta_low = 0.9\ntheta_high = 0.5\n"), BadReference)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("selfhost.over_head", 0.3, "did you mean selfhost.overhead?"),
        ("selfhost", 0.3, "not the dotted name"),
        ("shocks", 0.3, "not the dotted name"),
        ("selfhost..overhead", 0.3, "not the dotted name"),
        (".".join("a" * 2000), 1, "not the dotted name"),
        ("selfhost.overhead", [1], "[1] is not a number"),
        ("selfhost.overhead", float("nan"), "finite"),
        ("selfhost.overhead", True, "is not a number"),
        ("selfhost.overhead.x", 1, "a table is not a number"),
    ],
)
def test_an_override_is_checked_like_a_file(key: str, value: object, says: str) -> None:
    assert says in refusal("baseline", overrides={key: value})


def test_a_refusal_keeps_its_words_between_processes() -> None:
    refusal = BadValue(file="mine.toml", key="needs.life", problem="-3 is negative", remedy="give 0 or more")
    again = pickle.loads(pickle.dumps(refusal))
    assert type(again) is BadValue
    assert str(again) == str(refusal) and again.key == "needs.life"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[policy]\nresponse = "conduct"\n[control]\npanel = 0\n', "leaves unmeasured"),
        ("[policy]\ntalent_visas = true\n[labour]\nmarket = false\n", "everybody finds specialists"),
        ('[policy]\nmisuse_reaction = "ban"\n[safety]\nmisuse = false\n', "no misuse that a regulator could react to"),
        ("[policy]\nliability_open = true\n[safety]\nmisuse = false\n", "nothing that publishers could answer for"),
    ],
)
def test_an_instrument_without_its_mechanism_is_refused(write: Write, text: str, says: str) -> None:
    assert says in refusal(write(text), BadReference)


QUOTA = "[policy]\nsovereign_quota = 0.2\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (QUOTA + "[demand]\nexposure_self = 0.1\n", "0.15 is not below demand.exposure_self = 0.1"),
        (QUOTA + "[demand]\nexposure_sovereign = 0.3\n", "lower it below demand.exposure_self"),
        (
            QUOTA + '[[shocks]]\nmonth = 3\nparameter = "demand.exposure_host"\nstep_to = 0.05\n',
            "not below demand.exposure_host = 0.05",
        ),
        (
            '[[shocks]]\nmonth = 3\nparameter = "policy.sovereign_quota"\nstep_to = 0.2\n'
            '[pricing]\nrule_cloud = "cournot"\n',
            "clouds that plan quantities share one market",
        ),
    ],
)
def test_a_quota_that_cannot_tell_its_cloud_from_others_is_refused(write: Write, text: str, says: str) -> None:
    assert says in refusal(write(text), BadReference)


@pytest.mark.parametrize("text", ["[demand]\nexposure_self = 0.1\n", '[pricing]\nrule_cloud = "cournot"\n'])
def test_what_a_quota_needs_is_asked_of_nobody_without_one(write: Write, text: str) -> None:
    assert read_scenario(write(text)).policy.sovereign_quota == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[policy]\nsovereign_quota = 0.95\n", "from 0 up to 0.9"),
        ('[policy]\nmisuse_reaction = "panic"\n', "none"),
        ("[policy]\nreaction_tests = 0\n", "from 1 up to 60"),
        ("[demand]\nexposure_sovereign = 1.5\n", "from 0 up to 1"),
    ],
)
def test_a_quota_and_a_reaction_have_their_bounds(write: Write, text: str, says: str) -> None:
    assert says in refusal(write(text), BadValue)


@pytest.mark.parametrize("name", ["public_cloud", "sovereign_cloud"])
def test_the_clouds_of_instruments_are_founded_by_policy_alone(write: Write, name: str) -> None:
    assert "cannot be a seller's" in refusal(write(f'[sellers.{name}]\nkind = "cloud"\n'))


def test_more_sellers_than_companies_can_remember_are_refused_those_that_may_come_counted(write: Write) -> None:
    clouds = "[cloud]\nfringe_count = 24\nneocloud_count = 16\n"
    assert len(read_scenario(write(clouds)).sellers) + 24 + 16 + sum(read_scenario("baseline").finance.seats) == 63
    labs = "".join(f'[sellers.newcomer_{k}]\nkind = "lab"\n' for k in range(2))
    line = refusal(write(clouds + labs), BadReference)
    assert "65 sellers can exist" in line and "finance.seats" in line
    assert read_scenario(write(clouds + labs + "[finance]\nenforced = false\n"))


def test_too_many_sellers_are_blamed_on_whoever_made_them_too_many(write: Write) -> None:
    labs = "".join(f'[sellers.newcomer_{k}]\nkind = "lab"\n' for k in range(60))
    path = write(labs, name="parent.toml")
    assert refusal(path, BadReference).startswith(f"{path}: sellers: ")
    child = write("[horizon]\nmonths = 24\n", name="child.toml", extends="parent")
    assert refusal(child, BadReference).startswith(f"{path}: sellers: ")
    many = {"cloud.neocloud_count": 16, "cloud.fringe_count": 24, "finance.seats": (8, 8, 8)}
    assert refusal("baseline", BadReference, overrides=many).startswith("--set: sellers: ")


def test_a_claim_that_nobody_declared_is_refused(write: Write) -> None:
    path = write('claims = ["C01", "C99"]\n')
    assert refusal(path, BadReference).startswith(f'{path}: claims: "C99" is no claim; claims are C01 to ')
