"""The indicators of a month, one number each; every column is declared in simulation/results/indicator_table.py."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agents.offers import DEVELOPER
from agents.sellers import Seller
from agents.sovereignty import SECOND_BLOC
from market.flows import Flow
from market.goods import Route
from market.indicators import gini, hhi
from market.selection import one_of, selected
from market.units import CENTS_PER_DOLLAR, FloatArray, running_sum, weighted_count
from simulation.measuring.communities import community_measures
from simulation.measuring.deals import deal_measures
from simulation.measuring.harm import harm_measures
from simulation.measuring.labour_year import labour_indicators
from simulation.measuring.self_running import self_running
from simulation.month.capacity import is_outside
from simulation.month.outcomes import Outcomes
from simulation.month.publishing import lab_revenue
from simulation.month.reserving import reserves
from simulation.world import MonthRecord, World

LARGEST_OWNERS = 5
AI_REVENUE_OF_CLOUDS = (
    Flow.COMPUTE_RENT, Flow.TAKE_OR_PAY_SHORTFALL, Flow.HOSTED_FEE, Flow.MARKETPLACE_CUT, Flow.EGRESS, Flow.POC_COST,
    Flow.CREDIT_USE, Flow.CREDIT_EXPIRY, Flow.REVENUE_SHARE,
)  # fmt: skip


def indicators(
    world: World, record: MonthRecord, *, smaller_half: npt.NDArray[np.bool_]
) -> dict[str, float]:
    """Every indicator of the month that has a mechanism behind it."""
    outcomes: Outcomes = record.closing.outcomes
    return (
        _access(world, outcomes, smaller_half=smaller_half)
        | _open_weights(world, record)
        | _prices(world, record)
        | _compute(world, record)
        | _structure(world, record)
        | _money(world, record)
        | deal_measures(world, record, revenue=AI_REVENUE_OF_CLOUDS)
        | _firms(world, record)
        | self_running(world, record)
        | labour_indicators(world, record)
        | community_measures(world, record)
        | harm_measures(world, record)
        | {"spend_top_decile_to_median": spend_inequality(world, outcomes)}
    )


def _access(world: World, outcomes: Outcomes, *, smaller_half: npt.NDArray[np.bool_]) -> dict[str, float]:
    companies = world.companies
    weight = companies.weight
    with_need = np.isfinite(outcomes.access)
    access, firms = selected(outcomes.access, with_need), selected(weight, with_need)
    value = weight * np.where(with_need, outcomes.potential, 0.0)
    realised = float((weight * outcomes.realised).sum())
    return {
        "access_mean": access_mean(outcomes, weight),
        "access_small": mean(outcomes.access, weight, smaller_half & with_need),
        "access_second_bloc": mean(outcomes.access, weight, with_need & (companies.jurisdiction == SECOND_BLOC)),
        "access_value_weighted": realised / float(value.sum()) if value.sum() > 0 else np.nan,
        "access_usd": realised,
        "access_gini": gini(access, firms) if realised > 0 else np.nan,
        "adoption": mean(outcomes.uses_ai, weight),
        "adoption_small": mean(outcomes.uses_ai, weight, companies.size_class == 0),
        "adoption_large": mean(outcomes.uses_ai, weight, companies.size_class == 2),
        "adoption_employment_weighted": mean(outcomes.uses_ai, weight * companies.employees),
    }


def access_mean(outcomes: Outcomes, weight: FloatArray) -> float:
    """Mean access of companies with a need, one firm one vote; weight (companies,)."""
    return mean(outcomes.access, weight, np.isfinite(outcomes.access))


def mean(values: FloatArray, weight: FloatArray, where: npt.NDArray[np.bool_] | None = None) -> float:
    """Weighted mean over the rows `where`; nan without weight."""
    if where is not None:
        values, weight = selected(values, where), selected(weight, where)
    total = float(weight.sum())
    return float((values * weight).sum() / total) if total > 0 else np.nan


def share(part: float, whole: float) -> float:
    """part/whole; nan without a whole."""
    return part / whole if whole > 0 else np.nan


def _open_weights(world: World, record: MonthRecord) -> dict[str, float]:
    demand, sheet = record.demand, record.demand.sheet
    tokens, bills = record.service.tokens, record.accounts.bill_by_slot
    is_open, developer = sheet.open[demand.code], demand.segment == DEVELOPER
    bought = developer & (sheet.route <= Route.HOSTED_OPEN)[demand.code]

    def served(where: npt.NDArray[np.bool_]) -> float:
        return float(selected(tokens, where).sum())

    def on_interfaces_of(sellers: Sequence[Seller]) -> float:
        own = (sheet.route == Route.CLOSED_API) & one_of(world.book.seller, [seller.code for seller in sellers])
        return float(record.service.tokens_by_offer[own].sum())

    return {
        "tokens_served": float(tokens.sum()),
        "open_share_tokens": share(served(is_open), float(tokens.sum())),
        "lab_share_tokens": share(on_interfaces_of(world.labs), float(tokens.sum())),
        "releaser_share_tokens": share(on_interfaces_of(world.releasers), float(tokens.sum())),
        "open_share_enterprise": share(served(is_open & ~developer), served(~developer)),
        "open_share_developer": share(served(is_open & developer), served(developer)),
        "open_revenue_share_developer": share(float((bills * (bought & is_open)).sum()), float((bills * bought).sum())),
        "open_lag_months": record.models.open_lag,
        "frontier_quality": float(sheet.quality[sheet.available].max()) if sheet.available.any() else np.nan,
        "frontier_open_share": record.models.frontier_open,
        "open_quality": record.models.best_open,
    }


def _prices(world: World, record: MonthRecord) -> dict[str, float]:
    sheet, tokens = record.demand.sheet, record.service.tokens_by_offer
    closed = sheet.route == Route.CLOSED_API
    hosted = sheet.route == Route.HOSTED_OPEN
    sold = sold_hours(record)
    outside = np.array([is_outside(cloud) for cloud in world.clouds])
    price = record.tariffs.cloud_price
    if not (outside & (sold > 0)).any():
        outside = np.ones_like(outside)
    revenue = serving_value(record) + float(record.accounts.training_rent.sum())
    contracts = record.compute.contracts
    live = contracts.reserved
    reserved = float((record.compute.reserved_serving + record.compute.reserved_training).sum())
    return {
        "price_closed": quantity_weighted(sheet.price, tokens, closed),
        "price_open": quantity_weighted(sheet.price, tokens, hosted),
        "price_paid": quantity_weighted(sheet.price, tokens, closed | hosted),
        "gpu_hour_price": quantity_weighted(price, sold, outside),
        "gpu_hour_price_contract": contract_price(record, outside) if contracts.any else np.nan,
        "gpu_hour_price_reserved": share(
            float(live.value[:, outside].sum()), float(live.hours[:, outside].sum())
        ),
        "gpu_hour_price_spot": _spot_price(record),
        "reserved_share": share(reserved, float(sold.sum())) if reserves(record.assumptions) else np.nan,
        "price_gap": record.tariffs.price_gap,
        "cloud_price_usd": share(revenue, float(sold.sum())),
    }


def _spot_price(record: MonthRecord) -> float:
    """Price of the month's auction; nan without a spot market or where nothing was sold."""
    sale = record.compute.spot
    return sale.price if sale is not None and sale.hours.any() else np.nan


def contract_price(record: MonthRecord, outside: npt.NDArray[np.bool_]) -> float:
    """Mean price of the reservations signed in the month, by hours; the mean quote where none was signed."""
    quote, signed = record.tariffs.contract_quote, record.compute.contracts.signed
    if signed[outside].sum() > 0:
        return quantity_weighted(quote, signed, outside)
    return quantity_weighted(quote, record.capacity.supply, outside)


def serving_value(record: MonthRecord) -> float:
    """GPU-hours sold but for training, at what was paid; clouds' own hosting at posted prices, no shortfalls; USD."""
    compute, price = record.compute, record.tariffs.cloud_price
    posted = float((compute.serving_held * price).sum())
    if not compute.contracts.any:
        return posted
    return posted + float((compute.reserved_serving * (compute.contracts.reserved.price - price)).sum())


def quantity_weighted(price: FloatArray, quantity: FloatArray, where: npt.NDArray[np.bool_]) -> float:
    """Mean price over what was sold; nan where nothing was."""
    sold = where & (quantity > 0)
    return share(float((price[sold] * quantity[sold]).sum()), float(quantity[sold].sum()))


def sold_hours(record: MonthRecord) -> FloatArray:
    """GPU-hours clouds sold, their own hosting included at the price they could rent them for; (clouds,)."""
    return np.asarray((record.compute.serving_held + record.compute.training_held).sum(axis=0))


def _compute(world: World, record: MonthRecord) -> dict[str, float]:
    compute, service = record.compute, record.service
    trained = float(compute.training_held.sum())
    sold = sold_hours(record)
    training_revenue = float(record.accounts.training_rent.sum())
    fleet = running_sum(c.fleet.count for c in world.clouds) + world.other_fleet.count + world.company_fleet.count
    supply = float(record.capacity.supply.sum())
    held = running_sum(
        s.held * compute.served_share[world.buyers.index(seller)] for (seller, _), s in compute.services.items()
    )
    return {
        "gpu_fleet_h100e": float(fleet),
        "load": share(float(compute.cleared.demanded.sum()), supply),
        "cloud_hours_sold": float(sold.sum()),
        "cloud_hours_training": trained,
        "cloud_hours_other": float(sold.sum()) - trained,
        "cloud_revenue_training_usd": training_revenue,
        "cloud_revenue_other_usd": serving_value(record),
        "sovereign_share": service.bloc.share,
        "utilisation_shared": share(float(service.busy_by_buyer.sum()), float(held)),
        "utilisation_self": share(service.busy_self, service.held_self),
    }


def _structure(world: World, record: MonthRecord) -> dict[str, float]:
    clouds = np.sort([cloud.fleet.count for cloud in world.clouds])
    every = float(clouds.sum()) + world.other_fleet.count + world.company_fleet.count  # the last two have many owners
    return {
        "api_hhi": api_hhi(world, record),
        "compute_owned_top5": share(float(clouds[-LARGEST_OWNERS:].sum()), every),
    }


def api_hhi(world: World, record: MonthRecord) -> float:
    """Herfindahl index of what enterprises are billed for closed interfaces, by developer, whoever resells them."""
    demand = record.demand
    closed = demand.sheet.route[demand.code] == Route.CLOSED_API
    at = np.flatnonzero(closed & (demand.segment != DEVELOPER))
    bills = record.accounts.bill_by_slot[at].astype(np.float64)
    return hhi(weighted_count(demand.sheet.vendor[demand.code[at]], bills, len(world.sellers)))


def _money(world: World, record: MonthRecord) -> dict[str, float]:
    outcomes: Outcomes = record.closing.outcomes
    flows = record.closing.books.flows
    accounts = record.accounts
    labs = [lab.code for lab in world.labs]
    codes = range(len(world.labs))
    training = float(accounts.training_rent[list(codes)].sum() + accounts.training_staff_cost[list(codes)].sum())
    training += accounts.distillation
    revenue_lab = _usd(flows.received(Flow.API_FEE, Flow.CONSUMER_FEES, Flow.DISTILL_TOKENS)[labs])
    serving = running_sum(
        float(accounts.serving_rent[world.buyers.index(lab.name)] + accounts.overhead[world.buyers.index(lab.name)])
        + accounts.serving_staff.get(lab.name, (0.0, 0.0))[1]
        for lab in world.labs
    )
    cut = _usd(flows.paid(Flow.MARKETPLACE_CUT, Flow.REVENUE_SHARE)[labs])
    may_leave = record.assumptions.other.subscriber_flight > 0
    return {
        "profit_lab": outcomes.profit["lab"],
        "profit_lab_before_training": outcomes.profit["lab"] + training,
        "training_cost_lab": training,
        "subscribers_kept": record.tariffs.subscribers_kept if may_leave else np.nan,
        "profit_releaser": outcomes.profit["releaser"],
        "profit_cloud": outcomes.profit["cloud"],
        "profit_cloud_legacy": outcomes.profit_ordinary,
        "profit_host": outcomes.profit["host"],
        "profit_public": outcomes.profit["public"],
        "profit_chip": outcomes.profit["chip"],
        "profit_bank": outcomes.profit_bank,
        "net_tax": outcomes.net_tax,
        "other_surplus": outcomes.other_surplus,
        "consumer_surplus": outcomes.surplus_systematic + outcomes.surplus_taste,
        "consumer_surplus_systematic": outcomes.surplus_systematic,
        "consumer_surplus_taste": outcomes.surplus_taste,
        "welfare": outcomes.welfare,
        "welfare_from_quantities": float(sum(outcomes.from_quantities.values())),
        "revenue_cloud": _usd(flows.received(*AI_REVENUE_OF_CLOUDS)[: len(world.clouds)]),
        "revenue_lab": revenue_lab,
        "api_fees_lab": float(lab_revenue(world, record=record).sum()),
        "revenue_chip": _usd(flows.received(Flow.CAPEX_GPU)[[world.vendor.code]]),
        "lab_gross_margin": 1 - serving / revenue_lab if revenue_lab > 0 else np.nan,
        "cloud_sales_share_of_lab_revenue": share(cut, revenue_lab),
    }


def _firms(world: World, record: MonthRecord) -> dict[str, float]:
    """Who failed, left and entered, and what it cost others; nothing is modelled while nobody can fail."""
    if not record.assumptions.finance.enforced:
        return {}
    ends = record.exits.resolutions
    return {
        "defaults": float(sum(end.kind == "default" for end in ends)),
        "exits": float(sum(end.kind == "exit" for end in ends)),
        "entries": float(len(record.exits.founded)),
        "sellers_alive": float(sum(seller.alive for seller in world.sellers)),
        "losses_written_off": sum(end.bank_loss + end.creditor_loss for end in ends) / CENTS_PER_DOLLAR,
        "tax_profit": _usd(record.closing.books.flows.received(Flow.TAX_PROFIT)),
        "investor_appetite": world.finances.appetite,
    }


def _usd(cents: npt.NDArray[np.int64]) -> float:
    return float(cents.sum()) / CENTS_PER_DOLLAR


def spend_inequality(world: World, outcomes: Outcomes) -> float:
    """Mean AI spend per employee of the top decile over the median, companies with spend, firm weighted."""
    companies = world.companies
    spends = outcomes.spend > 0
    if not spends.any():
        return np.nan
    per_employee = selected(outcomes.spend, spends) / selected(companies.employees, spends)
    weight = selected(companies.weight, spends)
    order = np.argsort(per_employee)
    per_employee, weight = per_employee[order], weight[order]
    rank = (np.cumsum(weight) - 0.5 * weight) / weight.sum()
    median = float(np.interp(0.5, rank, per_employee))
    return share(mean(per_employee, weight, rank >= 0.9), median)
