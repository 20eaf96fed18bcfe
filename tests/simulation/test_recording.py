"""What is not recorded costs nothing and moves nothing."""

from __future__ import annotations

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
