"""Margins by layer and by seller (docs/model.md 4.2): analysis of a month."""

from __future__ import annotations

import numpy as np

from market.goods import Route
from market.indicators import lerner_index
from market.selection import one_of
from market.units import TOKENS_PER_MTOK, FloatArray
from simulation.month.dealing import net_of_cut
from simulation.world import MonthRecord, World

PRICE_RISE = 0.10  # small but significant and not transitory: the test of merger guidelines


def lerner_by_layer(world: World, record: MonthRecord) -> dict[str, float]:
    """(price - marginal cost)/price of labs, hosts, clouds and the chip vendor, weighted by revenue; nan without any.

    Prices are what the seller keeps of them, without a marketplace's cut. Marginal cost is each layer's own: tokens at
    the rent paid, with staff; GPU-hours at what running a machine takes; accelerators at the vendor's unit cost.
    """
    tariffs, sheet, tokens = record.tariffs, record.demand.sheet, record.service.tokens_by_offer
    codes = np.array([lab.code for lab in world.labs])
    of_labs = (sheet.route == Route.CLOSED_API) & one_of(world.book.seller, codes)
    hosted = sheet.route == Route.HOSTED_OPEN
    kept = sheet.price * net_of_cut(world, record.assumptions, codes=np.arange(len(tokens)))
    hours = np.asarray((record.compute.serving_held + record.compute.training_held).sum(axis=0))
    opex = np.full(len(hours), record.assumptions.invest.opex)
    vendor = world.vendor
    return {
        "lerner_lab": _mean_lerner(kept, tariffs.unit_cost, tokens * of_labs),
        "lerner_host": _mean_lerner(kept, tariffs.unit_cost, tokens * hosted),
        "lerner_cloud": _mean_lerner(tariffs.cloud_price, opex, hours),
        "lerner_chip": float(lerner_index(vendor.price, vendor.unit_cost)) if vendor.price > 0 else np.nan,
    }


def lerner_by_seller(world: World, record: MonthRecord) -> FloatArray:
    """The same of every seller by its permanent code, over all that it sells; (sellers,), nan where it sells nothing.

    A cloud that hosts has both GPU-hours and tokens.
    """
    tariffs, sheet, tokens = record.tariffs, record.demand.sheet, record.service.tokens_by_offer
    metered = sheet.route <= Route.HOSTED_OPEN
    kept = sheet.price * net_of_cut(world, record.assumptions, codes=np.arange(len(tokens)))
    hours = np.asarray((record.compute.serving_held + record.compute.training_held).sum(axis=0))
    found = np.full(len(world.sellers), np.nan)
    for seller in world.sellers:
        own = metered & (world.book.seller == seller.code)
        price, cost, quantity = kept[own], tariffs.unit_cost[own], tokens[own] / TOKENS_PER_MTOK
        if seller.code < len(world.clouds):
            price = np.append(price, tariffs.cloud_price[seller.code])
            cost = np.append(cost, record.assumptions.invest.opex)
            quantity = np.append(quantity, hours[seller.code])
        found[seller.code] = _mean_lerner(price, cost, quantity)
    if world.vendor.price > 0:
        found[world.vendor.code] = lerner_index(world.vendor.price, world.vendor.unit_cost)
    return found


def _mean_lerner(price: FloatArray, cost: FloatArray, quantity: FloatArray) -> float:
    """Lerner index weighted by revenue: total margin over total revenue."""
    sold = (quantity > 0) & (price > 0)
    revenue = price[sold] * quantity[sold]
    if not revenue.sum() > 0:
        return float("nan")
    return float((lerner_index(price[sold], cost[sold]) * revenue).sum() / revenue.sum())
