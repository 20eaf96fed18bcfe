"""What cannot matter: the unit of money and the names of sellers (L43, L44)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scenarios import read_scenario
from scenarios.scenario import Scenario
from simulation import simulate
from simulation.results.indicator_table import INDICATORS

THOUSAND = 1000.0
IDLE_CASH = ("finance.company_cash", "finance.fund_wealth", "finance.government_wealth", "finance.rest_wealth")
SOLVER_ROOM = ("price_gap",)  # distance from an exact rest point: noise below the tolerance of the price rules
MONTHS = {"horizon.months": 8}


def in_smaller_money(scenario: Scenario) -> Scenario:
    """The same world counted in thousandths of a dollar; cash that never binds is left as it is, or cents overflow."""
    groups: dict[str, dict[str, object]] = {}
    for declaration, value in scenario.parameters():
        if "USD" not in declaration.unit.removeprefix("ln USD") or declaration.key in IDLE_CASH:
            continue
        group, name = declaration.key.split(".")
        scaled = tuple(THOUSAND * part for part in value) if isinstance(value, tuple) else THOUSAND * value
        groups.setdefault(group, {})[name] = scaled
    assert {"pop", "invest", "chip", "labour", "selfhost", "lab"} <= set(groups)
    return scenario.model_copy(
        update={group: getattr(scenario, group).model_copy(update=values) for group, values in groups.items()}
    )


@pytest.mark.parametrize(
    ("name", "overrides"), [("baseline", {"companies.count": 500}), ("three_layer", {"companies.count": 1000})]
)
@pytest.mark.parametrize("arm", ["open", "closed"])
def test_l43_the_unit_of_money_changes_no_share_and_scales_every_amount(name, overrides, arm):
    scenario = read_scenario(name, overrides=overrides | MONTHS)
    dollars = simulate(scenario, arm=arm).indicators
    smaller = simulate(in_smaller_money(scenario), arm=arm).indicators
    for column in INDICATORS.own_columns:
        if column.name in SOLVER_ROOM:
            continue
        factor = THOUSAND if "USD" in column.unit else 1.0
        room = {"rtol": 1e-6, "atol": 10.0 if "USD/month" in column.unit else 1e-8}  # bills are rounded to cents
        np.testing.assert_allclose(
            smaller[column.name] / factor, dollars[column.name], **room, err_msg=column.name
        )


def by_name(frame: pd.DataFrame, swap: dict[str, str]) -> pd.DataFrame:
    """The rows of the sellers' table as numbers by month and seller, names swapped."""
    renamed = frame.assign(seller=frame["seller"].replace(swap))
    return renamed.set_index(["month", "seller"]).sort_index().select_dtypes("number")


UNLIKE_CLOUDS = {
    "cloud_1": {"legacy_share": 0.5, "brand": 0.2, "role": "hyperscaler"},
    "cloud_2": {"legacy_share": 0.3, "brand": 0.0, "role": "fringe"},
    "cloud_3": {"legacy_share": 0.2, "brand": 0.1, "role": "neocloud"},
}


def with_clouds(named: dict[str, str]) -> Scenario:
    """Three unlike clouds under the names given, in a market of posted scarcity prices, mark-ups and investment."""
    clouds = {
        f"sellers.{named[name]}.{key}": value for name, spec in UNLIKE_CLOUDS.items() for key, value in spec.items()
    }
    market = {
        "companies.count": 1000, "demand.taste_spread": 0.0, "pricing.rule_cloud": "scarcity+markup",
        "cloud.rollover": 0.2, "cloud.legacy_revenue": 1e10, "tenancy.at_start": [1.0, 1.0, 1.0],
        "tenancy.review": 0.0,  # which tenant moves is luck, and luck is keyed by the place of a cloud
        "founding.fleet": 9e5, "chip.first_output": 10_000.0,
        "chip.price": 100_000.0, "invest.order_multiplier": 1.0, "invest.life_months": 60, "sellers.host.kind": "none",
    }
    return read_scenario("competitive", overrides=market | clouds | MONTHS)


@pytest.mark.parametrize("arm", ["open", "closed"])
def test_l44_relabelled_clouds_swap_their_fates_and_nothing_else_moves(arm):
    same = {name: name for name in UNLIKE_CLOUDS}
    swap = {"cloud_1": "cloud_3", "cloud_3": "cloud_1", "cloud_2": "cloud_2"}
    before, after = simulate(with_clouds(same), arm=arm), simulate(with_clouds(swap), arm=arm)
    one, other = by_name(before.sellers, {}), by_name(after.sellers, swap)
    assert one["revenue_cents"].unstack()[["cloud_1", "cloud_2", "cloud_3"]].iloc[-1].nunique() == 3
    for column in one:
        np.testing.assert_allclose(other[column], one[column], rtol=1e-9, atol=1.0, err_msg=column)
    for column in before.indicators.select_dtypes("number"):
        np.testing.assert_allclose(
            after.indicators[column], before.indicators[column], rtol=1e-9, atol=0.01, err_msg=column
        )


def test_l44_relabelled_labs_swap_their_prices_and_profits():
    unlike = {"lab_1": 100.0, "lab_2": 52.0}
    needs = {"needs.lowest": -50.0, "needs.highest": -50.0, "demand.adequacy_spread": 4.0, "companies.count": 20_000}
    prices, shares = [], []
    for swap in ({"lab_1": "lab_1", "lab_2": "lab_2"}, {"lab_1": "lab_2", "lab_2": "lab_1"}):
        quality = {f"sellers.{swap[name]}.quality": points for name, points in unlike.items()}
        run = simulate(read_scenario("logit_bertrand", overrides=needs | quality))
        last = run.market[(run.market["month"] == 5) & (run.market["route"] == "closed_api")]
        last = last.assign(seller=last["seller"].replace({new: old for old, new in swap.items()}))
        prices.append(last.groupby("seller")["price_usd"].mean())
        shares.append(last.groupby("seller")["companies"].sum() / 1e6)
    assert prices[0]["lab_1"] > 1.05 * prices[0]["lab_2"]
    np.testing.assert_allclose(prices[1], prices[0], rtol=1e-9)
    error = np.sqrt(2 * 0.25 / 20_000)  # tastes are keyed by offer, so the sample of companies is another one
    np.testing.assert_allclose(shares[1], shares[0], atol=4 * error)
