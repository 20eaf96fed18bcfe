"""Cloud-lab deals in a whole economy: credits, commitments, shares, exclusivity, and that each can be switched off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from market.flows import Account, Flow
from market.goods import Route
from market.reservations import live
from scenarios import read_scenario
from scenarios.errors import BadReference

OFF = {"deal.active": False}
NEUTRAL = {
    "deal.stake": 0.0, "deal.revenue_share": 0.0, "deal.take_or_pay": 0.0, "deal.exclusivity": 0,
    "deal.information": False, "deal.integration": False,
}  # fmt: skip
CREDITS = ("credit_grant", "credit_use", "credit_expiry")


@pytest.fixture(scope="module")
def economy(economy_of):
    """Fifteen months of a small economy with the baseline's two deals."""
    return economy_of(months=15, horizon=36)


def test_without_terms_deals_are_bitwise_no_deals(run_of_world, differences):
    off, neutral = run_of_world(OFF, months=12), run_of_world(NEUTRAL, months=12)
    assert "deal" not in set(off.events["kind"])
    told = neutral.events[neutral.events["kind"] != "deal"].reset_index(drop=True)
    assert not differences(off, replace(neutral, events=told), before=12)


def test_without_deals_nothing_of_them_is_booked(run_of_world):
    run = run_of_world(OFF, months=12)
    assert not set(run.flows["flow"]) & {*CREDITS, "revenue_share"}
    assert run.flows["organic"].all()
    assert not run.sellers["credits_cents"].any()


def test_a_partner_holds_its_stake_of_all_equity_issued_since_the_deal(economy):
    ledger = economy.ledger
    for tie in economy.world.deals.ties:
        if tie.since == 0:
            issued = -ledger.balance(Account.EQUITY_ISSUED, holder=tie.lab)
            held = ledger.balance(Account.EQUITY_HELD, holder=tie.cloud)
            assert held == pytest.approx(0.2 * issued, abs=100)


def test_credits_pay_rents_at_the_partner_and_are_not_organic(run_of_world):
    flows = run_of_world(months=15).flows
    granted = flows[flows["flow"] == "credit_grant"].groupby(["payer", "payee"], observed=True)["cents"].sum()
    used = flows[flows["flow"] == "credit_use"].groupby(["payee", "payer"], observed=True)["cents"].sum()
    assert set(granted[granted > 0].index) == {("hyperscaler_2", "lab_1"), ("hyperscaler_1", "lab_2")}
    assert (used <= granted.reindex(used.index)).all()
    assert used.sum() > 0
    ours = flows["flow"].isin(CREDITS)
    assert not flows.loc[ours, "organic"].any()
    assert not flows.loc[ours, "cash"].any()
    assert flows.loc[~ours, "organic"].all()


def test_credits_that_nobody_can_use_expire_and_become_revenue(economy_of):
    """A lab with more credits than bills: they stand for a month, then the cloud keeps them."""
    economy = economy_of(
        {"deal.stake": 0.9, "deal.credit_part": 1.0, "deal.credit_months": 1, "deal.exclusivity": 0,
         "deal.take_or_pay": 0.0}, months=4,
    )  # fmt: skip
    flows = economy.record.closing.books.flows
    deals = economy.world.deals
    assert flows.received(Flow.CREDIT_EXPIRY).sum() > 0
    for pair, granted in deals.granted.items():
        left = sum(lot.cents for lot in deals.credits if (lot.cloud, lot.lab) == pair)
        assert deals.used.get(pair, 0) + deals.expired.get(pair, 0) + left == granted


def test_a_revenue_share_is_paid_on_what_the_lab_keeps_elsewhere(economy):
    record, world = economy.record, economy.world
    flows = record.closing.books.flows
    cut = economy.assumptions.cloud.marketplace_cut
    for tie in world.deals.ties:
        lab = world.sellers[tie.lab]
        base = float(record.tariffs.subscription_revenue[lab.code - world.labs[0].code])
        for offer in world.book.offers:
            if offer.seller == lab.name and offer.route == Route.CLOSED_API and offer.cloud != lab.partner:
                kept = 1 - cut if offer.cloud else 1.0
                base += kept * record.accounts.revenue_by_offer[offer.code] / 100
        paid = flows.cents[(flows.flow == Flow.REVENUE_SHARE) & (flows.payer == tie.lab)].sum() / 100
        assert paid == pytest.approx(0.2 * base, abs=0.02)


def test_while_bound_a_lab_rents_from_and_is_sold_by_its_partner_alone(economy_of):
    """Contracts signed with others before are honoured until they lapse, within a year."""
    economy = economy_of({"deal.exclusivity": 13}, months=9, horizon=35)
    world = economy.world
    row, partner = world.buyers.index("lab_2"), world.code_of["hyperscaler_1"]
    other = next(o for o in world.book.offers if o.seller == "lab_2" and o.cloud == "hyperscaler_3")
    assert not economy.record.demand.sheet.available[other.code]
    assert {r.seller for r in world.reservations if r.buyer == row and r.start >= 8} <= {partner}
    economy.run(12)
    held = economy.record.compute.serving_held[row] + economy.record.compute.training_held[row]
    assert held.sum() == held[partner] > 0
    economy.run(1)
    assert economy.record.demand.sheet.available[other.code]
    economy.run(13)  # what it reserved with the partner has lapsed
    held = economy.record.compute.serving_held[row] + economy.record.compute.training_held[row]
    assert (held > 0).sum() > 1


def test_a_lab_reserves_what_it_promised_and_pays_it_whether_it_needs_it_or_not(economy_of):
    """L41 in the whole economy: demand stops, the lab pays its commitments to the cent, and cash is conserved."""
    stopped = {"needs.stall_start": 6, "needs.stall_months": 18, "needs.life": 2.0, "deal.take_or_pay": 1.0,
               "deal.exclusivity": 0, "other.subscriptions": 0.0, "lab.seed_equity": 0.0,
               "finance.enforced": False}  # fmt: skip  # a lab that fails pays nothing
    economy = economy_of(stopped, months=24, horizon=24)
    world, record = economy.world, economy.record
    tie = next(tie for tie in world.deals.ties if world.sellers[tie.lab].name == "lab_1")
    row = world.buyers.index("lab_1")
    contracts = [r for r in live(world.reservations, month=23) if r.buyer == row and r.seller == tie.cloud]
    owed = sum(r.hours * r.price for r in contracts)
    used = float(record.compute.reserved_serving[row, tie.cloud] + record.compute.reserved_training[row, tie.cloud])
    assert owed > 0
    assert used < sum(r.hours for r in contracts)
    shortfall = record.compute.contracts.shortfall[row, tie.cloud]
    price = record.compute.contracts.reserved.price[row, tie.cloud]
    flows = record.closing.books.flows
    to_partner = (flows.payer == tie.lab) & (flows.payee == tie.cloud)
    paid = flows.cents[to_partner & (flows.flow == Flow.TAKE_OR_PAY_SHORTFALL)].sum() / 100
    assert paid == pytest.approx(shortfall * price, rel=1e-9, abs=0.01)
    assert (shortfall + used) * price == pytest.approx(owed, rel=1e-9)
    change = record.closing.books.sheet.deposits - record.closing.books.sheet.opening_deposits
    assert change.sum() == 0


def test_a_partner_errs_half_as_much_about_the_lab_it_has_a_right_to_ask(economy_of):
    told, guessing = (
        economy_of({**NEUTRAL, "deal.information": known}, months=10, horizon=12) for known in (True, False)
    )
    tie = told.world.deals.ties[0]
    cleared = told.record.compute.cleared
    hours = (cleared.immediate + cleared.deferrable + cleared.opening_backlog)[
        told.world.buyers.index("lab_1"), tie.cloud
    ].sum()
    before = told.world.deals.expected_hours[tie.lab]
    assert before != hours
    told.step()
    cleared = told.record.compute.cleared
    hours = (cleared.immediate + cleared.deferrable + cleared.opening_backlog)[
        told.world.buyers.index("lab_1"), tie.cloud
    ].sum()
    adapted = before + told.assumptions.invest.adaptation * (hours - before)
    assert told.world.deals.expected_hours[tie.lab] - hours == pytest.approx(0.5 * (adapted - hours))
    assert guessing.world.deals.expected_hours == {}


def test_organic_and_owners_profits_say_what_deals_move(run_of_world):
    last = run_of_world(months=15).indicators.iloc[-1]
    assert 0 < last["round_tripped_share"] < 1
    assert last["credits_and_shortfalls"] > 0
    assert last["token_hhi_modified"] > last["token_hhi"]
    off = run_of_world(OFF, months=15).indicators
    assert (off["round_tripped_share"].dropna() == 0).all()


def test_a_lab_has_an_owner_or_a_partner():
    with pytest.raises(BadReference, match="belongs to"):
        read_scenario("baseline", overrides={"sellers.lab_3.partner": "hyperscaler_1"})
    with pytest.raises(BadReference, match="no cloud is called"):
        read_scenario("baseline", overrides={"sellers.lab_1.partner": "hyperscaler_9"})


def test_deals_are_told_as_events(run_of_world):
    events = run_of_world(months=12).events
    deals = events[events["kind"] == "deal"]
    assert list(zip(deals["month"], deals["actor"], deals["object"], strict=True)) == [
        (0, "hyperscaler_2", "lab_1"), (8, "hyperscaler_1", "lab_2"),
    ]  # fmt: skip
    assert np.all(deals["cents"] >= 0)
