"""The moments of `scenarios/evidence/targets.csv`, each a pure function of one world's result tables.

A function reads the tables as they are written (docs/data_dictionary.md), so that anybody can compute the same number
from a results folder. `moments_of` returns every moment, or why it cannot be computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulation.moments import clouds, machines, models, users
from simulation.moments.windows import NotComputed, Tables

Moment = Callable[[Tables], float]

MOMENTS: Mapping[str, Moment] = {
    "T1": clouds.top_share,
    "T2a": clouds.concentration,
    "T2b": clouds.erosion_of_concentration,
    "T3": clouds.switching,
    "T4a": models.share_of_leader,
    "T4b": models.share_of_three,
    "T4c": models.concentration,
    "T5a": models.open_share_enterprise_2024,
    "T5b": models.open_share_enterprise_2025,
    "T6": models.open_share_developer,
    "T7": models.price_of_open_over_closed,
    "T8": models.open_revenue_share_developer,
    "T9": models.elasticity_across_hosts,
    "T10a": users.vendor_switching,
    "T10b": users.vendor_upgrade,
    "T11": users.multi_homing,
    "T12": models.open_lag,
    "T13a": users.adoption_2023,
    "T13b": users.adoption_2025,
    "T13c": users.size_gap_2023,
    "T13d": users.size_gap_2025,
    "T14": machines.share_on_own_sites,
    "T15a": machines.contract_price_peak,
    "T15b": machines.contract_price_early_2024,
    "T15c": machines.rent_autumn_2024,
    "T15d": machines.contract_price_may_2025,
    "T16": machines.rental_margin,
    "T17a": machines.capex_growth_2023,
    "T17b": machines.capex_growth_2024,
    "T17c": machines.capex_growth_2025,
    "T18": machines.vendor_share,
    "T19a": models.api_spend_end_2024,
    "T19b": models.api_spend_mid_2025,
    "T20": models.price_decline,
}


def moments_of(tables: Tables) -> dict[str, float | str]:
    """Every moment of one world by the target's id; where it cannot be computed, the reason."""
    return {name: _found(moment, tables) for name, moment in MOMENTS.items()}


def _found(moment: Moment, tables: Tables) -> float | str:
    try:
        return moment(tables)
    except NotComputed as reason:
        return str(reason)
