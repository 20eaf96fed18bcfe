"""Who pays whom in a month, with the companies told apart by group: the edges of the trade network.

The ledger knows the companies as one holder; what each group was billed comes from the bills of the workloads, which
add up to the ledger's cents seller by seller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agents.peopling import DEVELOPER
from market.accounts import COMPANIES
from market.flows import Flow
from market.goods import Route
from simulation.world import MonthRecord, World

if TYPE_CHECKING:
    from simulation.economy import ComputeEconomy

GROUPS = ("small companies", "medium companies", "large companies", "developers")  # of companies, by who they are
BILLED = {Route.CLOSED_API: Flow.API_FEE, Route.HOSTED_OPEN: Flow.HOSTED_FEE, Route.SELF_RENT: Flow.COMPUTE_RENT}
COLUMNS = ("payer", "payee", "flow", "cents")


def trade_edges(economy: ComputeEconomy) -> pd.DataFrame:
    """What holders owed one another for the last month by payer, payee and flow (int64 cents, above 0).

    Every row of the books between two holders, whether paid at once, invoiced or with credits. What companies pay for
    models and machines is what each group of `GROUPS` was billed, `companies` pays the rest. No row before the first
    month.
    """
    record = economy.record
    if record.closing is None:
        return pd.DataFrame({name: pd.Series(dtype="int64" if name == "cents" else "object") for name in COLUMNS})
    flows = pd.DataFrame(record.closing.books.flows.columns())
    billed = flows["payer"].eq(COMPANIES) & flows["flow"].isin([flow.name.lower() for flow in BILLED.values()])
    others = flows.loc[~billed & flows["payer"].ne(flows["payee"]), list(COLUMNS)]
    edges = pd.concat([bills_by_group(economy.world, record), others], ignore_index=True)
    return edges.groupby(list(COLUMNS[:3]), as_index=False, sort=True)["cents"].sum()


def bills_by_group(world: World, record: MonthRecord) -> pd.DataFrame:
    """What each group of companies was billed by each seller in the month; columns as in `trade_edges`."""
    demand, companies = record.demand, world.companies
    group_of = np.where(companies.segment == DEVELOPER, GROUPS.index("developers"), companies.size_class)
    group, sellers = group_of[demand.owner].astype(np.int64), len(world.sellers)
    frames = []
    for route, flow in BILLED.items():
        at = np.flatnonzero(demand.sheet.route[demand.code] == route)
        cell = group[at] * sellers + demand.sheet.seller[demand.code[at]]
        cents = np.zeros(len(GROUPS) * sellers, dtype=np.int64)
        np.add.at(cents, cell, record.accounts.bill_by_slot[at])
        paid = np.flatnonzero(cents)
        frames.append(
            pd.DataFrame(
                {"payer": [GROUPS[place // sellers] for place in paid], "flow": flow.name.lower(),
                 "payee": [world.sellers[place % sellers].name for place in paid], "cents": cents[paid]}
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)[list(COLUMNS)]
