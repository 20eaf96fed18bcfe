"""What every seller owes the market when it plans: orders and forecasts that exist, and one decision per bulletin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.conduct import damped_forecast, desired_capacity, trend_growth
from market.fleet import Delivery, Fleet
from market.vintages import Vintage, Vintages
from scenarios import read_scenario
from simulation.month.orders import machine_order

ASSUMPTIONS = read_scenario("baseline")
MONTHS = 8

hours = st.floats(0.0, 1e12)
growth = st.floats(-0.3, 0.3)


@pytest.fixture(scope="module")
def planned(economy_of):
    """Records of an economy whose months are kept one by one, by arm."""
    kept = {}
    for arm in ("open", "closed"):
        economy = economy_of(arm=arm, horizon=MONTHS)
        kept[arm] = []
        for _ in range(MONTHS):
            economy.step()
            kept[arm].append(economy.record)
    return kept


@pytest.mark.parametrize("arm", ["open", "closed"])
def test_nobody_orders_less_than_nothing_or_gets_more_than_was_ordered(arm, planned):
    for record in planned[arm]:
        plans = record.plans
        assert (plans.machines_wanted >= 0).all() and (plans.machines_bought >= 0).all()
        assert (plans.machines_bought <= plans.machines_wanted * (1 + 1e-9)).all()
        assert (plans.sites_bought >= 0).all()


@pytest.mark.parametrize("arm", ["open", "closed"])
def test_nobody_bids_for_less_than_nothing(arm, planned):
    for record in planned[arm]:
        compute = record.compute
        for asked in (compute.service_hours, compute.training_hours, compute.subscription_hours):
            assert np.isfinite(asked).all() and (asked >= 0).all()
        assert ((compute.served_share >= 0) & (compute.served_share <= 1 + 1e-9)).all()


@pytest.mark.parametrize("arm", ["open", "closed"])
def test_equity_and_bills_are_never_negative(arm, planned):
    for record in planned[arm]:
        assert (record.accounts.equity >= 0).all()
        assert (record.accounts.bill_by_slot >= 0).all()


def test_the_same_bulletin_leads_to_the_same_decisions(economy_of):
    """Two economies that read one history decide alike, from prices to orders and training runs."""
    original = economy_of(months=4)
    decisions = []
    for economy in (original.fork(), original.fork()):
        economy.step()
        decisions.append(economy)
    one, other = (economy.record for economy in decisions)
    assert np.array_equal(one.tariffs.sheet.price, other.tariffs.sheet.price)
    assert np.array_equal(one.plans.machines_wanted, other.plans.machines_wanted)
    assert np.array_equal(one.plans.sites_bought, other.plans.sites_bought)
    assert [lab.run for lab in decisions[0].world.labs] == [lab.run for lab in decisions[1].world.labs]
    assert np.array_equal(one.demand.code, other.demand.code)


@given(history=st.lists(hours, min_size=1, max_size=40), memory=st.integers(1, 24))
def test_a_trend_is_a_number_whatever_was_seen(history, memory):
    assert np.isfinite(trend_growth(np.array(history), memory=memory))


@given(level=hours, growth=growth, horizon=st.integers(1, 60), damping=st.floats(0.0, 0.99))
def test_a_forecast_is_never_negative_and_a_rising_trend_never_lowers_it(level, growth, horizon, damping):
    forecast = damped_forecast(level, growth, horizon=horizon, damping=damping)
    assert np.isfinite(forecast) and forecast >= 0
    flat = damped_forecast(level, 0.0, horizon=horizon, damping=damping)
    assert flat == pytest.approx(level)
    assert (forecast >= flat * (1 - 1e-12)) if growth >= 0 else (forecast <= flat * (1 + 1e-12))


@given(
    expected=hours, reserve=st.floats(0, 1), load=st.floats(0.05, 1), availability=st.floats(0.5, 1)
)  # fmt: skip
def test_desired_capacity_would_carry_the_expected_hours_at_the_target_load(expected, reserve, load, availability):
    machines = desired_capacity(expected, reserve=reserve, target_load=load, availability=availability)
    assert machines * 730 * availability * load == pytest.approx((1 + reserve) * expected)


@given(
    level=st.floats(0.0, 1e9), growth=growth, count=st.floats(0.0, 1e6), megawatts=st.floats(0.0, 1e4),
    finance=st.floats(0.0, 1e12), price=st.floats(1.0, 1e6), worthwhile=st.booleans(), under_way=st.floats(0.0, 1e6),
    optimism=st.floats(0.0, 3.0),
)  # fmt: skip
def test_an_order_for_machines_fits_the_owners_cash_and_power(
    level, growth, count, megawatts, finance, price, worthwhile, under_way, optimism
):
    invest = ASSUMPTIONS.invest.model_copy(update={"order_multiplier": optimism})
    long = 1000
    fleet = Fleet(
        machines=Vintages.of([Vintage(commissioned=0, life=long, count=count, cost_cents=0)]),
        sites=Vintages.of([Vintage(commissioned=0, life=long, count=megawatts, cost_cents=0)]),
        machines_on_order=[Delivery(arrival=3, count=under_way, cents=0)],
    )
    order = machine_order(
        ASSUMPTIONS.model_copy(update={"invest": invest}), fleet=fleet, history=[level], growth=growth, finance=finance,
        price=price, month=0, worthwhile=worthwhile,
    )  # fmt: skip
    assert np.isfinite(order) and order >= 0
    assert worthwhile or order == 0
    assert order * price <= finance * (1 + 1e-9)
    drawn = (count + under_way + order) * ASSUMPTIONS.invest.power_per_gpu / 1000
    assert order == 0 or drawn <= megawatts * (1 + 1e-9)
