"""Workloads are born, age and retire; companies become ready and learn which sellers exist.

Both processes are keyed by slot or company and month, so every arm of a draw has the same potential workloads.
Source: docs/model.md section 1, "Needs, births, retirements" and "Adoption", with section 11 points 4 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents import census
from agents.companies import Companies
from agents.hearing import Hearing, listen
from agents.offers import NONE
from agents.peopling import DEVELOPER, draw_workloads
from agents.population import Adoption, Needs, Population
from market.bulletin import Bulletin
from market.chance import Chance, Mechanism
from market.network import PeerNetwork
from market.units import FloatArray, IntArray


@dataclass(frozen=True)
class Births:
    """Workloads that end and begin in a month, and what the columns that births write become at their slots."""

    ended: IntArray  # (ended,) slots
    wait: FloatArray  # (ended,) birth hazard until the next workload of the slot
    waiting: IntArray  # (waiting,) free slots that wait for one
    wait_left: FloatArray  # (waiting,)
    born: IntArray  # (born,) slots
    columns: dict[str, np.ndarray]  # (born,) attributes of the new workloads


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
    ended, waiting = census.ended_and_waiting(
        companies.live, companies.retires, companies.ready, companies.company, month
    )
    next_generation = companies.generation[ended].astype(np.int64) + 1
    left = companies.birth_wait[waiting] - hazard[companies.segment[companies.company[waiting]]]
    born = waiting[left <= 0]
    generation = companies.generation[born].astype(np.int64) + 1
    drawn = renewed_columns(
        companies,
        population,
        needs,
        slot=born,
        generation=generation,
        chance=chance,
        month=month,
        need_trend=need_trend,
        reference_price=reference_price,
    )
    return Births(
        ended=ended,
        wait=chance.exponential(Mechanism.WORKLOAD_BIRTH, entity=ended, subject=next_generation),
        waiting=waiting,
        wait_left=left,
        born=born,
        columns={"live": np.ones(len(born), dtype=bool), "generation": generation, **drawn},
    )


def commit_births(companies: Companies, changed: Births, *, month: int) -> None:
    """Let the workloads end and begin; whoever is born or ends holds nothing and has new tastes."""
    companies.commit("births", rows=changed.waiting, birth_wait=changed.wait_left)
    companies.commit("births", rows=changed.ended, live=False, birth_wait=changed.wait)
    companies.commit("births", rows=changed.born, **changed.columns)
    renewed = np.concatenate([changed.born, changed.ended])
    companies.commit("choice", rows=renewed, held=NONE, taste_month=month)


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
    """Attributes of the given generation of workloads in `slot`; (workloads,) each."""
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
    return {
        "value": drawn.value,
        "sensitivity": drawn.sensitivity,
        "need_offset": drawn.need_offset,
        "sla": drawn.sla,
        "retires": month + np.maximum(life, 1.0),
        "need_birth": np.full(len(slot), need_trend),
        "reference_price": np.full(len(slot), reference_price),
    }


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
    sellers: IntArray,
) -> Readiness:
    """Readiness to review AI, awareness of open models, and the sellers a company has heard of.

    used_sellers: (companies,) bitmask of the sellers each company bought from last month; uses_open: (companies,);
    sellers: codes of those there are to come across, in the order of their luck. A company learns of its peers'
    sellers, and of others by search.
    """
    cheaper = (bulletin.adequate_price / bulletin.founding_adequate_price) ** -adoption.price_response
    hazard = np.asarray(adoption.own_hazard) * cheaper + np.asarray(adoption.peer_hazard) * bulletin.adoption_by_size
    peers_on_open = np.arange(peers.degree + 1) / peers.degree
    heard = adoption.open_own_hazard + adoption.open_peer_hazard * peers_on_open
    hearing = Hearing(
        ready=-np.expm1(-hazard),
        open=-np.expm1(-heard),
        meet=min(1.0, len(sellers) * adoption.search_hazard),
        forget=min(1.0, len(sellers) * adoption.forget_hazard),
        sellers=sellers,
        states=np.array([census.month_state(chance, mechanism, month) for mechanism in _LEARNING]),
    )
    ready, aware_open, known = listen(
        companies.ready, companies.no_need, companies.aware_open, companies.known, used_sellers, uses_open,
        companies.size_class, peers.neighbours, hearing,
    )  # fmt: skip
    return Readiness(ready=ready, aware_open=aware_open, known=known)


_LEARNING = (
    Mechanism.READINESS, Mechanism.OPEN_AWARENESS, Mechanism.SEARCH, Mechanism.KNOWLEDGE_DECAY,
)  # fmt: skip
