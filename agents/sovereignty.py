"""A quota for sovereign compute: which workloads of the second bloc must run at home, and how much that takes (M16).

The law calls workloads in by the sensitivity of their data, the most sensitive first, until the quota is met by hours.
Whoever is called in may go only where its data is exposed no more than on the sovereign cloud: there, on machines or
devices of its own, or nowhere. Source: docs/model.md M16.
"""

from __future__ import annotations

import numpy as np

from agents.regulator import PUBLIC
from market.units import BoolArray, FloatArray

SOVEREIGN_CLOUD = "sovereign_cloud"  # name of the second bloc's cloud, where there is one
SOVEREIGN = "sovereign"  # its role
RESERVED = (PUBLIC, SOVEREIGN)  # roles of clouds that rent to some companies and to nobody else
SECOND_BLOC = 1  # jurisdiction of the companies that it is for
NOBODY = np.inf  # a line above every sensitivity


def next_line(
    line: float, *, sensitivity: FloatArray, hours: FloatArray, at_home: BoolArray, quota: float, room: float
) -> float:
    """Sensitivity from which workloads are called in next month; never above `line`, that of this month.

    sensitivity, hours (GPU-hours a month), at_home (workloads,) of the bloc's workloads in use; room: GPU-hours that
    the sovereign cloud could serve besides. What is called in and still abroad is counted as if it had come home.
    """
    called = sensitivity >= line
    home = float(hours[at_home | called].sum())
    waiting = float(hours[called & ~at_home].sum())
    missing = min(quota * float(hours.sum()) - home, room - waiting)
    order = np.flatnonzero(~called & ~at_home & (hours > 0))
    if missing <= 0 or order.size == 0:
        return line
    order = order[np.argsort(-sensitivity[order], kind="stable")]
    enough = int(np.searchsorted(np.cumsum(hours[order]), missing))
    return float(sensitivity[order[min(enough, order.size - 1)]])


def machines_for(hours: float, *, load: float, hours_per_machine: float) -> float:
    """Accelerators that serve `hours` a month at a usual load."""
    return hours / (load * hours_per_machine)
