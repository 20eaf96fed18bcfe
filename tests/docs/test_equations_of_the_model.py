"""The equations as docs/model.md writes them, in plain numbers, against the code on random worlds of their arguments.

The page is taken as it stands: its blocks are the other implementation. What they give and what the code gives agree,
so that who re-implements the model from the page alone gets the same economy.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from agents import actor, beliefs, census, finance, releasing, sovereignty, tenancy, valuation
from agents.conduct import Invest, Other, damped_forecast, desired_capacity, pays_off, trend_growth
from agents.population import Needs
from agents.preferences import Demand, LockIn
from agents.releasing import Motives, Prospect, Release
from agents.sellers import Hoster
from agents.staffing import Staff, Staffing
from agents.terms import remaining_friction
from market import (
    clearing,
    community,
    frontier,
    labour_market,
    misuse,
    pooling,
    pricing,
    replicas,
    reservations,
    safety,
    serving,
    spot,
    training,
    vendor,
)
from market.chance import Chance, Mechanism
from market.clearing import CLASSES, FORECLOSABLE
from market.contracts import place_contracts
from market.fleet import Chip
from market.flows import Flow
from market.frontier import Frontier
from market.labour import Labour, loaded_wage
from market.serving import SelfHosting
from scenarios.scenario import Horizon, Scenario
from simulation.calendar import calendar_of
from simulation.experiments.leverage import leverage_of_runs
from simulation.month import births, expectations
from simulation.month.debts import service_debt
from tests.docs.equations import DOCS, Page, near, worlds


def test_demand(page: Page) -> None:
    """M1: adequacy, metered use, frictions worn down, and the decision value."""
    for r in worlds():
        quality, need, spread = r.uniform(50, 200), r.uniform(50, 200), r.uniform(2, 12)
        factors = np.exp((need - 100) / spread), np.exp((100 - quality) / spread)
        assert near(page["adequacy"](quality, need, spread), valuation.adequacy(*factors))
        mtok, price, reference, eps = r.lognormal(), r.lognormal(), r.lognormal(), r.uniform(0.05, 0.7)
        used, bill, use = page["metered"](mtok, price, reference, eps)
        ratio = valuation.metered_ratio(price**-eps, reference**eps)
        worth = valuation.value_of_use(reference * mtok * eps / (1 - eps), price, 1 / reference, ratio)
        assert near([used, bill, use], [mtok * ratio, price * mtok * ratio, worth])
        gross, cost, once, friction = r.lognormal(3), r.lognormal(), r.lognormal(), r.uniform(-0.5, 0)
        a, rel, psi, delta, exposure, chi, rise, horizon = r.uniform(0.1, 1, 8)
        depends = bool(r.integers(2))
        found = page["decision_value"](
            gross, a, rel, use, cost, psi, delta, exposure, chi, rise, depends, once, 20 * horizon, friction
        )
        systematic = valuation.surplus(gross, a, rel, use, cost)
        told = valuation.decision_value(
            systematic, psi * gross * delta, exposure, chi * gross, rise, depends, once, 20 * horizon, friction, gross
        )
        assert near(found, told)
        demand = Demand()
        left = remaining_friction(np.array([months := r.uniform(0, 300)]), demand)[0]
        told = page["remaining_friction"](friction, months, demand.friction_decay, demand.friction_floor)
        assert near(told, friction * left)


def test_paths_needs_and_births(page: Page) -> None:
    """1.2: what grows by itself, the need of a workload, and the Jevons stock."""
    for r in worlds():
        needs = Needs(
            intensity_start=r.uniform(0.5, 2), intensity_growth=tuple(r.uniform(0, 0.1, 10)),
            trend=tuple(r.uniform(0, 30, 10)), stall_start=int(r.choice([0, 7, 20])),
            stall_months=int(r.choice([0, 3, 15])),
        )  # fmt: skip
        other, lab, rules = Other(jump_first=int(r.integers(0, 9))), frontier.Lab(), Frontier()
        plan = Scenario(name="paths", needs=needs, other=other, lab=lab, frontier=rules, horizon=Horizon(months=84))
        told = calendar_of(plan)
        months = range(len(told.intensity) - 1)
        assert len(months) == 84 + 60 - 1
        assert near(
            page["along"](needs.intensity_start, page["intensity_rates"](needs.model_dump(), len(months))),
            told.intensity,
        )
        rates = [page["other_rate"](other.model_dump(), month) for month in months]
        assert near(page["along"](other.level, rates), told.other_demand)
        sold = (other.subscription_growth, other.subscription_late_growth, other.subscription_slowdown)
        rates = [page["two_speeds"](*sold, month) for month in months]
        assert near(page["along"](other.subscriptions, rates), told.subscriptions)
        served = (rules.serving_progress, rules.serving_late_progress, rules.serving_slowdown)
        rates = [(1 + page["two_speeds"](*served, month)) ** (1 / 12) - 1 for month in months]
        assert near(page["along"](1, rates), told.serving_efficiency)
        rises = [page["of_year"](needs.trend, month) / 12 for month in months]
        assert near([0, *np.cumsum(rises)], told.needs)
        rates = [page["of_year"](lab.seed_growth, month) for month in months]
        assert near(page["along"](lab.seed_equity, rates), told.seed_equity)
        birth, offset, level = r.uniform(90, 200, 3) - [0, 100, 0]
        told = census.needs(np.array([birth]), np.array([offset]), needs.ratchet, level)
        assert near(page["need"](level, birth, offset, needs.ratchet), told[0])
        stock, price, first = r.uniform(0.5, 5), r.lognormal(), r.lognormal()
        told = births.next_jevons(needs, jevons=stock, price_ratio=price / first)
        assert near(page["next_jevons"](stock, price, first, needs.model_dump()), told)


def test_pricing(page: Page) -> None:
    """M2: scarcity price, target return, adaptive mark-up, contract shares."""
    for r in worlds():
        price, p5, load = r.lognormal(1), r.lognormal(1), r.uniform(0, 2)
        kappa_c = r.choice([0.0, 0.6])
        rule = {"response": 1.35, "pull": kappa_c, "load_target": 0.78, "load_cap": 1.45}
        code = pricing.scarcity_price(
            np.array([price]), load=np.array([load]), target_return=np.array([p5]), floor=np.array([0.22]), **rule
        )
        assert near(page["scarcity_price"](price, load, p5, 0.22, 1.35, kappa_c, 0.78, 1.45), code[0])
        capex, wacc, decline, normal = r.uniform(1e4, 5e4), r.uniform(0.05, 0.2), r.uniform(0, 0.4), r.uniform(0.5, 1)
        life = int(r.integers(24, 80))
        told = pricing.target_return(
            capex=capex, opex=0.22, wacc=wacc, life_months=life, load=normal, price_decline=decline
        )
        assert near(page["target_return"](capex, 0.22, wacc, life, normal, decline), told)
        markup, now, before = r.uniform(0, 3, 5), r.choice([0, 0.2, 0.5], 5), r.choice([0, 0.1, 0.4], 5)
        told = pricing.adaptive_markup(markup, share=now, share_before=before, speed=0.1, least=0.0, most=3.0)
        assert near([page["adaptive_markup"](*each, 0.1, 0, 3) for each in zip(markup, now, before, strict=True)], told)
        brand, prices, allowed = r.uniform(0, 0.5, 6), r.lognormal(1, 1, 6), r.integers(0, 2, 6) > 0
        told = pricing.contract_shares(brand, prices, 0.1, allowed[None, :])[0]
        assert near(page["contract_shares"](brand, prices, 0.1, allowed), told)


def test_reservations(page: Page) -> None:
    """P8: prices expected over the term, and what is reserved."""
    for r in worlds():
        months = int(r.integers(1, 15))
        loads, costs, price = r.uniform(0, 2, (months, 1)), r.lognormal(1, 0.5, (months, 1)), r.lognormal(1)
        rule = {"response": 1.35, "pull": 0.6, "load_target": 0.78, "load_cap": 1.45}
        told = reservations.expected_prices(np.array([price]), load=loads, cost=costs, floor=0.22, **rule)[:, 0]
        found = page["expected_prices"](price, list(loads[:, 0]), list(costs[:, 0]), 0.22, 1.35, 0.6, 0.78, 1.45)
        assert near(found, told)
        usual, discount = r.lognormal(5), r.choice([0.0, 0.12, 0.4])
        told = reservations.base_load(np.array([usual]), discount=discount, uncertainty=0.3)[0]
        assert near(page["base_load"](usual, discount, 0.3, norm.ppf), told)


def test_tenancies(page: Page) -> None:
    """Clouds' ordinary business: what moving saves and costs."""
    for r in worlds():
        price, offer, renewal = r.lognormal(1, 0.5, 2), r.uniform(0, 0.4), r.uniform(0, 0.2)
        told = tenancy.saving(
            price, own=np.array([0]), machine_share=0.25, renewal=np.array([renewal]), offer=np.full((1, 2), offer),
            offered=np.ones(2),
        )[0, 1]  # fmt: skip
        assert near(page["saving"](price[0], price[1], offer, renewal, 0.25), told)
        years, egress, bill = r.lognormal(1), r.lognormal(3), r.lognormal(3)
        told = tenancy.annualised_migration(
            years_of_bill=np.array([years]), egress=np.array([egress]), bill=np.array([bill]), horizon=20.0
        )[0]
        assert near(page["moving_cost"](years, egress, bill, 20.0), told)


def test_clearing(page: Page) -> None:
    """M3: shares served by class, foreclosure and outside buyers included."""
    for r in worlds():
        demanded = r.uniform(0, 10, CLASSES) * (r.random(CLASSES) > 0.3)
        supply, foreclosed = r.uniform(0, 50), r.choice([0.0, 0.4, 1.0])
        told = clearing.service_rate(
            supply=np.array([supply]), demanded=demanded[None, :], foreclosed=np.array([foreclosed])
        )[0]
        found = page["service_rates"](supply, list(demanded), foreclosed)
        where = demanded > 0  # the share of nothing is nobody's
        assert near(np.array(found)[where], told[where])
    assert FORECLOSABLE == (2, 3)


def test_placement_and_the_spot_market(page: Page) -> None:
    """M3: where a buyer's hours go and which run on, and the auction of what is idle."""
    for r in worlds():
        wanted, held, share = r.uniform(0, 60), r.uniform(0, 15, 4), r.dirichlet(np.ones(4))
        told = place_contracts(wanted=np.array([wanted]), held=held[None, :], new_share=share[None, :], rollover=0.05)
        found = page["placed"](wanted, list(held), list(share), 0.05)
        assert near(found, [each[0] for each in told])
        market = {"level": r.uniform(1, 100), "founding": r.uniform(2, 8), "elasticity": r.choice([0.0, 0.5, 1.3])}
        rent, bids, idle = r.uniform(0.1, 8), int(r.integers(1, 20)), r.uniform(0, 60, 3)
        bid, hours = spot.bids_below(rent, reserve=0.22, bids=bids, **market)
        mine, block = page["spot_bids"](rent, 0.22, *market.values(), bids)
        assert near(mine, bid) and (not len(bid) or near(block, hours))
        told = spot.spot_sale(bid, hours, idle=idle, reserve=0.22)
        assert near(page["spot_sale"](mine, block, idle.sum(), 0.22), [told.price, told.hours.sum(), told.surplus])


def test_investment(page: Page) -> None:
    """M4: expectations, machines wanted, and the gate."""
    for r in worlds():
        levels = list(r.lognormal(3, 2, int(r.integers(1, 30))))
        assert near(page["trend"](levels, 12), trend_growth(np.array(levels), memory=12))
        memory, seen = list(levels), r.lognormal(3)
        expectations._adapt(memory, seen, adaptation=0.3)
        assert near(page["expected_level"](levels[-1], seen, 0.3), memory[-1])
        growth, months = r.uniform(-0.1, 0.2), int(r.integers(1, 20))
        assert near(
            page["forecast"](levels[-1], growth, months, 0.965),
            damped_forecast(levels[-1], growth, horizon=months, damping=0.965),
        )
        assert near(
            page["machines_wanted"](levels[-1], 0.075, 0.78, 0.999),
            desired_capacity(levels[-1], reserve=0.075, target_load=0.78, availability=0.999),
        )
        invest = Invest(conduct=float(r.choice([0.0, 0.5, 1.0])))
        price, load, machine, share = r.uniform(0.5, 6), r.uniform(0.2, 1), r.uniform(1e4, 5e4), r.uniform(0, 0.5)
        told = pays_off(
            expected_price=price, load=load, machine_price=machine, invest=invest, wacc=0.1, price_decline=0.2,
            market_share=share, elasticity=0.6,
        )  # fmt: skip
        assert page["pays_off"](price, load, machine, invest.model_dump(), 0.1, 0.2, share, 0.6) == told


def test_vendor(page: Page) -> None:
    """M5: price, output and allocation."""
    chip = Chip()
    told = chip.model_dump()
    for r in worlds():
        month, output, orders = int(r.integers(0, 150)), r.uniform(1e4, 1e6), r.uniform(1, 2e6)
        cost = vendor.chip_cost(month=month, cumulative=0.0, founding_fleet=1e6, chip=chip)
        price = vendor.chip_price(cost=cost, orders=orders, output=output, chip=chip)
        assert near(page["chip_price"](month, orders, output, told), price)
        assert near(
            page["machine_price"](month, price, 18e3, chip.price_decline),
            vendor.machine_price(month=month, chip_price=price, system_price=18e3, chip=chip),
        )
        assert near(
            page["next_output"](output, orders, month, told),
            vendor.next_output(output=output, orders=orders, month=month, chip=chip),
        )
        wanted, past = r.uniform(0, 100, 8) * (r.random(8) > 0.3), r.uniform(0, 50, 8) * (r.random(8) > 0.4)
        amount = r.uniform(0, 300)
        code = vendor.allocate(output=amount, orders=wanted, past_purchases=past, exponent=chip.allocation_exponent)
        assert near(page["allocate"](amount, list(wanted), list(past), chip.allocation_exponent), code)


def test_frontier(page: Page) -> None:
    """M6: quality, leaks, knowledge, usage data and distillation."""
    rules = Frontier()
    for r in worlds():
        hours, alg, bonus = r.lognormal(15, 2), r.uniform(0, 3), r.uniform(-3, 6)
        told = frontier.run_quality(hours, algorithms=alg, frontier=rules, bonus=bonus)
        found = page["run_quality"](
            hours, alg, rules.founding_quality, rules.points_per_dex, rules.flop_per_second, rules.reference_compute,
            bonus,
        )  # fmt: skip
        assert near(found, told)
        share, gap = r.uniform(), r.uniform(0, 60)
        rate = frontier.leak(open_share=share, gap=gap, frontier=rules)
        assert near(page["leak"](share, gap, rules.leak_base, rules.leak_open, rules.leak_reach), rate)
        month, spend, public = int(r.integers(0, 120)), r.lognormal(20), r.uniform(0, 3)
        trend = frontier.research_on_trend(month, rules)
        assert near(
            page["next_algorithms"](alg, spend, trend, public, rate, rules.progress, rules.research_elasticity),
            frontier.next_algorithms(
                alg, research_spend=spend, public=public, leak_rate=rate, month=month, frontier=rules
            ),
        )
        assert near(
            page["next_flywheel"](bonus, share, rules.flywheel, rules.flywheel_decay),
            frontier.next_flywheel(bonus, usage_share=share, frontier=rules),
        )
        assert near(
            page["distillation"](public * 50, alg * 50, rules.distillation, rules.distillation_margin),
            frontier.distillation_gain(frontier_quality=public * 50, own_quality=alg * 50, frontier=rules),
        )


@pytest.mark.parametrize("calibration", ["iceberg", "lean"])
def test_self_hosting(page: Page, calibration: serving.Calibration) -> None:
    """M7: the whole cost of running a model oneself, and a pool's peak."""
    labour, host = Labour(), serving.calibrated(SelfHosting(), calibration)
    for r in worlds():
        tokens, code = 10 ** r.uniform(7, 12), int(r.integers(0, 3))
        model = serving.ReferenceModel(active=r.uniform(5, 300), total=r.uniform(20, 1500))
        price = r.uniform(1, 6)
        told = serving.self_host_cost(
            tokens, serving.SERVICES[code], calibration, model=model, gpu_hour_price=price, labour=labour
        )
        cards = page["gpus_per_replica"](model.total, host.bytes_per_weight, host.gpu_memory)
        speed = page["throughput"](model.active, 1, host.tokens_per_second_70b, host.size_exponent)
        copies = page["replicas"](
            tokens, cards * speed, host.peak_to_average[code], host.operating_load, host.smallest_replicas[code],
            host.spare_replicas[code],
        )  # fmt: skip
        fte = page["staff"](tokens, 1, host.staff_base, host.staff_slope, host.staff_exponent, host.staff_multiplier)
        wage = page["loaded_wage"](tokens, labour.wage_of_the_smallest, labour.wage_rise_with_size)
        month = page["self_run_cost"](
            copies * cards, price * host.price_multiplier, host.overhead, fte, wage, host.fixed_cost[code]
        )
        assert near([copies * cards, fte, 12 * month], [told.gpus, told.staff_fte, told.total])
        assert near(wage, loaded_wage(tokens, labour))
        tenants, pool = 10 ** r.uniform(-1, 4), int(r.integers(0, 3))
        assert near(page["pooled_peak"](4.0, tenants, pool), pooling.pooled_peak(4.0, tenants, pool))


def test_moves(page: Page) -> None:
    """M11: work, accounts, first use and retraining of a move between two offers."""
    lockin = LockIn()
    for r in worlds():
        held, code = (int(each) for each in r.integers(0, 4, 2))
        own, model, cloud = r.integers(0, 2, 4) > 0, r.integers(0, 2, 4), r.integers(-1, 2, 4)
        tokens, wage, missing, spend = 10 ** r.uniform(6, 11), 2e5, r.uniform(), r.lognormal(5)
        tenure = int(r.integers(1, 60))
        relative = np.clip((tokens / 2e8) ** lockin.volume_exponent, lockin.least_scale, lockin.most_scale)
        month = relative * wage / 12 * (1 + missing)
        adapting = (lockin.retraining + lockin.tenure_weight * tenure) * 12 * spend
        accounts, first = np.uint64(r.integers(0, 16)), bool(r.integers(2))
        told = valuation.migration(
            code, held, own[code], own[held], model[code], model[held], cloud[code], cloud[held],
            lockin.months_api * month, lockin.months_self * month, lockin.months_cloud * month, adapting,
        )
        told += valuation.account_opening(accounts, np.uint64(code), lockin.months_account * month)
        told += 0.5 * month * first
        if code == held:  # whoever stays pays no work
            continue
        months = {
            "self": lockin.months_self, "cloud": lockin.months_cloud, "api": lockin.months_api, "first": 0.5,
            "account": lockin.months_account,
        }  # fmt: skip
        found = page["cost_of_moving"](
            tokens, wage, missing, months, own[held], own[code], model[code] != model[held], cloud[code] != cloud[held],
            not (int(accounts) >> code) & 1, first, spend, tenure, lockin.model_dump(),
        )
        assert near(found, told)


def test_staffing(page: Page) -> None:
    """M8: what missing specialists do."""
    rules = Staff()
    for r in worlds():
        market = r.uniform(0.05, 1, 4)
        code = Staffing(month=0, market_fill=market, rules=rules)
        told = {
            "quality": code.quality_change, "drift": code.drift, "load": code.load_factor, "downtime": code.downtime,
            "moving": code.moving, "deploys": code.deploys, "incidents": code.incident_factor,
        }  # fmt: skip
        found = page["staffed"](list(market), rules.model_dump())
        assert found.keys() == told.keys() and near(list(found.values()), list(told.values()))


def test_labour_market(page: Page) -> None:
    """M9: hiring and wages."""
    labour = Labour()
    for r in worlds():
        required, employed = r.uniform(0, 100, (2, 4)), r.uniform(0, 60, (2, 4))
        stock = employed.sum(axis=0) + r.uniform(0, 60, 4)
        arriving, gap = r.uniform(0, 5, 4), r.uniform(0, 0.3, 4)
        market = labour_market.LabourMarket(
            stock=stock, employed=employed, training=np.stack([arriving, arriving]), wage=r.uniform(0.8, 2, 4), gap=gap,
            required=required, projects=0.0, vacancies=np.zeros(4), hires=np.zeros(4),
        )  # fmt: skip
        after = labour_market.after_hiring(market, labour)
        wages = labour_market.next_wage(after, labour)
        for role in range(4):
            found = page["month_of_hiring"](
                stock[role], stock[role] - employed[:, role].sum(), employed[:, role], required[:, role],
                arriving[role], labour.model_dump(),
            )  # fmt: skip
            assert near(found[0], after.stock[role]) and near(found[2], after.vacancies[role])
            assert near(found[1], after.employed[:, role])
            assert near(
                page["next_wage"](
                    market.wage[role], required[:, role].sum(), after.stock[role], gap[role], labour.wage_response,
                    labour.wage_floor,
                ),
                wages[role],
            )


def test_beliefs(page: Page) -> None:
    """M10: what a newcomer sees, how beliefs move, and the luck of projects."""
    belief = beliefs.Belief()
    for r in worlds():
        service = (10 ** r.uniform(6, 12), r.uniform(100, 5000), 2.0 ** r.integers(0, 5), r.uniform(1, 5))
        assert near(page["visible_cost"](*service), replicas.visible_cost(*service))
        mean, variance, count = r.normal(1), r.uniform(0.1, 2), int(r.integers(1, 5))
        signal, sd = r.normal(1, 1, count), r.uniform(0.1, 2, count)
        told = beliefs.updated(
            np.array([mean]), np.array([variance]), company=np.zeros(count, dtype=np.int64), signal=signal, sd=sd
        )
        found = page["updated"](mean, variance, list(zip(signal, sd, strict=True)))
        assert near(found, [told[0][0], told[1][0]])
        u, v = r.uniform(size=2) * [0.3, 1]
        luck = beliefs.overrun(np.array([u]), np.array([v]), belief)[0]
        assert near(page["overrun"](u, v, belief.model_dump(), norm.ppf), luck)
    assert near(norm.ppf(0.3), ndtri(0.3))


def test_releases(page: Page) -> None:
    """M13: what a course is worth to a releaser."""
    release = Release()
    months = release.horizon_months
    for r in worlds():
        def prospect(users: float, r: np.random.Generator = r) -> Prospect:
            return Prospect(
                margin=r.normal(0, 5, months), margin_per_point=r.uniform(0, 1, months), mtok=r.uniform(0, 9, months),
                gpu_hours=r.uniform(0, 9, months), users=users,
            )  # fmt: skip

        opened, kept, users = prospect(users := r.uniform(0, 1e4)), prospect(0.0), users
        motives = Motives(*r.uniform(0, 2, 6))
        rivals = r.uniform(0, 3, months)
        after = int(r.choice([0, 3, 12, months + 5, releasing.NEVER]))
        told = releasing.worth_of(
            after, opened=opened, kept=kept, motives=motives, rivals_gain=rivals, release=release
        ).total
        found = page["worth"](
            None if after == releasing.NEVER else after, months, release.discount_rate,
            list(zip(opened.mtok, opened.gpu_hours, opened.margin, strict=True)),
            list(zip(kept.mtok, kept.gpu_hours, kept.margin, kept.margin_per_point, strict=True)),
            {
                "mtok": motives.per_mtok, "hours": motives.per_gpu_hour, "users": motives.per_log_users,
                "support": motives.support, "own_sake": motives.per_release, "damages": motives.liability,
            },
            rivals, np.log1p(users / release.community_users),
        )  # fmt: skip
        assert near(found, told)


def test_communities_and_safety(page: Page) -> None:
    """M14, M15: contributions, flaws, incidents and misuse."""
    weights, rules = community.OpenWeights(), safety.Safety()
    for r in worlds():
        stock, users, rho = r.uniform(0, 3), 10 ** r.uniform(0, 7), r.uniform()
        told = community.next_stock(
            np.array([stock]), users=np.array([users]), readability=np.array([rho]), weights=weights
        )[0]
        assert near(page["next_stock"](stock, users, rho, weights.model_dump()), told)
        bonus = community.quality_bonus(np.array([stock]), weights)[0]
        assert near(page["quality_bonus"](stock, weights.most_bonus), bonus)
        hidden, known = r.uniform(0.2, 1), r.uniform(0, 0.5)
        line = community.Communities(*(np.array([x]) for x in (stock, hidden, known, users)))
        after = community.next_communities(
            line, users=np.array([users]), readability=np.array([rho]), published=np.array([True]),
            renewed=np.array([False]), weights=weights,
        )  # fmt: skip
        found = page["flaws"](hidden, known, rho, weights.audit_hazard, weights.patch_rate)
        assert near(found, [after.hidden[0], after.known[0]])

        quality, guarded, danger = r.uniform(80, 200), r.uniform(), r.uniform(90, 150)
        luck = r.exponential(size=(1, 3))
        told = safety.incident_hazard(
            safety=np.array([guarded]), present=np.array([hidden]), luck=luck, rules=rules
        )[0]
        found = [
            page["incident_chance"](guarded, hidden, luck[0, kind], rules.mix[kind], rules.hazard, rules.safety_effect)
            for kind in range(3)
        ]
        assert near(found, told)
        one = (np.array([quality]), np.array([guarded]))
        assert near(
            page["released_danger"](quality, guarded, danger, rules.danger_slope, rules.stripped, rules.guard),
            misuse.released_danger(one[0], safety=one[1], danger=danger, rules=rules)[0],
        )
        assert near(
            page["let_through"]([(quality, guarded)], danger, rules.danger_slope, rules.monitoring),
            misuse.passed_by_interfaces(one[0], safety=one[1], danger=danger, rules=rules),
        )


def test_incidents_and_harm(page: Page) -> None:
    """M15: who lives with incidents, what can be misused, what that costs whom."""
    rules = safety.Safety(harm=1e8, liability=0.4)
    told_rules = rules.model_dump()
    for r in worlds():
        fill, users, staying, chance = r.uniform(), r.uniform(10, 100), r.uniform(), r.uniform(0, 0.2)
        waiting, for_good = r.uniform(0, 5, 2)
        routes = np.arange(5, dtype=np.int8)
        latency = safety.latency_of(routes, rules=rules, staffed=fill)
        assert near([page["latency"](route, fill, told_rules) for route in routes], latency)
        for months, never in ((latency[r.integers(5)], 0.15), (np.inf, 0.0)):
            one = [np.array([x]) for x in (users, staying, months, never)]
            kinds = [np.full((1, 3), x) for x in (waiting, for_good, chance)]
            spell = safety.month_of_incidents(
                safety.Unpatched(kinds[0], kinds[1]), users=one[0], staying=one[1], hazard=kinds[2], latency=one[2],
                never=one[3],
            )  # fmt: skip
            told = [spell.struck, spell.unpatched, spell.after.waiting, spell.after.for_good]
            found = page["month_of_incidents"](waiting, for_good, users, staying, chance, months, never)
            assert near(found, [each[0, 0] for each in told])
        stocks, added, closed = r.uniform(0, 2, 3), r.uniform(0, 1, 3), r.uniform(0, 8)
        ordered, by_order, danger, rise = *r.uniform(0, 1, 2), r.uniform(90, 150), r.normal(0, 2)
        before = misuse.Misuse(stock=stocks, closed=0.0, danger=danger, event=0, asked=0, ordered=ordered)
        line = misuse.next_danger(danger, frontier_rise=rise, rules=rules)
        after = misuse.next_misuse(
            before, added=added, closed=closed, danger=line, asked=int(r.integers(3)), routes=(True, True), rules=rules,
            ordered=by_order,
        )  # fmt: skip
        found = page["misuse"](list(stocks), ordered, list(added), by_order, danger, rise, told_rules)
        assert near(found[0], after.stock) and near(found[1:], [after.ordered, after.danger])
        told = misuse.harm_of(after, compute_access=1.7, rules=rules)
        whole, owed = page["harm"](list(after.stock), after.ordered, closed, 1.7, after.event > 0, told_rules)
        assert near(whole, told.total) and near(owed, told.damages)
        mine = page["expected_damages"](added[0], after.whole, closed, 1.7, 24, 0.1, told_rules)
        told = misuse.expected_liability(
            added[0], marginal=after.marginal / after.whole, compute_access=1.7, months=24, discount_rate=0.1,
            rules=rules,
        )  # fmt: skip
        assert near(mine, told)


def test_the_law_of_a_quota(page: Page) -> None:
    """M16: the line of sensitivity from which the second bloc's workloads are called in, lowered and raised."""
    moved = set()
    for r in worlds():
        count = r.integers(1, 12)
        delta, hours, home = r.uniform(size=count), r.lognormal(size=count), r.random(count) < 0.4
        line = r.choice([np.inf, *delta])
        quota, room = r.uniform(0, 0.9), r.choice([0.0, 2.0, np.inf])
        told = sovereignty.next_line(line, sensitivity=delta, hours=hours, at_home=home, quota=quota, room=room)
        assert page["law"](line, list(zip(delta, hours, home, strict=True)), quota, room) == told
        moved.add(np.sign(told - line) if told != line else 0)
    assert moved == {-1.0, 0, 1.0}


def test_finance(page: Page) -> None:
    """M17: tax, appetite and dividends."""
    rules = finance.Finance()
    for r in worlds():
        profit, carried, cash, debt = r.normal(0, 5), r.uniform(0, 5), r.uniform(0, 9), r.choice([0.0, 1.0])
        told = finance.tax_due(np.array([profit]), carried=np.array([carried]), rate=0.2)
        assert near(page["tax_due"](profit, carried, 0.2), [told[0][0], told[1][0]])
        mood, months = r.normal(), int(r.integers(1, 100))
        assert near(
            page["appetite"](mood, months, rules.appetite_persistence, rules.appetite_spread),
            finance.appetite_of(mood, months=months, finance=rules),
        )
        drop = float(r.uniform(0, 0.4))
        margin, price, shell = r.uniform(0, 2000), r.uniform(1e4, 5e4), r.uniform(1e3, 2e4)
        machine = {"margin": margin, "machine_price": price, "shell_price": shell}
        told = finance.return_on_machines(**machine, life=60, shell_life=180, price_decline=drop)
        assert near(page["return_on_machines"](*machine.values(), 60, 180, drop), told)
        uniform, expected, hurdle, seats = r.uniform(), r.uniform(0, 4), r.uniform(0, 0.3), int(r.integers(1, 6))
        rate = finance.founding_rate(expected, hurdle=hurdle, finance=rules)
        told = finance.poisson(uniform, mean=2 * rate, most=seats)
        assert page["entrants"](uniform, expected, hurdle, rules.model_dump(), seats, 2) == told
        lab, month = frontier.Lab(), int(r.integers(0, 80))
        need, revenue, growth, mood = r.uniform(0, 4e8), r.lognormal(18), r.normal(1, 2), r.lognormal(0, 0.3)
        told = training.equity_raised(
            need=need, month=month, yearly_growth=growth, monthly_revenue=revenue, appetite=mood, lab=lab
        )
        seed = training.seed_equity(month, lab)
        assert near(page["equity_raised"](need, seed, growth, revenue, mood, lab.model_dump()), told)
        margins = r.normal(0, 5, 12)
        told = finance.credit_line(np.array([margins.mean() * 12]), leverage=np.array([3.0]))[0]
        assert near(page["credit_line"](list(margins), 3.0), told)
        arrays = (np.array([each]) for each in (4.0, profit, debt, 0.5))
        kept, earned, owed, payout = arrays
        told = finance.paid_out(np.array([cash]), kept=kept, profit=earned, debt=owed, payout=payout)[0]
        assert near(page["dividend"](cash, 4.0, profit, debt, 0.5), told)


def test_debt_service(page: Page) -> None:
    """M17: what is repaid of loans and what stays in arrears, by a hoster and by whom a patron backs."""
    short = set()
    for r in worlds():
        hoster, backed = Hoster.__new__(Hoster), SimpleNamespace(alive=True)
        hoster.alive = True
        debts, room = np.rint(r.uniform(0, 1e8, 2)).astype(np.int64), np.rint(r.uniform(0, 5e6, 2)).astype(np.int64)
        lent, arrears = r.uniform(0, 5e5, (6, 2)), r.uniform(0, 2e4, 2)
        paid: dict[Flow, Any] = {}
        ledger = SimpleNamespace(
            sheet=lambda debts=debts: SimpleNamespace(loans=-debts), room=lambda _, room=room: room,
            pay=lambda flow, *, payer, payee, cents, paid=paid: paid.update({flow: cents}),
        )  # fmt: skip
        rules = finance.Finance()
        state = SimpleNamespace(
            instalments=list(finance.instalment(lent, rate=rules.loan_rate, months=rules.loan_months)),
            arrears=arrears.copy(), arrears_months=np.zeros(2, dtype=int),
        )  # fmt: skip
        world: Any = SimpleNamespace(sellers=[hoster, backed], finances=state, ledger=ledger)
        service_debt(world, Scenario(name="debt", finance=rules))
        for k, means in enumerate((room[0] / 100, np.inf)):
            debt = debts[k] / 100
            interest = debt * rules.loan_rate / 12
            found = page["principal"](
                debt, interest, list(lent[:, k]), arrears[k], rules.loan_rate, rules.loan_months, means
            )
            told = [paid[Flow.PRINCIPAL][k] / 100, state.arrears[k]]
            assert np.allclose(found, told, atol=0.03) and abs(paid[Flow.INTEREST_LOAN][k] / 100 - interest) <= 0.005
            short.add((k, bool(told[1] > 0)))
    assert short == {(0, True), (0, False), (1, False)}


def test_one_voice(page: Page) -> None:
    """M18: what is felt of a stance, and how far it moves an outcome."""
    for r in worlds():
        voice, stance, trigger = r.uniform(0, 0.2), r.uniform(-1, 1), r.uniform(0.2, 0.5)
        said, demand = actor.Actor(voice=voice, stance=stance), Demand()
        felt = actor.as_heard(demand, said)
        for name in ("friction_hosted", "friction_self", "friction_developer"):
            found = page["heard"](getattr(demand, name), trigger, 1.0, voice, stance)
            told = [getattr(felt, name), actor.trigger_as_heard(trigger, said), actor.appetite_as_heard(said)]
            assert near(found, told)
        ends = r.normal(0, 1, (2, 3, 5))
        runs = [[SimpleNamespace(indicators=pd.DataFrame({"y": path})) for path in end] for end in ends]
        told = leverage_of_runs(*runs, measures=("y",), tail_months=2).elasticity["y"].value
        found = [page["arc_elasticity"](a[-2:].mean(), b[-2:].mean()) for a, b in zip(*ends, strict=True)]
        assert near(np.mean(found), told)


def test_chance_as_the_page_on_common_random_numbers_writes_it() -> None:
    """The hash in whole numbers of any size, cut to 64 bits, gives the same draws."""
    text = (DOCS / "explanation" / "common_random_numbers.md").read_text(encoding="utf-8")
    start, golden, first, second = (int(word, 16) for word in re.findall(r"0x([0-9A-F]{16})", text))
    mask = 2**64 - 1
    for r in worlds():
        address = [int(r.integers(1, 50)), int(r.choice(list(Mechanism))), *(int(x) for x in r.integers(0, 10**6, 3))]
        state = start
        for word in address:
            z = (state + (word + 1) * golden) & mask
            z = ((z ^ (z >> 30)) * first) & mask
            z = ((z ^ (z >> 27)) * second) & mask
            state = z ^ (z >> 31)
        draw, mechanism, month, entity, subject = address
        told = Chance(draw).uniform(Mechanism(mechanism), month=month, entity=entity, subject=subject)
        assert float(told) == (state >> 12) * 2.0**-52 + 2.0**-53
