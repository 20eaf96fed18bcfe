"""Who pays whom: the industry as a network of payments at the end of one random world, with open weights.

Columns are layers from those who use AI to those who make machines. Widths grow with the square root of what is paid in
the last month, areas with that of what is received from these layers, so that one month's order of machines does not
dwarf everything else.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from market.units import CENTS_PER_DOLLAR
from paper import drawing
from paper.errors import MissingResult
from paper.library import Library

NEEDS = ("power",)
COLUMNS = (("companies",), ("lab", "releaser"), ("host",), ("cloud",), ("chip",))
HEADS = ("users", "labs, releasers", "hosters", "clouds", "machines")
MOST = 9  # firms drawn in a column, those that receive most from the columns; the others are one node per layer
LEAST_PART = 0.002  # of all payments between nodes: thinner ones are not drawn
WIDEST, LARGEST, SMALLEST = 7.5, 240.0, 6.0  # points of a line, square points of a node, of one that users are
OTHERS = "others"


def data(results: Library) -> pd.DataFrame:
    """One row per payment between those shown: payer, payee, layers and USD of the last month."""
    graph = shown(results)
    return pd.DataFrame(
        [(one, other, graph.nodes[one]["layer"], graph.nodes[other]["layer"], edge["usd"])
         for one, other, edge in graph.edges(data=True)],
        columns=["payer", "payee", "payer_layer", "payee_layer", "usd"],
    ).sort_values("usd", ascending=False)  # fmt: skip


def caption(results: Library) -> str:
    """What widths and areas are, and that it is one world."""
    scenario = results.scenario("power")
    return (
        f"Payments between layers in the last month of one random world ({scenario.companies.count:,} companies, month "
        f"{scenario.horizon.months - 1}, open weights). Widths of lines grow with the square root of USD paid, areas "
        "of nodes with that of USD received from these layers: half the width is a quarter of the money. In each "
        f"column the {MOST} that receive most are drawn, the others together, layer by layer; payments below "
        f"{LEAST_PART:.1%} of all between nodes, and nodes without any other, are not drawn, but count in the "
        "areas. A single draw: read it as an example of the structure; the table of actors has means over draws with "
        "intervals."
    )


def draw(results: Library) -> Figure:
    """Draw the layers as columns."""
    graph = shown(results)
    figure = drawing.new_figure(92.0)
    axes = figure.add_subplot()
    axes.set_axis_off()
    places = _places(graph)
    most = max((edge["usd"] for *_, edge in graph.edges(data=True)), default=1.0)
    for one, other, edge in sorted(graph.edges(data=True), key=lambda found: (found[2]["usd"], found[0], found[1])):
        _draw_payment(axes, places[one], places[other], part=(edge["usd"] / most) ** 0.5,
                      colour=drawing.COLOURS[graph.nodes[other]["layer"]])  # fmt: skip
    largest = max((got for _, got in graph.nodes(data="received")), default=1.0) or 1.0
    for node, (x, y) in places.items():
        layer, part = graph.nodes[node]["layer"], (graph.nodes[node]["received"] / largest) ** 0.5
        axes.scatter([x], [y], s=max(LARGEST * part, SMALLEST), color=drawing.COLOURS[layer],
                     edgecolor=drawing.INK, linewidth=0.6, zorder=4)  # fmt: skip
        axes.annotate(_label(node), (x, y), (0, -7.0 - 4.0 * part**0.5),
                      textcoords="offset points", ha="center", va="top", fontsize=drawing.small(), zorder=5,
                      bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none",
                            "alpha": 0.8})  # fmt: skip
    for column, head in enumerate(HEADS):
        axes.text(column, 1.09, head, ha="center", va="bottom", fontweight="bold")
    axes.set_xlim(-0.35, len(HEADS) - 0.65)
    axes.set_ylim(-0.1, 1.14)
    return figure


def shown(results: Library) -> nx.DiGraph:
    """The network of payments between those that are drawn, smaller firms of a layer together.

    `usd` of an edge is what is paid; `received` of a node what it gets from other nodes, thin payments included.
    """
    path = results.place("power") / "networks" / "payments.graphml"
    if not path.is_file():
        raise MissingResult(f"{path} is missing; run `commonweight power --out {results.place('power')}`")
    whole = nx.read_graphml(path)
    layer = _layers(results, whole)
    received = _received(whole, layer)
    keep = {
        node for kinds in COLUMNS for node in sorted(
            (node for node in received if layer[node] in kinds), key=lambda node: (-received[node], node)
        )[:MOST]
    }  # fmt: skip
    graph = nx.DiGraph()
    for one, other, edge in whole.edges(data=True):
        if one not in layer or other not in layer or one == other:
            continue
        ends = [node if node in keep else f"{OTHERS} {layer[node]}" for node in (one, other)]
        if ends[0] == ends[1]:
            continue
        for end, node in zip(ends, (one, other), strict=True):
            graph.add_node(end, layer=layer[node])
        before = graph.get_edge_data(*ends, default={"usd": 0.0})["usd"]
        graph.add_edge(*ends, usd=before + usd(edge))
    for node in graph:
        graph.nodes[node]["received"] = sum(edge["usd"] for *_, edge in graph.in_edges(node, data=True))
    every = sum(edge["usd"] for *_, edge in graph.edges(data=True))
    thin = [(one, other) for one, other, edge in graph.edges(data=True) if edge["usd"] < LEAST_PART * every]
    graph.remove_edges_from(thin)
    graph.remove_nodes_from([node for node in list(graph) if graph.degree(node) == 0])
    return graph


def _received(whole: nx.DiGraph, layer: dict[str, str]) -> dict[str, float]:
    """USD that each firm of the columns gets from the others in them."""
    return {
        node: sum(usd(edge) for payer, _, edge in whole.in_edges(node, data=True) if payer in layer and payer != node)
        for node in whole if node in layer
    }  # fmt: skip


def usd(edge: dict[str, object]) -> float:
    """What an edge of the exported network pays."""
    return float(str(edge["cents"])) / CENTS_PER_DOLLAR


def _layers(results: Library, graph: nx.DiGraph) -> dict[str, str]:
    """Layer of every node that is drawn: sellers by the table of actors, users by name."""
    actors = results.csv("power", "actors.csv").drop_duplicates("actor").set_index("actor")["layer"]
    found = {str(name): str(layer) for name, layer in actors.items() if layer in sum(COLUMNS, ())}
    users = {node: "companies" for node in graph if node in ("companies", "enterprises", "developers")}
    return found | users


def _places(graph: nx.DiGraph) -> dict[str, tuple[float, float]]:
    """Column by layer, evenly spread from the top by what is received."""
    places: dict[str, tuple[float, float]] = {}
    for column, kinds in enumerate(COLUMNS):
        nodes = sorted((n for n in graph if graph.nodes[n]["layer"] in kinds),
                       key=lambda n: (n.startswith(OTHERS), -graph.nodes[n]["received"], n))  # fmt: skip
        heights = np.linspace(1.0, 0.0, len(nodes)) if len(nodes) != 1 else np.array([0.5])
        places |= {node: (float(column), float(height)) for node, height in zip(nodes, heights, strict=True)}
    return places


def _draw_payment(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], *, part: float, colour: str
) -> None:
    bend = 0.12 if start[0] != end[0] else 0.5
    axes.add_patch(
        FancyArrowPatch(start, end, connectionstyle=f"arc3,rad={bend}", arrowstyle="-", color=colour, alpha=0.55,
                        linewidth=WIDEST * part, zorder=2, capstyle="butt")
    )  # fmt: skip


def _label(node: str) -> str:
    return f"other {node.removeprefix(OTHERS).strip()}s" if node.startswith(OTHERS) else node.replace("_", " ")
