"""The answer: what paired open and closed worlds say about spread and shift, and what that rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from market.estimators import Interval
from market.toy import Prior, prior
from market.units import FloatArray
from scenarios.scenario import Scenario
from simulation.answering.comparison import (
    Comparison,
    Paths,
    ThetaParts,
    after_ownership,
    compare_arms,
    indicator_paths,
    organic,
    present_value_weights,
    tail_weights,
    thresholds_of,
)
from simulation.answering.measures import MEASURES
from simulation.answering.verdict import KillSwitch, Thresholds, Verdict
from simulation.answering.welfare import WelfareIdentity, welfare_identity
from simulation.results.schema import checked, empty_in_all
from simulation.results.tables import ANSWERS
from simulation.run import Run

TARGET_HHI = (0.1485, 0.28)  # clouds (fact 1.07) and API labs (fact 5.03) in 2025
PRESENT_VALUE = "present value"  # the version whose money is a whole stream, not a month's


@dataclass(frozen=True)
class Basis:
    """What the answer rests on."""

    scenario: str
    calibration: str
    pairs: int
    companies: int
    months: int
    first_month: int
    last_month: int
    parameters: int
    assumed_parameters: int
    not_modelled: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The question answered for one scenario; `comparisons[0]` is the headline, open less closed."""

    basis: Basis
    comparisons: tuple[Comparison, ...]
    identity: WelfareIdentity
    priors: Mapping[str, Prior]
    thresholds: Thresholds
    table: pd.DataFrame
    closed_paths: Paths = field(repr=False)
    open_paths: Paths = field(repr=False)
    runs: tuple[Run, ...] = field(repr=False)

    @property
    def headline(self) -> Comparison:
        """Open less closed over the last months, operating layers."""
        return self.comparisons[0]

    @property
    def theta(self) -> Interval:
        """Shift: what clouds gain per dollar labs lose."""
        return self.headline.theta

    @property
    def sigma(self) -> Interval:
        """Spread: what companies gain per dollar labs lose, without taste terms."""
        return self.headline.sigma

    @property
    def sigma_with_taste(self) -> Interval:
        """Spread, the value of variety included."""
        return self.headline.sigma_with_taste

    @property
    def theta_parts(self) -> ThetaParts:
        """Theta by price, volume and training."""
        return self.headline.theta_parts

    @property
    def verdict(self) -> Verdict:
        """The class of the mean."""
        return self.headline.verdict

    @property
    def class_shares(self) -> dict[str, float]:
        """The share of pairs in each class."""
        return self.headline.class_shares

    @property
    def kill_switch(self) -> KillSwitch:
        """The table beside the verdict: whether the power to deny service moved."""
        return self.headline.kill_switch


def answer_from_runs(
    scenario: Scenario,
    *,
    closed: Sequence[Run],
    open_: Sequence[Run],
    variants: Mapping[str, tuple[Sequence[Run], Sequence[Run]]] | None = None,
    full: bool = False,
) -> Answer:
    """Assemble the answer from runs of the two arms, in the same order of draws.

    `variants` names further pairs of arms (control, treated); `full` adds present values, profits by ultimate owner and
    organic profits of the headline pairs.
    """
    arms = {"headline": (closed, open_), **(variants or {})}
    paths = {
        version: (indicator_paths(control), indicator_paths(treated)) for version, (control, treated) in arms.items()
    }
    months = paths["headline"][0]["welfare"].shape[1]
    tail = tail_weights(months, scenario.answer.tail_months)

    def compared(version: str, control: Paths, treated: Paths, money: FloatArray = tail, note: str = "") -> Comparison:
        return compare_arms(
            version,
            control,
            treated,
            money_weights=money,
            level_weights=tail,
            thresholds=thresholds_of(scenario),
            note=note,
        )

    comparisons = [compared("headline", *paths["headline"])]
    if full:
        at_present = present_value_weights(months, scenario.answer.tail_months, scenario.answer.discount_rate)
        comparisons.append(compared(PRESENT_VALUE, *paths["headline"], money=at_present))
        for version, view in (("after ownership", after_ownership), ("organic", organic)):
            comparisons.append(_viewed(version, view, paths["headline"], compared))
    comparisons += [compared(version, *sides) for version, sides in paths.items() if version != "headline"]
    runs = tuple({id(run): run for sides in arms.values() for side in sides for run in side}.values())
    basis = _basis(scenario, pairs=len(open_), runs=runs, months=months)
    return Answer(
        basis=basis,
        comparisons=tuple(comparisons),
        identity=welfare_identity(comparisons[0], closed=paths["headline"][0], open_=paths["headline"][1]),
        priors=_priors(comparisons[0]),
        thresholds=thresholds_of(scenario),
        table=answer_table(comparisons, basis=basis),
        closed_paths=paths["headline"][0],
        open_paths=paths["headline"][1],
        runs=runs,
    )


def answer_table(comparisons: Sequence[Comparison], *, basis: Basis) -> pd.DataFrame:
    """The answers table: every measure of the headline, the ratios and the main changes of the other versions."""
    rows = [row for comparison in comparisons for row in _rows(comparison, not_modelled=basis.not_modelled)]
    shared = {
        "scenario": basis.scenario, "calibration": basis.calibration, "pairs": basis.pairs,
        "first_month": basis.first_month, "last_month": basis.last_month,
    }  # fmt: skip
    frame = pd.DataFrame([{**shared, **row} for row in rows])
    names = [column.name for column in ANSWERS.columns]
    return checked(ANSWERS, frame[names].astype({column.name: column.dtype for column in ANSWERS.columns}))


_MAIN_MEASURES = ("access_small", "consumer_surplus_systematic", "profit_lab", "profit_cloud")


def _rows(comparison: Comparison, *, not_modelled: Sequence[str]) -> list[dict[str, object]]:
    """The rows of one comparison."""
    columns = [measure.column for measure in MEASURES] if comparison.version == "headline" else _MAIN_MEASURES
    rows = []
    for column in columns:
        note = "not modelled" if column in not_modelled else comparison.note
        closed, open_ = comparison.levels(column)
        rows.append(
            _row(comparison.version, column, comparison.difference(column), closed=closed, open_=open_, note=note)
        )
    parts = comparison.theta_parts
    ratios = {
        "theta": comparison.theta, "theta_price": parts.price, "theta_volume": parts.volume,
        "theta_training": parts.training, "sigma": comparison.sigma, "sigma_with_taste": comparison.sigma_with_taste,
    }  # fmt: skip
    for name, estimate in ratios.items():
        note = "refused: labs do not clearly lose" if estimate.refused else comparison.note
        rows.append(_row(comparison.version, name, estimate, note=note))
    return rows


def _row(
    version: str, measure: str, estimate: Interval, *, closed: float = np.nan, open_: float = np.nan, note: str = ""
) -> dict[str, object]:
    """One row of the answers table; a refused ratio shows no number."""
    shown = (np.nan, np.nan, np.nan) if estimate.refused else (estimate.value, estimate.low, estimate.high)
    return {
        "version": version, "measure": measure, "closed": closed, "open": open_,
        "difference": shown[0], "ci_low": shown[1], "ci_high": shown[2], "note": note,
    }  # fmt: skip


def _viewed(
    version: str, view: Callable[[Paths], Paths], sides: tuple[Paths, Paths], compared: Callable[..., Comparison]
) -> Comparison:
    """The headline with profits seen otherwise; the headline itself, with a note, where the view is not modelled."""
    control, treated = view(sides[0]), view(sides[1])
    if np.isfinite(control["profit_lab"]).all() and np.isfinite(treated["profit_lab"]).all():
        return compared(version, control, treated)
    return compared(
        version, *sides, note="equal to the headline: no stakes, credits or shortfalls exist in this economy"
    )


def _basis(scenario: Scenario, *, pairs: int, runs: Iterable[Run], months: int) -> Basis:
    """What the answer rests on, from the scenario and the manifests."""
    declared = [declaration for declaration, _ in scenario.parameters()]
    return Basis(
        scenario=scenario.name,
        calibration=scenario.companies.calibration,
        pairs=pairs,
        companies=scenario.companies.count,
        months=months,
        first_month=max(0, months - scenario.answer.tail_months),
        last_month=months - 1,
        parameters=len(declared),
        assumed_parameters=sum(declaration.assumed for declaration in declared),
        not_modelled=empty_in_all(run.manifest["not_modelled"] for run in runs),
    )


def _priors(headline: Comparison) -> dict[str, Prior]:
    """The toy with compute to spare, at the concentrations measured for 2025 and at those of the closed arm of these
    worlds, and at the latter with no machines but those of the closed arm, at the load it has.
    """
    cloud, lab, load = (float(np.mean(headline.closed[column])) for column in ("cloud_hhi", "api_hhi", "load"))
    priors = {"at concentrations of 2025, compute slack": prior(*TARGET_HHI)}
    if np.isfinite((cloud, lab)).all():
        priors["at concentrations of this world, compute slack"] = prior(cloud, lab)
        if load > 0:
            priors[f"there, with no machines but its own (load {load:.2f})"] = prior(cloud, lab, 1.0 / load)
    return priors
