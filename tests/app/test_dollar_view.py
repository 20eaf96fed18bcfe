"""Where each dollar ends up, on the page: the stages add up to the ledger to the cent."""

from __future__ import annotations

from collections import defaultdict

import pytest

from app.courses import Snapshot
from app.dollar_data import LAYER_NAMES, Dollars, dollars_of, owners
from app.dollar_view import dollar_label, dollar_option, dollar_rows, link_rows, per_dollar
from simulation.measuring.spending import spending_of_companies
from simulation.month.outcomes import LAYERS


@pytest.fixture(scope="module", params=[False, True], ids=["layers", "firms"])
def dollars(snapshot: Snapshot, request: pytest.FixtureRequest) -> Dollars:
    return dollars_of(snapshot.flows, snapshot.sellers, month=snapshot.month, firms=request.param)


def test_what_ends_is_what_companies_spent_to_the_cent(dollars: Dollars, snapshot: Snapshot) -> None:
    own = snapshot.sellers.set_index("seller").loc["companies"]
    assert dollars.spent == spending_of_companies(snapshot.flows)
    assert dollars.spent == own["revenue_cents"] - own["profit_accounting_cents"]
    assert sum(node.cents for node in dollars.ends) == dollars.spent


def test_what_enters_a_stage_leaves_it(dollars: Dollars) -> None:
    balance: dict[str, int] = defaultdict(int)
    for link in dollars.links:
        balance[link.source] -= link.cents
        balance[link.target] += link.cents
        assert sum(cents for _, cents in link.why) == link.cents > 0
    ends = {node.name: node.cents for node in dollars.ends}
    assert balance.pop("companies") == -dollars.spent
    assert {name: cents for name, cents in balance.items() if cents} == ends


def test_the_diagram_has_no_circle_and_every_line_has_its_ends(dollars: Dollars) -> None:
    series = dollar_option(dollars)["series"][0]
    names = [node["name"] for node in series["data"]]
    assert len(names) == len(set(names))
    after: dict[str, set[str]] = defaultdict(set)
    for link in series["links"]:
        assert {link["source"], link["target"]} <= set(names)
        after[link["source"]].add(link["target"])

    def reach(name: str, seen: frozenset[str]) -> None:
        assert name not in seen
        for following in after[name]:
            reach(following, seen | {name})

    reach("companies", frozenset())
    assert sum(round(100 * link["value"]) for link in series["links"] if link["source"] == "companies") == dollars.spent


def test_firm_by_firm_says_the_same_as_layer_by_layer(snapshot: Snapshot) -> None:
    found = [dollars_of(snapshot.flows, snapshot.sellers, month=snapshot.month, firms=firms) for firms in (False, True)]
    layers, firms = ({node.name: node.cents for node in each.ends} for each in found)
    assert layers == firms
    assert len(found[1].nodes) > len(found[0].nodes)


def test_tables_are_exact_and_the_label_has_the_unit(dollars: Dollars) -> None:
    rows = dollar_rows(dollars)
    assert rows[-1][2] == f"${dollars.spent / 100:,.2f}"
    cents = [round(100 * float(amount.strip("$").replace(",", ""))) for *_, amount in rows[:-1]]
    assert sum(cents) == dollars.spent
    assert len(link_rows(dollars)) == len(dollars.links)
    assert "US dollars a month" in dollar_label(dollars)


def test_every_layer_of_sellers_has_a_name_and_owners_of_its_own() -> None:
    assert set(LAYERS) <= LAYER_NAMES.keys()
    assert len({owners(layer) for layer in LAYERS}) == len(LAYERS)


def test_parts_of_a_dollar_are_cents() -> None:
    assert [per_dollar(part) for part in (1.0, 0.374, 0.021, 0.0002)] == ["100 ¢", "37 ¢", "2.1 ¢", "under 0.1 ¢"]
