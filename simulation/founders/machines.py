"""Founding machines: fleets of mixed age, sites under way, and what a machine of month 0 costs and must earn."""

from __future__ import annotations

from market.fleet import Fleet, founding_sites
from market.pricing import target_return
from scenarios.scenario import Scenario

UNLIMITED_MEGAWATTS = 1e9
FOR_EVER = 10**6  # months


def founding_machine_price(scenario: Scenario) -> float:
    """USD per H100e at month 0: chip and system."""
    return scenario.chip.price + scenario.invest.system_price


def founding_rent(scenario: Scenario) -> float:
    """USD per GPU-hour at which a machine of month 0 earns its user cost (rule P5)."""
    return float(
        target_return(
            opex=scenario.invest.opex,
            capex=founding_machine_price(scenario),
            wacc=scenario.invest.wacc_hyperscaler,
            life_months=scenario.invest.life_months,
            load=scenario.pricing.load_normal,
            price_decline=scenario.chip.price_decline,
        )
    )


def founding_fleet(scenario: Scenario, *, accelerators: float) -> Fleet:
    """A founding fleet of mixed age with its sites, and the sites under way (section 11 point 8)."""
    fleet = Fleet()
    invest = scenario.invest
    ages = min(scenario.cloud.founding_fleet_age, invest.life_months)
    unit_cents = founding_machine_price(scenario) * 100
    megawatts = accelerators * invest.power_per_gpu / 1000
    site_cents = megawatts * invest.shell_price * 100
    for age in range(ages):
        fleet.install_machines(
            commissioned=-1 - age,
            count=accelerators / ages,
            cents=round(accelerators / ages * unit_cents),
            life=invest.life_months,
        )
        fleet.install_site(
            commissioned=-1 - age,
            megawatts=megawatts / ages,
            cents=round(site_cents / ages),
            life=invest.shell_life_months,
        )
    for month in range(invest.gpu_lead_months):
        # machines ordered before month 0 at the vendor's founding output, by the owner's share of the fleet
        count = scenario.chip.first_output * accelerators / scenario.founding.fleet
        fleet.order_machines(arrival=month, count=count, cents=round(count * unit_cents))
    for month, power in enumerate(founding_sites(scenario.founding, megawatts), start=1):
        fleet.order_site(arrival=month, megawatts=float(power), cents=round(float(power) * invest.shell_price * 100))
    return fleet


def own_sites(scenario: Scenario) -> Fleet:
    """Sites of the rest of the economy: the part of other demand that is never rented."""
    return founding_fleet(scenario, accelerators=scenario.other.own_sites * scenario.other.level)


def premises() -> Fleet:
    """A fleet of the companies' own servers: their premises have the power, so no site is built for them."""
    fleet = Fleet()
    fleet.install_site(commissioned=-1, megawatts=UNLIMITED_MEGAWATTS, cents=0, life=FOR_EVER)
    return fleet
