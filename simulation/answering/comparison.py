"""Two arms compared over the same draws: spread, shift and the class of the difference (model.md section 4.5).

Everything here is a function of indicator paths, (pairs, months) per column: no world is run. Ratios are taken of sums
over pairs, with intervals that refuse a denominator not clear of zero, and never as a mean of ratios.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from market.estimators import BennetSplit, Interval, bennet_split, fieller_ratio, least_detectable, paired_mean
from market.units import MONTHS_PER_YEAR, FloatArray
from scenarios.scenario import Scenario
from simulation.answering.verdict import (
    KillSwitch,
    Thresholds,
    Verdict,
    class_shares,
    kill_switch,
    labs_lose,
    money_scale,
    pair_classes,
    verdict,
)
from simulation.results.indicator_table import INDICATORS
from simulation.run import Run

Paths = Mapping[str, FloatArray]  # indicator column -> (pairs, months)
CLASSED_BY = ("access_small", "profit_lab", "profit_cloud")
_CONTROLS = (
    "control_cloud", "control_total", "control_lab", "control_releaser", "control_host", "control_chip", "control_max",
    "control_hhi",
)  # fmt: skip


@dataclass(frozen=True)
class ThetaParts:
    """Theta = price + volume + training: a Bennet split of the change of cloud profit by pair and month."""

    price: Interval
    volume: Interval
    training: Interval


@dataclass(frozen=True)
class Comparison:
    """Two arms compared over the same draws; arrays hold one value per pair, in USD a month or the column's unit."""

    version: str
    closed: Mapping[str, FloatArray]
    open: Mapping[str, FloatArray]
    theta: Interval
    sigma: Interval
    sigma_with_taste: Interval
    theta_parts: ThetaParts
    verdict: Verdict
    pair_classes: tuple[str, ...]
    kill_switch: KillSwitch
    note: str = ""

    @property
    def class_shares(self) -> dict[str, float]:
        """Share of pairs by class, each classed on its points: a frequency."""
        return class_shares(self.pair_classes)

    def difference(self, column: str) -> Interval:
        """Mean of open less closed over the pairs that have both, with its 95% interval; nan where none has."""
        change = self.open[column] - self.closed[column]
        known = np.isfinite(change)
        return paired_mean(change[known]) if known.any() else Interval(np.nan, np.nan, np.nan)

    @property
    def detectable(self) -> dict[str, float]:
        """Smallest change of what the class rests on that so many pairs would tell from none, four times in five."""
        changes = {column: self.open[column] - self.closed[column] for column in CLASSED_BY}
        return {column: least_detectable(change[np.isfinite(change)]) for column, change in changes.items()}

    def levels(self, column: str) -> tuple[float, float]:
        """Means over the same pairs, closed and open."""
        known = np.isfinite(self.closed[column]) & np.isfinite(self.open[column])
        if not known.any():
            return np.nan, np.nan
        return float(self.closed[column][known].mean()), float(self.open[column][known].mean())


def indicator_paths(runs: Sequence[Run]) -> dict[str, FloatArray]:
    """The indicators of runs of one arm, in the order of the runs, as (pairs, months) per column."""
    return paths_of_frames([run.indicators for run in runs])


def paths_of_frames(frames: Sequence[pd.DataFrame]) -> dict[str, FloatArray]:
    """The same of rows of the table indicators, a frame for each run."""
    ordered = [frame.sort_values("month") for frame in frames]
    return {
        column.name: np.stack([frame[column.name].to_numpy(dtype=np.float64) for frame in ordered])
        for column in INDICATORS.own_columns
    }


def tail_weights(months: int, tail: int) -> FloatArray:
    """Weights of the mean over the last `tail` months (all of them if there are fewer); (months,)."""
    tail = min(tail, months)
    return np.concatenate([np.zeros(months - tail), np.full(tail, 1.0 / tail)])


def present_value_weights(months: int, tail: int, rate: float) -> FloatArray:
    """Weights of a present value in month 0 at `rate` a year: the months themselves, then the tail's mean for ever.

    Payments fall at the end of each month. Without the terminal annuity, labs that cut training late would seem to lose
    nothing. (months,)
    """
    monthly = (1.0 + rate) ** (1.0 / MONTHS_PER_YEAR) - 1.0
    discount = (1.0 + monthly) ** -np.arange(1.0, months + 1.0)
    return np.asarray(discount + tail_weights(months, tail) * discount[-1] / monthly)


def after_ownership(paths: Paths) -> Paths:
    """Profits by ultimate owner: a lab owned by a cloud counts with the clouds. NaN where ownership is not modelled."""
    owned = paths["profit_lab_cloud_owned"]
    return {**paths, "profit_cloud": paths["profit_cloud"] + owned, "profit_lab": paths["profit_lab"] - owned}


def organic(paths: Paths) -> Paths:
    """Profits without credits and take-or-pay shortfalls, which move losses to labs. NaN where not modelled."""
    moved = paths["credits_and_shortfalls"]
    return {**paths, "profit_cloud": paths["profit_cloud"] - moved, "profit_lab": paths["profit_lab"] + moved}


def cloud_profit_split(closed: Paths, open_: Paths) -> BennetSplit:
    """Change of cloud profit by pair and month, in parts of price, volume and training; (pairs, months) each."""
    return bennet_split(
        profit=(closed["profit_cloud"], open_["profit_cloud"]),
        price=(closed["cloud_price_usd"], open_["cloud_price_usd"]),
        hours=(closed["cloud_hours_sold"], open_["cloud_hours_sold"]),
        training_hours=(closed["cloud_hours_training"], open_["cloud_hours_training"]),
    )


def compare_arms(
    version: str,
    closed: Paths,
    open_: Paths,
    *,
    money_weights: FloatArray,
    level_weights: FloatArray,
    thresholds: Thresholds,
    note: str = "",
) -> Comparison:
    """Compare two arms over the same draws.

    Months are weighted by `money_weights` (months,) for columns in USD a month and by `level_weights` for the rest: the
    two are the same unless money is taken at its present value. Every ratio is refused unless labs clearly lose.
    """
    weights = {
        column.name: money_weights if column.unit == "USD/month" else level_weights for column in INDICATORS.own_columns
    }
    before, after = {}, {}
    for name in closed:
        before[name], after[name] = over_months(closed[name], open_[name], weights[name])
    change = {name: after[name] - before[name] for name in before}
    at_stake = {"profit_lab": before["profit_lab"], "consumer_surplus": before["consumer_surplus_systematic"]}
    scale = float(money_scale(**{name: values.mean(keepdims=True) for name, values in at_stake.items()})[0])
    means = {name: paired_mean(change[name]) for name in (*CLASSED_BY, *_CONTROLS)}
    share = _share_of(
        lab_loss=-change["profit_lab"], clear=labs_lose(means["profit_lab"], scale=scale, thresholds=thresholds)
    )
    split = cloud_profit_split(closed, open_)
    theta = share(change["profit_cloud"])
    return Comparison(
        version=version,
        closed=before,
        open=after,
        theta=theta,
        sigma=share(change["consumer_surplus_systematic"]),
        sigma_with_taste=share(change["consumer_surplus"]),
        theta_parts=ThetaParts(
            price=share(split.price @ money_weights),
            volume=share(split.volume @ money_weights),
            training=share(split.training @ money_weights),
        ),
        verdict=verdict(
            theta=theta,
            access=means["access_small"],
            profit_lab=means["profit_lab"],
            profit_cloud=means["profit_cloud"],
            scale=scale,
            thresholds=thresholds,
        ),
        pair_classes=pair_classes(
            profit_lab=change["profit_lab"],
            profit_cloud=change["profit_cloud"],
            access=change["access_small"],
            scale=money_scale(**at_stake),
            thresholds=thresholds,
        ),
        kill_switch=kill_switch(
            control_cloud=means["control_cloud"],
            control_total=means["control_total"],
            theta=theta,
            thresholds=thresholds,
            changes={name: means[name] for name in _CONTROLS},
        ),
        note=note,
    )


def over_months(closed: FloatArray, open_: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weighted sums over months (pairs,) of two paths (pairs, months).

    A month in which either arm has no value (a price at which nothing was sold) counts for neither, the others weigh
    more; a pair without any month is nan.
    """
    both = np.isfinite(closed) & np.isfinite(open_)
    if both.all():
        return closed @ weights, open_ @ weights
    kept = both * weights  # (pairs, months)
    left = kept.sum(axis=1)
    raised = np.divide(weights.sum(), left, out=np.full(len(left), np.nan), where=left > 0)
    before, after = ((np.where(both, path, 0.0) * kept).sum(axis=1) for path in (closed, open_))
    return raised * before, raised * after


def _share_of(*, lab_loss: FloatArray, clear: bool) -> Callable[[FloatArray], Interval]:
    """A function that gives a gain (pairs,) per dollar labs lose (pairs,), refused unless their loss is clear."""
    if clear:
        return lambda gain: fieller_ratio(gain, lab_loss)
    return lambda gain: Interval(np.nan, np.nan, np.nan, refused=True)


def thresholds_of(scenario: Scenario) -> Thresholds:
    """The thresholds of the verdict as the scenario sets them."""
    assumptions = scenario.answer
    return Thresholds(
        theta_low=assumptions.theta_low,
        theta_high=assumptions.theta_high,
        access=assumptions.rope_access,
        money=assumptions.rope_money,
    )
