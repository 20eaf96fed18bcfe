"""Orders for machines and sites: what is missing at arrival, what cash, power and the vendor allow (docs/model.md
M4, M5).
"""

from __future__ import annotations

import numpy as np

from agents.conduct import damped_forecast, desired_capacity
from agents.sellers import CloudProvider
from agents.sovereignty import SOVEREIGN
from market.accounts import GOVERNMENT, REST_OF_ECONOMY
from market.fleet import KILOWATTS_PER_MEGAWATT, Fleet, site_order
from market.flows import Flow
from market.money import to_cents
from market.own_machines import GPUS_PER_SERVER
from market.units import CENTS_PER_DOLLAR, FloatArray, running_sum
from market.vendor import allocate, yearly_decline
from scenarios.scenario import Scenario
from simulation.month.company_trade import split_over_owners
from simulation.month.expectations import own_site_growth
from simulation.world import World


def machine_order(
    assumptions: Scenario,
    *,
    fleet: Fleet,
    history: list[float],
    growth: float,
    finance: float,
    price: float,
    month: int,
    worthwhile: bool,
) -> float:
    """H100e an owner wants to order now: capacity for the demand expected at arrival, within cash and power (M4)."""
    invest = assumptions.invest
    if not worthwhile:
        return 0.0
    lead = invest.gpu_lead_months
    expected = damped_forecast(history[-1], growth, horizon=lead, damping=invest.outlook.damping)
    desired = desired_capacity(
        expected,
        reserve=invest.reserve,
        target_load=assumptions.pricing.load_target,
        availability=invest.availability,
    )
    missing = desired + fleet.retiring(month + 1, month + lead) - fleet.count - fleet.count_on_order
    per_machine = invest.power_per_gpu / KILOWATTS_PER_MEGAWATT
    free = _power_at(fleet, first=month + 1, last=month + lead) / per_machine - fleet.count_on_order - fleet.count
    free += fleet.retiring(month + 1, month + lead)
    within = min(finance / price if price > 0 else np.inf, max(free, 0.0))
    return float(np.clip(invest.order_multiplier * missing, 0.0, max(within, 0.0)))


def _power_at(fleet: Fleet, *, first: int, last: int) -> float:
    """Site power live in month `last` if nothing more is ordered, MW: less what goes off from month `first` on."""
    arriving = running_sum(site.count for site in fleet.sites_on_order if site.arrival <= last)
    return fleet.megawatts + arriving - fleet.sites.retiring(first, last)


def buy_machines(
    world: World, assumptions: Scenario, *, month: int, wanted: FloatArray, own_hours: FloatArray
) -> FloatArray:
    """Share the vendor's output out, pay for it, and put it on order."""
    vendor = world.vendor
    past = np.array([*(c.past_purchases for c in world.clouds), world.other_purchases, world.company_purchases])
    available = vendor.output * assumptions.chip.delivery_multiplier
    bought = allocate(
        output=available, orders=wanted, past_purchases=past, exponent=assumptions.chip.allocation_exponent
    )
    arrival = month + assumptions.invest.gpu_lead_months
    fleets = [*(cloud.fleet for cloud in world.clouds), world.other_fleet, world.company_fleet]
    payers = np.array(
        [*(c.code for c in world.clouds), world.ledger.code(REST_OF_ECONOMY), world.ledger.code("companies")]
    )
    unit = np.full(len(wanted), vendor.machine_price)
    server = assumptions.selfhost.server_price * yearly_decline(month, assumptions.chip) / GPUS_PER_SERVER
    unit[-1] = server
    world.bought_at, world.server_price = vendor.machine_price, server
    cents = to_cents(bought * unit)
    world.ledger.pay(Flow.CAPEX_GPU, payer=payers, payee=vendor.name, cents=cents)
    tax = to_cents(assumptions.policy.chip_tax * bought[:-1] * vendor.machine_price)  # servers of companies are exempt
    world.ledger.pay(Flow.CHIP_TAX, payer=payers[:-1], payee=GOVERNMENT, cents=tax)
    companies = world.companies
    owed = split_over_owners(world, cents=int(cents[-1]), own_hours=own_hours)
    companies.commit("settlement", deposits=companies.deposits - owed)
    inputs = bought * np.minimum(unit, vendor.unit_cost + vendor.system_price)
    world.ledger.pay(Flow.VENDOR_INPUTS, payer=vendor.name, payee=REST_OF_ECONOMY, cents=to_cents(float(inputs.sum())))
    world.vendor_inputs = float(inputs.sum())
    for fleet, count, paid in zip(fleets, bought, cents, strict=True):
        if count > 0:
            lead = arrival if fleet is not world.company_fleet else month + assumptions.selfhost.server_lead_months
            fleet.order_machines(arrival=lead, count=float(count), cents=int(paid))
    for cloud, count in zip(world.clouds, bought[: len(world.clouds)], strict=True):
        cloud.past_purchases += float(count)
    world.other_purchases += float(bought[-2])
    world.company_purchases += float(bought[-1])
    return bought


def first_site(cloud: CloudProvider) -> bool:
    """Whether a cloud is an entrant that has ordered no site yet."""
    return cloud.alive and cloud.planned_share > 0 and cloud.fleet.megawatts + cloud.fleet.megawatts_on_order == 0


def awaits_first_machines(cloud: CloudProvider) -> bool:
    """Whether a cloud is an entrant that has no machine at work yet and waits for demand: no quota guarantees any."""
    return cloud.planned_share > 0 and cloud.fleet.count == 0 and cloud.role != SOVEREIGN


def buy_sites(
    world: World, assumptions: Scenario, *, month: int, growth: FloatArray, finance: FloatArray, worthwhile: list[bool]
) -> FloatArray:
    """Order site power for the machines expected when it is ready; part of it must wait for the grid."""
    invest = assumptions.invest
    owners = [
        (c.fleet, c.demand_history, float(g), float(f), w, first_site(c), awaits_first_machines(c))
        for c, g, f, w in zip(world.clouds, growth, finance, worthwhile, strict=True)
    ]
    elsewhere = own_site_growth(world, assumptions)
    owners.append((world.other_fleet, world.own_site_demand, elsewhere, np.inf, True, False, False))
    bought, paid = np.zeros(len(owners)), np.zeros(len(owners), dtype=np.int64)
    for k, (fleet, history, trend, cash, pays, first, waits) in enumerate(owners):
        if not first and (not pays or waits):
            continue
        expected = damped_forecast(history[-1], trend, horizon=invest.shell_lead_months, damping=invest.outlook.damping)
        needed = (
            desired_capacity(
                expected,
                reserve=invest.reserve,
                target_load=assumptions.pricing.load_target,
                availability=invest.availability,
            )
            * invest.power_per_gpu
            / KILOWATTS_PER_MEGAWATT
        )
        planned = fleet.megawatts + fleet.megawatts_on_order
        wanted = site_order(needed_megawatts=needed, planned_megawatts=planned, power=assumptions.power)
        if first:  # what it was founded for, at a place with power at hand
            site = invest.shell_price * invest.power_per_gpu / KILOWATTS_PER_MEGAWATT
            wanted, cash = needed, cash * site / (site + world.vendor.machine_price)
        power = min(wanted, max(cash, 0.0) / invest.shell_price) if invest.shell_price > 0 else wanted
        if power <= 0:
            continue
        bought[k] = power
        cents = to_cents(power * invest.shell_price)
        paid[k] = cents
        at_hand = 1.0 if first else invest.powered_share
        soon = int(cents * at_hand)
        fleet.order_site(arrival=month + invest.shell_lead_months, megawatts=power * at_hand, cents=soon)
        if first:
            continue
        fleet.order_site(
            arrival=month + invest.site_lead_months, megawatts=power * (1 - invest.powered_share), cents=cents - soon
        )
    ledger, vendor = world.ledger, world.vendor.name
    payers = np.array([*(cloud.code for cloud in world.clouds), ledger.code(REST_OF_ECONOMY)])
    ledger.pay(Flow.CAPEX_DC, payer=payers, payee=vendor, cents=paid)
    ledger.pay(Flow.VENDOR_INPUTS, payer=vendor, payee=REST_OF_ECONOMY, cents=int(paid.sum()))
    world.vendor_inputs += float(paid.sum()) / CENTS_PER_DOLLAR
    return bought
