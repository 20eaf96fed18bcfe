"""What publishing weights is worth to whoever trained them: motives, the lost margin, and the best date (M13).

A finished model is published at once, published after some months as an interface, sold as an interface for good, or
left alone. Each course is worth the present value of what it brings over leaving the model alone, in USD at the
releaser's own rate. Expected liability counts where publishers are liable (M15). Source: docs/model.md M13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from market.parameters import ParameterGroup, choice, quantity
from market.units import MONTHS_PER_YEAR, FloatArray

NEVER = -1  # months after which weights are published: not at all


class Release(ParameterGroup):
    """What is published when: the dated schedule of the calibration window, afterwards each releaser's own reckoning.

    Weights on motives multiply amounts of USD; a motive that is not cash moves the decision and never welfare.
    """

    rule: str = choice(
        "value", ("value", "schedule"), symbol="rel_rule",
        meaning="what decides after schedule_end: value to the releaser, or publishing at every date as before it",
    )
    schedule_end: int = quantity(
        35, unit="month", meaning="last month of the dated schedule", low=35, high=35, most=600, symbol="rel_end"
    )
    founding_gap: float = quantity(
        7.0, unit="points", meaning="least distance of founding open models behind the frontier", low=7, high=20,
        source="fact 6.01", most=1000, symbol="open0",
    )
    cadence: int = quantity(
        4, unit="months", meaning="months between two models of one releaser", low=3, high=9, least=1, symbol="cadence"
    )
    delays: tuple[int, ...] = quantity(
        (3, 6, 12), unit="months", meaning="delays after which weights sold as an interface may be published",
        low=1, high=24, least=1, most=120, source="derived", symbol="rel_delays", any_length=True,
    )
    horizon_months: int = quantity(
        24, unit="months", meaning="months over which a releaser values its model", low=12, high=36, least=1, most=240,
        symbol="T_rel",
    )
    discount_rate: float = quantity(
        0.12, unit="1/year", meaning="rate at which a releaser discounts", low=0.06, high=0.2, most=1.0, symbol="r_rel"
    )
    complement_weight: float = quantity(
        1.0, unit="1", meaning="weight of what use of its models earns a complementary business", low=0, high=3,
        symbol="m_comp",
    )
    complement_value: float = quantity(
        0.05, unit="USD/Mtok", meaning="what a million tokens of its models earn the complementary business",
        low=0.01, high=0.2, symbol="beta_c",
    )
    pull_weight: float = quantity(
        1.0, unit="1", meaning="weight of rent that a parent cloud earns on hours pulled in", low=0, high=3,
        symbol="m_pull",
    )
    spill_weight: float = quantity(
        0.5, unit="1", meaning="weight of what a community of users gives back", low=0, high=2, symbol="m_spill"
    )
    community_value: float = quantity(
        1.0, unit="months of wages", meaning="research work a community saves per unit of ln(1 + users/reference)",
        low=0, high=5, symbol="comm_val",
    )
    community_users: float = quantity(
        100.0, unit="workloads", meaning="users at which a community begins to count", low=30, high=1000, least=1e-3,
        symbol="u0_rel",
    )
    state_weight: float = quantity(
        1.0, unit="1", meaning="weight of a state's money for published models", low=0, high=3, symbol="m_state"
    )
    ideology: float = quantity(
        0.0, unit="USD/release", meaning="what a release is worth to a releaser for its own sake", low=0, high=1e9,
        symbol="m_ideology",
    )
    cap_trigger: float = quantity(
        0.3, unit="share", meaning="hyperscalers' share of hosted revenue above which a capped licence is considered",
        low=0.1, high=0.6, most=1.0, symbol="cap_trig",
    )
    cap_gain: float = quantity(
        0.01, unit="share", meaning="least gain of a capped licence over what opening is worth without it", low=0,
        high=0.1, most=10, symbol="cap_gain",
    )
    cap_lifted: float = quantity(
        0.2, unit="share", meaning="share they would have without it below which a capped licence is lifted", low=0.05,
        high=0.5, most=1.0, symbol="cap_lift",
    )
    patience: int = quantity(
        3, unit="releases", meaning="releases in a row not worth their training after which it stops", low=1, high=6,
        least=1, most=100, symbol="rel_patience",
    )
    stall_hazard: float = quantity(
        0.02, unit="1/month", meaning="hazard after the schedule that a releaser stalls", low=0, high=0.06, most=10,
        source="fact 5.28", symbol="stall_haz",
    )
    stall_months: int = quantity(
        12, unit="months", meaning="months without a new model once a releaser stalls", low=6, high=24, least=1,
        most=600, symbol="stall_len",
    )
    giant_exit: int = quantity(
        -1, unit="month", meaning="month in which releasers with a complementary business leave for good; -1: never",
        low=-1, high=60, least=-1, most=600, symbol="giant_exit",
    )


@dataclass(frozen=True)
class Motives:
    """What a releaser gains by what, USD, its weights included."""

    per_mtok: float = 0.0  # per million tokens of its models: complementary business
    per_gpu_hour: float = 0.0  # per GPU-hour that lands on its parent's machines
    per_log_users: float = 0.0  # once, per unit of ln(1 + users/reference)
    support: float = 0.0  # once, what a state pays of the training bill of a model that is published
    per_release: float = 0.0  # once, for its own sake
    liability: float = 0.0  # once, what harm done with the weights is expected to cost


@dataclass(frozen=True)
class Prospect:
    """What a course brings over leaving the model alone, month by month; arrays (months,)."""

    margin: FloatArray  # USD a month of its own interface
    margin_per_point: FloatArray  # USD a month that one point of quality adds to it
    mtok: FloatArray  # million tokens a month of its models, hosted or its own interface
    gpu_hours: FloatArray  # GPU-hours a month on its parent's machines
    users: float  # workloads on its models at once


@dataclass(frozen=True)
class Worth:
    """Present value of a course over leaving the model alone by term, USD; what it costs is negative."""

    complement: float
    pull: float
    community: float
    support: float
    ideology: float
    margin: float
    leak: float
    liability: float

    @property
    def total(self) -> float:
        """All terms together."""
        return float(sum(astuple(self)))


def worth_of(
    after: int, *, opened: Prospect, kept: Prospect, motives: Motives, rivals_gain: FloatArray, release: Release,
    supported_anyway: bool = False,
) -> Worth:  # fmt: skip
    """Worth of publishing `after` months as an interface; NEVER: of selling the interface only.

    rivals_gain (months,) points that rivals owe to the published weights, by months since publication: what an
    interface of that quality would lose by them is the cost of the leak. `supported_anyway`: the support does not
    depend on publishing (it is forbidden, not refused).
    """
    months = release.horizon_months
    begin = months if after == NEVER else min(after, months)
    discount = (1 + release.discount_rate) ** (-np.arange(months) / MONTHS_PER_YEAR)
    is_open = np.arange(months) >= begin
    at_opening = float(discount[begin]) if begin < months else 0.0
    lost = np.zeros(months)
    lost[begin:] = kept.margin_per_point[begin:months] * rivals_gain[: months - begin]
    gained_users = float(np.log1p(max(opened.users, 0.0) / release.community_users))
    return Worth(
        complement=motives.per_mtok * float(discount @ np.where(is_open, opened.mtok, kept.mtok)),
        pull=motives.per_gpu_hour * float(discount @ np.where(is_open, opened.gpu_hours, kept.gpu_hours)),
        community=motives.per_log_users * gained_users * at_opening,
        support=motives.support * (1.0 if supported_anyway else at_opening),
        ideology=motives.per_release * at_opening,
        margin=float(discount @ np.where(is_open, opened.margin, kept.margin)),
        leak=-float(discount @ lost),
        liability=-motives.liability * at_opening,
    )


@dataclass(frozen=True)
class Decision:
    """What a releaser does with a finished model."""

    after: int | None  # months until its weights are published, NEVER: interface only; None: neither
    worth: float  # USD of that course over leaving the model alone
    gain: float  # dV: opening at its best date less never opening, USD
    capped: bool = False  # hyperscalers may not host it
    pays_training: bool = True


def best_course(worth: dict[int, float], *, training_cost: float, capped: bool = False) -> Decision:
    """The course worth most, by months until publication (NEVER: interface only); an earlier opening wins ties.

    Opening must be worth more than never opening: with no motive at all the weights stay closed. A course worth nothing
    or less is left. `training_cost`, USD, is the part that the market has to pay; sunk now, it decides whether another
    model is worth training.
    """
    never = worth.get(NEVER, 0.0)
    dates = sorted(after for after in worth if after != NEVER)
    opening = max(dates, key=lambda after: worth[after], default=None)
    gain = worth[opening] - never if opening is not None else float("nan")
    after: int | None = opening if opening is not None and gain > 0 else NEVER if NEVER in worth else None
    value = worth[after] if after is not None else 0.0
    if value <= 0:
        after, value = None, 0.0
    return Decision(after=after, worth=value, gain=gain, capped=capped, pays_training=value >= training_cost)


def wants_cap(
    *, capped_now: bool, share: float, uncapped_share: float, worth_capped: float, worth_uncapped: float,
    release: Release,
) -> bool:  # fmt: skip
    """Whether the licence bars hyperscalers from hosting: considered above the trigger, taken only where it pays.

    A releaser that gains next to nothing by it leaves the licence as it is. `share` is theirs of last month's hosted
    revenue, `uncapped_share` what they would have without the bar.
    """
    considered = uncapped_share > release.cap_lifted if capped_now else share > release.cap_trigger
    return considered and worth_capped - worth_uncapped > release.cap_gain * abs(worth_uncapped)


def motives_of(
    release: Release, *, funding: str, training_cost: float, research_wage: float, rent_margin: float,
    liability: float = 0.0,
) -> Motives:  # fmt: skip
    """Motives by who funds the releaser: a complementary business, a state, investors.

    training_cost: USD of this model, which a state pays where the weights are published; research_wage: USD a year;
    rent_margin: USD per GPU-hour that a parent cloud earns over its avoidable cost, times the stake; 0 without one.
    liability: USD that publishing this model is expected to cost in damages.
    """
    return Motives(
        per_mtok=release.complement_weight * release.complement_value * (funding == "complement"),
        per_gpu_hour=release.pull_weight * rent_margin,
        per_log_users=release.spill_weight * release.community_value * research_wage / MONTHS_PER_YEAR,
        support=release.state_weight * training_cost * (funding == "state"),
        per_release=release.ideology,
        liability=liability,
    )


def by_month(values: FloatArray, *, ages: Sequence[int], months: int) -> FloatArray:
    """Values (ages, ...) asked at some ages, on the straight line between them, for every month (months, ...)."""
    at = np.arange(months)
    flat = np.asarray(values, dtype=np.float64).reshape(len(ages), -1)
    lines = np.column_stack([np.interp(at, ages, column) for column in flat.T])
    return lines.reshape(months, *np.shape(values)[1:])


def gain_of_rivals(gap: float, *, leak_rate: float, points_per_dex: float, months: int) -> FloatArray:
    """Points that a further `leak_rate` (1/month) brings rivals whose knowledge trails by `gap` dex; (months,)."""
    since = np.arange(months)
    return np.asarray(points_per_dex * gap * (1.0 - (1.0 - leak_rate) ** since), dtype=np.float64)
