"""A quota for sovereign compute: which workloads of the second bloc must run at home, and how much that takes (M16).

The law calls workloads in by the sensitivity of their data, the most sensitive first, until the quota is met in hours.
Whoever is called in may go only where its data is exposed no more than on the sovereign cloud: there, on machines or
devices of its own, or nowhere. Source: docs/model.md M16.
"""

from __future__ import annotations

import numpy as np

from agents.regulator import PUBLIC
from market.units import MONTHS_PER_YEAR, BoolArray, FloatArray

SOVEREIGN_CLOUD = "sovereign_cloud"  # name of the second bloc's cloud, where there is one
SOVEREIGN = "sovereign"  # its role
RESERVED = (PUBLIC, SOVEREIGN)  # roles of clouds that rent to some companies and to nobody else
SECOND_BLOC = 1  # jurisdiction of the companies that it is for
NOBODY = np.inf  # a line above every sensitivity


def next_line(
    line: float, *, sensitivity: FloatArray, hours: FloatArray, at_home: BoolArray, quota: float, room: float
) -> float:
    """Sensitivity from which workloads are called in next month; `line` is that of this month.

    sensitivity, hours (GPU-hours a month), at_home (workloads,) of the bloc's workloads in use; room: GPU-hours that
    the sovereign cloud could serve besides. What is called in and still abroad is counted as if it had come home. What
    is missing to the quota is called in over a year, as far as there is room, and what exceeds it let go as slowly: who
    is called in needs months to come home, and may go without meanwhile.
    """
    called = sensitivity >= line
    home = float(hours[at_home | called].sum())
    beyond = home - quota * float(hours.sum())
    if beyond > 0:
        return _raised(line, sensitivity=sensitivity[called], hours=hours[called], beyond=beyond)
    missing = min(-beyond / MONTHS_PER_YEAR, room - float(hours[called & ~at_home].sum()))
    abroad = ~called & ~at_home & (hours > 0)
    return _lowered(line, sensitivity=sensitivity[abroad], hours=hours[abroad], missing=missing)


def _lowered(line: float, *, sensitivity: FloatArray, hours: FloatArray, missing: float) -> float:
    """A line below which the most sensitive workloads, (workloads,) not called in yet, have the hours `missing`."""
    if missing <= 0 or sensitivity.size == 0:
        return line
    order = np.argsort(-sensitivity, kind="stable")
    enough = int(np.searchsorted(np.cumsum(hours[order]), missing))
    return float(sensitivity[order[min(enough, order.size - 1)]])


def _raised(line: float, *, sensitivity: FloatArray, hours: FloatArray, beyond: float) -> float:
    """A line that lets the least sensitive workloads, (workloads,) called in so far, go: a twelfth of the hours
    `beyond`, or the first workload where that alone has more and no more than all of them.
    """
    order = np.argsort(sensitivity, kind="stable")
    total = np.cumsum(hours[order])
    gone = int(np.searchsorted(total, beyond / MONTHS_PER_YEAR, side="right"))
    if gone == 0 and order.size and total[0] <= beyond:
        gone = 1
    if gone == 0:
        return line
    return float(sensitivity[order[gone]]) if gone < order.size else NOBODY


def machines_for(hours: float, *, load: float, hours_per_machine: float) -> float:
    """Accelerators that serve `hours` a month at a usual load."""
    return hours / (load * hours_per_machine)
