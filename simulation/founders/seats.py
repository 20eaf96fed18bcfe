"""Reserved seats: sellers that may be founded later have codes, accounts and offers from the beginning (M17).

A seat is a seller that is not alive: it owns, owes, sells and knows nothing. Whether and when it is founded shifts
nobody else's codes or luck.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import mesa
import numpy as np

from agents.conduct import cost_of_capital, leverage_of
from agents.regulator import PUBLIC
from agents.sellers import NEVER_FOUNDED, CloudProvider, Hoster, ModelLab, Seller
from agents.sovereignty import SOVEREIGN
from market.fleet import Fleet
from market.goods import Model
from scenarios.scenario import Scenario
from simulation.founders.machines import founding_rent

DENSE_TO_SPARSE = 6.0  # memory over active parameters of a mixture of experts (section 11 point 9)
LAST = {PUBLIC: 1, SOVEREIGN: 2}  # seats of an instrument of policy come after all others, each after the one before
S = TypeVar("S", bound=Seller)
NEOCLOUDS, HOSTERS, LABS = range(3)  # places in finance.seats


def seats_of(scenario: Scenario, kind: int) -> int:
    """Seats of a kind; none in a world where nobody fails or enters."""
    return scenario.finance.seats[kind] if scenario.finance.enforced else 0


def neocloud_seats(model: mesa.Model, scenario: Scenario, *, first_code: int) -> list[CloudProvider]:
    """Neoclouds that are not founded yet."""
    seats = [
        CloudProvider(
            model,
            name=f"entrant_neocloud_{k + 1}",
            code=first_code + k,
            wacc=cost_of_capital(scenario.invest, role="neocloud"),
            role="neocloud",
            fleet=Fleet(),
            legacy_share=0.0,
            scarcity_price=founding_rent(scenario),
            leverage=leverage_of(scenario.invest, role="neocloud"),
            brand=0.0,
        )
        for k in range(seats_of(scenario, NEOCLOUDS))
    ]
    return [_reserved(seat) for seat in seats]


def lab_seats(model: mesa.Model, scenario: Scenario, *, first_code: int, clouds: int, lines: int) -> list[ModelLab]:
    """Labs that are not founded yet; their model lines follow the `lines` of everybody else."""
    labs = []
    for k in range(seats_of(scenario, LABS)):
        name = f"entrant_lab_{k + 1}"
        lab = ModelLab(
            model, name=name, code=first_code + k, allowed=np.ones(clouds), models={}, role="frontier", parent="",
            marketplaces=(),
        )  # fmt: skip
        frontier = Model(
            line=lines + 2 * k, developer=name, quality=-np.inf, active=scenario.lab.active_frontier,
            total=scenario.lab.active_frontier * DENSE_TO_SPARSE, open=False, released=-1,
        )  # fmt: skip
        small = replace(
            frontier, line=lines + 2 * k + 1, active=scenario.lab.active_small,
            total=scenario.lab.active_small * DENSE_TO_SPARSE,
        )  # fmt: skip
        lab.planned = {"frontier": frontier, "small": small}
        labs.append(_reserved(lab))
    return labs


def hoster_seats(model: mesa.Model, scenario: Scenario, *, first_code: int, clouds: int) -> list[Hoster]:
    """Hosters that are not founded yet; they may rent everywhere."""
    return [
        _reserved(Hoster(model, name=f"entrant_hoster_{k + 1}", code=first_code + k, allowed=np.ones(clouds)))
        for k in range(seats_of(scenario, HOSTERS))
    ]


def _role(seller: Seller) -> str:
    return seller.role if isinstance(seller, CloudProvider) else ""


def _reserved(seat: S) -> S:
    seat.alive, seat.seat, seat.founded = False, True, NEVER_FOUNDED
    return seat


def give_luck(sellers: Sequence[Seller]) -> None:
    """Key everybody's draws: founders as if there were no seats, the seats after them."""
    founders = [seller for seller in sellers if not seller.seat]
    seats = sorted((seller for seller in sellers if seller.seat), key=lambda seller: LAST.get(_role(seller), 0))
    for luck, seller in enumerate([*founders, *seats]):
        seller.luck = luck
