"""What companies value and consider: the economics of one choice."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from agents.choice import choose
from agents.choice_plain import consideration, pairs
from agents.offers import OfferError
from agents.panel_base import panel_base
from agents.preferences import Demand, LockIn
from agents.usage import best_on_route, use
from agents.valuation import adequacy
from market.chance import Chance
from market.labour import Labour
from market.serving import ReferenceModel, self_host_cost

Builder = Callable[..., Any]
CERTAIN = {"taste_spread": 0.0}
LOCK_IN = LockIn()
WORK_MONTH = 0.5**LOCK_IN.volume_exponent * Labour().integrator / 12  # of an integrator at 1e8 tokens a month, USD
NO_INTEGRATION = {"integration_base": 0.0, "integration_slope": 0.0}
SELF_RENT = {"route": 2, "nest": 1, "open": True, "host_cloud": 0, "price": 3.0}


def chosen(world: Any) -> Any:
    rows = np.arange(len(world.workloads.company))
    return choose(Chance(1), world.terms(rows), world.offers(), world.weights())


def valued(world: Any) -> Any:
    rows = np.arange(len(world.workloads.company))
    return pairs(world.terms(rows), world.offers(), world.weights())


def month_of_use(world: Any, rows: Any) -> Any:
    return use(
        world.workloads, rows, offers=world.offers(), demand=world.demand, selfhost=world.selfhost, labour=world.labour,
        circumstances=world.circumstances,
    )  # fmt: skip


def test_adequacy_is_an_s_curve_and_quality_beyond_the_need_is_worthless() -> None:
    need_factor = 1.0
    quality = np.linspace(-60, 60, 241)
    share = adequacy(need_factor, np.exp(-quality / 6.0))
    assert np.all(np.diff(share) > 0)
    assert share[120] == pytest.approx(0.5)
    assert np.argmax(np.diff(share)) in (119, 120)
    assert share[-1] - share[-41] < 0.002
    assert share + share[::-1] == pytest.approx(np.ones_like(share))


def test_everyone_takes_the_better_model_only_while_it_is_better_in_ways_that_matter(make_world: Builder) -> None:
    offers = [{"model": 0, "quality": 130.0, "price": 1.0}, {"model": 1, "quality": 150.0, "price": 2.0}]
    need = np.linspace(70, 150, 81)
    code = chosen(make_world(offers, companies=81, need=need, demand=CERTAIN, value=100.0)).code
    assert code[0] == 0
    assert code[-1] == 1
    assert np.sum(np.diff(code) != 0) == 1


def test_the_bill_is_the_loss_of_surplus_from_a_dearer_token(make_world: Builder) -> None:
    """Envelope theorem: d surplus / d price = - tokens."""
    price, step = 3.0, 1e-4
    around = [
        valued(make_world([{"price": price + shift}], selfhost=NO_INTEGRATION, reference_price=2.0))
        for shift in (-step, 0.0, step)
    ]
    surplus = [float((each.use - each.cost)[0, 0]) for each in around]
    mtok = 1e8 / 1e6 * float(around[1].ratio[0, 0])
    assert (surplus[2] - surplus[0]) / (2 * step) == pytest.approx(-mtok, rel=1e-6)
    assert float(around[1].ratio[0, 0]) == pytest.approx((3.0 / 2.0) ** -0.1)


def test_running_a_model_oneself_costs_what_the_engineering_says(make_world: Builder) -> None:
    for tokens, sla, service in ((3e7, 0, "internal"), (3e9, 1, "customer"), (1e11, 2, "core")):
        world = make_world([SELF_RENT], volume=tokens, company_volume=tokens, sla=sla)
        cost = self_host_cost(tokens, service, model=ReferenceModel(active=70.0, total=70.0), gpu_hour_price=3.0)
        assert float(valued(world).cost[0, 0]) == pytest.approx(cost.total / 12, rel=1e-12)


def test_use_of_a_self_run_model_splits_that_cost_into_rent_staff_and_the_rest(make_world: Builder) -> None:
    world = make_world([SELF_RENT], volume=3e9, company_volume=3e9, sla=1, held=0, held_quality=150.0)
    month = month_of_use(world, np.array([0]))
    cost = self_host_cost(3e9, "customer", model=ReferenceModel(active=70.0, total=70.0), gpu_hour_price=3.0)
    assert month.bill[0] == pytest.approx(cost.gpus * 730 * 3.0)
    assert month.gpu_hours_held[0] == pytest.approx(cost.gpus * 730)
    assert month.staff[0] == pytest.approx(cost.staff / 12)
    assert month.bill[0] + month.staff[0] + month.other[0] == pytest.approx(cost.total / 12)
    assert 0 < month.gpu_hours_busy[0] < month.gpu_hours_held[0]


def test_the_value_chosen_is_the_value_used(make_world: Builder) -> None:
    offers = [{"model": 0, "price": 2.0}, SELF_RENT | {"model": 1, "price": 0.01}, {"route": 4, "nest": 1, "model": 2,
              "total": 20.0, "price": 0.1, "open": True}]  # fmt: skip
    for code in range(3):
        frictions = {"friction_hosted": -0.2, "friction_self": -0.2}
        world = make_world(offers, volume=3e9, company_volume=3e9, held=code, held_quality=150.0, demand=frictions)
        every = valued(world)
        at = int(np.flatnonzero(every.codes == code)[0])
        month = month_of_use(world, np.array([0]))
        assert month.surplus[0] == pytest.approx(float(every.true[0, at]), rel=1e-9)
        assert month.bill[0] + month.staff[0] + month.other[0] == pytest.approx(float(every.cost[0, at]), rel=1e-9)
        assert month.tokens[0] == pytest.approx(3e9 * float(every.ratio[0, at]), rel=1e-9)


def test_l34_with_machines_and_staff_free_all_run_the_best_open_model(make_world: Builder) -> None:
    offers = [
        {"model": 0, "quality": 140.0, "price": 0.01},
        SELF_RENT | {"model": 1, "quality": 120.0, "price": 0.0},
        SELF_RENT | {"model": 2, "quality": 140.0, "price": 0.0},
    ]
    free = {"overhead": 0.0, "fixed_internal": 0.0, "staff_base": 0.0, "staff_slope": 0.0}
    world = make_world(
        offers,
        companies=200,
        demand=CERTAIN,
        selfhost=free | NO_INTEGRATION,
        need=np.linspace(60, 160, 200),
        lockin={"months_self": 0.0},
    )
    choices = chosen(world)
    assert np.all(choices.code == 2)
    assert np.all(choices.cost == 0.0)


def test_a_company_considers_what_it_knows_what_it_holds_and_its_own_cloud(make_world: Builder) -> None:
    offers = [{"model": k, "seller": k} for k in range(4)]
    world = make_world(offers, known=0b0010, held=2, tenancy=3)
    considered = consideration(world.terms(np.array([0])), world.offers(), np.arange(4))
    assert considered.tolist() == [[False, True, True, True]]


def test_open_models_need_to_be_heard_of_unless_they_are_in_use(make_world: Builder) -> None:
    offers = [{"model": 0}, {"model": 1, "route": 1, "open": True}, SELF_RENT | {"model": 1}]
    world = make_world(offers, aware_open=False, held=2)
    assert consideration(world.terms(np.array([0])), world.offers(), np.arange(3)).tolist() == [[True, False, True]]


def test_sensitive_data_of_a_regulated_company_stays_where_it_is_allowed(make_world: Builder) -> None:
    offers = [
        {"model": 0, "exposure": 1.0},
        {"model": 0, "exposure": 1.0, "exposure_tenant": 0.6, "host_cloud": 7},
        SELF_RENT | {"model": 1, "exposure": 0.3},
    ]
    considered = []
    for sensitivity, regulated, segment in ((0.5, False, 0), (0.5, True, 0), (0.9, True, 0), (0.9, True, 1)):
        world = make_world(offers, sensitivity=sensitivity, regulated=regulated, segment=segment, tenancy=7)
        considered.append(consideration(world.terms(np.array([0])), world.offers(), np.arange(3))[0].tolist())
    assert considered == [[True, True, True], [False, True, True], [False, False, True], [True, True, True]]


def test_changing_developer_costs_months_of_value_and_developers_nothing(make_world: Builder) -> None:
    offers = [{"model": 0, "vendor": 0}, {"model": 1, "vendor": 0}, {"model": 2, "vendor": 1}]
    enterprise = valued(make_world(offers, held=0, accepted_bill=100.0, tenure=10))
    gross = 50.0 * 100
    assert enterprise.disruption[0].tolist() == pytest.approx(
        [0.0, LOCK_IN.within_vendor * LOCK_IN.vendor_change * gross, LOCK_IN.vendor_change * gross]
    )
    work = LOCK_IN.months_api * WORK_MONTH
    adapting = (LOCK_IN.retraining + LOCK_IN.tenure_weight * 10) * 1200
    assert enterprise.migration[0].tolist() == pytest.approx([0.0, work + adapting, work + adapting])
    router = valued(make_world(offers, held=0, accepted_bill=100.0, tenure=10, segment=1))
    assert np.all(router.disruption + router.migration + router.egress == 0.0)


def test_moving_between_hosts_of_a_model_costs_no_integration_and_between_clouds_egress(make_world: Builder) -> None:
    hosted = {"route": 1, "open": True}
    elsewhere = {"seller": 1, "host_cloud": 1}
    offers = [hosted | {"host_cloud": 0}, hosted | elsewhere, SELF_RENT, SELF_RENT | elsewhere]
    from_host = valued(make_world(offers, held=0, data_tb=2.0))
    at = np.argsort(from_host.codes)
    assert from_host.migration[0, at].tolist() == pytest.approx(
        [0.0, 0.0, LOCK_IN.months_self * WORK_MONTH, LOCK_IN.months_self * WORK_MONTH]
    )
    assert from_host.egress[0, at].tolist() == pytest.approx([0.0, 2000 * LOCK_IN.egress, 0.0, 2000 * LOCK_IN.egress])
    from_cloud = valued(make_world(offers, held=2))
    assert from_cloud.migration[0, at].tolist() == pytest.approx([0.0, 0.0, 0.0, LOCK_IN.months_cloud * WORK_MONTH])


def test_the_first_adoption_is_paid_once_by_the_company(make_world: Builder) -> None:
    new, old = (valued(make_world([{}], adopted=adopted)).migration[0, 0] for adopted in (False, True))
    assert new == pytest.approx(WORK_MONTH)
    assert old == 0.0


def test_welfare_counts_part_of_the_friction_and_no_switching_cost(make_world: Builder) -> None:
    offers = [{"model": 0}, {"model": 1, "route": 1, "open": True, "vendor": 1}]
    demand = {"friction_hosted": -0.23, "friction_real": 0.5, "privacy_weight": 0.5}
    every = valued(make_world(offers, held=0, demand=demand, selfhost=NO_INTEGRATION, sensitivity=0.5))
    gross = 50.0 * 100
    assert every.true[0, 0] - every.true[0, 1] == pytest.approx(0.5 * 0.23 * gross)
    once = every.migration[0, 1] + every.disruption[0, 1]
    assert every.true[0, 1] - every.decision[0, 1] == pytest.approx(0.5 * 0.23 * gross + once / LOCK_IN.horizon)


def test_experience_wears_friction_down_to_its_floor(make_world: Builder) -> None:
    demand = {"friction_hosted": -0.2, "friction_floor": 0.3, "friction_decay": 0.1}
    world = make_world([{"route": 1, "open": True}], demand=demand)
    fresh = world.terms(np.array([0])).friction_hosted[0]
    later = dataclasses.replace(world.circumstances, experience=np.full((1, 3), 1e3))
    seasoned = dataclasses.replace(world, circumstances=later)
    assert fresh == pytest.approx(-0.2)
    assert seasoned.terms(np.array([0])).friction_hosted[0] == pytest.approx(-0.06)


def test_the_panel_base_and_the_metered_part_make_the_decision_value(make_world: Builder) -> None:
    offers = [{"model": 0, "price": 3.0}, {"model": 1, "available": False}, SELF_RENT | {"model": 2}]
    world = make_world(offers, reference_price=2.0, volume=3e9, company_volume=3e9)
    terms = world.terms(np.array([0]))
    base = panel_base(terms, world.offers(), world.weights())
    every = valued(world)
    ratio = 1.5**-0.1
    use_value = 2.0 * 3000 * (0.1 / 0.9) * (1 - 1.5**0.9)
    assert base[0, 0] + use_value - 3.0 * 3000 * ratio == pytest.approx(float(every.decision[0, 0]))
    assert base[0, 1] == -np.inf
    assert base[0, 2] == pytest.approx(float(every.decision[0, 1]))


def test_a_model_too_large_for_the_device_is_not_offered_on_it(make_world: Builder) -> None:
    device = {"route": 4, "nest": 1, "open": True, "price": 0.1}
    world = make_world([device | {"total": 25.0}, device | {"total": 27.0}])
    assert world.offers().order.tolist() == [0]


def test_the_best_model_on_a_route_is_one_that_is_available(make_world: Builder) -> None:
    offers = [{"quality": 130.0}, {"quality": 140.0, "available": False}, {"route": 1, "quality": 120.0}]
    sheet = make_world(offers).sheet
    assert best_on_route(sheet).tolist() == [130.0, 120.0, -np.inf, -np.inf, -np.inf]


def test_impossible_offers_and_trees_are_refused_with_a_remedy(make_world: Builder) -> None:
    with pytest.raises(OfferError, match="post a price or withdraw"):
        make_world([{"price": 0.0}]).offers()
    with pytest.raises(OfferError, match="held >= 0"):
        month_of_use(make_world([{}]), np.array([0]))
    with pytest.raises(ValidationError, match=r"dissimilarity_hosts = .* exceeds dissimilarity_models"):
        Demand(dissimilarity_hosts=0.7)
