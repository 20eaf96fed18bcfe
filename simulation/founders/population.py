"""Founding companies: their columns, what they know, where their ordinary business runs, and the panel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents import peopling
from agents.beliefs import prior_mean
from agents.companies import Companies
from agents.sellers import CloudProvider
from market.chance import Chance, Mechanism
from scenarios.scenario import Scenario
from simulation.world import Panel

PANEL_SIZE_EXPONENT = 0.75  # between equal chances (0) and chances by volume (1): prices need tokens, plans need firms


def company_columns(
    scenario: Scenario, *, chance: Chance, clouds: list[CloudProvider], sellers: int
) -> dict[str, npt.NDArray[np.generic]]:
    """All columns of the companies at founding."""
    population, needs, adoption = scenario.pop, scenario.needs, scenario.adopt
    rows = scenario.companies.count
    drawn = peopling.found_companies(population, adoption, rows=rows, chance=chance)
    slots = int(drawn.first_slot[-1])
    owner = np.repeat(np.arange(rows), np.diff(drawn.first_slot))
    share = peopling.slot_shares(population, drawn.first_slot, chance)
    volume = share * drawn.volume[owner]
    developer = drawn.segment[owner] == peopling.DEVELOPER
    first = peopling.draw_workloads(
        population,
        needs,
        slot=np.arange(slots),
        generation=np.zeros(slots, dtype=np.int64),
        volume=volume,
        company_volume=drawn.volume[owner],
        volume_column=np.where(developer, 3, drawn.size_class[owner]),
        developer=developer,
        sensitive=drawn.sensitive[owner],
        slots=slots,
        chance=chance,
    )
    live = np.zeros(slots, dtype=bool)
    live[drawn.first_slot[:-1]] = True
    live &= ~drawn.no_need[owner]
    life = np.full(slots, np.inf)
    if needs.life > 0:
        # a founding workload is met at a random point of its life; what is left of it is again exponential
        life = np.maximum(-needs.life * np.log(chance.uniform(Mechanism.WORKLOAD_LIFE, entity=np.arange(slots))), 1.0)
    legacy = drawn.weight * drawn.employees
    tenancy = _tenancies(chance, rows=rows, clouds=clouds)
    return {
        "weight": drawn.weight,
        "employees": drawn.employees,
        "size_class": drawn.size_class,
        "segment": drawn.segment,
        "sector": drawn.sector,
        "jurisdiction": drawn.jurisdiction,
        "regulated": drawn.regulated,
        "no_need": drawn.no_need,
        "sensitive": drawn.sensitive,
        "volume": drawn.volume,
        "legacy_bill": legacy / legacy.sum(),
        "tenancy": tenancy,
        "accounts": np.left_shift(np.uint64(1), tenancy.astype(np.uint64)),
        "opening_deposits": np.rint(drawn.weight * drawn.employees * scenario.finance.company_cash * 100).astype(
            np.int64
        ),
        "ready": drawn.ready,
        "aware_open": np.zeros(rows, dtype=bool),
        "known": _founding_knowledge(chance, rows=rows, sellers=sellers, share=adoption.known_at_start),
        "adopted": np.zeros(rows, dtype=bool),
        "belief_mean": prior_mean(
            drawn.volume, mean=scenario.belief.prior_mean, slope=scenario.belief.prior_slope
        ),
        "belief_variance": np.full(rows, scenario.belief.prior_sd**2),
        "stigma": np.zeros(rows),
        "deposits": np.rint(drawn.weight * drawn.employees * scenario.finance.company_cash * 100).astype(np.int64),
        "first_slot": drawn.first_slot,
        "company": owner,
        "share": share,
        "slot_volume": volume,
        "generation": np.zeros(slots),
        "live": live,
        "birth_wait": chance.exponential(Mechanism.WORKLOAD_BIRTH, entity=np.arange(slots), subject=1),
        "retires": life,
        "value": first.value,
        "sensitivity": first.sensitivity,
        "need_offset": first.need_offset,
        "need_birth": np.full(slots, scenario.frontier.founding_quality),
        "sla": first.sla,
        "reference_price": np.full(slots, np.nan),
        "held": np.full(slots, -1),
        "held_quality": np.zeros(slots),
        "accepted_bill": np.zeros(slots),
        "accepted_price": np.zeros(slots),
        "accepted_best": np.zeros(slots),
        "taste": np.zeros(slots),
        "tenure": np.zeros(slots),
        "taste_month": np.zeros(slots),
        "data_tb": population.data_per_employee * drawn.employees[owner] * share,
        "project": np.zeros(slots),
        "project_since": np.zeros(slots),
        "project_offer": np.full(slots, -1),
        "project_plan": np.zeros(slots),
        "payable": np.zeros(slots),
    }


def _tenancies(chance: Chance, *, rows: int, clouds: list[CloudProvider]) -> npt.NDArray[np.int64]:
    """Primary cloud of each company by legacy shares; the first cloud where nobody has ordinary business."""
    share = np.cumsum([cloud.legacy_share for cloud in clouds])
    if share[-1] <= 0:
        return np.zeros(rows, dtype=np.int64)
    uniform = chance.uniform(Mechanism.FOUNDING_TENANCY, entity=np.arange(rows)) * share[-1]
    tenancy: npt.NDArray[np.int64] = np.searchsorted(share, uniform, side="right")
    return tenancy


def _founding_knowledge(chance: Chance, *, rows: int, sellers: int, share: float) -> npt.NDArray[np.uint64]:
    """Bitmask of the sellers each company knows at founding."""
    code = np.arange(sellers)
    knows = chance.uniform(Mechanism.FOUNDING_KNOWLEDGE, entity=np.arange(rows)[:, None], subject=code[None, :]) < share
    bits = np.where(knows, np.uint64(1) << code.astype(np.uint64), np.uint64(0))
    known: npt.NDArray[np.uint64] = np.bitwise_or.reduce(bits, axis=1)
    return known


def founding_panel(companies: Companies, scenario: Scenario, chance: Chance) -> Panel:
    """Permanent random numbers and sizes of the slots, from which each month's panel is taken (Ohlsson 1995)."""
    owner = companies.company
    size = companies.weight[owner] * companies.slot_volume**PANEL_SIZE_EXPONENT
    return Panel(
        number=chance.uniform(Mechanism.PANEL, entity=np.arange(companies.slots)),
        size=size,
        accounts=scenario.companies.panel,
    )
