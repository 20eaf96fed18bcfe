"""Paths, companies and people (1.2, M1, M8 to M11) as docs/model.md writes them, against the code on random arguments.

The page is taken as it stands: its blocks are the other implementation. What they give and what the code gives agree,
so that who re-implements the model from the page alone gets the same economy.
"""

from __future__ import annotations

import re

import numpy as np
from scipy.special import ndtri
from scipy.stats import norm

from agents import beliefs, census, tenancy, valuation
from agents.conduct import Other, subscribers_kept
from agents.population import Needs
from agents.preferences import Demand, LockIn
from agents.staffing import Staff, Staffing
from agents.terms import remaining_friction
from market import frontier, labour_market, replicas
from market.chance import Chance, Mechanism
from market.frontier import Frontier
from market.labour import Labour
from scenarios.scenario import Horizon, Scenario
from simulation.calendar import calendar_of
from simulation.month import births
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
        flight = Other(subscriber_flight=r.uniform(), flight_scale=r.uniform(5, 40))
        for lead in (r.uniform(-5, 60), np.inf):
            assert near(page["subscribers_kept"](lead, flight.model_dump()), subscribers_kept(lead, flight))
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
