"""Where each dollar of AI spending by companies ends up: a flow diagram by layer, from the ledger, to the cent."""

from __future__ import annotations

from html import escape
from typing import Any

import solara

from app.amounts import share, usd, usd_of_cents
from app.chart import KIND_COLOURS, Chart
from app.courses import Snapshot
from app.dollar_data import DollarLink, DollarNode, Dollars, dollars_of
from app.parts import Choose, tag
from app.tables import AsTable, Looks
from simulation.timeline import month_name

END_COLOURS = {
    "people": KIND_COLOURS["specialists"], "power": "#F0E442", "lenders": "#999999", "suppliers": "#BBBBBB",
    "inputs": KIND_COLOURS["chip"], "written_off": "#555555", "other_sellers": "#777777",
}  # fmt: skip
DETAIL = {"layers": "layer by layer", "firms": "firm by firm"}
FLOWS = {
    "api_fee": "closed models by interface", "hosted_fee": "hosted open models", "compute_rent": "machine-hours",
    "wages": "wages", "migration_services": "integration work", "advice_fee": "advice", "poc_cost":
    "proofs of concept", "power_opex": "power and running", "depreciation": "wear of machines and sites", "retirement":
    "machines scrapped", "interest_loan": "interest", "vendor_inputs": "chips, systems and sites bought",
    "other_costs": "other costs", "marketplace_cut": "sale through a marketplace", "revenue_share":
    "a partner's part of revenue", "credit_use": "machine-hours on credit", "credit_expiry": "credits that expired",
    "take_or_pay_shortfall": "hours reserved and not used", "egress": "moving data out", "profit":
    "profit before tax", "distill_tokens": "answers to train on", "liability_damage": "damages",
    "legacy_migration": "moves between clouds",
}  # fmt: skip
END_COLUMNS = ("ends with", "of each dollar", "US dollars")
LINK_COLUMNS = ("from", "to", "for", "US dollars")
EXPLANATION = (
    "From the books of the month, to the cent. Machines count as they wear out, not when they are bought. A firm's "
    "dollars from companies are taken to be spent like all its others; where it spends more than it earns, investors "
    "pay the rest and nothing is left to its owners. Ordinary cloud business is left out. Profit is before tax."
)


def dollar_option(dollars: Dollars, *, dark: bool = False) -> dict[str, Any]:
    """The money as an ECharts Sankey diagram, companies left, whoever keeps it right."""
    halo = "#1e2226" if dark else "#ffffff"
    return {
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "sankey", "left": 8, "right": 250, "top": 22, "bottom": 12, "nodeWidth": 16, "nodeGap": 11,
                "draggable": False, "layoutIterations": 64, "emphasis": {"focus": "adjacency"},
                "data": [_node(node, spent=dollars.spent, halo=halo) for node in dollars.nodes],
                "links": [_link(link, spent=dollars.spent) for link in dollars.links],
                "lineStyle": {"color": "source", "opacity": 0.35, "curveness": 0.5},
                "label": {"fontSize": 12},
            }
        ],
    }  # fmt: skip


def _colour(node: DollarNode) -> str:
    return END_COLOURS.get(node.kind) or KIND_COLOURS[node.kind]


def _node(node: DollarNode, *, spent: int, halo: str) -> dict[str, Any]:
    part = node.cents / spent
    return {
        "name": node.name, "value": node.cents / 100, "itemStyle": {"color": _colour(node), "borderWidth": 0},
        "label": {
            "formatter": f"{node.name}  {per_dollar(part)}", "position": "right", "textBorderColor": halo,
            "textBorderWidth": 3,
        },
        "tooltip": {
            "formatter": f"<b>{escape(node.name)}</b><br>{usd_of_cents(node.cents)} a month, {share(part)} of what "
            f"companies spend"
        },
    }  # fmt: skip


def _link(link: DollarLink, *, spent: int) -> dict[str, Any]:
    why = "<br>".join(f"{escape(FLOWS.get(flow, flow))}: {usd_of_cents(cents)}" for flow, cents in link.why)
    return {
        "source": link.source, "target": link.target, "value": link.cents / 100,
        "tooltip": {
            "formatter": f"<b>{escape(link.source)} → {escape(link.target)}</b><br>{usd_of_cents(link.cents)} a month, "
            f"{per_dollar(link.cents / spent)} of each dollar<br>{why}"
        },
    }  # fmt: skip


def per_dollar(part: float) -> str:
    """A part of each dollar in cents: 37 ¢, 0.4 ¢."""
    cents = 100 * part
    return "under 0.1 ¢" if 0 < cents < 0.1 else f"{cents:.0f} ¢" if cents >= 10 else f"{cents:.1f} ¢"


def dollar_rows(dollars: Dollars) -> list[tuple[str, str, str]]:
    """Ends as a table: who keeps it, in cents of each dollar, USD to the cent; the last row is all spending."""
    rows = [
        (node.name, per_dollar(node.cents / dollars.spent), f"${node.cents / 100:,.2f}") for node in dollars.ends
    ]
    return [*rows, ("all spending", "100 ¢", f"${dollars.spent / 100:,.2f}")]


def link_rows(dollars: Dollars) -> list[tuple[str, str, str, str]]:
    """Every stage as a table: from, to, for, USD to the cent."""
    return [
        (link.source, link.target, ", ".join(FLOWS.get(f, f) for f, _ in link.why), f"${link.cents / 100:,.2f}")
        for link in sorted(dollars.links, key=lambda link: -link.cents)
    ]


def dollar_label(dollars: Dollars) -> str:
    """What the diagram shows, for who cannot see it."""
    if not dollars.spent:
        return f"Where companies' AI spending ends up, {month_name(dollars.month)}: nothing is spent yet."
    kept = ", ".join(f"{node.name} {per_dollar(node.cents / dollars.spent)}" for node in dollars.ends[:4])
    return (
        f"Where companies' AI spending of {usd_of_cents(dollars.spent)} in {month_name(dollars.month)} ends up, in "
        f"US dollars a month by layer. Of each dollar: {kept}."
    )


@solara.component
def DollarView(snapshot: Snapshot) -> None:
    """The flow diagram of the month of the snapshot."""
    detail, set_detail = solara.use_state("layers")
    dark = bool(solara.lab.use_dark_effective())
    dollars = solara.use_memo(
        lambda: dollars_of(snapshot.flows, snapshot.sellers, month=snapshot.month, firms=detail == "firms"),
        [snapshot.identity, detail],
    )
    month = month_name(dollars.month)
    with solara.Div(classes=["cw-view"]):
        Looks()
        with solara.Div(classes=["cw-tools"]):
            Choose("Show the money", detail, list(DETAIL.items()), set_detail)
        if not dollars.spent:
            tag("p", "Companies spend nothing on AI yet.", class_="cw-muted")
            return
        with solara.Div(classes=["cw-figures"]):
            _figure(usd(dollars.spent / 100), f"spent by companies on AI in {month}")
            for node in dollars.ends[:3]:
                _figure(per_dollar(node.cents / dollars.spent), f"of each dollar to {node.name}")
        with solara.Div(classes=["cw-figure"]):
            Chart(
                dollar_option(dollars, dark=dark), label=dollar_label(dollars), height=620, save_as=f"dollars {month}"
            )
            tag("p", EXPLANATION, class_="cw-muted")
            AsTable(
                f"Who keeps companies' AI spending of {month}, US dollars", END_COLUMNS, dollar_rows(dollars),
                title="Who keeps it, as a table",
            )  # fmt: skip
            AsTable(
                f"Every stage of it in {month}, US dollars", LINK_COLUMNS, link_rows(dollars),
                title="Every stage, as a table",
            )  # fmt: skip


def _figure(number: str, words: str) -> None:
    tag("div", tag("b", number), tag("span", words))
