"""The answer as JSON: the numbers of the printed report, with null where there is none."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from market.estimators import Interval
from simulation.answering.answer import Answer
from simulation.answering.comparison import Comparison, ThetaParts
from simulation.answering.report import plain_sentence
from simulation.console import as_json


def answer_json(answer: Answer) -> str:
    """The answer as JSON."""
    return as_json(answer_data(answer))


def answer_data(answer: Answer) -> dict[str, Any]:
    """The answer as plain data; ratios that are refused have no numbers."""
    return {
        **_version_json(answer.headline),
        "basis": asdict(answer.basis),
        "classes": answer.verdict.classes,
        "notes": answer.verdict.notes,
        "sentence": plain_sentence(answer),
        "kill_switch": {
            "label": answer.kill_switch.label,
            "disagrees": answer.kill_switch.disagrees,
            "reaches": answer.kill_switch.reaches,
            "changes": {name: _estimate_json(change) for name, change in answer.kill_switch.changes.items()},
        },
        "welfare_identity": {**asdict(answer.identity), "gap": answer.identity.gap},
        "detectable": answer.headline.detectable,
        "priors": {place: asdict(prior) for place, prior in answer.priors.items()},
        "versions": {comparison.version: _version_json(comparison) for comparison in answer.comparisons},
        "table": answer.table.to_dict(orient="records"),
    }


def _version_json(comparison: Comparison) -> dict[str, Any]:
    """One comparison as plain data."""
    parts: ThetaParts = comparison.theta_parts
    return {
        "theta": _estimate_json(comparison.theta),
        "theta_parts": {name: _estimate_json(getattr(parts, name)) for name in ("price", "volume", "training")},
        "sigma": _estimate_json(comparison.sigma),
        "sigma_with_taste": _estimate_json(comparison.sigma_with_taste),
        "verdict": str(comparison.verdict),
        "class_shares": comparison.class_shares,
        "note": comparison.note,
    }


def _estimate_json(estimate: Interval) -> dict[str, Any]:
    """An estimate as plain data; a refused one has no numbers."""
    if estimate.refused:
        return {"value": None, "low": None, "high": None, "refused": True}
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "refused": False}
