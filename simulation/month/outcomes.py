"""What the month amounted to: access, surplus, profit by layer and welfare, the last computed twice (docs/model.md
section 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.books import ClosedMonth
from market.flows import Flow
from market.units import CENTS_PER_DOLLAR, HOURS_PER_MONTH, MONTHS_PER_YEAR, FloatArray, running_sum
from scenarios.scenario import Scenario
from simulation.month.accounts import Accounts
from simulation.month.capacity import Capacity
from simulation.month.compute import Compute
from simulation.month.demand import Demand
from simulation.month.ordinary import operating_profit, ordinary_profit
from simulation.month.plans import Plans
from simulation.month.tariffs import Tariffs
from simulation.world import OTHER, World

LAYERS = ("lab", "releaser", "cloud", "host", "chip", "public")


@dataclass(frozen=True)
class Outcomes:
    """Measures of one month; USD a month unless stated."""

    access: FloatArray  # (companies,) realised over potential gross value; nan without a need
    realised: FloatArray  # (companies,) gross value per firm
    potential: FloatArray  # (companies,) per firm
    spend: FloatArray  # (companies,) on AI per firm, staff included
    surplus: FloatArray  # (companies,) systematic, per firm
    uses_ai: FloatArray  # (companies,) 1 where a live workload holds an offer
    profit_accounting: FloatArray  # (sellers,)
    profit_economic: FloatArray  # (sellers,) after the cost of capital, ordinary cloud business left out
    profit: dict[str, float]  # economic, by layer
    profit_ordinary: float  # of the clouds' ordinary business
    profit_bank: float
    net_tax: float  # taxes less subsidies, vouchers and what the state pays advisers
    surplus_systematic: float
    surplus_taste: float
    other_surplus: float
    wage_rent: float  # wages above reservation wages
    external_harm: float  # to the rest of the economy, less the damages it received
    welfare: float
    from_quantities: dict[str, float]


def month_outcomes(
    world: World,
    assumptions: Scenario,
    *,
    month: int,
    closed: ClosedMonth,
    capacity: Capacity,
    tariffs: Tariffs,
    demand: Demand,
    compute: Compute,
    accounts: Accounts,
    plans: Plans,
    written_down: float,
) -> Outcomes:
    """Measure the month from its closed books and from its quantities."""
    companies = world.companies
    rows = companies.rows
    realised = accounts.realised
    potential = potential_value(world, assumptions, month=month)
    ordinary = ordinary_profit(world, closed)
    subsidy = _received(world, closed, Flow.SUBSIDY)
    accounting = closed.sheet.profit_accounting[: len(world.code_of)] / CENTS_PER_DOLLAR
    interest = closed.flows.paid(Flow.INTEREST_LOAN)[: len(world.code_of)] / CENTS_PER_DOLLAR
    capital = (closed.sheet.capital + closed.sheet.wip)[: len(world.code_of)] / CENTS_PER_DOLLAR
    wacc = np.array([seller.wacc for seller in world.sellers])
    chip_tax = closed.flows.paid(Flow.CHIP_TAX) / CENTS_PER_DOLLAR
    economic = accounting + interest + subsidy - wacc / MONTHS_PER_YEAR * capital - ordinary
    economic -= chip_tax[: len(world.code_of)]
    profit = {
        layer: float(sum(p for seller, p in zip(world.sellers, economic, strict=True) if seller.layer == layer))
        for layer in LAYERS
    }
    month_of = accounts.company
    other = other_surplus(world, assumptions, month=month, tariffs=tariffs, compute=compute)
    row = world.buyers.index(OTHER)
    if compute.spot is not None:
        other += compute.spot.surplus
    other -= float(accounts.below_posted[row] + accounts.shortfall[row])  # contracts' cost above hours on demand
    other -= float(chip_tax[len(world.code_of) :].sum())  # of the rest of the economy's own sites
    net_tax = -(float(subsidy.sum()) + month_of.vouchers + month_of.advice_by_state - float(chip_tax.sum()))
    work = accounts.specialists
    rent = work.rent if work is not None else 0.0
    welfare = month_of.systematic + month_of.taste + running_sum(profit.values()) + other + net_tax + rent
    harm, damages = harm_and_damages(accounts)
    welfare -= harm - damages
    return Outcomes(
        access=np.divide(realised, potential, out=np.full(rows, np.nan), where=(potential > 0) & ~companies.no_need),
        realised=realised,
        potential=potential,
        spend=accounts.spend,
        surplus=accounts.surplus,
        uses_ai=np.minimum(np.bincount(demand.owner, minlength=rows), 1).astype(float),
        profit_accounting=accounting,
        profit_economic=economic,
        profit=profit,
        profit_ordinary=operating_profit(world, closed),
        profit_bank=0.0,
        net_tax=net_tax,
        surplus_systematic=month_of.systematic,
        surplus_taste=month_of.taste,
        other_surplus=other,
        wage_rent=rent,
        external_harm=harm - damages,
        welfare=welfare,
        from_quantities=welfare_terms(
            world,
            assumptions,
            month=month,
            capacity=capacity,
            tariffs=tariffs,
            compute=compute,
            accounts=accounts,
            plans=plans,
            other=other + float(chip_tax[len(world.code_of) :].sum()),
            written_down=written_down,
        ),
    )


def harm_and_damages(accounts: Accounts) -> tuple[float, float]:
    """Harm done to the rest of the economy and damages paid for it, USD; 0 where nobody follows misuse."""
    if accounts.harm is None:
        return 0.0, 0.0
    return accounts.harm.total, float(accounts.harm.damages.sum())


def potential_value(world: World, assumptions: Scenario, *, month: int) -> FloatArray:
    """Gross value AI could create for each company, USD a month per firm: the arm-independent D of docs/model.md 4.1.

    Over all slots, live or not; what a slot is worth lasts.
    """
    growth = float(world.calendar.intensity[month]) ** assumptions.needs.value_exponent
    return np.asarray(world.founding_value * growth)


def _received(world: World, closed: ClosedMonth, flow: Flow) -> FloatArray:
    return closed.flows.received(flow)[: len(world.code_of)] / CENTS_PER_DOLLAR


def other_surplus(world: World, assumptions: Scenario, *, month: int, tariffs: Tariffs, compute: Compute) -> float:
    """Surplus of other buyers of compute relative to paying the founding rent, USD a month.

    The integral of their isoelastic demand between the two rents, for the hours they rent and get, less what those cost
    beyond the rent that demand goes by, which is that outside hyperscalers. Those who left subscriptions buy the hours
    of their use themselves, and keep what they do not pay beyond them.
    """
    elasticity, founding, rent = assumptions.other.elasticity, world.founding_rent, tariffs.rent
    level = float(world.calendar.other_demand[month]) * HOURS_PER_MONTH
    if elasticity == 1:
        whole = level * founding * np.log(founding / rent)
    else:
        whole = level * founding / (1 - elasticity) * (1 - (rent / founding) ** (1 - elasticity))
    wanted = compute.other_wanted
    rented = 1 - compute.other_own_hours / wanted if wanted > 0 else 0.0
    saved = tariffs.fees_saved * (1 - assumptions.other.subscription_compute_share)
    row = world.buyers.index(OTHER)
    beyond = float((compute.serving_held[row] * (tariffs.cloud_price - rent)).sum())
    return float(whole * rented * compute.served_share[row]) - beyond + saved


def welfare_terms(
    world: World,
    assumptions: Scenario,
    *,
    month: int,
    capacity: Capacity,
    tariffs: Tariffs,
    compute: Compute,
    accounts: Accounts,
    plans: Plans,
    other: float,
    written_down: float,
) -> dict[str, float]:
    """Welfare a second time, from quantities: what was created less the resources it took; signed, USD (I17)."""
    month_of = accounts.company
    capital_cost = (
        running_sum(
            cloud.wacc / MONTHS_PER_YEAR * (cloud.fleet.capital_cents(month) + cloud.fleet.work_in_progress_cents)
            for cloud in world.clouds
        )
        / CENTS_PER_DOLLAR
    )
    wear = sum(capacity.depreciation_cents[cloud.name] for cloud in world.clouds) / CENTS_PER_DOLLAR
    row = world.buyers.index(OTHER)
    other_rent = float((compute.serving_held[row] * tariffs.cloud_price).sum())
    other_rent += float(accounts.below_posted[row] + accounts.shortfall[row])
    if compute.spot is not None:
        other_rent += float(compute.spot.paid.sum())
    server = world.server_price
    machines = float(plans.machines_bought[:-1].sum() * world.bought_at + plans.machines_bought[-1] * server)
    sites = float(plans.sites_bought.sum()) * assumptions.invest.shell_price
    staff = running_sum(cost for _, cost in accounts.serving_staff.values())
    work = accounts.specialists
    of_companies, of_sellers, undone = (work.rent_companies, work.rent_sellers, work.undone) if work else (0.0,) * 3
    return {
        "value created for companies": month_of.gross_value + month_of.use_value,
        "true friction": month_of.friction_real + undone,
        "work left undone by companies' own people": -undone,
        "tastes": month_of.taste,
        "surplus of other buyers of compute": other,
        "sold outside: compute": other_rent,
        "sold outside: subscriptions": float(tariffs.subscription_revenue.sum()),
        "sold outside: complements": world.complement_sales,
        "machines and sites made": machines + sites,
        "inputs of the vendor": -world.vendor_inputs,
        "labour of companies": -(month_of.integration + month_of.own_staff + month_of.moving),
        "wages above reservation wages": of_companies + of_sellers,
        "labour of proofs of concept and advisers": -(
            month_of.pilot_staff + month_of.advice + month_of.advice_by_state
        ),
        "labour of hosts and labs": -staff - float(accounts.training_staff_cost.sum()),
        "overhead": -(month_of.own_overhead + float(accounts.overhead.sum())),
        "own machines and energy of companies": -(month_of.own_machines + month_of.own_energy),
        "energy and operation of clouds": -float(accounts.opex.sum()),
        "wear of machines and sites": -wear,
        "value lost in fire sales": -written_down,
        "cost of capital": -capital_cost,
        "harm to others": -harm_and_damages(accounts)[0],
    }
