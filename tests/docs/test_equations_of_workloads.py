"""What a workload falls back on, would do with free infrastructure and is worth with each source (4.1 to 4.3).

The functions of docs/model.md on random companies and offers, and on the accounts of a small economy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents import choice_plain
from agents.fallback import MOST_DENIERS, Chain, Horizons, options
from agents.infrastructure import FEATURES
from agents.offers import NONE
from agents.sources import worth_of_sources
from agents.terms import weights
from benchmarks.worlds import CLOUDS, random_world
from market.control import NEW_HOURS, NOBODY, OWN_MACHINES, SAME_SERVICE
from market.flows import Flow
from market.units import CENTS_PER_DOLLAR, HOURS_PER_MONTH
from tests.docs.equations import Page, near

SPANS, SOURCES = (3.0, 24.0), 3
OWNER, OWNED = 0, CLOUDS  # cloud 0 owns the first lab


class Case:
    """Companies, offers and who stands behind these, as arrays of workloads by offers in the order of `codes`."""

    def __init__(self, draw: int, *, misled: bool, opex: float) -> None:
        self.world, r = random_world(40, draw=draw), np.random.default_rng(draw)
        self.misled, self.opex = misled, opex
        sheet, self.offers = self.world.sheet, self.world.offers()
        self.rows = self.world.terms(np.arange(len(self.world.workloads.company)))
        self.shared = weights(self.world.demand, self.world.lockin, self.world.selfhost)
        self.every = choice_plain.pairs(self.rows, self.offers, self.shared)
        self.codes, count = self.every.codes, len(sheet.route)
        self.needed = [self._sellers(code) for code in range(count)]
        sellers = int(max(sheet.seller.max(), sheet.vendor.max())) + 1
        groups = [*({firm} for firm in range(sellers)), {OWNER, OWNED}]
        self.groups = groups
        denier = np.full((count, MOST_DENIERS), NOBODY)
        for code, needed in enumerate(self.needed):
            who = [k for k, firms in enumerate(groups) if firms & needed]
            denier[code, : len(who)] = who
        host = np.where(sheet.route == 0, sheet.vendor, sheet.seller)
        keys = list(zip(host.tolist(), sheet.model.tolist(), strict=True))
        number = {key: k for k, key in enumerate(dict.fromkeys(keys))}
        own = sheet.route >= 2
        self.service = np.where(own, NONE, [number[key] for key in keys])
        self.chain = Chain(
            denier=denier,
            of_controller=np.array([sum(1 << firm for firm in firms) for firms in groups], dtype=np.uint64),
            needs_seller=np.array([sum(1 << firm for firm in needed) for needed in self.needed], dtype=np.uint64),
            service=self.service, hours_per_mtok=r.uniform(0.1, 2, len(number))[self.service],
            deployment=np.where(own, r.choice([1.0, 2.5], count), 0.0) + np.where(sheet.route == 3, 4.0, 0.0),
            runs_on=np.where(sheet.route <= 2, NEW_HOURS, OWN_MACHINES),
            downloadable=sheet.open & own, own_rent=((sheet.route == 2) | (sheet.route == 3)).astype(float),
            bloc=np.where(sheet.host_cloud == 2, 1, NONE),
        )  # fmt: skip
        self.ready = r.random(len(self.rows.row)) < 0.7
        self.realised = np.where(self.rows.held >= 0, r.uniform(0.05, 0.9, len(self.rows.row)) * self.rows.gross, 0.0)
        self.found = options(
            self.rows, self.offers, self.shared, chain=self.chain, realised=self.realised, ready=self.ready,
            misled=misled, horizons=Horizons(months=np.array(SPANS), marginal_hour=opex),
        )  # fmt: skip

    def _sellers(self, code: int) -> set[int]:
        """Who can withdraw an offer, in the words of 4.2."""
        sheet = self.world.sheet
        if sheet.route[code] == 0:
            return {int(sheet.vendor[code]), *({int(sheet.host_cloud[code])} if sheet.host_cloud[code] >= 0 else ())}
        return {int(sheet.seller[code])} if sheet.route[code] <= 2 else set()

    def delivered(self, page: Page, row: int) -> Any:
        """Value that each offer delivers, USD a month."""
        sheet, demand, need = self.world.sheet, self.world.demand, self.world.workloads.need[row]
        adequate = np.array([page["adequacy"](sheet.quality[c], need, demand.adequacy_spread) for c in self.codes])
        return self.rows.gross[row] * adequate * sheet.reliability[self.codes]

    def allowed(self, row: int) -> Any:
        """Within the limit on exposure, and open to the company's bloc; two arrays."""
        w, bloc = self.rows, self.chain.bloc[self.codes]
        exposure = choice_plain.exposures(w, self.offers, self.codes)[row]
        return w.sensitivity[row] * exposure <= w.exposure_limit[row], (bloc == NONE) | (bloc == w.jurisdiction[row])

    def at(self, row: int) -> int | None:
        """Place of the offer held among those on sale."""
        place = np.flatnonzero(self.codes == self.rows.held[row])
        return int(place[0]) if place.size else None

    def own_gpus(self, page: Page, row: int, code: int) -> float:
        w, host, offers = self.rows, self.world.selfhost, self.offers
        copies = page["replicas"](
            w.tokens[row], offers.replica_throughput[code], w.peak[row], host.operating_load, w.smallest[row],
            w.spare[row],
        )  # fmt: skip
        return float(copies * offers.replica_gpus[code])

    def staff(self, row: int, code: int) -> float:
        """People and fixed cost of a model run on accelerators; a device's integration; USD a month."""
        w = self.rows
        people = (w.staff_fte * w.staff_wage + w.fixed) / 12 if self.chain.own_rent[code] else w.integration
        return float(people[row])


@pytest.fixture(scope="module", params=[(1, True, 0.22), (2, False, 0.22), (3, True, 90.0)])
def case(request: pytest.FixtureRequest) -> Case:
    draw, misled, opex = request.param
    return Case(draw, misled=misled, opex=opex)


def test_what_a_workload_keeps_without_a_supplier(page: Page, case: Case) -> None:
    w, every, kept_some = case.rows, case.every, 0
    for row in np.flatnonzero(case.realised > 0):
        delivered, at = case.delivered(page, row), case.at(row)
        inside, bloc = case.allowed(row)
        now = every.cost[row, at] if at is not None else 0.0
        for span, months in enumerate(SPANS):
            worth = [
                page["replacement"](
                    delivered[k], every.cost[row, k] - now, case.chain.deployment[code],
                    every.migration[row, k] + every.egress[row, k], months,
                ) if inside[k] and bloc[k] and code != w.held[row] else 0
                for k, code in enumerate(case.codes)
            ]  # fmt: skip
            for place, who in enumerate(case.chain.denier[w.held[row]]):
                if who == NOBODY:
                    continue
                offered = [(value, case.needed[code]) for value, code in zip(worth, case.codes, strict=True)]
                found = page["kept_without"](case.realised[row], offered, case.groups[who])
                assert near(found, case.found.kept[span, row, place])
                instead = case.found.instead[span, row, place]
                kept_some += found > 0
                if instead != NONE:
                    _same_needs(page, case, int(row), int(instead), span, place)
    assert kept_some > 50


def _same_needs(page: Page, case: Case, row: int, code: int, span: int, place: int) -> None:
    """Hours, people and machines of the option that is taken instead."""
    w, chain = case.rows, case.chain
    if chain.service[code] == NONE:
        hours, kind = case.own_gpus(page, row, code) * HOURS_PER_MONTH, chain.runs_on[code]
    else:
        eps, price, reference = case.world.demand.use_elasticity, case.offers.price[code], 1 / w.inverse_reference[row]
        hours = page["metered"](w.mtok[row], price, reference, eps)[0] * chain.hours_per_mtok[code]
        same = chain.service[code] == chain.service[w.held[row]]
        kind = SAME_SERVICE if same else chain.runs_on[code]
    assert near(case.found.needs[span, row, place], hours) and case.found.runs_on[span, row, place] == kind
    people = w.staff_fte[row] if case.world.sheet.route[code] in (2, 3) else 0.0
    assert near(case.found.people[span, row, place], people)


def test_what_free_infrastructure_would_change(page: Page, case: Case) -> None:
    w, every, sheet = case.rows, case.every, case.world.sheet
    friction = choice_plain.frictions(w, case.offers, case.codes)
    exposure = choice_plain.exposures(w, case.offers, case.codes)
    changed = 0
    for row in range(len(w.row)):
        delivered, at = case.delivered(page, row), case.at(row)
        depends = sheet.vendor[case.codes] == w.dominant[row]
        risks = w.privacy[row] * exposure[row] + depends * w.holdup[row] * sheet.expected_rise[case.codes]
        brings = delivered - risks + friction[row] * w.gross[row]
        once = (every.migration + every.egress + every.disruption)[row] / case.shared.horizon
        now = brings[at] - every.cost[row, at] if at is not None else 0.0
        inside, bloc = case.allowed(row)
        runs = [k for k, code in enumerate(case.codes) if case.chain.downloadable[code]]

        def marginal(k: int, energy: float, row: int = row) -> float:
            code = case.codes[k]
            if not case.chain.own_rent[code]:
                return energy
            speed = case.offers.replica_throughput[code]
            return float(case.offers.replica_gpus[code] * w.tokens[row] / (3600 * speed) * case.opex)

        assert near(page["nominal"]([(delivered[k], marginal(k, 0.0)) for k in runs]), case.found.nominal[row])
        taken: dict[Any, int] = {}
        for k in (k for k in runs if inside[k] and bloc[k]):
            code = case.codes[k]
            reachable = bool(case.ready[row] and every.considered[row, k])
            key = (sheet.model[code], case.chain.own_rent[code], "held" if k == at else reachable)
            if key not in taken or every.decision[row, k] > every.decision[row, taken[key]]:
                taken[key] = k
        offered = []
        for (_, staffed, kind), k in taken.items():
            code, cost = case.codes[k], every.cost[row, k]
            people = case.staff(row, code)
            seen = page["visible_cost"](
                w.tokens[row], case.offers.replica_throughput[code], case.offers.replica_gpus[code],
                case.offers.price[code],
            )  # fmt: skip
            offered.append({
                "value": case.realised[row] if kind == "held" else delivered[k], "brings": brings[k],
                "compute": cost - people, "staff": people, "cheap": marginal(k, cost - people), "once": once[k],
                "believed": seen * w.hidden[row] if staffed and case.misled else cost, "reachable": kind is not False,
            })  # fmt: skip
        for features in range(1 << len(FEATURES)):
            free = {name for bit, name in enumerate(FEATURES) if features >> bit & 1}
            found = page["with_infrastructure"](free, now, case.realised[row], offered)
            assert near(found, case.found.with_features[row, features])
            changed += found != case.realised[row]
    assert changed > 500


def test_what_a_workload_is_worth_with_each_source(page: Page, case: Case) -> None:
    """Sources by chance: a developer's interfaces, public weights at clouds, own machines."""
    w, sheet, every = case.rows, case.world.sheet, case.every
    source = np.where(sheet.route == 0, 0, np.where(sheet.route <= 2, 1, 2))
    told = worth_of_sources(
        w, case.offers, case.shared, chain=case.chain, source=source, sources=SOURCES, hour_cost=case.opex
    )
    friction = choice_plain.frictions(w, case.offers, case.codes)
    _, use, ratio = choice_plain.costs_and_use(w, case.offers, case.shared, case.codes, believed=False)
    demand, positive = case.world.demand, 0
    for row in range(len(w.row)):
        net, hours = np.zeros(SOURCES), np.zeros(SOURCES)
        inside, bloc = case.allowed(row)
        for k in np.flatnonzero(inside & bloc):
            code = case.codes[k]
            takes, staff = 0.0, every.cost[row, k]
            if sheet.route[code] <= 1:
                takes = w.mtok[row] * ratio[row, k] * case.chain.hours_per_mtok[code]
                staff = case.offers.integration[code] * w.integration[row]
            elif sheet.route[code] == 2:
                takes, staff = case.own_gpus(page, row, code) * HOURS_PER_MONTH, case.staff(row, code)
            adequate = page["adequacy"](sheet.quality[code], case.world.workloads.need[row], demand.adequacy_spread)
            value = page["net_value"](
                w.gross[row], adequate, sheet.reliability[code], use[row, k], friction[row, k],
                demand.friction_real, staff, takes, case.opex,
            )  # fmt: skip
            if value > net[source[code]]:
                net[source[code]], hours[source[code]] = value, takes
        assert np.allclose(net, told.net[row], rtol=1e-9, atol=1e-9 * w.gross[row]) and near(hours, told.hours[row])
        positive += (net > 0).sum()
    assert positive > 50


def test_economic_profit(page: Page, economy_of: Any) -> None:
    """Of every seller, from its accounts."""
    economy = economy_of({"policy.chip_tax": 0.1, "control.panel": 0}, months=6)
    books, outcomes, count = economy.record.closing.books, economy.record.closing.outcomes, len(economy.sellers)

    def usd(cents: Any) -> Any:
        return cents[:count] / CENTS_PER_DOLLAR

    ordinary = [flow for flow in Flow if flow.name.startswith("LEGACY_")]
    flows, sheet = books.flows, books.sheet
    terms = zip(
        usd(sheet.revenue - sheet.expenses), usd(flows.paid(Flow.INTEREST_LOAN)), usd(flows.received(Flow.SUBSIDY)),
        usd(flows.paid(Flow.CHIP_TAX)), [seller.wacc for seller in economy.sellers], usd(sheet.capital + sheet.wip),
        usd(flows.received(*ordinary) - flows.paid(*ordinary)), strict=True,
    )  # fmt: skip
    found = [page["economic_profit"](*each) for each in terms]
    assert np.allclose(found, outcomes.profit_economic, rtol=1e-9, atol=1e-3)
    assert all(usd(each).any() for each in (flows.paid(Flow.CHIP_TAX), flows.received(Flow.SUBSIDY)))
    assert usd(flows.paid(Flow.INTEREST_LOAN)).any()
