"""What is not recorded costs nothing and moves nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scenarios import read_scenario
from simulation.economy import ComputeEconomy
from simulation.results.tables import RUN_TABLES

SMALL = {"companies.count": 60, "horizon.months": 3}


def last_month(economy: ComputeEconomy) -> pd.DataFrame:
    """The table `sellers` of the last month, by name."""
    sellers = economy.results().sellers
    return sellers[sellers["month"] == sellers["month"].max()].set_index("seller")


@pytest.mark.parametrize("tables", [("indicators",), ("indicators", "events", "sellers")])
def test_tables_left_out_are_empty_and_the_others_the_same(tables: tuple[str, ...]) -> None:
    scenario = read_scenario("baseline", overrides=SMALL)
    whole, part = ComputeEconomy(scenario), ComputeEconomy(scenario, tables=tables)
    whole.run()
    part.run()
    found, expected = part.results(), whole.results()
    for name in RUN_TABLES:
        frame = getattr(found, name)
        if name in tables:
            pd.testing.assert_frame_equal(frame, getattr(expected, name), check_exact=True)
        else:
            assert frame.empty
            assert list(frame.columns) == list(getattr(expected, name).columns)
    assert part.trade_network.flows == whole.trade_network.flows


def test_hours_that_serve_subscriptions_work() -> None:
    economy = ComputeEconomy(read_scenario("baseline", overrides=SMALL))
    economy.run()
    world, record, found = economy.world, economy.record, last_month(economy)
    assert record.compute.subscription_hours.sum() > 0
    for lab, subscribed in zip(world.labs, record.compute.subscription_hours, strict=True):
        row = world.buyers.index(lab.name)
        used = record.service.busy_by_buyer[row] + record.compute.training_held[row].sum()
        used += subscribed * record.compute.served_share[row]
        assert found.loc[lab.name, "gpu_hours_served"] == pytest.approx(used)
        if found.loc[lab.name, "gpu_hours_held"] > 0:
            share = used / found.loc[lab.name, "gpu_hours_held"]
            assert found.loc[lab.name, "utilisation"] == pytest.approx(share) and share <= 1 + 1e-9


def test_dear_training_makes_no_other_hour_cheaper() -> None:
    economy = ComputeEconomy(
        read_scenario("baseline", overrides=SMALL | {"horizon.months": 10, "frontier.compute_price_multiplier": 8.0})
    )
    trained = 0.0
    while economy.month < 10:
        economy.step()
        record = economy.record
        found = economy.results().indicators.iloc[-1]
        paid = np.append(record.tariffs.cloud_price, record.compute.contracts.reserved.price_paid)
        mean = found["cloud_revenue_other_usd"] / found["cloud_hours_other"]
        assert paid[paid > 0].min() * (1 - 1e-9) <= mean <= paid.max() * (1 + 1e-9)
        whole = found["cloud_revenue_other_usd"] + found["cloud_revenue_training_usd"]
        assert found["cloud_price_usd"] * found["cloud_hours_sold"] == pytest.approx(whole)
        trained += found["cloud_revenue_training_usd"]
    assert trained > 0
