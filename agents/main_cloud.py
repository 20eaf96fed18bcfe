"""Which cloud gets most of each company's spend: one pass over the workloads that buy from clouds."""

from __future__ import annotations

from typing import Any

import numpy as np

from market.compiling import kernel
from market.units import FloatArray, IntArray


@kernel
def main_clouds(
    main: IntArray, ordinary: FloatArray, owner: Any, cloud: IntArray, spend: FloatArray, clouds: int
) -> None:
    """Replace each company's `main` cloud (companies,) by another one where it spends more, the highest code if equal.

    `ordinary` (companies,) is spent at the main cloud besides. owner, cloud, spend (workloads,), the owners in rising
    order.
    """
    total, i = np.zeros(clouds), 0
    while i < owner.size:
        c, first = owner[i], i
        while i < owner.size and owner[i] == c:
            total[cloud[i]] += spend[i]
            i += 1
        largest, most = -1, -np.inf
        for k in range(first, i):
            amount = total[cloud[k]] + (ordinary[c] if cloud[k] == main[c] else 0.0)
            if amount > most or (amount == most and cloud[k] > largest):
                largest, most = cloud[k], amount
        if largest != main[c] and most > ordinary[c]:
            main[c] = largest
        for k in range(first, i):
            total[cloud[k]] = 0.0
