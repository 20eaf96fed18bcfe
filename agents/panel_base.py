"""What each offer is worth to the accounts of the panel on which sellers set prices, its price per token left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.appraisal import CODE, OWN_CLASS, PRICE, RATIO, RESULTS, USE, appraise, lines_of
from agents.offers import OfferTerms
from agents.terms import Terms, Weights, packed
from market.compiling import kernel
from market.units import FloatArray


def panel_base(rows: Terms, offers: OfferTerms, shared: Weights) -> FloatArray:
    """Systematic value of each offer without its metered price part, (rows, offers), for `market.demand`.

    USD a month; -inf where a workload does not consider the offer. The metered price part of an API-like offer is the
    value of use less the bill; self-operated routes, whose price is not per token, enter at their full value.
    """
    base = np.full((len(rows.row), len(offers.code)), -np.inf)
    _fill_base(packed(rows), lines_of(offers, offers.order), shared, base)
    return base


@kernel
def _fill_base(workloads: Any, lines: Any, s: Any, base: Any) -> None:
    size = lines.codes.shape[1]
    considered, results, value = np.empty(size, np.int64), np.empty((RESULTS, size)), np.empty(size)
    code, own, price = lines.codes[CODE], lines.codes[OWN_CLASS], lines.numbers[PRICE]
    for i in range(len(base)):
        w = workloads[i]
        appraise(w, lines.codes, lines.numbers, lines.alive, lines.first_own, s, considered, results, value)
        for k in range(lines.alive):
            if considered[k]:
                metered_part = results[USE, k] - price[k] * w.mtok * results[RATIO, k]
                base[i, code[k]] = value[k] if own[k] else value[k] - metered_part
