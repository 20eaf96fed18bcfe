"""Reading a scenario: find the file, follow `extends`, lay the tables over one another, check all of it.

Whatever is wrong is one line: file, key, problem, remedy (`scenarios/errors.py`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenarios.checking import explained, refuse_contradictions, refuse_unknown_keys
from scenarios.dated import read_shocks
from scenarios.draft import DEEPEST, Draft, absorb_file, absorb_override
from scenarios.errors import BadInheritance, BadValue, MalformedFile, ScenarioNotFound
from scenarios.numbers import is_number, named, remedy_for
from scenarios.scenario import GROUPS, SCHEMA, Scenario
from scenarios.sellers import ABSENT
from scenarios.wording import nearest, short, shown

SHIPPED = Path(__file__).parent
LIMITS = SHIPPED / "limits"  # worlds with a known answer: they alone may leave parameters unstated and extend nothing
LARGEST_FILE = 1_000_000  # bytes
OPENING = f'schema = {SCHEMA} and extends = "baseline"'
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,63}$")


def read_scenario(name_or_path: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Read a shipped scenario ("baseline", "S02", "limits/three_layer") or a TOML file, and check all of it.

    `overrides` are dotted keys laid over the file: `{"selfhost.overhead": 0.3}`. Raises a `ScenarioError` of one line:
    file, key, what is wrong and what to do.
    """
    return with_overrides(drafted(name_or_path), overrides or {})


def drafted(name_or_path: str | Path) -> Draft:
    """The tables of a scenario and its ancestors laid over one another, not yet checked.

    Reading files is half the work of `read_scenario`: one draft serves many variants through `with_overrides`.
    """
    path = locate(name_or_path)
    draft = Draft(label=label_of(path), stem=path.stem)
    for ancestor, raw in chain(path):
        absorb_file(draft, raw, label_of(ancestor))
    return draft


def with_overrides(draft: Draft, overrides: Mapping[str, Any]) -> Scenario:
    """The scenario of a draft with dotted overrides laid over it; the draft stays as it is. Raises `ScenarioError`."""
    draft = draft.copy()
    for key, value in overrides.items():
        absorb_override(draft, key, value)
    refuse_unknown_keys(draft)
    scenario = build(draft, name=draft.tree.get("name", draft.stem))
    refuse_contradictions(scenario, draft)
    return scenario


def shipped_names() -> list[str]:
    """Names of the scenarios that come with the project, the limits last."""
    top = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    return top + sorted(f"limits/{path.stem}" for path in (SHIPPED / "limits").glob("*.toml"))


def locate(name_or_path: str | Path) -> Path:
    """The file a name or path means; raises `ScenarioNotFound` with the nearest name."""
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml"):
        path = Path(name_or_path)
        if is_folder(path):
            raise ScenarioNotFound(file=text, problem="this is a folder", remedy="name a .toml file in it")
        if not is_file(path):
            raise ScenarioNotFound(file=short(text), problem="no such file", remedy=nearest(text, shipped_names()))
        return path
    found = _shipped(text)
    if found is None:
        remedy = (remedy_for(text, shipped_names()) if is_number(text) else None) or nearest(text, shipped_names())
        if is_file(Path(f"{text}.toml")):
            remedy = f"did you mean the file {text}.toml?"
        raise ScenarioNotFound(file=short(text) or "scenario", problem="no scenario has this name", remedy=remedy)
    return found


def is_file(path: Path) -> bool:
    """Whether a path leads to a file; one that the system refuses to look up, such as one too long, does not."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder, likewise."""
    try:
        return path.is_dir()
    except OSError:
        return False


def label_of(path: Path) -> str:
    """How messages call a file: shipped ones by name, others as given."""
    return path.relative_to(SHIPPED).as_posix() if path.is_relative_to(SHIPPED) else str(path)


def chain(path: Path) -> list[tuple[Path, dict[str, Any]]]:
    """A file and what it extends, the remotest ancestor first."""
    files: list[tuple[Path, dict[str, Any]]] = []
    seen: list[Path] = []
    while True:
        raw = load(path)
        files.append((path, raw))
        seen.append(path.resolve())
        parent = parent_of(path, raw)
        if parent is None:
            return files[::-1]
        if parent.resolve() in seen:
            circle = " -> ".join([*(file.stem for file in seen), parent.stem])
            raise BadInheritance(
                file=label_of(path), key="extends", problem=f"the scenarios extend each other in a circle ({circle})",
                remedy='extend another one, or "baseline"',
            )
        path = parent


def load(path: Path, *, opening: str = OPENING) -> dict[str, Any]:
    """The raw table of one file, which begins with `opening`; raises `MalformedFile` for what cannot be a scenario."""
    label = label_of(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        raw = tomllib.loads(content.decode("utf-8-sig")) if len(content) <= LARGEST_FILE else None
    except OSError as reason:
        problem = f"cannot be read ({reason.strerror})"
        raise MalformedFile(file=label, problem=problem, remedy="check the file and its permissions") from reason
    except UnicodeDecodeError as reason:
        raise MalformedFile(file=label, problem="this is not UTF-8 text", remedy="save the file as UTF-8") from reason
    except tomllib.TOMLDecodeError as reason:
        raise MalformedFile(file=label, problem=f"not valid TOML: {reason}", remedy="correct that line") from reason
    except (ValueError, RecursionError) as reason:
        problem = "not valid TOML: a number of absurd length, or tables nested too deep"
        raise MalformedFile(file=label, problem=problem, remedy="write values as a scenario declares them") from reason
    if raw is None:
        raise MalformedFile(file=label, problem="larger than 1 MB", remedy="a scenario is a page of text")
    if not raw:
        raise MalformedFile(file=label, problem="the file is empty", remedy=f"begin with {opening}")
    deep = next((name for name, value in raw.items() if nested(value, DEEPEST)), None)
    if deep is not None:
        raise MalformedFile(
            file=label, key=short(deep), problem="tables or lists nested too deep",
            remedy="write the group as [group] and the parameter below it",
        )
    schema = raw.get("schema")
    if schema is None:
        remedy = f"begin the file with schema = {SCHEMA}"
        raise MalformedFile(file=label, key="schema", problem="missing", remedy=remedy)
    if isinstance(schema, bool) or schema != SCHEMA or not isinstance(schema, int):
        raise MalformedFile(
            file=label, key="schema", problem=f"{shown(schema)} is not a schema this version reads",
            remedy=f"write schema = {SCHEMA}",
        )
    return raw


def nested(value: Any, deepest: int) -> bool:
    """Whether a value holds tables or lists more than `deepest` levels deep."""
    level = [value]
    for _ in range(deepest):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [part for parts in inner for part in parts]
    return any(isinstance(each, dict | list) for each in level)


def parent_of(path: Path, raw: Mapping[str, Any]) -> Path | None:
    """The file a scenario extends; None for one that states everything itself. Raises `BadInheritance`."""
    label = label_of(path)
    if "extends" not in raw:
        missing = unstated(raw)
        if not missing or path.resolve().parent == LIMITS.resolve():
            return None
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise BadInheritance(
            file=label, key="extends", problem=f"missing, and the file does not state {missing[0]}{more}",
            remedy='say what the scenario differs from: extends = "baseline"; or state every parameter',
        )
    name = raw["extends"]
    if not isinstance(name, str) or not name:
        raise BadInheritance(
            file=label, key="extends", problem=f"{shown(name)} is not a name", remedy='write extends = "baseline"'
        )
    if name.startswith("limits/") and _shipped(name) is not None:
        return _shipped(name)
    if "/" in name or "\\" in name or name.startswith("."):
        raise BadInheritance(
            file=label, key="extends", problem=f"{shown(name)} is a path",
            remedy="put the file beside this one and write its name, or name a shipped scenario",
        )
    beside = path.parent / (name if name.endswith(".toml") else f"{name}.toml")
    shipped = _shipped(name)
    if shipped is not None and shipped.resolve() != path.resolve():
        return shipped
    if is_file(beside):
        return beside
    neighbours = [file.stem for file in path.parent.glob("*.toml") if file != path]
    raise BadInheritance(
        file=label, key="extends", problem=f'no scenario is called "{short(name)}", shipped or beside this file',
        remedy=nearest(name, [*shipped_names(), *neighbours]),
    )


def unstated(raw: Mapping[str, Any]) -> list[str]:
    """Dotted keys that a file would have to state to need no other: every parameter, and who sells."""
    keys = [
        f"{group}.{name}"
        for group, model in GROUPS.items()
        for name in model.model_fields
        if isinstance(raw.get(group, {}), dict) and name not in raw.get(group, {})
    ]
    return keys if "sellers" in raw else [*keys, "sellers"]


def build(draft: Draft, name: Any) -> Scenario:
    """Validate the merged tables into a `Scenario`; raises `BadValue` for the first value that is refused."""
    if not isinstance(name, str) or not _NAME.match(name):
        raise BadValue(
            file=draft.label, key="name", problem=f"{shown(name)} cannot be a scenario's name",
            remedy="use letters, digits, -, _ and +, beginning with a letter",
        )
    tree = dict(draft.tree) | {"name": name, "sellers": _founded(draft.tree.get("sellers", {}))}
    if isinstance(tree.get("claims"), list):
        tree["claims"] = tuple(tree["claims"])
    try:
        scenario = Scenario.model_validate(tree)
    except ValidationError as refusal:
        raise explained(draft, refusal) from None
    return read_shocks(scenario, draft.shocks)


def _shipped(name: str) -> Path | None:
    """The shipped file of a name or of a number such as S02; None where there is none."""
    if not re.fullmatch(r"(limits/)?[A-Za-z0-9_-]+", name):
        return None
    for path in (SHIPPED / f"{name}.toml", SHIPPED / "limits" / f"{name}.toml"):
        if is_file(path):
            return path
    found = named(name, shipped_names()) if is_number(name) else None
    return None if found is None else SHIPPED / f"{found}.toml"


def _founded(sellers: Mapping[str, Any]) -> dict[str, Any]:
    """The sellers that exist, in the order of their names, so that order in a file means nothing."""
    return {name: sellers[name] for name in sorted(sellers) if sellers[name].get("kind") != ABSENT}
