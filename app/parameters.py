"""The parameters of a scenario as a page shows them: in groups, with a label and a range, and what differs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.choices import OWN_CONTROLS
from app.series import date_of, number_text
from market.parameters import Declaration, ParameterGroup, declarations
from scenarios import Scenario, Shock
from scenarios.scenario import GROUPS

STEPS = 100  # of a slider
TITLES = {
    "horizon": "Horizon", "companies": "Sampling and calibration", "counterfactual": "What the closed arm forbids",
    "answer": "When a difference counts", "pop": "Companies", "needs": "What companies need AI for",
    "adopt": "Readiness and first use", "demand": "How companies value offers", "pricing": "Pricing rules",
    "learning": "Pricing algorithms", "compute": "Sharing scarce compute", "reserve": "Reservations",
    "spot": "Spot market", "cloud": "Clouds", "tenancy": "Ordinary cloud business", "invest": "Investment in machines",
    "power": "Sites and grid power", "chip": "Chip vendor", "frontier": "Training and progress",
    "selfhost": "Running models oneself", "device": "Models on devices", "labour": "Specialists and wages",
    "staff": "Missing staff", "lockin": "Switching costs", "belief": "Beliefs about cost",
    "release": "Releases of weights", "open": "Communities", "deal": "Deals of clouds and labs",
    "safety": "Incidents and misuse", "finance": "Credit, equity and tax", "lab": "Labs", "other": "Other demand",
    "founding": "Machines at the start", "control": "Measuring the kill switch", "policy": "Regulation",
    "actor": "Public stance of one actor", "sellers": "Single sellers",
}  # fmt: skip


OFTEN = (  # what people ask about first
    "companies.calibration", "selfhost.overhead", "open.community", "release.rule", "deal.active", "lockin.egress",
    "invest.site_lead_months", "power.growth_cap", "pricing.rule_cloud", "policy.mandate_lag", "policy.portability",
    "policy.separation", "policy.advice_programme", "policy.sme_voucher", "policy.public_compute",
)  # fmt: skip
_CAPITALS = {"api": "API", "gpu": "GPU", "hhi": "HHI", "sme": "SME", "wacc": "WACC", "sd": "s.d.", "ai": "AI"}


@dataclass(frozen=True)
class Parameter:
    """One parameter with the value the scenario gives it."""

    declaration: Declaration
    value: Any

    @property
    def key(self) -> str:
        """Dotted key."""
        return self.declaration.key

    @property
    def label(self) -> str:
        """What it is called: its name in words, the seller's in front."""
        *above, name = self.key.split(".")
        words = " ".join(_CAPITALS.get(word, word) for word in name.split("_"))
        return f"{above[-1].replace('_', ' ')}: {words}" if len(above) > 1 else words[:1].upper() + words[1:]

    @property
    def full_label(self) -> str:
        """The same with the group it belongs to."""
        group = self.key.split(".")[0]
        label = self.label if self.label[:2].isupper() else self.label[:1].lower() + self.label[1:]
        return self.label if group == "sellers" else f"{TITLES.get(group, group)}: {label}"

    @property
    def unit(self) -> str:
        """The unit, empty where the value is a word, a yes or a mere number."""
        told = self.declaration
        return "" if told.type in ("text", "flag") or told.unit == "1" else told.unit

    @property
    def explanation(self) -> str:
        """Meaning, unit, range and source in a few lines."""
        told = self.declaration
        lines = [told.meaning[:1].upper() + told.meaning[1:] + "."]
        if self.unit:
            lines.append(f"Unit: {told.unit}.")
        if told.low is not None and told.high is not None:
            lines.append(f"Plausible range: {value_text(told.low)} to {value_text(told.high)}.")
        lines.append(f"Source: {told.source}.")
        lines.append(f"Key: {told.key}")
        return "\n".join(lines)

    @property
    def has_slider(self) -> bool:
        """Whether it is a single number with a range to slide in."""
        told = self.declaration
        bounded = told.low is not None and told.high is not None and told.low != told.high
        return told.type in ("number", "integer") and bounded

    def slider(self, value: Any) -> tuple[float, float, float]:
        """Least, greatest and step of a slider that holds the range of the sweep, the scenario's value and `value`."""
        told = self.declaration
        ends = [float(number) for number in (told.low, told.high, self.value, value)]  # type: ignore[arg-type]
        least, greatest = min(ends), max(ends)
        if told.type == "integer":
            return least, greatest, 1.0
        span = greatest - least or max(abs(greatest), 1.0)
        return least, greatest, 10.0 ** math.floor(math.log10(span / STEPS))


@dataclass(frozen=True)
class Group:
    """Parameters that belong together."""

    name: str
    title: str
    meaning: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Difference:
    """One thing in which a scenario is not the baseline, in words."""

    label: str
    before: str
    after: str
    note: str


def grouped(scenario: Scenario) -> tuple[Group, ...]:
    """The parameters of a scenario by group, in the order in which they are declared."""
    found: dict[str, list[Parameter]] = {}
    for declaration, value in scenario.parameters():
        if declaration.key not in OWN_CONTROLS:
            found.setdefault(declaration.key.split(".")[0], []).append(Parameter(declaration, value))
    return tuple(
        Group(name, TITLES.get(name, name.capitalize()), _meaning(name), tuple(parameters))
        for name, parameters in found.items()
    )


def often_changed(groups: Sequence[Group]) -> Group:
    """The parameters that people ask about first, from all groups."""
    known = {parameter.key: parameter for group in groups for parameter in group.parameters}
    chosen = tuple(known[key] for key in OFTEN)
    return Group("often", "Often changed", "What people ask about first; each is in its own group too.", chosen)


def matching(groups: Sequence[Group], words: str) -> list[Parameter]:
    """The parameters in whose key, label or meaning every word occurs, those with all words in the label first."""
    wanted = words.lower().split()
    found = []
    for group in groups:
        for parameter in group.parameters:
            text = " ".join((parameter.key, parameter.label, parameter.declaration.meaning, group.title)).lower()
            if all(word in text for word in wanted):
                in_label = all(word in parameter.label.lower() for word in wanted)
                found.append((not in_label, parameter))
    return [parameter for _, parameter in sorted(found, key=lambda pair: pair[0])]


def differences(scenario: Scenario, baseline: Scenario) -> list[Difference]:
    """What a scenario changes from the baseline: parameters, sellers that differ, come or go, dated changes."""
    usual = {declaration.key: value for declaration, value in baseline.parameters()}
    found = []
    for declaration, value in scenario.parameters():
        if declaration.key in usual and usual[declaration.key] != value and declaration.key not in OWN_CONTROLS:
            parameter = Parameter(declaration, value)
            before, after = value_text(usual[declaration.key]), value_text(value)
            found.append(Difference(parameter.label, before, f"{after} {parameter.unit}".strip(), declaration.meaning))
    for name in sorted(set(scenario.sellers) & set(baseline.sellers)):
        found += _of_seller(name, scenario.sellers[name], baseline.sellers[name])
    for name in sorted(set(scenario.sellers) ^ set(baseline.sellers)):
        comes = name in scenario.sellers
        kind = (scenario if comes else baseline).sellers[name].kind
        words = ("absent", "founded") if comes else ("founded", "absent")
        found.append(Difference(name.replace("_", " "), *words, f"a seller of the kind {kind}"))
    known = {declaration.key: declaration for declaration, _ in scenario.parameters()}
    told = set(baseline.shocks)
    found += [_dated(shock, known[shock.parameter]) for shock in scenario.shocks if shock not in told]
    return found


def change_text(key: str, value: Any, *, declared: Mapping[str, Declaration]) -> str:
    """A change in words; by its bare key where no parameter is declared under it, such as the parent of a seller."""
    return f"{Parameter(declared[key], value).full_label if key in declared else key} {value_text(value)}"


def value_text(value: Any) -> str:
    """A value in words: a number as short as can be, yes or no, a list with commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        if not value:
            return "empty"
        return ", ".join(value_text(entry) for entry in value)
    if isinstance(value, float):
        return f"{value:,.10g}" if abs(value) < 1e15 else f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value).replace("_", " ") if value != "" else "none"


def _of_seller(name: str, spec: ParameterGroup, usual: ParameterGroup) -> list[Difference]:
    """What is not declared as a parameter of a seller and differs: its kind, its owner, partner, clouds."""
    declared = {declaration.name for declaration in declarations(type(spec))}
    found = []
    for field, told in type(spec).model_fields.items():
        if field in declared or field not in type(usual).model_fields:
            continue
        before, after = getattr(usual, field), getattr(spec, field)
        if before != after:
            label = f"{name.replace('_', ' ')}: {field}"
            note = told.description or "what it is: cloud, lab, releaser or hoster"
            found.append(Difference(label, value_text(before), value_text(after), note))
    return found


def _dated(shock: Shock, declaration: Declaration) -> Difference:
    """A dated change in words."""
    how = shock.shape.replace("_", " ")
    over = f" over {shock.months} months" if shock.months else ""
    value = number_text(shock.value) if isinstance(shock.value, float) else value_text(shock.value)
    label = Parameter(declaration, None).label
    return Difference(label, f"from {date_of(shock.month)[:7]}", f"{how} {value}{over}", declaration.meaning)


def _meaning(name: str) -> str:
    group = GROUPS.get(name)
    if group is None:
        return "What single sellers begin with, and how they behave where that is their own."
    return (group.__doc__ or "").strip().splitlines()[0].split(" (")[0]
