"""The whole economy reduced to one market: logit-Bertrand labs, hosts alike, scarcity prices (L01-L04, L07, L24, L33).

Labs price on a panel of accounts inside the month's schedule; companies then choose, are served and pay. Shares are
compared with a chi-square test at the stated error rate: the draws are keyed, so that it passes always or never.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from market.goods import Route
from market.pricing import logit_bertrand
from market.units import HOURS_PER_MONTH
from scenarios import read_scenario
from simulation import ComputeEconomy

EXACT = 1e-6  # relative; the issue asks for 0.1%
FALSE_ALARM = 1e-3  # of each test of shares
MONTHS = 6


class Market:
    """Prices and choices of closed models in every month of an economy whose tastes are drawn anew each month."""

    def __init__(self, name: str, arm: str = "closed", **overrides: object) -> None:
        economy = ComputeEconomy(read_scenario(name, overrides=overrides), arm=arm)
        self.rows = economy.companies.rows
        self.chosen = np.zeros(0)  # (offers + 1,) company-months, those without any offer last
        for _ in range(MONTHS):
            economy.step()
            demand = economy.record.demand
            sheet = demand.sheet
            sold = np.flatnonzero(sheet.available & (sheet.route <= Route.HOSTED_OPEN))
            counts = np.bincount(demand.code, minlength=len(sheet.route))[sold]
            month = np.append(counts, self.rows - counts.sum())
            self.chosen = month if not self.chosen.any() else self.chosen + month
        self.price = sheet.price[sold]
        self.route = sheet.route[sold]
        self.results = economy.results().indicators

    def assert_shares(self, share: np.ndarray) -> None:
        """The choices are a sample of these shares (offers,), the rest taking none."""
        expected = np.append(share, 1 - share.sum()) * self.chosen.sum()
        statistic = float(((self.chosen - expected) ** 2 / expected).sum())
        assert statistic < chi2.isf(FALSE_ALARM, len(share))


def labs(count: int) -> dict[str, object]:
    """Overrides that leave one lab, or add labs like the two of the scenario."""
    if count == 1:
        return {"sellers.lab_2.kind": "none"}
    return {f"sellers.lab_{k}.kind": "lab" for k in range(3, count + 1)} | {
        f"sellers.lab_{k}.small_model": False for k in range(3, count + 1)
    }


@pytest.mark.parametrize(
    ("count", "price", "share"), [(1, 2.567143, 0.361896), (2, 2.401058, 0.286254), (3, 2.298679, 0.229987)]
)
def test_l01_l02_labs_that_see_a_panel_find_the_logit_bertrand_prices(count, price, share):
    found = Market("logit_bertrand", **labs(count))
    expected = logit_bertrand([2.0] * count, [1.0] * count, 1.0)
    assert expected.price[0] == pytest.approx(price, abs=5e-7)
    np.testing.assert_allclose(found.price, expected.price, rtol=EXACT)
    found.assert_shares(np.full(count, share))
    surplus = found.results["consumer_surplus"].mean() / 1e9  # USD per Mtok that all together may use
    assert surplus == pytest.approx(expected.consumer_surplus, rel=0.02)


def test_l03_the_better_model_takes_the_larger_margin():
    found = Market("logit_asymmetric")
    expected = logit_bertrand([3.0, 2.0, 1.5], [1.0, 0.8, 0.5], 2.0)
    np.testing.assert_allclose(expected.price, [1.680474, 1.402497, 1.112862], atol=5e-7)
    np.testing.assert_allclose(found.price, expected.price, rtol=EXACT)
    found.assert_shares(expected.share)


def test_l04_one_lab_with_two_models_raises_both_prices():
    merged = {"sellers.lab_1.small_model": True, "sellers.rival_1.kind": "none"}
    found = Market("logit_asymmetric", **merged)
    expected = logit_bertrand([3.0, 2.0, 1.5], [1.0, 0.8, 0.5], 2.0, owner=[0, 0, 1])
    np.testing.assert_allclose(expected.price, [1.792999, 1.592999, 1.126472], atol=5e-7)
    np.testing.assert_allclose(found.price, expected.price, rtol=EXACT)
    found.assert_shares(expected.share)


@pytest.mark.parametrize("value", [1.2, 4.0])
def test_other_values_of_ai_give_the_prices_of_their_own_equilibrium(value):
    found = Market("logit_bertrand", **labs(2), **{"pop.value_median": value, "companies.count": 2000})
    expected = logit_bertrand([2.0, 2.0], [1.0, 1.0], 2.0 / value)
    np.testing.assert_allclose(found.price, expected.price, rtol=EXACT)
    found.assert_shares(expected.share)


def test_l07_a_monopolist_passes_on_the_share_of_a_cost_rise_that_does_not_buy():
    step = 1e-3
    rents = (1 - step, 1 + step)
    low, high = (Market("logit_bertrand", **labs(1), **{"invest.opex": rent, "companies.count": 500}) for rent in rents)
    assert (high.price[0] - low.price[0]) / (2 * step) == pytest.approx(0.638104, abs=1e-4)


def test_l24_a_posted_scarcity_price_rests_where_demand_meets_the_target_load():
    overrides = {
        "pricing.rule_cloud": "P3", "pricing.cost_pull": 0.0, "pricing.scarcity_response": 0.5,
        "pricing.load_target": 0.78, "founding.fleet": 60e7 / HOURS_PER_MONTH, "horizon.months": 36,
    }
    economy = ComputeEconomy(read_scenario("competitive", overrides=overrides), arm="closed")
    economy.run()
    rest = 100 - 0.78 * 60  # demand of 100 - w meets 78% of 60e7 GPU-hours
    assert economy.bulletin.rent == pytest.approx(rest, rel=5e-3)
    path = economy.results().indicators["cloud_price_usd"].to_numpy()
    # linearised: a price 1% above its rest lowers the load by 0.01 rest/60, hence the price by 0.5 times that
    shrinks = 1 - 0.5 * rest / 60
    gap = path / rest - 1
    assert (gap[11] / gap[6]) ** (1 / 5) == pytest.approx(shrinks, abs=0.03)


def test_l33_an_open_clone_hosted_at_cost_is_chosen_like_the_closed_models_it_equals():
    clone = {
        "sellers.releaser.kind": "releaser", "sellers.releaser.lag_schedule": [[0.0, 0.0]],
        "sellers.host.kind": "hoster", "pricing.rule_lab": "at_cost",
    }
    found = Market("logit_bertrand", "open", **clone)
    assert sorted(found.route) == [Route.CLOSED_API, Route.CLOSED_API, Route.HOSTED_OPEN]
    np.testing.assert_allclose(found.price, 1.0, rtol=EXACT)
    found.assert_shares(np.full(3, np.e / (1 + 3 * np.e)))
