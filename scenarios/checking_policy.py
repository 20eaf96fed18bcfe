"""Contradictions between instruments of policy and the world that they are asked to govern."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from agents.regulator import Policy
from scenarios.draft import Draft
from scenarios.errors import BadReference
from scenarios.scenario import Scenario


class _Needs(NamedTuple):
    """What an instrument cannot do without."""

    instrument: str
    there: Callable[[Scenario], bool]
    problem: str
    remedy: str


_NEEDS = (
    _Needs(
        "response", lambda scenario: scenario.control.panel > 0,
        "the regulator watches control_hhi, which control.panel = 0 leaves unmeasured",
        "measure control (control.panel = 4096), or let policy.response be none",
    ),
    _Needs(
        "talent_visas", lambda scenario: scenario.labour.market,
        "everybody finds specialists at the founding wage with labour.market = false",
        "let labour.market be true, or policy.talent_visas false",
    ),
    _Needs(
        "misuse_reaction", lambda scenario: scenario.safety.misuse,
        "no misuse that a regulator could react to is followed with safety.misuse = false",
        "let safety.misuse be true, or policy.misuse_reaction none",
    ),
    _Needs(
        "liability_open", lambda scenario: scenario.safety.misuse,
        "nothing that publishers could answer for is followed with safety.misuse = false",
        "let safety.misuse be true, or policy.liability_open false",
    ),
)  # fmt: skip


def refuse_inert_policy(scenario: Scenario, draft: Draft) -> None:
    """Raise `BadReference` where an instrument is asked for that could change nothing."""
    for needs in _NEEDS:
        if _wanted(scenario, needs.instrument) and not needs.there(scenario):
            key = f"policy.{needs.instrument}"
            raise BadReference(file=draft.file_of(key), key=key, problem=needs.problem, remedy=needs.remedy)
    if scenario.foresees_sovereign_compute:
        _refuse_quota_without_difference(scenario, draft)


def _wanted(scenario: Scenario, instrument: str) -> bool:
    """Whether the scenario uses the instrument, from the first month or from a dated change on."""
    off = Policy.model_fields[instrument].default
    dated = any(shock.parameter == f"policy.{instrument}" and shock.value != off for shock in scenario.shocks)
    return dated or getattr(scenario.policy, instrument) != off


def _refuse_quota_without_difference(scenario: Scenario, draft: Draft) -> None:
    """Raise where a quota for sovereign compute could not tell the bloc's own cloud from others: its law is a limit on
    exposure. Nor has the cloud a price of its own where clouds plan quantities for one market.
    """
    for month in sorted({0, *(month for shock in scenario.shocks for month in shock.changes())}):
        demand = scenario.at(month).demand
        others = ("exposure_self", "exposure_host", "exposure_tenancy", "exposure_closed")
        name = min(others, key=lambda other: float(getattr(demand, other)))
        if getattr(demand, name) <= demand.exposure_sovereign:
            key = "demand.exposure_sovereign"
            raise BadReference(
                file=draft.file_of(key), key=key,
                problem=f"{demand.exposure_sovereign:g} is not below demand.{name} = {getattr(demand, name):g}, by "
                "which policy.sovereign_quota tells the bloc's own cloud from others",
                remedy=f"lower it below demand.{name}, or let policy.sovereign_quota be 0",
            )
    if scenario.pricing.rule_cloud == "cournot":
        raise BadReference(
            file=draft.file_of("pricing.rule_cloud"), key="pricing.rule_cloud",
            problem="clouds that plan quantities share one market, and policy.sovereign_quota founds one with its own",
            remedy="choose another rule, or let policy.sovereign_quota be 0",
        )
