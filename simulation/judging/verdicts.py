"""From an interval and a boundary to what it says, and from what all criteria say to the verdict on a claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from market.estimators import Interval, pairs_to_tell
from scenarios.claims import Claim, Criterion

SUPPORTED, REFUTED, DEPENDS, UNTESTABLE = "supported", "refuted", "depends", "not testable here"
MOST_PAIRS = 10_000  # beyond which more draws are no way to decide
HOLDS, FAILS, UNDECIDED, UNMEASURED = "holds", "fails", "undecided", "not measured"


@dataclass(frozen=True)
class Finding:
    """What one criterion found under one calibration."""

    criterion: Criterion
    calibration: str
    estimate: Interval
    draws: int
    outcome: str  # holds, fails, undecided or not measured
    why: str = ""  # of what is not decided or not measured

    @property
    def pairs_to_decide(self) -> int | None:
        """Draws at which the interval would leave the boundary, if further draws were like these; None: no telling."""
        if self.outcome != UNDECIDED:
            return None
        distance = min(abs(self.estimate.value - edge) for edge in edges(self.criterion))
        needed = pairs_to_tell(self.estimate, pairs=self.draws, distance=distance)
        return max(math.ceil(needed), self.draws + 1) if needed <= MOST_PAIRS else None


@dataclass(frozen=True)
class Judgement:
    """The verdict on a claim, and what it rests on."""

    claim: Claim
    verdict: str
    because: str
    findings: tuple[Finding, ...] = ()

    @property
    def depends_on(self) -> tuple[str, ...]:
        """What a verdict that is neither supported nor refuted hangs on."""
        if self.verdict != DEPENDS:
            return ()
        by_criterion: dict[str, set[str]] = {}
        for finding in self.findings:
            by_criterion.setdefault(finding.criterion.shows, set()).add(finding.outcome)
        said = set().union(*by_criterion.values())
        several = {frozenset(outcomes & {HOLDS, FAILS}) for outcomes in by_criterion.values()}
        reasons = {
            "calibration": any({HOLDS, FAILS} <= outcomes for outcomes in by_criterion.values()),
            "criterion": {frozenset({HOLDS}), frozenset({FAILS})} <= several,
            "chance": UNDECIDED in said,
        }
        return tuple(name for name, holds in reasons.items() if holds)


def boundary(criterion: Criterion) -> float:
    """The number that separates what holds from what fails; for `within`, the upper one."""
    widened = {"above": 1, "not_above": 1, "below": -1, "not_below": -1, "within": 1}[criterion.must]
    return criterion.threshold + widened * criterion.rope


def edges(criterion: Criterion) -> tuple[float, ...]:
    """The numbers that an interval must not reach: one, or both ends of `within`."""
    if criterion.must == "within":
        return criterion.threshold - criterion.rope, boundary(criterion)
    return (boundary(criterion),)


def outcome(criterion: Criterion, found: Interval) -> str:
    """Whether the whole interval lies on one side of the boundary, and on which."""
    if math.isnan(found.low) or math.isnan(found.high):
        return UNDECIDED
    *_, edge = edges(criterion)
    if criterion.must == "within":
        least, _ = edges(criterion)
        if found.low >= least and found.high <= edge:
            return HOLDS
        return FAILS if found.low > edge or found.high < least else UNDECIDED
    holds, fails = {
        "above": (found.low > edge, found.high <= edge),
        "below": (found.high < edge, found.low >= edge),
        "not_above": (found.high <= edge, found.low > edge),
        "not_below": (found.low >= edge, found.high < edge),
    }[criterion.must]
    return HOLDS if holds else FAILS if fails else UNDECIDED


def judged(claim: Claim, findings: Sequence[Finding]) -> Judgement:
    """The verdict: all criteria hold, all fail, or it depends, and on what."""
    measured = [finding for finding in findings if finding.outcome != UNMEASURED]
    if not measured:
        why = claim.untestable or "; ".join(dict.fromkeys(finding.why for finding in findings))
        return Judgement(claim, UNTESTABLE, why, tuple(findings))
    outcomes = {finding.outcome for finding in measured}
    if outcomes == {HOLDS}:
        verdict = SUPPORTED
    elif outcomes == {FAILS}:
        verdict = REFUTED
    else:
        verdict = DEPENDS
    return Judgement(claim, verdict, _because(verdict, findings), tuple(findings))


def _because(verdict: str, findings: Sequence[Finding]) -> str:
    """What a verdict depends on: which criteria hold, fail or are undecided, under which calibration."""
    parts = []
    for kind in (HOLDS, FAILS, UNDECIDED, UNMEASURED):
        alike = [finding for finding in findings if finding.outcome == kind]
        listed = _listed(alike, everywhere=_calibrations(findings))
        if listed and (verdict == DEPENDS or kind == UNMEASURED):
            parts.append(f"{kind}: {listed}")
    return "; ".join(parts)


def _listed(findings: Sequence[Finding], *, everywhere: Sequence[str]) -> str:
    """Criteria with the calibrations in which something is said of them, where that is not all."""
    texts = []
    for shows in dict.fromkeys(finding.criterion.shows for finding in findings):
        where = [finding.calibration for finding in findings if finding.criterion.shows == shows]
        why = next((finding.why for finding in findings if finding.criterion.shows == shows and finding.why), "")
        more = [finding.pairs_to_decide for finding in findings if finding.criterion.shows == shows]
        enough = max((pairs for pairs in more if pairs), default=0)
        notes = [
            *([] if set(where) == set(everywhere) else [", ".join(where)]), *([why] if why else []),
            *([f"about {enough:,} pairs would tell"] if enough and all(more) else []),
        ]  # fmt: skip
        texts.append(f"{shows} ({'; '.join(notes)})" if notes else shows)
    return ", ".join(texts)


def _calibrations(findings: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(finding.calibration for finding in findings))
