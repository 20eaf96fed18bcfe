"""The bulletin: what is published of a month for everyone to read in the next (docs/model.md 1.3)."""

from __future__ import annotations

import numpy as np

from market.bulletin import Bulletin
from market.goods import Route
from market.pooling import erlang_c
from market.replicas import gpus_per_replica
from market.selection import selected
from market.units import CENTS_PER_DOLLAR, HOURS_PER_MONTH, TOKENS_PER_MTOK, FloatArray, IntArray
from scenarios.scenario import Scenario
from simulation.month.demand import Demand
from simulation.month.outcomes import Outcomes
from simulation.month.service import Service
from simulation.world import OTHER, MonthRecord, World


def publish(world: World, assumptions: Scenario, *, record: MonthRecord, outcomes: Outcomes) -> Bulletin:
    """The bulletin that everyone reads next month."""
    tariffs, demand, compute, service = record.tariffs, record.demand, record.compute, record.service
    sheet, last = demand.sheet, world.bulletin
    tokens = service.tokens_by_offer
    metered = sheet.route <= Route.HOSTED_OPEN
    closed = sheet.route == Route.CLOSED_API
    revenue_of_labs = lab_revenue(world, record=record)
    share = _lab_shares(world, revenue_of_labs, last=last.lab_share)
    closed_price = weighted_mean(sheet.price, tokens * closed, otherwise=tariffs.reference_price)
    adequate = adequate_price(world, record=record)
    first = record.month == 0
    self_hours, self_slope = _self_rent(world, assumptions, record=record)
    return Bulletin(
        month=record.month,
        cloud_price=tariffs.cloud_price,
        load=compute.cleared.load,
        rent=tariffs.rent,
        offer_price=np.where(sheet.available, sheet.price, last.offer_price),
        offer_available=sheet.available,
        closed_price=closed_price,
        founding_closed_price=closed_price if first else last.founding_closed_price,
        price_paid=_price_by_segment(demand, service, otherwise=last.price_paid),
        mean_price_paid=weighted_mean(sheet.price, tokens * metered, otherwise=tariffs.reference_price),
        adequacy=_adequacy_by_segment(world, record, otherwise=last.adequacy),
        adequate_price=adequate,
        founding_adequate_price=adequate if first else last.founding_adequate_price,
        adoption_by_size=_share_by_size(world, outcomes.uses_ai),
        lab_share=share,
        lab_share_before=last.lab_share,
        machine_price=world.vendor.machine_price,
        hosted_tokens=_hosted_tokens(world, tokens=tokens),
        hosted_tokens_before=last.hosted_tokens,
        hours_by_buyer=np.where(
            np.array(world.buyers.names) == OTHER,
            np.maximum(compute.service_hours, 1.0),
            compute.service_hours + compute.training_hours,
        ),
        training_hours=float(compute.training_hours.sum()),
        self_rent_hours=self_hours,
        self_rent_slope=self_slope,
        tenants=_pool_over_hosts(world, demand.tenants_by_offer),
        pooled_tokens=_pool_over_hosts(world, tokens),
        waiting=_waiting(world, assumptions, record=record),
        mean_active=weighted_mean(sheet.active, tokens * metered, otherwise=float(sheet.active.mean())),
        mean_tenants=weighted_mean(_pool_over_hosts(world, demand.tenants_by_offer), tokens * metered, otherwise=1.0),
        open_at_cost=any(
            sheet.available[o.code]
            and o.route == Route.HOSTED_OPEN
            and assumptions.host_rule(o.host) == "at_cost"
            and sheet.quality[o.code] >= record.models.best_closed
            for o in world.book.offers
        ),
    )


def weighted_mean(values: FloatArray, weights: FloatArray, *, otherwise: float) -> float:
    """Weighted mean, or `otherwise` where there is no weight."""
    total = float(weights.sum())
    if total <= 0:
        return otherwise
    return float((np.where(weights > 0, values, 0.0) * weights).sum() / total)


def adequate_price(world: World, *, record: MonthRecord) -> float:
    """Cheapest metered offer whose quality meets the median need of firms' live workloads; of the best one where none
    does."""
    sheet, companies = record.demand.sheet, world.companies
    live = selected(record.demand.need, companies.live)
    firms = selected(companies.weight[companies.company], companies.live)
    need = weighted_median(live, firms) if live.size else 0.0
    metered = sheet.available & (sheet.route <= Route.HOSTED_OPEN)
    if not metered.any():
        return world.bulletin.adequate_price
    good = metered & (sheet.quality >= need)
    if not good.any():
        good = metered & (sheet.quality >= sheet.quality[metered].max())
    return float(sheet.price[good].min())


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """Smallest value up to which half of all weight lies; at least one value, weights above 0."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(below, below[-1] / 2)]])


def _lab_shares(world: World, revenue: FloatArray, *, last: FloatArray) -> FloatArray:
    """Shares of the labs in business in API revenue, as they last were where nothing is sold; (labs,), all 0 where no
    lab is left."""
    alive = np.array([float(lab.alive) for lab in world.labs])
    basis = revenue * alive if (revenue * alive).sum() > 0 else last * alive
    if basis.sum() <= 0:
        basis = alive
    total = basis.sum()
    return np.asarray(basis / total if total > 0 else basis)


def lab_revenue(world: World, *, record: MonthRecord) -> FloatArray:
    """API revenue of each lab, USD; (labs,)."""
    revenue = np.zeros(len(world.labs))
    first = world.labs[0].code if world.labs else 0
    closed = np.flatnonzero(record.demand.sheet.route == Route.CLOSED_API)
    seller = world.book.seller[closed]
    for k in range(len(world.labs)):
        revenue[k] = record.accounts.revenue_by_offer[closed[seller == first + k]].sum() / CENTS_PER_DOLLAR
    return revenue


def _price_by_segment(demand: Demand, service: Service, *, otherwise: FloatArray) -> FloatArray:
    """Mean price of metered tokens, weighted by what was served, USD/Mtok; (segments,)."""
    metered = demand.sheet.route <= Route.HOSTED_OPEN
    tokens = service.tokens * metered[demand.code]
    price = np.where(metered, demand.sheet.price, 0.0)[demand.code]
    return _mean_by_segment(demand.segment, price, tokens, otherwise=otherwise)


def _adequacy_by_segment(world: World, record: MonthRecord, *, otherwise: FloatArray) -> FloatArray:
    """Mean adequacy of the options in use, weighted by value; (segments,)."""
    demand = record.demand
    full = _full_value(world, record, demand.live_rows)
    reached = demand.wanted.gross / np.maximum(full, 1e-300)
    return _mean_by_segment(demand.segment, reached, demand.weight * full, otherwise=otherwise)


def _mean_by_segment(
    segment: IntArray, values: FloatArray, weights: FloatArray, *, otherwise: FloatArray
) -> FloatArray:
    """Weighted mean of `values` (live rows,) in each segment, `otherwise` where there is no weight; (segments,)."""
    total = np.bincount(segment, weights=weights, minlength=len(otherwise))
    part = np.bincount(segment, weights=values * weights, minlength=len(otherwise))
    return np.divide(part, total, out=otherwise.copy(), where=total > 0)


def _full_value(world: World, record: MonthRecord, rows: IntArray) -> FloatArray:
    """Gross value at full adequacy of the slots `rows`, USD a month per firm, up to the common growth factor."""
    growth = record.value_growth
    value: FloatArray = world.companies.value[rows] * world.companies.slot_volume[rows] * growth / TOKENS_PER_MTOK
    return value


def _share_by_size(world: World, flag: FloatArray) -> FloatArray:
    companies = world.companies
    weight = np.bincount(companies.size_class, weights=companies.weight, minlength=3)
    having = np.bincount(companies.size_class, weights=companies.weight * flag, minlength=3)
    return np.divide(having, weight, out=np.zeros(3), where=weight > 0)


def _hosted_tokens(world: World, *, tokens: FloatArray) -> dict[tuple[str, int], float]:
    return {(o.host, o.line.code): float(tokens[o.code]) for o in world.book.offers if o.route == Route.HOSTED_OPEN}


def _pool_over_hosts(world: World, by_offer: FloatArray) -> FloatArray:
    """Sum over the offers that share a host and a model line, at each of them; (offers,)."""
    pooled = by_offer.copy()
    for codes in world.book.services.values():
        pooled[codes] = by_offer[codes].sum()
    return pooled


def _waiting(world: World, assumptions: Scenario, *, record: MonthRecord) -> FloatArray:
    """Chance that a request waits at each shared service, from its machines (Erlang C); 0 where nobody is served
    yet.
    """
    waiting = np.zeros(len(world.book.offers))
    selfhost = assumptions.selfhost
    serving = {key: service for key, service in record.compute.services.items() if service.held > 0}
    total = np.array([world.book.lines[line].total for _, line in serving])
    held = np.array([service.held for service in serving.values()])
    busy = np.array([service.busy for service in serving.values()])
    copies = held / HOURS_PER_MONTH / gpus_per_replica(total, selfhost.bytes_per_weight, selfhost.gpu_memory)
    for key, chance in zip(serving, erlang_c(copies, copies * busy / held), strict=True):
        waiting[world.book.services[key]] = chance
    return waiting


def _self_rent(world: World, assumptions: Scenario, *, record: MonthRecord) -> tuple[FloatArray, FloatArray]:
    """GPU-hours of self-renters by cloud, and their own-price slope on tastes; (clouds,) each."""
    demand = record.demand
    hours, slope = np.zeros(len(world.clouds)), np.zeros(len(world.clouds))
    rents = np.flatnonzero(demand.sheet.route[demand.code] == Route.SELF_RENT)
    if rents.size == 0:
        return hours, slope
    cloud = demand.sheet.seller[demand.code[rents]].astype(np.int64)
    each = demand.wanted.gpu_hours_held[rents]
    weight = demand.weight[rents]
    sigma = assumptions.demand.taste_spread * _full_value(world, record, demand.live_rows[rents])
    np.add.at(hours, cloud, weight * each)
    spread = sigma * assumptions.demand.dissimilarity_hosts
    response = weight * each**2 * (1 + assumptions.selfhost.overhead)
    np.add.at(slope, cloud, np.divide(response, spread, out=np.zeros_like(response), where=spread > 0))
    share = hours / hours.sum()
    return hours, -slope * (1 - share)
