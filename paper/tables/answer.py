"""The answer under both calibrations: what opening the weights changes."""

from __future__ import annotations

from paper.library import Library
from paper.tabular import Table
from paper.words import NOTHING, number, with_interval
from simulation.answering.answer import Answer
from simulation.answering.measures import MEASURES, Measure
from simulation.answering.report import section_heading
from simulation.timeline import month_name

NEEDS = ("answer", "answer_lean")
LEFT_OUT = ("infrastructure_gap_", "profit_public", "profit_bank", "external_harm", "control_lab_long", "control_chip",
            "control_cloud_long", "profit_cloud_legacy")  # fmt: skip
RATIOS = (("theta", "Theta: shift to clouds per dollar labs lose"),
          ("sigma", "Sigma: spread to companies per dollar labs lose"))  # fmt: skip


def caption(results: Library) -> str:
    """What columns and intervals are."""
    basis = results.answer().basis
    return (
        f"The answer of the baseline. Means from {month_name(basis.first_month)} to {month_name(basis.last_month)} "
        f"over {basis.pairs} pairs of worlds of {basis.companies:,} companies; changes are open less closed with 95% "
        "intervals over pairs. Access, exposure, needs and tokens in % and points, money in USD bn a month. A dash "
        "marks a ratio that is refused because labs do not clearly lose."
    )


def table(results: Library) -> Table:
    """One row per measure, sections as the answer is printed."""
    answers = [results.answer(name) for name in NEEDS]
    rows: list[list[str]] = []
    section = ""
    for measure in MEASURES:
        if measure.column.startswith(LEFT_OUT):
            continue
        if measure.section != section:
            section = measure.section
            rows.append([section_heading(measure, answers[0])])
        rows.append([measure.label.strip(), *(cell for answer in answers for cell in _cells(answer, measure))])
    rows.append(["Per dollar labs lose"])
    for name, label in RATIOS:
        cells = [text for answer in answers for text in (NOTHING, with_interval(getattr(answer, name)))]
        rows.append([label, *cells])
    headings = ["", "closed", "change, iceberg", "closed", "change, lean"]
    return Table(headings, rows, "lrrrr", note=_note(answers))


def _cells(answer: Answer, measure: Measure) -> tuple[str, str]:
    headline = answer.headline
    closed, _ = headline.levels(measure.column)
    change = headline.difference(measure.column)
    factor = measure.per_unit
    return number(factor * closed, measure.decimals), with_interval(change, measure.decimals, factor=factor)


def _note(answers: list[Answer]) -> str:
    said = "; ".join(f"{answer.basis.calibration}: {str(answer.verdict).lower()}" for answer in answers)
    shown = [measure for measure in MEASURES if not measure.column.startswith(LEFT_OUT)]
    missing = ", ".join(row.label.strip() for row in shown if row.column in answers[0].basis.not_modelled)
    return f"Class of the answer, {said}." + (f" Not modelled: {missing}." if missing else "")
