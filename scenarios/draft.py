"""A scenario being put together: raw tables laid over one another, each key remembering the file that set it last."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from scenarios.errors import BadValue, UnknownKey
from scenarios.scenario import GROUPS
from scenarios.wording import short

OVERRIDES = "--set"  # what an override is called in messages
DEEPEST = 8  # parts of a dotted key, of which no parameter has more than three


@dataclass
class Draft:
    """A scenario being put together: the merged tables, and which file said what."""

    tree: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)  # dotted key -> label of the file that set it last
    shocks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # (label, raw table), parents first
    files: list[str] = field(default_factory=list)  # labels of what was laid over one another, parents first
    label: str = ""  # file the scenario is read from
    stem: str = ""  # its name where it states none

    def copy(self) -> Draft:
        """A draft that can be changed without changing this one."""
        return Draft(
            tree=deepcopy(self.tree), origin=dict(self.origin), shocks=list(self.shocks),
            files=list(self.files), label=self.label, stem=self.stem,
        )

    def file_of(self, key: str) -> str:
        """The file that set a dotted key, or the nearest table above it."""
        while key:
            if key in self.origin:
                return self.origin[key]
            key = key.rpartition(".")[0]
        return self.label

    def last_of(self, *tables: str) -> str:
        """Who set anything in these tables last: an override, the file that is read, or one that it extends."""
        above = tuple(f"{table}." for table in tables)
        setters = {label for key, label in self.origin.items() if key in tables or key.startswith(above)}
        return next((label for label in (OVERRIDES, *reversed(self.files)) if label in setters), self.label)

    def absorb(self, table: Mapping[str, Any], label: str, prefix: str = "") -> None:
        """Lay a table over what is there; a seller whose kind changes starts anew."""
        for name, value in table.items():
            key = f"{prefix}{name}"
            if "." in name or not name:
                raise UnknownKey(
                    file=label, key=f'{prefix}"{name}"', problem="a quoted key holds a dot, or nothing",
                    remedy="write the group as [group] and the parameter below it",
                )
            if isinstance(value, dict):
                kind = value.get("kind")
                if prefix == "sellers." and kind is not None and kind != self._get(f"{key}.kind"):
                    self._set(key, {})
                self.origin.setdefault(key, label)
                if not isinstance(self._get(key), dict):
                    self._set(key, {})
                    self.origin[key] = label
                self.absorb(value, label, prefix=f"{key}.")
            else:
                self._set(key, value)
                self.origin[key] = label

    def _get(self, key: str) -> Any:
        place: Any = self.tree
        for part in key.split("."):
            if not isinstance(place, dict) or part not in place:
                return None
            place = place[part]
        return place

    def _set(self, key: str, value: Any) -> None:
        *above, last = key.split(".")
        place = self.tree
        for part in above:
            place = place.setdefault(part, {})
        place[last] = value


def absorb_file(draft: Draft, raw: Mapping[str, Any], label: str) -> None:
    """Lay one file over its ancestors; name, claims and expectation are a scenario's own and not inherited."""
    draft.files.append(label)
    for own in ("name", "claims", "expected"):
        draft.tree.pop(own, None)
    table = {name: value for name, value in raw.items() if name not in ("schema", "extends", "shocks")}
    draft.absorb(table, label)
    shocks = raw.get("shocks", [])
    if not isinstance(shocks, list) or not all(isinstance(shock, dict) for shock in shocks):
        raise BadValue(
            file=label, key="shocks", problem="a list of tables is expected", remedy="begin each one with [[shocks]]"
        )
    draft.shocks.extend((label, shock) for shock in shocks)


def absorb_override(draft: Draft, key: str, value: Any) -> None:
    """Lay one dotted override over the files."""
    parts = key.split(".")
    named = len(parts) <= DEEPEST and all(parts)
    if key in ("schema", "extends", "shocks", "sellers") or key in GROUPS or not named:
        raise UnknownKey(
            file=OVERRIDES, key=short(key), problem="this is not the dotted name of one parameter",
            remedy="write group.parameter=value, such as selfhost.overhead=0.3",
        )
    nested: Any = value
    for part in reversed(parts):
        nested = {part: nested}
    draft.absorb(nested, OVERRIDES)
