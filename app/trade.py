"""Who pays whom in one month, with the companies told apart by group: the edges of the trade network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from market.accounts import COMPANIES
from market.flows import Flow
from market.goods import Route

if TYPE_CHECKING:
    from simulation import ComputeEconomy

GROUPS = ("small companies", "medium companies", "large companies", "developers")  # of companies, by who they are
BILLED = {Route.CLOSED_API: Flow.API_FEE, Route.HOSTED_OPEN: Flow.HOSTED_FEE, Route.SELF_RENT: Flow.COMPUTE_RENT}
EDGE_COLUMNS = ("payer", "payee", "flow", "cents")


def trade_edges(economy: ComputeEconomy, flows: pd.DataFrame) -> pd.DataFrame:
    """Payments of the last month: `payer`, `payee`, `flow`, `cents` (> 0), one row for each.

    Between sellers, and with everybody else, these are the cash flows of the books. What companies pay for models and
    machines is what they were billed in the month, by group of `GROUPS`; small bills are paid some months later.
    """
    billed = {flow.name.lower() for flow in BILLED.values()}
    cash = flows[flows["cash"] & ~((flows["payer"] == COMPANIES) & flows["flow"].isin(billed))]
    return pd.concat([bills_by_group(economy), cash[list(EDGE_COLUMNS)]], ignore_index=True)


def bills_by_group(economy: ComputeEconomy) -> pd.DataFrame:
    """What each group of companies was billed by each seller in the last month; columns as in `trade_edges`."""
    world, record = economy.world, economy.record
    demand, companies = record.demand, world.companies
    group = np.where(companies.segment == 1, GROUPS.index("developers"), companies.size_class)[demand.owner]
    sellers = len(world.sellers)
    parts = []
    for route, flow in BILLED.items():
        of_route = demand.sheet.route[demand.code] == route
        cents = np.zeros(len(GROUPS) * sellers, dtype=np.int64)
        cell = group[of_route].astype(np.int64) * sellers + demand.sheet.seller[demand.code[of_route]]
        np.add.at(cents, cell, record.accounts.bill_by_slot[of_route])
        paid = np.flatnonzero(cents)
        parts.append(
            pd.DataFrame(
                {
                    "payer": [GROUPS[place // sellers] for place in paid],
                    "payee": [world.sellers[place % sellers].name for place in paid],
                    "flow": flow.name.lower(),
                    "cents": cents[paid],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
