"""What ownership, foreclosure, penetration and algorithms do to rivals and prices, as findings of the field."""

from __future__ import annotations

import numpy as np
import pytest

from market.clearing import Priority
from market.goods import Route
from simulation.month.cloud_prices import cloud_tariffs
from simulation.month.compute import clear_compute_market
from simulation.month.interests import stakes_in_customers, transfer_prices
from simulation.month.interfaces import post_interface_prices

STAKE_ALONE = {
    "deal.revenue_share": 0.0, "deal.take_or_pay": 0.0, "deal.exclusivity": 0, "deal.information": False,
    "deal.integration": False, "deal.stake": 0.0,
}  # fmt: skip


def with_deal(economy, **terms):
    """The month's assumptions with other terms of deals."""
    now = economy.assumptions
    return now.model_copy(update={"deal": now.deal.model_copy(update=terms)})


@pytest.fixture(scope="module")
def hosts_respond(economy_of):
    """Ten months in which hosts, too, answer as best they can."""
    return economy_of({**STAKE_ALONE, "pricing.rule_host": "P2"}, months=10)


def prices_if(economy, **terms):
    record = economy.record
    return post_interface_prices(
        economy.world, with_deal(economy, **terms), month=economy.month - 1, sheet=record.tariffs.sheet,
        unit_cost=record.tariffs.unit_cost, panel=record.tariffs.panel,
    ).price  # fmt: skip


def test_a_stake_in_a_lab_softens_the_competition_of_its_partner(hosts_respond):
    """The partner's hosted models compete with the lab: with a part in its profit it asks more for them (L05)."""
    world = hosts_respond.world
    hosted = [o.code for o in world.book.offers if o.route == Route.HOSTED_OPEN and o.host == "hyperscaler_2"]
    hosted = [code for code in hosted if hosts_respond.record.tariffs.sheet.available[code]]
    alone, partial = prices_if(hosts_respond, stake=0.0), prices_if(hosts_respond, stake=0.5)
    assert hosted
    assert partial[hosted].mean() > alone[hosted].mean() * 1.0001


def test_a_stake_makes_compute_dearer_for_the_rivals_of_a_bound_lab(economy_of):
    """Its own hours are promised to the partner; customers that rivals lose come to it (raising rivals' costs)."""
    economy = economy_of({**STAKE_ALONE, "deal.exclusivity": 24, "deal.stake": 0.5}, months=10)
    world, capacity = economy.world, economy.record.capacity
    partner = world.code_of["hyperscaler_2"]
    brings = stakes_in_customers(world, economy.assumptions, capacity=capacity)
    assert brings[partner] > 0
    dear = cloud_tariffs(world, economy.assumptions, month=economy.month, capacity=capacity)
    plain = cloud_tariffs(world, with_deal(economy, stake=0.0), month=economy.month, capacity=capacity)
    assert dear.price[partner] > plain.price[partner]


@pytest.mark.parametrize("rule", ["P2", "P5", "P6", "cournot", "at_cost", "scarcity+markup"])
def test_an_owned_lab_reckons_with_the_price_of_an_hour_less_what_its_owner_adds(economy_of, rule):
    """Whatever the owner's rule: between the cost of running a machine and what the lab is billed (Spengler 1950)."""
    economy = economy_of({"pricing.rule_cloud": rule}, months=6)
    world, tariffs = economy.world, economy.record.tariffs
    owned = next(lab for lab in world.labs if lab.parent)
    paid = tariffs.gpu_price[world.buyers.index(owned.name)]
    share = np.ones((len(world.buyers.names), len(world.clouds))) / len(world.clouds)
    reckoned = transfer_prices(
        world, economy.assumptions, gpu_price=tariffs.gpu_price, mark_up=tariffs.cloud_price - tariffs.cloud_cost,
        share=share,
    )[world.buyers.index(owned.name)]  # fmt: skip
    assert economy.assumptions.invest.opex * (1 - 1e-9) <= reckoned <= paid * (1 + 1e-9)
    assert (reckoned < paid) == (rule in {"P2", "cournot", "scarcity+markup"})


def test_clouds_that_mark_up_answer_what_a_cloud_with_another_rule_posts(economy_of):
    """Its price is set first, so that no rival replies to a price that nobody pays."""
    economy = economy_of({"sellers.hyperscaler_1.pricing_rule": "at_cost"}, months=3)
    world, capacity = economy.world, economy.record.capacity
    cheap = world.code_of["hyperscaler_1"]
    posted = cloud_tariffs(world, economy.assumptions, month=economy.month, capacity=capacity)
    assert posted.price[cheap] == posted.cost[cheap] == economy.assumptions.invest.opex
    marked_up = posted.price > posted.cost * (1 + 1e-9)
    assert not marked_up[cheap] and marked_up.any()
    usual = economy_of().plan.at(economy.month)
    before = cloud_tariffs(world, usual, month=economy.month, capacity=capacity)
    rivals = np.flatnonzero((capacity.supply > 0) & (np.arange(len(world.clouds)) != cheap))
    assert before.price[cheap] > posted.price[cheap]
    np.testing.assert_array_equal(before.cost[rivals], posted.cost[rivals])
    assert (np.abs(posted.price[rivals] / before.price[rivals] - 1.0) > 1e-3).any()  # up where captive buyers are left


def test_a_lab_that_buys_much_on_demand_gets_it_cheaper_from_a_cloud_with_a_stake(economy_of):
    """Without exclusivity the lab's own bill counts: the double margin falls (Spengler 1950)."""
    economy = economy_of({**STAKE_ALONE, "deal.stake": 0.5}, months=10)
    brings = stakes_in_customers(economy.world, economy.assumptions, capacity=economy.record.capacity)
    assert brings[economy.world.code_of["hyperscaler_2"]] < 0


def test_foreclosure_takes_machines_from_rivals_and_leaves_them_to_others(economy_of):
    """The same months with and without: where an integrated cloud is short, rivals come last, its own lab first."""
    economy = economy_of({"reserve.most_of_supply": 0.0, "cloud.rollover": 0.5}, horizon=12)
    owner = economy.world.code_of["hyperscaler_3"]
    short = {0.0: np.zeros(len(Priority)), 1.0: np.zeros(len(Priority))}
    for _ in range(12):
        before = economy.fork()
        economy.step()
        record = economy.record
        for foreclosure, total in short.items():
            now = record.assumptions
            now = now.model_copy(update={"compute": now.compute.model_copy(update={"foreclosure": foreclosure})})
            cleared = clear_compute_market(
                before.world, now, month=before.month, capacity=record.capacity, tariffs=record.tariffs,
                demand=record.demand,
            ).cleared  # fmt: skip
            asked = (cleared.immediate + cleared.deferrable + cleared.opening_backlog)[:, owner].sum(axis=0)
            total += asked - (cleared.immediate_served + cleared.deferrable_served)[:, owner].sum(axis=0)
    rivals = [Priority.RIVAL_LAB, Priority.HOSTER]
    assert short[1.0][rivals].sum() > short[0.0][rivals].sum() > 0
    assert short[1.0][Priority.AFFILIATE] <= short[0.0][Priority.AFFILIATE]
    assert short[1.0][Priority.OUTSIDE] < short[0.0][Priority.OUTSIDE]
    assert short[1.0].sum() == pytest.approx(short[0.0].sum())


def test_penetration_pricing_holds_open_models_down_and_ends_in_dearer_interfaces(run_of_world):
    """Below cost for a year, then best responses: S23 in small."""
    terms = {"deal.active": False, "pricing.penetration_months": 12}
    cheap = run_of_world({**terms, "pricing.rule_lab": "P7"}, months=18).indicators
    usual = run_of_world({"deal.active": False}, months=18).indicators
    early, late = slice(4, 12), slice(13, 18)
    assert cheap["price_closed"][early].mean() < 0.7 * usual["price_closed"][early].mean()
    assert cheap["open_share_tokens"][early].mean() < usual["open_share_tokens"][early].mean()
    assert cheap["adoption"][early].mean() > usual["adoption"][early].mean()
    assert cheap["profit_lab"][early].mean() < usual["profit_lab"][early].mean()
    ratio = cheap["price_closed"] / usual["price_closed"]
    assert ratio[late].mean() > 1.3 * ratio[early].mean()


def test_an_exclusive_lab_leaves_its_users_no_way_around_its_partner(run_of_world):
    """Exclusivity counts as lost fallback: while labs are bound, clouds can deny what they serve."""
    on = {"control.panel": 512}
    bound = run_of_world({**on, "deal.exclusivity": 12}, months=10).indicators["control_cloud"]
    free = run_of_world({**on, "deal.exclusivity": 0}, months=10).indicators["control_cloud"]
    assert np.nanmean(bound) > np.nanmean(free) + 0.02
