"""Every number and every phrase that the manuscript may use, by a name such as `answer.access_small.changed`.

The manuscript holds no numbers: it refers to these,
and one that is missing stops the build and is named. Phrases follow
from the intervals, so that a sentence stays true when the runs change. Flags say which of two sentences applies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from market.serving import self_host_cost
from market.toy import prior, three_layer
from paper.figures import iceberg
from paper.library import Library
from paper.model_facts import of_claims_list, of_model
from paper.numbers_of_experiments import (
    of_attribution,
    of_claims,
    of_map,
    of_power,
    of_scenarios,
    of_sensitivity,
    of_structures,
    of_targets,
)
from paper.numbers_of_paths import of_adoption, of_cycle, of_displacement, of_dollar
from paper.words import SCALES, changed, direction, kill_switch_words, number, with_interval
from simulation.answering.answer import TARGET_HHI, Answer
from simulation.answering.measures import MEASURES
from simulation.answering.verdict import NO_LAB_LOSS, TABLE
from simulation.timeline import month_name

Numbers = dict[str, Any]
UNITS = {"%": "points", "USD bn": "USD bn a month", "USD/Mtok": "USD/Mtok", "USD/GPU-hour": "USD/GPU-hour"}
EXTRA = {  # columns beside the answer's own measures that the text speaks of
    "training_cost_lab": "USD bn a month", "gpu_hour_price": "USD/GPU-hour", "adoption_small": "points",
    "open_share_enterprise": "points", "self_running_share": "points", "open_lag_months": "months",
    "consumer_surplus": "USD bn a month", "lerner_lab": "", "lerner_cloud": "",
    "profit_lab_cloud_owned": "USD bn a month",
}  # fmt: skip


def all_numbers(results: Library) -> Numbers:
    """Everything the manuscript may refer to. Raises `MissingResult` for an experiment that is not there."""
    found: Numbers = of_model() | of_claims_list() | of_theory() | of_iceberg(results)
    for name in ("answer", "answer_lean"):
        found |= _under(name, of_answer(results.answer(name)))
    found |= of_both(results.answer("answer"), results.answer("answer_lean"))
    parts: Mapping[str, tuple[Callable[[Library], Numbers], str]] = {
        "targets": (lambda library: of_targets(library, "targets"), "targets"),
        "targets_lean": (lambda library: of_targets(library, "targets_lean"), "targets_lean"),
        "map": (of_map, "map"), "attribute": (of_attribution, "attribute"), "claims": (of_claims, "claims"),
        "scenarios": (of_scenarios, "claims"), "structures": (of_structures, "structures"),
        "sensitivity": (of_sensitivity, "sensitivity"), "power": (of_power, "power"),
        "dollar": (of_dollar, "answer"), "cycle": (of_cycle, "answer"), "adoption": (of_adoption, "answer"),
        "moved": (of_displacement, "answer"),
    }  # fmt: skip
    for prefix, (numbers_of, needed) in parts.items():
        results.place(needed)
        found |= _under(prefix, numbers_of(results))
    return found


def of_answer(answer: Answer) -> Numbers:
    """Levels, changes and phrases of one answer."""
    basis, headline = answer.basis, answer.headline
    found: Numbers = {
        "calibration": basis.calibration, "pairs": str(basis.pairs), "companies": f"{basis.companies:,}",
        "months": str(basis.months), "first_month": month_name(basis.first_month),
        "last_month": month_name(basis.last_month), "parameters": str(basis.parameters),
        "assumed": str(basis.assumed_parameters), "class": str(answer.verdict),
        "class_words": str(answer.verdict).lower(), "meaning": answer.verdict.meaning,
        "finding": finding(answer), "refused": answer.theta.refused, "seen": detectable_words(answer),
        "decided": answer.verdict.classes in [(name,) for row in TABLE for name in row],
        "not_modelled": ", ".join(basis.not_modelled), "all_modelled": not basis.not_modelled, "wide": basis.pairs < 8,
        "class_shares": ", ".join(f"{name.lower()} {share:.0%}" for name, share in answer.class_shares.items()),
        "no_lab_loss_pairs": str(headline.pair_classes.count(NO_LAB_LOSS)),
        "kill_switch": kill_switch_words(answer.kill_switch),
        "welfare_gap": f"{answer.identity.gap_from_quantities:.0e}",
        "control_disagrees": money_and_control_part(answer),
    }  # fmt: skip
    for name, estimate in {
        "theta": answer.theta, "sigma": answer.sigma, "theta_price": answer.theta_parts.price,
        "theta_volume": answer.theta_parts.volume, "theta_training": answer.theta_parts.training,
    }.items():
        found[name] = with_interval(estimate, signed=False)
    units = {measure.column: UNITS.get(measure.unit, "") for measure in MEASURES} | EXTRA
    for column, unit in units.items():
        found |= _under(column, _measure(answer, column, unit, rope_of(answer, column)))
    return found | _under("prior", of_prior(answer))


def of_prior(answer: Answer) -> Numbers:
    """The closed form at the concentration of these worlds: with compute to spare, and with no more than there is."""
    slack, bound = list(answer.priors.values())[-2:]
    load = answer.headline.levels("load")[0]
    return {
        "own.theta": number(slack.theta), "own.sigma": number(slack.sigma), "load": number(load),
        "bound.theta": number(bound.theta), "bound.sigma": number(bound.sigma), "is_bound": bound != slack,
    }


def rope_of(answer: Answer, column: str) -> float:
    """Smallest change that counts: that of access for access of small companies and exposure to owners, else none."""
    return answer.thresholds.access if column.startswith(("access_s", "control_")) else 0.0


def detectable_words(answer: Answer) -> str:
    """Which changes so many pairs would tell from none, four times in five."""
    least = answer.headline.detectable
    return (
        f"{number(100 * least['access_small'], 1)} points of access of small companies, USD "
        f"{number(1e-9 * least['profit_lab'], 2)} bn a month of labs' profit and "
        f"{number(1e-9 * least['profit_cloud'], 2)} bn of clouds'"
    )


def money_and_control_part(answer: Answer) -> bool:
    """Whether exposure to clouds and their profit clearly move in opposite directions, or the former moves alone."""
    control, money = (
        direction(answer.headline.difference(column), rope_of(answer, column))
        for column in ("control_cloud", "profit_cloud")
    )
    return control in MOVES and control != money


def _measure(answer: Answer, column: str, unit: str, rope: float) -> Numbers:
    """Levels and the change of one indicator, as texts and as a phrase."""
    factor, decimals, _ = SCALES[unit]
    closed, open_ = answer.headline.levels(column)
    change = answer.headline.difference(column)
    return {
        "closed": number(factor * closed, decimals), "open": number(factor * open_, decimals),
        "change": with_interval(change, decimals, factor=factor), "changed": changed(change, unit, rope),
        "direction": direction(change, rope),
    }  # fmt: skip


def finding(answer: Answer) -> str:
    """What the answer comes to, in half a sentence that claims no more than its intervals."""
    if not answer.theta.refused:
        return answer.verdict.meaning
    small, by_value, labs, clouds = (
        direction(answer.headline.difference(column), rope_of(answer, column))
        for column in ("access_small", "access_value_weighted", "profit_lab", "profit_cloud")
    )
    said = ["labs gain" if labs == "rises" else "no loss of labs is established, and with it no ratio"]
    said.append(f"access of small companies {small}")
    if by_value in MOVES and by_value != small:
        said.append(f"access weighted by value {by_value}")
    if clouds in MOVES:
        said.append(f"clouds' profit {clouds}")
    elif small not in MOVES:
        said.append("neither that openness spreads access to the small nor that it moves money to the clouds is shown")
    return "; ".join(said)


OF_BOTH = {
    "access_small": "access of small companies", "profit_lab": "labs' profit", "profit_cloud": "clouds' profit",
    "consumer_surplus_systematic": "companies' surplus", "control_total": "exposure to those who could deny service",
}  # fmt: skip
MOVES = ("rises", "falls")


def of_both(first: Answer, second: Answer) -> Numbers:
    """What the two calibrations say together."""
    moves = {
        label: [direction(answer.headline.difference(column), rope_of(answer, column)) for answer in (first, second)]
        for column, label in OF_BOTH.items()
    }
    classes = [set(answer.verdict.classes) for answer in (first, second)]
    return {
        "both.same_class": str(first.verdict) == str(second.verdict), "both.compatible": bool(classes[0] & classes[1]),
        "both.signs": signs_of_both(moves),
    }


def signs_of_both(moves: Mapping[str, Sequence[str]]) -> str:
    """What moves clearly under both calibrations, under one, and under none, as a sentence.

    moves: the two directions of each measure, as `direction` tells them.
    """
    same = [name for name, (one, other) in moves.items() if one == other and one in MOVES]
    opposite = [name for name, told in moves.items() if set(told) == set(MOVES)]
    alone = [name for name, told in moves.items() if (told[0] in MOVES) != (told[1] in MOVES)]
    neither = [name for name, told in moves.items() if not set(told) & set(MOVES)]
    said = [
        f"{_joined(names)} {_move(len(names), how)}"
        for names, how in (
            (same, "clearly and the same way under both"), (opposite, "in opposite ways"),
            (alone, "clearly under one of them only"), (neither, "clearly under neither"),
        )
        if names
    ]  # fmt: skip
    sentence = "; ".join(said)
    return sentence[:1].upper() + sentence[1:]


def _move(count: int, how: str) -> str:
    return f"{'moves' if count == 1 else 'move'} {how}"


def of_theory() -> Numbers:
    """Closed forms of the three layers at the concentration of the evidence."""
    cloud, lab = TARGET_HHI
    slack = prior(cloud, lab)
    duopolies = three_layer(clouds=2, labs=2, intercept=100.0, slope=1.0, cost=20.0)
    return {
        "theory.cloud_hhi": number(cloud, 4), "theory.lab_hhi": number(lab, 2), "theory.theta": number(slack.theta),
        "theory.sigma": number(slack.sigma), "theory.monopoly_theta": number(prior(1.0, lab).theta),
        "theory.duopoly_theta": number(duopolies.theta), "theory.duopoly_sigma": number(duopolies.sigma),
    }  # fmt: skip


def of_iceberg(results: Library) -> Numbers:
    """What self-hosting costs at the essay's volumes, and from where it pays."""
    found: Numbers = {
        "iceberg.price": number(iceberg.price_paid(results)), "iceberg.hosted": number(iceberg.hosted_price(results))
    }
    for name, (low, high), _ in iceberg.TIERS:
        middle = (low * high) ** 0.5
        for calibration in iceberg.LOOK:
            cost = self_host_cost(middle, calibration=calibration)
            over = cost.total / cost.visible
            found |= {
                f"iceberg.{name}.{calibration}.total": _dollars(cost.total),
                f"iceberg.{name}.{calibration}.over_visible": number(over, 1),
                f"iceberg.{name}.{calibration}.over_api": number(
                    cost.total / (12.0 * middle / 1e6 * iceberg.price_paid(results)), 1
                ),
            }  # fmt: skip
        found[f"iceberg.{name}.volume"] = _tokens(middle)
    for calibration in iceberg.LOOK:
        for rival, name in (("api", "break_even"), ("hosted", "break_even_hosted")):
            found[f"iceberg.{calibration}.{name}"] = _pays(iceberg.break_even(results, calibration, rival))
    totals = {
        name: np.array([self_host_cost(float(volume), calibration=name).total for volume in iceberg.VOLUMES])
        for name in iceberg.LOOK
    }
    apart = totals["iceberg"] / totals["lean"]
    ends = {"iceberg.apart_low": float(apart.min()), "iceberg.apart_high": float(apart.max())}
    return found | {name: number(value, 1) for name, value in ends.items()}


def _under(prefix: str, found: Mapping[str, Any]) -> Numbers:
    return {f"{prefix}.{name}": value for name, value in found.items()}


def _joined(names: list[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)


def _dollars(value: float) -> str:
    """A yearly sum in words a reader takes in: $153,000 or $8.8 million."""
    return f"${value / 1e6:.1f} million" if value >= 1e6 else f"${round(value, -3):,.0f}"


def _tokens(volume: float) -> str:
    return f"{volume / 1e9:.1f} billion" if volume >= 1e9 else f"{volume / 1e6:.0f} million"


def _pays(volume: float) -> str:
    if not np.isfinite(volume):
        return "at no volume in the range"
    if volume <= iceberg.VOLUMES[0]:
        return "at every volume in the range"
    return f"from {_tokens(volume)} tokens a month"


