"""What the second bloc's companies use, in GPU-hours, and how much of it runs under their own jurisdiction (M16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.sellers import CloudProvider
from agents.sovereignty import SECOND_BLOC, SOVEREIGN
from market.goods import Route
from market.units import BoolArray, FloatArray, IntArray
from simulation.world import World

if TYPE_CHECKING:
    from simulation.month.compute import Compute
    from simulation.month.demand import Demand


@dataclass(frozen=True)
class BlocUse:
    """The second bloc's workloads in use and the GPU-hours of the month behind them; (workloads,) over real firms."""

    slots: IntArray
    hours: FloatArray
    own: BoolArray  # on machines or devices of the company
    at_home: BoolArray  # on these, or on the sovereign cloud

    @property
    def share(self) -> float:
        """Part of the hours that ran at home; nan where nothing ran."""
        total = float(self.hours.sum())
        return float(self.hours[self.at_home].sum()) / total if total > 0 else np.nan


def sovereign_clouds(world: World) -> list[CloudProvider]:
    """The second bloc's cloud, where there is one."""
    return [cloud for cloud in world.clouds if cloud.role == SOVEREIGN]


def bloc_use(
    world: World, *, demand: Demand, compute: Compute, served: FloatArray, tokens: FloatArray,
    tokens_by_offer: FloatArray,
) -> BlocUse:  # fmt: skip
    """GPU-hours behind what the second bloc's companies used this month, those behind interfaces and hosts included.

    served, tokens (live rows,): share of what each workload wanted and its tokens; tokens_by_offer (offers,) served.
    """
    rows = np.flatnonzero(world.companies.jurisdiction[demand.owner] == SECOND_BLOC)
    code = demand.code[rows]
    per_token = np.zeros(len(world.book.offers))
    for (seller, line), pool in compute.services.items():
        codes = world.book.services[seller, line]
        held = pool.held * compute.served_share[world.buyers.index(seller)]
        total = float(tokens_by_offer[codes].sum())
        per_token[codes] = held / total if total > 0 else 0.0
    route, host = world.book.route[code], world.book.host_cloud[code]
    alone = demand.weight[rows] * demand.wanted.gpu_hours_held[rows] * served[rows]
    own = route >= Route.ON_PREM
    return BlocUse(
        slots=demand.live_rows[rows],
        hours=np.where(route >= Route.SELF_RENT, alone, tokens[rows] * per_token[code]),
        own=own,
        at_home=own | np.isin(host, [cloud.code for cloud in sovereign_clouds(world)]),
    )
