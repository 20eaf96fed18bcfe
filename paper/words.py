"""Numbers as a reader reads them, and the few words that follow from an estimate and its interval."""

from __future__ import annotations

import math

from market.estimators import Interval
from simulation.answering.verdict import KillSwitch
from simulation.measuring.capturing import FRINGE

MINUS, TO, NOTHING = "\u2212", " to ", "\u2013"
SCALES = {  # unit as shown: factor from the column's unit, decimals, word after a change
    "points": (100.0, 1, "points"), "%": (100.0, 1, "%"), "USD bn a month": (1e-9, 2, "USD bn a month"),
    "USD/Mtok": (1.0, 3, "USD per million tokens"), "USD/GPU-hour": (1.0, 2, "USD per GPU-hour"), "": (1.0, 3, ""),
    "ratio": (1.0, 2, ""), "months": (1.0, 1, "months"),
}  # fmt: skip


def number(value: float, decimals: int = 2, *, signed: bool = False) -> str:
    """A number with a true minus sign and separated thousands; a dash where there is none."""
    if not math.isfinite(value):
        return NOTHING
    text = f"{abs(value):,.{decimals}f}"
    zero = not float(text.replace(",", ""))
    sign = "" if zero else MINUS if value < 0 else "+" if signed else ""
    return f"{sign}{text}"


def significant(value: float, digits: int = 3) -> str:
    """A number to so many significant digits, whole from a thousand on."""
    if not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return number(value, 0)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return number(value, min(decimals, 6))


def compact(value: float, digits: int = 3) -> str:
    """A number of any size: millions and billions in words, others to so many significant digits."""
    for size, word in ((1e9, "bn"), (1e6, "mn")):
        if abs(value) >= size:
            return f"{significant(value / size, digits)} {word}"
    return significant(value, digits)


def interval(estimate: Interval, decimals: int = 2, *, factor: float = 1.0, signed: bool = True) -> str:
    """Both ends of an interval, such as −0.4 to 1.6."""
    ends = [number(factor * end, decimals, signed=False) for end in (estimate.low, estimate.high)]
    return NOTHING if NOTHING in ends else TO.join(ends)


def with_interval(estimate: Interval, decimals: int = 2, *, factor: float = 1.0, signed: bool = True) -> str:
    """A value with its interval in brackets; a dash where a ratio is refused."""
    if estimate.refused or math.isnan(estimate.value):
        return NOTHING
    value = number(factor * estimate.value, decimals, signed=signed)
    if math.isnan(estimate.low):
        return value
    return f"{value} [{interval(estimate, decimals, factor=factor)}]"


def direction(change: Interval, rope: float = 0.0) -> str:
    """Rises, falls, does not change by more than `rope`, or cannot be told: on the whole interval."""
    if math.isnan(change.low) or math.isnan(change.high):
        return "is not measured well enough to say"
    if change.low > rope:
        return "rises"
    if change.high < -rope:
        return "falls"
    if rope > 0 and -rope <= change.low and change.high <= rope:
        return "stays where it was"
    return "does not clearly change"


def changed(change: Interval, unit: str, rope: float = 0.0) -> str:
    """A change as the end of a sentence: rises by 2.1 points (95%: 1.0 to 3.2)."""
    factor, decimals, word = SCALES[unit]
    how = direction(change, rope)
    if math.isnan(change.value):
        return "is not modelled"
    if math.isnan(change.low):
        return how
    ends = interval(change, decimals, factor=factor)
    size = f"{number(factor * abs(change.value), decimals)}{'' if word == '%' else ' '}{word}".strip()
    if how in ("rises", "falls"):
        return f"{how} by {size} (95%: {ends})"
    signed = f"{number(factor * change.value, decimals, signed=True)}{'' if word == '%' else ' '}{word}".strip()
    return f"{how} ({signed}, 95%: {ends})"


def listed(items: list[str]) -> str:
    """Items in a sentence: a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """So many of something."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def kill_switch_words(switch: KillSwitch) -> str:
    """What happened to the power to deny service: every label that the intervals allow, the point's own first."""
    return " or ".join(sorted(switch.reaches or (switch.label,), key=lambda label: label != switch.label)).lower()


def name_of(actor: str) -> str:
    """An actor as a text names it; the bloc of clouds without pricing power by what it is."""
    return "clouds without pricing power" if actor == FRINGE else actor.replace("_", " ")
