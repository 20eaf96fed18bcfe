"""Following companies' dollars: nothing is lost on the way, and a case by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pandas as pd

from simulation import ComputeEconomy
from simulation.measuring.spending import ENDS, PROFIT, Passage, passages, spending_of_companies
from simulation.run import Run

LAYER = {
    "companies": "companies", "lab": "lab", "cloud": "cloud", "maker": "chip", "households": "household",
    "rest_of_economy": "rest", "bank": "bank",
}  # fmt: skip


def books(*rows: tuple[str, str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["flow", "payer", "payee", "cents"])


def by_hand(*more: tuple[str, str, str, int]) -> dict[tuple[str, str], int]:
    """A lab with as much other revenue as companies bring it, and a cloud that wears out machines."""
    flows = books(
        ("api_fee", "companies", "lab", 100), ("wages", "companies", "households", 20),
        ("consumer_fees", "rest_of_economy", "lab", 100), ("compute_rent", "lab", "cloud", 120),
        ("wages", "lab", "households", 40), ("power_opex", "cloud", "rest_of_economy", 30),
        ("depreciation", "cloud", "cloud", 60), ("vendor_inputs", "maker", "rest_of_economy", 500),
        ("capex_gpu", "cloud", "maker", 1000), ("legacy_cloud_fee", "rest_of_economy", "cloud", 900), *more,
    )  # fmt: skip
    return {(p.source, p.target): p.cents for p in passages(flows, LAYER)}


def test_a_dollar_is_followed_to_whoever_keeps_it_by_hand() -> None:
    assert by_hand() == {
        ("companies", "lab"): 100, ("companies", "people"): 20,
        ("lab", "cloud"): 60, ("lab", "people"): 20, ("lab", PROFIT): 20,  # half of all it does
        ("cloud", "power"): 15, ("cloud", "maker"): 30, ("cloud", PROFIT): 15,
        ("maker", "inputs"): 15, ("maker", PROFIT): 15,
    }  # fmt: skip


def test_whoever_loses_money_keeps_nothing_of_it() -> None:
    found = by_hand(("wages", "lab", "households", 240))
    assert ("lab", PROFIT) not in found
    assert found["lab", "cloud"] == 30 and found["lab", "people"] == 70


def test_money_paid_to_sellers_of_the_same_layer_is_an_end() -> None:
    layer = LAYER | {"other_lab": "lab"}
    flows = books(("api_fee", "companies", "lab", 50), ("distill_tokens", "lab", "other_lab", 50))
    assert [(p.source, p.target) for p in passages(flows, layer)] == [("companies", "lab"), ("lab", "other_sellers")]


def net(found: list[Passage]) -> dict[str, int]:
    """Cents that enter each holder less those that leave it."""
    balance: dict[str, int] = defaultdict(int)
    for passage in found:
        balance[passage.source] -= passage.cents
        balance[passage.target] += passage.cents
    return balance


def test_every_cent_that_companies_spend_ends_somewhere(run_of_world: Callable[..., Run]) -> None:
    run = run_of_world()
    for month, flows in run.flows.groupby("month"):
        sellers = run.sellers[run.sellers["month"] == month]
        layer = dict(zip(sellers["seller"], sellers["layer"], strict=True))
        found = passages(flows, layer)
        spent = spending_of_companies(flows)
        own = sellers[sellers["seller"] == "companies"].iloc[0]
        assert spent == own["revenue_cents"] - own["profit_accounting_cents"]
        assert sum(p.cents for p in found if p.ends) == spent
        balance = net(found)
        assert balance.pop("companies") == -spent
        assert all(cents == 0 for holder, cents in balance.items() if holder not in ENDS and holder != PROFIT)


def test_ordinary_cloud_business_is_no_ai_spending(economy_of: Callable[..., ComputeEconomy]) -> None:
    economy = economy_of(months=2)
    flows = economy.results(("flows",)).flows.query("month == 1")
    layer = {seller.name: seller.layer for seller in economy.sellers} | LAYER
    without = flows[~flows["flow"].str.startswith("legacy")]
    assert len(without) < len(flows) and passages(without, layer) == passages(flows, layer)
