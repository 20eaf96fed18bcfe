"""One-year contracts in a whole economy: what they fix, what they cost, and that they can be switched off."""

from __future__ import annotations

import numpy as np
import pytest

from market.flows import Flow
from simulation.month.cloud_prices import cost_prices
from simulation.month.reserving import expected_loads, usual_load
from simulation.world import OTHER, SELF_RENTERS

OFF = {"reserve.most_of_supply": 0.0}


@pytest.fixture(scope="module")
def economy(economy_of):
    """Fifteen months of a small economy with reservations."""
    return economy_of(months=15, horizon=16)


def test_a_contract_price_is_fixed_for_a_year(economy_of):
    economy = economy_of(months=4, horizon=16)
    first = {r.start: r for r in economy.world.reservations}
    assert all(r.end - r.start == 12 for r in economy.world.reservations)
    economy.run(6)
    still = {r for r in economy.world.reservations if r.start in first}
    assert set(first.values()) <= still


def test_expired_reservations_leave_the_book(economy):
    month = economy.month - 1
    assert economy.world.reservations
    assert all(r.start <= month < r.end for r in economy.world.reservations)
    assert min(r.start for r in economy.world.reservations) > month - 12


def test_nobody_sells_more_in_advance_than_it_may(economy):
    contracts, supply = economy.record.compute.contracts, economy.record.capacity.supply
    signed_at_some_time = contracts.reserved.hours.sum(axis=0)
    assert (signed_at_some_time <= 0.8 * supply * (1 + 1e-9)).all() or contracts.signed.sum() == 0
    assert 0 < contracts.reserved.hours.sum() < supply.sum()


def test_companies_and_clouds_own_hosting_sign_nothing(economy):
    names = [economy.world.buyers.names[r.buyer] for r in economy.world.reservations]
    assert OTHER in names
    assert SELF_RENTERS not in names
    assert not set(names) & {cloud.name for cloud in economy.world.clouds}


def test_every_reserved_hour_is_called_or_owed(economy):
    contracts = economy.record.compute.contracts
    np.testing.assert_allclose(
        contracts.for_serving + contracts.for_training + contracts.shortfall, contracts.reserved.hours, rtol=1e-9
    )
    owed = (contracts.shortfall * contracts.reserved.price).sum()
    flows = economy.record.closing.books.flows
    assert flows.paid(Flow.TAKE_OR_PAY_SHORTFALL).sum() / 100 == pytest.approx(owed, rel=1e-6, abs=1.0)


def test_buyers_pay_the_contract_price_for_what_is_reserved_and_the_posted_price_for_the_rest(economy):
    record = economy.record
    compute, price = record.compute, record.tariffs.cloud_price
    row = economy.world.buyers.index(OTHER)
    reserved = compute.reserved_serving[row]
    bill = ((compute.serving_held[row] - reserved) * price + reserved * compute.contracts.reserved.price[row]).sum()
    assert reserved.sum() > 0
    assert record.accounts.serving_rent[row] == pytest.approx(bill)
    flows = record.closing.books.flows
    rest = list(flows.holders).index("rest_of_economy")
    assert flows.paid(Flow.COMPUTE_RENT)[rest] / 100 == pytest.approx(bill, abs=1.0)


def test_rows_of_the_market_table_tell_contracts_from_hours_on_demand(run_of_world):
    run = run_of_world(months=12)
    hours = run.market[run.market["service"] == "gpu_hours"]
    reserved, on_demand = (hours[hours["contract"] == kind] for kind in ("reserved", "on_demand"))
    assert len(reserved) and len(on_demand)
    rent = run.flows["flow"].isin(("compute_rent", "credit_use"))
    paid = run.flows[rent & (run.flows["payer"] != "companies")]
    booked = hours.groupby("month")["revenue_cents"].sum()
    np.testing.assert_allclose(booked, paid.groupby("month")["cents"].sum(), atol=100)
    value = (reserved["price_usd"] * reserved["quantity_served"]).sum()
    assert value == pytest.approx(reserved["revenue_cents"].sum() / 100, rel=1e-6)


def test_the_price_buyers_pay_under_contract_moves_less_than_the_price_on_demand(run_of_world):
    run = run_of_world(months=24).indicators.iloc[6:]
    spread = {name: np.log(run[name]).diff().std() for name in ("gpu_hour_price", "gpu_hour_price_reserved")}
    assert spread["gpu_hour_price_reserved"] < 0.5 * spread["gpu_hour_price"]


def test_buyers_with_contracts_keep_their_machines_when_others_are_rationed(economy_of):
    economy = economy_of(months=9)
    scarce = 0
    for _ in range(3):
        economy.step()
        rate = economy.record.compute.cleared.service_rate
        assert (rate[:, 0] >= rate[:, 2] - 1e-12).all()
        scarce += int((rate[:, 2] < 1).sum())
    assert scarce > 0


def test_training_uses_hours_that_are_owed_anyway_before_it_spends_on_others(economy_of):
    from simulation.month.compute import training_bid

    economy = economy_of(months=6)
    lab = next(lab for lab in economy.world.labs if lab.run is not None)
    lab.run.budget, lab.run.left = 100.0, 1e9
    bid = training_bid(economy.world, lab, month=6, price=4.0, waiting=0.0, committed=20.0, committed_price=2.0)
    assert bid == pytest.approx(20.0 + 60.0 / 4.0)
    dear = training_bid(economy.world, lab, month=6, price=4.0, waiting=0.0, committed=80.0, committed_price=2.0)
    assert dear == pytest.approx(80.0)


def test_without_room_for_advance_sales_there_is_one_price(run_of_world):
    run = run_of_world(OFF, months=12)
    assert run.indicators["gpu_hour_price_contract"].isna().all()
    assert set(run.market["contract"]) == {"on_demand"}
    assert "take_or_pay_shortfall" not in set(run.flows["flow"])


def test_a_discount_too_small_to_commit_for_leaves_everyone_on_demand(run_of_world):
    run = run_of_world({"reserve.discount": 0.0, "deal.take_or_pay": 0.0}, months=8)
    assert "reserved" not in set(run.market["contract"])


def test_a_bigger_discount_is_more_commitment(run_of_world):
    def reserved(discount):
        return run_of_world({"reserve.discount": discount}, months=14).indicators["reserved_share"].iloc[2:].mean()

    assert reserved(0.08) < reserved(0.35)


def test_clouds_expect_what_is_usual_where_they_know_no_better(economy_of):
    economy = economy_of(months=1)
    loads = expected_loads(economy.world, economy.assumptions, months=12)
    usual = usual_load(economy.world.past_loads, target=0.78, memory=12)
    np.testing.assert_allclose(loads[1:], np.broadcast_to(usual, loads[1:].shape))
    assert usual_load([], target=0.78, memory=12) == pytest.approx(0.78)
    assert (cost_prices(economy.world, economy.assumptions) > 0).all()


def test_clouds_that_learn_quote_nothing_else_before_a_term_is_over_and_then_what_they_learnt(economy_of):
    plain, learning = (
        economy_of({"reserve.learning": rate, "reserve.term": 6}, months=6, horizon=16) for rate in (0.0, 0.2)
    )
    assert np.array_equal(plain.record.tariffs.contract_quote, learning.record.tariffs.contract_quote)
    learnt = learning.world.quotes.correction
    assert (learnt[: len(learnt) // 2] != 0).any() and not plain.world.quotes.correction.any()
    for economy in (plain, learning):
        economy.step()
    ratio = learning.record.tariffs.contract_quote / plain.record.tariffs.contract_quote
    assert np.allclose(ratio, np.exp(learnt))
