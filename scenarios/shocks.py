"""Dated changes of parameters: step, ramp and pulse, to a value or by a factor; pure functions of the month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SHAPES = ("step_to", "ramp_to", "pulse_to", "step_by", "ramp_by", "pulse_by")
LASTING = ("ramp_to", "pulse_to", "ramp_by", "pulse_by")  # shapes that say for how many months

Value = Any  # int, float, bool, str or a tuple of numbers: whatever the parameter is


@dataclass(frozen=True, slots=True)
class Shock:
    """One dated change of one parameter.

    A step holds from `month` on; a ramp moves in equal parts and arrives after `months` months; a pulse holds for
    `months` months. `*_to` names the value, `*_by` a factor on what the parameter would otherwise be.
    """

    month: int  # the first month that differs; 0 = January 2023
    parameter: str  # dotted key
    shape: str  # one of SHAPES
    value: Value
    months: int = 0  # length of a ramp or pulse

    def applied(self, before: Value, month: int) -> Value:
        """The parameter's value in `month`, given what it would be without this shock."""
        reached = self._reached(month)
        if reached == 0.0:
            return before
        target = _scaled(before, self.value) if self.shape.endswith("_by") else self.value
        return target if reached == 1.0 else _between(before, target, reached)

    def changes(self) -> tuple[int, ...]:
        """The months in which the shock moves the parameter."""
        if self.shape.startswith("ramp"):
            return tuple(range(self.month, self.month + self.months))
        if self.shape.startswith("pulse"):
            return (self.month, self.month + self.months)
        return (self.month,)

    def _reached(self, month: int) -> float:
        """Share of the way to the target: 0 before the shock, 1 when it holds."""
        if month < self.month:
            return 0.0
        if self.shape.startswith("ramp"):
            return min(1.0, (month - self.month + 1) / self.months)
        if self.shape.startswith("pulse"):
            return float(month < self.month + self.months)
        return 1.0


def value_at(base: Value, shocks: tuple[Shock, ...], month: int) -> Value:
    """A parameter's value in `month` under its shocks, applied in the order given."""
    for shock in shocks:
        base = shock.applied(base, month)
    return base


def _scaled(before: Value, factor: float) -> Value:
    return _each(before, lambda number, _: number * factor, before)


def _between(before: Value, target: Value, reached: float) -> Value:
    return _each(before, lambda start, end: start + (end - start) * reached, target)


def _each(before: Value, change: Callable[[Any, Any], Any], other: Value) -> Value:
    """Apply `change` to a number or to every number of a tuple; a whole number stays whole."""
    if isinstance(before, tuple):
        return tuple(_each(entry, change, partner) for entry, partner in zip(before, other, strict=True))
    result = change(before, other)
    return round(result) if isinstance(before, int) else result
