"""The card of one actor beside the trade network, with a button that takes it away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import solara

from app.actor_data import ActorFacts, Fact, facts_of
from app.amounts import KINDS
from app.courses import Snapshot
from app.parts import Action, tag
from app.trade_data import Node

AMOUNT_BEGINS, LONGEST_AMOUNT = tuple("$-0123456789"), 24
REMOVABLE = ("lab", "releaser", "host", "cloud", "public", "chip")


@solara.component
def ActorView(snapshot: Snapshot, node: Node, *, on_remove: Callable[[str], Any] | None = None) -> None:
    """Books, fleet, prices, customers, suppliers and history of an actor; `on_remove` takes a member of it."""
    facts: ActorFacts = solara.use_memo(
        lambda: facts_of(
            node.members, edges=snapshot.edges, sellers=snapshot.sellers, market=snapshot.market,
            events=snapshot.events,
        ),
        [snapshot.identity, node.name],
    )  # fmt: skip
    with solara.Div(classes=["cw-panel"]):
        tag("h3", node.label[:1].upper() + node.label[1:])
        tag("p", KINDS[node.kind], class_="cw-muted")
        if on_remove is not None and node.kind in REMOVABLE:
            Action(
                f"Take {node.members[0].replace('_', ' ')} away", lambda: on_remove(node.members[0]),
                icon="mdi-power-plug-off", hint="who would lose access, and where would they go?",
            )  # fmt: skip
        facts_list("Books of the month", facts.books)
        facts_list("Machines and people", facts.fleet)
        lines_table("Sells", facts.prices)
        lines_table("Customers, US dollars a month", facts.customers)
        lines_table("Suppliers, US dollars a month", facts.suppliers)
        lines_table("Deals", facts.deals)
        lines_table("What happened to it", facts.events)


def facts_list(title: str, facts: Sequence[Fact]) -> None:
    """A list of names and amounts under a title; nothing where there are none."""
    if facts:
        tag("h4", title)
        tag("dl", *(part for what, much in facts for part in (tag("dt", what), tag("dd", much))), class_="cw-facts")


def lines_table(title: str, lines: Sequence[Sequence[str]]) -> None:
    """A small table without a head under a title; nothing where there are no lines."""
    if lines:
        tag("h4", title)
        rows = [tag("tr", *(_cell(cell, first=at == 0) for at, cell in enumerate(line))) for line in lines]
        tag("table", tag("tbody", *rows), class_="cw-data")


def _cell(text: str, *, first: bool) -> Any:
    amount = not first and text[:1] in AMOUNT_BEGINS and len(text) < LONGEST_AMOUNT
    return tag("td", text, class_="cw-number" if amount else "")
