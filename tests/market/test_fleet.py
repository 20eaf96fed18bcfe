"""Fleets: vintages, sites, power and what is on order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.fleet import Fleet, Founding, Power, founding_sites, site_order
from market.vintages import Vintage, Vintages

LIVES = {"machine_life": 60, "site_life": 240}


def powered(megawatts: float = 1e6) -> Fleet:
    fleet = Fleet()
    fleet.install_site(commissioned=-1, megawatts=megawatts, cents=0, life=1000)
    return fleet


def test_machines_power_on_in_the_month_of_their_arrival() -> None:
    fleet = powered()
    fleet.order_machines(arrival=3, count=100.0, cents=4_500_000_00)
    for month in range(3):
        assert fleet.commission(month, power_per_gpu=1.4, **LIVES).machines == 0
    started = fleet.commission(3, power_per_gpu=1.4, **LIVES)
    assert (started.machines, started.machine_cents) == (100.0, 4_500_000_00)
    assert fleet.supply(availability=0.5) == 100 * 730 * 0.5
    assert fleet.work_in_progress_cents == 0


def test_machines_wait_for_live_power_in_order_of_arrival() -> None:
    fleet = powered(megawatts=0.15)  # room for 150 machines of 1 kW
    fleet.order_machines(arrival=1, count=100.0, cents=1000)
    fleet.order_machines(arrival=0, count=100.0, cents=999)
    fleet.order_site(arrival=2, megawatts=0.05, cents=77)
    assert fleet.commission(0, power_per_gpu=1.0, **LIVES).machines == pytest.approx(100)
    half = fleet.commission(1, power_per_gpu=1.0, **LIVES)
    assert half.machines == pytest.approx(50)
    assert fleet.waiting(1) == pytest.approx(50)
    rest = fleet.commission(2, power_per_gpu=1.0, **LIVES)
    assert (rest.megawatts, rest.site_cents) == (0.05, 77)
    assert half.machine_cents + rest.machine_cents == 1000
    assert fleet.count == pytest.approx(200)
    assert fleet.free_megawatts(1.0) == pytest.approx(0)


def test_machines_retire_when_their_life_ends_and_free_their_power() -> None:
    fleet = powered(megawatts=0.1)
    fleet.install_machines(commissioned=-59, count=100.0, cents=6000, life=60)
    fleet.order_machines(arrival=0, count=100.0, cents=6000)
    assert fleet.commission(0, power_per_gpu=1.0, **LIVES).machines == 0
    started = fleet.commission(1, power_per_gpu=1.0, **LIVES)
    assert (started.machines_retired, started.machines) == (100.0, pytest.approx(100.0))
    assert fleet.retiring(first=2, last=61) == pytest.approx(100)


@settings(deadline=None)
@given(cents=st.integers(min_value=0, max_value=10**15), life=st.integers(min_value=1, max_value=300))
def test_depreciation_adds_up_to_the_cost_to_the_cent(cents: int, life: int) -> None:
    fleet = Fleet()
    fleet.install_machines(commissioned=5, count=1.0, cents=cents, life=life)
    wear = [fleet.depreciation_cents(month) for month in range(5, 5 + life)]
    assert sum(wear) == cents
    assert max(wear) - min(wear) <= 1
    assert fleet.capital_cents(4) == cents
    assert fleet.capital_cents(5 + life) == 0


def test_a_founding_vintage_of_some_age_starts_with_the_rest_of_its_value() -> None:
    aged = Vintages.of([Vintage(commissioned=-30, life=60, count=1.0, cost_cents=600)])
    assert aged.book_cents(-1) == 300


@settings(max_examples=50, deadline=None)
@given(
    orders=st.lists(
        st.tuples(st.integers(0, 20), st.floats(0, 1e5), st.integers(0, 10**12)), max_size=12
    ),
    megawatts=st.floats(0, 100),
)
def test_every_cent_paid_is_capital_or_wear_or_still_in_progress(
    orders: list[tuple[int, float, int]], megawatts: float
) -> None:
    fleet = powered(megawatts)
    for arrival, count, cents in orders:
        fleet.order_machines(arrival=arrival, count=count, cents=cents)
    paid = fleet.work_in_progress_cents
    ordered = fleet.count_on_order
    worn = retired = 0.0
    for month in range(30):
        started = fleet.commission(month, power_per_gpu=1.4, machine_life=7, site_life=240)
        worn += fleet.depreciation_cents(month)
        retired += started.machines_retired
        assert paid == fleet.capital_cents(month) + worn + fleet.work_in_progress_cents
        assert fleet.count + fleet.count_on_order + retired == pytest.approx(ordered)
        assert fleet.count * 1.4 / 1000 <= megawatts * (1 + 1e-9)


def test_sites_under_way_grow_month_by_month() -> None:
    founding = Founding(site_share=0.4, site_growth=0.05, site_months=20)
    energised = founding_sites(founding, fleet_megawatts=350.0)
    assert energised[0] == pytest.approx(140)
    assert energised[19] / energised[18] == pytest.approx(1.05)
    assert energised.sum() == pytest.approx(350 * 0.4 * (1.05**20 - 1) / 0.05)


def test_sites_are_ordered_only_when_planned_power_runs_short() -> None:
    power = Power(trigger=0.2, growth_cap=10.0)
    assert site_order(needed_megawatts=80.0, planned_megawatts=100.0, power=power) == 0
    ordered = site_order(needed_megawatts=90.0, planned_megawatts=100.0, power=power)
    assert 90 / (100 + ordered) == pytest.approx(0.8)


def test_the_power_wall_limits_growth_to_its_yearly_rate() -> None:
    power = Power(growth_cap=0.1)
    planned = 100.0
    for _ in range(12):
        planned += site_order(needed_megawatts=1e6, planned_megawatts=planned, power=power)
    assert planned == pytest.approx(110)
