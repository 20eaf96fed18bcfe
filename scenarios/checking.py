"""Checking a scenario: unknown keys before pydantic sees the values, its complaints, and contradictions after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from agents.regulator import PUBLIC_CLOUD
from agents.sovereignty import SOVEREIGN_CLOUD
from market.parameters import Declaration, declarations
from scenarios.checking_policy import refuse_inert_policy
from scenarios.claims import read_claims
from scenarios.dated import refuse_impossible_months
from scenarios.draft import OVERRIDES, Draft
from scenarios.errors import BadReference, BadValue, UnknownKey
from scenarios.scenario import GROUPS, TEXTS, Scenario
from scenarios.sellers import ABSENT, MOST_SELLERS, SPEC_OF_KIND, LabSpec
from scenarios.wording import expected, nearest, nearest_group, nearest_key, remedy, shown

_SELLER = re.compile(r"[a-z][a-z0-9_]{0,39}$")
_RESERVED = (
    "companies", "households", "bank", "fund", "government", "rest_of_economy", "chip_vendor", PUBLIC_CLOUD,
    SOVEREIGN_CLOUD,
)  # fmt: skip


def refuse_unknown_keys(draft: Draft) -> None:
    """Raise `UnknownKey`, with the nearest name, for the first key nothing declares; `BadValue` where a table lacks."""
    for name, value in draft.tree.items():
        if name in TEXTS:
            continue
        if name not in GROUPS and name != "sellers":
            raise UnknownKey(
                file=draft.file_of(name), key=name, problem="no such parameter or group",
                remedy=nearest_group(name, value),
            )
        if not isinstance(value, dict):
            raise BadValue(
                file=draft.file_of(name), key=name, problem=f"a table of parameters is expected, found {shown(value)}",
                remedy=f"write [{name}] on its own line and the parameters below it",
            )
        if name == "sellers":
            refuse_unknown_seller_keys(draft, value)
        else:
            _refuse_unknown(draft, f"{name}.", value, GROUPS[name].model_fields)


def refuse_unknown_seller_keys(draft: Draft, sellers: Mapping[str, Any]) -> None:
    """Check the table of every named seller against the declarations of its kind."""
    for name, spec in sellers.items():
        key = f"sellers.{name}"
        file = draft.file_of(key)
        if not isinstance(spec, dict):
            example = f'write [{key}] and kind = "cloud"'
            raise BadValue(file=file, key=key, problem="a table is expected", remedy=example)
        if not _SELLER.match(name) or name in _RESERVED:
            raise BadValue(
                file=file, key=key, problem="this name cannot be a seller's",
                remedy="use lower-case letters, digits and _, and no name of another holder of money",
            )
        kind = spec.get("kind")
        if kind is None:
            raise BadValue(file=file, key=f"{key}.kind", problem="missing", remedy=f"give one of {_kinds()}")
        if not isinstance(kind, str) or (kind not in SPEC_OF_KIND and kind != ABSENT):
            raise BadValue(
                file=draft.file_of(f"{key}.kind"), key=f"{key}.kind", problem=f"{shown(kind)} is no kind of seller",
                remedy=f"give one of {_kinds()}",
            )
        if kind != ABSENT:
            _refuse_unknown(draft, f"{key}.", spec, SPEC_OF_KIND[kind].model_fields)


def explained(draft: Draft, refusal: ValidationError) -> BadValue:
    """The first complaint of pydantic as one line with file, key, problem and remedy."""
    complaint = refusal.errors(include_url=False)[0]
    parts = [str(part) for part in complaint["loc"]]
    if parts[:1] == ["sellers"] and len(parts) > 2:
        del parts[2]  # pydantic names the kind of seller between the name and the field
    depth = 3 if parts[0] == "sellers" else 2 if parts[0] in GROUPS else 1
    key = ".".join(parts[:depth])
    entry = f" (entry {int(parts[depth]) + 1})" if len(parts) > depth and parts[depth].isdigit() else ""
    declaration = _declared(draft).get(key)
    others = refusal.error_count() - 1
    more = f" ({others} more value{'s' if others > 1 else ''} refused)" if others else ""
    problem = complaint["msg"].removeprefix("Value error, ")
    if complaint["type"] != "value_error":
        found = complaint["input"]
        problem = f"{shown(found)} is not {expected(complaint['type'], declaration)}"
    return BadValue(
        file=draft.file_of(key), key=key, problem=f"{problem}{entry}{more}",
        remedy=remedy(declaration, complaint["type"]),
    )


def refuse_contradictions(scenario: Scenario, draft: Draft) -> None:
    """Raise `BadReference` where parts that are each valid cannot stand together."""
    refuse_impossible_months(
        scenario, file_of=draft.file_of, shortened=draft.origin.get("horizon.months") == OVERRIDES
    )
    refuse_inert_policy(scenario, draft)
    _refuse_unknown_claims(scenario, draft)
    if scenario.answer.theta_low > scenario.answer.theta_high:
        raise BadReference(
            file=draft.file_of("answer.theta_low"), key="answer.theta_low",
            problem=f"{scenario.answer.theta_low:g} is above answer.theta_high = {scenario.answer.theta_high:g}",
            remedy="give a threshold no greater than the upper one",
        )
    clouds = [*scenario.of_kind("cloud"), *_generated_clouds(scenario)]
    _refuse_too_many_sellers(scenario, draft, clouds=len(clouds))
    for name, spec in scenario.sellers.items():
        for attribute in ("parent", "partner", "marketplaces", "clouds"):
            named = getattr(spec, attribute, ())
            for cloud in (named,) if isinstance(named, str) and named else named:
                if cloud not in clouds:
                    key = f"sellers.{name}.{attribute}"
                    raise BadReference(
                        file=draft.file_of(key), key=key, problem=f'no cloud is called "{cloud}"',
                        remedy=nearest(cloud, clouds),
                    )
        if isinstance(spec, LabSpec) and spec.partner and spec.parent:
            key = f"sellers.{name}.partner"
            raise BadReference(
                file=draft.file_of(key), key=key, problem=f'the lab belongs to "{spec.parent}" already',
                remedy="name a parent or a partner, and leave the other empty",
            )
    named = sum(spec.legacy_share for spec in scenario.of_kind("cloud").values())
    fringe = scenario.cloud.fringe_legacy_share if scenario.cloud.fringe_count else 0.0
    if named + fringe > 1 + 1e-9:
        key = "sellers.*.legacy_share" if named > 1 + 1e-9 else "cloud.fringe_legacy_share"
        raise BadReference(
            file=draft.last_of("sellers") if named > 1 + 1e-9 else draft.file_of(key), key=key,
            problem=f"the shares in ordinary cloud business add up to {named + fringe:g}, the fringe's included",
            remedy="let them add up to 1 at most",
        )


def _refuse_unknown_claims(scenario: Scenario, draft: Draft) -> None:
    """Raise where a scenario says that it bears on a claim that is not declared."""
    known = [claim.id for claim in read_claims()] if scenario.claims else []
    for named in scenario.claims:
        if named not in known:
            raise BadReference(
                file=draft.file_of("claims"), key="claims", problem=f"{shown(named)} is no claim",
                remedy=f"claims are {min(known)} to {max(known)}; {nearest(named, known)}",
            )


def _refuse_too_many_sellers(scenario: Scenario, draft: Draft, *, clouds: int) -> None:
    """Raise where more sellers can ever exist than companies can remember: named, generated, founded later, public."""
    others = len(scenario.sellers) - len(scenario.of_kind("cloud"))
    seats = sum(scenario.finance.seats) if scenario.finance.enforced else 0
    by_policy = scenario.foresees_public_compute + scenario.foresees_sovereign_compute
    if (total := clouds + others + seats + by_policy) <= MOST_SELLERS:
        return
    generated = clouds - len(scenario.of_kind("cloud"))
    raise BadReference(
        file=draft.last_of("sellers", "cloud.fringe_count", "cloud.neocloud_count", "finance.seats"), key="sellers",
        problem=f"{total} sellers can exist: {len(scenario.sellers)} named, {generated} generated clouds, {seats} "
        f"seats for newcomers, {by_policy} by policy",
        remedy=f"allow {MOST_SELLERS} at most: name fewer, or lower cloud.fringe_count, cloud.neocloud_count or "
        "finance.seats",
    )


def _generated_clouds(scenario: Scenario) -> list[str]:
    """Names of the fringe clouds and neoclouds, which are founded by number."""
    fringe = [f"fringe_{number + 1}" for number in range(scenario.cloud.fringe_count)]
    return fringe + [f"neocloud_{number + 1}" for number in range(scenario.cloud.neocloud_count)]


def _refuse_unknown(draft: Draft, prefix: str, table: Mapping[str, Any], fields: Iterable[str]) -> None:
    for name in table:
        if name not in fields:
            key = f"{prefix}{name}"
            raise UnknownKey(
                file=draft.file_of(key), key=key, problem="no such parameter",
                remedy=nearest_key(key, [f"{prefix}{field}" for field in fields]),
            )


def _declared(draft: Draft) -> dict[str, Declaration]:
    """Declarations by dotted key, the named sellers' included."""
    found = {declaration.key: declaration for declaration in declarations(Scenario)}
    for name, spec in draft.tree.get("sellers", {}).items():
        model = SPEC_OF_KIND.get(spec.get("kind"))
        if model is not None:
            found |= {item.key: item for item in declarations(model, prefix=f"sellers.{name}.")}
    return found


def _kinds() -> str:
    return ", ".join(SPEC_OF_KIND)
