"""Clouds' ordinary business in a whole economy: exogenous in total, attached to tenants, outside the answer."""

from __future__ import annotations

import numpy as np
import pytest

from agents.tenancy import ON_PREMISES
from simulation.founders.population import bills_by_share
from simulation.measuring.cloud_year import REVENUE, switching_rate
from simulation.month.tenancies import revenue_by_cloud, review_tenancies

NONE = {"cloud.legacy_revenue": 0.0}


def fees(run, flow="legacy_cloud_fee"):
    paid = run.flows[run.flows["flow"] == flow]
    return paid.groupby(["month", "payee"])["cents"].sum().unstack(fill_value=0) / 100


def test_ordinary_revenue_is_exogenous_in_total_and_starts_at_the_observed_shares(run_of_world):
    run = run_of_world(months=12)
    by_cloud = fees(run)
    egress = 0.01  # tenants who leave pay a little beside their bills
    growth = 1.11 ** (by_cloud.index.to_numpy() / 12)
    np.testing.assert_allclose(by_cloud.sum(axis=1), 1.9e10 * growth, rtol=egress)
    share = by_cloud.loc[0] / by_cloud.loc[0].sum()
    assert share["hyperscaler_1"] == pytest.approx(0.33, abs=0.03)
    assert share["hyperscaler_2"] == pytest.approx(0.23, abs=0.03)
    assert not [name for name in share.index if name.startswith("neocloud")]


def test_ordinary_business_is_paid_for_by_the_rest_of_the_economy_and_earns_its_margin(run_of_world):
    run = run_of_world(months=12)
    costs = run.flows[run.flows["flow"] == "legacy_cost"].groupby("month")["cents"].sum() / 100
    np.testing.assert_allclose(costs, 0.7 * 1.9e10 * 1.11 ** (costs.index.to_numpy() / 12), rtol=1e-9)
    np.testing.assert_allclose(
        run.indicators["profit_cloud_legacy"], fees(run).sum(axis=1) - costs, rtol=1e-9, err_msg="operating profit"
    )
    assert set(run.flows.loc[run.flows["flow"] == "legacy_cloud_fee", "payer"]) == {"rest_of_economy"}


def test_capital_spending_outside_ai_is_that_of_the_four_large_firms(run_of_world):
    run = run_of_world(months=12)
    year = run.flows[run.flows["flow"] == "legacy_capex"].groupby("payer")["cents"].sum() / 100
    cloud = run.scenario.cloud
    assert year.sum() == pytest.approx(cloud.legacy_capex)
    assert year["platform_giant"] / year.sum() == pytest.approx(cloud.legacy_capex_giant)
    assert year["hyperscaler_1"] > year["hyperscaler_2"] > year["hyperscaler_3"] > 0
    assert len(year) == 4
    total = run.indicators["capex_big_four_usd"].sum()
    machines = run.flows[run.flows["flow"].isin(["capex_gpu", "capex_dc"]) & run.flows["payer"].isin(year.index)]
    assert total == pytest.approx(year.sum() + machines["cents"].sum() / 100)
    table = run.sellers[run.sellers["seller"].isin(year.index)]
    assert table["capex_cents"].sum() / 100 == pytest.approx(total)


def test_profit_from_ai_does_not_contain_ordinary_business(run_of_world):
    run = run_of_world(months=12)
    clouds = run.sellers[run.sellers["kind"] == "cloud"].groupby("month")
    np.testing.assert_allclose(run.indicators["profit_cloud"], clouds["profit_economic_cents"].sum() / 100, atol=1.0)
    accounting = clouds["profit_accounting_cents"].sum() / 100
    cloud = run.scenario.cloud
    own_capital_spending = cloud.legacy_capex_own * (1 - cloud.legacy_capex_giant) * cloud.legacy_capex / 12
    outside = run.indicators["profit_cloud_legacy"].to_numpy() - own_capital_spending
    # machines in use and on order cost their owners' capital, which accounting profit does not know
    assert (accounting.to_numpy() - outside > run.indicators["profit_cloud"].to_numpy()).all()


def test_what_hyperscalers_may_borrow_rests_on_ordinary_margin_net_of_ordinary_capital_spending(economy_of):
    def margin(own):
        spending = {"cloud.legacy_capex": 1.5e11, "cloud.legacy_capex_giant": 0.17, "cloud.legacy_capex_own": own}
        economy = economy_of({**spending, "tenancy.arrival": 0.0}, months=3)
        return {cloud.name: economy.world.finances.margins[-1][cloud.code] for cloud in economy.world.clouds}

    nothing, tenth = margin(0.0), margin(0.1)
    fall = sum(nothing[f"hyperscaler_{k}"] - tenth[f"hyperscaler_{k}"] for k in (1, 2, 3))
    assert fall == pytest.approx(0.1 * 0.83 * 1.5e11 / 12, rel=1e-3)
    assert tenth["fringe_1"] == pytest.approx(nothing["fringe_1"], rel=1e-6)


def test_a_world_without_ordinary_business_has_no_tenancies_that_move(economy_of):
    economy = economy_of(NONE, months=2)
    before = economy.world.companies.tenancy.copy()
    economy.run(4)
    assert np.array_equal(before, economy.world.companies.tenancy)
    assert (before >= 0).all()
    assert not economy.results().flows["flow"].str.startswith("legacy").any()


def test_whoever_moves_leaves_its_bill_at_the_new_cloud(economy_of):
    economy = economy_of({"tenancy.review": 1.0, "tenancy.migration_years": 0.05}, months=2)
    world = economy.world
    total = 1e9
    before, revenue = world.companies.tenancy.copy(), revenue_by_cloud(world, total=total)
    found = review_tenancies(world, economy.assumptions, month=2, price=world.bulletin.cloud_price)
    now = revenue_by_cloud(world, total=total)
    assert len(found.moved) > 10
    assert np.array_equal(found.left, before[found.moved])
    assert (world.companies.tenancy[found.moved] != found.left).all()
    changed = np.flatnonzero(before != world.companies.tenancy)
    assert set(changed) == set(found.moved) | set(found.arrived)
    assert now.sum() == pytest.approx(revenue.sum())
    assert not np.allclose(now, revenue)


def test_dearer_moves_are_fewer(economy_of):
    def moves(years):
        economy = economy_of({"tenancy.review": 0.5, "tenancy.migration_years": years})
        counted = 0
        for _ in range(6):
            economy.step()
            counted += len(economy.record.demand.tenancies.moved)
        return counted

    assert moves(0.1) > moves(0.4) > moves(3.0)


def test_a_cloud_that_prices_itself_out_loses_tenants(economy_of):
    rules = {
        "tenancy.review": 0.3, "tenancy.machine_share": 1.0, "tenancy.migration_years": 1.0,
        "tenancy.migration_spread": 0.3,
    }  # fmt: skip
    economy = economy_of(rules, months=1)
    world = economy.world
    price = np.full(len(world.clouds), 3.0)
    price[0] = 9.0
    world.posted_prices = [price] * 12
    left = np.zeros(len(world.clouds))
    for month in range(1, 7):
        left += np.bincount(
            review_tenancies(world, economy.assumptions, month=month, price=price).left, minlength=len(left)
        )
    assert left[0] > 5 * left[1:].max()


def test_switching_counts_companies_not_bills_and_leaves_newcomers_out():
    weight = np.array([600.0, 1.0, 300.0, 100.0])
    year_ago, now = np.array([0, 1, -1, 2], dtype=np.int8), np.array([0, 2, 1, 3], dtype=np.int8)
    assert switching_rate(now, year_ago, weight=weight) == pytest.approx(101 / 701)
    assert np.isnan(switching_rate(now, None, weight=weight))


def test_founding_bills_give_each_cloud_its_share():
    bill = np.array([0.5, 0.1, 0.2, 0.1, 0.1])
    scaled = bills_by_share(bill, tenancy=np.array([0, 1, 1, ON_PREMISES, 0]), share=np.array([0.25, 0.75, 0.0]))
    assert scaled[[0, 4]].sum() / scaled[:3].sum() != 1
    assert scaled[[1, 2]].sum() == pytest.approx(3 * scaled[[0, 4]].sum())
    assert scaled[3] == bill[3]
    assert scaled[[0, 1, 2, 4]].sum() == pytest.approx(bill[[0, 1, 2, 4]].sum())


def test_total_revenue_is_what_concentration_is_measured_on(run_of_world):
    run = run_of_world(months=12)
    kinds = [flow.name.lower() for flow in REVENUE]
    clouds = run.sellers.loc[run.sellers["kind"] == "cloud", "seller"].unique()
    earned = run.flows[run.flows["flow"].isin(kinds) & run.flows["payee"].isin(clouds)]
    share = earned.groupby("payee")["cents"].sum() / earned["cents"].sum()
    last = run.indicators.iloc[-1]
    assert last["cloud_hhi"] == pytest.approx((share**2).sum())
    assert last["cloud_top3"] == pytest.approx(share[["hyperscaler_1", "hyperscaler_2", "hyperscaler_3"]].sum())
    assert 0 <= last["cloud_switching_rate"] < 0.05
    assert run.indicators["cloud_switching_rate"].iloc[:11].isna().all()
