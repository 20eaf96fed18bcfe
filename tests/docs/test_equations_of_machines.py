"""Prices, the market for GPU-hours, machines and models (M2 to M7) as docs/model.md writes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from agents.conduct import Invest, damped_forecast, desired_capacity, pays_off, trend_growth
from agents.terms import staff_of
from market import clearing, frontier, pooling, pricing, reservations, serving, spot, training, vendor
from market.clearing import CLASSES, FORECLOSABLE
from market.contracts import place_contracts
from market.fleet import Chip
from market.frontier import Frontier
from market.labour import Labour, loaded_wage
from market.serving import SelfHosting
from simulation.month import expectations
from tests.agents.conftest import small_world
from tests.docs.equations import Page, near, worlds

CIRCUMSTANCES = small_world([{}]).circumstances


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
        rules = reservations.Reserve(discount=discount, learning=0.07, term=3)
        charged, quote = r.lognormal(1, 1, 3), 2.0
        memory = reservations.QuoteMemory(np.array([0.3]))
        for paid in charged:
            now = {"quoted": np.array([quote]), "posted": np.array([paid]), "judges": np.array([True])}
            memory, quote = memory.after(reserve=rules, **now), 9.0
        found = page["next_correction"](0.3, 2.0, list(charged), discount, 0.07)
        assert near(found, memory.correction[0])
        told = reservations.base_load(np.array([usual]), discount=discount, uncertainty=0.3)[0]
        assert near(page["base_load"](usual, discount, 0.3, norm.ppf), told)
        past, rest = r.random(r.integers(1, 13)) * (r.random() < 0.8), r.lognormal(5)
        part = reservations.dependable_part(
            [np.array([share, 1.0 - share]) for share in past], usual=np.array([usual, rest]), discount=discount
        )
        assert near(page["dependable_part"](list(past), usual, usual + rest, discount), part[0])
        told = reservations.base_load(np.array([usual]), discount=discount, uncertainty=0.3, dependable=part)[0]
        assert near(page["base_load"](usual, discount, 0.3, norm.ppf, part[0]), told)
        loads, machines, own = r.uniform(0, 2, 4), r.uniform(1, 9, 4) * (np.arange(4) > 0), r.random()
        told = pricing.heeded_load(loads, machines=machines, own=own)
        assert near(page["heeded_loads"](list(loads), list(machines), own), told)


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
        hours, months, idle = r.uniform(1, 9, 1), r.uniform(1, 6, 1), r.uniform(0, 4, int(r.integers(0, 8)))
        assert near(
            page["owed_anyway"](hours[0], months[0], list(idle), 2.5),
            training.owed_anyway(hours, months, idle=idle, price=2.5)[0],
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
        wage = page["loaded_wage"](tokens, 1, labour.wage_of_the_smallest, labour.wage_rise_with_size)
        month = page["self_run_cost"](
            copies * cards, price * host.price_multiplier, host.overhead, fte, wage, host.fixed_cost[code]
        )
        assert near([copies * cards, fte, 12 * month], [told.gpus, told.staff_fte, told.total])
        assert near(wage, loaded_wage(tokens, labour))
        efficiency = r.uniform(1, 60)
        fte = page["staff"](
            tokens, efficiency, host.staff_base, host.staff_slope, host.staff_exponent, host.staff_multiplier
        )
        wage = page["loaded_wage"](tokens, efficiency, labour.wage_of_the_smallest, labour.wage_rise_with_size)
        now = replace(CIRCUMSTANCES, serving_efficiency=efficiency)
        told = staff_of(np.array([tokens]), selfhost=host, labour=labour, circumstances=now)
        assert near([fte, wage], [each[0] for each in told])
        tenants, pool = 10 ** r.uniform(-1, 4), int(r.integers(0, 3))
        assert near(page["pooled_peak"](4.0, tenants, pool), pooling.pooled_peak(4.0, tenants, pool))
