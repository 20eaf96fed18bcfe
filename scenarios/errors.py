"""What can be wrong with a scenario: one class per kind of failure, each one line of file, key, problem and remedy."""

from __future__ import annotations


class ScenarioError(ValueError):
    """A scenario cannot be used; the message says in which file, at which key, what is wrong and what to do."""

    def __init__(self, *, file: str, problem: str, key: str = "", remedy: str = "") -> None:
        self.file, self.key, self.problem, self.remedy = file, key, problem, remedy
        place = ": ".join(part for part in (file, key) if part)
        message = f"{place}: {problem}; {remedy}" if remedy else f"{place}: {problem}"
        super().__init__(" ".join(message.split()))

    def __reduce__(self) -> tuple[object, ...]:
        """As itself from one process to another, which else would know the message only."""
        return _again, (type(self), self.file, self.key, self.problem, self.remedy)


class ScenarioNotFound(ScenarioError):
    """No shipped scenario and no file has this name."""


class MalformedFile(ScenarioError):
    """The file cannot be read as a scenario at all: not TOML, not text, empty, or of another schema."""


class BadInheritance(ScenarioError):
    """`extends` lacks where something is left unstated, names nothing, is a path, or goes in a circle."""


class UnknownKey(ScenarioError):
    """No parameter has this key."""


class BadValue(ScenarioError):
    """A value has the wrong type, is not finite, or is outside its bounds."""


class BadShock(ScenarioError):
    """A dated change names no parameter that can change, an impossible date, or an impossible value."""


class BadReference(ScenarioError):
    """Parts of a scenario contradict each other: a lab names a cloud that does not exist."""


class BadDesign(ScenarioError):
    """A design file asks for something that does not exist, or for parts that cannot stand together."""


def _again(kind: type[ScenarioError], file: str, key: str, problem: str, remedy: str) -> ScenarioError:
    return kind(file=file, key=key, problem=problem, remedy=remedy)
