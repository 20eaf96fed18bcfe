"""The recorder: rows of the result tables from one month's record, bulletin and closed books."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents import census
from market.accounts import BANK, COMPANIES, FUND, GOVERNMENT, HOUSEHOLDS, REST_OF_ECONOMY
from market.books import TransactionFlowMatrix
from market.bulletin import Bulletin
from market.goods import ROUTE_NAMES, Route
from market.network import TradeNetwork
from market.units import CENTS_PER_DOLLAR, HOURS_PER_MONTH, FloatArray
from scenarios.scenario import Scenario
from simulation.measuring.capturing import capture_rows, capture_shares, is_measured, value_capture
from simulation.measuring.cloud_year import CAPITAL_SPENDING, CloudYear
from simulation.measuring.controlling import DearMeasures
from simulation.measuring.events import event_rows
from simulation.measuring.indicators import indicators
from simulation.measuring.margins import lerner_by_layer
from simulation.measuring.market_table import SEGMENT_NAMES, market_rows
from simulation.measuring.turning_points import TurningPoints
from simulation.measuring.vendor_year import VendorYear, host_price_elasticity
from simulation.month.identities import check_published
from simulation.results.indicator_table import INDICATORS
from simulation.results.schema import Table, TableBuilder, empty_frame
from simulation.results.tables import COHORTS, EVENTS, FLOWS, MARKET, RUN_TABLES, SELLERS, TABLES, VALUE_CAPTURE
from simulation.world import MonthRecord, World

SIZE_NAMES = np.array(["10-49", "50-249", "250+"], dtype=object)
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
    """Collects the tables of one run; those that are not among `tables` are not even computed, indicators always."""

    def __init__(self, scenario: Scenario, *, world: World, tables: Collection[str] = RUN_TABLES) -> None:
        self.tables = frozenset(tables)
        calibration = scenario.companies.calibration

        def rows_of(table: Table) -> TableBuilder:
            return TableBuilder(
                table, scenario=scenario.name, calibration=calibration, arm=world.arm, draw=world.draw
            )

        self.indicators = rows_of(INDICATORS)
        self.market = rows_of(MARKET)
        self.sellers = rows_of(SELLERS)
        self.cohorts = rows_of(COHORTS)
        self.flows = rows_of(FLOWS)
        self.events = rows_of(EVENTS)
        self.value_capture = rows_of(VALUE_CAPTURE)
        self._scenario = scenario
        self.training: list[FloatArray] = []
        self._last_flows: TransactionFlowMatrix | None = None
        self._kind = np.array([seller.kind for seller in world.sellers] + list(LAYER_OF), dtype=object)
        self._role = np.array([getattr(s, "role", "") for s in world.sellers] + [""] * len(LAYER_OF), dtype=object)
        self._layer = np.array([s.layer for s in world.sellers] + list(LAYER_OF.values()), dtype=object)
        self._smaller_half = smaller_half(world)
        self._vendor_year = VendorYear()
        self._turning = TurningPoints()
        self._cloud_year = CloudYear(world)
        self._cohort_key = _cohort_keys(world)
        self.dear = DearMeasures(scenario, world=world)

    def append(self, world: World, *, record: MonthRecord, bulletin: Bulletin) -> dict[str, float]:
        """Add the month's rows to every table; returns the month's indicators."""
        month = record.month
        published = indicators(world, record, smaller_half=self._smaller_half)
        published |= lerner_by_layer(world, record) | self.dear.indicators(world, record)
        if self._captures(month):
            captured = value_capture(world, record, measures=self.dear)
            published |= capture_shares(captured)
            self.value_capture.append(month, **capture_rows(captured))
        published |= self._vendor_year.measure(world, record)
        published |= {"host_price_elasticity": host_price_elasticity(record)}
        published |= self._cloud_year.measure(world, record)
        check_published(published)
        self.indicators.append(month, **published)
        self._last_flows = record.closing.books.flows
        self._append_tables(world, record)
        trained = record.compute.training_held.sum(axis=1)[: len(world.labs)]
        best = [lab.models.get("frontier") for lab in world.labs]  # a failed lab has its published weights alone
        quality = [model.quality if model else 0.0 for model in best]
        flaws = [model.flaws_left if model else 1.0 for model in best]
        self.training.append(np.column_stack([trained, quality, flaws]))
        return published

    def _append_tables(self, world: World, record: MonthRecord) -> None:
        """Add the month's rows to the other tables that are recorded."""
        month = record.month
        if "market" in self.tables:
            self.market.append(month, **market_rows(world, record))
        if "sellers" in self.tables:
            self.sellers.append(month, **self._seller_rows(world, record))
        if "cohorts" in self.tables:
            self.cohorts.append(month, **self._cohort_rows_of(world, record))
        if "flows" in self.tables:
            self.flows.append(month, **record.closing.books.flows.columns())
        if "events" in self.tables:
            turning = self._turning.events(world, record)
            self.events.append(month, **event_rows(world, self._scenario, record=record, turning=turning))

    def _captures(self, month: int) -> bool:
        """Whether value capture is measured in `month`."""
        assumed = self._scenario
        in_window = is_measured(month, months=assumed.horizon.months, tail=assumed.answer.tail_months)
        return in_window and assumed.control.panel > 0

    def frames(self, tables: Sequence[str] = RUN_TABLES) -> dict[str, pd.DataFrame]:
        """The tables of the run, those not asked for or not recorded without a row."""
        return {
            name: getattr(self, name).frame() if name in self.tables.intersection(tables) else empty_frame(TABLES[name])
            for name in RUN_TABLES
        }

    def trade_network(self) -> TradeNetwork:
        """Payments of the last month as a network."""
        if self._last_flows is None:
            return TradeNetwork()
        flows = self._last_flows.columns()
        rows = zip(*(flows[name] for name in ("payer", "payee", "flow", "cents", "cash")), strict=True)
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
        work = record.accounts.specialists
        if work is not None:
            for name, people in work.by_seller.items():
                staff[world.code_of[name]] = people.sum()
            staff[sellers + list(LAYER_OF).index(COMPANIES)] = work.by_companies.sum()
        quality = np.full(holders, np.nan)
        for trainer in world.trainers:
            if trainer.models:
                quality[trainer.code] = max(model.quality for model in trainer.models.values())
        power = np.full(holders, np.nan)
        power[: len(world.clouds)] = record.capacity.accelerators * record.assumptions.invest.power_per_gpu / 1000
        return {
            **columns,
            "kind": self._kind, "role": self._role, "layer": self._layer,
            "alive": np.array([*(seller.alive for seller in world.sellers), *(True for _ in LAYER_OF)]),
            "profit_economic_cents": np.rint(economic * CENTS_PER_DOLLAR).astype(np.int64),
            "gpu_hours_commissioned": commissioned, "gpu_hours_held": held, "gpu_hours_served": served,
            "gpu_hours_rented": gpu_hours_rented(world, record, holders=holders),
            "utilisation": np.divide(served, held, out=np.full(holders, np.nan), where=held > 0),
            "capex_cents": record.closing.books.flows.paid(*CAPITAL_SPENDING),
            "power_mw": power, "staff_fte": staff, "best_quality": quality,
        }

    def _cohort_rows_of(self, world: World, record: MonthRecord) -> dict[str, npt.ArrayLike]:
        companies, demand, outcomes = world.companies, record.demand, record.closing.outcomes
        tokens = np.zeros(companies.slots)
        tokens[demand.live_rows] = demand.wanted.tokens * record.service.served
        main = census.largest_slots(companies.first_slot, tokens)
        held = companies.held[main]
        route = np.where((held >= 0) & (tokens[main] > 0), demand.sheet.route[np.maximum(held, 0)], NO_ROUTE)
        key = self._cohort_key * (NO_ROUTE + 1) + route
        rows = np.bincount(key)
        present = np.flatnonzero(rows)
        base = present // (NO_ROUTE + 1)
        sector, size, segment = base // 6, base % 6 // 2, base % 2
        summed = (
            np.ones(companies.rows), companies.employees.astype(float), companies.sum_by_company(tokens),
            np.where(np.isfinite(outcomes.access), outcomes.potential, 0.0), outcomes.realised, outcomes.spend,
            outcomes.surplus,
        )  # fmt: skip
        totals = census.totals_by_cell(key, companies.weight, summed, len(rows))[:, present]
        firms, employees, used, possible, realised, spend, surplus = totals
        return {
            "sector": sector.astype(np.int16), "size_class": SIZE_NAMES[size], "segment": SEGMENT_NAMES[segment],
            "route": ROUTES[present % (NO_ROUTE + 1)], "companies": firms,
            "rows": rows[present].astype(np.int32),
            "employees": employees, "tokens": used,
            "spend_cents": _cents(spend), "gross_value_cents": _cents(realised),
            "access": np.divide(realised, possible, out=np.full(len(present), np.nan), where=possible > 0),
            "consumer_surplus_cents": _cents(surplus),
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
    size = companies.size_class.astype(np.int64)
    return np.asarray(companies.sector.astype(np.int64) * 6 + size * 2 + companies.segment)


def _cents(dollars: FloatArray) -> npt.NDArray[np.int64]:
    return np.rint(dollars * CENTS_PER_DOLLAR).astype(np.int64)


def gpu_hours_rented(world: World, record: MonthRecord, *, holders: int) -> FloatArray:
    """GPU-hours of each cloud that others hold, what it hosts itself left out; (holders,), nan for all but clouds."""
    held = record.compute.serving_held + record.compute.training_held
    rented = np.full(holders, np.nan)
    for cloud in world.clouds:
        others = [row for row, name in enumerate(world.buyers.names) if name != cloud.name]
        rented[cloud.code] = held[others, cloud.code].sum()
    return rented


def _hours_by_seller(
    world: World, record: MonthRecord, *, holders: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """GPU-hours commissioned by owners, held by buyers, and at work; (holders,), nan where it does not apply.

    Machines are those at the start of the month, before any are sold. Hours behind subscriptions work in full.
    """
    capacity, compute, availability = record.capacity, record.compute, record.assumptions.invest.availability
    commissioned, held, served = (np.full(holders, np.nan) for _ in range(3))
    commissioned[: len(world.clouds)] = capacity.accelerators * HOURS_PER_MONTH
    held[: len(world.clouds)] = capacity.supply
    served[: len(world.clouds)] = compute.cleared.served.sum(axis=(0, 2))
    if compute.spot is not None:
        served[: len(world.clouds)] += compute.spot.hours
    for row, name in enumerate(world.buyers.names):
        code = world.code_of.get(name)
        if code is None or code < len(world.clouds):
            continue
        training = float(compute.training_held[row].sum())
        held[code] = float(compute.serving_held[row].sum()) + training
        served[code] = float(record.service.busy_by_buyer[row]) + training
    for lab, hours in zip(world.labs, compute.subscription_hours, strict=True):
        served[lab.code] += hours * compute.served_share[world.buyers.index(lab.name)]
    rest = list(LAYER_OF).index(REST_OF_ECONOMY) + len(world.sellers)
    commissioned[rest] = capacity.own_site_supply / availability
    own = list(LAYER_OF).index(COMPANIES) + len(world.sellers)
    commissioned[own] = capacity.company_supply / availability
    held[own], served[own] = record.service.held_self, record.service.busy_self
    return commissioned, held, served
