"""A design file says what is run, or is refused in one line of file, key, problem and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import ScenarioError, read_design
from scenarios.design import Design

HEAD = "schema = 1\n"


def designed(folder: Path, text: str, *, head: str = HEAD) -> Design:
    """The design of a file with this text."""
    path = folder / "my_design.toml"
    path.write_text(head + text, encoding="utf-8")
    return read_design(path)


def refusal(folder: Path, text: str, *, head: str = HEAD) -> str:
    """What is said of a file with this text."""
    with pytest.raises(ScenarioError) as told:
        designed(folder, text, head=head)
    line = str(told.value)
    assert "\n" not in line
    return line


def test_an_empty_design_is_one_world_of_the_baseline(tmp_path):
    design = designed(tmp_path, "")
    (world,) = design.worlds()
    assert (world.source, world.arm, world.draw, dict(world.overrides)) == ("baseline", "open", 1, {})
    assert design.runs == 1


def test_a_grid_crosses_every_factor_with_every_axis(tmp_path):
    design = designed(
        tmp_path,
        'arms = ["open", "closed"]\ncalibrations = ["iceberg", "lean"]\ndraws = 3\ncompanies = 300\nmonths = 12\n'
        '[factors]\n"selfhost.overhead" = [0.2, 0.5]\n"invest.gpu_lead_months" = {low = 3, high = 12}\n',
    )
    worlds = list(design.worlds())
    assert design.points_in_all == 2 * 3
    assert design.runs == len(worlds) == 2 * 3 * 2 * 2 * 3
    assert [w.overrides["invest.gpu_lead_months"] for w in worlds if w.draw == 1][::4] == [3, 8, 12, 3, 8, 12]
    assert {world.draw for world in worlds} == {1, 2, 3}
    assert worlds[0].overrides["companies.count"] == 300


def test_every_point_sees_the_same_draws_unless_the_design_says_otherwise(tmp_path):
    text = 'draws = 2\ncommon_draws = {flag}\n[factors]\n"selfhost.overhead" = [0.2, 0.3, 0.5]\n'
    same, own = (designed(tmp_path, text.format(flag=flag)) for flag in ("true", "false"))
    assert [world.draw for world in same.worlds()] == [1, 2] * 3
    assert [world.draw for world in own.worlds()] == [1, 2, 3, 4, 5, 6]


def test_bounds_of_a_range_default_to_the_declaration(tmp_path):
    (factor,) = designed(tmp_path, '[factors]\n"invest.gpu_lead_months" = {levels = 2}\n').factors
    assert factor.grid() == (factor.low, factor.high)
    assert factor.low < factor.high


def test_a_logarithmic_range_is_even_in_the_logarithm(tmp_path):
    text = '[factors]\n"pop.value_median" = {low = 1.0, high = 100.0, scale = "log"}\n'
    assert designed(tmp_path, text).factors[0].grid() == pytest.approx((1.0, 10.0, 100.0))


def test_keys_with_dots_may_be_written_as_tables(tmp_path):
    plain = designed(tmp_path, '[factors]\n"selfhost.overhead" = [0.2, 0.5]\n')
    nested = designed(tmp_path, "[factors.selfhost]\noverhead = [0.2, 0.5]\n")
    assert plain.factors == nested.factors


@pytest.mark.parametrize("method", ["latin_hypercube", "sobol"])
def test_a_sample_fills_every_factor_evenly_and_is_always_the_same(tmp_path, method):
    text = (
        f'method = "{method}"\npoints = 32\n[factors]\n"selfhost.overhead" = {{low = 0.0, high = 1.0}}\n'
        '"invest.gpu_lead_months" = {low = 1, high = 4}\n"pricing.rule_lab" = ["logit", "cost_plus"]\n'
    )
    text = text.replace('"logit", "cost_plus"', ", ".join(f'"{rule}"' for rule in lab_rules()[:2]))
    design = designed(tmp_path, text)
    points = [point.settings for point in design.every_point()]
    assert points == [point.settings for point in designed(tmp_path, text).every_point()]
    assert points != [point.settings for point in designed(tmp_path, f"seed = 2\n{text}").every_point()]
    eighths = [int(8 * point["selfhost.overhead"]) for point in points]
    assert [eighths.count(eighth) for eighth in range(8)] == [4] * 8
    months = [point["invest.gpu_lead_months"] for point in points]
    assert [months.count(month) for month in (1, 2, 3, 4)] == [8] * 4
    rules = [point["pricing.rule_lab"] for point in points]
    assert {rules.count(rule) for rule in set(rules)} == {16}


def lab_rules() -> tuple[str, ...]:
    """How labs may price."""
    from market.parameters import declaration_of
    from scenarios.scenario import Scenario

    return declaration_of(Scenario, "pricing.rule_lab").options


def test_a_list_takes_experiments_with_settings_of_their_own(tmp_path):
    design = designed(
        tmp_path,
        'method = "list"\narms = ["open", "closed"]\n[[experiments]]\nname = "as is"\nset = {}\n'
        '[[experiments]]\nname = "dear and closed"\nset = {"selfhost.overhead" = 0.6, arm = "closed"}\n',
    )
    worlds = list(design.worlds())
    assert [(world.point.experiment, world.arm) for world in worlds] == [
        ("as is", "open"), ("as is", "closed"), ("dear and closed", "closed"),
    ]  # fmt: skip
    assert design.runs == 3
    assert design.keys == ("selfhost.overhead",)


def test_scenarios_are_shipped_names_or_files_beside_the_design(tmp_path):
    (tmp_path / "my_slow.toml").write_text('schema = 1\nextends = "baseline"\ntitle = "Slow"\n')
    design = designed(tmp_path, 'scenarios = ["baseline", "my_slow"]\n')
    assert design.scenarios == ("baseline", str(tmp_path / "my_slow.toml"))
    factor = designed(tmp_path, '[factors]\nscenario = ["baseline", "my_slow.toml"]\narm = ["open", "closed"]\n')
    assert [(world.source == "baseline", world.arm) for world in factor.worlds()] == [
        (True, "open"), (True, "closed"), (False, "open"), (False, "closed"),
    ]  # fmt: skip


OVERHEAD = '[factors]\n"selfhost.overhead" = {}\n'


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("draw = 3", "draw", "did you mean draws?"),
        ("draws = 0", "draws", "a whole number from 1"),
        ("draws = 2.5", "draws", "a whole number"),
        ("draws = true", "draws", "a whole number"),
        ('draws = "8"', "draws", "a whole number"),
        ("companies = 5", "companies", "below the least"),
        ('companies = "many"', "companies", "a whole number"),
        ("months = 1000", "months", "above the greatest"),
        ('months = 12\nextends = "baseline"', "extends", "belongs to a scenario"),
        ('arms = ["ajar"]', "arms", "open, closed, absent"),
        ('arms = "open"', "arms", "not a list"),
        ("arms = []", "arms", "not a list"),
        ('arms = ["open", "open"]', "arms", "listed twice"),
        ('calibrations = ["warm"]', "calibrations", "iceberg, lean"),
        ('scenarios = ["baselin"]', "scenarios", "did you mean baseline?"),
        ('scenarios = ["nowhere.toml"]', "scenarios", "no file"),
        ("scenarios = [1]", "scenarios", "not a list of names"),
        (f'scenarios = ["{"a" * 4000}"]', "scenarios", "no scenario is called"),
        (f'scenarios = ["{"a" * 4000}.toml"]', "scenarios", "no file"),
        (f"{'factors.a' + '.a' * 2000} = [1]", "factors", "nested too deep"),
        ('method = "random"', "method", "grid, list, latin_hypercube, sobol"),
        ("points = 8", "points", "takes no sample"),
        ('method = "sobol"\n' + OVERHEAD.format("{}"), "points", "needs it"),
        ('method = "sobol"\npoints = 100\n' + OVERHEAD.format("{}"), "points", "give 64 or 128"),
        ('method = "latin_hypercube"\npoints = 8', "factors", "missing"),
        ('method = "list"', "experiments", "missing"),
        ('method = "list"\n' + OVERHEAD.format("[0.2]"), "factors", "takes experiments"),
        ('[[experiments]]\nname = "a"\nset = {}', "experiments", 'write method = "list"'),
        ('method = "list"\n[[experiments]]\nset = {}', "experiments.1.name", "missing"),
        ('method = "list"\n[[experiments]]\nname = "a"', "experiments.1.set", "missing"),
        ('method = "list"\n[[experiments]]\nname = "a"\nset = 3', "experiments.1.set", "not a table"),
        ('method = "list"\n[[experiments]]\nname = "a"\nsets = {}', "experiments.1.sets", "did you mean set?"),
        (
            'method = "list"\n[[experiments]]\nname = "a"\nset = {}\n[[experiments]]\nname = "a"\nset = {}',
            "experiments.2.name", "named twice",
        ),
        (
            'method = "list"\n[[experiments]]\nname = "a"\nset = {"selfhost.over_head" = 1}',
            "experiments.a.set.selfhost.over_head", "did you mean selfhost.overhead?",
        ),
        (
            'method = "list"\n[[experiments]]\nname = "a"\nset = {"selfhost.overhead" = -1}',
            "experiments.a.set.selfhost.overhead", "below the least",
        ),
        (
            'method = "list"\n[[experiments]]\nname = "a"\nset = {"cloud.neocloud_count" = 0}',
            "experiments.a.set", 'no cloud is called "neocloud_1"',
        ),
        ('[factors]\n"cloud.neocloud_count" = [0, 3]', "cloud.neocloud_count", 'no cloud is called "neocloud_1"'),
        ('method = "list"\n[[experiments]]\nname = "a"\nset = {arm = "ajar"}', "experiments.a.set.arm", "open, closed"),
        ('[factors]\n"selfhost.over_head" = [1]', 'factors."selfhost.over_head"', "did you mean selfhost.overhead?"),
        ('[factors]\noverhead = [1]', 'factors."overhead"', "no such parameter"),
        (OVERHEAD.format("0.3"), 'factors."selfhost.overhead"', "write [0.3], or {low = ..., high = ...}"),
        (OVERHEAD.format("[]"), 'factors."selfhost.overhead"', "at least one"),
        (OVERHEAD.format("[0.2, 0.2]"), 'factors."selfhost.overhead"', "listed twice"),
        (OVERHEAD.format('["high"]'), 'factors."selfhost.overhead"', "not a number"),
        (OVERHEAD.format("[true]"), 'factors."selfhost.overhead"', "not a number"),
        (OVERHEAD.format("[nan]"), 'factors."selfhost.overhead"', "finite"),
        (OVERHEAD.format("[-0.1]"), 'factors."selfhost.overhead"', "below the least"),
        (OVERHEAD.format("{low = 0.5, high = 0.2}"), 'factors."selfhost.overhead"', "not below"),
        (OVERHEAD.format("{low = -1, high = 0.2}"), 'factors."selfhost.overhead"', "below the least"),
        (OVERHEAD.format("{low = 0.1, hi = 0.2}"), 'factors."selfhost.overhead".hi', "did you mean high?"),
        (OVERHEAD.format('{low = "a", high = 0.2}'), 'factors."selfhost.overhead".low', "not a finite number"),
        (OVERHEAD.format("{low = 0.1, high = inf}"), 'factors."selfhost.overhead".high', "not a finite number"),
        (OVERHEAD.format('{low = 0, high = 1, scale = "log"}'), 'factors."selfhost.overhead".scale', "logarithm"),
        (OVERHEAD.format('{low = 1, high = 2, scale = "ln"}'), 'factors."selfhost.overhead".scale', "linear"),
        (OVERHEAD.format("{levels = 0}"), 'factors."selfhost.overhead".levels', "a whole number from 1"),
        ('[factors]\n"invest.gpu_lead_months" = {low = 1.5, high = 3}', "gpu_lead_months", "whole number"),
        ('[factors]\n"pricing.rule_lab" = {low = 1, high = 3}', "pricing.rule_lab", "list its values"),
        ('[factors]\n"pricing.rule_lab" = ["magic"]', "pricing.rule_lab", "is not one of"),
        ('[factors]\n"sellers.lab_9.quality" = [90.0]', "sellers.lab_9", "kind"),
        ('[factors]\narm = ["ajar"]', 'factors."arm"', "open, closed, absent"),
        ('arms = ["open"]\n[factors]\narm = ["closed"]', "arms", "varies too"),
        ('companies = 300\n[factors]\n"companies.count" = [300]', "companies", "varies too"),
        ('[factors]\n"companies.calibration" = ["lean"]', "companies.calibration", "key of their own"),
        ('[factors]\n"answer.pairs" = [2, 4]', "answer.pairs", "draws"),
        ("draws = 1000000\n[factors]\n" + '"selfhost.overhead" = {levels = 5000}', "factors", "runs"),
        ("factors = 3", "factors", "not a table"),
        ("[keep]\ntable = []", "keep.table", "did you mean tables?"),
        ("[keep]\ntables = []", "keep.tables", "not a list"),
        ("months = 12\n[keep]\nwindow = [6, 12]", "keep.window", "not before the end of baseline (12 months)"),
        ("[keep]\nwindow = [6, 3]", "keep.window", "no window"),
        ("[keep]\nwindow = 6", "keep.window", "no window"),
        ("[keep]\nevery = 0", "keep.every", "no number of months"),
        ("title = 3", "title", "not a text"),
        ("common_draws = 1", "common_draws", "true or false"),
        ("draws = ", "", "not valid TOML"),
    ],
)
def test_every_kind_of_mistake_is_one_line(tmp_path, text, key, says):
    line = refusal(tmp_path, text)
    assert line.startswith(str(tmp_path / "my_design.toml"))
    assert key in line
    assert says in line


def test_a_file_that_is_no_design_is_refused(tmp_path):
    assert "schema" in refusal(tmp_path, "draws = 2", head="")
    assert "is not a schema this version reads" in refusal(tmp_path, "", head="schema = 2\n")
    empty = refusal(tmp_path, "", head="")
    assert "empty" in empty and 'scenarios = ["baseline"]' in empty and "extends" not in empty
    with pytest.raises(ScenarioError, match="no such file"):
        read_design(tmp_path / "nowhere.toml")
    with pytest.raises(ScenarioError, match="no such file"):
        read_design("a" * 5000)
    with pytest.raises(ScenarioError, match="folder"):
        read_design(tmp_path)


def test_two_scenarios_of_one_name_are_refused(tmp_path):
    (tmp_path / "my_copy.toml").write_text('schema = 1\nextends = "baseline"\nname = "baseline"\n')
    assert "both named baseline" in refusal(tmp_path, 'scenarios = ["baseline", "my_copy"]')
