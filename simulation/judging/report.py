"""The verdicts on claims as text, as JSON and as files: one row per claim, and one per criterion."""

from __future__ import annotations

import csv
import io
import json
import math
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from market.estimators import Interval
from scenarios.claims import Claim, Criterion
from scenarios.writing import value_text
from simulation.console import aligned
from simulation.judging.verdicts import SUPPORTED, Finding, Judgement, boundary
from simulation.results.storage import ResultsWriter

NOTHING = "-"
WIDTH = 110
BY_CONSTRUCTION = "by construction"


def claims_text(judgements: Sequence[Judgement], *, title: str) -> str:
    """One row per claim with the estimate of its first criterion; below it what the verdict rests on."""
    calibrations = _calibrations(judgements)
    head = ["", "claim", "experiment", "measure", *calibrations, "must be", "verdict"]
    table = aligned([head, *(_row(judgement, calibrations) for judgement in judgements)], left=True)
    lines = [line for judgement in judgements for line in _explained(judgement)]
    return "\n".join([title, table, "", summary(judgements), *lines])


def summary(judgements: Sequence[Judgement]) -> str:
    """How many claims end how."""
    counts = Counter(judgement.verdict for judgement in judgements)
    built = sum(bool(j.claim.by_construction) and j.verdict == SUPPORTED for j in judgements)
    text = ", ".join(f"{number} {verdict}" for verdict, number in counts.most_common())
    return f"{len(judgements)} claims: {text}; of those supported, {built} {BY_CONSTRUCTION} in part or whole"


def claims_rows(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """One row per claim: the estimate is that of its first criterion."""
    return [_claim_row(judgement, _calibrations(judgements)) for judgement in judgements]


def criteria_rows(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """One row per criterion and calibration."""
    return [
        {
            "claim": judgement.claim.id, "shows": finding.criterion.shows, "experiment": experiment(finding.criterion),
            "measure": measured(finding.criterion), "calibration": finding.calibration,
            "estimate": _or_none(finding.estimate.value), "ci_low": _or_none(finding.estimate.low),
            "ci_high": _or_none(finding.estimate.high), "unit": finding.criterion.unit, "pairs": finding.draws,
            "must": finding.criterion.must, "threshold": finding.criterion.threshold, "rope": finding.criterion.rope,
            "outcome": finding.outcome, "pairs_to_decide": finding.pairs_to_decide, "why": finding.why,
        }
        for judgement in judgements for finding in judgement.findings
    ]  # fmt: skip


def claims_json(judgements: Sequence[Judgement]) -> str:
    """Claims with their criteria, null where there is no number."""
    by_claim: dict[str, list[dict[str, Any]]] = {}
    for row in criteria_rows(judgements):
        by_claim.setdefault(row.pop("claim"), []).append(row)
    rows = [row | {"criteria": by_claim.get(row["claim"], [])} for row in claims_rows(judgements)]
    return json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False)


def as_csv(rows: Sequence[dict[str, Any]]) -> bytes:
    """Rows as a CSV file, empty where there is no number."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def save(judgements: Sequence[Judgement], folder: Path) -> None:
    """Write `claims.csv` and `criteria.csv` beside the runs."""
    writer = ResultsWriter(folder)
    writer.write_file("claims.csv", as_csv(claims_rows(judgements)))
    if rows := criteria_rows(judgements):
        writer.write_file("criteria.csv", as_csv(rows))


def experiment(criterion: Criterion) -> str:
    """The worlds that a criterion compares, in short."""
    here = _world(criterion.scenario, criterion.settings)
    there = _world(criterion.against, criterion.against_settings)
    arms = "open - closed"
    return {
        "closed_form": "closed form", "level": f"{here} {criterion.arm}", "difference": f"{here} {arms}",
        "scenario": f"{here} - {there}, {criterion.arm}", "interaction": f"({here} - {there}) x ({arms})",
    }[criterion.experiment]  # fmt: skip


def measured(criterion: Criterion) -> str:
    """What is measured: its label, or the measure as the file states it."""
    if criterion.label:
        return criterion.label
    if criterion.experiment == "closed_form":
        return f"{criterion.measure}({', '.join(f'{key}={value}' for key, value in criterion.arguments.items())})"
    return f"{criterion.measure} / {criterion.over}" if criterion.over else criterion.measure


def required(criterion: Criterion) -> str:
    """The boundary in words."""
    if criterion.must == "within":
        return f"within {criterion.threshold:.3g} +- {criterion.rope:.3g}"
    return f"{criterion.must.replace('_', ' ')} {boundary(criterion):.3g}"


def _row(judgement: Judgement, calibrations: Sequence[str]) -> list[str]:
    claim = judgement.claim
    if not claim.criteria:
        return [claim.id, claim.says, NOTHING, NOTHING, *[NOTHING for _ in calibrations], NOTHING, judgement.verdict]
    first = claim.criteria[0]
    estimates = [_estimate_text(_first(judgement, calibration)) for calibration in calibrations]
    cells = [claim.id, claim.says, experiment(first), measured(first), *estimates, required(first), _verdict(judgement)]
    return [text if len(text) <= 46 else f"{text[:43]}..." for text in cells[:4]] + cells[4:]


def _explained(judgement: Judgement) -> list[str]:
    """What the verdict depends on, and what of the claim is assumed."""
    claim = judgement.claim
    built = f"{BY_CONSTRUCTION}: {claim.by_construction}" if claim.by_construction else ""
    texts = [judgement.because, built, claim.note]
    said = ". ".join(text for text in texts if text)
    if not said:
        return []
    return textwrap.wrap(f"{judgement.claim.id}  {said}", WIDTH, subsequent_indent="     ")


def _claim_row(judgement: Judgement, calibrations: Sequence[str]) -> dict[str, Any]:
    claim: Claim = judgement.claim
    first = claim.criteria[0] if claim.criteria else None
    row: dict[str, Any] = {
        "claim": claim.id, "says": claim.says, "experiment": experiment(first) if first else "",
        "measure": measured(first) if first else "", "unit": first.unit if first else "",
        "must": required(first) if first else "",
    }  # fmt: skip
    for calibration in calibrations:
        found = _first(judgement, calibration)
        estimate = found.estimate if found else Interval(math.nan, math.nan, math.nan)
        row |= {
            f"{calibration}": _or_none(estimate.value), f"{calibration}_ci_low": _or_none(estimate.low),
            f"{calibration}_ci_high": _or_none(estimate.high),
        }  # fmt: skip
    return row | {
        "verdict": judgement.verdict, "depends_on": ", ".join(judgement.depends_on), "because": judgement.because,
        "by_construction": claim.by_construction, "note": claim.note, "criteria": len(claim.criteria),
    }  # fmt: skip


def _first(judgement: Judgement, calibration: str) -> Finding | None:
    """What the first criterion found under one calibration."""
    return next((found for found in judgement.findings if found.calibration == calibration), None)


def _verdict(judgement: Judgement) -> str:
    built = judgement.claim.by_construction and judgement.verdict == SUPPORTED
    on = ", ".join(judgement.depends_on)
    return f"{judgement.verdict} ({BY_CONSTRUCTION if built else on})" if built or on else judgement.verdict


def _estimate_text(found: Finding | None) -> str:
    if found is None or math.isnan(found.estimate.value):
        return "no ratio" if found is not None and found.estimate.refused else NOTHING
    estimate = found.estimate
    if estimate.low == estimate.high or math.isnan(estimate.low):
        return f"{estimate.value:.3g}"
    return f"{estimate.value:.3g} [{estimate.low:.3g}, {estimate.high:.3g}]"


def _calibrations(judgements: Sequence[Judgement]) -> list[str]:
    return list(dict.fromkeys(found.calibration for judgement in judgements for found in judgement.findings))


def _world(name: str, settings: Sequence[tuple[str, Any]]) -> str:
    return "+".join([name, *(f"{key}={value_text(value)}" for key, value in settings)])


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
