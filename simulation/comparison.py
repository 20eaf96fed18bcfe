"""Two arms compared over the same draws: spread, shift and the class of the difference (model.md section 4.5).

Everything here is a function of indicator paths, (pairs, months) per column: no world is run. Ratios are taken of sums
over pairs, with intervals that refuse a denominator not clear of zero, and never as a mean of ratios.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from market.estimators import Estimate, mean_with_interval, ratio_of_sums
from market.units import MONTHS_PER_YEAR, FloatArray
from scenarios.scenario import Scenario
from simulation.run import Run
from simulation.tables import INDICATORS
from simulation.verdict import (
    KillSwitch,
    Thresholds,
    Verdict,
    class_shares,
    kill_switch,
    money_scale,
    pair_classes,
    verdict,
)

Paths = Mapping[str, FloatArray]  # indicator column -> (pairs, months)


@dataclass(frozen=True)
class ThetaParts:
    """Theta = price + volume + training: a Bennet split of the change of cloud profit by pair and month."""

    price: Estimate
    volume: Estimate
    training: Estimate


@dataclass(frozen=True)
class Comparison:
    """Two arms compared over the same draws; arrays hold one value per pair, in USD a month or the column's unit."""

    version: str
    closed: Mapping[str, FloatArray]
    open: Mapping[str, FloatArray]
    theta: Estimate
    sigma: Estimate
    sigma_with_taste: Estimate
    theta_parts: ThetaParts
    verdict: Verdict
    pair_classes: tuple[str, ...]
    kill_switch: KillSwitch
    note: str = ""

    @property
    def class_shares(self) -> dict[str, float]:
        """Share of pairs by class, each classed on its points: a frequency."""
        return class_shares(self.pair_classes)

    def difference(self, column: str) -> Estimate:
        """Mean of open less closed over pairs, with its 95% interval."""
        return mean_with_interval(self.open[column] - self.closed[column])


def indicator_paths(runs: Sequence[Run]) -> dict[str, FloatArray]:
    """The indicators of runs of one arm, in the order of the runs, as (pairs, months) per column."""
    frames = [run.indicators.sort_values("month") for run in runs]
    return {
        column.name: np.stack([frame[column.name].to_numpy(dtype=np.float64) for frame in frames])
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
    return discount + tail_weights(months, tail) * discount[-1] / monthly


def after_ownership(paths: Paths) -> Paths:
    """Profits by ultimate owner: a lab owned by a cloud counts with the clouds. NaN where ownership is not modelled."""
    owned = paths["profit_lab_cloud_owned"]
    return {**paths, "profit_cloud": paths["profit_cloud"] + owned, "profit_lab": paths["profit_lab"] - owned}


def organic(paths: Paths) -> Paths:
    """Profits without credits and take-or-pay shortfalls, which move losses to labs. NaN where these are not modelled."""
    moved = paths["credits_and_shortfalls"]
    return {**paths, "profit_cloud": paths["profit_cloud"] - moved, "profit_lab": paths["profit_lab"] + moved}


def theta_effects(closed: Paths, open_: Paths) -> dict[str, FloatArray]:
    """Change of cloud profit by pair and month, split in the manner of Bennet (1920): price, training, volume.

    price = mean GPU-hours of the two arms x change of price; training = mean price x change of GPU-hours sold for
    training; volume = the rest (other hours, hosting, costs).
    """
    hours = (closed["cloud_hours_sold"] + open_["cloud_hours_sold"]) / 2.0
    price = (closed["cloud_price_usd"] + open_["cloud_price_usd"]) / 2.0
    price_effect = hours * (open_["cloud_price_usd"] - closed["cloud_price_usd"])
    training_effect = price * (open_["cloud_hours_training"] - closed["cloud_hours_training"])
    whole = open_["profit_cloud"] - closed["profit_cloud"]
    return {"price": price_effect, "volume": whole - price_effect - training_effect, "training": training_effect}


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
    two are the same unless money is taken at its present value.
    """
    weights = {
        column.name: money_weights if column.unit == "USD/month" else level_weights for column in INDICATORS.own_columns
    }
    closed_means = {name: path @ weights[name] for name, path in closed.items()}
    open_means = {name: path @ weights[name] for name, path in open_.items()}
    change = {name: open_means[name] - closed_means[name] for name in closed_means}
    lab_loss = -change["profit_lab"]
    effects = {name: effect @ money_weights for name, effect in theta_effects(closed, open_).items()}
    theta = ratio_of_sums(change["profit_cloud"], lab_loss)
    scale = money_scale(
        profit_lab=closed_means["profit_lab"], consumer_surplus=closed_means["consumer_surplus_systematic"]
    )
    return Comparison(
        version=version,
        closed=closed_means,
        open=open_means,
        theta=theta,
        sigma=ratio_of_sums(change["consumer_surplus_systematic"], lab_loss),
        sigma_with_taste=ratio_of_sums(change["consumer_surplus"], lab_loss),
        theta_parts=ThetaParts(**{name: ratio_of_sums(effect, lab_loss) for name, effect in effects.items()}),
        verdict=_verdict_of_means(change, closed_means, theta=theta, thresholds=thresholds),
        pair_classes=pair_classes(
            profit_lab=change["profit_lab"],
            profit_cloud=change["profit_cloud"],
            access=change["access_small"],
            scale=scale,
            thresholds=thresholds,
        ),
        kill_switch=kill_switch(
            control_cloud=mean_with_interval(change["control_cloud"]),
            control_total=mean_with_interval(change["control_total"]),
            theta=theta,
            thresholds=thresholds,
        ),
        note=note,
    )


def thresholds_of(scenario: Scenario) -> Thresholds:
    """The thresholds of the verdict as the scenario sets them."""
    assumptions = scenario.answer
    return Thresholds(
        theta_low=assumptions.theta_low,
        theta_high=assumptions.theta_high,
        access=assumptions.rope_access,
        money=assumptions.rope_money,
    )


def _verdict_of_means(
    change: Mapping[str, FloatArray], closed: Mapping[str, FloatArray], *, theta: Estimate, thresholds: Thresholds
) -> Verdict:
    """The class of the mean over pairs; the money at stake is that of the mean closed world."""
    scale = money_scale(
        profit_lab=closed["profit_lab"].mean(keepdims=True),
        consumer_surplus=closed["consumer_surplus_systematic"].mean(keepdims=True),
    )
    return verdict(
        theta=theta,
        access=mean_with_interval(change["access_small"]),
        profit_lab=mean_with_interval(change["profit_lab"]),
        profit_cloud=mean_with_interval(change["profit_cloud"]),
        scale=float(scale[0]),
        thresholds=thresholds,
    )
