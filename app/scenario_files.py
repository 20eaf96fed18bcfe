"""Scenario files of a user's own: read in a folder of their own, and their mistakes shown where they are."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios import Scenario, ScenarioError, read_scenario

SHOWN_AS = "your scenario"
AROUND = 3  # lines shown above and below a mistake
_AT_LINE = re.compile(r"at line (\d+)")
_DATED = re.compile(r"^shocks: ([a-z0-9_.]+)")
_TABLE = re.compile(r"\s*\[+\s*([A-Za-z0-9_.\"-]+)\s*\]+")


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a scenario text, in words, and in which of its lines, counted from 1; 0 where not in one."""

    message: str
    line: int

    def excerpt(self, text: str) -> list[tuple[int, str]]:
        """The lines around the mistake with their numbers."""
        if not self.line:
            return []
        lines = text.splitlines()
        first = max(0, self.line - 1 - AROUND)
        return list(enumerate(lines[first : self.line + AROUND], start=first + 1))


def read_text(text: str, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario of a text, as if it were a file in an empty folder; raises `ScenarioError`."""
    with tempfile.TemporaryDirectory(prefix="commonweight-") as folder:
        path = Path(folder) / "scenario.toml"
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            return read_scenario(path, overrides=overrides)
        except ScenarioError as refusal:
            shown = SHOWN_AS if refusal.file == str(path) else refusal.file
            place = {"file": shown, "key": refusal.key, "problem": refusal.problem, "remedy": refusal.remedy}
            raise type(refusal)(**place) from None


def mistake_in(text: str) -> Mistake | None:
    """What keeps a text from being a scenario; None where nothing does."""
    try:
        read_text(text)
    except ScenarioError as refusal:
        return Mistake(str(refusal), _line_of(refusal, text))
    return None


def _line_of(refusal: ScenarioError, text: str) -> int:
    """The line of a text that a refusal is about."""
    told = _AT_LINE.search(refusal.problem)
    if told:
        return int(told.group(1))
    *above, name = refusal.key.split(".")
    wanted, table = ".".join(above), ""
    for number, line in enumerate(text.splitlines(), start=1):
        heading = _TABLE.match(line)
        if heading:
            table = heading.group(1)
            if table == refusal.key:
                return number
        elif re.match(rf'\s*"?{re.escape(name)}"?\s*=', line) and name and table == wanted:
            return number
    dated = _DATED.search(refusal.key)  # a dated change is told by the parameter it changes
    about = f'"{dated.group(1)}"' if dated else text
    return next((number for number, line in enumerate(text.splitlines(), start=1) if about in line), 0)
