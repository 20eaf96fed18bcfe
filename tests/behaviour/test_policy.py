"""Instruments of regulation in a whole small economy (docs/model.md M16, M18): switches, and what each does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agents.regulator import PUBLIC_CLOUD
from agents.sellers import InTests
from market.clearing import Priority
from market.goods import Route
from scenarios import read_scenario
from scenarios.shocks import Shock
from simulation import ComputeEconomy, simulate
from simulation.month.incidents import safety_by_line
from simulation.run import Run

SMALL = {"companies.count": 400, "companies.panel": 256, "control.panel": 256}
FROM = 3  # month in which dated instruments come
INSTRUMENTS: dict[str, Any] = {
    "egress_cap": True, "portability": True, "interop": True, "commit_ban": True, "nondiscrimination": True,
    "separation": True, "distill_ban": True, "open_ban_q": 100.0, "safety_delay": 3, "liability_open": True,
    "export_control": True, "advice_programme": True, "disclosure": True, "sme_voucher": 0.3, "chip_tax": 0.2,
    "talent_visas": True,
}  # fmt: skip
MORE_SELLERS_OR_OFFERS: dict[str, Any] = {"mandate_lag": 1, "public_compute": 0.1, "sovereign_quota": 0.3}


def dated(name: str, value: Any, *, months: int) -> Run:
    """A small world in which an instrument comes into force in month `FROM`."""
    plan = read_scenario("baseline", overrides=SMALL | {"horizon.months": months, "compute.foreclosure": 0.5})
    shock = Shock(month=FROM, parameter=f"policy.{name}", shape="step_to", value=value, months=0)
    return simulate(plan.model_copy(update={"shocks": (shock,)}))


@pytest.fixture(scope="module")
def without() -> Run:
    """The same world without any instrument."""
    return simulate(read_scenario("baseline", overrides=SMALL | {"horizon.months": 5, "compute.foreclosure": 0.5}))


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_an_instrument_changes_nothing_before_its_date_and_is_told(
    name: str, without: Run, differences: Callable[..., list[str]]
) -> None:
    run = dated(name, INSTRUMENTS[name], months=5)
    assert differences(run, without, before=FROM) == []
    told = run.events[run.events.kind == "policy"]
    assert list(zip(told.month, told.object, strict=True)) == [(FROM, name)]


@pytest.mark.parametrize("name", MORE_SELLERS_OR_OFFERS)
def test_what_is_founded_for_an_instrument_shifts_nobody_before_its_date(name: str, without: Run) -> None:
    run = dated(name, MORE_SELLERS_OR_OFFERS[name], months=5)
    before, after = (r.indicators[r.indicators.month < FROM] for r in (without, run))
    for column in ("adoption", "price_closed", "gpu_hour_price", "profit_lab", "profit_cloud", "welfare"):
        assert np.allclose(before[column], after[column], rtol=1e-9), column


def test_how_strong_instruments_would_be_matters_to_nobody_while_they_are_off(
    run_of_world: Callable[..., Run], differences: Callable[..., list[str]]
) -> None:
    idle = {
        "policy.egress_cost": 0.03, "policy.portability_effect": 0.25, "policy.distill_leak": 0.2,
        "policy.testing": 0.2, "policy.public_rate": 0.07, "policy.visa_rate": 0.01, "policy.review_hhi": 0.2,
        "policy.review_lag": 0, "chip.smuggled": 0.2, "actor.voice": 0.2,
    }  # fmt: skip
    assert differences(run_of_world(idle, months=4), run_of_world(months=4)) == []


def economy(overrides: dict[str, Any], *, months: int, arm: str = "open") -> ComputeEconomy:
    assumed = read_scenario("baseline", overrides=SMALL | {"horizon.months": months} | overrides)
    world = ComputeEconomy(assumed, arm=arm)
    world.run()
    return world


def paid(world: ComputeEconomy, flow: str) -> Any:
    flows = world.results().flows
    return flows[flows.flow == flow]


def test_the_chip_tax_is_a_transfer_from_who_rents_machines_out_to_the_state() -> None:
    world = economy({"policy.chip_tax": 0.2}, months=6)
    bought, tax = paid(world, "capex_gpu"), paid(world, "chip_tax")
    assert set(tax.payee) == {"government"} and "companies" not in set(tax.payer)
    taxed, levied = (f[f.payer != "companies"].groupby("month").cents.sum() for f in (bought, tax))
    assert np.allclose(levied, 0.2 * taxed, rtol=1e-6)
    indicators, subsidy = world.results().indicators.set_index("month"), paid(world, "subsidy")
    given = subsidy.groupby("month").cents.sum().reindex(levied.index, fill_value=0)
    assert np.allclose(indicators.net_tax[levied.index], (levied - given) / 100, rtol=1e-9)


def test_vouchers_pay_their_part_of_what_small_and_medium_companies_spend_and_let_more_of_them_in(
    run_of_world: Callable[..., Run]
) -> None:
    given, without = run_of_world({"policy.sme_voucher": 0.4}, months=12), run_of_world(months=12)
    spend = given.cohorts[given.cohorts.size_class != "250+"].groupby("month").spend_cents.sum()
    vouchers = given.flows[given.flows.flow == "voucher"]
    assert set(vouchers.payer) == {"government"} and set(vouchers.payee) == {"companies"}
    assert np.allclose(vouchers.groupby("month").cents.sum(), 0.4 * spend, rtol=1e-4)
    more = given.indicators.adoption_small - without.indicators.adoption_small
    assert more.mean() > 0


def test_the_public_cloud_holds_its_share_serves_small_companies_alone_and_is_paid_for_by_the_state() -> None:
    soon = {"invest.shell_lead_months": 3, "invest.gpu_lead_months": 1, "adopt.open_own_hazard": 0.5}
    world = economy(soon | {"policy.public_compute": 0.2, "demand.friction_hosted": 0.0}, months=16)
    clouds = {cloud.name: cloud for cloud in world.world.clouds}
    public = clouds.pop(PUBLIC_CLOUD)
    others = sum(c.fleet.count + c.fleet.count_on_order for c in clouds.values())
    assert public.fleet.count > 0
    assert public.fleet.count + public.fleet.count_on_order <= 0.3 * others
    companies, book = world.world.companies, world.world.book
    held = companies.held[companies.held >= 0]
    users = companies.company[companies.held >= 0][book.seller[held] == public.code]
    assert len(users) > 0 and (companies.size_class[users] < 2).all()
    rented = np.flatnonzero(world.record.compute.serving_held[:, public.code] > 0)
    assert {world.world.buyers.names[row] for row in rented} <= {PUBLIC_CLOUD, "self_renters"}
    capex, sites, grants = (paid(world, flow) for flow in ("capex_gpu", "capex_dc", "public_compute_capex"))
    spent = sum(int(flow[flow.payer == PUBLIC_CLOUD].cents.sum()) for flow in (capex, sites))
    assert 0 < grants.cents.sum() <= spent and set(grants.payer) == {"government"}
    assert world.ledger.view(PUBLIC_CLOUD).debt == 0


def test_weights_become_public_by_order_after_their_lag_and_only_where_weights_may_be_published() -> None:
    ordered = {"policy.mandate_lag": 2}
    world = economy(ordered, months=5)
    held = [offer for offer in world.world.book.offers if offer.line.name == "lab_1/public"]
    sheet = world.record.tariffs.sheet
    assert any(sheet.available[o.code] and o.route == Route.HOSTED_OPEN for o in held)
    lab = world.world.labs[0]
    assert lab.models["public"].quality == world.world.line_quality[-3][lab.models["frontier"].line]
    shut = economy(ordered, months=5, arm="closed")
    assert not any(shut.record.tariffs.sheet.available[o.code] for o in held)


def test_a_separated_lab_has_no_owner_any_more() -> None:
    world = economy({"policy.separation": True, "compute.foreclosure": 0.5}, months=2)
    assert all(not lab.parent for lab in world.world.labs)
    assert world.assumptions.compute.foreclosure == 0.0
    assert world.results().indicators.profit_lab_cloud_owned.eq(0).all()


def test_where_rivals_must_be_served_alike_an_owned_lab_comes_with_the_others() -> None:
    asked = []
    for rule in (False, True):
        cleared = economy({"policy.nondiscrimination": rule}, months=4).record.compute.cleared
        wanted = cleared.immediate + cleared.deferrable
        asked.append(float(wanted[:, :, Priority.AFFILIATE].sum()))
    assert asked[0] > 0 and asked[1] == 0


def test_no_weights_above_the_line_are_published() -> None:
    events = economy({"policy.open_ban_q": 95.0}, months=8).results().events
    published = events[events.text.str.contains("weights published")]
    quality = published.text.str.extract(r"^([\d.]+) points")[0].astype(float)
    assert (quality <= 95.0 + 0.05).all()


def test_tests_of_models_hold_every_new_one_back_for_their_length() -> None:
    soon, late = (economy({"policy.safety_delay": delay}, months=12).world.closed_frontier for delay in (0, 4))
    first = [int(np.flatnonzero(np.asarray(path) > path[0])[0]) for path in (soon, late)]
    assert first[1] == first[0] + 4


def test_an_entrant_whose_first_model_is_in_tests_waits_for_it(economy_of: Callable[..., ComputeEconomy]) -> None:
    tested = economy_of({"policy.safety_delay": 6}, months=2)
    lab = next(lab for lab in tested.world.labs if lab.alive)
    lab.planned, lab.models, lab.run, lab.in_tests = lab.models, {}, None, [InTests(5, 200.0, 1e6, 0.7)]
    lab.training_cash = 1e11  # it could begin another run
    for _ in range(3):
        tested.step()
        assert lab.run is None and not lab.models
    tested.step()
    assert (lab.models["frontier"].quality, lab.models["frontier"].flaws_left) == (200.0, 0.7)


def test_only_models_that_passed_a_test_are_safer(economy_of: Callable[..., ComputeEconomy]) -> None:
    """The rule comes in month 3: what is out, and what releasers publish of what was sold before, stays as it was."""
    rule = Shock(month=FROM, parameter="policy.safety_delay", shape="step_to", value=4, months=0)
    plan = read_scenario("baseline", overrides=SMALL | {"horizon.months": 30})
    world = ComputeEconomy(plan.model_copy(update={"shocks": (rule,)}))
    left, tested = 0.95**4, []
    for month in range(30):
        world.step()
        assumed = world.record.assumptions
        newest, on_device = safety_by_line(world.world, assumed)
        for trainer in world.world.trainers:
            trained = assumed.sellers[trainer.name].safety if trainer.name in assumed.sellers else 0.92
            for model in trainer.models.values():
                assert model.flaws_left in (1.0, left)
                if model.flaws_left == 1.0:
                    assert newest[model.line] == trained
                    continue
                tested.append((month, trainer.kind))
                assert newest[model.line] == pytest.approx(1 - (1 - trained) * left)
                assert on_device[model.line] <= newest[model.line]
    first = {kind: min(month for month, other in tested if other == kind) for kind in ("lab", "releaser")}
    assert first["lab"] >= FROM + 4 and first["releaser"] > first["lab"]


def test_tests_make_nothing_safer_that_is_out_when_they_are_ordered(run_of_world: Callable[..., Run]) -> None:
    """No model is finished in the first months: incidents per user of a rule with strong tests are those without."""
    harm = {"safety.hazard": 0.2}
    asked, free = (run_of_world(harm | terms, months=3) for terms in
                   ({"policy.safety_delay": 12, "policy.testing": 0.2}, {"policy.testing": 0.2}))  # fmt: skip
    for kind in ("incidents_bias", "incidents_misinformation", "incidents_autonomy"):
        assert asked.indicators[kind].iloc[0] == free.indicators[kind].iloc[0] > 0



def test_export_control_sets_the_second_bloc_back_the_more_the_longer_it_lasts() -> None:
    def newest(overrides: dict[str, Any]) -> float:
        world = economy(overrides, months=20).world
        return next(r for r in world.releasers if r.jurisdiction == 1).models["open"].quality

    free, cut_off = newest({}), newest({"policy.export_control": True})
    leaky = newest({"policy.export_control": True, "chip.smuggled": 0.2})
    assert cut_off < leaky < free


def test_the_regulator_adopts_its_remedies_a_lag_after_control_stayed_concentrated() -> None:
    rules = {"policy.response": "conduct", "policy.review_hhi": 0.0, "policy.review_after": 2, "policy.review_lag": 2}
    world = economy(rules, months=8)
    told = world.results().events.query("kind == 'policy'")
    assert "review" in set(told.object)
    decided = told[told.text.str.startswith("adopted")].month.iloc[0]
    in_force = told[told.text == "in force"]
    assert set(in_force.month) == {decided + 1}
    assert set(in_force.object) >= {"portability", "egress_cap"}
    assert world.assumptions.reserve.most_of_supply == 0.0


def test_a_voice_for_open_weights_spreads_them_and_one_against_holds_them_down(
    run_of_world: Callable[..., Run]
) -> None:
    share = [
        run_of_world({"actor.stance": stance, "actor.voice": 0.2}, months=12).indicators.open_share_tokens.iloc[-1]
        for stance in (-1.0, 1.0)
    ]
    assert share[0] < share[1]


def test_labels_that_tell_the_truth_raise_what_companies_think_that_running_a_model_costs() -> None:
    often = {"belief.marketing_reach": 0.3, "adopt.open_own_hazard": 0.3}
    means = []
    for told in (False, True):
        companies = economy(often | {"policy.disclosure": told}, months=8).world.companies
        means.append(float(companies.belief_mean[companies.aware_open].mean()))
    assert means[1] > means[0]


def test_visas_raise_the_number_of_specialists_and_hold_wages_down() -> None:
    enough = {"companies.count": 1500}  # or who happens to hire moves wages by more
    few, many = (economy(enough | {"policy.talent_visas": let_in}, months=18) for let_in in (False, True))
    assert (many.world.labour.stock > few.world.labour.stock).all()
    wages = [world.results().indicators.wage_index for world in (few, many)]
    assert (wages[1] < wages[0]).iloc[12:].all()


def test_the_state_pays_the_advisers_under_its_programme() -> None:
    tempted = {"adopt.open_own_hazard": 0.5, "belief.prior_mean": -2.0, "demand.friction_self": 0.5}
    world = economy(tempted | {"policy.advice_programme": True}, months=10)
    fees = paid(world, "advice_fee")
    assert fees.cents.sum() > 0 and set(fees.payer) == {"government"}
