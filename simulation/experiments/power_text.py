"""Power by actor as printed and as JSON."""

from __future__ import annotations

from market.estimators import Interval
from simulation.console import aligned, as_json
from simulation.experiments.power import GAIN, MEASURES, Power, concentration_rows, power_rows
from simulation.experiments.telling import interval_text, wrapped

COLUMNS = {  # measure: heading, digits
    "exposure": ("kill switch", 3), GAIN: ("price rise, USD mn", 2), "hold_up": ("hold-up", 3),
    "shapley": ("Shapley", 3), "lerner": ("Lerner", 2),
}  # fmt: skip
CENTRALITIES = {
    "pagerank_payments": ("PageRank, payments", 3), "katz_payments": ("Katz, payments", 3),
    "pagerank_dependence": ("PageRank, dependence", 3), "katz_dependence": ("Katz, dependence", 3),
    "suppliers": ("suppliers", 1),
}  # fmt: skip
MOST_ACTORS = 14


def power_text(found: Power) -> str:
    """Two tables by actor, the most needed first, then concentration."""
    scenario = found.scenario
    head = (
        f"{scenario.name}, {scenario.companies.calibration} calibration, {found.arm} arm: {found.draws} draws of "
        f"{scenario.companies.count:,} companies, at the end of {scenario.horizon.months} months; 95% intervals over "
        "draws"
    )
    order = sorted(found.actors, key=lambda name: (-_rank(found, name), name))
    shown = order[:MOST_ACTORS]
    parts = [wrapped(head), ""]
    for columns in (COLUMNS, CENTRALITIES):
        rows = [["actor", "layer", *(heading for heading, _ in columns.values())]]
        rows += [
            [name, found.layer[name],
             *(interval_text(found.actors[name][m], digits=digits, factor=1e-6 if m == GAIN else 1.0)
               for m, (_, digits) in columns.items())]
            for name in shown
        ]  # fmt: skip
        parts += [aligned(rows, left=True), ""]
    if len(order) > len(shown):
        parts.append(f"and {len(order) - len(shown)} smaller ones, in the table")
    rows = [["concentration of revenue", "HHI", "with common owners"]]
    rows += [
        [layer, _plain(kinds["hhi"]), _plain(kinds["modified_hhi"])] for layer, kinds in found.concentration.items()
    ]
    parts += [aligned(rows, left=True), ""]
    told = COLUMNS | {"suppliers": CENTRALITIES["suppliers"]}
    parts += [f"{heading}: {MEASURES[measure]}" for measure, (heading, _) in told.items()]
    return "\n".join(parts)


def power_json(found: Power) -> str:
    """The same as JSON."""
    return as_json({"arm": found.arm, "draws": found.draws, "measures": dict(MEASURES), "actors": power_rows(found),
                    "concentration": concentration_rows(found)})  # fmt: skip


def _rank(found: Power, name: str) -> float:
    """What actors are sorted by: what would be lost without them, or what they are needed for, if that is more."""
    return max(0.0, *(v for v in (found.actors[name][m].value for m in ("exposure", "shapley")) if v == v), 0.0)


def _plain(estimate: Interval) -> str:
    return interval_text(estimate, digits=3)
