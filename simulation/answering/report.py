"""The answer as a person reads it: access and money by layer, coefficients, class, one sentence, what it rests on."""

from __future__ import annotations

import io
import math
import shutil
import sys
from collections.abc import Iterator

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from market.estimators import Interval
from simulation.answering.answer import PRESENT_VALUE, Answer, Basis
from simulation.answering.comparison import Comparison
from simulation.answering.measures import AT_YEAR_ENDS, MEASURES, Measure
from simulation.timeline import month_name

PLAIN_WIDTH = 110  # columns where the output is not a terminal
FEW_PAIRS = 8  # below, intervals are too wide to be of use
NOTHING = "–"
_SWITCHES = {"control_cloud": "clouds", "control_lab": "labs", "control_total": "all owners"}
_MONEY_MOVED = {"companies": "consumer_surplus_systematic", "labs": "profit_lab", "clouds": "profit_cloud"}


def answer_text(answer: Answer, *, terminal: bool | None = None) -> str:
    """The answer: table by layer, coefficients, class, one plain sentence and what it rests on.

    Colour and rules are for a `terminal`; by default, if standard output is one.
    """
    is_terminal = sys.stdout.isatty() if terminal is None else terminal
    page = io.StringIO()
    width = shutil.get_terminal_size((PLAIN_WIDTH, 40)).columns if is_terminal else PLAIN_WIDTH
    _print_answer(answer, Console(file=page, force_terminal=is_terminal, width=width, highlight=False, markup=False))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()).rstrip("\n")


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
    console.print()
    console.print(_layer_table(answer, rules=console.is_terminal))
    console.print()
    console.print(_coefficient_table(answer, rules=console.is_terminal))
    console.print()
    if len(answer.comparisons) > 1:
        console.print(_version_table(answer, rules=console.is_terminal))
        console.print()
    console.print(Text(f"Verdict: {verdict_text(answer)}", style="bold"))
    console.print(plain_sentence(answer))
    console.print()
    for line in _remarks(answer):
        console.print(line)


def plain_sentence(answer: Answer) -> str:
    """One sentence for somebody who will not read the table."""
    access = _access_in_words(answer.headline.difference("access_small"), too_small=answer.thresholds.access)
    if answer.theta.refused:
        return f"Open weights {access}; {answer.verdict.meaning}."
    lead = f"Open weights {access}, and for every dollar of profit labs lose "
    return f"{lead}{_gain('clouds', answer.theta)} and {_gain('companies', answer.sigma)}: {answer.verdict.meaning}."


def _access_in_words(change: Interval, *, too_small: float) -> str:
    """What happens to small companies' access, with its interval; `too_small`: the change that does not count."""
    points = abs(change.value) * 100
    if math.isnan(change.low):
        return f"move small companies' access by {change.value * 100:+.1f} points in the one pair compared"
    interval = f"(95%: {change.low * 100:+.1f} to {change.high * 100:+.1f} points)"
    if -too_small <= change.low and change.high <= too_small:
        return f"leave small companies' access as it was {interval}"
    if change.low > 0 or change.high < 0:
        return f"{'raise' if change.value > 0 else 'lower'} small companies' access by {points:.1f} points {interval}"
    return f"move small companies' access by {change.value * 100:+.1f} points, which may be chance {interval}"


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
            table.add_row(Text(section_heading(measure, answer), style="bold"))
        table.add_row(f"  {measure.label}", *cells(measure, answer.headline))
    return table


def section_heading(measure: Measure, answer: Answer) -> str:
    """The section of a measure; with the number of year-ends that some pair has, where only these are measured."""
    if measure.section not in AT_YEAR_ENDS:
        return measure.section
    sides = (answer.closed_paths[measure.column], answer.open_paths[measure.column])
    measured = np.logical_and(*(np.isfinite(side[:, answer.basis.first_month :]) for side in sides)).any(axis=0)
    count = int(measured.sum())
    return f"{measure.section} at {count} year-end{'' if count == 1 else 's'}"


def _coefficient_table(answer: Answer, *, rules: bool) -> Table:
    """Theta with its parts, and Sigma with and without tastes, by version."""
    table = _new_table(rules)
    table.add_column("Per dollar labs lose", no_wrap=True)
    for heading in ("Theta (shift)", "= price", "+ volume", "+ training", "Sigma (spread)", "with variety"):
        table.add_column(heading, justify="right", no_wrap=True)
    for comparison in answer.comparisons:
        parts = comparison.theta_parts
        table.add_row(
            f"  {comparison.version}",
            _with_interval(comparison.theta),
            *(_ratio(part) for part in (parts.price, parts.volume, parts.training)),
            _with_interval(comparison.sigma),
            _ratio(comparison.sigma_with_taste),
        )
    return table


def _version_table(answer: Answer, *, rules: bool) -> Table:
    """What moves in each version of the comparison, and its class."""
    table = _new_table(rules)
    table.add_column("Open less closed (USD bn a month)", no_wrap=True)
    for heading in ("small access", *_MONEY_MOVED):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict")
    for comparison in answer.comparisons:
        money = (comparison.difference(column).value / 1e9 for column in _MONEY_MOVED.values())
        table.add_row(
            f"  {comparison.version}{' (USD bn in all)' if comparison.version == PRESENT_VALUE else ''}",
            f"{comparison.difference('access_small').value * 100:+.2f}",
            *(f"{value:+,.3f}" for value in money),
            comparison.note or " or ".join(comparison.verdict.classes),
        )
    return table


def _new_table(rules: bool) -> Table:
    return Table(box=box.SIMPLE_HEAD if rules else None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))


def cells(measure: Measure, comparison: Comparison) -> tuple[str, str, str, str]:
    """The four numbers of one line in display units."""
    closed, open_ = comparison.levels(measure.column)
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
    return NOTHING if estimate.refused or math.isnan(estimate.value) else f"{estimate.value:+.2f}"


def _with_interval(estimate: Interval) -> str:
    return "refused" if estimate.refused else f"{estimate.value:+.2f} [{estimate.low:+.2f}, {estimate.high:+.2f}]"


def _gain(who: str, ratio: Interval) -> str:
    """Who gains or loses how much per dollar."""
    verb = "gain" if ratio.value >= 0 else "lose"
    return f"{who} {verb} ${abs(ratio.value):.2f} (95%: {ratio.low:.2f} to {ratio.high:.2f})"


def _remarks(answer: Answer) -> Iterator[str]:
    """What a careful reader asks next: pairs, kill switch, identity, prior, basis."""
    yield from answer.verdict.notes
    if answer.basis.pairs < FEW_PAIRS:
        yield f"Only {answer.basis.pairs} pairs: the intervals are wide; 16 pairs are the default"
    shares = ", ".join(f"{name} {share:.0%}" for name, share in answer.class_shares.items())
    yield f"Pairs by class (a frequency, not a probability): {shares}"
    if answer.basis.pairs > 1:
        yield _precision_line(answer)
    yield f"Kill switch: {kill_switch_text(answer)}"
    yield from _identity_lines(answer)
    for place, prior in answer.priors.items():
        yield f"Theory's prior {place}: Theta {prior.theta:.2f}, Sigma {prior.sigma:.2f}"
    yield (
        "The toy shifts more than it spreads only if clouds are a monopoly, compute is bound (Theta 1, Sigma 0), or "
        "its supply is steeper than demand (Theta/Sigma = ratio of slopes); curved demand and unequal labs move this."
    )
    yield _basis_line(answer.basis)
    if answer.basis.not_modelled:
        empty = ", ".join(answer.basis.not_modelled)
        yield f"No value in any world (not modelled here, or nothing to measure): {empty}"


def verdict_text(answer: Answer) -> str:
    """The class of money; of both tables where they disagree, since no one word sums them up."""
    if not answer.kill_switch.disagrees:
        return str(answer.verdict)
    return f"{answer.verdict} (money); {answer.kill_switch} (kill switch)"


def kill_switch_text(answer: Answer) -> str:
    """The second table in words: its label, what else the intervals allow, and the changes it rests on."""
    switch = answer.kill_switch
    if switch.disagrees is None:
        return "who could deny service is not modelled yet; the verdict above is about money"
    others = [label for label in switch.reaches if label != switch.label]
    may_be = f" (or {' or '.join(others)}, within the intervals)" if others else ""
    clash = ", which disagrees with the money" if switch.disagrees else ""
    changes = ", ".join(
        f"{who} {_points(switch.changes[name])}" for name, who in _SWITCHES.items() if name in switch.changes
    )
    return f"{switch.label}{may_be}{clash}; exposure to {changes} points of value"


def _points(change: Interval) -> str:
    """A change of a share in points with its interval."""
    interval = "" if math.isnan(change.low) else f" [{change.low * 100:+.2f}, {change.high * 100:+.2f}]"
    return f"{change.value * 100:+.2f}{interval}"


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


def _precision_line(answer: Answer) -> str:
    found = answer.headline.detectable
    return (
        f"What {answer.basis.pairs} pairs tell from none four times in five: {100 * found['access_small']:.1f} points "
        f"of small companies' access, ${found['profit_lab'] / 1e9:.1f} bn a month of labs' profit, "
        f"${found['profit_cloud'] / 1e9:.1f} bn of clouds'; half of that takes four times the pairs at most"
    )


def _basis_line(basis: Basis) -> str:
    return (
        f"Rests on: {basis.calibration} calibration, {basis.pairs} pairs, {basis.companies:,} companies, "
        f"{basis.months} months, {basis.assumed_parameters} of {basis.parameters} parameters assumed "
        "(`commonweight parameters --assumed` lists them)"
    )
