"""Functions that a criterion may ask directly, without a world: tables of costs and prices in closed form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from market.labour import Labour
from market.serving import Calibration, self_host_cost


def _self_host(calibration: Calibration, *, figure: str, tokens_per_month: float) -> float:
    """A figure of the yearly bill of who runs a model: one of `self_host_cost`, or what is made of them."""
    found = self_host_cost(tokens_per_month, calibration=calibration)
    if figure == "infrastructure_share":
        return found.infrastructure / found.total
    if figure == "hidden_over_visible":
        return found.total / found.visible - 1
    return float(getattr(found, figure))


def _self_host_scale(calibration: Calibration, *, small: float, large: float) -> float:
    """Cost of a token at `small` tokens a month over that at `large`."""
    dear, cheap = (self_host_cost(tokens, calibration=calibration).total / tokens for tokens in (small, large))
    return dear / cheap


def _team(calibration: Calibration, *, mix: Sequence[str]) -> float:
    """Yearly pay of one specialist of each role in `mix`."""
    return float(sum(getattr(Labour(), role) for role in mix))


FORMS: Mapping[str, Callable[..., float]] = {
    "self_host": _self_host, "self_host_scale": _self_host_scale, "team": _team,
}  # fmt: skip


def closed_form(name: str, calibration: str, arguments: Mapping[str, Any]) -> float:
    """The value of a closed form under one calibration. Raises KeyError or ValueError for an unknown one."""
    return FORMS[name](calibration, **arguments)
