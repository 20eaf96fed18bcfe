"""The trade network: who buys models and machine-hours from whom, month by month; a click opens an actor's books."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import solara

from app.actor_view import ActorView
from app.amounts import KINDS, actor, usd_of_cents
from app.chart import KIND_COLOURS, Chart
from app.courses import Snapshot
from app.parts import Choose, tag
from app.tables import AsTable, Looks
from app.trade_data import GOODS, USUAL, WHAT, Edge, Node, Trade, trade_of
from simulation.timeline import month_name

WIDEST, THINNEST = 26.0, 0.7  # pixels of an edge
LARGEST, SMALLEST = 46.0, 9.0  # pixels of a node
EVERYTHING = "everything"
SHOWN = {
    "usual": ("models and machine-hours", USUAL),
    "models": ("models only", ("models",)),
    "machine-hours": ("machine-hours only", ("machine-hours",)),
    EVERYTHING: ("chips and sites as well", tuple(GOODS)),
}
BUYERS = {"all": "companies and everyone else", "companies": "companies and AI firms only"}
HALO = {False: "#ffffff", True: "#1e2226"}  # around words on lines, by theme
COLUMNS = ("who pays", "whom", "for", "a month")
EXPLANATION = (
    "Widths are money of the month in proportion; circles grow with what an actor is paid or pays. Lines have the "
    "colour of who is paid. Everyone else are consumers and buyers of machine-hours outside the model; clouds without "
    "power over prices stand together. Click an actor for its books."
)


def colour(kind: str) -> str:
    """The colour of a kind of actor."""
    return KIND_COLOURS[kind]


def trade_option(trade: Trade, *, dark: bool = False) -> dict[str, Any]:
    """The network as an ECharts graph: buyers left, sellers of models in the middle, clouds and chips right."""
    largest = max((edge.cents for edge in trade.edges), default=1)
    most = max((max(node.earned, node.paid) for node in trade.nodes), default=1) or 1
    kinds = list(dict.fromkeys(node.kind for node in trade.nodes))
    kind_of = {node.name: node.kind for node in trade.nodes}
    right = max((node.x for node in trade.nodes), default=1.0) or 1.0
    halo = HALO[dark]
    names = [KINDS[kind] for kind in kinds]
    return {
        "tooltip": {"trigger": "item"},
        "legend": [{"data": names, "bottom": 0, "icon": "circle", "itemWidth": 10, "selectedMode": False}],
        "grid": {"left": 132, "right": 138, "top": 24, "bottom": 44},
        "xAxis": {"show": False, "type": "value", "min": 0, "max": right},
        "yAxis": {"show": False, "type": "value", "min": 0, "max": 1, "inverse": True},
        "series": [
            {
                "type": "graph", "coordinateSystem": "cartesian2d", "layout": "none", "edgeSymbol": ["none", "none"],
                "categories": [{"name": KINDS[kind], "itemStyle": {"color": colour(kind)}} for kind in kinds],
                "data": [_node(node, most=most, kinds=kinds, halo=halo) for node in trade.nodes],
                "links": [_link(edge, largest=largest, kind=kind_of[edge.payee]) for edge in trade.edges],
                "label": {"show": True, "fontSize": 12}, "lineStyle": {"curveness": 0.07},
                "emphasis": {"focus": "adjacency", "lineStyle": {"opacity": 0.9}}, "z": 3,
            }
        ],
    }  # fmt: skip


def _node(node: Node, *, most: int, kinds: list[str], halo: str) -> dict[str, Any]:
    size = SMALLEST + (LARGEST - SMALLEST) * (max(node.earned, node.paid) / most) ** 0.5
    side = "left" if node.x == 0 else "right"
    return {
        "name": node.name, "value": [node.x, node.y], "symbolSize": round(size, 1), "category": kinds.index(node.kind),
        "label": {"formatter": node.label, "position": side, "textBorderColor": halo, "textBorderWidth": 3},
        "tooltip": {
            "formatter": f"<b>{escape(node.label)}</b> ({escape(KINDS[node.kind])})<br>is paid "
            f"{usd_of_cents(node.earned)} a month<br>pays {usd_of_cents(node.paid)} a month"
        },
    }  # fmt: skip


def _link(edge: Edge, *, largest: int, kind: str) -> dict[str, Any]:
    lines = "<br>".join(f"{escape(WHAT[flow])}: {usd_of_cents(cents)}" for flow, cents in edge.flows)
    width = max(WIDEST * edge.cents / largest, THINNEST)
    return {
        "source": edge.payer, "target": edge.payee, "value": edge.cents / 100,
        "lineStyle": {
            "width": round(width, 2), "color": colour(kind), "opacity": 0.55 if width > 2 * THINNEST else 0.35
        },
        "tooltip": {
            "formatter": f"<b>{escape(actor(edge.payer))} → {escape(actor(edge.payee))}: "
            f"{usd_of_cents(edge.cents)} a month</b><br>{lines}"
        },
    }  # fmt: skip


def trade_rows(trade: Trade) -> list[tuple[str, str, str, str]]:
    """The same as a table: payer, payee, what for, USD a month; largest first."""
    label = {node.name: node.label for node in trade.nodes}
    return [
        (label[edge.payer], label[edge.payee], ", ".join(WHAT[f] for f, _ in edge.flows), usd_of_cents(edge.cents))
        for edge in trade.edges
    ]


def trade_label(trade: Trade) -> str:
    """What the picture shows, for who cannot see it."""
    if not trade.edges:
        return f"Trade network, {month_name(trade.month)}: nobody pays anybody yet."
    label = {node.name: node.label for node in trade.nodes}
    top = "; ".join(
        f"{label[edge.payer]} pays {label[edge.payee]} {usd_of_cents(edge.cents)}" for edge in trade.edges[:3]
    )
    return (
        f"Trade network, {month_name(trade.month)}: payments in US dollars a month between {len(trade.nodes)} actors, "
        f"{usd_of_cents(trade.cents)} in all. Largest: {top}."
    )


@solara.component
def TradeView(snapshot: Snapshot, *, on_remove: Callable[[str], Any] | None = None) -> None:
    """Who buys from whom in the month of the snapshot; `on_remove` is called with an actor whose removal is wanted."""
    shown, set_shown = solara.use_state("usual")
    others, set_others = solara.use_state("all")
    chosen, set_chosen = solara.use_state("")
    dark = bool(solara.lab.use_dark_effective())
    trade: Trade = solara.use_memo(
        lambda: trade_of(
            snapshot.edges, snapshot.sellers, month=snapshot.month, goods=SHOWN[shown][1], others=others == "all"
        ),
        [snapshot.identity, shown, others],
    )
    nodes = {node.name: node for node in trade.nodes}
    month = month_name(trade.month)
    with solara.Div(classes=["cw-view"]):
        Looks()
        with solara.Div(classes=["cw-tools"]):
            Choose("Show payments for", shown, [(key, words) for key, (words, _) in SHOWN.items()], set_shown)
            Choose("Buyers", others, list(BUYERS.items()), set_others)
            Choose(
                "Look at one actor", chosen if chosen in nodes else "",
                [("", "nobody"), *((node.name, node.label) for node in trade.nodes)], set_chosen,
                hint="or click it in the picture",
            )  # fmt: skip
        with solara.Div(classes=["cw-beside" if chosen in nodes else "cw-alone"]):
            with solara.Div(classes=["cw-figure"]):
                Chart(
                    trade_option(trade, dark=dark), label=trade_label(trade), height=660, save_as=f"trade {month}",
                    on_click=lambda event: set_chosen(_clicked(event)),
                )  # fmt: skip
                tag("p", EXPLANATION, class_="cw-muted")
                AsTable(f"Payments in {month}, US dollars a month", COLUMNS, trade_rows(trade))
            if chosen in nodes:
                ActorView(snapshot, nodes[chosen], on_remove=on_remove)


def _clicked(event: Any) -> str:
    """The actor that a click on the picture means: a node, or who is paid on a line."""
    data = event.get("data") or {}
    return str(data.get("name") or data.get("target") or "")
