"""Who has power at the end of the worlds: the firms that could deny most, or are most needed."""

from __future__ import annotations

import math

import pandas as pd

from market.estimators import Interval
from paper.library import Library
from paper.tabular import Table
from paper.words import NOTHING, name_of, with_interval

NEEDS = ("power", "power_closed")
MOST = 10
MEASURES = (("exposure", 100.0, 1), ("hold_up", 1.0, 2), ("shapley", 100.0, 1), ("lerner", 1.0, 2))


def caption(results: Library) -> str:
    """What columns are."""
    scenario = results.scenario("power")
    return (
        f"The {MOST} actors with the largest exposure or Shapley share at the end of {scenario.horizon.months} months, "
        f"in order of the former, companies that use AI aside ({scenario.companies.count:,} rows of them), with 95% "
        "intervals over draws in which they are in business: kill-switch exposure (% of realised value), hold-up power "
        "(profit of a price rise of a tenth per dollar of customers' surplus), Shapley share (% of value created) and "
        "Lerner index, with open weights; last column: Shapley share with closed weights. Clouds without pricing power "
        "are one actor for the Shapley share."
    )


def table(results: Library) -> Table:
    """The actors with the largest exposure or Shapley share, companies aside."""
    open_, closed = (_by_actor(results.csv(name, "actors.csv")) for name in NEEDS)
    rank = {name: [_known(row, measure) for measure in ("exposure", "shapley")] for name, row in open_.items()}
    shown = sorted(rank, key=lambda each: -max(rank[each]))[:MOST]
    rows: list[list[str]] = []
    for name in sorted(shown, key=lambda each: (*(-value for value in rank[each]), each)):
        cells = [with_interval(open_[name][m], digits, factor=factor, signed=False) if m in open_[name] else NOTHING
                 for m, factor, digits in MEASURES]  # fmt: skip
        other = closed.get(name, {}).get("shapley")
        cells.append(with_interval(other, 1, factor=100.0, signed=False) if other else NOTHING)
        rows.append([name_of(name), *cells])
    return Table(["actor", "exposure", "hold-up", "Shapley", "Lerner", "Shapley, closed"], rows, "lrrrrr")


def _known(row: dict[str, Interval], measure: str) -> float:
    """A measure of an actor, 0 where it has none."""
    return row[measure].value if measure in row and math.isfinite(row[measure].value) else 0.0


def _by_actor(frame: pd.DataFrame) -> dict[str, dict[str, Interval]]:
    found: dict[str, dict[str, Interval]] = {}
    for row in frame[frame["layer"] != "companies"].itertuples():
        found.setdefault(str(row.actor), {})[str(row.measure)] = Interval(row.value, row.low, row.high)
    return found
