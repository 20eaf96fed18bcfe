"""What a user has chosen, apart from any world: kept in the address of the page, and told as a command line."""

from __future__ import annotations

import base64
import binascii
import shlex
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from app.scenario_files import read_text
from scenarios import Scenario, ScenarioError, read_scenario, shipped_names
from scenarios.scenario import TEXTS
from scenarios.wording import short
from scenarios.writing import value_text
from simulation.commands.options import BadInput, setting

COMPANIES, FEWEST, MOST = 2_000, 100, 20_000  # companies a page simulates
ARMS = ("open", "closed", "absent")
LAST_DRAW = 9_999
OWN_CONTROLS = {"companies.count": "companies"}  # parameters that are no change of the scenario here
LONGEST_LINK = 6_000  # characters of a scenario file that a link carries
LARGEST_FILE = 200_000  # characters of one that a link may stand for
FILE_NAME = "my_scenario.toml"
OWN_SCENARIO = "my_scenario"  # what the page calls a scenario file of the user's own


@dataclass(frozen=True)
class Choice:
    """A scenario, what is changed in it, and which of its random worlds is looked at.

    `text` is a scenario file of the user's own, which `scenario` then only names. `changes` are dotted keys and values
    in the order of their keys.
    """

    scenario: str = "baseline"
    text: str = ""
    changes: tuple[tuple[str, Any], ...] = ()
    companies: int = COMPANIES
    draw: int = 1
    arm: str = "open"

    def changed(self, key: str, value: Any) -> Choice:
        """The same with one parameter changed."""
        changes = dict(self.changes) | {key: frozen(value)}
        return replace(self, changes=tuple(sorted(changes.items())))

    def unchanged(self, key: str) -> Choice:
        """The same with one parameter as the scenario has it."""
        return replace(self, changes=tuple(pair for pair in self.changes if pair[0] != key))

    def read(self) -> Scenario:
        """The scenario with all changes; raises `ScenarioError` for what no scenario can have."""
        overrides = dict(self.changes) | {"companies.count": self.companies}
        return read_text(self.text, overrides) if self.text else read_scenario(self.scenario, overrides=overrides)

    def read_unchanged(self) -> Scenario:
        """The scenario without the changes, at the same number of companies."""
        return replace(self, changes=()).read()


USUAL = Choice()
OWN_NAMES = ("scenario", "companies", "draw", "arm", "set", "file")  # of what an address says about the choice


def frozen(value: Any) -> Any:
    """A value in which nothing can change: lists become tuples."""
    return tuple(frozen(entry) for entry in value) if isinstance(value, list | tuple) else value


def command_line(choice: Choice, *, command: str = "run", pairs: int | None = None) -> str:
    """The command that computes what the page shows; a file of the user's own is expected beside it."""
    words = ["commonweight", command, FILE_NAME if choice.text else choice.scenario]
    words += ["--draw", str(choice.draw), "--arm", choice.arm] if command == "run" else ["--pairs", str(pairs)]
    words += ["--companies", str(choice.companies)]
    for key, value in choice.changes:
        words += ["--set", f"{key}={value_text(value)}"]
    return " ".join(shlex.quote(word) for word in words)


def query_of(choice: Choice, *, usual: Choice = USUAL, **more: str) -> str:
    """The choice as the query of an address, left out where it is the usual one; `more` are settings of the page."""
    if choice == usual:
        return urlencode([(name, value) for name, value in more.items() if value])
    pairs = [
        (name, str(getattr(choice, name)))
        for name in ("scenario", "companies", "draw", "arm")
        if name != "scenario" or not choice.text
    ]
    pairs += [("set", f"{key}={value_text(value)}") for key, value in choice.changes]
    packed = _packed(choice.text)
    pairs += [("file", packed)] if 0 < len(packed) <= LONGEST_LINK else []
    return urlencode(pairs + [(name, value) for name, value in more.items() if value])


def is_linkable(choice: Choice) -> bool:
    """Whether an address can carry the whole choice: a long scenario file must be sent along."""
    return len(_packed(choice.text)) <= LONGEST_LINK


def choice_of(query: str, *, usual: Choice = USUAL) -> tuple[Choice, Mapping[str, str], str]:
    """Choice and further settings told by an address, and what in it cannot be used, in words; empty where all can.

    Whatever cannot be used is left out, so that an old or mistyped link still opens.
    """
    told = parse_qsl(query)
    choice, further, problems = USUAL if any(name in OWN_NAMES for name, _ in told) else usual, {}, []
    changes: dict[str, Any] = {}
    for name, value in told:
        try:
            if name == "scenario":
                read_scenario(_shipped(value))
                choice = replace(choice, scenario=value)
            elif name == "companies":
                choice = replace(choice, companies=_whole(value, name, least=FEWEST, most=MOST))
            elif name == "draw":
                choice = replace(choice, draw=_whole(value, name, least=1, most=LAST_DRAW))
            elif name == "arm":
                if value not in ARMS:
                    raise BadInput(f"arm: {value[:40]} is none of {', '.join(ARMS)}")
                choice = replace(choice, arm=value)
            elif name == "set":
                key, meant = setting(value)
                _refuse_no_parameter(key, meant)
                changes[key] = meant
            elif name == "file":
                text = _unpacked(value)
                read_text(text)
                choice = replace(choice, text=text, scenario=OWN_SCENARIO)
            else:
                further[name] = value
        except (BadInput, ScenarioError) as refusal:
            problems.append(str(refusal))
    for key, meant in sorted(changes.items()):
        try:
            choice.changed(key, meant).read()
            choice = choice.changed(key, meant)
        except ScenarioError as refusal:
            problems.append(str(refusal))
    return choice, further, "; ".join(problems)


def _shipped(name: str) -> str:
    """A name that can only mean a shipped scenario, whatever a link says."""
    if name not in shipped_names():
        raise BadInput(f"scenario: no shipped scenario is called {name[:40]}; choose one from the list")
    return name


def _refuse_no_parameter(key: str, meant: Any) -> None:
    """Refuse what a scenario file may say and a single change may not."""
    if key in OWN_CONTROLS:
        raise BadInput(f"{key}: has a setting of its own in the address: {OWN_CONTROLS[key]}")
    if key in TEXTS:
        raise BadInput(f"{key}: is told by a scenario file and is no parameter; write it in a file of your own")
    if isinstance(meant, dict):
        raise BadInput(f"{short(key)}: is a whole table; change its values one by one, as in selfhost.overhead=0.3")


def _whole(text: str, name: str, *, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise BadInput(f"{name}: {text[:40]} is no whole number from {least:,} to {most:,}")
    return int(text)


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode() if text else ""


def _unpacked(packed: str) -> str:
    """The text of a packed file, as far as it is of a size that a file may have."""
    try:
        found = zlib.decompressobj().decompress(base64.urlsafe_b64decode(packed.encode()), LARGEST_FILE)
        return found.decode()
    except (ValueError, binascii.Error, zlib.error) as reason:
        raise BadInput("file: the scenario in the address is damaged; ask for the file itself") from reason
