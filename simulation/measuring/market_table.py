"""Rows of the result table `market`: what was offered, wanted, delivered and invoiced."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from agents.sellers import Seller
from market.accounts import COMPANIES
from market.flows import Flow
from market.goods import ROUTE_NAMES
from market.money import to_cents
from market.units import CENTS_PER_DOLLAR, CentsArray, FloatArray, weighted_count
from simulation.measuring.service_chains import parent_of
from simulation.world import OTHER, MonthRecord, World

SEGMENT_NAMES = np.array(["enterprise", "developer"], dtype=object)
BUYERS = ("lab", "releaser", "host", OTHER)  # who pays clouds for GPU-hours, companies apart


def market_rows(world: World, record: MonthRecord) -> dict[str, npt.ArrayLike]:
    """One row per offer and segment in use or on offer, and one per cloud and kind of buyer of GPU-hours."""
    book, demand, service = world.book, record.demand, record.service
    sheet = demand.sheet
    count = len(book.offers)
    cell = demand.code * 2 + demand.segment

    def by_cell(values: FloatArray) -> FloatArray:
        return weighted_count(cell, values, 2 * count)

    wanted = by_cell(demand.weight * demand.wanted.tokens)
    served = by_cell(service.tokens)
    users = by_cell(demand.weight)
    revenue = np.zeros(2 * count, dtype=np.int64)
    np.add.at(revenue, cell, record.accounts.bill_by_slot)
    shown = np.flatnonzero((users > 0) | np.repeat(sheet.available, 2))
    offer = shown // 2
    static = _static_market_columns(world)
    tokens = {
        "offer": offer.astype(np.int16), "service": np.full(len(shown), "tokens", dtype=object),
        "contract": np.full(len(shown), "on_demand", dtype=object), "segment": SEGMENT_NAMES[shown % 2],
        **{name: values[offer] for name, values in static.items()},
        "open": book.open[offer], "quality": sheet.quality[offer], "price_usd": sheet.price[offer],
        "quantity_demanded": wanted[shown], "quantity_served": served[shown],
        "revenue_cents": revenue[shown], "companies": users[shown],
    }
    hours = _compute_rows(world, record)
    return {name: np.concatenate([values, hours[name]]) for name, values in tokens.items()}


def _static_market_columns(world: World) -> dict[str, npt.NDArray[Any]]:
    """Text columns of the offers, the same every month."""
    offers = world.book.offers
    return {
        "route": np.array([ROUTE_NAMES[o.route] for o in offers], dtype=object),
        "seller": np.array([o.seller for o in offers], dtype=object),
        "seller_kind": np.array([world.sellers[world.code_of[o.seller]].kind for o in offers], dtype=object),
        "owner": np.array([ultimate_owner(world.sellers[world.code_of[o.seller]]) for o in offers], dtype=object),
        "model": np.array([o.line.name for o in offers], dtype=object),
        "family": np.array([o.vendor for o in offers], dtype=object),
        "host": np.array([o.host for o in offers], dtype=object),
        "cloud": np.array([o.cloud for o in offers], dtype=object),
    }


def ultimate_owner(seller: Seller) -> str:
    """The cloud that owns a developer, else the seller itself."""
    return parent_of(seller) or seller.name


def _compute_rows(world: World, record: MonthRecord) -> dict[str, npt.NDArray[Any]]:
    """GPU-hours sold by each cloud to everybody but companies, whose rented hours are offers of their own.

    Hours reserved and hours on demand have a row each.
    """
    compute = record.compute
    cleared, contracts, kinds = compute.cleared, compute.contracts, _rows_by_kind(world)
    asked = _by_kind(kinds, (cleared.immediate + cleared.deferrable + cleared.opening_backlog).sum(axis=2))
    held = _by_kind(kinds, compute.serving_held + compute.training_held)
    at_auction, auctioned, spot_price = _spot_by_kind(world, record)
    paid = _rent_by_kind(world, record) - auctioned
    called = _by_kind(kinds, contracts.for_serving + contracts.for_training)
    served = _by_kind(kinds, compute.reserved_serving + compute.reserved_training)
    rent = np.rint(_by_kind(kinds, record.accounts.reserved_rent) * CENTS_PER_DOLLAR).astype(np.int64)
    price = np.broadcast_to(record.tariffs.cloud_price, asked.shape)
    on_demand = _hour_rows(
        world, "on_demand", price=price, asked=np.maximum(asked - called, 0.0), held=np.maximum(held - served, 0.0),
        paid=np.maximum(paid - rent, 0), shown=asked + held > 0,
    )  # fmt: skip
    rows = [on_demand]
    if auctioned.any():
        rows.append(
            _hour_rows(
                world, "spot", price=spot_price, asked=at_auction, held=at_auction, paid=auctioned, shown=auctioned > 0
            )
        )
    if not contracts.any:
        return _stacked(rows)
    dear = np.divide(rent / CENTS_PER_DOLLAR, served, out=np.zeros_like(served), where=served > 0)
    reserved = _hour_rows(
        world, "reserved", price=dear, asked=called, held=served, paid=np.minimum(rent, paid), shown=served > 0
    )
    return _stacked([rows[0], reserved, *rows[1:]])


def _stacked(rows: list[dict[str, npt.NDArray[Any]]]) -> dict[str, npt.NDArray[Any]]:
    return {name: np.concatenate([part[name] for part in rows]) for name in rows[0]}


def _spot_by_kind(world: World, record: MonthRecord) -> tuple[FloatArray, CentsArray, FloatArray]:
    """Hours sold at auction, cents paid for them and the price, by kind of buyer; (kinds, clouds)."""
    shape = (len(BUYERS), len(world.clouds))
    hours, paid, price = np.zeros(shape), np.zeros(shape, dtype=np.int64), np.zeros(shape)
    sale = record.compute.spot
    if sale is not None:
        row = BUYERS.index(OTHER)
        hours[row], paid[row], price[row] = sale.hours, to_cents(sale.paid), sale.price
    return hours, paid, price


def _hour_rows(
    world: World, contract: str, *, price: FloatArray, asked: FloatArray, held: FloatArray, paid: CentsArray,
    shown: npt.NDArray[np.bool_],
) -> dict[str, npt.NDArray[Any]]:  # fmt: skip
    """Rows of GPU-hours under one kind of contract; every array (kinds of buyer, clouds)."""
    cloud, kind = np.nonzero(shown.T)
    name = np.array([c.name for c in world.clouds], dtype=object)[cloud]
    count = len(cloud)
    return {
        "offer": (-1 - cloud).astype(np.int16),
        "service": _text("gpu_hours", count), "contract": _text(contract, count), "route": _text("compute", count),
        "segment": np.array(BUYERS, dtype=object)[kind], "seller": name, "seller_kind": _text("cloud", count),
        "owner": name, "model": _text("", count), "family": _text("", count), "host": name, "cloud": name,
        "open": np.zeros(count, dtype=bool), "quality": np.full(count, np.nan),
        "price_usd": price[kind, cloud], "quantity_demanded": asked[kind, cloud],
        "quantity_served": held[kind, cloud], "revenue_cents": paid[kind, cloud], "companies": np.full(count, np.nan),
    }


def _by_kind(kinds: list[list[int]], hours: FloatArray) -> FloatArray:
    """GPU-hours (buyers, clouds) summed by kind of buyer, whose rows are given; (kinds, clouds)."""
    return np.stack([hours[rows].sum(axis=0) for rows in kinds])


def _rows_by_kind(world: World) -> list[list[int]]:
    """Rows of the buyers of each kind in `BUYERS`."""
    kind = [_kind_of_buyer(world, name) for name in world.buyers.names]
    return [[row for row, found in enumerate(kind) if found == wanted] for wanted in BUYERS]


def _rent_by_kind(world: World, record: MonthRecord) -> CentsArray:
    """Rent each cloud was paid by each kind of buyer; (kinds, clouds) cents."""
    flows = record.closing.books.flows
    rents = np.flatnonzero((flows.flow == Flow.COMPUTE_RENT) | (flows.flow == Flow.CREDIT_USE))
    kind_of_holder = np.array([_kind_of_payer(world, name) for name in flows.holders])
    paid = np.zeros((len(BUYERS) + 1, len(world.clouds)), dtype=np.int64)
    np.add.at(paid, (kind_of_holder[flows.payer[rents]], flows.payee[rents]), flows.cents[rents])
    return paid[:-1]


def _kind_of_payer(world: World, name: str) -> int:
    """Place in `BUYERS` of a holder that pays rent; the last place for companies."""
    if name == COMPANIES:
        return len(BUYERS)
    kind = OTHER if name not in world.code_of else _kind_of_buyer(world, name)
    return BUYERS.index(kind) if kind in BUYERS else len(BUYERS)


def _kind_of_buyer(world: World, name: str) -> str:
    """Kind of a buyer of GPU-hours; a cloud that hosts models on its own machines pays nobody."""
    seller = world.seller(name)
    if seller is None:
        return OTHER if name == OTHER else COMPANIES
    return "host" if seller.kind == "hoster" else seller.kind


def _text(value: str, count: int) -> npt.NDArray[np.object_]:
    return np.full(count, value, dtype=object)
