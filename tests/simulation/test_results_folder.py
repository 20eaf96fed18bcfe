"""The books of a real run, added up again from its Parquet files by somebody who knows nothing of the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from scenarios import read_scenario
from simulation import compare, open_results, simulate
from simulation.cli import exit_code

MONTHS = 13
KEYS = ["scenario", "calibration", "arm", "draw", "month"]
SALES = (
    "value_sales", "api_fee", "hosted_fee", "compute_rent", "marketplace_cut", "distill_tokens", "complement_sales",
    "consumer_fees", "wages", "legacy_cloud_fee", "legacy_cost", "legacy_capex", "legacy_cash_flow", "legacy_migration",
    "power_opex", "capex_gpu", "capex_dc", "take_or_pay_shortfall", "credit_use", "credit_expiry", "revenue_share",
    "vendor_inputs", "other_costs", "interest_loan", "egress", "migration_services", "consumption",
)  # fmt: skip
RENTS = ["compute_rent", "credit_use"]
INVESTMENT = ("capex_gpu", "capex_dc")
WEAR = ("depreciation", "retirement")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small real run on disk."""
    out = tmp_path_factory.mktemp("results") / "run"
    arguments = ("run", "baseline", "--companies", "300", "--months", str(MONTHS), "--draw", "2", "--out", str(out))
    assert exit_code(list(arguments)) == 0
    return out


def table(folder: Path, name: str) -> pd.DataFrame:
    """One table, its parts one below the other."""
    return pd.concat([pd.read_parquet(path) for path in sorted((folder / name).glob("*.parquet"))], ignore_index=True)


@pytest.fixture(scope="module")
def flows(folder: Path) -> pd.DataFrame:
    return table(folder, "flows")


@pytest.fixture(scope="module")
def holders(folder: Path) -> pd.DataFrame:
    """The table `sellers`, by month and name."""
    return table(folder, "sellers").set_index(["month", "seller"]).sort_index()


def total(flows: pd.DataFrame, side: str, holders: pd.DataFrame, kinds: tuple[str, ...] = ()) -> pd.Series:
    """Cents by month and holder on one side of the flows of some kinds, 0 where there are none."""
    chosen = flows[flows["flow"].isin(kinds)] if kinds else flows
    sums = chosen.groupby(["month", side])["cents"].sum()
    return sums.reindex(holders.index, fill_value=0).astype("int64")


def before(holders: pd.DataFrame, column: str) -> pd.Series:
    """The column a month earlier; missing in the first month."""
    return holders[column].groupby(level="seller").shift(1)


def test_deposits_change_by_the_cash_received_less_the_cash_paid(flows: pd.DataFrame, holders: pd.DataFrame) -> None:
    cash = flows[flows["cash"]]
    moved = total(cash, "payee", holders) - total(cash, "payer", holders)
    assert (holders["deposits_cents"] - holders["opening_deposits_cents"] == moved).all()
    assert moved.abs().max() > 0


def test_a_month_opens_with_the_deposits_of_the_last(holders: pd.DataFrame) -> None:
    closed = before(holders, "deposits_cents").dropna()
    assert (holders.loc[closed.index, "opening_deposits_cents"] == closed).all()


def test_what_one_holder_owns_another_owes(holders: pd.DataFrame) -> None:
    by_month = holders.groupby(level="month").sum(numeric_only=True)
    assert (by_month["deposits_cents"] == 0).all()
    assert (by_month["loans_cents"] == 0).all()
    assert (by_month["credits_cents"] == 0).all()
    assert (by_month["receivables_cents"] == by_month["payables_cents"]).all()
    assert (by_month["equity_held_cents"] == by_month["equity_issued_cents"]).all()


def test_net_worth_is_assets_less_liabilities(holders: pd.DataFrame) -> None:
    owned = ("deposits", "loans", "receivables", "credits", "capital", "wip", "equity_held")
    assets = sum(holders[f"{name}_cents"] for name in owned)
    liabilities = holders["payables_cents"] + holders["equity_issued_cents"]
    assert (holders["net_worth_cents"] == assets - liabilities).all()


def test_revenue_and_profit_follow_from_the_flows(flows: pd.DataFrame, holders: pd.DataFrame) -> None:
    sold = total(flows, "payee", holders, SALES)
    assert (holders["revenue_cents"] == sold).all()
    running = tuple(kind for kind in SALES if kind not in INVESTMENT)
    costs = total(flows, "payer", holders, running) + total(flows, "payer", holders, WEAR)
    assert (holders["profit_accounting_cents"] == sold - costs).all()


def test_net_worth_changes_by_profit_and_transfers(flows: pd.DataFrame, holders: pd.DataFrame) -> None:
    gifts = ("subsidy", "dividends", "tax_profit")
    transfers = total(flows, "payee", holders, gifts) - total(flows, "payer", holders, gifts)
    earlier = before(holders, "net_worth_cents").dropna()
    change = holders.loc[earlier.index, "net_worth_cents"] - earlier
    assert (change == (holders["profit_accounting_cents"] + transfers).loc[earlier.index]).all()


def test_machines_and_loans_change_by_their_flows(flows: pd.DataFrame, holders: pd.DataFrame) -> None:
    moves = {
        "capital_cents": total(flows, "payer", holders, ("delivery",)) - total(flows, "payer", holders, WEAR),
        "wip_cents": total(flows, "payer", holders, INVESTMENT) - total(flows, "payer", holders, ("delivery",)),
        "loans_cents": sum(
            total(flows, "payer", holders, (kind,)) - total(flows, "payee", holders, (kind,))
            for kind in ("new_loan", "principal")
        ),
    }  # fmt: skip
    for column, moved in moves.items():
        earlier = before(holders, column).dropna()
        assert (holders.loc[earlier.index, column] - earlier == moved.loc[earlier.index]).all(), column


def test_flows_are_positive_and_each_is_listed_once(flows: pd.DataFrame) -> None:
    assert (flows["cents"] > 0).all()
    assert not flows.duplicated([*KEYS, "flow", "payer", "payee", "cash", "organic"]).any()


def test_what_the_market_table_says_was_sold_is_what_was_invoiced(folder: Path, flows: pd.DataFrame) -> None:
    market = table(folder, "market")
    sold = market.groupby(["month", "seller", "service"])["revenue_cents"].sum().unstack(fill_value=0)
    invoiced = flows.groupby(["month", "payee", "flow"])["cents"].sum().unstack(fill_value=0)
    invoiced = invoiced.reindex(index=sold.index, columns=[*RENTS, "api_fee", "hosted_fee"], fill_value=0)
    rents = flows[(flows["flow"] == "compute_rent") & (flows["payer"] == "companies")]
    rented = rents.groupby(["month", "payee"])["cents"].sum().reindex(sold.index, fill_value=0)
    assert (sold["gpu_hours"] == invoiced[RENTS].sum(axis=1) - rented).all()
    assert (sold["tokens"] == invoiced["api_fee"] + invoiced["hosted_fee"] + rented).all()
    assert sold["tokens"].sum() > 0 and sold["gpu_hours"].sum() > 0


def test_nothing_is_delivered_that_was_not_wanted(folder: Path) -> None:
    tokens = table(folder, "market").query("service == 'tokens'")
    assert (tokens["quantity_served"] <= tokens["quantity_demanded"] * (1 + 1e-9)).all()
    hours = table(folder, "market").query("service == 'gpu_hours'").groupby("month")
    assert (hours["quantity_served"].sum() <= hours["quantity_demanded"].sum() * (1 + 1e-9)).all()


def test_every_table_carries_the_keys_of_its_run_and_each_row_once(folder: Path) -> None:
    own = {
        "indicators": [], "market": ["offer", "segment", "contract"], "sellers": ["seller"],
        "cohorts": ["sector", "size_class", "segment", "route"],
    }  # fmt: skip
    for name, columns in own.items():
        found = table(folder, name)
        assert found[KEYS].notna().all().all(), name
        assert sorted(found["month"].unique()) == list(range(MONTHS)), name
        assert not found.duplicated([*KEYS, *columns]).any(), name
        assert set(found["arm"]) == {"open"} and set(found["draw"]) == {2}, name
    assert "release" in set(table(folder, "events")["kind"])


def test_cohorts_add_up_to_all_companies(folder: Path) -> None:
    cohorts = table(folder, "cohorts").groupby("month")
    assert (cohorts["rows"].sum() == 300).all()
    companies = cohorts["companies"].sum()
    assert companies.tolist() == pytest.approx([companies.iloc[0]] * MONTHS, rel=1e-9)
    tokens = table(folder, "indicators").set_index("month")["tokens_served"]
    assert cohorts["tokens"].sum().tolist() == pytest.approx(tokens.tolist(), rel=1e-9)


def test_surplus_of_the_cohorts_less_moves_pilots_and_advice_is_surplus_without_tastes(
    folder: Path, flows: pd.DataFrame
) -> None:
    by_use = table(folder, "cohorts").groupby("month")["consumer_surplus_cents"].sum()
    beside = flows[flows["flow"].isin(["migration_services", "egress", "poc_cost", "advice_fee"])]
    paid = beside[beside["payer"] == "companies"].groupby("month")["cents"].sum().reindex(by_use.index, fill_value=0)
    assert not (flows["flow"] == "voucher").any() and paid.sum() > 0
    found = table(folder, "indicators").set_index("month")["consumer_surplus_systematic"]
    assert ((by_use - paid) / 100).tolist() == pytest.approx(found.tolist(), rel=1e-9, abs=100.0)  # cents, row by row


def test_the_concentration_of_interfaces_is_that_of_enterprise_fees_by_lab(folder: Path) -> None:
    fees = table(folder, "market").query("segment == 'enterprise' and route == 'closed_api'")
    by_lab = fees.groupby(["month", "family"])["revenue_cents"].sum().unstack(fill_value=0)
    parts = by_lab.div(by_lab.sum(axis=1), axis=0)
    found = table(folder, "indicators").set_index("month")["api_hhi"]
    pd.testing.assert_series_equal((parts**2).sum(axis=1).reindex(found.index), found, check_names=False)


def test_labs_use_no_more_hours_than_they_hold(holders: pd.DataFrame) -> None:
    labs = holders[holders["kind"] == "lab"]
    assert (labs["gpu_hours_served"] <= labs["gpu_hours_held"] * (1 + 1e-9)).all()


def test_columns_without_a_mechanism_are_empty_and_the_manifest_names_them(folder: Path, tmp_path: Path) -> None:
    off = {"labour.market": False, "staff.roles": False, "companies.count": 64, "horizon.months": 2}
    simulate(read_scenario("baseline", overrides=off), out=tmp_path / "off")
    for out, modelled in ((folder, True), (tmp_path / "off", False)):
        named = json.loads((out / "manifest.json").read_text())["not_modelled"]
        indicators = table(out, "indicators")
        assert {"wage_index", "wage_rent"} & set(named) == (set() if modelled else {"wage_index", "wage_rent"})
        assert indicators["wage_index"].notna().all() == modelled
        empty = indicators.columns[indicators.isna().all()]
        assert named == empty.tolist() and "gpu_hour_price_spot" in named
        assert indicators[["welfare", "profit_lab", "access_small", "load"]].notna().all().all()


@pytest.mark.parametrize("kind", [str, Path])
def test_results_are_written_to_a_folder_named_by_text_or_path(tmp_path: Path, kind: Callable[[Path], str]) -> None:
    tiny = read_scenario("baseline", overrides={"companies.count": 64, "horizon.months": 2})
    world = simulate(tiny, out=kind(tmp_path / "run"))
    assert open_results(kind(tmp_path / "run")).indicators.equals(world.indicators)
    answer = compare(tiny, pairs=2, workers=1, out=kind(tmp_path / "answer"))
    assert open_results(kind(tmp_path / "answer")).answers.equals(answer.table)
