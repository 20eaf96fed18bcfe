"""`attribute`: what the effect of open weights is made of, by a 2^k factorial over switches with common random numbers.

Every setting of the switches is run in both arms over the same draws. What opening does at each is an outcome of a game
over the other switches: Shapley values say what each contributes, interactions what two add to one another. Theta is a
ratio and has no Shapley value where one setting refuses it, so the money behind it is attributed: what clouds gain and
what labs lose.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from market.estimators import Interval, paired_mean
from market.factorial import shapley_effects, shapley_interactions
from market.units import FloatArray
from scenarios.switches import ELASTIC, OPEN, Switch, present_switches
from simulation.experiments.paired import PairedPoint, Request, Workforce, paired_design, run_points
from simulation.experiments.structures import point_row
from simulation.experiments.telling import estimate_data, named_csv
from simulation.results.errors import StorageError
from simulation.results.storage import ResultsWriter

OUTCOMES: Mapping[str, str] = {  # column of the indicators: what it is called
    "access_small": "access of small companies",
    "profit_cloud": "cloud profit",
    "profit_lab": "lab profit",
    "consumer_surplus_systematic": "companies' surplus",
}
SETTINGS, EFFECTS = "settings.csv", "attribution.csv"


@dataclass(frozen=True)
class Effect:
    """One row of the attribution, means over draws with 95% intervals."""

    outcome: str  # column of the indicators
    kind: str  # main | interaction | none | all
    switches: tuple[str, ...]
    estimate: Interval


@dataclass(frozen=True)
class Attribution:
    """The factorial: every setting, and what its switches contribute."""

    request: Request
    switches: tuple[Switch, ...]  # besides the arm; bit j of a setting says whether switch j is on
    skipped: Mapping[str, tuple[str, ...]]  # switches the economy lacks, with what they need
    points: tuple[PairedPoint, ...]  # (2^switches,)
    draws: tuple[int, ...]  # that came through at every setting
    effects: tuple[Effect, ...]
    theta_effects: tuple[float, ...]  # Shapley values of Theta, empty where a setting refuses it

    @property
    def refused(self) -> int:
        """Settings at which labs do not clearly lose."""
        return sum(point.comparison is None or point.comparison.theta.refused for point in self.points)

    def effect(self, outcome: str, *switches: str) -> Interval:
        """Effect of one switch, or interaction of two, on what opening does."""
        for row in self.effects:
            if row.outcome == outcome and row.kind in ("main", "interaction") and set(row.switches) == set(switches):
                return row.estimate
        raise KeyError(f"{outcome}: no effect of {', '.join(switches)}")


def attribute(
    request: Request, out: Path, *, workforce: Workforce, only: Sequence[str] | None = None
) -> Attribution:
    """Run the factorial in the folder `out` and leave its tables there; `only` names the switches, all by default.

    Raises StorageError where no draw came through at every setting.
    """
    skipped = present_switches(request.resolved)[1]
    switches = chosen_switches(request, only)
    title = "What the effect of open weights is made of"
    design = paired_design(request, switch_points(switches), title=title, command="attribute")
    points = tuple(run_points(design, out, workforce=workforce))
    draws = tuple(sorted(set.intersection(*(set(point.draws) for point in points))))
    if not draws:
        raise StorageError(f"{out}: no draw came through at every setting; the table runs says why")
    effects = tuple(row for column in OUTCOMES for row in effects_on(column, switches, _arms(points, column, draws)))
    found = Attribution(
        request, switches, skipped, points, draws, effects, _theta_effects(points, draws, switches)
    )
    writer = ResultsWriter(out)
    writer.write_file(SETTINGS, named_csv(setting_rows(found)).encode())
    writer.write_file(EFFECTS, named_csv(effect_rows(found)).encode())
    return found


def chosen_switches(request: Request, only: Sequence[str] | None) -> tuple[Switch, ...]:
    """The switches besides the arm that the economy has, those named if any are."""
    there, _ = present_switches(request.resolved)
    return tuple(s for s in there if s.name != OPEN and (only is None or s.name in only))


def switch_points(switches: Sequence[Switch]) -> dict[str, dict[str, Any]]:
    """What is laid over the scenario at every setting of the switches."""
    return {setting_name(on): on_settings(on) for on in every_setting(switches)}


def every_setting(switches: Sequence[Switch]) -> list[tuple[Switch, ...]]:
    """The switches that are on at each setting, in the order of its number."""
    return [
        tuple(s for j, s in enumerate(switches) if number >> j & 1) for number in range(1 << len(switches))
    ]


def setting_name(on: Sequence[Switch]) -> str:
    return " + ".join(switch.name for switch in on) or "none"


def on_settings(on: Sequence[Switch]) -> dict[str, Any]:
    """What the switches lay over the scenario together."""
    return {key: value for switch in on for key, value in switch.settings.items()}


def effects_on(column: str, switches: Sequence[Switch], arms: FloatArray) -> list[Effect]:
    """Effects on one outcome; `arms` (settings, 2, draws) is its level in the closed and the open arm.

    The game over all switches has the arm as its first, so that interactions with it are named; main effects and
    interactions of the others are on what opening does, open less closed.
    """
    opening = arms[:, 1] - arms[:, 0]  # (settings, draws)
    names = [switch.name for switch in switches]
    rows = [
        Effect(column, "none", (), paired_mean(opening[0])),
        Effect(column, "all", tuple(names), paired_mean(opening[-1])),
    ]
    if not switches:
        return rows
    rows += [
        Effect(column, "main", (name,), paired_mean(effect))
        for name, effect in zip(names, shapley_effects(opening), strict=True)
    ]
    if len(switches) > 1:
        between = shapley_interactions(opening)
        rows += [
            Effect(column, "interaction", (names[a], names[b]), paired_mean(between[a, b]))
            for a, b in itertools.combinations(range(len(names)), 2)
        ]
    levels = arms.reshape(2 * len(arms), -1)  # bit 0 of a setting is the arm
    whole, pairs = shapley_effects(levels), shapley_interactions(levels)
    rows.append(Effect(column, "main", (OPEN,), paired_mean(whole[0])))
    rows += [
        Effect(column, "interaction", (OPEN, name), paired_mean(pairs[0, 1 + j])) for j, name in enumerate(names)
    ]
    return rows


def _arms(points: Sequence[PairedPoint], column: str, draws: Sequence[int]) -> FloatArray:
    """Levels of an outcome in both arms at every setting; (settings, 2, draws)."""
    levels = []
    for point in points:
        assert point.comparison is not None
        place = [point.draws.index(draw) for draw in draws]
        levels.append([getattr(point.comparison, arm)[column][place] for arm in ("closed", "open")])
    return np.array(levels)


def _theta_effects(
    points: Sequence[PairedPoint], draws: Sequence[int], switches: Sequence[Switch]
) -> tuple[float, ...]:
    """Shapley values of Theta, a ratio of sums over draws; none where a setting refuses it."""
    if not switches or any(point.comparison is None or point.comparison.theta.refused for point in points):
        return ()
    gains = [np.diff(_arms(points, name, draws), axis=1).sum(axis=(1, 2)) for name in ("profit_cloud", "profit_lab")]
    cloud, lab = gains
    return tuple(float(value) for value in shapley_effects(-cloud / lab))


def setting_rows(found: Attribution) -> list[dict[str, Any]]:
    """One row per setting: which switches are on, and what opening does there."""
    rows = []
    for number, point in enumerate(found.points):
        on = {switch.name: bool(number >> j & 1) for j, switch in enumerate(found.switches)}
        rows.append({"setting": point.name, **on, **point_row(point)})
    return rows


def effect_rows(found: Attribution) -> list[dict[str, Any]]:
    """One row per effect."""
    return [
        {"outcome": row.outcome, "kind": row.kind, "switches": " x ".join(row.switches),
         **estimate_data("effect", row.estimate), "draws": len(found.draws)}
        for row in found.effects
    ]  # fmt: skip


def answer_bearing(found: Attribution) -> dict[str, Interval]:
    """The interaction of open weights and elastic compute by outcome; empty without that switch."""
    if ELASTIC not in [switch.name for switch in found.switches]:
        return {}
    return {column: found.effect(column, OPEN, ELASTIC) for column in OUTCOMES}
