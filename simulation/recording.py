"""The recorder: rows of the result tables from one month's record, bulletin and closed books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from market.accounts import BANK, COMPANIES, FUND, GOVERNMENT, HOUSEHOLDS, REST_OF_ECONOMY
from market.bulletin import Bulletin
from market.goods import ROUTE_NAMES, Route
from market.network import TradeNetwork
from market.units import CENTS_PER_DOLLAR, HOURS_PER_MONTH, FloatArray
from scenarios.scenario import Scenario
from simulation.measuring import indicators
from simulation.schema import TableBuilder
from simulation.tables import COHORTS, FLOWS, INDICATORS, MARKET, SELLERS
from simulation.world import OTHER, MonthRecord, World

SIZE_NAMES = np.array(["10-49", "50-249", "250+"], dtype=object)
SEGMENT_NAMES = np.array(["enterprise", "developer"], dtype=object)
ROUTES = np.array([*(ROUTE_NAMES[route] for route in Route), "none"], dtype=object)
NO_ROUTE = len(Route)
LAYER_OF = {
    COMPANIES: "companies", HOUSEHOLDS: "household", BANK: "bank", FUND: "fund", GOVERNMENT: "state",
    REST_OF_ECONOMY: "rest",
}


@dataclass(frozen=True)
class Portrait:
    """One company: its row, and per workload slot the offer held (name, price, quality)."""

    row: int
    columns: dict[str, Any]
    workloads: tuple[dict[str, Any], ...]


class Recorder:
    """Collects the tables of one run."""

    def __init__(self, scenario: Scenario, *, world: World) -> None:
        keys = {
            "scenario": scenario.name, "calibration": scenario.companies.calibration, "arm": world.arm,
            "draw": world.draw,
        }
        self.indicators = TableBuilder(INDICATORS, **keys)
        self.market = TableBuilder(MARKET, **keys)
        self.sellers = TableBuilder(SELLERS, **keys)
        self.cohorts = TableBuilder(COHORTS, **keys)
        self.flows = TableBuilder(FLOWS, **keys)
        self.training: list[FloatArray] = []
        self._last_flows: dict[str, npt.NDArray[Any]] = {}
        self._kind = np.array([seller.kind for seller in world.sellers] + list(LAYER_OF), dtype=object)
        self._layer = np.array([s.layer for s in world.sellers] + list(LAYER_OF.values()), dtype=object)
        self._smaller_half = smaller_half(world)
        self._cohort_key = _cohort_keys(world)

    def append(self, world: World, *, record: MonthRecord, bulletin: Bulletin) -> None:
        """Add the month's rows to every table."""
        month = record.month
        self.indicators.append(month, **indicators(world, record, bulletin, smaller_half=self._smaller_half))
        self.market.append(month, **market_rows(world, record))
        self.sellers.append(month, **self._seller_rows(world, record))
        self.cohorts.append(month, **self._cohort_rows_of(world, record))
        self._last_flows = record.closing.books.flows.columns()
        self.flows.append(month, **self._last_flows)
        trained = record.compute.training_held.sum(axis=1)[: len(world.labs)]
        quality = [lab.models["frontier"].quality for lab in world.labs]
        self.training.append(np.column_stack([trained, quality]))

    def frames(self) -> dict[str, pd.DataFrame]:
        """All tables of the run."""
        return {
            name: getattr(self, name).frame() for name in ("indicators", "market", "sellers", "cohorts", "flows")
        }

    def trade_network(self) -> TradeNetwork:
        """Payments of the last month as a network."""
        flows = self._last_flows
        if not flows:
            return TradeNetwork()
        rows = zip(flows["payer"], flows["payee"], flows["flow"], flows["cents"], flows["cash"])
        return TradeNetwork(flows=[(str(a), str(b), str(f), int(c)) for a, b, f, c, cash in rows if cash])

    def portrait(self, world: World, record: MonthRecord, row: int) -> Portrait:
        """The company in `row` after the last month."""
        from agents.companies import COLUMNS

        companies = world.companies
        if not 0 <= row < companies.rows:
            raise IndexError(f"company {row} does not exist: rows run from 0 to {companies.rows - 1}")
        slots = range(int(companies.first_slot[row]), int(companies.first_slot[row + 1]))
        workloads = []
        for slot in slots:
            own = {n: getattr(companies, n)[slot].item() for n, spec in COLUMNS.items() if spec.per == "workload"}
            held = own["held"]
            offer = world.book.offers[held] if held >= 0 else None
            own["offer"] = "none" if offer is None else f"{offer.line.name} from {offer.seller}"
            if record.demand is not None and held >= 0:
                own["price_usd"] = float(record.demand.sheet.price[held])
            workloads.append(own)
        columns = {n: getattr(companies, n)[row].item() for n, spec in COLUMNS.items() if spec.per == "company"}
        return Portrait(row=row, columns=columns, workloads=tuple(workloads))

    def _seller_rows(self, world: World, record: MonthRecord) -> dict[str, npt.ArrayLike]:
        columns = record.closing.books.sheet.columns()
        columns = {name: values for name, values in columns.items() if name in _SELLER_COLUMNS}
        holders = len(self._kind)
        sellers = len(world.sellers)
        economic = np.zeros(holders)
        economic[:sellers] = record.closing.outcomes.profit_economic
        commissioned, held, served = _hours_by_seller(world, record, holders=holders)
        staff = np.full(holders, np.nan)
        for name, (people, _) in record.accounts.serving_staff.items():
            staff[world.code_of[name]] = people
        quality = np.full(holders, np.nan)
        for trainer in world.trainers:
            if trainer.models:
                quality[trainer.code] = max(model.quality for model in trainer.models.values())
        power = np.full(holders, np.nan)
        power[: len(world.clouds)] = record.capacity.accelerators * record.assumptions.invest.power_per_gpu / 1000
        return {
            **columns,
            "kind": self._kind, "layer": self._layer, "alive": np.ones(holders, dtype=bool),
            "profit_economic_cents": np.rint(economic * CENTS_PER_DOLLAR).astype(np.int64),
            "gpu_hours_commissioned": commissioned, "gpu_hours_held": held, "gpu_hours_served": served,
            "utilisation": np.divide(served, held, out=np.full(holders, np.nan), where=held > 0),
            "power_mw": power, "staff_fte": staff, "best_quality": quality,
        }

    def _cohort_rows_of(self, world: World, record: MonthRecord) -> dict[str, npt.ArrayLike]:
        companies, demand, outcomes = world.companies, record.demand, record.closing.outcomes
        tokens = np.zeros(companies.slots)
        tokens[demand.live_rows] = demand.wanted.tokens * record.service.served
        main = companies.largest_slot(tokens)
        held = companies.held[main]
        route = np.where((held >= 0) & (tokens[main] > 0), demand.sheet.route[np.maximum(held, 0)], NO_ROUTE)
        key = self._cohort_key * (NO_ROUTE + 1) + route
        present, group = np.unique(key, return_inverse=True)
        weight = companies.weight

        def total(values: FloatArray) -> FloatArray:
            return np.bincount(group, weights=weight * values, minlength=len(present))

        base = present // (NO_ROUTE + 1)
        sector, size, segment = base // 6, base % 6 // 2, base % 2
        potential = np.where(np.isfinite(outcomes.access), outcomes.potential, 0.0)
        realised = total(outcomes.realised)
        possible = total(potential)
        per_company = companies.sum_by_company(tokens)
        return {
            "sector": sector.astype(np.int16), "size_class": SIZE_NAMES[size], "segment": SEGMENT_NAMES[segment],
            "route": ROUTES[present % (NO_ROUTE + 1)], "companies": total(np.ones(companies.rows)),
            "rows": np.bincount(group, minlength=len(present)).astype(np.int32),
            "employees": total(companies.employees.astype(float)), "tokens": total(per_company),
            "spend_cents": _cents(total(outcomes.spend)), "gross_value_cents": _cents(realised),
            "access": np.divide(realised, possible, out=np.full(len(present), np.nan), where=possible > 0),
            "consumer_surplus_cents": _cents(total(outcomes.surplus)),
        }


_SELLER_COLUMNS = {column.name for column in SELLERS.own_columns}


def smaller_half(world: World) -> npt.NDArray[np.bool_]:
    """Rows in the bottom half of companies ranked by employment, real firms counted; (companies,)."""
    companies = world.companies
    order = np.lexsort((np.arange(companies.rows), companies.employees))
    below = np.cumsum(companies.weight[order]) <= 0.5 * companies.weight.sum()
    small = np.zeros(companies.rows, dtype=bool)
    small[order[below]] = True
    return small


def _cohort_keys(world: World) -> npt.NDArray[np.int64]:
    companies = world.companies
    return ( companies.sector.astype(np.int64) * 6 + companies.size_class.astype(np.int64) * 2 + companies.segment
    )


def _cents(dollars: FloatArray) -> npt.NDArray[np.int64]:
    return np.rint(dollars * CENTS_PER_DOLLAR).astype(np.int64)


def _hours_by_seller(
    world: World, record: MonthRecord, *, holders: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """GPU-hours commissioned by owners, held by buyers, and computing; (holders,), nan where it does not apply."""
    commissioned, held, served = (np.full(holders, np.nan) for _ in range(3))
    commissioned[: len(world.clouds)] = record.capacity.accelerators * HOURS_PER_MONTH
    held[: len(world.clouds)] = record.capacity.supply
    served[: len(world.clouds)] = record.compute.cleared.served.sum(axis=(0, 2))
    for row, name in enumerate(world.buyers.names):
        code = world.code_of.get(name)
        if code is None or code < len(world.clouds):
            continue
        training = float(record.compute.training_held[row].sum())
        held[code] = float(record.compute.serving_held[row].sum()) + training
        served[code] = float(record.service.busy_by_buyer[row]) + training
    rest = list(LAYER_OF).index(REST_OF_ECONOMY) + len(world.sellers)
    commissioned[rest] = world.other_fleet.count * HOURS_PER_MONTH
    own = list(LAYER_OF).index(COMPANIES) + len(world.sellers)
    commissioned[own] = world.company_fleet.count * HOURS_PER_MONTH
    held[own], served[own] = record.service.held_self, record.service.busy_self
    return commissioned, held, served


def market_rows(world: World, record: MonthRecord) -> dict[str, npt.ArrayLike]:
    """One row per offer and segment in use or on offer, and one per cloud and kind of buyer of GPU-hours."""
    book, demand, service = world.book, record.demand, record.service
    sheet = demand.sheet
    segment = world.companies.segment[world.companies.company[demand.live_rows]].astype(np.int64)
    count = len(book.offers)
    cell = demand.code * 2 + segment

    def by_cell(values: FloatArray) -> FloatArray:
        return np.bincount(cell, weights=values, minlength=2 * count)

    wanted = by_cell(demand.weight * demand.wanted.tokens)
    served = by_cell(demand.weight * demand.wanted.tokens * service.served)
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
    return {name: np.concatenate([values, extra]) for (name, values), extra in zip(
        tokens.items(), _compute_rows(world, record, names=list(tokens)).values()
    )}


def _static_market_columns(world: World) -> dict[str, npt.NDArray[Any]]:
    """Text columns of the offers, the same every month."""
    offers = world.book.offers
    return {
        "route": np.array([ROUTE_NAMES[o.route] for o in offers], dtype=object),
        "seller": np.array([o.seller for o in offers], dtype=object),
        "seller_kind": np.array([world.sellers[world.code_of[o.seller]].kind for o in offers], dtype=object),
        "owner": np.array([ultimate_owner(world, o.seller) for o in offers], dtype=object),
        "model": np.array([o.line.name for o in offers], dtype=object),
        "family": np.array([o.vendor for o in offers], dtype=object),
        "host": np.array([o.host for o in offers], dtype=object),
        "cloud": np.array([o.cloud for o in offers], dtype=object),
    }


def ultimate_owner(world: World, name: str) -> str:
    """The cloud that owns a lab, else the seller itself."""
    for lab in world.labs:
        if lab.name == name and lab.parent:
            return lab.parent
    return name


def _compute_rows(world: World, record: MonthRecord, *, names: list[str]) -> dict[str, npt.NDArray[Any]]:
    """GPU-hours sold by each cloud to everybody but companies, whose rented hours are offers of their own."""
    compute, price = record.compute, record.tariffs.cloud_price
    cleared = compute.cleared
    wanted = cleared.immediate.sum(axis=2) + cleared.deferrable.sum(axis=2)
    served = compute.serving_held + compute.training_held
    buyers = np.array([_buyer_kind(world, name) for name in world.buyers.names], dtype=object)
    kinds = ("lab", "releaser", "host", OTHER)
    rows: dict[str, list[Any]] = {name: [] for name in names}
    for k, cloud in enumerate(world.clouds):
        for kind in kinds:
            of_kind = buyers == kind
            quantity = float(served[of_kind, k].sum())
            asked = float(wanted[of_kind, k].sum())
            if asked <= 0 and quantity <= 0:
                continue
            values = {
                "offer": -1 - cloud.code, "service": "gpu_hours", "contract": "on_demand", "segment": kind,
                "route": "compute", "seller": cloud.name, "seller_kind": cloud.kind, "owner": cloud.name, "model": "",
                "family": "", "host": cloud.name, "cloud": cloud.name, "open": False, "quality": np.nan,
                "price_usd": float(price[k]), "quantity_demanded": asked, "quantity_served": quantity,
                "revenue_cents": round(quantity * float(price[k]) * CENTS_PER_DOLLAR),
                "companies": np.nan,
            }
            for name in names:
                rows[name].append(values[name])
    types = {"offer": np.int16, "open": bool, "revenue_cents": np.int64}
    numbers = {"quality", "price_usd", "quantity_demanded", "quantity_served", "companies"}
    return {
        name: np.array(values, dtype=types.get(name, np.float64 if name in numbers else object))
        for name, values in rows.items()
    }


def _buyer_kind(world: World, name: str) -> str:
    seller = world.seller(name)
    if seller is None:
        return OTHER if name == OTHER else "companies"
    return {"lab": "lab", "releaser": "releaser", "hoster": "host", "cloud": "own hosting"}[seller.kind]

