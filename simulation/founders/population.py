"""Founding companies: their columns, what they know, where their ordinary business runs, and the panel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents import census, peopling
from agents.beliefs import prior_mean
from agents.companies import COLUMNS, Companies
from agents.offers import NONE
from agents.sellers import CloudProvider
from agents.tenancy import ON_PREMISES
from market.chance import Chance, Mechanism
from market.units import FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.world import Panel

_OF_WHO_HOLDS_NOTHING = (
    "generation", "held_quality", "accepted_bill", "accepted_price", "accepted_best", "taste", "tenure", "taste_month",
    "reviewed", "waiting", "called_in", "project", "project_since", "project_plan", "payable",
)  # fmt: skip
MOVED_IN, MIGRATION_WORK = 1, 2  # subjects of a company's draws about its tenancy; 0 draws the cloud itself
PANEL_SIZE_EXPONENT = 0.75  # between equal chances (0) and chances by volume (1): prices need tokens, plans need firms


def company_columns(
    scenario: Scenario, *, chance: Chance, clouds: list[CloudProvider], luck: IntArray
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
    bill = legacy / legacy.sum()
    legacy_share = np.array([cloud.legacy_share for cloud in clouds])
    if scenario.cloud.legacy_revenue > 0 and legacy_share.sum() > 0:
        in_a_cloud = np.asarray(scenario.tenancy.at_start)[drawn.size_class]
        later = chance.uniform(Mechanism.FOUNDING_TENANCY, entity=np.arange(rows), subject=MOVED_IN) >= in_a_cloud
        tenancy = np.where(later, ON_PREMISES, tenancy)
        bill = bills_by_share(bill, tenancy=tenancy, share=legacy_share)
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
        "legacy_bill": bill,
        "tenancy": tenancy,
        "accounts": np.where(
            tenancy >= 0, np.left_shift(np.uint64(1), np.maximum(tenancy, 0).astype(np.uint64)), np.uint64(0)
        ),
        "opening_deposits": np.rint(drawn.weight * drawn.employees * scenario.finance.company_cash * 100).astype(
            np.int64
        ),
        "ready": drawn.ready,
        "aware_open": np.zeros(rows, dtype=bool),
        "known": _founding_knowledge(chance, rows=rows, luck=luck, share=adoption.known_at_start),
        "adopted": np.zeros(rows, dtype=bool),
        "belief_mean": prior_mean(
            drawn.volume, mean=scenario.belief.prior_mean, slope=scenario.belief.prior_slope
        ),
        "belief_variance": np.full(rows, scenario.belief.prior_sd**2),
        "stigma": np.zeros(rows),
        "deposits": np.rint(drawn.weight * drawn.employees * scenario.finance.company_cash * 100).astype(np.int64),
        "first_slot": drawn.first_slot,
        "company": owner.astype(COLUMNS["company"].dtype),
        "share": share,
        "slot_volume": volume,
        "live": live,
        "birth_wait": chance.exponential(Mechanism.WORKLOAD_BIRTH, entity=np.arange(slots), subject=1),
        "retires": life,
        "value": first.value,
        "sensitivity": first.sensitivity,
        "need_offset": first.need_offset,
        "need_birth": np.full(slots, scenario.frontier.founding_quality),
        "sla": first.sla,
        "reference_price": np.full(slots, np.nan),
        **{name: np.full(slots, NONE, dtype=COLUMNS[name].dtype) for name in ("held", "project_offer")},
        **{name: np.zeros(slots, dtype=COLUMNS[name].dtype) for name in _OF_WHO_HOLDS_NOTHING},
        "data_tb": population.data_per_employee * drawn.employees[owner] * share,
    }


def _tenancies(chance: Chance, *, rows: int, clouds: list[CloudProvider]) -> npt.NDArray[np.int64]:
    """Primary cloud of each company by legacy shares; the first cloud where nobody has ordinary business."""
    share = np.cumsum([cloud.legacy_share for cloud in clouds])
    if share[-1] <= 0:
        return np.zeros(rows, dtype=np.int64)
    uniform = chance.uniform(Mechanism.FOUNDING_TENANCY, entity=np.arange(rows)) * share[-1]
    tenancy: npt.NDArray[np.int64] = np.searchsorted(share, uniform, side="right")
    return tenancy


def bills_by_share(bill: FloatArray, *, tenancy: IntArray, share: FloatArray) -> FloatArray:
    """Ordinary bills (companies,) scaled cloud by cloud, so that the tenants of each pay its `share` (clouds,) of all.

    Post-stratification (Deville and Särndal 1992): large companies are few, so that their luck would otherwise decide
    which cloud is large. Companies without a tenancy keep their bill; clouds nobody drew leave their share to others.
    """
    tenants = tenancy >= 0
    drawn = np.bincount(tenancy[tenants], weights=bill[tenants], minlength=len(share))
    wanted = np.where(drawn > 0, share, 0.0)
    if wanted.sum() <= 0:
        return bill
    factor = np.divide(wanted / wanted.sum() * drawn.sum(), drawn, out=np.ones_like(drawn), where=drawn > 0)
    return np.asarray(np.where(tenants, bill * factor[np.maximum(tenancy, 0)], bill))


def _founding_knowledge(chance: Chance, *, rows: int, luck: IntArray, share: float) -> npt.NDArray[np.uint64]:
    """Bitmask of the sellers each company knows at founding; `luck` (sellers,) keys the draw of each."""
    code = np.arange(len(luck))
    knows = chance.uniform(Mechanism.FOUNDING_KNOWLEDGE, entity=np.arange(rows)[:, None], subject=luck[None, :]) < share
    bits = np.where(knows, np.uint64(1) << code.astype(np.uint64), np.uint64(0))
    known: npt.NDArray[np.uint64] = np.bitwise_or.reduce(bits, axis=1)
    return known


def founding_panel(companies: Companies, scenario: Scenario, chance: Chance) -> Panel:
    """Permanent random numbers and sizes of the slots, from which each month's panel is taken (Ohlsson 1995)."""
    owner = companies.company
    size = companies.weight[owner] * companies.slot_volume**PANEL_SIZE_EXPONENT
    return Panel(
        state=census.month_state(chance, Mechanism.PANEL, 0),
        size=size,
        accounts=scenario.companies.panel,
    )
