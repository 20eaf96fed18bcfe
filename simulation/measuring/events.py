"""Rows of the result table `events`: what happened in a month that explains a path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from market.units import CENTS_PER_DOLLAR
from scenarios.scenario import Scenario
from simulation.measuring.deals import deal_events
from simulation.world import MonthRecord, World


@dataclass(frozen=True)
class Event:
    """One thing that happened: who did it, to what, for how much."""

    kind: str  # as listed in simulation/results/tables.py
    actor: str
    object: str
    cents: int
    text: str


def event_rows(
    world: World, scenario: Scenario, *, record: MonthRecord, turning: Iterable[Event] = ()
) -> dict[str, npt.ArrayLike]:
    """The events of the month as columns, in the order in which they came about; `turning` points come last."""
    deals = (Event("deal", *deal) for deal in deal_events(world, record))
    happened = (
        _shocks(scenario, month=record.month), _policy(record), _decisions(world, record), _releases(world, record),
        deals, _given_up(record), _severe_misuse(world, record), _firms(record),
    )  # fmt: skip
    events = [*chain(*happened), *turning]
    names = ("kind", "actor", "object", "cents", "text")
    types = (object, object, object, np.int64, object)
    columns = zip(*(astuple(event) for event in events), strict=True) if events else ((),) * len(names)
    return {name: np.array(values, dtype=kind) for name, values, kind in zip(names, columns, types, strict=True)}


def _shocks(scenario: Scenario, *, month: int) -> Iterator[Event]:
    """Dated changes of the scenario that begin now."""
    for shock in scenario.shocks:
        if shock.month == month:
            lasting = f" over {shock.months} months" if shock.months else ""
            yield Event("shock", "", shock.parameter, 0, f"{shock.shape} {shock.value}{lasting}")


def _policy(record: MonthRecord) -> Iterator[Event]:
    """Instruments that came into force, changed or ended, and what the regulator decided."""
    for notice in record.regulation.notices:
        yield Event("policy", notice.actor, notice.instrument, 0, notice.text)


def _decisions(world: World, record: MonthRecord) -> Iterator[Event]:
    """What releasers decided about their models, and what opening is worth to them over never opening."""
    for notice in record.models.notices:
        cents = round(notice.dollars * CENTS_PER_DOLLAR)
        yield Event("decision", notice.actor, world.book.lines[notice.line].name, cents, notice.text)


def _releases(world: World, record: MonthRecord) -> Iterator[Event]:
    """Models that came out, and how far each stands from the best of the others, old and new."""
    released = record.models.released
    before = float((world.line_quality[-2] if len(world.line_quality) > 1 else world.line_quality[-1]).max())
    for model in released:
        best = max([before, *(other.quality for other in released if other is not model)])
        how = "weights published" if model.open else "closed"
        line = world.book.lines[model.line].name
        lead = model.quality - best
        place = f"new leading model by {lead:.1f}" if lead > 0 else f"{-lead:.1f} behind the best"
        yield Event("release", model.developer, line, 0, f"{model.quality:.1f} points, {how}, {place}")


def _given_up(record: MonthRecord) -> Iterator[Event]:
    """Companies that gave up running models themselves; a wave shows in the number."""
    revealed = record.revealed
    if revealed.given_up > 0:
        text = f"{revealed.given_up:,.0f} of {revealed.in_production:,.0f} self-run models given up for their bills"
        yield Event("reversal", "companies", "self-running", revealed.excess_cents, text)


def _firms(record: MonthRecord) -> Iterator[Event]:
    """Firms that failed or left, with what their creditors lost, and firms that were founded, with their equity."""
    for end in record.exits.resolutions:
        lost = end.bank_loss + end.creditor_loss
        assets = f", its machines and sites sold to {end.buyer} for {_billions(end.proceeds)}" if end.buyer else ""
        if end.kind == "default":
            text = (
                f"fails owing {_billions(end.owed)}{assets}; the bank loses {_billions(end.bank_loss)}, suppliers "
                f"{_billions(end.creditor_loss)}, owners {_billions(end.owner_loss)}"
                + (f", who get {_billions(end.returned)} back" if end.returned else "")
            )
        else:
            text = f"gives up its small share of the market{assets}"
        yield Event(end.kind, end.seller, "firm", lost, text)
    for name, cents in zip(record.exits.founded, record.exits.equity_at_founding, strict=True):
        yield Event("entry", name, "firm", cents, f"is founded with {_billions(cents)} of equity")


def _billions(cents: int) -> str:
    """Cents in words."""
    dollars = cents / CENTS_PER_DOLLAR
    return f"{dollars / 1e9:.2f} billion USD" if dollars >= 1e7 else f"{dollars / 1e6:.2f} million USD"


def _severe_misuse(world: World, record: MonthRecord) -> Iterator[Event]:
    """The one severe misuse that a scenario dates; whoever regulates may answer it."""
    if world.misuse.event:
        route = ("open weights", "closed interface")[world.misuse.event - 1]
        yield Event("incident", "", route, round(record.accounts.harm.event * CENTS_PER_DOLLAR), "a severe misuse")
