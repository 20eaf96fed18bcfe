"""Who buys what from whom in a month: the ledger's payments for AI, with the companies in groups by segment and size.

The ledger knows the companies as one holder; what each group was billed comes from the bills of the workloads, which
add up to the ledger's cents seller by seller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from market.accounts import COMPANIES, HOUSEHOLDS
from market.flows import Flow
from market.goods import Route
from simulation.market_table import SEGMENT_NAMES
from simulation.recording import SIZE_NAMES
from simulation.world import MonthRecord, World

if TYPE_CHECKING:
    from simulation.economy import ComputeEconomy

GOODS = {  # flow -> what is bought
    "api_fee": "API access",
    "hosted_fee": "hosted open models",
    "compute_rent": "machine-hours",
    "credit_use": "machine-hours",
    "take_or_pay_shortfall": "machine-hours",
    "credit_expiry": "machine-hours",
    "poc_cost": "machine-hours",
    "marketplace_cut": "sales through a cloud",
    "revenue_share": "a partner's share of revenue",
    "distill_tokens": "answers to train on",
    "consumer_fees": "subscriptions",
    "capex_gpu": "accelerators",
    "capex_dc": "sites and power",
}
BILLED = {Route.CLOSED_API: Flow.API_FEE, Route.HOSTED_OPEN: Flow.HOSTED_FEE, Route.SELF_RENT: Flow.COMPUTE_RENT}
COLUMNS = ("payer", "payee", "good", "cents")
SIZES = len(SIZE_NAMES)
GROUPS = tuple(f"{segment} {size}" for segment in SEGMENT_NAMES for size in SIZE_NAMES)


def trade_edges(economy: ComputeEconomy) -> pd.DataFrame:
    """Payments of the last month for AI by payer, payee and good (int64 cents); empty before the first month.

    Payers are sellers, the groups of `GROUPS`, `companies` for what is not billed by workload, and the rest of the
    economy; households, who are paid wages and sell nothing here, are left out.
    """
    if economy.record.closing is None:
        return pd.DataFrame({name: np.zeros(0, dtype=np.int64 if name == "cents" else object) for name in COLUMNS})
    world, record = economy.world, economy.record
    flows = pd.DataFrame(record.closing.books.flows.columns())
    paid = flows[flows["flow"].isin(list(GOODS)) & (flows["payee"] != HOUSEHOLDS)]
    billed = paid["payer"].eq(COMPANIES) & paid["flow"].isin([flow.name.lower() for flow in BILLED.values()])
    ledger = paid[~billed].assign(good=paid["flow"].map(GOODS))
    edges = pd.concat([bills_by_group(world, record), ledger[list(COLUMNS)]], ignore_index=True)
    return edges.groupby(list(COLUMNS[:3]), as_index=False, sort=True)["cents"].sum()


def bills_by_group(world: World, record: MonthRecord) -> pd.DataFrame:
    """What sellers billed each group of companies in the month, cents; columns payer, payee, good, cents."""
    demand, companies = record.demand, world.companies
    owner = companies.company[demand.live_rows]
    group = companies.segment[owner].astype(np.int64) * SIZES + companies.size_class[owner]
    sellers = len(world.sellers)
    frames = []
    for route, flow in BILLED.items():
        at = np.flatnonzero(demand.sheet.route[demand.code] == route)
        cell = group[at] * sellers + demand.sheet.seller[demand.code[at]]
        cents = np.zeros(len(GROUPS) * sellers, dtype=np.int64)
        np.add.at(cents, cell, record.accounts.bill_by_slot[at])
        some = np.flatnonzero(cents)
        frames.append(
            pd.DataFrame(
                {"payer": [GROUPS[c // sellers] for c in some], "good": GOODS[flow.name.lower()],
                 "payee": [world.sellers[c % sellers].name for c in some], "cents": cents[some]}
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)

