"""The policy vector and how each instrument changes the rules of the month; when a regulator reviews control (M16).

Instruments are off by default. A scenario sets them, dates them, or lets the regulator adopt them. Most change a rule
that the economy has anyway; what they change is a pure function of a parameter group here. Source: docs/model.md M16.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agents.beliefs import Belief
from agents.preferences import LockIn
from agents.tenancy import Tenancy
from market.clearing import Compute
from market.deals import Deals
from market.frontier import Frontier
from market.labour_market import LabourMarket
from market.parameters import ParameterGroup, choice, flag, quantity
from market.reservations import Reserve
from market.safety import Safety

PUBLIC_CLOUD = "public_cloud"  # name of the state's cloud, where there is one
PUBLIC = "public"  # its role and its layer

CONDUCT = ("egress_cap", "portability", "interop", "commit_ban", "nondiscrimination")
STRUCTURE = ("separation",)
REMEDIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "none": (), "conduct": (CONDUCT,), "structure": (STRUCTURE,), "escalate": (CONDUCT, STRUCTURE),
}  # fmt: skip
"""What a regulator adopts after its first review, its second, and so on, by `policy.response`."""
REACTIONS = ("none", "tests", "ban", "liability")  # what it adopts after a severe misuse, by `policy.misuse_reaction`

WORK_OF_MOVING = (
    "vendor_change", "months_api", "months_account", "months_cloud", "months_self", "retraining", "tenure_weight",
)  # fmt: skip
"""Parameters of `lockin` that portability lowers: everything that a move costs but the charge for moving data."""


class Policy(ParameterGroup):
    """Instruments of regulation, all off by default, and the rule by which a regulator adopts some itself."""

    egress_cap: bool = flag(False, meaning="clouds may charge no more than cost for moving data out", source="derived")
    egress_cost: float = quantity(
        0.01, unit="USD/GB", meaning="cost of carrying data out of a cloud, which caps the charge", low=0, high=0.03,
        symbol="egress_cost",
    )
    portability: bool = flag(
        False, meaning="suppliers must hand over data and settings in standard form", source="derived"
    )
    portability_effect: float = quantity(
        0.5, unit="share", meaning="part of the cost of moving that standard forms save", low=0.25, high=0.75, most=1.0,
        symbol="port_eff",
    )
    interop: bool = flag(
        False, meaning="models answer to one interface and one sign-on: another model needs no integration or account",
        source="derived",
    )
    commit_ban: bool = flag(False, meaning="clouds may sell no committed capacity", source="derived")
    nondiscrimination: bool = flag(
        False, meaning="clouds must serve rivals of their own labs and services like these", source="derived"
    )
    separation: bool = flag(
        False, meaning="clouds must sell their labs and may hold no stake in one", source="derived"
    )
    distill_ban: bool = flag(False, meaning="training on another developer's answers is forbidden", source="derived")
    distill_leak: float = quantity(
        0.0, unit="share", meaning="part of distillation that goes on under a ban", low=0, high=0.2, most=1.0,
        symbol="dist_leak",
    )
    open_ban_q: float = quantity(
        -1.0, unit="points", meaning="quality above which weights may not be published; -1: any may", low=-1, high=300,
        least=-1, symbol="open_ban_q",
    )
    mandate_lag: int = quantity(
        -1, unit="months", low=-1, high=24, least=-1, most=600, source="derived", symbol="mandate_lag",
        meaning="months after which the weights of every closed model must be published; -1: never",
    )
    safety_delay: int = quantity(
        0, unit="months", meaning="months for which a finished model is tested before it may be sold or published",
        low=0, high=12, most=60, source="derived", symbol="safety_delay",
    )
    testing: float = quantity(
        0.05, unit="1/month", meaning="part of a model's flaws and unsafe answers that a month of tests removes", low=0,
        high=0.2, most=1.0, symbol="testing",
    )
    liability_open: bool = flag(
        False, meaning="publishers of weights pay for all the harm that these do beyond what interfaces let through",
        source="derived",
    )
    export_control: bool = flag(
        False, meaning="the vendor sells no machines to the second bloc, nor clouds hours to train there",
        source="derived",
    )
    advice_programme: bool = flag(
        False, meaning="the state pays an independent adviser for every company that considers running a model itself",
        source="derived",
    )
    disclosure: bool = flag(
        False, meaning="vendors must state what running a model costs in all: their marketing tells the truth",
        source="derived",
    )
    sme_voucher: float = quantity(
        0.0, unit="share", meaning="part of what companies below 250 employees spend on AI that the state pays", low=0,
        high=0.5, most=0.9, source="derived", symbol="sme_voucher",
    )
    talent_visas: bool = flag(
        False, meaning="specialists from abroad are let in without a quota", source="derived"
    )
    visa_rate: float = quantity(
        0.004, unit="1/month", meaning="specialists who come from abroad where they are let in, over those here",
        low=0.002, high=0.01, most=0.1, symbol="visa_rate",
    )
    public_compute: float = quantity(
        0.0, unit="share", low=0, high=0.2, most=0.9, source="derived", symbol="public_compute",
        meaning="part of all clouds' accelerators that a public cloud holds for companies below 250 employees",
    )
    public_rate: float = quantity(
        0.045, unit="1/year", meaning="cost of capital of the public cloud: what the state pays on its bonds", low=0.02,
        high=0.07, most=1.0, symbol="r_public",
    )
    sovereign_quota: float = quantity(
        0.0, unit="share", low=0, high=0.5, most=0.9, source="derived", symbol="sovereign_quota",
        meaning="least part of the GPU-hours behind the second bloc's use of AI on machines under its own jurisdiction",
    )
    chip_tax: float = quantity(
        0.0, unit="share", meaning="tax on the price of accelerators and their servers bought to be rented out", low=0,
        high=0.25, most=5.0, source="derived", symbol="chip_tax",
    )

    response: str = choice(
        "none", tuple(REMEDIES), source="derived",
        meaning="what a regulator adopts if control stays too concentrated: nothing, rules of conduct, separation, or "
        "separation where rules did not help",
    )
    review_hhi: float = quantity(
        0.30, unit="1", meaning="concentration of control (control_hhi) above which a regulator opens a review",
        low=0.18, high=0.5, most=1.0, symbol="review_hhi",
    )
    review_after: int = quantity(
        6, unit="months", meaning="months in a row above it before a review opens", low=3, high=12, least=1, most=120,
        symbol="review_after",
    )
    review_lag: int = quantity(
        24, unit="months", meaning="months from the opening of a review to its decision", low=6, high=36, most=240,
        symbol="review_lag",
    )
    misuse_reaction: str = choice(
        "none", REACTIONS, source="derived",
        meaning="what a regulator adopts `review_lag` months after a severe misuse: nothing, tests of new models, a "
        "ban of weights above the danger line, liability of publishers; after one of an interface tests in any case",
    )
    reaction_tests: int = quantity(
        6, unit="months", meaning="months of tests that a regulator adopts after a severe misuse", low=3, high=12,
        least=1, most=60, symbol="reaction_tests",
    )


@dataclass(frozen=True)
class Review:
    """Where the regulator stands at the end of a month."""

    above: int = 0  # months in a row with control above the trigger
    opened: int = -1  # month in which the review under way was opened, -1: none
    stage: int = 0  # sets of remedies adopted so far


def next_review(review: Review, *, month: int, control_hhi: float, trigger: float, policy: Policy) -> Review:
    """The review a month later: opened after `review_after` months above the trigger, decided `review_lag` later.

    Remedies are adopted if control is still above the trigger then; else the case is closed. Adopted ones stay.
    """
    above = review.above + 1 if control_hhi > trigger else 0
    if review.opened >= 0 and month - review.opened >= policy.review_lag:
        return Review(stage=review.stage + (above > 0))
    opens = review.opened < 0 and above >= policy.review_after and review.stage < len(REMEDIES[policy.response])
    return replace(review, above=above, opened=month if opens else review.opened)


def adopted(policy: Policy, *, stage: int) -> tuple[str, ...]:
    """Instruments that the regulator has adopted by itself."""
    return tuple(name for step in REMEDIES[policy.response][:stage] for name in step)


def in_force(policy: Policy, *, stage: int) -> Policy:
    """The policy vector with what the regulator has adopted; the same object where that is nothing."""
    names = adopted(policy, stage=stage)
    return policy.model_copy(update=dict.fromkeys(names, True)) if names else policy


def instruments(policy: Policy) -> dict[str, Any]:
    """Instruments that are on, with their values."""
    off = Policy()
    settings = ("response", "review_hhi", "review_after", "review_lag", "misuse_reaction", *MEASURES)
    return {
        name: value for name, value in policy.model_dump().items()
        if name not in settings and value != getattr(off, name)
    }  # fmt: skip


MEASURES = (
    "egress_cost", "portability_effect", "distill_leak", "testing", "public_rate", "visa_rate", "reaction_tests",
)  # fmt: skip
"""How strong an instrument is where it is on; no instrument by itself."""


def lockin_under(lockin: LockIn, policy: Policy) -> LockIn:
    """What a change of offer costs: portability halves the work, interoperability ends that between models, a cap the
    charge for data."""
    changed: dict[str, float] = {}
    if policy.portability:
        changed |= {name: (1 - policy.portability_effect) * getattr(lockin, name) for name in WORK_OF_MOVING}
    if policy.interop:
        changed |= {"months_api": 0.0, "months_account": 0.0}
    if policy.egress_cap:
        changed["egress"] = min(lockin.egress, policy.egress_cost)
    return lockin.model_copy(update=changed)


def tenancy_under(tenancy: Tenancy, policy: Policy) -> Tenancy:
    """The same work saved where ordinary business moves between clouds."""
    left = 1 - policy.portability_effect if policy.portability else 1.0
    return tenancy.model_copy(update={"migration_years": left * tenancy.migration_years})


def compute_under(compute: Compute, policy: Policy) -> Compute:
    """No foreclosure where rivals must be served alike, or where no cloud owns what competes with them."""
    equal = policy.nondiscrimination or policy.separation
    return compute.model_copy(update={"foreclosure": 0.0}) if equal else compute


def deal_under(deal: Deals, policy: Policy) -> Deals:
    """No stakes and no integration after a separation; nothing to take or pay where commitments are banned."""
    changed: dict[str, float | bool] = {}
    if policy.separation:
        changed |= {"stake": 0.0, "integration": False}
    if policy.commit_ban:
        changed["take_or_pay"] = 0.0
    return deal.model_copy(update=changed)


def reserve_under(reserve: Reserve, policy: Policy) -> Reserve:
    """No new reservations where commitments are banned; those signed before run out."""
    return reserve.model_copy(update={"most_of_supply": 0.0}) if policy.commit_ban else reserve


def with_newcomers(market: LabourMarket, policy: Policy) -> LabourMarket:
    """The market with who came from abroad this month, in every role alike, and looks for a job."""
    return replace(market, stock=market.stock * (1 + policy.visa_rate)) if policy.talent_visas else market


def distillation_left(policy: Policy) -> float:
    """Part of distillation that goes on."""
    return policy.distill_leak if policy.distill_ban else 1.0


def safety_under(safety: Safety, policy: Policy) -> Safety:
    """Publishers answer for their weights."""
    return safety.model_copy(update={"liability": 1.0}) if policy.liability_open else safety


def flaws_left(policy: Policy) -> float:
    """What tests leave of what is wrong with a model that is finished now: a part of it goes every month."""
    return float((1 - policy.testing) ** policy.safety_delay)


def safety_after_tests(safety: float, left: float) -> float:
    """Safety s of a model of whose flaws and unsafe answers, 1 - s, tests have left a part; s itself without tests."""
    return safety if left == 1.0 else 1 - (1 - safety) * left


def belief_under(belief: Belief, policy: Policy) -> Belief:
    """Everybody who considers running a model is advised where the state pays for it."""
    return belief.model_copy(update={"advice_reach": 1.0}) if policy.advice_programme else belief


def gap_without_distillation(gap: float, *, frontier: Frontier, left: float) -> float:
    """Points by which a follower trails that distils a part `left` of what it did when it trailed by `gap`.

    A run that trails by G by itself gains a share d of what exceeds the margin m: gap = G - d (G - m), hence G; with a
    part of d left the gap is G - left d (G - m). Gaps within the margin owe nothing to distillation.
    """
    share, margin = frontier.distillation, frontier.distillation_margin
    if gap <= margin or share >= 1:
        return gap
    by_itself = (gap - share * margin) / (1 - share)
    return by_itself - left * share * (by_itself - margin)


def may_publish_quality(quality: float, policy: Policy) -> bool:
    """Whether weights of that quality may be published."""
    return policy.open_ban_q < 0 or quality <= policy.open_ban_q


def hours_under_control(needed: float, *, before: float, months: int, life: int, leak: float) -> float:
    """GPU-hours a month that a trainer finds whom the vendor and the clouds may not supply.

    What it had when control began, `before`, retires evenly over the `life` of machines; a part `leak` of what it needs
    comes in by other ways. months: since control began.
    """
    return min(needed, before * max(0.0, 1 - months / life) + leak * needed)


def public_machines(share: float, others: float) -> float:
    """Accelerators with which the public cloud holds its share of all, where the other clouds have `others`."""
    return share / (1 - share) * others


def months_of_advantage(payback: float, policy: Policy) -> float:
    """Months for which a lab counts the profit of a better model: no longer than until its weights are everybody's."""
    return payback if policy.mandate_lag < 0 else min(payback, float(policy.mandate_lag))


def points_lost(share: float, *, frontier: Frontier) -> float:
    """Points that a run loses which has only that share of the GPU-hours it needs (M6); infinite with none."""
    if share <= 0:
        return float("inf")
    return float(-frontier.points_per_dex * np.log10(share)) if share < 1 else 0.0
