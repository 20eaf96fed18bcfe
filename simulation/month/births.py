"""Workloads are born, age and retire; companies become ready and learn which sellers exist.

Both processes are keyed by slot or company and month, so every arm of a draw has the same potential workloads.
Source: docs/model.md section 1, "Needs, births, retirements" and "Adoption", with section 11 points 4 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.companies import Companies
from agents.peopling import DEVELOPER, draw_workloads
from agents.population import Adoption, Needs, Population
from market.bulletin import Bulletin
from market.chance import Chance, Mechanism
from market.network import PeerNetwork
from market.units import FloatArray


@dataclass(frozen=True)
class Births:
    """New values of the columns that births write, and which slots changed."""

    born: npt.NDArray[np.int64]  # slots
    ended: npt.NDArray[np.int64]  # slots
    columns: dict[str, np.ndarray]


def birth_hazard(needs: Needs, *, jevons: float, adequacy: FloatArray) -> FloatArray:
    """Birth hazard of a free slot per month, by segment (segments,); `jevons` is the stock of section 11 point 4."""
    return needs.birth_hazard * jevons * adequacy


def next_jevons(needs: Needs, *, jevons: float, price_ratio: float) -> float:
    """The Jevons stock one month on: ln J moves by (ln J* - ln J)/jevons_months towards the price's long-run level."""
    target = min(price_ratio**-needs.long_run_elasticity, needs.jevons_cap)
    return float(np.exp(np.log(jevons) + (np.log(target) - np.log(jevons)) / needs.jevons_months))


def births_and_retirements(
    companies: Companies,
    population: Population,
    needs: Needs,
    *,
    chance: Chance,
    month: int,
    need_trend: float,
    hazard: FloatArray,
    reference_price: float,
) -> Births:
    """Workloads that end and begin this month.

    need_trend: level of needs this month (points); hazard: (segments,) per month; reference_price: USD/Mtok a new
    workload takes as its reference.
    """
    ended = np.flatnonzero(companies.live & (companies.retires <= month))
    free = ~companies.live
    free[ended] = True
    owner = companies.company
    may_grow = companies.ready[owner]
    clock = companies.birth_clock + np.where(free & may_grow, hazard[companies.segment[owner]], 0.0)
    clock[ended] = 0.0
    slots = np.flatnonzero(free & may_grow)
    due = -np.log(
        chance.uniform(Mechanism.WORKLOAD_BIRTH, entity=slots, subject=companies.generation[slots].astype(np.int64) + 1)
    )
    born = slots[clock[slots] >= due]
    live = companies.live.copy()
    live[ended] = False
    live[born] = True
    generation = companies.generation.copy()
    generation[born] += 1
    columns: dict[str, np.ndarray] = {"live": live, "generation": generation, "birth_clock": clock}
    if len(born):
        columns |= renewed_columns(
            companies,
            population,
            needs,
            slot=born,
            generation=generation[born].astype(np.int64),
            chance=chance,
            month=month,
            need_trend=need_trend,
            reference_price=reference_price,
        )
        clock[born] = 0.0
    return Births(born=born, ended=ended, columns=columns)


def renewed_columns(
    companies: Companies,
    population: Population,
    needs: Needs,
    *,
    slot: npt.NDArray[np.int64],
    generation: npt.NDArray[np.int64],
    chance: Chance,
    month: int,
    need_trend: float,
    reference_price: float,
) -> dict[str, np.ndarray]:
    """Attribute columns after the workloads in `slot` were replaced by the given generation."""
    owner = companies.company[slot]
    developer = companies.segment[owner] == DEVELOPER
    drawn = draw_workloads(
        population,
        needs,
        slot=slot,
        generation=generation,
        volume=companies.slot_volume[slot],
        company_volume=companies.volume[owner],
        volume_column=np.where(developer, 3, companies.size_class[owner]).astype(np.int64),
        developer=developer,
        sensitive=companies.sensitive[owner],
        slots=companies.slots,
        chance=chance,
    )
    life = np.full(len(slot), np.inf)
    if needs.life > 0:
        life = -needs.life * np.log(chance.uniform(Mechanism.WORKLOAD_LIFE, entity=slot, subject=generation))
    new = {
        "value": drawn.value,
        "sensitivity": drawn.sensitivity,
        "need_offset": drawn.need_offset,
        "sla": drawn.sla,
        "retires": month + np.maximum(life, 1.0),
        "need_birth": np.full(len(slot), need_trend),
        "reference_price": np.full(len(slot), reference_price),
    }
    columns = {}
    for name, values in new.items():
        column = getattr(companies, name).copy()
        column[slot] = values
        columns[name] = column
    return columns


@dataclass(frozen=True)
class Readiness:
    """New values of the columns that readiness writes."""

    ready: npt.NDArray[np.bool_]
    aware_open: npt.NDArray[np.bool_]
    known: npt.NDArray[np.uint64]


def become_ready(
    companies: Companies,
    peers: PeerNetwork,
    adoption: Adoption,
    *,
    chance: Chance,
    month: int,
    bulletin: Bulletin,
    used_sellers: npt.NDArray[np.uint64],
    uses_open: npt.NDArray[np.bool_],
    seller_codes: npt.NDArray[np.int64],
) -> Readiness:
    """Readiness to review AI, awareness of open models, and the sellers a company has heard of.

    used_sellers: (companies,) bitmask of the sellers each company bought from last month; uses_open: (companies,).
    A company learns of its peers' sellers, and of others by search.
    """
    row = np.arange(companies.rows)
    size = companies.size_class
    cheaper = (bulletin.adequate_price / bulletin.founding_adequate_price) ** -adoption.price_response
    adoption_rate = bulletin.adoption_by_size[size]
    hazard = np.asarray(adoption.own_hazard)[size] * cheaper + np.asarray(adoption.peer_hazard)[size] * adoption_rate
    turned = chance.uniform(Mechanism.READINESS, month=month, entity=row) < -np.expm1(-hazard)
    heard = adoption.open_own_hazard + adoption.open_peer_hazard * uses_open[peers.neighbours].mean(axis=1)
    learned = chance.uniform(Mechanism.OPEN_AWARENESS, month=month, entity=row) < -np.expm1(-heard)
    forgotten = _one_seller(
        chance, Mechanism.KNOWLEDGE_DECAY, adoption.forget_hazard, month=month, row=row, seller_codes=seller_codes
    )
    found = _one_seller(
        chance, Mechanism.SEARCH, adoption.search_hazard, month=month, row=row, seller_codes=seller_codes
    )
    seen = used_sellers | np.bitwise_or.reduce(used_sellers[peers.neighbours], axis=1)
    return Readiness(
        ready=companies.ready | (turned & ~companies.no_need),
        aware_open=companies.aware_open | learned,
        known=(companies.known & ~forgotten) | seen | found,
    )


def _one_seller(
    chance: Chance,
    mechanism: Mechanism,
    hazard: float,
    *,
    month: int,
    row: npt.NDArray[np.int64],
    seller_codes: npt.NDArray[np.int64],
) -> npt.NDArray[np.uint64]:
    """Bitmask of the one seller each company comes across, or loses sight of, this month; 0 for most; (companies,).

    With n sellers the chance that it is a given one is `hazard`, so that it is some seller with n times that.
    """
    n = len(seller_codes)
    uniform = chance.uniform(mechanism, month=month, entity=row)
    meets = min(1.0, n * hazard)
    if meets == 0:
        return np.zeros(len(row), dtype=np.uint64)
    which = np.minimum((uniform / meets * n).astype(np.int64), n - 1)
    bits = np.left_shift(np.uint64(1), seller_codes[which].astype(np.uint64))
    return np.where(uniform < meets, bits, np.uint64(0))
