"""Reading a design file: whatever is wrong is one line of file, key, problem and remedy, before anything runs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scenarios.design import ARMS, AXES, METHODS, SAMPLED, Design, Keep, Point
from scenarios.design_factors import read_factor, refuse_value
from scenarios.design_table import DesignTable, flattened
from scenarios.draft import Draft
from scenarios.errors import BadDesign, ScenarioError, ScenarioNotFound
from scenarios.reading import drafted, is_file, is_folder, load, locate, shipped_names, with_overrides
from scenarios.scenario import CALIBRATIONS, SCHEMA, Scenario
from scenarios.wording import nearest, short, shown

KEYS = (
    "schema", "title", "question", "scenarios", "arms", "calibrations", "draws", "common_draws", "companies", "months",
    "method", "points", "seed", "factors", "experiments", "keep",
)  # fmt: skip
OPENING = f'schema = {SCHEMA} and scenarios = ["baseline"]'
KEEP_KEYS = ("tables", "window", "every", "outcomes")
MOST_DRAWS = 1_000_000
MOST_RUNS = 10_000_000
SAID_BY = {
    "scenarios": "scenario", "arms": "arm", "calibrations": "calibration", "companies": "companies.count",
    "months": "horizon.months",
}  # fmt: skip
SCENARIO_ONLY = ("extends", "shocks", "claims", "expected", "horizon", "sellers")  # a scenario file, not a design


def read_design(path: str | Path) -> Design:
    """Read a design file and check all that can be told without laying its points over its scenarios.

    Raises a `ScenarioError` of one line: file, key, what is wrong and what to do.
    """
    file = Path(path)
    label = str(path)
    if is_folder(file):
        raise ScenarioNotFound(file=label, problem="this is a folder", remedy="name a design file (.toml) in it")
    if not is_file(file):
        beside = [str(other) for other in file.parent.glob("*.toml")] if is_folder(file.parent) else []
        remedy = nearest(label, beside) if beside else "name a design file (.toml)"
        raise ScenarioNotFound(file=short(label), problem="no such file", remedy=remedy)
    raw, text = load(file, opening=OPENING), file.read_bytes().decode()
    return replace(_Reader(label, raw, folder=file.parent).design(), text=text)


def design_of(text: str, *, label: str, folder: Path) -> Design:
    """The design that a text says which is no file: `label` stands for it in messages, scenarios are beside `folder`.

    Raises a `ScenarioError` as `read_design` does.
    """
    return replace(_Reader(label, tomllib.loads(text), folder=folder).design(), text=text)


def drafts_of(design: Design) -> dict[str, Draft]:
    """The drafts of the design's scenarios by source, factors and experiments over scenarios included."""
    sources = [*design.scenarios]
    for factor in design.factors:
        sources += factor.values if factor.key == "scenario" else ()
    sources += [point.settings["scenario"] for point in design.experiments if "scenario" in point.settings]
    if any(factor.key == "scenario" for factor in design.factors):
        sources = [source for source in sources if source not in design.scenarios] or sources
    return {source: drafted(source) for source in dict.fromkeys(sources)}


class _Reader(DesignTable):
    """One design file being read."""

    def __init__(self, label: str, raw: Mapping[str, Any], *, folder: Path) -> None:
        super().__init__(label, raw)
        self.folder = folder

    def design(self) -> Design:
        """The design the file holds."""
        for name in self.raw:
            if name in SCENARIO_ONLY:
                raise self.refuse(
                    name, "this belongs to a scenario, and a design is expected",
                    'name the scenario in scenarios = ["..."], or run the file with commonweight run',
                )
            if name not in KEYS:
                raise self.refuse(name, "no such key of a design", nearest(name, list(KEYS)))
        method = self.one_of("method", METHODS, default="grid")
        scenarios = tuple(self.source(name, "scenarios") for name in self.texts("scenarios", default=("baseline",)))
        factors = tuple(
            read_factor(key, value, label=self.label, sampled=method in SAMPLED, source=self.source)
            for key, value in self.table("factors").items()
        )
        design = Design(
            label=self.label, scenarios=scenarios, arms=self.choices("arms", ARMS, default=("open",)),
            calibrations=self.choices("calibrations", CALIBRATIONS, default=()),
            draws=self.whole("draws", least=1, most=MOST_DRAWS) or 1, common_draws=self.flag("common_draws"),
            companies=self.whole("companies", least=1), months=self.whole("months", least=1), method=method,
            points=self.whole("points", least=1, most=MOST_RUNS) or 0, seed=self.whole("seed", least=1) or 1,
            factors=factors, experiments=self.experiments(), keep=self.keep(), title=self.text("title"),
            question=self.text("question"),
        )
        self.refuse_contradictions(design)
        self.refuse_values(design)
        return design

    def refuse_contradictions(self, design: Design) -> None:
        """Raise where parts that are each valid cannot stand together."""
        method, sampled, listed = design.method, design.method in SAMPLED, design.method == "list"
        below = 1 << (design.points.bit_length() - 1) if design.points else 1
        for wrong, key, problem, remedy in (
            ("points" in self.raw and not sampled, "points", f'method = "{method}" takes no sample',
             'drop it, or sample: method = "latin_hypercube" or "sobol"'),
            (sampled and not design.points, "points", f'missing, and method = "{method}" needs it',
             "give points = 256"),
            (method == "sobol" and below != design.points, "points",
             f"{design.points} is no power of two, and a Sobol sequence is even only there",
             f"give {below} or {2 * below}"),
            (sampled and not design.factors, "factors", f'missing, and method = "{method}" samples them',
             'write [factors] and "selfhost.overhead" = {low = 0.2, high = 0.5}'),
            (listed and bool(design.factors), "factors", 'method = "list" takes experiments, not factors',
             'write [[experiments]], or method = "grid"'),
            (listed and not design.experiments, "experiments", 'missing, and method = "list" needs them',
             'write [[experiments]] with name = "tight" and set = {"selfhost.overhead" = 0.5}'),
            (bool(design.experiments) and not listed, "experiments",
             f'method = "{method}" takes factors, not experiments', 'write method = "list"'),
        ):  # fmt: skip
            if wrong:
                raise self.refuse(key, problem, remedy)
        self.refuse_said_twice(design)
        if design.runs > MOST_RUNS:
            remedy = f"a sweep has {MOST_RUNS:,} at most: use fewer values, or sample the factors"
            raise self.refuse("factors", f"{design.runs:,} runs", remedy)

    def refuse_said_twice(self, design: Design) -> None:
        """Raise where the file says twice what a run is to be."""
        place = {factor.key: f'factors."{factor.key}"' for factor in design.factors}
        place |= {key: f"experiments.{p.experiment}.set.{key}" for p in design.experiments for key in p.settings}
        if "answer.pairs" in place:
            raise self.refuse(place["answer.pairs"], "a sweep has draws, not pairs", "write draws = 16")
        for stated, key in SAID_BY.items():
            if stated in self.raw and key in place and not (design.experiments and key in AXES):
                raise self.refuse(stated, f"{key} varies too", "say it in one place: here, or as a factor")
        if "companies.calibration" in place:
            remedy = 'write calibrations = ["iceberg", "lean"], or the factor "calibration"'
            raise self.refuse(place["companies.calibration"], "calibrations have a key of their own", remedy)

    def refuse_values(self, design: Design) -> None:
        """Lay every listed value and both ends of every range over every scenario; raise for what is refused."""
        common = {"companies.count": design.companies, "horizon.months": design.months}
        common = {key: value for key, value in common.items() if value is not None}
        names: dict[str, str] = {}
        for source, draft in drafts_of(design).items():
            scenario = self.laid_over(draft, common, places={key: stated for stated, key in SAID_BY.items()})
            if scenario.name in names:
                problem = f'"{names[scenario.name]}" and "{source}" are both named {scenario.name}'
                raise self.refuse("scenarios", problem, "give one of them another name")
            names[scenario.name] = source
            self.refuse_window(design, scenario)
            for factor in design.factors:
                refuse_value(factor, draft, common, label=self.label, scenario=scenario.name)
            for point in design.experiments:
                if point.settings.get("scenario", source) == source:
                    settings = {k: v for k, v in point.settings.items() if k not in ("scenario", "arm", "calibration")}
                    place = f"experiments.{point.experiment}.set."
                    places = {key: place + key for key in settings}
                    self.laid_over(draft, common | settings, places=places, otherwise=place[:-1])

    def laid_over(
        self, draft: Draft, overrides: Mapping[str, Any], *, places: Mapping[str, str], otherwise: str = ""
    ) -> Scenario:
        """The scenario with overrides, whose refusal is told at the place of this file that says them.

        What is refused elsewhere because of them is told at `otherwise`; where that is empty the scenario is to blame.
        """
        try:
            return with_overrides(draft, overrides)
        except ScenarioError as refusal:
            place = places.get(refusal.key, otherwise)
            if not place:
                raise
            where = "" if refusal.key in places else f"in {draft.label}: {refusal.key}: "
            raise self.refuse(place, f"{where}{refusal.problem}", refusal.remedy) from None

    def refuse_window(self, design: Design, scenario: Scenario) -> None:
        """Raise where the window ends after a scenario that has a fixed horizon."""
        last, months = design.keep.last, scenario.horizon.months
        if last is not None and last >= months and "horizon.months" not in design.keys:
            raise self.refuse(
                "keep.window", f"month {last} is not before the end of {scenario.name} ({months} months)",
                f"give months from 0 to {months - 1}, or simulate more: months = {last + 1}",
            )

    def experiments(self) -> tuple[Point, ...]:
        """The points of a list."""
        raw = self.raw.get("experiments", [])
        if not isinstance(raw, list) or not all(isinstance(table, dict) for table in raw):
            raise self.refuse("experiments", "a list of tables is expected", "begin each one with [[experiments]]")
        points: list[Point] = []
        for number, table in enumerate(raw, start=1):
            for name in table:
                if name not in ("name", "set"):
                    raise self.refuse(f"experiments.{number}.{name}", "no such key of an experiment",
                                      nearest(name, ["name", "set"]))
            name = table.get("name")
            if not isinstance(name, str) or not name:
                problem = "missing" if name is None else f"{shown(name)} is not a name"
                raise self.refuse(f"experiments.{number}.name", problem, 'write name = "tight"')
            if name in (point.experiment for point in points):
                raise self.refuse(f"experiments.{number}.name", f'"{name}" is named twice', "give it another name")
            if not isinstance(table.get("set"), dict):
                problem = "missing" if "set" not in table else f"{shown(table['set'])} is not a table"
                raise self.refuse(f"experiments.{number}.set", problem, 'write set = {"selfhost.overhead" = 0.5}')
            settings = {
                key: self.setting(key, value, f"experiments.{name}.set.{key}")
                for key, value in flattened(table["set"]).items()
            }
            points.append(Point(number, settings, experiment=name))
        return tuple(points)

    def setting(self, key: str, value: Any, place: str) -> Any:
        """One value of an experiment; an axis is checked here, a parameter against its scenario."""
        options = {"arm": ARMS, "calibration": CALIBRATIONS}.get(key)
        if options is not None and value not in options:
            raise self.refuse(place, f"{shown(value)} is no {key}", f"give one of {', '.join(options)}")
        return self.source(value, place) if key == "scenario" else value

    def keep(self) -> Keep:
        """What is kept of every run."""
        raw = self.table("keep")
        for name in raw:
            if name not in KEEP_KEYS:
                raise self.refuse(f"keep.{name}", "no such key", nearest(name, list(KEEP_KEYS)))
        window = raw.get("window")
        whole = isinstance(window, list) and len(window) == 2 and all(type(month) is int for month in window)
        if window is not None and not (whole and 0 <= window[0] <= window[1]):
            raise self.refuse("keep.window", f"{shown(window)} is no window",
                              "give the first and the last month kept, such as [96, 119]")
        every = raw.get("every", 1)
        if type(every) is not int or every < 1:
            raise self.refuse("keep.every", f"{shown(every)} is no number of months",
                              "give 1 for every month, 12 for one a year")
        return Keep(
            tables=self.names(raw, "tables", default=("indicators",)), first=window[0] if window else 0,
            last=window[1] if window else None, every=every, outcomes=self.names(raw, "outcomes", default=()),
        )

    def names(self, raw: Mapping[str, Any], name: str, *, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of texts of [keep]; whether such tables and columns exist is checked where they are declared."""
        return self.listed(f"keep.{name}", raw[name]) if name in raw else default

    def source(self, name: Any, key: str) -> str:
        """What to read for a scenario of the design: a shipped name, or a file beside the design."""
        if not isinstance(name, str) or not name:
            raise self.refuse(key, f"{shown(name)} is no scenario", 'give names, such as ["baseline"]')
        beside = self.folder / (name if name.endswith(".toml") else f"{name}.toml")
        if not name.endswith(".toml"):
            try:
                locate(name)
            except ScenarioNotFound:
                if not is_file(beside):
                    others = [path.stem for path in self.folder.glob("*.toml") if str(path) != self.label]
                    raise self.refuse(key, f'no scenario is called "{short(name)}", shipped or beside this file',
                                      nearest(name, [*shipped_names(), *others])) from None
            else:
                return name
        if not is_file(beside):
            raise self.refuse(key, f'there is no file "{short(name)}" beside this one',
                              "name a file in the same folder, or a shipped scenario")
        return str(beside)


def point_refused(design: Design, point: Point, scenario: str, refusal: ScenarioError) -> BadDesign:
    """The error for a point whose values are each valid and cannot stand together in a scenario."""
    where = f"experiments.{point.experiment}" if point.experiment else "factors"
    settings = ", ".join(f"{key} = {shown(value)}" for key, value in point.settings.items())
    place = f"{refusal.key}: " if refusal.key else ""
    return BadDesign(
        file=design.label, key=where, remedy=refusal.remedy or "leave that combination out",
        problem=f"point {point.number} ({settings}) in {scenario}: {place}{refusal.problem}",
    )
