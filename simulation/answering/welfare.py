"""The welfare identity: what labs lose goes to companies, clouds and other layers, or is lost (model.md 4.4, 4.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulation.answering.comparison import Comparison, Paths

WELFARE_TERMS = {  # the terms of model.md 4.4 and their signs; consumer surplus includes the value of variety
    "consumer_surplus": 1.0,
    "profit_lab": 1.0,
    "profit_releaser": 1.0,
    "profit_cloud": 1.0,
    "profit_host": 1.0,
    "profit_public": 1.0,
    "profit_chip": 1.0,
    "profit_bank": 1.0,
    "wage_rent": 1.0,
    "net_tax": 1.0,
    "other_surplus": 1.0,
    "external_harm": -1.0,
}


@dataclass(frozen=True)
class WelfareIdentity:
    """Sigma + Theta + sum of Lambda = 1 + dW/(-d profit of labs), in USD a month and per dollar labs lose."""

    changes: Mapping[str, float]  # signed change of every modelled term of welfare, USD a month
    welfare_change: float  # USD a month, from the column `welfare`
    lab_loss: float  # USD a month
    gap_from_quantities: float  # largest relative gap to welfare computed from quantities (I17); NaN if not modelled

    @property
    def gap(self) -> float:
        """How far the terms are from adding up, relative to the largest of them: rounding if the books are right."""
        largest = max(abs(change) for change in self.changes.values()) or 1.0
        return abs(sum(self.changes.values()) - self.welfare_change) / largest

    def share(self, term: str) -> float:
        """One term per dollar labs lose: Sigma with tastes, Theta, or a Lambda."""
        return self.changes[term] / self.lab_loss


def welfare_identity(comparison: Comparison, *, closed: Paths, open_: Paths) -> WelfareIdentity:
    """The identity I16 on means over pairs, and the worst month of I17 in either arm."""
    changes = {
        term: sign * float(np.mean(comparison.open[term] - comparison.closed[term]))
        for term, sign in WELFARE_TERMS.items()
    }
    return WelfareIdentity(
        changes={term: change for term, change in changes.items() if np.isfinite(change)},
        welfare_change=float(np.mean(comparison.open["welfare"] - comparison.closed["welfare"])),
        lab_loss=float(np.mean(comparison.closed["profit_lab"] - comparison.open["profit_lab"])),
        gap_from_quantities=max(_gap_from_quantities(closed), _gap_from_quantities(open_)),
    )


def _gap_from_quantities(paths: Paths) -> float:
    """Largest difference over pairs and months between welfare and its second computation, over the largest welfare."""
    gap = np.max(np.abs(paths["welfare_from_quantities"] - paths["welfare"]))
    return float(gap / np.max(np.abs(paths["welfare"])))
