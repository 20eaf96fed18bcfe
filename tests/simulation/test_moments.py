"""Every moment of the evidence on tables made by hand, whose answer can be worked out on paper."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios.moments import targets
from simulation.moments import MOMENTS, moments_of
from simulation.moments.windows import MONTHS_NEEDED, Tables, calendar_year

KEYS = {"scenario": "by hand", "calibration": "iceberg", "arm": "open", "draw": 1}
MONTHS = range(MONTHS_NEEDED)
HOLDERS = (
    ("big_1", "cloud", "hyperscaler"), ("big_2", "cloud", "hyperscaler"), ("small", "cloud", "fringe"),
    ("lab_a", "lab", "frontier"), ("lab_b", "lab", "frontier"), ("giant", "releaser", ""), ("host", "host", ""),
    ("vendor", "chip", ""), ("companies", "companies", ""), ("rest_of_economy", "rest", ""),
)  # fmt: skip


def indicators(months: Iterable[int] = MONTHS, **columns: Any) -> pd.DataFrame:
    """One row a month; a column is a number, or a function of the month."""
    rows = [
        {**KEYS, "month": month} | {name: value(month) if callable(value) else value for name, value in columns.items()}
        for month in months
    ]
    return pd.DataFrame(rows)


def sellers(months: Iterable[int] = MONTHS, **hours: tuple[float, float]) -> pd.DataFrame:
    """Every holder every month; `hours` gives clouds their hours rented and served."""
    return pd.DataFrame(
        [
            {
                **KEYS, "month": month, "seller": name, "layer": layer, "role": role,
                "gpu_hours_rented": hours.get(name, (np.nan, np.nan))[0],
                "gpu_hours_served": hours.get(name, (np.nan, np.nan))[1],
            }
            for month in months
            for name, layer, role in HOLDERS
        ]
    )  # fmt: skip


def flows(*rows: tuple[str, str, str, int], months: Iterable[int] = MONTHS) -> pd.DataFrame:
    """The same flows (flow, payer, payee, cents) in every month."""
    columns = ["flow", "payer", "payee", "cents"]
    frames = [pd.DataFrame(rows, columns=columns).assign(month=month, **KEYS) for month in months]
    return pd.concat(frames, ignore_index=True)


def market(*rows: dict[str, Any], months: Iterable[int] = MONTHS) -> pd.DataFrame:
    """The same rows of tokens in every month; what a row leaves out is a closed interface of lab_a for enterprises."""
    usual = {
        "service": "tokens",
        "route": "closed_api",
        "segment": "enterprise",
        "family": "lab_a",
        "open": False,
        "quality": 100.0,
        "price_usd": 10.0,
        "quantity_served": 100.0,
        "revenue_cents": 1000,
    }
    return pd.concat(
        [pd.DataFrame([usual | row for row in rows]).assign(month=month, **KEYS) for month in months],
        ignore_index=True,
    )  # fmt: skip


def tables(**given: pd.DataFrame) -> Tables:
    """Tables of three years; those not given are there and say nothing."""
    usual = {
        "indicators": indicators(),
        "market": market({}),
        "sellers": sellers(),
        "flows": flows(("wages", "a", "b", 1)),
    }
    return Tables(**{**usual, **given})


def test_every_target_of_the_evidence_has_a_function_and_no_function_is_left_over() -> None:
    assert list(MOMENTS) == [target.id for target in targets()]
    assert len(MOMENTS) == 34
    assert [target.id for target in targets() if not target.counted] == ["T8"]


def test_the_three_hyperscalers_share_all_cloud_revenue_and_hosters_sales_are_none() -> None:
    made = tables(
        flows=flows(
            ("legacy_cloud_fee", "rest_of_economy", "big_1", 400), ("compute_rent", "lab_a", "big_1", 100),
            ("compute_rent", "lab_a", "big_2", 200), ("egress", "companies", "small", 300),
            ("hosted_fee", "companies", "host", 9999), ("value_sales", "rest_of_economy", "big_2", 9999),
        )
    )  # fmt: skip
    found = moments_of(made)
    assert found["T1"] == pytest.approx(0.7)
    assert found["T2a"] == pytest.approx(10_000 * (0.5**2 + 0.2**2 + 0.3**2))
    assert found["T2b"] == pytest.approx(0.0)


def test_erosion_compares_the_year_2025_with_month_0() -> None:
    monopoly = flows(("legacy_cloud_fee", "rest_of_economy", "big_1", 100), months=range(24))
    halved = flows(
        ("legacy_cloud_fee", "rest_of_economy", "big_1", 50), ("compute_rent", "lab_a", "small", 50),
        months=calendar_year(2025),
    )  # fmt: skip
    assert moments_of(tables(flows=pd.concat([monopoly, halved])))["T2b"] == pytest.approx(-0.5)


def test_cloud_switching_is_the_mean_of_three_decembers() -> None:
    of_december = {11: 0.01, 23: 0.02, 35: 0.06}
    made = tables(indicators=indicators(cloud_switching_rate=lambda month: of_december.get(month, 0.9)))
    assert moments_of(made)["T3"] == pytest.approx(0.03)


def test_shares_of_labs_are_of_enterprise_fees_for_closed_interfaces() -> None:
    made = tables(
        market=market(
            {"family": "lab_a", "revenue_cents": 600}, {"family": "lab_b", "revenue_cents": 200},
            {"family": "lab_b", "revenue_cents": 100}, {"family": "giant", "revenue_cents": 100},
            {"family": "giant", "route": "hosted_open", "open": True, "revenue_cents": 500},
            {"family": "lab_b", "segment": "developer", "revenue_cents": 700},
        )
    )  # fmt: skip
    found = moments_of(made)
    assert (found["T4a"], found["T4b"]) == (pytest.approx(0.6), pytest.approx(1.0))
    assert found["T4c"] == pytest.approx(10_000 * (0.36 + 0.09 + 0.01))


def test_open_shares_count_tokens_on_every_route() -> None:
    made = tables(
        market=market(
            {"quantity_served": 80.0},
            {"route": "hosted_open", "open": True, "quantity_served": 15.0},
            {"route": "self_rent", "open": True, "quantity_served": 5.0},
            {"segment": "developer", "quantity_served": 75.0, "revenue_cents": 750},
            {"segment": "developer", "route": "hosted_open", "open": True, "quantity_served": 25.0,
             "revenue_cents": 50},
            {"service": "gpu_hours", "route": "compute", "segment": "lab", "quantity_served": 1e9},
        )
    )  # fmt: skip
    found = moments_of(made)
    assert (found["T5a"], found["T5b"], found["T6"]) == (pytest.approx(0.2), pytest.approx(0.2), pytest.approx(0.25))
    assert found["T7"] == pytest.approx((50 / 25) / (750 / 75))
    assert found["T8"] == pytest.approx(50 / 800)


def test_elasticity_across_hosts_is_weighted_by_the_tokens_of_the_month() -> None:
    elasticity = indicators(host_price_elasticity=lambda month: -2.0 if month < 30 else -1.0)
    first = market({"route": "hosted_open", "open": True, "quantity_served": 100.0}, months=range(30))
    last = market({"route": "hosted_open", "open": True, "quantity_served": 300.0}, months=range(30, 36))
    found = moments_of(tables(indicators=elasticity, market=pd.concat([first, last])))["T9"]
    assert found == pytest.approx(-(2 * 600 + 1 * 1800) / 2400)


def test_moments_of_users_are_means_of_calendar_years_and_the_last_december() -> None:
    made = tables(
        indicators=indicators(
            vendor_switching_rate=lambda month: 0.11 if month == 35 else np.nan,
            vendor_upgrade_rate=lambda month: 0.6 if month == 35 else 0.1,
            multi_homing_large=lambda month: 0.5 if month < 30 else 0.7,
            open_lag_months=lambda month: 2.0 if month < 17 else (4.0 if month < 34 else 99.0),
            adoption=lambda month: 0.05 if month < 12 else 0.2,
            adoption_large=lambda month: 0.2 if month < 12 else 0.5,
        )
    )
    found = moments_of(made)
    assert (found["T10a"], found["T10b"]) == (0.11, 0.6)
    assert found["T11"] == pytest.approx(0.6)
    assert found["T12"] == pytest.approx(3.0)
    assert (found["T13a"], found["T13b"]) == (pytest.approx(0.05), pytest.approx(0.2))
    assert (found["T13c"], found["T13d"]) == (pytest.approx(4.0), pytest.approx(2.5))


def test_spending_on_machines_of_own_sites_vendor_and_capital_of_the_four() -> None:
    made = tables(
        flows=pd.concat(
            [
                flows(
                    ("capex_gpu", "big_1", "vendor", 600), ("capex_gpu", "companies", "vendor", 50),
                    ("capex_gpu", "rest_of_economy", "vendor", 150), ("capex_dc", "big_1", "vendor", 200),
                    ("vendor_inputs", "vendor", "rest_of_economy", 700), ("capex_gpu", "small", "vendor", 200),
                ),
                flows(("legacy_capex", "giant", "rest_of_economy", 200), months=range(12)),
                flows(("legacy_capex", "giant", "rest_of_economy", 700), months=range(12, 36)),
            ]
        )
    )  # fmt: skip
    found = moments_of(made)
    assert found["T14"] == pytest.approx(200 / 1000)
    assert found["T18"] == pytest.approx((1200 - 700) / 1200)
    assert found["T17a"] == pytest.approx(12 * 10.0 / 172e9 - 1)
    assert found["T17b"] == pytest.approx(1500 / 1000 - 1)
    assert found["T17c"] == pytest.approx(0.0)


def test_rents_are_read_in_their_windows() -> None:
    contract = {4: 9.0, 12: 2.0, 13: 3.0, 14: 4.0, 20: 3.0, 21: 3.2, 28: 2.4}
    made = tables(
        indicators=indicators(gpu_hour_price_contract=lambda month: contract.get(month, 1.0), gpu_hour_price=5.0)
    )
    found = moments_of(made)
    assert (found["T15a"], found["T15b"], found["T15d"]) == (9.0, pytest.approx(3.0), 2.4)
    assert found["T15c"] == pytest.approx((5.0 + 3.1) / 2)


def test_the_margin_of_renting_leaves_out_what_a_cloud_hosts_itself() -> None:
    made = tables(
        sellers=sellers(big_1=(50.0, 100.0), big_2=(0.0, 10.0), small=(80.0, 80.0)),
        flows=flows(
            ("compute_rent", "lab_a", "big_1", 100), ("compute_rent", "companies", "small", 100),
            ("power_opex", "big_1", "rest_of_economy", 60), ("depreciation", "big_1", "big_1", 80),
            ("depreciation", "small", "small", 90), ("depreciation", "big_2", "big_2", 500),
            ("hosted_fee", "companies", "big_1", 999),
        ),
    )  # fmt: skip
    assert moments_of(made)["T16"] == pytest.approx((100 - 70 + 100 - 90) / 200)


def test_api_spend_is_a_month_times_twelve_in_billions() -> None:
    made = tables(
        market=market(
            {"revenue_cents": 20_000_000_000}, {"route": "hosted_open", "revenue_cents": 5_000_000_000},
            {"route": "self_rent", "revenue_cents": 7}, {"segment": "developer", "revenue_cents": 7},
        )
    )  # fmt: skip
    found = moments_of(made)
    assert (found["T19a"], found["T19b"]) == (pytest.approx(3.0), pytest.approx(3.0))


def test_the_price_of_a_fixed_quality_falls_by_the_geometric_mean_of_three_frontiers() -> None:
    months = [
        market(
            {"quality": 100.0 + month, "price_usd": 8.0}, {"quality": 90.0, "price_usd": 0.01},
            {"quality": 130.0, "price_usd": 8.0 if month < 29 else 1.0, "route": "self_rent"},
            {"quality": 112.0 if month < 29 else 120.0, "price_usd": 8.0 if month < 29 else 2.0,
             "route": "hosted_open"},
            months=[month],
        )
        for month in MONTHS
    ]  # fmt: skip
    found = moments_of(tables(market=pd.concat(months)))["T20"]
    frontiers = (29 - 0, 29 - 0, 29 - 0)  # the hosted model has the quality of every followed frontier from month 0 on
    expected = np.exp(np.mean([np.log(4.0) * 12 / span for span in frontiers]))
    assert found == pytest.approx(expected)


def test_a_window_that_was_not_simulated_to_its_end_gives_a_reason_and_no_number() -> None:
    short = Tables(
        indicators=indicators(range(24), adoption=0.1, adoption_large=0.3), market=market({}, months=range(24)),
        sellers=sellers(range(24)), flows=flows(("compute_rent", "lab_a", "big_1", 1), months=range(24)),
    )  # fmt: skip
    found = moments_of(short)
    assert found["T13a"] == pytest.approx(0.1)
    assert found["T13b"] == "needs 36 months; 24 were simulated"
    assert found["T1"] == "needs 36 months; 24 were simulated"


def test_a_column_that_no_mechanism_fills_gives_a_reason() -> None:
    found = moments_of(tables(indicators=indicators(gpu_hour_price_contract=np.nan)))
    assert found["T15a"] == "no value of indicators.gpu_hour_price_contract in the window"
    assert found["T3"] == "there is no indicator cloud_switching_rate"
    assert "legacy_capex" in str(found["T17a"])


def test_tables_of_several_worlds_are_refused() -> None:
    class Two:
        indicators = pd.DataFrame([KEYS | {"month": 0}, KEYS | {"month": 0, "draw": 2}])
        market = sellers = flows = pd.DataFrame()

    with pytest.raises(ValueError, match="moments are of one"):
        Tables.of(Two())
