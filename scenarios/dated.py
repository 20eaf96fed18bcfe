"""Reading the dated changes of a scenario and checking that each is possible."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from typing import Any, TypeGuard

from pydantic import ValidationError

from market.parameters import Declaration, declarations
from scenarios.errors import BadReference, BadShock
from scenarios.scenario import GROUPS, Scenario
from scenarios.shocks import LASTING, SHAPES, Shock
from scenarios.wording import shown

FOUNDING = ("horizon", "companies", "counterfactual", "answer", "pop", "founding", "control")  # read once, at founding
FOUNDING_PARAMETERS = (  # the same, in groups that otherwise act every month
    "adopt.developers_ready_at_start", "adopt.known_at_start", "adopt.ready_at_start", "belief.prior_mean",
    "belief.prior_sd", "belief.prior_slope", "chip.first_output",
    "cloud.founding_fleet_age", "cloud.fringe_count", "cloud.fringe_legacy_share", "cloud.neocloud_count",
    "cloud.neocloud_fleet_part", "finance.company_cash", "finance.founding_cash_months", "finance.fund_wealth",
    "finance.government_wealth", "finance.rest_wealth", "finance.seats", "lab.active_frontier",
    "lab.active_small", "lab.run_under_way", "lab.training_spend", "labour.founding_demand", "labour.market",
    "labour.stock_multiplier", "labour.tightness", "release.founding_gap", "tenancy.at_start",
)  # fmt: skip
LAST_MONTH = 599


def read_shocks(scenario: Scenario, raw: list[tuple[str, dict[str, Any]]]) -> Scenario:
    """The scenario with its shocks, in the order of their months.

    A shock of a child replaces its parent's on the same parameter in the same month. Raises `BadShock`.
    """
    if not raw:
        return scenario
    known = {declaration.key: declaration for declaration in declarations(Scenario)}
    found: dict[tuple[int, str], tuple[str, Shock]] = {}
    for number, (label, table) in enumerate(raw, start=1):
        shock = read_shock(table, label=label, number=number, known=known)
        place = (shock.month, shock.parameter)
        if place in found and found[place][0] == label:
            raise BadShock(
                file=label, key=f"shocks.{number}", remedy="keep one of them",
                problem=f"a second shock on {shock.parameter} in month {shock.month}",
            )
        found[place] = (label, shock)
    ordered = sorted(found.values(), key=lambda item: (item[1].month, item[1].parameter))
    shocked = scenario.model_copy(update={"shocks": tuple(shock for _, shock in ordered)})
    for label, shock in ordered:
        for month in shock.changes():
            refuse_impossible_value(shocked, shock, month=month, label=label)
    return shocked


def read_shock(table: dict[str, Any], *, label: str, number: int, known: dict[str, Declaration]) -> Shock:
    """One dated change; raises `BadShock`."""

    def refuse(name: str, problem: str, remedy: str) -> BadShock:
        return BadShock(file=label, key=f"shocks.{number}{name and '.' + name}", problem=problem, remedy=remedy)

    for name in table:
        if name not in ("month", "parameter", "months", *SHAPES):
            close = difflib.get_close_matches(name, ("month", "parameter", "months", *SHAPES), n=1, cutoff=0.0)
            raise refuse(name, "no such key of a shock", f"did you mean {close[0]}?")
    month, parameter = table.get("month"), table.get("parameter")
    if not _whole(month) or not 0 <= month <= LAST_MONTH:
        problem = "missing" if month is None else f"{shown(month)} is not a month"
        raise refuse("month", problem, "give a whole number of months since January 2023, 0 or more")
    if not isinstance(parameter, str) or parameter not in known:
        close = difflib.get_close_matches(str(parameter), known, n=1, cutoff=0.0)
        problem = "missing" if parameter is None else f"{shown(parameter)} is no parameter"
        raise refuse("parameter", problem, f"did you mean {close[0]}?" if parameter else "name a parameter")
    if parameter.split(".")[0] in FOUNDING or parameter in FOUNDING_PARAMETERS:
        remedy = "give it its value in its group instead of a dated change"
        raise refuse("parameter", f"{parameter} acts once, at founding", remedy)
    shapes = [name for name in SHAPES if name in table]
    if len(shapes) != 1:
        raise refuse("", f"{len(shapes)} kinds of change are given", f"give exactly one of {', '.join(SHAPES)}")
    shape, value = shapes[0], table[shapes[0]]
    months = table.get("months")
    if shape in LASTING and (not _whole(months) or not 1 <= months <= LAST_MONTH):
        problem = "missing" if months is None else f"{shown(months)} is not a number of months"
        raise refuse("months", problem, f"say for how many months {shape} lasts: a whole number, 1 or more")
    if shape not in LASTING and months is not None:
        raise refuse("months", f"{shape} lasts for ever", "drop months, or use a ramp or a pulse")
    declaration = known[parameter]
    words = declaration.type in ("text", "flag")
    if words and shape not in ("step_to", "pulse_to"):
        raise refuse(shape, f"{parameter} is no quantity", "use step_to or pulse_to")
    if shape.endswith("_by") and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise refuse(shape, f"{shown(value)} is not a factor", "give a number, such as 1.5")
    if isinstance(value, list):
        value = tuple(value)
    if declaration.type == "number" and _whole(value):
        value = _real(value)
    return Shock(month=month, parameter=parameter, shape=shape, value=value, months=months or 0)


def refuse_impossible_value(scenario: Scenario, shock: Shock, *, month: int, label: str) -> None:
    """Raise `BadShock` where a shock gives its parameter a value that its declaration refuses."""
    group, name = shock.parameter.split(".")
    base = getattr(getattr(scenario, group), name)
    candidate = shock.value if shock.shape.endswith("_to") else None
    try:
        if candidate is not None:
            GROUPS[group].model_validate({name: candidate})
        if type(base) in (str, bool):
            return
        values = getattr(scenario.at(month), group).model_dump()
        GROUPS[group].model_validate(values)
    except (ValidationError, OverflowError, ValueError) as refusal:
        reason = str(refusal)
        if isinstance(refusal, ValidationError):
            complaint = refusal.errors(include_url=False)[0]
            reason = complaint["msg"].removeprefix("Value error, ")
        raise BadShock(
            file=label, key=f"shocks: {shock.parameter} in month {month}", problem=f"{shown(shock.value)}: {reason}",
            remedy="keep within the parameter's bounds (commonweight parameters)",
        ) from None


def refuse_impossible_months(scenario: Scenario, *, file_of: Callable[[str], str], shortened: bool) -> None:
    """Raise where a date lies beyond the horizon; a horizon `shortened` for one run only leaves later shocks out."""
    months = scenario.horizon.months
    closed_from = scenario.counterfactual.closed_from
    if closed_from >= months:
        key = "counterfactual.closed_from"
        raise BadReference(
            file=file_of(key), key=key, remedy="begin earlier, or simulate more months",
            problem=f"month {closed_from} is not before the end of the horizon ({months} months)",
        )
    late = [shock for shock in scenario.shocks if shock.month >= months]
    if late and not shortened:
        raise BadShock(
            file=file_of("shocks"), key=f"shocks: {late[0].parameter}",
            remedy="date it earlier, or simulate more months",
            problem=f"month {late[0].month} is not before the end of the horizon ({months} months)",
        )


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _real(value: int) -> float:
    """A whole number as a real one; infinite, hence refused by every parameter, where it is too long."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
