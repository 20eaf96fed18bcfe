"""The story of one company as a person reads it, and as JSON: eventful months in full, quiet ones in one line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from simulation.telling.portrait import Chain, CompanyMonth, CompanyStory, WorkloadMonth
from simulation.telling.portrait_options import Option
from simulation.timeline import month_name

SHOWN = 3  # options of a review, and the one chosen
MOVED = 1.5  # change of the monthly spend that is told
SHORT = 0.95  # share of what was wanted below which a shortage is told
ADEQUATE = 0.5  # share of the value that a model brings just where its quality meets the need
INDENT = " " * 9


def story_text(story: CompanyStory, *, title: str) -> str:
    """What the company is, then its months."""
    return "\n".join([title, _about(story), "", *_told(story.months)])


def story_json(story: CompanyStory) -> str:
    """Everything, month by month; null where there is no number."""
    return json.dumps(_without_nan(asdict(story)), indent=2, ensure_ascii=False, allow_nan=False)


def _about(story: CompanyStory) -> str:
    about = story.about
    traits = [f"{about['employees']:,} employees", about["segment"], f"sector {about['sector']}"]
    traits.append("second jurisdiction" if about["jurisdiction"] else "first jurisdiction")
    traits += [text for flag, text in _TRAITS.items() if about[flag]]
    cloud = about["primary_cloud"] or "no cloud"
    return (
        f"Company {story.row}: {', '.join(traits)}. It stands for {_counted(about['firms'], 'firm')}, has room for "
        f"{_counted(about['workload_slots'], 'workload')} and {_tokens(about['tokens_per_month'])} tokens a month at "
        f"first, and keeps its ordinary business at {cloud}."
    )


_TRAITS = {
    "regulated": "data under sector regulation", "sensitive": "data mostly sensitive", "no_need": "never needs AI",
}  # fmt: skip


def _told(months: Sequence[CompanyMonth]) -> Iterator[str]:
    """Lines of the eventful months, with a line for every stretch of quiet ones between them."""
    quiet: list[CompanyMonth] = []
    last, told_spend = None, 0.0
    without: set[tuple[int, int]] = set()  # workloads that were told to find nothing
    for month in months:
        lines = list(_news(month, last, told_spend, without))
        if lines:
            yield from _quiet(quiet)
            quiet = []
            yield f"{month_name(month.month)}  {lines[0]}"
            yield from (INDENT + line for line in lines[1:])
            told_spend = month.spend_usd
        else:
            quiet.append(month)
        last = month
    yield from _quiet(quiet)


def _news(
    month: CompanyMonth, last: CompanyMonth | None, told_spend: float, without: set[tuple[int, int]]
) -> Iterator[str]:
    """What is new for the company; `without` holds the workloads that were told to find nothing, and gets more."""
    yield from (f"the scenario changes {parameter}" for parameter in month.shocks)
    if month.ready and (last is None or not last.ready):
        yield f"the company is ready to look at AI; it knows {month.sellers_known} sellers"
    if month.aware_open and (last is None or not last.aware_open):
        yield "the company has heard of open models"
    if month.ended:
        yield f"{_counted(month.ended, 'workload')} at an end"
    known = {(w.slot, w.generation): w for w in last.workloads} if last else {}
    for workload in month.workloads:
        key = (workload.slot, workload.generation)
        yield from _news_of_workload(workload, known.get(key))
        if workload.reviewed and workload.offer == workload.before == "none" and key not in without:
            without.add(key)
            yield f"{_workload_name(workload)} finds nothing that is worth it"
            yield from _review(workload)
    moved = max(month.spend_usd, told_spend) / max(min(month.spend_usd, told_spend), 1e-9)
    if min(month.spend_usd, told_spend) > 0 and moved >= MOVED:
        yield f"spends {_usd(month.spend_usd)} a month on AI, {_usd(told_spend)} when last told"


def _workload_name(workload: WorkloadMonth) -> str:
    return f"workload {workload.slot + 1} ({workload.service})"


def _news_of_workload(workload: WorkloadMonth, last: WorkloadMonth | None) -> Iterator[str]:
    name = _workload_name(workload)
    if workload.born or last is None:
        yield f"{name} begins: it needs {workload.need:.0f} points"
    if workload.offer != workload.before:
        yield f"{name} {_change(workload)}"
        yield from _review(workload)
    if workload.served < SHORT and (last is None or not last.served < SHORT):
        yield f"{name} gets only {workload.served:.0%} of what it wants: machines are short"
    if last and workload.offer != "none" and workload.adequacy < ADEQUATE <= last.adequacy:
        yield f"{name}: its model, {workload.quality:.0f} points, no longer meets the need of {workload.need:.0f}"


def _change(workload: WorkloadMonth) -> str:
    """What became of an offer."""
    if workload.before == "none":
        return f"takes up {workload.offer}"
    return (
        f"gives up {workload.before}"
        if workload.offer == "none"
        else (f"moves from {workload.before} to {workload.offer}")
    )


def _review(workload: WorkloadMonth) -> Iterator[str]:
    """The options, then what the choice costs and who stands behind it."""
    best = [o for k, o in enumerate(workload.options) if k < SHOWN or o.chosen]
    if workload.options:
        yield f"  of {len(workload.options)} offers it considers:"
    yield from (f"    {_option(option, workload)}" for option in best)
    if workload.chain is not None:
        paid = f", {_usd(workload.moving_usd)} once to move" if workload.moving_usd > 0 else ""
        yield (
            f"  it pays {_usd(workload.bill_usd)} a month, {_usd(workload.staff_usd + workload.other_usd)} for people "
            f"and the rest{paid}; {_quality(workload)}"
        )
        yield f"  behind it: {_chain(workload.chain)}"


def _option(option: Option, workload: WorkloadMonth) -> str:
    cost = _usd(option.true_cost_usd)
    if not math.isclose(option.believed_cost_usd, option.true_cost_usd, rel_tol=0.01):
        cost = f"{_usd(option.believed_cost_usd)} as it believes ({cost} in truth)"
    worth = f"{_usd(option.perceived_value_usd)} net ({_usd(option.true_value_usd)} in truth)"
    moving = f", {_usd(option.moving_usd)} to move" if option.moving_usd > 0 else ""
    taken = "  <- taken" if option.chosen else ""
    return (
        f"{option.offer}: {option.quality - workload.need:+.0f} points, costs {cost}, seems worth {worth}, "
        f"taste {_usd(option.taste_usd)}{moving}{taken}"
    )


def _quality(workload: WorkloadMonth) -> str:
    gap = workload.quality - workload.need
    side = "above" if gap >= 0 else "below"
    return f"quality {abs(gap):.0f} points {side} its need, {workload.adequacy:.0%} of the value"


def _chain(chain: Chain) -> str:
    runs = "run by the company itself" if chain.host == "company" else f"run by {chain.host}"
    owners = " and ".join(
        "its own machines" if name == "company" else f"machines of {name}" + (f" ({part:.0%})" if part < 1 else "")
        for name, part in chain.compute
    )
    return f"model of {chain.model_owner}, {runs}, on {owners or 'no machines yet'}, chips of {chain.chip_vendor}"


def _quiet(months: Sequence[CompanyMonth]) -> Iterator[str]:
    """One line for a stretch in which nothing changed."""
    if not months:
        return
    first, last = months[0], months[-1]
    span = month_name(first.month) if first is last else f"{month_name(first.month)} to {month_name(last.month)}"
    reviews = sum(workload.reviewed for month in months for workload in month.workloads)
    if not last.ready:
        yield f"{span}  does not look at AI"
        return
    used = [workload for workload in last.workloads if workload.offer != "none"]
    if not used:
        why = "has no workload" if not last.workloads else "uses no AI"
        yield f"{span}  {why}{_reviews(reviews)}"
        return
    spend = [month.spend_usd for month in months]
    amount = _usd(spend[0]) if max(spend) < 1.05 * min(spend) else f"{_usd(spend[0])} to {_usd(spend[-1])}"
    offers = ", ".join(f"{w.offer} ({w.quality - w.need:+.0f})" for w in used)
    yield f"{span}  stays{_reviews(reviews)}: {amount} a month; at the end {offers}"


def _reviews(count: int) -> str:
    return "" if count == 0 else f" after {_counted(count, 'review')}"


def _usd(amount: float) -> str:
    if math.isnan(amount):
        return "-"
    sign, size = "-" if amount < 0 else "", abs(amount)
    return f"{sign}${size:,.0f}" if size >= 10 else f"{sign}${size:.2f}"


def _counted(count: float, noun: str) -> str:
    return f"{count:,.0f} {noun}" + ("" if round(count) == 1 else "s")


def _tokens(count: float) -> str:
    for unit, name in ((1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count:.3g}"


def _without_nan(value: Any) -> Any:
    """The same data with null for NaN."""
    if isinstance(value, dict):
        return {key: _without_nan(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value
