"""Figures by hand: what is drawn is what their numbers, their captions and the model say."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from paper.figures import baseline_paths, phase_map, sensitivity, trade_network, where_a_dollar_goes
from simulation.measuring.spending import ENDS, LAYERS

HOLDERS = {
    "companies": "companies", "lab": "lab", "cloud": "cloud", "maker": "chip", "households": "household",
    "government": "state", "rest_of_economy": "rest",
}  # fmt: skip
BOOKS = (  # month, flow, payer, payee, cents: a lab earns before it pays for its run, a cloud buys more than it earns
    (3, "api_fee", "companies", "lab", 100), (4, "compute_rent", "lab", "cloud", 60),
    (4, "wages", "lab", "households", 40), (3, "depreciation", "cloud", "cloud", 30),
    (3, "capex_gpu", "cloud", "maker", 1000), (3, "vendor_inputs", "maker", "rest_of_economy", 500),
    (3, "legacy_cloud_fee", "rest_of_economy", "cloud", 900), (3, "tax_profit", "cloud", "government", 500),
)  # fmt: skip


def dollars(books: tuple[tuple[int, str, str, str, int], ...]) -> Any:
    """Results of two pairs of worlds with the same books in both arms."""
    worlds = [{"scenario": "baseline", "arm": arm, "draw": draw} for arm in ("closed", "open") for draw in (1, 2)]
    columns = ("month", "flow", "payer", "payee", "cents")
    flows = pd.DataFrame([world | dict(zip(columns, row, strict=True)) for world in worlds for row in books])
    sellers = pd.DataFrame(
        [world | {"month": month, "seller": name, "layer": layer} for world in worlds for month in (3, 4)
         for name, layer in HOLDERS.items()]
    )  # fmt: skip
    return SimpleNamespace(
        results=lambda name: SimpleNamespace(flows=flows, sellers=sellers), tail=lambda: range(3, 5),
        scenario=lambda name: SimpleNamespace(name="baseline"),
    )  # fmt: skip


def test_a_dollar_rests_where_the_account_of_spending_says() -> None:
    frame = where_a_dollar_goes.data(dollars(BOOKS)).set_index(["stage", "code"])
    found = {key: value for key, value in frame["open"].items() if value}
    assert found == pytest.approx(
        {("first", "lab"): 1.0, ("last", "household"): 0.4, ("last", "cloud"): 0.3, ("last", "chip"): 0.15,
         ("last", "rest"): 0.15}
    )  # fmt: skip
    assert (frame["change"] == 0).all()


def test_every_stop_and_every_end_of_the_account_has_a_name_and_a_look() -> None:
    stops = {*LAYERS, *(where_a_dollar_goes.CODE_OF_END[end] for end in ENDS)} - {"companies"}
    assert stops == set(where_a_dollar_goes.ORDER) == set(where_a_dollar_goes.LOOK)


def test_where_companies_spend_nothing_no_dollar_rests() -> None:
    frame = where_a_dollar_goes.data(dollars(BOOKS[1:]))
    assert frame[["closed", "open", "change"]].isna().all(axis=None)


def test_what_is_drawn_of_the_baseline_is_what_its_numbers_say() -> None:
    random = np.random.default_rng(1)
    columns = [line[0] for *_, lines, _ in baseline_paths.PANELS for line in lines]
    paths = {column: random.uniform(0.1, 1.0, size=(3, 24)) for column in columns}
    results: Any = SimpleNamespace(
        paths=lambda *_: paths, answer=lambda: SimpleNamespace(basis=SimpleNamespace(months=24))
    )
    numbers, figure = baseline_paths.data(results), baseline_paths.draw(results)
    for (title, _, lines, _), axes in zip(baseline_paths.PANELS, figure.axes, strict=True):
        for (_, label, *_), drawn in zip(lines, axes.get_lines(), strict=False):
            said = numbers[(numbers["panel"] == title) & (numbers["line"] == label)]["mean"]
            assert np.asarray(drawn.get_ydata()) == pytest.approx(said.to_numpy())


def test_a_cell_in_which_every_world_failed_has_no_frame() -> None:
    axes = Figure().add_subplot()
    assert phase_map._draw_cell(axes, {"class": "FAILED", "class_shares": np.nan}, 0, 0) == "FAILED"
    assert len(axes.patches) == 1
    assert phase_map._draw_cell(axes, {"class": "NO LAB LOSS (x)", "class_shares": '{"NO LAB LOSS": 1.0}'}, 1, 0)
    assert len(axes.patches) == 3


def test_the_sensitivity_says_how_many_assumptions_stand_at_an_end_of_their_range() -> None:
    rows = [(None, "as it is", 0.0), ("a", "low", 0.1), ("a", "high", 0.2), ("b", "high", 0.3)]
    frame = pd.DataFrame(rows, columns=["parameter", "end", "d_access_small"]).assign(pairs=2)
    results: Any = SimpleNamespace(csv=lambda *_: frame)
    assert "2 assumptions, each moved alone to the ends of its declared range; 1 of them to one end only" in (
        sensitivity.caption(results)
    )


PAYMENTS = (  # payer, payee, USD: ordinary fees are no part of the network, and many clouds are small
    ("companies", "lab_1", 900.0), ("companies", "lab_2", 90.0), ("rest_of_economy", "cloud_11", 9000.0),
    ("lab_1", "chip_vendor", 1.0), *(("lab_1", f"cloud_{n:02d}", 60.0 - n) for n in range(1, 12)),
)  # fmt: skip


@pytest.fixture
def network(tmp_path: Path) -> Any:
    """Results of `power` with the payments above."""
    graph = nx.DiGraph()
    for one, other, usd in PAYMENTS:
        graph.add_edge(one, other, cents=int(100 * usd))
    (tmp_path / "networks").mkdir()
    nx.write_graphml(graph, tmp_path / "networks" / "payments.graphml")
    names = sorted({name for row in PAYMENTS for name in row[:2]} - {"rest_of_economy"})
    layers = [name.partition("_")[0] for name in names]
    actors = pd.DataFrame({"actor": names, "layer": layers})
    return SimpleNamespace(place=lambda name: tmp_path, csv=lambda *_: actors)


def test_the_network_counts_payments_between_its_layers_alone(network: Any) -> None:
    graph = trade_network.shown(network)
    received = dict(graph.nodes(data="received"))
    assert received["lab_1"] == 900.0
    assert received["others cloud"] == 50.0 + 49.0  # of the two that receive least from these layers
    assert "cloud_11" not in received
    assert "chip_vendor" not in received  # a thin payment is not drawn, nor who has no other


def test_areas_of_the_network_grow_with_the_root_of_what_is_received(network: Any) -> None:
    graph, figure = trade_network.shown(network), trade_network.draw(network)
    areas = {
        tuple(np.round(dots.get_offsets()[0], 6)): float(dots.get_sizes()[0]) for dots in figure.axes[0].collections
    }
    area = {node: areas[tuple(np.round(place, 6))] for node, place in trade_network._places(graph).items()}
    for node, usd in graph.nodes(data="received"):
        least = trade_network.SMALLEST / trade_network.LARGEST
        assert area[node] / area["lab_1"] == pytest.approx(max((usd / 900.0) ** 0.5, least))
