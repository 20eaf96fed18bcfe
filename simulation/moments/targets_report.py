"""The calibration table as text and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from scenarios.moments import Target, targets
from simulation.console import aligned
from simulation.moments.targets import INSIDE, NOT_COMPUTED, OUTSIDE, Finding

NOTHING, SAME = "-", "same"
_SHORT = {INSIDE: "inside", OUTSIDE: "OUTSIDE", NOT_COMPUTED: "not computed"}


def targets_text(findings: Sequence[Finding], *, title: str) -> str:
    """What was simulated, one line per moment, how many are inside, and a line for each that is not."""
    head = ["", "moment", "observed", "band", "simulated", "95% interval", "verdict"]
    table = aligned([head, *(_row(finding) for finding in findings)], left=True)
    missed = [f"{finding.target.id:<5}{_miss_line(finding)}" for finding in findings if finding.verdict != INSIDE]
    return "\n".join([title, table, "", summary(findings), *missed])


def summary(findings: Sequence[Finding]) -> str:
    """How many of the counted moments are inside, outside and not computed."""
    counted = [finding.verdict for finding in findings if finding.target.counted]
    apart = ", ".join(finding.target.id for finding in findings if not finding.target.counted)
    text = f"{counted.count(INSIDE)} of {len(counted)} inside, {counted.count(OUTSIDE)} outside"
    if missing := counted.count(NOT_COMPUTED):
        text += f", {missing} not computed"
    return f"{text} ({apart} is reported and not counted)" if apart else text


def targets_json(findings: Sequence[Finding]) -> str:
    """The same as JSON, with null where there is no number."""
    counted = [finding for finding in findings if finding.target.counted]
    data = {
        "inside": sum(finding.verdict == INSIDE for finding in counted),
        "counted": len(counted),
        "targets": [_data(finding) for finding in findings],
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)


def _row(finding: Finding) -> list[str]:
    target = finding.target
    verdict = _SHORT[finding.verdict] if target.counted else f"({_SHORT[finding.verdict]})"
    interval = f"{_number(finding.ci_low)} to {_number(finding.ci_high)}"
    return [
        target.id, target.moment, _number(target.value), f"{_number(target.low)} to {_number(target.high)}",
        _number(finding.simulated), NOTHING if math.isnan(finding.ci_low) else interval, verdict,
    ]  # fmt: skip


def _miss_line(finding: Finding) -> str:
    """Why a moment is not inside, and what is measured."""
    return f"{finding.reason}; measured: {_definition(finding.target)} [{finding.target.window}]"


def _definition(target: Target) -> str:
    """The definition in the evidence; "same" names the moment it repeats."""
    if not target.definition.startswith(SAME):
        return target.definition
    before = [other for other in targets()[: targets().index(target)] if not other.definition.startswith(SAME)]
    return f"as {before[-1].id}{target.definition.removeprefix(SAME)}"


def _number(value: float) -> str:
    """Three significant digits, more for large numbers."""
    if math.isnan(value):
        return NOTHING
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.3g}"


def _data(finding: Finding) -> dict[str, Any]:
    target = finding.target
    return {
        "id": target.id, "moment": target.moment, "definition": target.definition, "window": target.window,
        "facts": list(target.facts), "counted": target.counted, "value": target.value, "low": target.low,
        "high": target.high, "simulated": _or_none(finding.simulated), "ci_low": _or_none(finding.ci_low),
        "ci_high": _or_none(finding.ci_high), "verdict": finding.verdict, "reason": finding.reason,
        "by_draw": [_or_none(value) for value in finding.by_draw],
    }  # fmt: skip


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
