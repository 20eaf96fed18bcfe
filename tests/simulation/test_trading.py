"""Who buys what from whom: the groups' bills are the ledger's cents, and nobody is invented."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from market.accounts import INSTITUTIONS
from simulation import ComputeEconomy
from simulation.measuring.trading import GROUPS, trade_edges

BILLS = ["api_fee", "hosted_fee", "compute_rent"]


@pytest.mark.parametrize("arm", ["open", "closed"])
def test_what_groups_are_billed_is_what_the_ledger_says_to_the_cent(
    economy_of: Callable[..., ComputeEconomy], arm: str
) -> None:
    economy = economy_of(arm=arm)
    for _ in range(12):
        economy.step()
        edges, flows = trade_edges(economy), pd.DataFrame(economy.record.closing.books.flows.columns())
        ledger = flows[flows["payer"].eq("companies") & flows["flow"].isin(BILLS)].groupby("payee")["cents"].sum()
        groups = edges[edges["payer"].isin(GROUPS)].groupby("payee")["cents"].sum()
        assert groups.to_dict() == ledger.to_dict()
        assert ledger.sum() > 0
        every = flows[flows["payer"] != flows["payee"]]
        assert edges["cents"].sum() == every["cents"].sum()


def test_every_edge_joins_two_that_exist_and_before_the_first_month_there_is_none(
    economy_of: Callable[..., ComputeEconomy],
) -> None:
    economy = economy_of()
    assert trade_edges(economy).empty
    economy.step()
    edges = trade_edges(economy)
    sellers = {seller.name for seller in economy.sellers}
    assert set(edges["payee"]) <= sellers | set(INSTITUTIONS)
    assert set(edges["payer"]) <= sellers | set(INSTITUTIONS) | set(GROUPS)
    assert (edges["cents"] > 0).all() and edges["cents"].dtype == "int64"
