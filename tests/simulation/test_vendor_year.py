"""Main labs of companies, by hand: who is paid most, and what a year changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from agents.census import vendors_of_companies
from simulation import ComputeEconomy
from simulation.measuring.vendor_year import MainLabs, VendorYear, models_in_use, moves_of_year


def labs(lab: list[int], quality: list[float]) -> MainLabs:
    return MainLabs(lab=np.array(lab, dtype=np.int16), quality=np.array(quality, dtype=np.float32))


def test_the_main_lab_is_the_one_with_the_largest_bill_over_all_workloads() -> None:
    lab, quality, families = vendors_of_companies(
        np.array([0, 0, 0, 2, 2, 3]), np.array([5, 6, 6, 7, 3, 4], dtype=np.int16), np.array([50, 30, 25, 10, 10, 0]),
        np.array([90.0, 80.0, 85.0, 70.0, 60.0, 50.0]), 4, 8,
    )  # fmt: skip
    assert lab.tolist() == [6, -1, 3, -1]  # 55 over 50; no workload; of equals the first code; no bill
    assert quality.tolist() == [85.0, 0.0, 60.0, 0.0]
    assert families.tolist() == [2, 0, 2, 1]


def test_a_year_brings_switches_upgrades_and_neither_among_those_with_spend_at_both_dates() -> None:
    year_ago = labs([1, 1, 1, 1, -1], [80, 80, 80, 80, 0])
    now = labs([2, 1, 1, -1, 1], [99, 90, 80, 0, 90])
    switched, upgraded = moves_of_year(now, year_ago, weight=np.array([3.0, 2.0, 5.0, 9.0, 9.0]))
    assert switched == pytest.approx(0.3)
    assert upgraded == pytest.approx(0.2)
    assert np.isnan(moves_of_year(now, None, weight=np.ones(5))).all()


def test_the_first_year_has_no_rate_and_later_ones_are_shares(economy_of: Callable[..., ComputeEconomy]) -> None:
    economy = economy_of(months=14, horizon=14)
    indicators = economy.results().indicators
    rates = indicators[["vendor_switching_rate", "vendor_upgrade_rate"]]
    assert rates.iloc[:12].isna().all(axis=None)
    assert ((rates.iloc[12:] >= 0) & (rates.iloc[12:] <= 1)).all(axis=None)
    assert (rates.iloc[12:].sum(axis=1) <= 1).all()


def test_families_are_counted_over_all_routes(economy_of: Callable[..., ComputeEconomy]) -> None:
    economy = economy_of(months=3)
    _, families = models_in_use(economy.world, economy.record)
    uses = families > 0
    companies, book = economy.companies, economy.world.book
    for row in np.flatnonzero(uses)[:20]:
        slots = range(companies.first_slot[row], companies.first_slot[row + 1])
        held = {book.offers[companies.held[slot]].vendor for slot in slots if companies.held[slot] >= 0}
        assert families[row] == len(held)
    assert (families[~uses] == 0).all()


def test_demand_at_a_host_falls_with_its_own_price(economy_of: Callable[..., ComputeEconomy]) -> None:
    found = economy_of(months=10).results().indicators["host_price_elasticity"].dropna()
    assert len(found) > 0
    assert (found < 0).all()


def test_nothing_reads_what_is_remembered_of_labs(economy_of: Callable[..., ComputeEconomy]) -> None:
    one, other = economy_of(), economy_of()
    other.recorder._vendor_year = _Forgetful()
    one.run(4)
    other.run(4)
    assert one.results().sellers.equals(other.results().sellers)


class _Forgetful(VendorYear):
    """Measures nothing."""

    def measure(self, world: object, record: object) -> dict[str, float]:
        return {}
