"""What an offer is worth to a workload (M1, M7, M11), put together from docs/model.md as its text says.

The columns of random companies and offers go in, and the decision value, costs and the bill of moving come out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents import choice_plain
from agents.offers import NONE
from benchmarks.worlds import World, random_world
from tests.docs.equations import Page, near

CLOSED, HOSTED, RENTED, SERVERS, DEVICE = range(5)
HOSTED_USE, OWN_USE, DEVELOPERS_USE = range(3)


class Reader:
    """Who re-implements the choice from the page: one workload and one offer at a time."""

    def __init__(self, page: Page, world: World) -> None:
        self.page, self.world = page, world

    def costs(self, i: int, j: int) -> tuple[float, float, float]:
        """Cost as believed and in truth, and value of use at the former, USD a month."""
        page, w, sheet, host = self.page, self.world.workloads, self.world.sheet, self.world.selfhost
        now, labour, eps = self.world.circumstances, self.world.labour, self.world.demand.use_elasticity
        c, route, tokens = w.company[i], sheet.route[j], w.volume[i] * now.intensity
        mtok, reference = tokens / 1e6, w.reference_price[i]
        if route not in (RENTED, SERVERS):
            relative = (w.company_volume[c] * now.intensity / (now.serving_efficiency * 5e9)) ** host.staff_exponent
            fte = host.integration_base + host.integration_slope * relative
            staff = w.share[i] * host.integration_multipliers[route] * fte * labour.integrator / 12
            _, bill, use = page["metered"](mtok, sheet.price[j], reference, eps)
            return bill + staff, bill + staff, use
        cards = page["gpus_per_replica"](sheet.total[j], host.bytes_per_weight, host.gpu_memory)
        speed = page["throughput"](
            sheet.active[j], now.serving_efficiency, host.tokens_per_second_70b, host.size_exponent
        )
        price = sheet.price[j] * (host.price_multiplier if route == RENTED else 1)
        believed = page["visible_cost"](tokens, cards * speed, cards, price) * np.exp(w.belief_mean[c])
        sla = w.sla[i]
        copies = page["replicas"](
            tokens, cards * speed, host.peak_to_average[sla], host.operating_load, host.smallest_replicas[sla],
            host.spare_replicas[sla],
        )  # fmt: skip
        curve = (host.staff_base, host.staff_slope, host.staff_exponent, host.staff_multiplier)
        fte = page["staff"](tokens, now.serving_efficiency, *curve)
        wage = page["loaded_wage"](
            tokens, now.serving_efficiency, labour.wage_of_the_smallest, labour.wage_rise_with_size
        )
        truth = page["self_run_cost"](copies * cards, price, host.overhead, fte, wage, host.fixed_cost[sla])
        return believed, truth, page["metered"](mtok, max(believed / mtok, 1e-6), reference, eps)[2]

    def friction(self, i: int, j: int) -> float:
        """Share of gross value."""
        w, sheet, demand = self.world.workloads, self.world.sheet, self.world.demand
        c, route = w.company[i], sheet.route[j]
        developer, experience = bool(w.segment[c]), self.world.circumstances.experience[w.sector[c]]
        kind = (demand.friction_hosted, HOSTED_USE)
        if route == HOSTED and developer:
            kind = (demand.friction_developer, DEVELOPERS_USE)
        if route >= RENTED:
            kind = (demand.friction_self, OWN_USE)
        left = 0.0
        if route != CLOSED:
            worn = self.page["remaining_friction"]
            left = worn(kind[0], experience[kind[1]], demand.friction_decay, demand.friction_floor)
        left -= w.stigma[c] * (route >= RENTED)
        foreign = sheet.open[j] and sheet.foreign[j] != w.jurisdiction[c] and not developer
        return left - demand.aversion_foreign * foreign

    def moving(self, i: int, j: int) -> float:
        """Once, USD, the value lost included."""
        w, sheet, lockin, now = self.world.workloads, self.world.sheet, self.world.lockin, self.world.circumstances
        c, held, tokens = w.company[i], int(w.held[i]), w.volume[i] * now.intensity
        months = {
            "self": lockin.months_self, "cloud": lockin.months_cloud, "api": lockin.months_api,
            "account": lockin.months_account, "first": now.first_use_months,
        }  # fmt: skip
        if w.segment[c]:  # developers pay the first use only
            months = dict.fromkeys(months, 0.0) | {"first": now.first_use_months}
        holds, developer = held != NONE, bool(w.segment[c])
        cloud = sheet.host_cloud[held] if holds else NONE
        rules: dict[str, Any] = lockin.model_dump() | ({"retraining": 0, "tenure_weight": 0} if developer else {})
        once = self.page["cost_of_moving"](
            tokens, self.world.labour.integrator, 0, months, holds and sheet.nest[held] == 1, sheet.nest[j] == 1,
            holds and sheet.model[held] != sheet.model[j], cloud != sheet.host_cloud[j],
            not (int(w.accounts[c]) >> int(sheet.seller[j])) & 1, not w.adopted[c], w.accepted_bill[i],
            int(w.tenure[i]), rules,
        )  # fmt: skip
        if developer or not holds:
            return float(once)
        egress = lockin.egress * 1000 * w.data_tb[i] * (cloud >= 0 and cloud != sheet.host_cloud[j])
        lost = lockin.vendor_change * self.gross(i)
        return float(once + egress + lost * (1 if sheet.vendor[held] != sheet.vendor[j] else lockin.within_vendor))

    def gross(self, i: int) -> float:
        w, now = self.world.workloads, self.world.circumstances
        return float(w.value[i] * w.volume[i] * now.intensity**now.value_exponent / 1e6)

    def decision(self, i: int, j: int) -> float:
        w, sheet, demand = self.world.workloads, self.world.sheet, self.world.demand
        c = w.company[i]
        own_cloud = sheet.host_cloud[j] >= 0 and sheet.host_cloud[j] == w.tenancy[c]
        believed, _, use = self.costs(i, j)
        return float(self.page["decision_value"](
            self.gross(i), self.page["adequacy"](sheet.quality[j], w.need[i], demand.adequacy_spread),
            sheet.reliability[j], use, believed, demand.privacy_weight, w.sensitivity[i],
            (sheet.exposure_tenant if own_cloud else sheet.exposure)[j], demand.holdup_weight, sheet.expected_rise[j],
            sheet.vendor[j] == w.dominant[c], self.moving(i, j), self.world.lockin.horizon, self.friction(i, j),
        ))  # fmt: skip


@pytest.mark.parametrize("draw", [6, 8, 9])
def test_a_whole_decision(page: Page, draw: int) -> None:
    """Every offer but the one held, for every workload."""
    world = random_world(25, draw=draw)
    reader, offers = Reader(page, world), world.offers()
    told = choice_plain.pairs(world.terms(np.arange(len(world.workloads.company))), offers, world.weights())
    routes = set()
    for i in range(len(world.workloads.company)):
        for k, j in enumerate(told.codes):
            if j == world.workloads.held[i]:
                continue
            believed, truth, _ = reader.costs(i, j)
            assert near([believed, truth], [told.believed[i, k], told.cost[i, k]])
            assert near(reader.moving(i, j), (told.migration + told.egress + told.disruption)[i, k])
            assert np.isclose(reader.decision(i, j), told.decision[i, k], rtol=1e-9, atol=1e-9 * reader.gross(i))
            routes.add((int(world.sheet.route[j]), bool(world.workloads.segment[world.workloads.company[i]])))
    assert routes >= {(route, developer) for route in range(4) for developer in (False, True)}
    assert draw != 6 or (DEVICE, False) in routes
