"""The attribution as printed and as JSON."""

from __future__ import annotations

import itertools

from market.estimators import Interval
from scenarios.switches import ELASTIC, OPEN, SWITCHES
from simulation.console import aligned, as_json
from simulation.experiments.attributing import (
    OUTCOMES,
    Attribution,
    answer_bearing,
    effect_rows,
    setting_rows,
)
from simulation.experiments.mediating import Mediation, mediation_rows, mediation_text
from simulation.experiments.telling import interval_text, money_text, points_text, wrapped

MOST_PAIRS = 8  # interactions printed, the largest for access first; the table has all


def attribution_text(found: Attribution, mediation: Mediation | None) -> str:
    """Main effects, interactions and the settings, then the channels."""
    scenario = found.request.resolved
    names = [switch.name for switch in found.switches]
    head = (
        f"{scenario.name}, {scenario.companies.calibration} calibration: {len(found.points)} settings of "
        f"{len(names)} switches in both arms, {len(found.draws)} draws of {scenario.companies.count:,} companies; "
        "access in points, money in USD bn a month, 95% intervals over draws"
    )
    headings = ["", *OUTCOMES.values()]
    rows = [headings, ["with none on", *_cells(found, "none", ())]]
    rows += [[f"+ {name}", *(_cell(column, found.effect(column, name)) for column in OUTCOMES)] for name in names]
    rows.append(["with all on", *_cells(found, "all", tuple(names))])
    parts = [wrapped(head), "", "What opening does, open less closed, and what each switch adds to it (Shapley)"]
    parts += [aligned(rows), "", _theta_text(found), "", _elastic_text(found)]
    pairs = sorted(
        itertools.combinations(names, 2), key=lambda pair: -abs(found.effect("access_small", *pair).value)
    )[:MOST_PAIRS]  # fmt: skip
    if pairs:
        table = [headings] + [
            [" x ".join(pair), *(_cell(column, found.effect(column, *pair)) for column in OUTCOMES)] for pair in pairs
        ]
        parts += ["", "What two switches add to one another's effect on opening (the largest for access)",
                  aligned(table)]  # fmt: skip
    if found.skipped:
        told = "; ".join(f"{name} (no {', '.join(keys)})" for name, keys in found.skipped.items())
        parts += ["", wrapped(f"Skipped, because the economy does not have the mechanism yet: {told}.")]
    parts += ["", *(f"{switch.name}: {switch.meaning}" for switch in SWITCHES if switch.name in [OPEN, *names])]
    if mediation is not None:
        parts += ["", mediation_text(mediation)]
    return "\n".join(parts)


def attribution_json(found: Attribution, mediation: Mediation | None) -> str:
    """Effects, settings and channels as JSON."""
    return as_json(
        {
            "switches": [switch.name for switch in found.switches],
            "skipped": {name: list(keys) for name, keys in found.skipped.items()},
            "effects": effect_rows(found),
            "theta_effects": dict(zip([s.name for s in found.switches], found.theta_effects, strict=False)),
            "settings": setting_rows(found),
            "mediation": None if mediation is None else mediation_rows(mediation),
        }
    )


def _theta_text(found: Attribution) -> str:
    first, last = (point.comparison for point in (found.points[0], found.points[-1]))
    ends = ", ".join(
        f"{interval_text(c.theta) if not c.theta.refused else 'refused'} with {which} on"
        for c, which in ((first, "none"), (last, "all")) if c is not None
    )  # fmt: skip
    text = f"Theta: {ends}."
    if found.theta_effects:
        each = ", ".join(
            f"{switch.name} {value:+.2f}" for switch, value in zip(found.switches, found.theta_effects, strict=True)
        )
        return wrapped(f"{text} Shapley values of Theta: {each}.")
    return wrapped(
        f"{text} Labs do not clearly lose at {found.refused} of {len(found.points)} settings, so that Theta has no "
        "Shapley values: read the money behind it, what clouds gain and what labs lose."
    )


def _elastic_text(found: Attribution) -> str:
    """The answer-bearing number, named."""
    numbers = answer_bearing(found)
    if not numbers:
        return f"{OPEN} x {ELASTIC}: not run"
    told = "; ".join(f"{OUTCOMES[column]} {_cell(column, value)}" for column, value in numbers.items())
    return wrapped(f"{OPEN} x {ELASTIC}: {told}.")


def _cells(found: Attribution, kind: str, switches: tuple[str, ...]) -> list[str]:
    known = {(row.outcome, row.kind, row.switches): row.estimate for row in found.effects}
    return [_cell(column, known[column, kind, switches]) for column in OUTCOMES]


def _cell(column: str, estimate: Interval) -> str:
    return points_text(estimate) if column.startswith("access") else money_text(estimate)
