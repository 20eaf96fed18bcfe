"""The events that mattered most in a world: ranked by what they moved, told in the order in which they came.

Two things can be moved. Money: `cents` of the event over all sales of AI in its month (tokens, machine-hours). Share:
how much the developer of a released model gained of all tokens served, or of all token revenue, from the three months
before to the three months after; a release that was followed by a loss moved nothing. An event's weight is the larger
of the two; it is a share either way. No more than three events of one kind are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from simulation.timeline import month_name

MOST, MOST_OF_KIND = 10, 3
AROUND = 3  # months before and after a release that are compared
TOGETHER = 3  # months within which events of one kind and actor are one: the heaviest is told


@dataclass(frozen=True)
class Told:
    """One event with its weight."""

    month: int
    kind: str
    actor: str
    text: str
    weight: float  # share of AI sales, or of tokens
    what: str  # what the weight is a share of


def weightiest(run: Any, *, most: int = MOST) -> list[Told]:
    """The events of a `Run` or of one world's results that moved most, in chronological order."""
    told = sorted(weighed(run), key=lambda event: (-event.weight, event.month))
    chosen: list[Told] = []
    for event in told:
        near = (event.kind, event.actor)
        if any((other.kind, other.actor) == near and abs(other.month - event.month) <= TOGETHER for other in chosen):
            continue
        if sum(other.kind == event.kind for other in chosen) == MOST_OF_KIND:
            continue
        chosen.append(event)
        if len(chosen) == most:
            break
    return sorted(chosen, key=lambda event: event.month)


def weighed(run: Any) -> list[Told]:
    """Every event with its weight."""
    sales = run.market.groupby("month")["revenue_cents"].sum()
    shares = {of: _shares(run.market, column) for of, column in _SHARES.items()}
    return [_weighed(event, sales=sales, shares=shares) for event in run.events.itertuples()]


_SHARES = {"tokens": "quantity_served", "token sales": "revenue_cents"}


def _weighed(event: Any, *, sales: pd.Series, shares: dict[str, pd.DataFrame]) -> Told:
    total = float(sales.get(event.month, 0))
    weight, what = (event.cents / total if total > 0 else 0.0), "AI sales of the month"
    if event.kind == "release":
        moves = {of: _move(share, event.actor, event.month) for of, share in shares.items()}
        of, (before, after) = max(moves.items(), key=lambda item: item[1][1] - item[1][0])
        weight, what = max(after - before, 0.0), f"{of}, {before:.0%} to {after:.0%} in {AROUND} months"
    subject = event.actor or ("" if event.kind != "shock" else event.object)
    text = f"{subject}: {event.text}" if subject else event.text
    if event.kind == "release":
        text = f"{event.object}: {event.text}"
    return Told(int(event.month), event.kind, event.actor, text, weight, what)


def _shares(market: pd.DataFrame, column: str) -> pd.DataFrame:
    """Share of each developer by month, over all routes and segments; (months, developers)."""
    rows = market[market["service"] == "tokens"]
    amount = rows.pivot_table(index="month", columns="family", values=column, aggfunc="sum", fill_value=0.0)
    total = amount.sum(axis=1)
    return amount.div(total.where(total > 0), axis=0).fillna(0.0)


def _move(share: pd.DataFrame, developer: str, month: int) -> tuple[float, float]:
    """Mean share in the months before a release and after it; the release month belongs to neither."""
    if developer not in share:
        return 0.0, 0.0
    path = share[developer]
    before = path[(path.index < month) & (path.index >= month - AROUND)]
    after = path[(path.index > month) & (path.index <= month + AROUND)]
    if before.empty or after.empty:
        return 0.0, 0.0
    return float(before.mean()), float(after.mean())


def story_text(run: Any, *, most: int = MOST) -> str:
    """The events that moved most, one line each."""
    chosen = weightiest(run, most=most)
    if not chosen:
        return "No event moved anything."
    head = f"What moved most, at most {most} events and {MOST_OF_KIND} of a kind, in order [by how much it moved]:"
    lines = [f"{month_name(event.month)}  {event.text} [{event.weight:.0%} of {event.what}]" for event in chosen]
    return "\n".join([head, *lines])
