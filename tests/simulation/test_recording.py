"""What is not recorded costs nothing and moves nothing."""

from __future__ import annotations

import pandas as pd
import pytest

from scenarios import read_scenario
from simulation.economy import ComputeEconomy
from simulation.results.tables import RUN_TABLES

SMALL = {"companies.count": 60, "horizon.months": 3}


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
