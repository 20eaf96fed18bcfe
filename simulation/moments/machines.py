"""Moments of machines, their rent and what is spent on them: T14 to T18."""

from __future__ import annotations

from market.units import CENTS_PER_DOLLAR
from simulation.moments.clouds import RENT
from simulation.moments.windows import (
    NotComputed,
    Tables,
    calendar_year,
    mean_of,
    month_of,
    names_of,
    paid,
    ratio,
    received,
    values_of,
    within,
)

OWN_SITES = ("companies", "rest_of_economy", "government")  # holders whose machines stand outside clouds
AI_CAPEX = ("capex_gpu", "capex_dc")
ORDINARY_CAPEX = "legacy_capex"
CAPEX_2022 = 172e9  # USD of the four firms in the year before the first simulated one (fact 2.01)
CONTRACT, ON_DEMAND = "gpu_hour_price_contract", "gpu_hour_price"
COMPLEMENT = "complement_sales"  # what open weights sell besides: paid to the platform giant alone


def share_on_own_sites(tables: Tables) -> float:
    """T14: machines bought for own sites over all machines bought, USD, 2025."""
    spent = paid(tables, calendar_year(2025), flows=["capex_gpu"])
    own = spent[spent.index.isin(OWN_SITES)].sum()
    return ratio(own, spent.sum(), of="spending on machines")


def contract_price_peak(tables: Tables) -> float:
    """T15a: highest monthly one-year contract price of 2023, USD per H100e GPU-hour."""
    return float(values_of(tables, CONTRACT, calendar_year(2023)).max())


def contract_price_early_2024(tables: Tables) -> float:
    """T15b: mean contract price of January to March 2024."""
    return mean_of(tables, CONTRACT, range(month_of(2024, 1), month_of(2024, 3) + 1))


def rent_autumn_2024(tables: Tables) -> float:
    """T15c: mean of on-demand and contract price, September and October 2024."""
    months = range(month_of(2024, 9), month_of(2024, 10) + 1)
    return (mean_of(tables, ON_DEMAND, months) + mean_of(tables, CONTRACT, months)) / 2


def contract_price_may_2025(tables: Tables) -> float:
    """T15d: contract price of May 2025."""
    return mean_of(tables, CONTRACT, [month_of(2025, 5)])


def rental_margin(tables: Tables) -> float:
    """T16: gross margin of renting machines, 2024-2025, all clouds that rent together.

    Power, sites and operation (`power_opex`) and wear of machines and sites, by the part of the hours a cloud sold that
    others held: what it hosts itself bears its own part.
    """
    months = range(month_of(2024, 1), month_of(2025, 12) + 1)
    clouds = names_of(tables, layer="cloud")
    revenue = received(tables, months, flows=RENT, payees=clouds)
    cost = paid(tables, months, flows=["power_opex", "depreciation"], payers=clouds)
    cost = cost.reindex(revenue.index, fill_value=0)
    hours = within(tables, tables.sellers, months).groupby("seller")[["gpu_hours_rented", "gpu_hours_served"]].sum()
    rented = (hours["gpu_hours_rented"] / hours["gpu_hours_served"]).reindex(revenue.index)
    renting = revenue > 0
    return ratio((revenue - cost * rented)[renting].sum(), revenue[renting].sum(), of="rent")


def capex_of_four(tables: Tables, year: int) -> float:
    """Capital spending of the hyperscalers and the platform giant in a year, ordinary spending included, USD."""
    months = calendar_year(year)
    if not within(tables, tables.flows, months)["flow"].eq(ORDINARY_CAPEX).any():
        raise NotComputed("no flow legacy_capex: capital spending outside AI is not simulated")
    four = names_of(tables, layer="cloud", role="hyperscaler") | _giants(tables)
    return float(paid(tables, months, flows=[*AI_CAPEX, ORDINARY_CAPEX], payers=four).sum()) / CENTS_PER_DOLLAR


def _giants(tables: Tables) -> set[str]:
    """The releasers that another business pays for."""
    releasers = names_of(tables, layer="releaser")
    flows = tables.flows
    paid_for = flows[flows["payee"].isin(releasers) & (flows["flow"] == COMPLEMENT)]["payee"]
    spends = flows[flows["payer"].isin(releasers) & (flows["flow"] == ORDINARY_CAPEX)]["payer"]
    return set(paid_for) | set(spends)


def capex_growth_2023(tables: Tables) -> float:
    """T17a: growth over 2022, which precedes the simulation and is taken as observed."""
    return capex_of_four(tables, 2023) / CAPEX_2022 - 1


def capex_growth_2024(tables: Tables) -> float:
    """T17b: growth over 2023."""
    return _growth(tables, 2024)


def capex_growth_2025(tables: Tables) -> float:
    """T17c: growth over 2024."""
    return _growth(tables, 2025)


def _growth(tables: Tables, year: int) -> float:
    return ratio(capex_of_four(tables, year), capex_of_four(tables, year - 1), of="capital spending") - 1


def vendor_share(tables: Tables) -> float:
    """T18: gross profit of the chip vendor over spending on machines and sites of all buyers, 2025."""
    months = calendar_year(2025)
    spent = paid(tables, months, flows=AI_CAPEX).sum()
    inputs = paid(tables, months, flows=["vendor_inputs"]).sum()
    return ratio(spent - inputs, spent, of="spending on machines and sites")
