"""Investment: machines and sites ordered for the demand expected when they arrive, training runs begun (docs/model.md M4, M6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.conduct import damped_forecast, debt_limit, desired_capacity, expected_rent, pays_off, trend_growth
from agents.sellers import CloudProvider
from market.accounts import REST_OF_ECONOMY
from market.fleet import Fleet, site_order
from market.flows import Flow
from market.money import to_cents
from market.own_machines import GPUS_PER_SERVER
from market.pricing import target_return
from market.units import CENTS_PER_DOLLAR, HOURS_PER_MONTH, MONTHS_PER_YEAR, FloatArray
from market.vendor import allocate, chip_cost, chip_price, machine_price, next_output, yearly_decline
from scenarios.scenario import Scenario
from scenarios.sellers import ReleaserSpec
from simulation.month.accounts import Accounts
from simulation.month.company_trade import split_over_owners
from simulation.month.capacity import Capacity
from simulation.month.compute import Compute
from simulation.month.quantities import compute_demand_slope
from simulation.month.service import Service
from simulation.month.tariffs import Tariffs
from simulation.month.training import next_run, releaser_run
from simulation.world import World

KILOWATTS_PER_MEGAWATT = 1000.0
CASH_KEPT = 0.25  # share of its deposits that a cloud does not put into machines


@dataclass(frozen=True)
class Plans:
    """What was ordered this month."""

    machines_wanted: FloatArray  # (clouds + 2,) H100e ordered by clouds, rest of the economy, companies
    machines_bought: FloatArray  # (clouds + 2,) H100e the vendor can deliver
    sites_bought: FloatArray  # (clouds + 1,) MW by clouds and the rest of the economy
    machine_price: float  # USD per H100e
    loans: FloatArray  # (clouds,) USD newly borrowed
    expected_growth: FloatArray  # (clouds,) monthly log growth of demand


def plan_investment(
    world: World,
    assumptions: Scenario,
    *,
    month: int,
    capacity: Capacity,
    tariffs: Tariffs,
    compute: Compute,
    service: Service,
    accounts: Accounts,
) -> Plans:
    """Order capacity, and begin the training runs that pay."""
    growth = _remember_demand(world, assumptions, compute=compute)
    margins = _remember_margins(world, compute=compute, accounts=accounts)
    finance = np.array([_affordable(world, cloud=c, margin=m) for c, m in zip(world.clouds, margins)])
    worthwhile = _worthwhile(
        world, assumptions, month=month, tariffs=tariffs, compute=compute, growth=growth
    )
    wanted = np.array(
        [
            _machine_order(
                assumptions, fleet=cloud.fleet, history=cloud.demand_history, growth=growth[k], finance=finance[k],
                price=world.vendor.machine_price, month=month, worthwhile=bool(worthwhile[k]),
            )
            for k, cloud in enumerate(world.clouds)
        ]
        + [
            _machine_order(
                assumptions, fleet=world.other_fleet, history=world.own_site_demand, growth=_own_growth(world, assumptions),
                finance=np.inf, price=world.vendor.machine_price, month=month, worthwhile=True,
            ),
            max(compute.own_gpus - world.company_fleet.count - world.company_fleet.count_on_order, 0.0),
        ]
    )
    bought = _buy_machines(world, assumptions, month=month, wanted=wanted, own_hours=accounts.own_hours)
    spent = bought[: len(world.clouds)] * world.vendor.machine_price
    sites = _buy_sites(
        world, assumptions, month=month, growth=growth, finance=finance - spent, worthwhile=worthwhile
    )
    loans = _borrow(world)
    _move_vendor(world, assumptions, month=month, orders=float(wanted.sum()), sold=float(bought.sum()))
    _begin_training(world, assumptions, month=month, tariffs=tariffs, service=service, accounts=accounts,
                    supply=float(capacity.supply.sum()))
    return Plans(
        machines_wanted=wanted, machines_bought=bought, sites_bought=sites, machine_price=world.vendor.machine_price,
        loans=loans, expected_growth=growth,
    )


def _remember_demand(world: World, assumptions: Scenario, *, compute: Compute) -> FloatArray:
    """Add this month's desired GPU-hours to the clouds' memory; expected monthly log growth, herding included."""
    demanded = compute.cleared.demanded
    adaptation, memory = assumptions.invest.adaptation, assumptions.invest.memory_months
    for cloud, hours in zip(world.clouds, demanded):
        _adapt(cloud.demand_history, float(hours), adaptation=adaptation)
    _adapt(world.own_site_demand, assumptions.other.own_sites * compute.other_wanted, adaptation=adaptation)
    own = np.array([trend_growth(np.asarray(c.demand_history), memory=memory) for c in world.clouds])
    history = np.array([c.demand_history[-memory - 1:] for c in world.clouds]).sum(axis=0)
    market = trend_growth(history, memory=memory)
    return (1 - assumptions.invest.herd) * own + assumptions.invest.herd * market


def _adapt(history: list[float], latest: float, *, adaptation: float) -> None:
    """Add an expected level to a memory: the last one, moved part of the way to what was seen (adaptive expectations)."""
    history.append(latest if not history else history[-1] + adaptation * (latest - history[-1]))


def _own_growth(world: World, assumptions: Scenario) -> float:
    return trend_growth(np.asarray(world.own_site_demand), memory=assumptions.invest.memory_months)


def _remember_margins(world: World, *, compute: Compute, accounts: Accounts) -> list[float]:
    """Cash operating margin of each cloud over the last year, ordinary business included, USD a year."""
    sheet = world.ledger.sheet()
    margins = []
    for k, cloud in enumerate(world.clouds):
        profit = float(sheet.profit_accounting[cloud.code]) / CENTS_PER_DOLLAR
        wear = world.depreciation[cloud.name] / CENTS_PER_DOLLAR
        cloud.margin_history.append(profit + wear)
        recent = cloud.margin_history[-MONTHS_PER_YEAR:]
        margins.append(float(np.mean(recent)) * MONTHS_PER_YEAR)
    return margins


def _affordable(world: World, *, cloud: CloudProvider, margin: float) -> float:
    """USD a cloud can put into machines and sites now: free cash and what the bank lends on its margin."""
    view = world.ledger.view(cloud.name)
    cash = max(view.deposits, 0) / CENTS_PER_DOLLAR * (1 - CASH_KEPT)
    return cash + debt_limit(ebitda_year=margin, leverage=cloud.leverage, debt=view.debt / CENTS_PER_DOLLAR)


def _worthwhile(
    world: World, assumptions: Scenario, *, month: int, tariffs: Tariffs, compute: Compute, growth: FloatArray
) -> list[bool]:
    """Whether a machine ordered now is expected to earn its user cost at each cloud (the gate of M4)."""
    invest, pricing = assumptions.invest, assumptions.pricing
    rented = compute.cleared.served.sum(axis=(0, 2))
    total = rented.sum()
    rent = float(tariffs.cloud_price.mean())
    slope = compute_demand_slope(world, assumptions, rent=rent, month=month)
    elasticity = abs(slope) * rent / total if total > 0 else np.inf
    verdicts = []
    for k, cloud in enumerate(world.clouds):
        expected = damped_forecast(
            cloud.demand_history[-1], float(growth[k]), horizon=invest.gpu_lead_months, damping=invest.trend_damping
        )
        planned = (cloud.fleet.count + cloud.fleet.count_on_order) * HOURS_PER_MONTH * invest.availability
        load = min(expected / planned, pricing.load_cap) if planned > 0 else pricing.load_target
        verdicts.append(
            pays_off(
                expected_price=expected_rent(
                    load, cost_price=_cost_price(world, assumptions, wacc=cloud.wacc), pricing=pricing
                ),
                load=min(load, 1.0), machine_price=world.vendor.machine_price, invest=invest, wacc=cloud.wacc,
                price_decline=assumptions.chip.price_decline,
                market_share=float(rented[k] / total) if total > 0 else 0.0, elasticity=elasticity,
            )
        )
    return verdicts


def _cost_price(world: World, assumptions: Scenario, *, wacc: float) -> float:
    """USD per GPU-hour at which a machine bought now earns its user cost (rule P5)."""
    return target_return(
        capex=world.vendor.machine_price, opex=assumptions.invest.opex, wacc=wacc,
        life_months=assumptions.invest.life_months, load=assumptions.pricing.load_normal,
        price_decline=assumptions.chip.price_decline,
    )


def _machine_order(
    assumptions: Scenario, *, fleet: Fleet, history: list[float], growth: float, finance: float, price: float,
    month: int, worthwhile: bool,
) -> float:
    """H100e an owner wants to order now: capacity for the demand expected at arrival, within cash and power (M4)."""
    invest = assumptions.invest
    if not worthwhile:
        return 0.0
    lead = invest.gpu_lead_months
    expected = damped_forecast(history[-1], growth, horizon=lead, damping=invest.trend_damping)
    desired = desired_capacity(
        expected, reserve=invest.reserve, target_load=assumptions.pricing.load_target,
        availability=invest.availability,
    )
    missing = desired + fleet.retiring(month + 1, month + lead) - fleet.count - fleet.count_on_order
    power = _power_at(fleet, month=month + lead) - fleet.count_on_order * invest.power_per_gpu / KILOWATTS_PER_MEGAWATT
    free = (power - fleet.count * invest.power_per_gpu / KILOWATTS_PER_MEGAWATT) * (
        KILOWATTS_PER_MEGAWATT / invest.power_per_gpu
    )
    free += fleet.retiring(month + 1, month + lead)
    within = min(finance / price if price > 0 else np.inf, max(free, 0.0))
    return invest.order_multiplier * float(np.clip(missing, 0.0, max(within, 0.0)))


def _power_at(fleet: Fleet, *, month: int) -> float:
    """Site power live by `month` if nothing more is ordered, MW."""
    return fleet.megawatts + sum(site.count for site in fleet.sites_on_order if site.arrival <= month)


def _buy_machines(
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
    companies = world.companies
    owed = split_over_owners(world, cents=int(cents[-1]), own_hours=own_hours)
    companies.commit("settlement", deposits=companies.deposits - owed)
    inputs = bought * np.minimum(unit, vendor.unit_cost + vendor.system_price)
    world.ledger.pay(Flow.VENDOR_INPUTS, payer=vendor.name, payee=REST_OF_ECONOMY, cents=to_cents(float(inputs.sum())))
    world.vendor_inputs = float(inputs.sum())
    for fleet, count, paid in zip(fleets, bought, cents):
        if count > 0:
            lead = arrival if fleet is not world.company_fleet else month + assumptions.selfhost.server_lead_months
            fleet.order_machines(arrival=lead, count=float(count), cents=int(paid))
    for cloud, count in zip(world.clouds, bought):
        cloud.past_purchases += float(count)
    world.other_purchases += float(bought[-2])
    world.company_purchases += float(bought[-1])
    return bought


def _buy_sites(
    world: World, assumptions: Scenario, *, month: int, growth: FloatArray, finance: FloatArray, worthwhile: list[bool]
) -> FloatArray:
    """Order site power for the machines expected when it is ready; part of it must wait for the grid."""
    invest = assumptions.invest
    owners = [(c.fleet, c.demand_history, float(g), float(f), w, c.name)
              for c, g, f, w in zip(world.clouds, growth, finance, worthwhile)]
    owners.append((world.other_fleet, world.own_site_demand, _own_growth(world, assumptions), np.inf, True,
                   REST_OF_ECONOMY))
    bought = np.zeros(len(owners))
    for k, (fleet, history, trend, cash, pays, name) in enumerate(owners):
        if not pays:
            continue
        expected = damped_forecast(history[-1], trend, horizon=invest.shell_lead_months, damping=invest.trend_damping)
        needed = desired_capacity(
            expected, reserve=invest.reserve, target_load=assumptions.pricing.load_target,
            availability=invest.availability,
        ) * invest.power_per_gpu / KILOWATTS_PER_MEGAWATT
        planned = fleet.megawatts + fleet.megawatts_on_order
        wanted = site_order(needed_megawatts=needed, planned_megawatts=planned, power=assumptions.power)
        power = min(wanted, max(cash, 0.0) / invest.shell_price) if invest.shell_price > 0 else wanted
        if power <= 0:
            continue
        bought[k] = power
        cents = to_cents(power * invest.shell_price)
        world.ledger.pay(Flow.CAPEX_DC, payer=name, payee=world.vendor.name, cents=cents)
        world.ledger.pay(Flow.VENDOR_INPUTS, payer=world.vendor.name, payee=REST_OF_ECONOMY, cents=cents)
        world.vendor_inputs += cents / CENTS_PER_DOLLAR
        soon = int(cents * invest.powered_share)
        fleet.order_site(
            arrival=month + invest.shell_lead_months, megawatts=power * invest.powered_share, cents=soon
        )
        fleet.order_site(
            arrival=month + invest.site_lead_months, megawatts=power * (1 - invest.powered_share), cents=cents - soon
        )
    return bought


def _borrow(world: World) -> FloatArray:
    """What the bank lent the clouds this month, USD: payments beyond their deposits become loans as they are made."""
    drawn = world.ledger.sheet().overdraft_drawn
    return np.array([drawn[cloud.code] / CENTS_PER_DOLLAR for cloud in world.clouds])


def _move_vendor(world: World, assumptions: Scenario, *, month: int, orders: float, sold: float) -> None:
    """Next month's output and price of the vendor, after this month's orders."""
    vendor, chip = world.vendor, assumptions.chip
    scarcity_output = vendor.output * chip.delivery_multiplier
    vendor.sold += sold
    vendor.orders.append(orders)
    book = float(np.mean(vendor.orders[-assumptions.invest.gpu_lead_months:]))
    set_vendor_price(world, assumptions, month=month + 1, orders=max(book, 1.0), output=scarcity_output)
    vendor.output = next_output(output=vendor.output, orders=orders, month=month, chip=chip)


def set_vendor_price(world: World, assumptions: Scenario, *, month: int, orders: float, output: float) -> None:
    """Cost and price of the vendor's accelerators in `month`, USD per H100e."""
    vendor, chip = world.vendor, assumptions.chip
    founding = assumptions.founding.fleet
    vendor.unit_cost = chip_cost(
        month=month, cumulative=founding + vendor.sold, founding_fleet=founding, chip=chip
    )
    vendor.price = chip_price(cost=vendor.unit_cost, orders=orders, output=output, chip=chip)
    vendor.machine_price = machine_price(
        month=month, chip_price=vendor.price, system_price=assumptions.invest.system_price, chip=chip
    )
    vendor.system_price = vendor.machine_price - vendor.price


def _begin_training(
    world: World, assumptions: Scenario, *, month: int, tariffs: Tariffs, service: Service, accounts: Accounts,
    supply: float,
) -> None:
    """Book what research cost, and let labs without a run choose one; releasers prepare their next release."""
    for k, trainer in enumerate(world.trainers):
        trainer.research_spend.append(float(accounts.training_rent[k] + accounts.training_staff_cost[k]))
    for k, lab in enumerate(world.labs):
        lab.training_cash -= lab.research_spend[-1]
        inflow = float(accounts.equity[k]) + assumptions.lab.budget_share * (
            lab.revenue_history[-1] if lab.revenue_history else 0.0
        )
        if lab.run is None and world.training_path is None:
            lab.run = next_run(
                world, assumptions, lab=lab, month=month, tariffs=tariffs, inflow=inflow, supply=supply
            )
    for releaser in world.releasers:
        spec = assumptions.sellers[releaser.name]
        assert isinstance(spec, ReleaserSpec)
        releaser.run = releaser_run(world, assumptions, spec=spec, name=releaser.name, month=month)
