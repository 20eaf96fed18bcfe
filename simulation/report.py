"""The answer as a person reads it, and as JSON."""

from __future__ import annotations

import io
import json
import math
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from market.estimators import Interval
from simulation.answer import Answer, Basis
from simulation.comparison import Comparison, ThetaParts
from simulation.measures import MEASURES, Measure

PLAIN_WIDTH = 110  # columns where the output is not a terminal
FIRST_YEAR = 2023
NOTHING = "–"


def answer_text(answer: Answer, *, terminal: bool | None = None) -> str:
    """The answer: table by layer, coefficients, class, one plain sentence and what it rests on.

    Colour and rules are for a `terminal`; by default, if standard output is one.
    """
    is_terminal = sys.stdout.isatty() if terminal is None else terminal
    page = io.StringIO()
    width = shutil.get_terminal_size((PLAIN_WIDTH, 40)).columns if is_terminal else PLAIN_WIDTH
    _print_answer(answer, Console(file=page, force_terminal=is_terminal, width=width, highlight=False, markup=False))
    return page.getvalue().rstrip("\n")


def _print_answer(answer: Answer, console: Console) -> None:
    """Print every part of the answer in reading order."""
    basis = answer.basis
    console.print(
        Text("Do open weights spread access to AI, or shift control to the owners of the cloud?", style="bold")
    )
    console.print(
        f"{basis.scenario}, {basis.calibration} calibration: {basis.pairs} paired worlds, means over "
        f"{month_name(basis.first_month)} to {month_name(basis.last_month)}"
    )
    console.print(_layer_table(answer, rules=console.is_terminal))
    console.print(_coefficient_table(answer, rules=console.is_terminal))
    console.print(Text(f"Verdict: {answer.verdict}", style="bold"))
    console.print(plain_sentence(answer))
    console.print()
    for line in _remarks(answer):
        console.print(line)


def plain_sentence(answer: Answer) -> str:
    """One sentence for somebody who will not read the table."""
    change = answer.headline.difference("access_small").value
    if abs(change) <= answer.thresholds.access:
        access = f"hardly move small companies' access ({change * 100:+.1f} points)"
    else:
        access = f"{'raise' if change > 0 else 'lower'} small companies' access by {abs(change) * 100:.1f} points"
    if answer.theta.refused:
        return f"Open weights {access}; {answer.verdict.meaning}."
    lead = f"Open weights {access}, and for every dollar of profit labs lose "
    return f"{lead}{_gain('clouds', answer.theta)} and {_gain('companies', answer.sigma)}: {answer.verdict.meaning}."


def answer_json(answer: Answer) -> str:
    """The answer as JSON."""
    return json.dumps(answer_data(answer), indent=2, ensure_ascii=False, allow_nan=False)


def answer_data(answer: Answer) -> dict[str, Any]:
    """The answer as plain data: null for NaN and for ratios that are refused."""
    data = {
        **_version_json(answer.headline),
        "basis": asdict(answer.basis),
        "classes": answer.verdict.classes,
        "notes": answer.verdict.notes,
        "sentence": plain_sentence(answer),
        "kill_switch": asdict(answer.kill_switch),
        "welfare_identity": {**asdict(answer.identity), "gap": answer.identity.gap},
        "priors": {place: asdict(prior) for place, prior in answer.priors.items()},
        "versions": {comparison.version: _version_json(comparison) for comparison in answer.comparisons},
        "table": answer.table.to_dict(orient="records"),
    }
    return {key: _without_nan(value) for key, value in data.items()}


def month_name(month: int) -> str:
    """A month of the economy as year and month: 0 is 2023-01."""
    return f"{FIRST_YEAR + month // 12}-{month % 12 + 1:02d}"


def _layer_table(answer: Answer, *, rules: bool) -> Table:
    """Access and money by layer: closed, open, difference, 95% interval; measures that are not modelled left out."""
    table = _new_table(rules)
    for heading in ("", "closed", "open", "difference", "95% interval"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    section = ""
    for measure in MEASURES:
        if measure.column in answer.basis.not_modelled:
            continue
        if measure.section != section:
            section = measure.section
            table.add_row(Text(section, style="bold"))
        table.add_row(f"  {measure.label}", *_cells(measure, answer.headline))
    return table


def _coefficient_table(answer: Answer, *, rules: bool) -> Table:
    """Theta with its parts, and Sigma with and without tastes, by version."""
    table = _new_table(rules)
    for heading in (
        "per dollar labs lose",
        "Theta (shift)",
        "= price",
        "+ volume",
        "+ training",
        "Sigma (spread)",
        "with variety",
    ):
        table.add_column(heading, justify="left" if heading == "per dollar labs lose" else "right")
    for comparison in answer.comparisons:
        parts = comparison.theta_parts
        table.add_row(
            comparison.version,
            _with_interval(comparison.theta),
            *(_ratio(part) for part in (parts.price, parts.volume, parts.training)),
            _with_interval(comparison.sigma),
            _ratio(comparison.sigma_with_taste),
        )
    return table


def _new_table(rules: bool) -> Table:
    return Table(box=box.SIMPLE_HEAD if rules else None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))


def _cells(measure: Measure, comparison: Comparison) -> tuple[str, str, str, str]:
    """The four numbers of one line in display units."""
    closed, open_ = (float(np.mean(side[measure.column])) for side in (comparison.closed, comparison.open))
    change = comparison.difference(measure.column)
    low, high = _number(change.low, measure, signed=True), _number(change.high, measure, signed=True)
    interval = NOTHING if math.isnan(change.low) else f"[{low}, {high}]"
    return _number(closed, measure), _number(open_, measure), _number(change.value, measure, signed=True), interval


def _number(value: float, measure: Measure, *, signed: bool = False) -> str:
    """A number in display units, or a dash."""
    if math.isnan(value):
        return NOTHING
    sign = "+" if signed else ""
    text = f"{value * measure.per_unit:{sign},.{measure.decimals}f}"
    return f"{text}%" if measure.unit == "%" and not signed else text


def _ratio(estimate: Interval) -> str:
    if math.isnan(estimate.value):
        return "refused" if estimate.refused else NOTHING
    return f"{estimate.value:+.2f}"


def _with_interval(estimate: Interval) -> str:
    return "refused" if estimate.refused else f"{estimate.value:+.2f} [{estimate.low:+.2f}, {estimate.high:+.2f}]"


def _gain(who: str, ratio: Interval) -> str:
    """Who gains or loses how much per dollar."""
    verb = "gain" if ratio.value >= 0 else "lose"
    return f"{who} {verb} ${abs(ratio.value):.2f} (95%: {ratio.low:.2f} to {ratio.high:.2f})"


def _remarks(answer: Answer) -> Iterator[str]:
    """What a careful reader asks next: pairs, kill switch, identity, prior, basis."""
    yield from answer.verdict.notes
    shares = ", ".join(f"{name} {share:.0%}" for name, share in answer.class_shares.items())
    yield f"Pairs by class (a frequency, not a probability): {shares}"
    yield f"Kill switch: {_kill_switch_text(answer)}"
    for comparison in answer.comparisons[1:]:
        yield f"{comparison.version}: {comparison.note or comparison.verdict}"
    yield from _identity_lines(answer)
    for place, prior in answer.priors.items():
        yield f"Theory's prior {place}, compute slack: Theta {prior.theta:.2f}, Sigma {prior.sigma:.2f}"
    yield (
        "The toy shifts more than it spreads only if clouds are a monopoly, compute is bound (Theta 1, Sigma 0), or "
        "its supply is steeper than demand (Theta/Sigma = ratio of slopes); curved demand and unequal labs move this."
    )
    yield _basis_line(answer.basis)
    if answer.basis.not_modelled:
        yield f"Not modelled yet: {', '.join(answer.basis.not_modelled)}"


def _kill_switch_text(answer: Answer) -> str:
    """The second table in words."""
    if answer.kill_switch.disagrees is None:
        return "who could deny service is not modelled yet; the verdict above is about money"
    if answer.kill_switch.disagrees:
        return f"{answer.kill_switch.label} (kill switch), which disagrees with {answer.verdict} (money)"
    return answer.kill_switch.label


def _identity_lines(answer: Answer) -> Iterator[str]:
    """The welfare identity per dollar labs lose, or in dollars where labs do not clearly lose."""
    identity = answer.identity
    if not answer.theta.refused:
        left = sum(identity.share(term) for term in identity.changes if term != "profit_lab")
        right = 1.0 + identity.welfare_change / identity.lab_loss
        yield f"Welfare identity: Sigma with variety + Theta + others = {left:.4f}; 1 + dW/(-d labs) = {right:.4f}"
    else:
        whole = sum(identity.changes.values())
        change = identity.welfare_change
        yield f"Welfare identity (USD bn a month): all layers {whole / 1e9:+.4f}; dW {change / 1e9:+.4f}"
    if not math.isnan(identity.gap_from_quantities):
        yield f"Welfare from quantities agrees within {identity.gap_from_quantities:.1e} of welfare in every month"


def _basis_line(basis: Basis) -> str:
    return (
        f"Rests on: {basis.calibration} calibration, {basis.pairs} pairs, {basis.companies:,} companies, "
        f"{basis.months} months, {basis.assumed_parameters} of {basis.parameters} parameters assumed "
        "(`commonweight parameters --assumed` lists them)"
    )


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


def _without_nan(value: Any) -> Any:
    """The same data with null for NaN."""
    if isinstance(value, Mapping):
        return {key: _without_nan(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(entry) for entry in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
