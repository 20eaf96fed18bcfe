"""The trade network on the page: every cent of the books is in the picture, and every line joins two that are there."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from app.actor_data import facts_of
from app.actor_view import REMOVABLE
from app.amounts import KINDS
from app.courses import Snapshot
from app.trade_data import COLUMN, GOODS, USUAL, Trade, trade_of
from app.trade_view import trade_label, trade_option, trade_rows
from simulation.month.outcomes import LAYERS


def option_parts(trade: Trade) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    series = trade_option(trade)["series"][0]
    return {node["name"]: node for node in series["data"]}, series["links"]


@pytest.mark.parametrize("goods", [USUAL, tuple(GOODS), ("models",)])
def test_every_line_joins_two_circles_that_are_there(snapshot: Snapshot, goods: tuple[str, ...]) -> None:
    trade = trade_of(snapshot.edges, snapshot.sellers, month=snapshot.month, goods=goods)
    nodes, links = option_parts(trade)
    assert links
    assert {end for link in links for end in (link["source"], link["target"])} <= set(nodes)
    assert len(nodes) == len(trade.nodes)


def test_the_money_in_the_picture_is_the_ledgers_to_the_cent(snapshot: Snapshot) -> None:
    flows = [flow for good in USUAL for flow in GOODS[good]]
    booked = snapshot.flows[snapshot.flows["flow"].isin(flows) & (snapshot.flows["payee"] != "households")]
    trade = trade_of(snapshot.edges, snapshot.sellers, month=snapshot.month)
    assert trade.cents == booked["cents"].sum() > 0
    assert sum(cents for edge in trade.edges for _, cents in edge.flows) == trade.cents
    for node in trade.nodes:
        earned = booked.loc[booked["payee"].isin(node.members), "cents"].sum()
        assert node.earned == earned


def test_widths_are_in_proportion_to_money_and_colours_are_of_who_is_paid(snapshot: Snapshot) -> None:
    trade = trade_of(snapshot.edges, snapshot.sellers, month=snapshot.month)
    _, links = option_parts(trade)
    thick = [link for link in links if link["lineStyle"]["width"] > 3]
    ratio = [link["value"] / link["lineStyle"]["width"] for link in thick]
    assert max(ratio) == pytest.approx(min(ratio), rel=0.01)
    kind = {node.name: node.kind for node in trade.nodes}
    of_kind = {kind[link["target"]]: link["lineStyle"]["color"] for link in links}
    assert len(set(of_kind.values())) == len(of_kind)


def test_without_everyone_else_only_companies_and_ai_firms_are_left(snapshot: Snapshot) -> None:
    trade = trade_of(snapshot.edges, snapshot.sellers, month=snapshot.month, others=False)
    assert "rest_of_economy" not in {node.name for node in trade.nodes}
    assert {edge.payer for edge in trade.edges} >= {"large companies", "developers"}


def test_price_taking_clouds_stand_together_and_dead_firms_are_gone(snapshot: Snapshot) -> None:
    trade = trade_of(snapshot.edges, snapshot.sellers, month=snapshot.month)
    members = {node.name: node.members for node in trade.nodes}
    assert len(members["fringe"]) > 1
    dead = set(snapshot.sellers.loc[~snapshot.sellers["alive"], "seller"])
    paid = {end for edge in trade.edges for end in (edge.payer, edge.payee)}
    assert not (dead - paid) & set(members)


def test_a_public_cloud_stands_among_the_clouds(with_public_cloud: Snapshot) -> None:
    trade = trade_of(with_public_cloud.edges, with_public_cloud.sellers, month=0, goods=tuple(GOODS))
    nodes, links = option_parts(trade)
    assert nodes["public_cloud"]["label"]["formatter"] == "public cloud"
    assert nodes["public_cloud"]["value"][0] == nodes["hyperscaler_1"]["value"][0]
    booked = with_public_cloud.flows.query("payer == 'public_cloud' and payee == 'chip_vendor'")["cents"].sum()
    paid = {link["target"]: round(100 * link["value"]) for link in links if link["source"] == "public_cloud"}
    assert sum(paid.values()) == booked > 0


def test_every_layer_of_sellers_has_its_place_its_name_and_can_be_taken_away() -> None:
    assert set(LAYERS) <= COLUMN.keys()
    assert set(LAYERS) <= KINDS.keys()
    assert set(REMOVABLE) == set(LAYERS)


def test_the_table_says_what_the_picture_says(snapshot: Snapshot) -> None:
    trade = trade_of(snapshot.edges, snapshot.sellers, month=snapshot.month)
    rows = trade_rows(trade)
    assert len(rows) == len(trade.edges)
    assert all(amount.startswith("$") for *_, amount in rows)
    assert "US dollars a month" in trade_label(trade)


def test_a_name_that_is_a_program_is_only_a_name(snapshot: Snapshot) -> None:
    name = "<img src=x onerror=alert(1)>"
    edges = pd.DataFrame({"payer": [name], "payee": ["lab_1"], "flow": ["compute_rent"], "cents": [5]})
    sellers = pd.DataFrame(
        {"seller": [name, "lab_1"], "layer": ["lab", "cloud"], "role": ["", ""], "alive": [True, True]}
    )
    nodes, links = option_parts(trade_of(edges, sellers, month=0))
    assert "<img" not in nodes[name]["tooltip"]["formatter"] + links[0]["tooltip"]["formatter"]


def test_an_actors_card_has_its_books_and_its_partners(snapshot: Snapshot) -> None:
    facts = facts_of(
        ["lab_2"], edges=snapshot.edges, sellers=snapshot.sellers, market=snapshot.market, events=snapshot.events
    )
    row = snapshot.sellers.set_index("seller").loc["lab_2"]
    assert dict(facts.books)["revenue"].startswith("$") and row["revenue_cents"] > 0
    assert {who for who, _, _ in facts.customers} & {"large companies", "developers"}
    assert any("hyperscaler" in who for who, _, _ in facts.suppliers)
    assert all("per M tokens" in price for _, price, _ in facts.prices) and facts.prices
    deals = snapshot.events.query("kind == 'deal' and (actor == 'lab_2' or object == 'lab_2')")
    assert len(facts.deals) == len(deals) > 0 and not any("stake of" in text for _, text in facts.events)


def test_every_actor_has_a_card(snapshot: Snapshot) -> None:
    for node in trade_of(snapshot.edges, snapshot.sellers, month=snapshot.month, goods=tuple(GOODS)).nodes:
        facts_of(
            node.members, edges=snapshot.edges, sellers=snapshot.sellers, market=snapshot.market,
            events=snapshot.events,
        )  # fmt: skip


def test_nothing_is_shown_of_a_world_without_payments() -> None:
    edges = pd.DataFrame({"payer": [], "payee": [], "flow": [], "cents": []})
    sellers = pd.DataFrame({"seller": ["lab_1"], "layer": ["lab"], "role": [""], "alive": [True]})
    trade = trade_of(edges, sellers, month=0)
    assert trade_option(trade)["series"][0]["links"] == []
    assert "nobody pays" in trade_label(trade)
